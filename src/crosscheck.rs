//! What entries of one record say of each other, and of what the maker claims.

use crate::record::{Entry, Outcome};

/// Products on matrix units and on the ordinary units, of the same types.
const TWINS: [(&str, &str); 4] = [
    ("matmul/coop/f16-f32", "matmul/f16-f32"),
    ("matmul/coop/f16", "matmul/f16"),
    ("matmul/coop/f32", "matmul/f32"),
    ("matmul/coop/i8-i32", "matmul/i8-i32"),
];

/// Two benchmarks of which the first cannot be faster than the second by more than the factor: why, in words. The third says whether it holds of
/// software renderers too, where reads and workgroup memory are bound by instructions and not by memory.
const ORDERS: [(&str, &str, f64, bool, &str); 12] = [
    ("matmul/f32", "peak/f32", 1.05, true, "a product cannot be faster than multiply-adds in registers"),
    ("matmul/f16", "peak/f16", 1.05, true, "a product cannot be faster than multiply-adds in registers"),
    ("matmul/f64", "peak/f64", 1.05, true, "a product cannot be faster than multiply-adds in registers"),
    ("matmul/i8-i32", "peak/i8", 1.05, true, "a product cannot be faster than dot products in registers"),
    (
        "matmul/coop/f16-f32",
        "peak/coop/f16-f32",
        1.05,
        true,
        "a product cannot be faster than its fragments in registers",
    ),
    ("matmul/coop/f16", "peak/coop/f16", 1.05, true, "a product cannot be faster than its fragments in registers"),
    ("matmul/coop/f32", "peak/coop/f32", 1.05, true, "a product cannot be faster than its fragments in registers"),
    (
        "matmul/coop/i8-i32",
        "peak/coop/i8-i32",
        1.05,
        true,
        "a product cannot be faster than its fragments in registers",
    ),
    ("peak/f64", "peak/f32", 1.1, true, "double precision is nowhere faster than single"),
    ("peak/f16", "peak/f32", 4.4, true, "half precision is nowhere more than four times as fast as single"),
    ("memory/triad", "memory/read", 1.1, false, "reads alone are at least as fast as reads and writes"),
    ("memory/read", "memory/workgroup", 1.05, false, "device memory cannot be faster than workgroup memory"),
];

/// Passes over device memory.
const MEMORY: [&str; 7] =
    ["memory/read", "memory/write", "memory/copy", "memory/scale", "memory/add", "memory/triad", "memory/copy-api"];

/// How far a bandwidth may exceed the claim, and the rate of a cache.
const BANDWIDTH: f64 = 1.05;

/// How far an arithmetic rate may exceed the claim: cards run above the clock that the claim is made for.
const ARITHMETIC: f64 = 1.15;

/// Adds to each entry what it looks like beside the others and beside `claimed`, the maker's rate for what a benchmark measures, in operations or
/// bytes per second. What cannot be true makes an entry suspect.
pub fn examine(entries: &mut [Entry], software: bool, claimed: &dyn Fn(&str) -> Option<f64>) {
    let mut breaches = out_of_order(entries, software);
    breaches.extend(above_the_caches(entries));
    breaches.extend(above_the_claim(entries, claimed));
    for (id, finding) in slower_matrix_units(entries) {
        if let Some(entry) = entries.iter_mut().find(|entry| entry.id == id)
            && !entry.findings.contains(&finding)
        {
            entry.findings.push(finding);
        }
    }
    for (id, breach) in breaches {
        if let Some(entry) = entries.iter_mut().find(|entry| entry.id == id) {
            entry.outcome = Outcome::Suspect;
            entry.reason.get_or_insert(breach);
        }
    }
}

/// The best rate of a sound entry, in operations or bytes per second.
fn best(entries: &[Entry], id: &str) -> Option<f64> {
    let entry = entries.iter().find(|entry| entry.id == id && entry.is_sound())?;
    entry.rates?.best_per_s()
}

/// What is faster than it can be beside another benchmark.
fn out_of_order(entries: &[Entry], software: bool) -> Vec<(String, String)> {
    let broken = |&(id, ceiling, factor, of_software, why): &(&str, &str, f64, bool, &str)| {
        let (own, highest) = (best(entries, id)?, best(entries, ceiling)?);
        let holds = own <= factor * highest || (software && !of_software);
        (!holds).then(|| (id.to_owned(), format!("implausible: {why}, yet it is {:.2} times {ceiling}", own / highest)))
    };
    ORDERS.iter().filter_map(broken).collect()
}

/// Memory that is faster than a cache before it.
fn above_the_caches(entries: &[Entry]) -> Vec<(String, String)> {
    let Some(sweep) = entries.iter().find(|entry| entry.id == "memory/sweep" && entry.is_sound()) else {
        return Vec::new();
    };
    let caches: Vec<_> = sweep.levels.iter().filter(|level| level.overflows_bytes.is_some()).collect();
    let broken = |id: &&str| {
        let own = best(entries, id)?;
        let cache = caches.iter().find(|level| own > BANDWIDTH * level.range[1])?;
        let words = format!("implausible: memory faster than the cache of {} that the sweep found", cache.size());
        Some(((*id).to_owned(), words))
    };
    MEMORY.iter().filter_map(broken).collect()
}

/// What exceeds the maker's claim by more than clocks can explain.
fn above_the_claim(entries: &[Entry], claimed: &dyn Fn(&str) -> Option<f64>) -> Vec<(String, String)> {
    let broken = |entry: &Entry| {
        let (own, claim) = (best(entries, &entry.id)?, claimed(&entry.id)?);
        let factor = if MEMORY.contains(&entry.id.as_str()) { BANDWIDTH } else { ARITHMETIC };
        let words = || format!("implausible: {:.2} times what the maker claims", own / claim);
        (own > factor * claim).then(|| (entry.id.clone(), words()))
    };
    entries.iter().filter_map(broken).collect()
}

/// Matrix units that a driver advertises, and that are slower than the ordinary units.
fn slower_matrix_units(entries: &[Entry]) -> Vec<(&'static str, String)> {
    let best = |id: &str| {
        let entry = entries.iter().find(|entry| entry.id == id && entry.is_sound())?;
        entry.rates?.ops_per_s_best
    };
    let slower = |(matrix, ordinary): (&'static str, &str)| {
        let (advertised, plain) = (best(matrix)?, best(ordinary)?);
        (advertised.get() < plain.get()).then(|| {
            let finding =
                format!("matrix units are advertised, but slower: {advertised} where {ordinary} reaches {plain}");
            (matrix, finding)
        })
    };
    TWINS.into_iter().filter_map(slower).collect()
}
