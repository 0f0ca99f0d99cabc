//! Which problem sizes a benchmark may take on a device, from the smallest to the largest that the limits hold, and the points of a curve.

use crate::adapter::{Adapter, AdapterKind};
use crate::kernel::{Benchmark, Fragment, Kind};
use crate::plan::{Effort, Plan};
use crate::problem::{MEMORY_BLOCK, MemoryOp, Problem};
use crate::units::Seconds;

/// Sizes to grow through.
#[derive(Debug)]
pub struct Sizes {
    /// Ascending, never empty.
    pub problems: Vec<Problem>,
    /// What kept larger ones out, in words; `None` where the largest of all is there.
    pub limited_by: Option<String>,
}

/// What the edge of a square product has to be a multiple of, for every type and kernel: the longest fragment of a matrix unit.
pub const EDGE_STEP: u32 = 32;

/// Edges of square products: beyond 8192 no card gets faster.
const EDGES: [u32; 6] = [256, 512, 1024, 2048, 4096, 8192];

/// The largest cache to be expected, in bytes, where none is known.
pub fn expected_cache(adapter: &Adapter) -> u64 {
    match adapter.kind {
        // What processors have for each slice of their cores.
        _ if adapter.software => 32 << 20,
        AdapterKind::Integrated => 64 << 20,
        // That of any card to date but for AMD's, which the sweep finds.
        _ => 128 << 20,
    }
}

/// How many times larger than the largest cache to be expected a sweep's sets become.
pub const SWEEP_OVER_CACHE: u64 = 8;

/// How many times larger than the last cache a footprint should be: what a cache keeps of a pass is then a twelfth of it at the most, and a quarter in a
/// quick run.
pub fn footprint_over_cache(plan: &Plan) -> u64 {
    if plan.effort == Effort::Quick { 4 } else { 8 }
}

/// No footprint is smaller, however small the caches.
const LEAST_FOOTPRINT: u64 = 64 << 20;

/// Bytes that the passes over memory of a run go over, in all their arrays together: what was asked for, or so many times
/// the last cache, or the largest to be expected where none is known.
pub fn footprint(adapter: &Adapter, plan: &Plan, last_cache: Option<u64>) -> u64 {
    let cache = last_cache.unwrap_or_else(|| expected_cache(adapter));
    plan.footprint_bytes.unwrap_or(cache.saturating_mul(footprint_over_cache(plan)).max(LEAST_FOOTPRINT))
}

/// Passes over ever larger arrays, up to the footprint. An array too large for one binding is made of several buffers.
fn memory_passes(operation: MemoryOp, adapter: &Adapter, footprint: u64) -> Vec<Problem> {
    let limit = adapter.limits.array_bytes() - crate::check::GUARD_BYTES;
    let of = |footprint: u64| {
        let bytes = footprint / operation.arrays();
        let parts = bytes.div_ceil(limit).max(1);
        let elements = (bytes / 4 / parts / MEMORY_BLOCK).max(1) * MEMORY_BLOCK * parts;
        Problem::Memory { operation, elements, parts: u32::try_from(parts).unwrap_or(u32::MAX) }
    };
    // From a beginning that fits everywhere.
    let least = (footprint / 64).min(LEAST_FOOTPRINT / 16);
    let growing =
        std::iter::successors(Some(least), |bytes| Some(bytes * 4)).take_while(|bytes| *bytes < footprint / 2);
    let mut problems: Vec<Problem> = growing.chain([footprint / 2, footprint]).map(of).collect();
    problems.dedup();
    problems
}

/// Chains of a peak, and their length: first more of them, up to eight for every invocation that the largest GPU keeps in flight, then
/// longer ones, so that reading and writing the values does not count.
const PEAKS: [(u32, u32); 9] = [
    (1 << 15, 1 << 8),
    (1 << 17, 1 << 8),
    (1 << 20, 1 << 8),
    (1 << 22, 1 << 8),
    (1 << 22, 1 << 10),
    (1 << 22, 1 << 12),
    (1 << 22, 1 << 14),
    (1 << 22, 1 << 16),
    (1 << 22, 1 << 18),
];

/// The same for a processor, whose cores are few.
const SOFTWARE_PEAKS: [(u32, u32); 5] =
    [(1 << 15, 1 << 8), (1 << 15, 1 << 10), (1 << 15, 1 << 12), (1 << 15, 1 << 14), (1 << 15, 1 << 16)];

/// Chains of fragments and their length, which half precision can count exactly. The largest fill 256 MiB.
const FRAGMENTS: [(u32, u32); 7] = [
    (1 << 10, 1 << 8),
    (1 << 12, 1 << 8),
    (1 << 14, 1 << 8),
    (1 << 14, 1 << 11),
    (1 << 16, 1 << 11),
    (1 << 17, 1 << 11),
    (1 << 18, 1 << 11),
];

/// The same for a processor.
const SOFTWARE_FRAGMENTS: [(u32, u32); 4] = [(1 << 7, 1 << 8), (1 << 8, 1 << 9), (1 << 9, 1 << 10), (1 << 10, 1 << 11)];

