//! Which problem sizes a benchmark may take on a device, from the smallest to the largest that the limits hold.

use super::footprint::{Footprint, is_pass};
use crate::adapter::Adapter;
use crate::benchmark::{Benchmark, Kind};
use crate::kernel::Fragment;
use crate::measure::{Fault, counted};
use crate::plan::Plan;
use crate::problem::{MatrixPeak, MemoryOp, MemoryPass, Peak, Problem};
use crate::record::Remark;
use crate::units::Seconds;

/// Sizes to grow through.
#[derive(Debug)]
pub struct Sizes {
    /// Ascending, never empty.
    pub problems: Vec<Problem>,
    /// How many of them are smaller than what suffices, however long they take.
    pub too_small: usize,
    /// What kept larger ones out; `None` where the largest of all is there.
    pub limited_by: Option<Remark>,
}

impl Sizes {
    /// What kept larger ones than `taken` out, but for time: a product that time ended earlier met no limit of the device.
    pub fn limit_at(&self, taken: &Problem) -> Option<Remark> {
        let is_met = is_pass(taken) || self.problems.last() == Some(taken);
        self.limited_by.clone().filter(|_| is_met)
    }
}

/// What the edge of a square product has to be a multiple of, for every type and kernel: the longest fragment of a matrix unit.
pub const EDGE_STEP: u32 = 32;

/// Edges of square products: beyond 8192 no card gets faster.
const EDGES: [u32; 6] = [256, 512, 1024, 2048, 4096, 8192];

/// Passes over ever larger arrays, up to the footprint and, in smaller steps, beyond it.
fn memory_passes(operation: MemoryOp, adapter: &Adapter, footprint: &Footprint) -> Result<Sizes, Fault> {
    let Footprint { bytes: whole, most_bytes, ref limited_by } = *footprint;
    let of = |footprint| memory_pass(operation, footprint, adapter);
    // From a beginning that fits everywhere.
    let least = (whole / 64).min(FIRST_PASS);
    let growing =
        std::iter::successors(Some(least), |bytes| bytes.checked_mul(4)).take_while(|bytes| *bytes < whole / 2);
    let mut problems = growing.chain([whole / 2, whole]).map(of).collect::<Result<Vec<_>, _>>()?;
    problems.dedup();
    let too_small = problems.len() - 1;
    let beyond = std::iter::successors(Some(whole), |bytes| (bytes / 4).checked_mul(5));
    for bytes in beyond.skip(1).take_while(|bytes| *bytes > whole && *bytes <= most_bytes).take(MOST_STEPS) {
        problems.push(of(bytes)?);
    }
    Ok(Sizes { problems, too_small, limited_by: limited_by.clone() })
}

/// A pass of this total `footprint`. An array too large for one binding is made of several buffers.
fn memory_pass(operation: MemoryOp, footprint: u64, adapter: &Adapter) -> Result<Problem, Fault> {
    let bytes = footprint / operation.arrays();
    let limit = adapter.limits.array_bytes() - crate::check::GUARD_BYTES;
    let parts = bytes.div_ceil(limit).max(1);
    let pass = MemoryPass { operation, elements: 0, parts: counted(parts, "parts of an array")? };
    Ok(Problem::Memory(pass.over(bytes / 4)))
}

/// The total footprint of the first pass, in bytes.
const FIRST_PASS: u64 = 4 << 20;

/// Steps of a quarter beyond the footprint: up to nearly a hundred times as much.
const MOST_STEPS: usize = 20;

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

/// The sizes of `benchmark` that fit the limits of `adapter`; of passes over memory those that lead to `footprint`.
///
/// # Errors
/// Fails if there are more parts than can be counted, or the benchmark has points in the place of sizes.
pub fn ascending(benchmark: &Benchmark, adapter: &Adapter, plan: &Plan, footprint: &Footprint) -> Result<Sizes, Fault> {
    match benchmark.kind {
        Kind::Memory(operation) => memory_passes(operation, adapter, footprint),
        Kind::CopyCommand => memory_passes(MemoryOp::Copy, adapter, footprint),
        Kind::Matmul { .. } | Kind::MatrixProduct { .. } => Ok(within_limits(&products(benchmark, plan), adapter)),
        Kind::Peak(_) | Kind::MatrixPeak { .. } => Ok(within_limits(&peaks(benchmark.kind, adapter), adapter)),
        _ => Err(Fault::Misuse("a curve has points, and no sizes to grow through")),
    }
}

