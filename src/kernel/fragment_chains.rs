//! Chains of matrix multiply-adds whose fragments stay in registers.

use std::fmt;

use super::Kind;
use super::matrix::{self, EDGES};
use super::shape::{Form, Shape};
use super::target::Target;
use crate::adapter::Adapter;
use crate::problem::Problem;

/// How many chains a subgroup carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FragmentChains {
    /// Rows and columns of a fragment.
    pub edge: u32,
    /// Invocations of a subgroup. Where the device takes another number the kernel is right as well, but slow.
    pub lanes: u32,
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

pub(super) fn seeds(target: &Target) -> Vec<Shape> {
    let devices = EDGES.into_iter().flat_map(|edge| target.subgroup_sizes.iter().map(move |&lanes| (edge, lanes)));
    let shape = |(edge, lanes)| {
        SEEDS.map(|(chains, unroll, subgroups)| FragmentChains { edge, lanes, subgroups, chains, unroll })
    };
    devices.flat_map(shape).map(Shape::FragmentChains).collect()
}

/// Chains of 1 to 16 accumulators in workgroups of 1 to 8 subgroups.
pub(super) fn space(target: &Target) -> Vec<Shape> {
    let devices = EDGES.into_iter().flat_map(|edge| target.subgroup_sizes.iter().map(move |&lanes| (edge, lanes)));
    let counts = [1, 2, 4, 8, 16].into_iter().flat_map(|chains| [8, 16, 32, 64, 128].map(|unroll| (chains, unroll)));
    let counts: Vec<(u32, u32, u32)> =
        counts.flat_map(|(chains, unroll)| [1, 2, 4, 8].map(|subgroups| (chains, unroll, subgroups))).collect();
    let shape = |(edge, lanes)| {
        let of = move |&(chains, unroll, subgroups): &(u32, u32, u32)| FragmentChains {
            edge,
            lanes,
            subgroups,
            chains,
            unroll,
        };
        counts.iter().map(of).collect::<Vec<_>>()
    };
    devices.flat_map(shape).map(Shape::FragmentChains).collect()
}

impl Form for FragmentChains {
    fn shader(&self, _: Kind) -> &'static str {
        "peak/cooperative.wgsl"
    }

    fn invocations(&self) -> u32 {
        self.subgroups * self.lanes
    }

    fn unrolled(&self) -> u32 {
        self.chains * self.unroll * self.edge / 4
    }

    fn registers(&self, kind: Kind) -> u64 {
        let (input, accumulator) = kind.matrix_elements();
        let words = |fragments: u32, bytes: u64| {
            u64::from(fragments * self.edge * self.edge) * bytes / (4 * u64::from(self.lanes.max(1)))
        };
        words(self.chains, accumulator.size()) + words(2 + self.chains, input.size())
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        vec![
            ("EDGE", self.edge),
            ("LANES", self.lanes),
            ("SUBGROUPS", self.subgroups),
            ("CHAINS", self.chains),
            ("UNROLL", self.unroll),
        ]
    }

    fn workgroups(&self, problem: &Problem) -> [u32; 2] {
        let Problem::MatrixPeak { fragments, .. } = *problem else { unreachable!("fragments, not {problem:?}") };
        [fragments / (self.chains * self.subgroups), 1]
    }

    fn params(&self, problem: &Problem) -> [u32; 4] {
        let Problem::MatrixPeak { steps, .. } = *problem else { unreachable!("fragments, not {problem:?}") };
        [steps / self.unroll, self.workgroups(problem)[0], 0, 0]
    }

    fn misfit(&self, kind: Kind, adapter: &Adapter) -> Option<String> {
        matrix::misfit(self.edge, self.lanes, kind, adapter)
    }
}

impl fmt::Display for FragmentChains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { edge, lanes, subgroups, chains, unroll } = self;
        write!(f, "{edge}x{edge}/c{chains}/u{unroll}/{subgroups}x{lanes}")
    }
}
