//! Which problem sizes a benchmark may take on a device, from the smallest to the largest that the limits hold, and the points of a curve.

use crate::adapter::{Adapter, AdapterKind, Memory};
use crate::kernel::{Benchmark, Fragment, Kind};
use crate::plan::{Effort, Plan};
use crate::problem::{MEMORY_BLOCK, MemoryOp, Problem};
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
        let is_met = matches!(taken, Problem::Memory { .. }) || self.problems.last() == Some(taken);
        self.limited_by.clone().filter(|_| is_met)
    }
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
const SWEEP_OVER_CACHE: u64 = 8;

/// Bytes of the largest set that a sweep begins with, before it is known whether memory shows by then.
pub fn swept(adapter: &Adapter, plan: &Plan) -> u64 {
    let spare = adapter.memory.map_or(u64::MAX, |memory| memory.spare_bytes());
    (SWEEP_OVER_CACHE * expected_cache(adapter)).min(spare).max(plan.footprint_bytes.unwrap_or(0))
}

/// How many times larger than the last cache a footprint should be: what a cache keeps of a pass is then an eighth of it at the most, on a card
/// that tells how much memory it has a thirty-second; in a quick run, which has no time to fill as much, a quarter and an eighth.
fn over_cache(adapter: &Adapter, plan: &Plan) -> u64 {
    match (is_card(adapter) && adapter.memory.is_some(), plan.effort) {
        (true, Effort::Standard | Effort::Full) => 32,
        (true, Effort::Quick) | (false, Effort::Standard | Effort::Full) => 8,
        (false, Effort::Quick) => 4,
    }
}

/// No footprint is smaller, however small the caches, unless there is no room: on a card a pass over less is too short, in a quick run a little.
fn least_footprint(adapter: &Adapter, plan: &Plan) -> u64 {
    match (is_card(adapter), plan.effort) {
        (true, Effort::Standard | Effort::Full) => 1 << 30,
        (true, Effort::Quick) => 256 << 20,
        (false, _) => 64 << 20,
    }
}

fn is_card(adapter: &Adapter) -> bool {
    adapter.kind == AdapterKind::Discrete && !adapter.software
}

/// Where the device does not tell how much memory it has, a pass that is too short goes over this many times its footprint at the most.
const UNTOLD_GROWTH: u64 = 4;

/// Where hardly any memory is free a pass still goes over this much.
const LAST_RESORT: u64 = 1 << 20;

/// What the passes over memory of a run go over, in all their arrays together.
#[derive(Debug, Clone, PartialEq)]
pub struct Footprint {
    /// In bytes, what passes go over at the least where time allows.
    pub bytes: u64,
    /// In bytes, how far they may go where a pass over that is too short to be timed well.
    pub most_bytes: u64,
    /// What kept it smaller than caches ask for.
    pub limited_by: Option<Remark>,
}

impl Footprint {
    /// These bytes, no more and no less.
    pub fn of(bytes: u64) -> Self {
        Self { bytes, most_bytes: bytes, limited_by: None }
    }
}

/// What was asked for, or so many times the last cache, or the largest to be expected where none is known, as far as the memory that is free allows.
pub fn footprint(adapter: &Adapter, plan: &Plan, last_cache: Option<u64>) -> Footprint {
    if let Some(bytes) = plan.footprint_bytes {
        return Footprint::of(bytes);
    }
    let cache = last_cache.unwrap_or_else(|| expected_cache(adapter));
    let wanted = cache.saturating_mul(over_cache(adapter, plan)).max(least_footprint(adapter, plan));
    let spare = adapter.memory.map(|memory| memory.spare_bytes().max(LAST_RESORT));
    let bytes = spare.map_or(wanted, |spare| spare.min(wanted));
    let most_bytes = match plan.effort {
        Effort::Quick => bytes,
        _ => spare.unwrap_or_else(|| wanted.saturating_mul(UNTOLD_GROWTH)),
    };
    Footprint { bytes, most_bytes, limited_by: adapter.memory.and_then(|memory| too_little(memory, bytes, wanted)) }
}

/// What is to be said of passes over `bytes` where the device's memory has no room for the `wanted` ones.
fn too_little(memory: Memory, bytes: u64, wanted: u64) -> Option<Remark> {
    (bytes < wanted).then_some(Remark::LittleMemory { taken: bytes, wanted, memory })
}