fn products(benchmark: &Benchmark, plan: &Plan) -> Vec<Problem> {
    let edges = plan.edge.as_ref().map_or(&EDGES[..], std::slice::from_ref);
    edges.iter().filter_map(|&edge| benchmark.product(edge, edge, edge)).collect()
}

fn peaks(kind: Kind, adapter: &Adapter) -> Vec<Problem> {
    match kind {
        Kind::Peak(element) => {
            let peaks = if adapter.software { &SOFTWARE_PEAKS[..] } else { &PEAKS };
            peaks.iter().map(|&(chains, steps)| Problem::Peak(Peak { element, chains, steps })).collect()
        }
        Kind::MatrixPeak { input, accumulator } => {
            let Fragment { m, n, k, .. } = Fragment::of(&adapter.cooperative_matrix, kind);
            let peaks = if adapter.software { &SOFTWARE_FRAGMENTS[..] } else { &FRAGMENTS };
            let problem = |&(fragments, steps): &(u32, u32)| {
                Problem::MatrixPeak(MatrixPeak { input, accumulator, m, n, k, fragments, steps })
            };
            peaks.iter().map(problem).collect()
        }
        _ => Vec::new(),
    }
}

/// Those of `all` whose arrays fit one binding each; the smallest in any case.
fn within_limits(all: &[Problem], adapter: &Adapter) -> Sizes {
    let limit = adapter.limits.array_bytes();
    let count = all.iter().filter(|problem| largest_array(problem) <= limit).count().max(1);
    let limited_by =
        all.get(count).map(|first_out| Remark::ArrayLimit { wanted: *first_out, limit, taken: all[count - 1] });
    Sizes { problems: all[..count].to_vec(), too_small: 0, limited_by }
}

/// A pass over half of what `pass` goes over; `None` of other problems.
pub(super) fn half(pass: &Problem) -> Option<Problem> {
    let Problem::Memory(pass) = *pass else { return None };
    Some(Problem::Memory(pass.over(pass.elements / 2)))
}

/// A pass over memory in more parts, each about `times` shorter, so that each may be a submission of its own; other problems as they are.
pub fn in_parts(problem: &Problem, times: u32) -> Problem {
    let Problem::Memory(pass) = *problem else { return *problem };
    let parts = pass.parts.saturating_mul(times).clamp(pass.parts, MOST_PARTS.max(pass.parts));
    Problem::Memory(MemoryPass { parts, ..pass }.over(pass.elements))
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
    use crate::adapter::{AdapterKind, Backend, made};
    use crate::problem::{Element, MEMORY_BLOCK};

    #[test]
    fn a_pass_that_is_too_short_goes_over_more_and_no_more_than_is_spared() {
        let footprint = Footprint { bytes: 1 << 30, most_bytes: 4 << 30, limited_by: None };
        let card = made::adapter("a card", AdapterKind::Discrete, Backend::Vulkan, (0x10de, 0));
        let Sizes { problems, too_small: before, .. } =
            memory_passes(MemoryOp::Triad, &card, &footprint).expect("few parts");
        let gib = |problem: &Problem| problem.work().bytes.get() / f64::from(1 << 30);
        assert!((gib(&problems[before]) - 1.0).abs() < 0.01, "{}", problems[before]);
        let largest = problems.last().map(gib).expect("some");
        assert!(largest > 3.2 && largest <= 4.0, "{largest}");
        assert!(problems.windows(2).all(|pair| growth(&pair[0], &pair[1]) > 1.1), "{problems:?}");
    }

    #[test]
    fn a_footprint_of_more_buffers_than_can_be_counted_is_refused() {
        let card = made::adapter("a card", AdapterKind::Discrete, Backend::Vulkan, (0x10de, 0));
        let passes = |bytes| memory_passes(MemoryOp::Copy, &card, &Footprint::of(bytes));
        assert!(passes(1 << 44).is_ok_and(|sizes| sizes.problems.last().is_some_and(|last| last.parts() > 1)));
        assert!(passes(u64::MAX).is_err_and(|fault| fault.to_string().contains("parts")));
    }

    #[test]
    fn growing_ends_where_it_is_long_enough_or_would_take_too_long() {
        let peak = |steps| Problem::Peak(Peak { element: Element::F32, chains: 64, steps });
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
        let pass = |blocks| {
            Problem::Memory(MemoryPass { operation: MemoryOp::Read, elements: blocks * MEMORY_BLOCK, parts: 1 })
        };
        let problems = [1000, 4000, 16_000].map(pass);
        for (at, problem) in problems.iter().enumerate() {
            assert_eq!(first_larger(&in_parts(problem, 13), &problems), at + 1);
        }
    }
}
