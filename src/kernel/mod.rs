//! The kernels: which benchmarks there are, in which shapes each can run, and the WGSL text of every shape.

mod atomics;
mod broadcast;
mod chains;
mod chase;
mod command;
mod counter;
mod direct;
mod fragment_chains;
mod fragments;
mod group_fragments;
mod local;
mod matrix;
mod product;
mod recurrence;
mod shape;
mod space;
mod stream;
mod subgroup;
mod sweep;
mod target;
mod tile;
mod wgsl;

pub use atomics::Atomics;
pub use broadcast::Broadcast;
pub use chains::{Chains, LONGEST_UNROLL};
pub use chase::{CHASE_UNROLL, Chase};
pub use command::{Command, has_path};
pub use counter::Counter;
pub use direct::Direct;
pub use fragment_chains::{FRAGMENT_STEP, FragmentChains, LONGEST_FRAGMENT_UNROLL};
pub use fragments::{Feed, Fragments};
pub use group_fragments::{Addressing, GroupFragments};
pub use local::{LOCAL_LOADS, Local};
pub use matrix::{Fragment, Packed, Packing};
pub use recurrence::Recurrence;
pub use shape::Shape;
pub use stream::Stream;
pub use subgroup::Subgroup;
pub use sweep::Sweep;
pub use target::Target;
pub use tile::{Loading, Tile};

use crate::adapter::Adapter;
use crate::benchmark::Benchmark;
use crate::problem::Problem;

/// A benchmark's kernel in one shape: everything that decides its machine code.
#[derive(Debug, Clone, Copy, PartialEq)]
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

    /// File below `shaders/` that holds the body; `None` where the API does it without a kernel.
    pub fn shader(&self) -> Option<&'static str> {
        self.shape.shader(self.benchmark.kind)
    }

    /// The same variant as `target` gets it.
    #[must_use]
    pub fn on(self, target: &Target) -> Self {
        Self { shape: self.shape.on(target), ..self }
    }

    /// Those of `all` whose shapes differ from this one in one number, by one step.
    pub fn neighbours(&self, all: &[Self]) -> Vec<Self> {
        let shapes = space::neighbours(self.shape, all.iter().map(|one| one.shape));
        shapes.into_iter().map(|shape| Self { shape, ..*self }).collect()
    }

    /// What the steps of its chains compute, where it consists of chains.
    pub fn recurrence(&self) -> Option<Recurrence> {
        match self.shape {
            Shape::Chains(chains) => Some(chains.recurrence),
            _ => None,
        }
    }

    /// The complete WGSL text: generated prelude, then the unchanged body. Empty where there is no kernel.
    pub fn wgsl(&self) -> String {
        wgsl::assemble(self)
    }

    /// The fragments that the text cannot express, and has to be given in place of fragments of f32; `None` where it says what is meant.
    pub fn packed(&self) -> Option<Packed> {
        let fragment = match self.shape {
            Shape::Fragments(fragments) => fragments.fragment,
            Shape::FragmentChains(chains) => chains.fragment,
            Shape::GroupFragments(fragments) => fragments.fragment,
            _ => return None,
        };
        let packing = matrix::packing(self.benchmark.kind).filter(|_| fragment.per_word > 1)?;
        Some(Packed { fragment, packing })
    }

    /// Lines that the prelude puts before the body, for turning line numbers of messages back into the file's.
    pub fn prelude_lines(&self) -> usize {
        wgsl::prelude(self).lines().count()
    }

    /// Why the variant cannot run on `adapter`, or `None` where it can.
    pub fn misfit(&self, adapter: &Adapter) -> Option<String> {
        let limits = &adapter.limits;
        if let Some(reason) = self.shape.misfit(self.benchmark.kind, adapter) {
            return Some(reason);
        }
        let invocations = self.shape.invocations();
        if invocations > limits.workgroup_invocations {
            return Some(format!(
                "needs {invocations} invocations in a workgroup, the device allows {}",
                limits.workgroup_invocations
            ));
        }
        let registers = self.shape.registers(self.benchmark.kind);
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

    /// Whether the variant is one for `problem`, of those of its benchmark.
    pub fn suits(&self, problem: &Problem) -> bool {
        self.shape.suits(problem)
    }

    /// Which of the problem's inputs the kernel reads, in the order of its bindings from 2 on.
    pub fn inputs(&self, problem: &Problem) -> Vec<usize> {
        self.shape.inputs(problem)
    }

    /// Workgroups in x, y and z that cover `problem`, no dimension above `per_dimension`.
    ///
    /// # Panics
    /// Where the problem is of another kind than the benchmark: a mistake in this program.
    pub fn grid(&self, problem: &Problem, per_dimension: u32) -> [u32; 3] {
        self.shape.grid(problem, per_dimension)
    }

    /// The four words of the `Params` uniform for buffer number `part` of the problem's; unused ones are zero.
    ///
    /// # Panics
    /// Where the problem is of another kind than the benchmark: a mistake in this program.
    pub fn params(&self, problem: &Problem, part: u32) -> [u32; 4] {
        self.shape.params(problem, part)
    }
}

/// 32-bit registers that an invocation can have on any GPU known.
const MOST_REGISTERS: u64 = 256;
