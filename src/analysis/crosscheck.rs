//! What entries of one record say of each other, and of what the maker claims.
//!
//! Two kinds of rules. Physics: what no card can do makes a figure suspect. One kernel against another: both were checked, so the faster one is
//! true, and the slower one only says that its kernel was not the best: it becomes a lower bound, and stays a figure.

use crate::benchmark::{Benchmark, Bound, CATALOGUE, Kind};
use crate::record::{Entry, Outcome, Remark, sound};

/// How far two figures of the same thing may differ before it is worth a word.
const NOISE: f64 = 1.05;

/// How far a rate may exceed the maker's claim: claims are made for a rated clock, and owners choose others. Overclocking records stay below this, as
/// far as we know; no source was confirmed.
pub const CLOCKED: f64 = 1.6;
/// The same of a memory bandwidth.
pub const MEMORY_CLOCKED: f64 = 1.2;

/// What a rule looks at.
struct Seen<'a> {
    entries: &'a [Entry],
    /// Whether they are of a software renderer.
    software: bool,
    /// The maker's rate for what a benchmark measures, in operations or bytes per second.
    claimed: &'a dyn Fn(&Benchmark) -> Option<f64>,
}

/// What a rule makes of an entry.
enum Mark {
    /// It cannot be true.
    Suspect(Remark),
    /// Another kernel exceeds it.
    LowerBound(Remark),
    /// Worth knowing.
    Finding(Remark),
}

/// A rule of plausibility: the benchmarks that it has something to say of.
type Rule = fn(&Seen<'_>) -> Vec<(&'static Benchmark, Mark)>;

/// Every rule. What an earlier one makes suspect is no evidence for a later one.
const RULES: [Rule; 6] =
    [against_physics, above_any_clock, exceeded, caches_below_memory, slower_matrix_units, above_the_claim];

/// Adds to each entry what it looks like beside the others and beside `claimed`, the maker's rate for what a benchmark measures, in operations or
/// bytes per second. What cannot be true makes an entry suspect; what another kernel exceeds becomes a lower bound.
pub fn examine(entries: &mut [Entry], software: bool, claimed: &dyn Fn(&Benchmark) -> Option<f64>) {
    for rule in RULES {
        for (benchmark, mark) in rule(&Seen { entries, software, claimed }) {
            let Some(entry) = entries.iter_mut().find(|entry| entry.id == benchmark.id) else { continue };
            match mark {
                Mark::Suspect(remark) => {
                    entry.outcome = Outcome::Suspect;
                    entry.reason.get_or_insert(remark.into());
                }
                Mark::LowerBound(remark) => _ = entry.lower_bound.get_or_insert(remark.into()),
                Mark::Finding(remark) => entry.say(remark),
            }
        }
    }
}

/// The best rate of a sound entry, in operations or bytes per second.
fn best(entries: &[Entry], id: &str) -> Option<f64> {
    sound(entries, id)?.rates?.best_per_s()
}

/// Benchmarks that exceed `their` ceiling by more than noise, with the ceiling and by how much.
fn above(
    entries: &[Entry],
    their: fn(&Benchmark) -> Option<&'static str>,
) -> impl Iterator<Item = (&'static Benchmark, &'static str, f64)> {
    CATALOGUE.iter().filter_map(move |benchmark| {
        let ceiling = their(benchmark)?;
        let factor = best(entries, benchmark.id)? / best(entries, ceiling)?;
        (factor > NOISE).then_some((benchmark, ceiling, factor))
    })
}

/// A peak beside another by more than any unit has.
struct Unequal {
    benchmark: &'static Benchmark,
    beside: &'static str,
    times: f64,
    why: &'static str,
}

fn unequal(entries: &[Entry]) -> Vec<Unequal> {
    let excess = |benchmark: &'static Benchmark, bound: &Bound| match *bound {
        Bound::Physical { than: beside, times: most, why } => {
            let times = best(entries, benchmark.id)? / best(entries, beside)?;
            (times > most).then_some(Unequal { benchmark, beside, times, why })
        }
        _ => None,
    };
    CATALOGUE.iter().flat_map(|one| one.bounds.iter().filter_map(move |bound| excess(one, bound))).collect()
}

/// Whether the peak `id` is a ceiling that another one cannot be beyond: not where its search was cut, and not on a processor, which a software renderer lets
/// work with wider vectors in double precision than in single.
fn is_conclusive(entries: &[Entry], id: &str, software: bool) -> bool {
    !software && entries.iter().any(|entry| entry.id == id && entry.lower_bound.is_none())
}

/// The peaks that a product exceeds, or another peak that should be no faster: their search missed something, and is worth another moment.
pub fn exceeded_peaks(entries: &[Entry]) -> Vec<&'static Benchmark> {
    let by_kernels = above(entries, Benchmark::ceiling).map(|(_, peak, _)| peak);
    let peaks: Vec<&str> = by_kernels.chain(unequal(entries).into_iter().map(|one| one.beside)).collect();
    CATALOGUE.iter().filter(|benchmark| peaks.contains(&benchmark.id)).collect()
}

