//! The points of benchmarks whose answer is a curve, not a number.

use crate::adapter::Adapter;
use crate::benchmark::{Benchmark, Kind};
use crate::kernel::{CHASE_UNROLL, WORKGROUP_LOADS};
use crate::plan::{Effort, Plan};
use crate::problem::{
    Atomic, Chase, Direction, LINE, Overhead, OverheadKind, Place, Problem, SWEEP_BLOCK, Sweep, Transfer,
    TransferMethod, WorkgroupMemory,
};
use crate::suite::caches::expected_cache;

/// Bytes of a block of a sweep.
const BLOCK: u64 = SWEEP_BLOCK as u64;

/// The problems of `benchmark`'s curve, in the order of measuring; none where it has no curve. `footprint` is the total one of memory passes, and of a sweep its largest set.
pub(super) fn points(benchmark: &Benchmark, adapter: &Adapter, plan: &Plan, footprint: u64) -> Vec<Problem> {
    let limit = adapter.limits.array_bytes();
    match benchmark.kind {
        Kind::Sweep => {
            half_powers(BLOCK, footprint.min(part_bytes(adapter))).map(|bytes| sweep(adapter, bytes)).collect()
        }
        Kind::Latency => {
            let largest = if plan.effort == Effort::Quick { footprint.min(MOST_CHASED) } else { MOST_CHASED };
            powers(BLOCK, 2, largest.min(limit).min(spare_bytes(adapter))).map(|bytes| chase(adapter, bytes)).collect()
        }
        Kind::WorkgroupMemory => workgroup_memory(adapter),
        Kind::Atomic => atomics(adapter),
        Kind::Transfer(direction) => transfers(direction, plan, limit),
        Kind::Overhead(OverheadKind::PipelineCold) => {
            [OverheadKind::PipelineCold, OverheadKind::PipelineWarm].map(|what| overhead(what, 1)).to_vec()
        }
        Kind::Overhead(OverheadKind::Dispatch) => {
            DISPATCHES.map(|times| overhead(OverheadKind::Dispatch, times)).to_vec()
        }
        Kind::Overhead(what) => vec![overhead(what, 1)],
        _ => Vec::new(),
    }
}

/// How many times larger than the largest cache to be expected a sweep's sets become.
const SWEEP_OVER_CACHE: u64 = 8;

/// Bytes of the largest set that a sweep begins with, before it is known whether memory shows by then.
pub(super) fn swept(adapter: &Adapter, plan: &Plan) -> u64 {
    (SWEEP_OVER_CACHE * expected_cache(adapter)).min(spare_bytes(adapter)).max(plan.footprint_bytes.unwrap_or(0))
}

/// Working sets of a sweep on `adapter` that are larger than `seen`, in steps of √2, up to four times the largest cache to date.
pub(super) fn further(adapter: &Adapter, seen: u64) -> Vec<Problem> {
    let sizes = half_powers(BLOCK, most_swept(adapter)).filter(|bytes| *bytes > seen);
    sizes.map(|bytes| sweep(adapter, bytes)).collect()
}

/// Working sets that show on `adapter` whether a cache larger than `seen` is there, the largest and surest first.
pub(super) fn far_looks(adapter: &Adapter, seen: u64) -> Vec<Problem> {
    let farthest = FAR.min(most_swept(adapter));
    let sizes = std::iter::successors(Some(farthest), |bytes| Some(bytes / 2)).take_while(|bytes| *bytes >= 2 * seen);
    sizes.map(|bytes| sweep(adapter, bytes)).collect()
}

/// Twice the largest cache of a processor to date (504 MiB, Intel's Xeon 6980P), four times that of a card (256 MiB, AMD's MI300X).
const FAR: u64 = 1 << 30;

/// Largest working set that a sweep goes on to.
const MOST_SWEPT: u64 = 2 * FAR;

/// More buffers than this are too many.
const MOST_PARTS: u32 = 64;

fn most_swept(adapter: &Adapter) -> u64 {
    MOST_SWEPT.min(u64::from(MOST_PARTS) * part_bytes(adapter)).min(spare_bytes(adapter))
}

/// What the device can spare, in bytes, where it tells.
fn spare_bytes(adapter: &Adapter) -> u64 {
    adapter.memory.map_or(u64::MAX, |memory| memory.spare_bytes())
}

/// Blocks of the largest part of a working set: the kernel counts them in twenty bits.
const MOST_BLOCKS: u32 = (1 << 20) - 1;

fn part_bytes(adapter: &Adapter) -> u64 {
    adapter.limits.array_bytes().min(u64::from(MOST_BLOCKS) * BLOCK)
}

/// Largest array of a pointer chase.
const MOST_CHASED: u64 = 512 << 20;

fn powers(first: u64, factor: u64, last: u64) -> impl Iterator<Item = u64> {
    std::iter::successors(Some(first), move |bytes| Some(bytes * factor)).take_while(move |bytes| *bytes <= last)
}

/// Steps of √2, each rounded to whole blocks.
fn half_powers(first: u64, last: u64) -> impl Iterator<Item = u64> {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes stay far below 2^53"
    )]
    let between = |bytes: u64| (bytes as f64 * std::f64::consts::SQRT_2 / BLOCK as f64).round() as u64 * BLOCK;
    let sizes = powers(first, 2, last).flat_map(move |bytes| [bytes, between(bytes)]);
    let mut before = 0;
    sizes.filter(move |bytes| *bytes <= last && std::mem::replace(&mut before, *bytes) != *bytes)
}

