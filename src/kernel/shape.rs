//! The shapes a kernel can take: what the tuner chooses between.

use std::fmt;
use std::mem::Discriminant;
use std::ops::Deref;

use super::Launch;
use super::atomic_adds::AtomicAdds;
use super::broadcast::Broadcast;
use super::chains::Chains;
use super::chase_steps::ChaseSteps;
use super::command::Command;
use super::counter::Counter;
use super::direct::Direct;
use super::fragment_chains::FragmentChains;
use super::fragments::Fragments;
use super::group_fragments::GroupFragments;
use super::matrix::Fragment;
use super::stream::Stream;
use super::sweep_reads::SweepReads;
use super::target::Target;
use super::tile::Tile;
use super::workgroup_reads::WorkgroupReads;
use crate::adapter::Adapter;
use crate::benchmark::Kind;
use crate::problem::Problem;

/// The shape of one variant. What all shapes tell of themselves is told by [`Kernel`].
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
    SweepReads(SweepReads),
    /// Of a pointer chase.
    ChaseSteps(ChaseSteps),
    /// Of reads of workgroup memory.
    WorkgroupReads(WorkgroupReads),
    /// Of atomic additions.
    AtomicAdds(AtomicAdds),
    /// Of what counts dispatches.
    Counter(Counter),
    /// Of what the API does without a kernel.
    Command(Command),
}

/// What the kernel of any shape tells of itself.
pub trait Kernel: fmt::Display {
    /// File below `shaders/` that holds the body, `None` where there is no kernel.
    fn shader(&self, kind: Kind) -> Option<&'static str>;

    /// Invocations in a workgroup.
    fn invocations(&self) -> u32;

    /// How much code the shape unrolls into, in vector operations: what its compilation costs.
    fn unrolled(&self) -> u32;

    /// 32-bit registers that an invocation needs at the least, for a benchmark of `kind`.
    fn registers(&self, kind: Kind) -> u64;

    /// Workgroup memory in bytes, for a benchmark of `kind`.
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
    fn subfamily(&self) -> u32 {
        0
    }

    /// Whether drivers have seen few kernels like this: what others reach is to be known before, and more than a compiler may fail.
    fn is_new_ground(&self) -> bool {
        false
    }

    /// Why a device cannot run the shape, beside the limits that all shapes have.
    fn misfit(&self, _kind: Kind, _adapter: &Adapter) -> Option<String> {
        None
    }
}

impl Deref for Shape {
    type Target = dyn Kernel;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Tile(tile) => tile,
            Self::Direct(direct) => direct,
            Self::Broadcast(broadcast) => broadcast,
            Self::Chains(chains) => chains,
            Self::Fragments(fragments) => fragments,
            Self::GroupFragments(fragments) => fragments,
            Self::FragmentChains(chains) => chains,
            Self::Stream(stream) => stream,
            Self::SweepReads(reads) => reads,
            Self::ChaseSteps(steps) => steps,
            Self::WorkgroupReads(reads) => reads,
            Self::AtomicAdds(adds) => adds,
            Self::Counter(counter) => counter,
            Self::Command(command) => command,
        }
    }
}

impl Shape {
    pub(super) fn on(mut self, target: &Target) -> Self {
        let subgroup = match &mut self {
            Self::Fragments(fragments) => &mut fragments.subgroup,
            Self::FragmentChains(chains) => &mut chains.subgroup,
            _ => return self,
        };
        *subgroup = subgroup.among(&target.subgroup_sizes);
        self
    }

    /// What the matrix units are given at once, where the kernel uses them.
    pub(super) fn fragment(&self) -> Option<Fragment> {
        match self {
            Self::Fragments(fragments) => Some(fragments.fragment),
            Self::FragmentChains(chains) => Some(chains.fragment),
            Self::GroupFragments(fragments) => Some(fragments.fragment),
            _ => None,
        }
    }

    /// Shapes of different families may run at quite different speeds: of each, one at least should be tried.
    pub fn family(&self) -> (Discriminant<Self>, u32) {
        (std::mem::discriminant(self), self.subfamily())
    }

    /// How the kernel is started on buffer number `part` of `problem`: the one place that knows which problems a shape is for.
    pub(super) fn launch(self, problem: &Problem, part: u32) -> Option<Launch> {
        match (self, problem) {
            (Self::Tile(tile), Problem::Matmul(product)) => Some(tile.launch(product)),
            (Self::Direct(direct), Problem::Matmul(product)) => Some(direct.launch(product)),
            (Self::Broadcast(broadcast), Problem::Matmul(product)) => Some(broadcast.launch(product)),
            (Self::Fragments(fragments), Problem::Matmul(product)) => Some(fragments.launch(product)),
            (Self::GroupFragments(fragments), Problem::Matmul(product)) => fragments.launch(product),
            (Self::Chains(chains), Problem::Peak(peak)) => Some(chains.launch(peak)),
            (Self::FragmentChains(chains), Problem::MatrixPeak(peak)) => Some(chains.launch(peak)),
            (Self::Stream(stream), Problem::Memory(pass)) => stream.launch(pass, part),
            (Self::SweepReads(reads), Problem::Sweep(sweep)) => reads.launch(sweep),
            (Self::ChaseSteps(_), Problem::Chase(chase)) => ChaseSteps::launch(chase),
            (Self::WorkgroupReads(reads), Problem::WorkgroupMemory(memory)) => reads.launch(memory),
            (Self::AtomicAdds(adds), Problem::Atomic(atomic)) => adds.launch(atomic),
            (Self::Counter(_), Problem::Overhead(overhead)) => Some(Counter::launch(overhead)),
            (Self::Command(Command::Copy), Problem::Memory(pass)) => Some(Launch::without_kernel(pass)),
            (Self::Command(Command::Transfer(path)), Problem::Transfer(transfer)) if path == transfer.path => {
                Some(Launch::without_kernel(transfer))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&(**self).to_string())
    }
}

/// 32-bit registers for `values` elements of what a kernel of `kind` computes with.
pub(super) fn registers_for(values: u32, kind: Kind) -> u64 {
    (u64::from(values) * kind.tile_element_bytes()).div_ceil(4)
}
