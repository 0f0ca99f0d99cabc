//! What entries of one record say of each other, and of what the maker claims.
//!
//! Two kinds of rules. Physics: what no card can do makes a figure suspect. One kernel against another: both were checked, so the faster one is
//! true, and the slower one only says that its kernel was not the best: it becomes a lower bound, and stays a figure.

use crate::record::{Entry, Outcome, Remark};

/// Products on matrix units and on the ordinary units, of the same types.
const TWINS: [(&str, &str); 4] = [
    ("matmul/coop/f16-f32", "matmul/f16-f32"),
    ("matmul/coop/f16", "matmul/f16"),
    ("matmul/coop/f32", "matmul/f32"),
    ("matmul/coop/i8-i32", "matmul/i8-i32"),
];

/// How far two figures of the same thing may differ before it is worth a word.
const NOISE: f64 = 1.05;

/// Benchmarks of which the second is meant to be a ceiling of the first: by its kernel, not by physics.
pub const CEILINGS: [(&str, &str); 11] = [
    ("matmul/f32", "peak/f32"),
    ("matmul/f16", "peak/f16"),
    ("matmul/f64", "peak/f64"),
    ("matmul/i8-i32", "peak/i8"),
    ("matmul/coop/f16-f32", "peak/coop/f16-f32"),
    ("matmul/coop/f16", "peak/coop/f16"),
    ("matmul/coop/f32", "peak/coop/f32"),
    ("matmul/coop/i8-i32", "peak/coop/i8-i32"),
    ("matmul/coop/bf16-f32", "peak/coop/bf16-f32"),
    ("matmul/coop/e4m3-f32", "peak/coop/e4m3-f32"),
    ("matmul/coop/e5m2-f32", "peak/coop/e5m2-f32"),
];

/// Peaks of which no card is known to do the first faster than the second: by its kernel, not by physics.
const PEERS: [(&str, &str); 3] = [
    ("peak/coop/bf16-f32", "peak/coop/f16-f32"),
    ("peak/coop/e4m3-f32", "peak/coop/e5m2-f32"),
    ("peak/coop/e5m2-f32", "peak/coop/e4m3-f32"),
];

/// The same of memory, on cards: on software renderers reads and workgroup memory are bound by instructions and not by memory.
const MEMORY_CEILINGS: [(&str, &str); 2] = [("memory/triad", "memory/read"), ("memory/read", "memory/workgroup")];

/// What no unit does: the first at more than the factor times the second, and why.
const PHYSICS: [(&str, &str, f64, &str); 4] = [
    ("peak/f64", "peak/f32", 1.1, "double precision is nowhere faster than single"),
    ("peak/f16", "peak/f32", 4.4, "half precision is nowhere more than four times as fast as single"),
    ("peak/coop/e4m3-f32", "peak/coop/f16-f32", 4.4, FP8_BESIDE_HALVES),
    ("peak/coop/e5m2-f32", "peak/coop/f16-f32", 4.4, FP8_BESIDE_HALVES),
];

const FP8_BESIDE_HALVES: &str = "FP8 is nowhere more than four times as fast as half precision on matrix units";

/// Passes over device memory.
pub const MEMORY: [&str; 7] =
    ["memory/read", "memory/write", "memory/copy", "memory/scale", "memory/add", "memory/triad", "memory/copy-api"];

/// How far a rate may exceed the maker's claim: claims are made for a rated clock, and owners choose others. Overclocking records stay below this, as
/// far as we know; no source was confirmed.
pub const CLOCKED: f64 = 1.6;
/// The same of a memory bandwidth.
pub const MEMORY_CLOCKED: f64 = 1.2;

/// Adds to each entry what it looks like beside the others and beside `claimed`, the maker's rate for what a benchmark measures, in operations or
/// bytes per second. What cannot be true makes an entry suspect; what another kernel exceeds becomes a lower bound.
pub fn examine(entries: &mut [Entry], software: bool, claimed: &dyn Fn(&str) -> Option<f64>) {
    let breaches = [against_physics(entries, software), above_any_clock(entries, claimed)].concat();
    for (id, breach) in breaches {
        if let Some(entry) = entries.iter_mut().find(|entry| entry.id == id) {
            entry.outcome = Outcome::Suspect;
            entry.reason.get_or_insert(breach.into());
        }
    }
    for (id, bound) in [exceeded(entries, software), caches_below_memory(entries)].concat() {
        if let Some(entry) = entries.iter_mut().find(|entry| entry.id == id) {
            entry.lower_bound.get_or_insert(bound.into());
        }
    }
    for (id, remark) in [slower_matrix_units(entries), above_the_claim(entries, claimed)].concat() {
        if let Some(entry) = entries.iter_mut().find(|entry| entry.id == id) {
            entry.say(remark);
        }
    }
}

/// The best rate of a sound entry, in operations or bytes per second.
fn best(entries: &[Entry], id: &str) -> Option<f64> {
    let entry = entries.iter().find(|entry| entry.id == id && entry.is_sound())?;
    entry.rates?.best_per_s()
}

/// By how much the first exceeds the second, where it does by more than noise.
fn excess(entries: &[Entry], id: &str, ceiling: &str) -> Option<f64> {
    let factor = best(entries, id)? / best(entries, ceiling)?;
    (factor > NOISE).then_some(factor)
}