/// A processor's cores are few, and each of its workgroups runs to its end before the next; a GPU takes thousands. Both read so much that a
/// dispatch's own cost does not count.
fn sweep(adapter: &Adapter, bytes: u64) -> Problem {
    let parts = capped(bytes.div_ceil(part_bytes(adapter)), MOST_PARTS).max(1);
    let held = capped(bytes / u64::from(parts) / BLOCK, MOST_BLOCKS);
    let (workgroups, least, times) = match (adapter.software, parts) {
        (true, 1) => (256, 128 << 20, 1),
        // On a card twice the set, so that every block of a large one is read whatever the order; a processor goes through it in order.
        (false, 1) => (8192, LEAST_SWEPT, 2),
        // Each part once, so that all others are read before it comes again.
        (true, _) => (256, 0, 1),
        (false, _) => (4096, 0, 1),
    };
    let blocks = (least / SWEEP_BLOCK).max(times * held).div_ceil(workgroups);
    let bytes = u64::from(held) * BLOCK * u64::from(parts);
    Problem::Sweep(Sweep { bytes, workgroups, blocks, parts, lines: adapter.software })
}

/// The smaller of `count` and `most`.
fn capped(count: u64, most: u32) -> u32 {
    u32::try_from(count).map_or(most, |count| count.min(most))
}

/// Bytes that a dispatch of a card's sweep reads at the least, where nothing is known of its speed.
const LEAST_SWEPT: u32 = 512 << 20;

/// A set of a sweep whose dispatch reads at the least so many times what it reads where nothing is known of the device's speed. Sets of several
/// parts, each of which is read once, stay as they are.
pub(super) fn longer(problem: Problem, times: u32) -> Problem {
    match problem {
        Problem::Sweep(sweep) if sweep.parts == 1 && times > 1 => {
            let least = LEAST_SWEPT / SWEEP_BLOCK / sweep.workgroups.max(1) * times;
            Problem::Sweep(Sweep { blocks: sweep.blocks.max(least), ..sweep })
        }
        _ => problem,
    }
}

/// Steps of a dispatch: an odd number, for [`CHASE_UNROLL`]'s reason; some milliseconds where a step takes hundreds of nanoseconds.
const STEPS: u32 = 4681 * CHASE_UNROLL;

fn chase(adapter: &Adapter, bytes: u64) -> Problem {
    // GPUs' caches have lines of 128 bytes, or pairs of 64.
    let stride = if adapter.software { LINE } else { 2 * LINE };
    Problem::Chase(Chase { bytes, stride, steps: STEPS })
}

/// Strides that meet the banks of a memory of 32 banks in every way, one that misses them, and one beyond.
const STRIDES: [u32; 8] = [1, 2, 3, 4, 8, 16, 32, 33];

fn workgroup_memory(adapter: &Adapter) -> Vec<Problem> {
    let (workgroups, reads) = if adapter.software { (16, 16 * WORKGROUP_LOADS) } else { (4096, 128 * WORKGROUP_LOADS) };
    let problem = |width, stride| Problem::WorkgroupMemory(WorkgroupMemory { width, stride, workgroups, reads });
    [4, 1].into_iter().flat_map(|width| STRIDES.map(|stride| problem(width, stride))).collect()
}

fn atomics(adapter: &Adapter) -> Vec<Problem> {
    let (workgroups, rounds) = if adapter.software { (64, 16) } else { (1024, 64) };
    let problem = |place, spread| Problem::Atomic(Atomic { place, spread, workgroups, rounds });
    [Place::Storage, Place::Workgroup]
        .into_iter()
        .flat_map(|place| [true, false].map(|spread| problem(place, spread)))
        .collect()
}

/// Bytes of the largest transfer, and of a quick run's.
const MOST_TRANSFERRED: u64 = 256 << 20;
const MOST_TRANSFERRED_QUICKLY: u64 = 16 << 20;

fn transfers(direction: Direction, plan: &Plan, limit: u64) -> Vec<Problem> {
    let most = if plan.effort == Effort::Quick { MOST_TRANSFERRED_QUICKLY } else { MOST_TRANSFERRED };
    // The guard has to fit as well.
    let sizes: Vec<u64> = powers(4096, 4, most).filter(|bytes| *bytes < limit).collect();
    let problem = |path, bytes| Problem::Transfer(Transfer { direction, path, bytes });
    [TransferMethod::Queue, TransferMethod::Mapped, TransferMethod::Direct]
        .into_iter()
        .flat_map(|path| sizes.iter().map(move |&bytes| problem(path, bytes)))
        .collect()
}

/// Dispatches of a pass.
const DISPATCHES: [u32; 6] = [1, 4, 16, 64, 256, 1024];

fn overhead(what: OverheadKind, times: u32) -> Problem {
    Problem::Overhead(Overhead { what, times })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_sets_are_the_same_sets() {
        let set = |bytes, blocks, parts| Problem::Sweep(Sweep { bytes, workgroups: 8192, blocks, parts, lines: false });
        assert_eq!(longer(set(4096, 16, 1), 1), set(4096, 16, 1), "long enough");
        assert_eq!(longer(set(4096, 16, 1), 15), set(4096, 240, 1), "fifteen times 512 MiB");
        assert_eq!(longer(set(1 << 34, 1 << 10, 1), 15), set(1 << 34, 1 << 10, 1), "a large set is read twice anyway");
        assert_eq!(longer(set(1 << 34, 16, 4), 15), set(1 << 34, 16, 4), "each part once");
    }

    #[test]
    fn sizes_grow_by_the_root_of_two_up_to_the_last() {
        let sizes: Vec<u64> = half_powers(4096, 1 << 20).map(|bytes| bytes >> 10).collect();
        assert_eq!(sizes[..8], [4, 8, 12, 16, 24, 32, 44, 64]);
        assert_eq!(sizes.last(), Some(&1024));
    }
}
