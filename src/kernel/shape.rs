//! The shapes a kernel can take: what the tuner chooses between.

use std::fmt;
use std::mem::Discriminant;

use super::atomics::Atomics;
use super::broadcast::Broadcast;
use super::chains::Chains;
use super::chase::Chase;
use super::command::Command;
use super::counter::Counter;
use super::direct::Direct;
use super::fragment_chains::FragmentChains;
use super::fragments::Fragments;
use super::group_fragments::GroupFragments;
use super::local::Local;
use super::stream::Stream;
use super::sweep::Sweep;
use super::target::Target;
use super::tile::Tile;
use crate::adapter::Adapter;
use crate::benchmark::Kind;
use crate::problem::Problem;

/// The shape of one variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Of a matrix product that is tiled in workgroup memory.
    Tile(Tile),
    /// Of a matrix product that reads its operands from the buffers.
    Direct(Direct),
    /// Of a matrix product whose operands go around in a subgroup.
    Broadcast(Broadcast),
    /// Of chains of multiply-adds.
    Chains(Chains),
    /// Of a matrix product on matrix units.
    Fragments(Fragments),
    /// Of the same, with fragments that a workgroup holds.
    GroupFragments(GroupFragments),
    /// Of chains of matrix multiply-adds.
    FragmentChains(FragmentChains),
    /// Of a pass over memory.
    Stream(Stream),
    /// Of reads within a working set.
    Sweep(Sweep),
    /// Of a walk from address to address.
    Chase(Chase),
    /// Of reads of workgroup memory.
    Local(Local),
    /// Of atomic additions.
    Atomics(Atomics),
    /// Of what counts dispatches.
    Counter(Counter),
    /// Of what the API does without a kernel.
    Command(Command),
}

/// What a shape of any kind tells of itself.
pub(super) trait Form: fmt::Display {
    /// File below `shaders/` that holds the body, `None` where there is no kernel.
    fn shader(&self, kind: Kind) -> Option<&'static str>;

    /// Invocations in a workgroup.
    fn invocations(&self) -> u32;

    /// How much code the shape unrolls into, in vector operations.
    fn unrolled(&self) -> u32;

    /// 32-bit registers that an invocation needs at the least.
    fn registers(&self, kind: Kind) -> u64;

    /// Workgroup memory in bytes.
    fn workgroup_memory_bytes(&self, _kind: Kind) -> u64 {
        0
    }

    /// The constants that the WGSL body expects, by name.
    fn constants(&self) -> Vec<(&'static str, u32)>;

    /// The numbers that the shape consists of: neighbours differ in one of them.
    fn numbers(&self) -> Vec<u32> {
        self.constants().into_iter().map(|(_, value)| value).collect()
    }

    /// Tells shapes of one kind apart that a device may run at quite different speeds, whatever their other numbers.
    fn family(&self) -> u32 {
        0
    }

    /// Whether drivers have seen few kernels like this.
    fn is_new_ground(&self) -> bool {
        false
    }

    /// Which of the problem's inputs the body is given, in the order of its bindings.
    fn inputs(&self, problem: &Problem) -> Vec<usize> {
        (0..problem.input_bytes().len()).collect()
    }

    /// Why a device cannot run the shape, beside the limits that all shapes have.
    fn misfit(&self, _kind: Kind, _adapter: &Adapter) -> Option<String> {
        None
    }

    /// Whether the shape is one for `problem`, of those of its benchmark.
    fn suits(&self, _problem: &Problem) -> bool {
        true
    }

    /// Workgroups that cover `problem`, along x and y; the second is 1 where the body takes them in a row.
    fn workgroups(&self, problem: &Problem) -> [u32; 2];

    /// The words of the `Params` uniform for buffer number `part` of the problem's; unused ones are zero.
    fn params(&self, problem: &Problem, part: u32) -> [u32; 4];
}

impl Shape {
    fn form(&self) -> &dyn Form {
        match self {
            Self::Tile(tile) => tile,
            Self::Direct(direct) => direct,
            Self::Broadcast(broadcast) => broadcast,
            Self::Chains(chains) => chains,
            Self::Fragments(fragments) => fragments,
            Self::GroupFragments(fragments) => fragments,
            Self::FragmentChains(chains) => chains,
            Self::Stream(stream) => stream,
            Self::Sweep(sweep) => sweep,
            Self::Chase(chase) => chase,
            Self::Local(local) => local,
            Self::Atomics(atomics) => atomics,
            Self::Counter(counter) => counter,
            Self::Command(command) => command,
        }
    }

    pub(super) fn on(mut self, target: &Target) -> Self {
        let subgroup = match &mut self {
            Self::Fragments(fragments) => &mut fragments.subgroup,
            Self::FragmentChains(chains) => &mut chains.subgroup,
            _ => return self,
        };
        *subgroup = subgroup.among(&target.subgroup_sizes);
        self
    }

    /// File below `shaders/` that holds the body of a benchmark of `kind`, `None` where there is no kernel.
    pub(super) fn shader(&self, kind: Kind) -> Option<&'static str> {
        self.form().shader(kind)
    }

    /// Invocations in a workgroup.
    pub fn invocations(&self) -> u32 {
        self.form().invocations()
    }

    /// How much code the shape unrolls into, in vector operations: what its compilation costs.
    pub fn unrolled(&self) -> u32 {
        self.form().unrolled()
    }

    /// 32-bit registers that an invocation needs at the least, for a benchmark of `kind`.
    pub fn registers(&self, kind: Kind) -> u64 {
        self.form().registers(kind)
    }

    /// Workgroup memory in bytes, for a benchmark of `kind`.
    pub fn workgroup_memory_bytes(&self, kind: Kind) -> u64 {
        self.form().workgroup_memory_bytes(kind)
    }

    pub(super) fn inputs(&self, problem: &Problem) -> Vec<usize> {
        self.form().inputs(problem)
    }

    pub(super) fn suits(&self, problem: &Problem) -> bool {
        self.form().suits(problem)
    }

    pub(super) fn misfit(&self, kind: Kind, adapter: &Adapter) -> Option<String> {
        self.form().misfit(kind, adapter)
    }

    /// Shapes of different families may run at quite different speeds: of each, one at least should be tried.
    pub fn family(&self) -> (Discriminant<Self>, u32) {
        (std::mem::discriminant(self), self.form().family())
    }

    /// Whether drivers have seen few kernels like this: what others reach is to be known before, and more than a compiler may fail.
    pub fn is_new_ground(&self) -> bool {
        self.form().is_new_ground()
    }

    pub(super) fn constants(&self) -> Vec<(&'static str, u32)> {
        self.form().constants()
    }

    pub(super) fn numbers(&self) -> Vec<u32> {
        self.form().numbers()
    }

    /// Workgroups in x, y and z, no dimension above `per_dimension`.
    pub(super) fn grid(&self, problem: &Problem, per_dimension: u32) -> [u32; 3] {
        match self.form().workgroups(problem) {
            [count, 1] => {
                let rows = count.div_ceil(per_dimension).max(1);
                [count.div_ceil(rows), rows, 1]
            }
            [x, y] => [x, y, 1],
        }
    }

    pub(super) fn params(&self, problem: &Problem, part: u32) -> [u32; 4] {
        self.form().params(problem, part)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.form().to_string())
    }
}

/// 32-bit registers for `values` elements of what a kernel of `kind` computes with.
pub(super) fn registers_for(values: u32, kind: Kind) -> u64 {
    (u64::from(values) * kind.tile_element_bytes()).div_ceil(4)
}
