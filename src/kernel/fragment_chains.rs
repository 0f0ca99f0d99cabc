//! Chains of matrix multiply-adds whose fragments stay in registers.

use std::fmt;

use super::Launch;
use super::matrix::{self, Fragment};
use super::shape::{Kernel, Shape};
use super::subgroup::Subgroup;
use super::target::Target;
use crate::adapter::Adapter;
use crate::benchmark::Kind;
use crate::problem::MatrixPeak;

/// How many chains a subgroup carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FragmentChains {
    /// What the units are given at once.
    pub fragment: Fragment,
    /// The subgroups that hold fragments together.
    pub subgroup: Subgroup,
    /// Subgroups of a workgroup.
    pub subgroups: u32,
    /// Independent accumulators.
    pub chains: u32,
    /// Steps in the body of the loop.
    pub unroll: u32,
}

/// Fragments of a problem are a multiple of this, so that every number of chains and subgroups divides them.
pub const FRAGMENT_STEP: u32 = 128;

/// Steps of every chain are a multiple of this, so that every unrolling divides them.
pub const LONGEST_FRAGMENT_UNROLL: u32 = 128;

/// Chains, unrolling and subgroups of the seeds: more chains than any unit is deep, then fewer for small register files.
const SEEDS: [(u32, u32, u32); 6] = [(8, 32, 1), (4, 64, 4), (4, 128, 4), (16, 16, 1), (4, 32, 1), (2, 64, 4)];

pub(super) fn seeds(kind: Kind, target: &Target) -> Vec<Shape> {
    shapes(kind, target, &SEEDS)
}

/// Chains of 1 to 16 accumulators in workgroups of 1 to 8 subgroups.
pub(super) fn space(kind: Kind, target: &Target) -> Vec<Shape> {
    let counts = [1, 2, 4, 8, 16].into_iter().flat_map(|chains| [8, 16, 32, 64, 128].map(|unroll| (chains, unroll)));
    let counts: Vec<(u32, u32, u32)> =
        counts.flat_map(|(chains, unroll)| [1, 2, 4, 8].map(|subgroups| (chains, unroll, subgroups))).collect();
    shapes(kind, target, &counts)
}

/// Chains, unrolling and subgroups of `counts` for every fragment and size of subgroup.
fn shapes(kind: Kind, target: &Target, counts: &[(u32, u32, u32)]) -> Vec<Shape> {
    let mut found = Vec::new();
    for fragment in matrix::fragments(kind, target) {
        for subgroup in Subgroup::each(&target.subgroup_sizes) {
            let shape = |&(chains, unroll, subgroups): &(u32, u32, u32)| {
                Shape::FragmentChains(FragmentChains { fragment, subgroup, subgroups, chains, unroll })
            };
            found.extend(counts.iter().map(shape));
        }
    }
    found
}

impl FragmentChains {
    pub(super) fn launch(self, peak: &MatrixPeak) -> Launch {
        let workgroups = peak.fragments / (self.chains * self.subgroups);
        Launch::new(peak, [workgroups, 1], [peak.steps / self.unroll, workgroups, 0, 0])
    }
}

impl Kernel for FragmentChains {
    fn shader(&self, _: Kind) -> Option<&'static str> {
        Some("peak/cooperative.wgsl")
    }

    fn invocations(&self) -> u32 {
        self.subgroups * self.subgroup.lanes
    }

    fn unrolled(&self) -> u32 {
        self.chains * self.unroll * self.fragment.unrolled()
    }

    fn registers(&self, kind: Kind) -> u64 {
        self.fragment.registers(kind, self.subgroup.lanes, 2, self.chains, self.chains)
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        let own = [
            ("LANES", self.subgroup.lanes),
            ("SUBGROUPS", self.subgroups),
            ("CHAINS", self.chains),
            ("UNROLL", self.unroll),
        ];
        [&self.fragment.constants()[..], &own].concat()
    }

    fn misfit(&self, kind: Kind, adapter: &Adapter) -> Option<String> {
        self.fragment.misfit(self.subgroup.lanes, kind, adapter)
    }
}

impl fmt::Display for FragmentChains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fragment, subgroup: Subgroup { lanes, .. }, subgroups, chains, unroll } = self;
        write!(f, "{fragment}/c{chains}/u{unroll}/{subgroups}x{lanes}")
    }
}