/// What no unit does beside another.
fn against_physics(seen: &Seen<'_>) -> Vec<(&'static Benchmark, Mark)> {
    let broken = unequal(seen.entries).into_iter().filter(|one| is_conclusive(seen.entries, one.beside, seen.software));
    broken
        .map(|Unequal { benchmark, beside, times, why }| {
            (benchmark, Mark::Suspect(Remark::ImplausibleBeside { why, times, beside }))
        })
        .collect()
}

/// Ceilings that another kernel exceeds.
fn exceeded(seen: &Seen<'_>) -> Vec<(&'static Benchmark, Mark)> {
    let on_cards = above(seen.entries, Benchmark::ceiling_on_cards).filter(|_| !seen.software);
    let by_kernels = above(seen.entries, Benchmark::ceiling).chain(on_cards);
    let by_kernels = by_kernels.map(|(one, ceiling, times)| (ceiling, one.id, times));
    let inconclusive = unequal(seen.entries)
        .into_iter()
        .filter(|one| !is_conclusive(seen.entries, one.beside, seen.software))
        .map(|one| (one.beside, one.benchmark.id, one.times));
    let bound = |(ceiling, by, times): (&str, &'static str, f64)| {
        Some((Benchmark::by_id(ceiling)?, Mark::LowerBound(Remark::Exceeded { by, times })))
    };
    by_kernels.chain(inconclusive).filter_map(bound).collect()
}

/// A sweep some of whose caches are slower than memory.
fn caches_below_memory(seen: &Seen<'_>) -> Vec<(&'static Benchmark, Mark)> {
    let benchmark = Benchmark::of(Kind::Sweep);
    let Some(sweep) = sound(seen.entries, benchmark.id) else { return Vec::new() };
    let caches = || sweep.levels.iter().filter(|level| level.overflows_bytes.is_some());
    let bound = |pass: &'static Benchmark| {
        let own = best(seen.entries, pass.id)?;
        let cache = caches().find(|level| own > NOISE * level.range[1])?;
        Some((benchmark, Mark::LowerBound(Remark::CacheBelowMemory { by: pass.id, cache: cache.size() })))
    };
    CATALOGUE.iter().filter(|one| one.is_device_memory()).find_map(bound).into_iter().collect()
}

/// Rates beside the maker's claim: how many times as much.
fn beside_claims<'a>(seen: &'a Seen<'_>) -> impl Iterator<Item = (&'static Benchmark, f64)> + 'a {
    let of = |benchmark: &'static Benchmark| {
        Some((benchmark, best(seen.entries, benchmark.id)? / (seen.claimed)(benchmark)?))
    };
    CATALOGUE.iter().filter_map(of)
}

fn most_clocked(benchmark: &Benchmark) -> f64 {
    if benchmark.is_device_memory() { MEMORY_CLOCKED } else { CLOCKED }
}

/// What exceeds the maker's claim by more than any clock explains.
fn above_any_clock(seen: &Seen<'_>) -> Vec<(&'static Benchmark, Mark)> {
    let broken = |(benchmark, times): (&'static Benchmark, f64)| {
        let most = most_clocked(benchmark);
        (times > most).then_some((benchmark, Mark::Suspect(Remark::ImplausibleClock { times, most })))
    };
    beside_claims(seen).filter_map(broken).collect()
}

/// What exceeds the maker's claim as a higher clock would.
fn above_the_claim(seen: &Seen<'_>) -> Vec<(&'static Benchmark, Mark)> {
    let said = |(benchmark, times): (&'static Benchmark, f64)| {
        let clock = if benchmark.is_device_memory() { "memory clock" } else { "boost clock" };
        (times > NOISE && times <= most_clocked(benchmark))
            .then_some((benchmark, Mark::Finding(Remark::AboveClaim { times, clock })))
    };
    beside_claims(seen).filter_map(said).collect()
}

/// Matrix units that a driver advertises, and that are slower than the ordinary units.
fn slower_matrix_units(seen: &Seen<'_>) -> Vec<(&'static Benchmark, Mark)> {
    let best = |id: &str| Some(sound(seen.entries, id)?.rates?.ops()?.best);
    let slower = |matrix: &'static Benchmark| {
        let ordinary = matrix.bounds.iter().find_map(|bound| match bound {
            Bound::OrdinaryUnits(id) => Some(*id),
            _ => None,
        })?;
        let (advertised, plain) = (best(matrix.id)?, best(ordinary)?);
        (advertised < plain).then_some((matrix, Mark::Finding(Remark::SlowMatrixUnits { advertised, ordinary, plain })))
    };
    CATALOGUE.iter().filter_map(slower).collect()
}