/// The peaks that a product exceeds, or another peak that should be no faster: their search missed something, and is worth another moment.
pub fn exceeded_peaks(entries: &[Entry]) -> Vec<&'static str> {
    let by_products = CEILINGS.iter().chain(&PEERS).filter(|(product, peak)| excess(entries, product, peak).is_some());
    let mut peaks: Vec<&str> = by_products.map(|(_, peak)| *peak).collect();
    peaks.extend(unequal(entries).map(|(_, beside, ..)| beside));
    peaks.sort_unstable();
    peaks.dedup();
    peaks
}

/// Ceilings that another kernel exceeds, with the reason why they are lower bounds.
fn exceeded(entries: &[Entry], software: bool) -> Vec<(String, Remark)> {
    let of_memory = MEMORY_CEILINGS.iter().filter(|_| !software);
    let bound = |(id, ceiling): &(&'static str, &'static str)| {
        let factor = excess(entries, id, ceiling)?;
        Some(((*ceiling).to_owned(), Remark::Exceeded { by: id, times: factor }))
    };
    let by_peaks = unequal(entries).filter(|(_, beside, ..)| !is_conclusive(entries, beside, software));
    let by_peaks = by_peaks.map(|(by, beside, times, _)| (beside.to_owned(), Remark::Exceeded { by, times }));
    CEILINGS.iter().chain(&PEERS).chain(of_memory).filter_map(bound).chain(by_peaks).collect()
}

/// A sweep some of whose caches are slower than memory.
fn caches_below_memory(entries: &[Entry]) -> Vec<(String, Remark)> {
    let Some(sweep) = entries.iter().find(|entry| entry.id == "memory/sweep" && entry.is_sound()) else {
        return Vec::new();
    };
    let caches = || sweep.levels.iter().filter(|level| level.overflows_bytes.is_some());
    let bound = |id: &&'static str| {
        let own = best(entries, id)?;
        let cache = caches().find(|level| own > NOISE * level.range[1])?;
        Some((sweep.id.clone(), Remark::CacheBelowMemory { by: id, cache: cache.size() }))
    };
    MEMORY.iter().find_map(bound).into_iter().collect()
}

/// Peaks beside another by more than any unit has, with the factor and the reason.
fn unequal(entries: &[Entry]) -> impl Iterator<Item = (&'static str, &'static str, f64, &'static str)> {
    PHYSICS.into_iter().filter_map(|(id, beside, factor, why)| {
        let times = best(entries, id)? / best(entries, beside)?;
        (times > factor).then_some((id, beside, times, why))
    })
}

/// Whether the peak `id` is a ceiling that another one cannot be beyond: not where its search was cut, and not on a processor, which a software renderer lets
/// work with wider vectors in double precision than in single.
fn is_conclusive(entries: &[Entry], id: &str, software: bool) -> bool {
    !software && entries.iter().any(|entry| entry.id == id && entry.lower_bound.is_none())
}

/// What no unit does beside another.
fn against_physics(entries: &[Entry], software: bool) -> Vec<(String, Remark)> {
    let broken = unequal(entries).filter(|(_, beside, ..)| is_conclusive(entries, beside, software));
    broken.map(|(id, beside, times, why)| (id.to_owned(), Remark::ImplausibleBeside { why, times, beside })).collect()
}

fn most_clocked(id: &str) -> f64 {
    if MEMORY.contains(&id) { MEMORY_CLOCKED } else { CLOCKED }
}

/// What exceeds the maker's claim by more than any clock explains.
fn above_any_clock(entries: &[Entry], claimed: &dyn Fn(&str) -> Option<f64>) -> Vec<(String, Remark)> {
    let broken = |entry: &Entry| {
        let times = best(entries, &entry.id)? / claimed(&entry.id)?;
        let most = most_clocked(&entry.id);
        (times > most).then(|| (entry.id.clone(), Remark::ImplausibleClock { times, most }))
    };
    entries.iter().filter_map(broken).collect()
}

/// What exceeds the maker's claim as a higher clock would.
fn above_the_claim(entries: &[Entry], claimed: &dyn Fn(&str) -> Option<f64>) -> Vec<(String, Remark)> {
    let said = |entry: &Entry| {
        let times = best(entries, &entry.id)? / claimed(&entry.id)?;
        let clock = if MEMORY.contains(&entry.id.as_str()) { "memory clock" } else { "boost clock" };
        (times > NOISE && times <= most_clocked(&entry.id))
            .then(|| (entry.id.clone(), Remark::AboveClaim { times, clock }))
    };
    entries.iter().filter_map(said).collect()
}

/// Matrix units that a driver advertises, and that are slower than the ordinary units.
fn slower_matrix_units(entries: &[Entry]) -> Vec<(String, Remark)> {
    let best = |id: &str| {
        let entry = entries.iter().find(|entry| entry.id == id && entry.is_sound())?;
        Some(entry.rates?.ops()?.best)
    };
    let slower = |(matrix, ordinary): (&str, &'static str)| {
        let (advertised, plain) = (best(matrix)?, best(ordinary)?);
        (advertised < plain).then(|| (matrix.to_owned(), Remark::SlowMatrixUnits { advertised, ordinary, plain }))
    };
    TWINS.into_iter().filter_map(slower).collect()
}
