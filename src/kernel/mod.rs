//! The kernels: which benchmarks there are, in which shapes each can run, and the WGSL text of every shape.

mod catalogue;
mod shape;
mod wgsl;

pub use catalogue::{Benchmark, CATALOGUE, Kind};
pub use shape::{Shape, Stream, Tile};

use crate::adapter::Limits;
use crate::problem::Problem;

/// A benchmark's kernel in one shape: everything that decides its machine code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    /// The benchmark that the kernel serves.
    pub benchmark: &'static Benchmark,
    /// Tile sizes or loads in flight.
    pub shape: Shape,
}

impl Variant {
    /// Name within the benchmark, such as `128x128x16/8x8`.
    pub fn name(&self) -> String {
        self.shape.to_string()
    }

    /// File below `shaders/` that holds the body.
    pub fn shader(&self) -> &'static str {
        self.benchmark.shader()
    }

    /// The complete WGSL text: generated prelude, then the unchanged body.
    pub fn wgsl(&self) -> String {
        wgsl::assemble(self)
    }

    /// Lines that the prelude puts before the body, for turning line numbers of messages back into the file's.
    pub fn prelude_lines(&self) -> usize {
        wgsl::prelude(self).lines().count()
    }

    /// Why the variant cannot run within `limits`, or `None` where it can.
    pub fn misfit(&self, limits: &Limits) -> Option<String> {
        let invocations = self.shape.invocations();
        if invocations > limits.workgroup_invocations {
            return Some(format!(
                "needs {invocations} invocations in a workgroup, the device allows {}",
                limits.workgroup_invocations
            ));
        }
        let memory = self.shape.workgroup_memory_bytes(self.benchmark.kind);
        (memory > u64::from(limits.workgroup_memory_bytes)).then(|| {
            format!("needs {memory} bytes of workgroup memory, the device has {}", limits.workgroup_memory_bytes)
        })
    }

    /// Workgroups in x, y and z that cover `problem`, no dimension above `per_dimension`.
    ///
    /// # Panics
    /// Where the problem is of another kind than the benchmark: a mistake in this program.
    pub fn grid(&self, problem: &Problem, per_dimension: u32) -> [u32; 3] {
        match (self.shape, *problem) {
            (Shape::Tile(tile), Problem::Matmul { m, n, .. }) => [n.div_ceil(tile.bn), m.div_ceil(tile.bm), 1],
            (Shape::Stream(_), Problem::Memory { .. }) => {
                let blocks = self.blocks(problem);
                let rows = blocks.div_ceil(per_dimension);
                [blocks.div_ceil(rows), rows, 1]
            }
            _ => unreachable!("{} cannot run {problem:?}", self.benchmark.id),
        }
    }

    /// The four words of the `Params` uniform; unused ones are zero.
    pub fn params(&self, problem: &Problem) -> [u32; 4] {
        match *problem {
            Problem::Matmul { m, n, k, .. } => [m, n, k, 0],
            Problem::Memory { .. } => [self.blocks(problem), TRIAD_SCALE.to_bits(), 0, 0],
        }
    }

    /// Workgroups that a memory pass needs; its length is a multiple of what one handles.
    fn blocks(&self, problem: &Problem) -> u32 {
        match (self.shape, *problem) {
            (Shape::Stream(stream), Problem::Memory { operation, elements }) => {
                u32::try_from(elements / stream.elements_per_workgroup(operation)).unwrap_or(u32::MAX)
            }
            _ => 0,
        }
    }
}

/// The `s` of `a = b + s·c`: a power of two, so that fused and unfused multiply-adds agree in every bit.
pub const TRIAD_SCALE: f32 = 0.5;