/// The sizes of `benchmark` that fit the limits of `adapter`.
pub fn ascending(benchmark: &Benchmark, adapter: &Adapter, plan: &Plan, footprint: u64) -> Sizes {
    let all: Vec<Problem> = match benchmark.kind {
        Kind::Matmul { .. } | Kind::MatrixProduct { .. } => {
            let edges = plan.edge.as_ref().map_or(&EDGES[..], std::slice::from_ref);
            edges.iter().filter_map(|&edge| benchmark.product(edge, edge, edge)).collect()
        }
        Kind::Peak(element) => {
            let peaks = if adapter.software { &SOFTWARE_PEAKS[..] } else { &PEAKS };
            peaks.iter().map(|&(lanes, steps)| Problem::Peak { element, lanes, steps }).collect()
        }
        Kind::MatrixPeak { input, accumulator } => {
            let Fragment { m, n, k, .. } = Fragment::of(&adapter.cooperative_matrix, benchmark.kind);
            let peaks = if adapter.software { &SOFTWARE_FRAGMENTS[..] } else { &FRAGMENTS };
            let problem = |&(fragments, steps): &(u32, u32)| Problem::MatrixPeak {
                input,
                accumulator,
                m,
                n,
                k,
                fragments,
                steps,
            };
            peaks.iter().map(problem).collect()
        }
        Kind::Memory(operation) => memory_passes(operation, adapter, footprint),
        Kind::CopyCommand => memory_passes(MemoryOp::Copy, adapter, footprint),
        _ => unreachable!("{} is a curve", benchmark.id),
    };
    let limit = adapter.limits.array_bytes();
    let fits = |problem: &Problem| largest_array(problem) <= limit;
    let count = all.iter().filter(|problem| fits(problem)).count().max(1);
    let limited_by = all.get(count).map(|first_out| {
        format!("{first_out} exceeds the device's limit of {limit} bytes for one array; {} was taken", all[count - 1])
    });
    Sizes { problems: all[..count].to_vec(), limited_by }
}

/// A pass over memory in more parts, each about `times` shorter, so that each may be a submission of its own; other problems as they are.
pub fn in_parts(problem: &Problem, times: u32) -> Problem {
    let Problem::Memory { operation, elements, parts } = *problem else { return *problem };
    let parts = parts.saturating_mul(times).clamp(parts, MOST_PARTS.max(parts));
    let unit = MEMORY_BLOCK * u64::from(parts);
    Problem::Memory { operation, elements: (elements / unit).max(1) * unit, parts }
}

/// More parts than this are too many buffers.
const MOST_PARTS: u32 = 64;

/// The first of `problems`, which are ascending, that is larger than `problem`. One in more parts may be a little smaller than it was in fewer.
pub fn first_larger(problem: &Problem, problems: &[Problem]) -> usize {
    problems.partition_point(|other| growth(problem, other) < 1.1)
}

/// How many times longer the larger of two problems takes, from its operations or bytes.
pub fn growth(smaller: &Problem, larger: &Problem) -> f64 {
    let cost = |problem: &Problem| problem.work().ops.map_or(problem.work().bytes.get(), crate::units::Ops::get);
    cost(larger) / cost(smaller)
}

/// The problem to go on to from `from`, which takes `seconds`, of those that are `larger`: the first that takes `enough`, else the largest that stays
/// within `limit`; `None` where the next does not.
pub fn next(from: &Problem, seconds: Seconds, larger: &[Problem], enough: Seconds, limit: Seconds) -> Option<Problem> {
    let takes = |problem: &Problem| seconds.get() * growth(from, problem);
    let within = larger.iter().take_while(|problem| takes(problem) <= limit.get()).count();
    let within = &larger[..within];
    within.iter().find(|problem| takes(problem) >= enough.get()).or(within.last()).copied()
}

fn largest_array(problem: &Problem) -> u64 {
    // The guard behind the output is bound with it.
    let output = problem.part_output_bytes() + crate::check::GUARD_BYTES;
    problem.part_input_bytes().into_iter().fold(output, u64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Element;

    #[test]
    fn growing_ends_where_it_is_long_enough_or_would_take_too_long() {
        let peak = |steps| Problem::Peak { element: Element::F32, lanes: 64, steps };
        let problems = [1, 10, 100, 1000].map(peak);
        let next = |seconds, enough, limit| {
            let [seconds, enough, limit] = [seconds, enough, limit].map(Seconds::new);
            next(&problems[0], seconds, &problems[1..], enough, limit)
        };
        assert_eq!(next(1e-3, 5e-3, 0.5), Some(peak(10)), "the first that is long enough");
        assert_eq!(next(1e-3, f64::INFINITY, 0.5), Some(peak(100)), "the largest within the limit");
        assert_eq!(next(1e-3, 0.2, 0.05), Some(peak(10)), "none is long enough");
        assert_eq!(next(1e-3, 5e-3, 5e-3), None, "the next is too long");
    }

    #[test]
    fn a_pass_in_more_parts_is_as_large_as_it_was() {
        let pass = |blocks| Problem::Memory { operation: MemoryOp::Read, elements: blocks * MEMORY_BLOCK, parts: 1 };
        let problems = [1000, 4000, 16_000].map(pass);
        for (at, problem) in problems.iter().enumerate() {
            assert_eq!(first_larger(&in_parts(problem, 13), &problems), at + 1);
        }
    }
}
