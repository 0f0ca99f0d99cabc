//! The kernels: which benchmarks there are, in which shapes each can run, and the WGSL text of every shape.

mod atomic_adds;
mod broadcast;
mod chains;
mod chase_steps;
mod command;
mod counter;
mod direct;
mod fragment_chains;
mod fragments;
mod group_fragments;
mod launch;
mod matrix;
mod product;
mod recurrence;
mod shape;
mod space;
mod stream;
mod subgroup;
mod sweep_reads;
mod target;
mod tile;
mod wgsl;
mod workgroup_reads;

pub use atomic_adds::AtomicAdds;
pub use broadcast::Broadcast;
pub use chains::{Chains, LONGEST_UNROLL};
pub use chase_steps::{CHASE_UNROLL, ChaseSteps};
pub use command::{Command, has_path};
pub use counter::Counter;
pub use direct::Direct;
pub use fragment_chains::{FRAGMENT_STEP, FragmentChains, LONGEST_FRAGMENT_UNROLL};
pub use fragments::{Feed, Fragments};
pub use group_fragments::{Addressing, GroupFragments};
pub use launch::Launch;
pub use matrix::{Fragment, Packed, Packing};
pub use recurrence::Recurrence;
pub use shape::{Kernel, Shape};
pub use stream::Stream;
pub use subgroup::Subgroup;
pub use sweep_reads::SweepReads;
pub use target::Target;
pub use tile::{Loading, Tile};
pub use workgroup_reads::{WORKGROUP_LOADS, WorkgroupReads};

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
        let fragment = self.shape.fragment()?;
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

    /// How the kernel is started on buffer number `part` of the problem's. `None` where it is not written for `problem`: its kind is another's, a tile does
    /// not fit, or 32 bits do not count what is done.
    pub fn launch(&self, problem: &Problem, part: u32) -> Option<Launch> {
        self.shape.launch(problem, part)
    }

    /// Whether the kernel is written for `problem`.
    pub fn suits(&self, problem: &Problem) -> bool {
        self.launch(problem, 0).is_some()
    }
}

/// 32-bit registers that an invocation can have on any GPU known.
const MOST_REGISTERS: u64 = 256;
