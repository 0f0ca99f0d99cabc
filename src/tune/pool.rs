//! The variants of a benchmark that fit a device, in the order in which they are worth trying.

use std::collections::{HashMap, HashSet};

use crate::adapter::{Adapter, Backend};
use crate::benchmark::Benchmark;
use crate::kernel::{Shape, Target, Variant};
use crate::record::Rejected;

/// The variants of a benchmark that fit a device.
#[derive(Debug, Clone)]
pub struct Pool {
    /// What to begin with.
    pub seeds: Vec<Variant>,
    /// The variants to look among further; none if this is empty.
    pub all: Vec<Variant>,
    /// Whether one variant may be compiled while another one is timed.
    pub compiles_ahead: bool,
}

impl Pool {
    /// The pool of `benchmark` on `adapter`, and the seeds that do not fit, with the reasons.
    pub fn new(benchmark: &'static Benchmark, adapter: &Adapter) -> (Self, Vec<Rejected>) {
        let target = Target::of(adapter);
        let mut rejected = Vec::new();
        let mut seeds = benchmark.seeds(&target);
        seeds.retain(|variant| match variant.misfit(adapter) {
            Some(reason) => {
                rejected.push(Rejected { name: variant.name(), reason });
                false
            }
            None => true,
        });
        if adapter.software {
            // Software drivers compile at the first dispatch, some kernels for many seconds: the small ones go first, and before all
            // others those that make a subgroup one vector register. Passes over memory are small in any shape, and stay in their order.
            let code = |shape: Shape| if matches!(shape, Shape::Stream(_)) { 0 } else { shape.unrolled() };
            seeds.sort_by_key(|variant| (!matches!(variant.shape, Shape::Broadcast(_)), code(variant.shape)));
        }
        let seeds = take_turns(distinct(seeds));
        let mut all = benchmark.variants(&target);
        all.retain(|variant| variant.misfit(adapter).is_none());
        // A processor that computes would be disturbed, and has nothing to compile before the first dispatch; one thread at a time may use GL.
        let compiles_ahead = !adapter.software && adapter.backend != Backend::Gl;
        (Self { seeds, all, compiles_ahead }, rejected)
    }

    /// Only the variants of the given names, with nowhere else to look.
    #[must_use]
    pub fn only(&self, names: &[String]) -> Self {
        let named = |name: &String| self.seeds.iter().chain(&self.all).find(|variant| variant.name() == *name).copied();
        Self { seeds: names.iter().filter_map(named).collect(), all: Vec::new(), ..*self }
    }
}

/// Without those that differ in nothing from one before.
fn distinct(seeds: Vec<Variant>) -> Vec<Variant> {
    let mut seen = HashSet::new();
    // What the API does without a kernel has no text.
    let likeness = |seed: &Variant| if seed.shader().is_some() { seed.wgsl() } else { seed.name() };
    seeds.into_iter().filter(|seed| seen.insert(likeness(seed))).collect()
}

/// How many of each other family come before the first of one that is new ground to drivers.
const LATER: u32 = 6;

/// One of each family, then a second of each, and so on: a search that is cut has seen something of all. Some families wait for a few of the others.
pub(super) fn take_turns(seeds: Vec<Variant>) -> Vec<Variant> {
    let mut turns = HashMap::new();
    let mut turn = |seed: &Variant| {
        let turn = turns.entry(seed.shape.family()).or_insert(if seed.shape.is_new_ground() { LATER } else { 0 });
        *turn += 1;
        *turn
    };
    let mut seeds: Vec<(u32, Variant)> = seeds.into_iter().map(|seed| (turn(&seed), seed)).collect();
    seeds.sort_by_key(|(turn, _)| *turn);
    seeds.into_iter().map(|(_, seed)| seed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark::CATALOGUE;

    #[test]
    fn seeds_are_distinct_and_families_take_turns() {
        for benchmark in &CATALOGUE {
            let seeds = benchmark.seeds(&Target::common());
            let twice: Vec<Variant> = seeds.iter().flat_map(|seed| [*seed, *seed]).collect();
            let turns = take_turns(distinct(twice));
            assert!(turns.len() <= seeds.len(), "{}: what is the same is tried once", benchmark.id);
            let families: HashSet<_> = turns.iter().map(|seed| seed.shape.family()).collect();
            let first: HashSet<_> = turns.iter().take(families.len()).map(|seed| seed.shape.family()).collect();
            assert_eq!(first, families, "{}: one of each comes first", benchmark.id);
        }
    }
}
