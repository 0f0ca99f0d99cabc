//! The kernels: which benchmarks there are, in which shapes each can run, and the WGSL text of every shape.

mod catalogue;
mod shape;
mod space;
mod wgsl;

pub use catalogue::{Benchmark, CATALOGUE, Kind};
pub use shape::{Broadcast, Chains, Direct, LONGEST_UNROLL, Shape, Stream, Tile};

use crate::adapter::Adapter;
use crate::problem::{MemoryOp, Problem};

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
        match (self.shape, self.benchmark.kind) {
            (Shape::Tile(_), _) => "matmul/tiled.wgsl",
            (Shape::Direct(_), _) => "matmul/direct.wgsl",
            (Shape::Broadcast(_), _) => "matmul/broadcast.wgsl",
            (Shape::Chains(_), _) => "peak/multiply_add.wgsl",
            (Shape::Stream(_), Kind::Memory(MemoryOp::Copy)) => "memory/copy.wgsl",
            (Shape::Stream(_), Kind::Memory(MemoryOp::Triad)) => "memory/triad.wgsl",
            (Shape::Stream(_), _) => "memory/read.wgsl",
        }
    }

    /// The variants whose shapes differ from this one in one number.
    pub fn neighbours(&self) -> Vec<Self> {
        space::neighbours(self.shape).into_iter().map(|shape| Self { shape, ..*self }).collect()
    }

    /// The complete WGSL text: generated prelude, then the unchanged body.
    pub fn wgsl(&self) -> String {
        wgsl::assemble(self)
    }

    /// Lines that the prelude puts before the body, for turning line numbers of messages back into the file's.
    pub fn prelude_lines(&self) -> usize {
        wgsl::prelude(self).lines().count()
    }

    /// Why the variant cannot run on `adapter`, or `None` where it can.
    pub fn misfit(&self, adapter: &Adapter) -> Option<String> {
        let limits = &adapter.limits;
        if let Shape::Broadcast(Broadcast { lanes, .. }) = self.shape
            && adapter.lanes() != Some(lanes)
        {
            let [least, most] = adapter.subgroup_size;
            return Some(format!("needs subgroups of {lanes} invocations, the device has {least} to {most}"));
        }
        let invocations = self.shape.invocations();
        if invocations > limits.workgroup_invocations {
            return Some(format!(
                "needs {invocations} invocations in a workgroup, the device allows {}",
                limits.workgroup_invocations
            ));
        }
        let registers = self.shape.registers(self.benchmark.kind.tile_element_bytes());
        if registers > MOST_REGISTERS {
            return Some(format!(
                "needs {registers} registers, and no GPU gives an invocation more than {MOST_REGISTERS}"
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
            (shape, Problem::Matmul { m, n, .. }) if shape.block().is_some() => {
                let [rows, columns] = shape.block().unwrap_or([1, 1]);
                [n.div_ceil(columns), m.div_ceil(rows), 1]
            }
            (Shape::Stream(_), Problem::Memory { .. }) | (Shape::Chains(_), Problem::Peak { .. }) => {
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
            Problem::Matmul { m, n, k, .. } => [m, n, self.benchmark.words_along_k(k), 0],
            Problem::Peak { lanes, steps, .. } => match self.shape {
                Shape::Chains(Chains { width, chains, unroll, .. }) => {
                    [steps / unroll, lanes / width, (lanes / width).div_ceil(chains), 0]
                }
                _ => [0; 4],
            },
            Problem::Memory { .. } => [self.blocks(problem), TRIAD_SCALE.to_bits(), 0, 0],
        }
    }

    /// Workgroups that chains or a memory pass need; the length of a pass is a multiple of what one handles.
    fn blocks(&self, problem: &Problem) -> u32 {
        match (self.shape, *problem) {
            (Shape::Stream(stream), Problem::Memory { operation, elements }) => {
                u32::try_from(elements / stream.elements_per_workgroup(operation)).unwrap_or(u32::MAX)
            }
            (Shape::Chains(Chains { width, chains, workgroup, .. }), Problem::Peak { lanes, .. }) => {
                (lanes / width).div_ceil(chains).div_ceil(workgroup)
            }
            _ => 0,
        }
    }
}

/// Subgroup size to show kernels with that are made for one size, where no device is at hand: NVIDIA's.
pub const COMMON_LANES: u32 = 32;

/// 32-bit registers that an invocation can have on any GPU known.
const MOST_REGISTERS: u64 = 256;

/// The `s` of `a = b + s·c`: a power of two, so that fused and unfused multiply-adds agree in every bit.
pub const TRIAD_SCALE: f32 = 0.5;