/// Passes over ever larger arrays, up to the footprint and, in smaller steps, beyond it, and how many come before the footprint itself. An array
/// too large for one binding is made of several buffers.
fn memory_passes(operation: MemoryOp, adapter: &Adapter, footprint: &Footprint) -> (Vec<Problem>, usize) {
    let limit = adapter.limits.array_bytes() - crate::check::GUARD_BYTES;
    let of = |footprint: u64| {
        let bytes = footprint / operation.arrays();
        let parts = bytes.div_ceil(limit).max(1);
        let elements = (bytes / 4 / parts / MEMORY_BLOCK).max(1) * MEMORY_BLOCK * parts;
        Problem::Memory { operation, elements, parts: u32::try_from(parts).unwrap_or(u32::MAX) }
    };
    let Footprint { bytes: whole, most_bytes, .. } = *footprint;
    // From a beginning that fits everywhere.
    let least = (whole / 64).min(FIRST_PASS);
    let growing = std::iter::successors(Some(least), |bytes| Some(bytes * 4)).take_while(|bytes| *bytes < whole / 2);
    let mut problems: Vec<Problem> = growing.chain([whole / 2, whole]).map(of).collect();
    problems.dedup();
    let before = problems.len() - 1;
    let beyond = std::iter::successors(Some(whole), |bytes| Some(bytes / 4 * 5));
    problems.extend(beyond.skip(1).take_while(|bytes| *bytes > whole && *bytes <= most_bytes).take(MOST_STEPS).map(of));
    (problems, before)
}

/// The footprint of the first pass, in bytes.
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

/// The sizes of `benchmark` that fit the limits of `adapter`.
pub fn ascending(benchmark: &Benchmark, adapter: &Adapter, plan: &Plan, footprint: &Footprint) -> Sizes {
    let passes = |operation| {
        let (problems, too_small) = memory_passes(operation, adapter, footprint);
        Sizes { problems, too_small, limited_by: footprint.limited_by.clone() }
    };
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
        Kind::Memory(operation) => return passes(operation),
        Kind::CopyCommand => return passes(MemoryOp::Copy),
        _ => unreachable!("{} is a curve", benchmark.id),
    };
    let limit = adapter.limits.array_bytes();
    let fits = |problem: &Problem| largest_array(problem) <= limit;
    let count = all.iter().filter(|problem| fits(problem)).count().max(1);
    let limited_by =
        all.get(count).map(|first_out| Remark::ArrayLimit { wanted: *first_out, limit, taken: all[count - 1] });
    Sizes { problems: all[..count].to_vec(), too_small: 0, limited_by }
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

    /// A card with so much memory, of which so much is free.
    fn card(memory: Option<[u64; 2]>) -> Adapter {
        let text = include_str!("../../tests/fixtures/synthetic-a100.json");
        let record: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let adapter: Adapter = serde_json::from_value(record["adapter"].clone()).expect("an adapter");
        let memory = memory.map(|[heap_bytes, free]| Memory { heap_bytes, free_bytes: Some(free) });
        Adapter { kind: AdapterKind::Discrete, software: false, memory, ..adapter }
    }

    #[test]
    fn a_footprint_is_many_times_the_cache_as_far_as_memory_is_free() {
        let [standard, quick] = [Effort::Standard, Effort::Quick].map(Plan::new);
        let h100 = card(Some([80 << 30, 79 << 30]));
        let of = |adapter: &Adapter, plan: &Plan, mib: u64| footprint(adapter, plan, Some(mib << 20));
        let mib = |footprint: &Footprint| [footprint.bytes >> 20, footprint.most_bytes >> 20];
        let whole = of(&h100, &standard, 50);
        assert_eq!(
            (mib(&whole), whole.limited_by),
            ([1600, 79 << 8], None),
            "32 times the cache, a quarter of the memory"
        );
        assert_eq!(mib(&of(&h100, &standard, 2))[0], 1024, "a GiB at the least");
        assert_eq!(mib(&of(&h100, &quick, 50)), [400, 400], "a quick run has no time for more");
        assert_eq!(mib(&of(&card(None), &standard, 256)), [2048, 8192], "eight times where no memory is told");
        let filled = of(&card(Some([80 << 30, 1 << 30])), &standard, 50);
        assert_eq!(mib(&filled), [256, 256]);
        assert!(
            filled.limited_by.is_some_and(|words| words.to_string().contains("1 GiB of the device's 80 GiB are free"))
        );
        let asked = Plan { footprint_bytes: Some(8 << 30), ..standard };
        assert_eq!(of(&card(Some([80 << 30, 1 << 30])), &asked, 50), Footprint::of(8 << 30), "what was asked for");
    }

    #[test]
    fn a_pass_that_is_too_short_goes_over_more_and_no_more_than_is_spared() {
        let footprint = Footprint { bytes: 1 << 30, most_bytes: 4 << 30, limited_by: None };
        let (problems, before) = memory_passes(MemoryOp::Triad, &card(None), &footprint);
        let gib = |problem: &Problem| problem.work().bytes.get() / f64::from(1 << 30);
        assert!((gib(&problems[before]) - 1.0).abs() < 0.01, "{}", problems[before]);
        let largest = problems.last().map(gib).expect("some");
        assert!(largest > 3.2 && largest <= 4.0, "{largest}");
        assert!(problems.windows(2).all(|pair| growth(&pair[0], &pair[1]) > 1.1), "{problems:?}");
    }

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
