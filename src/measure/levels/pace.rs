//! One curve from many visits to its points, on a machine that changes its pace between them.

use std::collections::BTreeMap;

use super::{Measured, median};

/// The visit to each set that was the fastest, the smallest set first.
pub(super) fn fastest(visits: &[Measured]) -> Vec<Measured> {
    let mut fastest: BTreeMap<u64, Measured> = BTreeMap::new();
    let is_usable = |visit: &&Measured| visit.bytes > 0 && visit.cost.is_finite() && visit.cost > 0.0;
    for visit in visits.iter().filter(is_usable) {
        let known = fastest.entry(visit.bytes).or_insert(*visit);
        if visit.cost < known.cost {
            *known = *visit;
        }
    }
    fastest.into_values().collect()
}

/// Costs of sets beside each other, by `visits` in the order of time, the smallest set first.
///
/// A machine may run at another pace for seconds: another guest on the same core, a clock, a thread that has to wait. Sets that were visited one right after
/// the other saw the same pace, mostly; so a set costs more than the next smaller one by the median over such pairs. What visits differ from that is the pace
/// of their time, and what disturbed one alone: others that take their part of a cache do that, and the lower quartile is nearer to the cache that is there.
/// All are set against the fastest visits.
pub(super) fn joined(visits: &[Measured]) -> Vec<Measured> {
    let fastest = fastest(visits);
    let rises: Vec<Rise> = fastest.windows(2).map(|pair| Rise::between(&pair[0], &pair[1], visits)).collect();
    let logs = sums(rises.iter().map(|rise| rise.log));
    let by_set = fastest.iter().map(|point| point.bytes).zip(logs.iter().copied()).collect();
    let mut alone = apart_from_pace(visits, &by_set);
    let off = median_or_zero(fastest.iter().zip(&logs).map(|(point, log)| point.cost.ln() - log));
    let usual = median_or_zero(rises.iter().filter_map(|rise| rise.spread));
    let mut joined = |at: usize, point: &Measured| {
        let own = alone.get_mut(&point.bytes).map_or(0.0, |own| lower_quartile(own));
        let before = at.checked_sub(1).map(|before| (&rises[before], &fastest[before]));
        let noise = before
            .map_or(point.noise, |(rise, before)| rise.spread.unwrap_or(usual.max(before.noise.hypot(point.noise))));
        Measured { bytes: point.bytes, cost: (logs[at] + own + off).exp(), noise }
    };
    fastest.iter().enumerate().map(|(at, point)| joined(at, point)).collect()
}

/// The sums of none, one, two … of `steps`.
fn sums(steps: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sums = vec![0.0];
    steps.for_each(|step| sums.push(sums[sums.len() - 1] + step));
    sums
}

fn median_or_zero(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    if values.is_empty() { 0.0 } else { median(&values) }
}

/// Visits before and after one that tell the pace of its time.
const NEIGHBOURS: usize = 6;

/// How far the visits to each set are from a `curve` in logarithms beside the visits around them: those before or those after, whichever are nearer,
/// since the pace may have changed with this one.
fn apart_from_pace(visits: &[Measured], curve: &BTreeMap<u64, f64>) -> BTreeMap<u64, Vec<f64>> {
    let off = |visit: &Measured| Some((visit.bytes, visit.cost.ln() - curve.get(&visit.bytes)?));
    let offs: Vec<(u64, f64)> = visits.iter().filter_map(off).filter(|(_, off)| off.is_finite()).collect();
    let pace = |around: &[(u64, f64)]| {
        let around: Vec<f64> = around.iter().map(|(_, off)| *off).collect();
        (!around.is_empty()).then(|| median(&around))
    };
    let mut alone: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (at, (bytes, off)) in offs.iter().enumerate() {
        let paces =
            [&offs[at.saturating_sub(NEIGHBOURS)..at], &offs[at + 1..offs.len().min(at + 1 + NEIGHBOURS)]].map(pace);
        let own = paces.into_iter().flatten().map(|pace| off - pace);
        let own = own.min_by(|one, other| one.abs().total_cmp(&other.abs())).unwrap_or(0.0);
        alone.entry(*bytes).or_default().push(own);
    }
    alone
}

fn lower_quartile(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() - 1) / 4]
}

/// How much more a set costs than the next smaller one, as a logarithm.
struct Rise {
    log: f64,
    /// How far pairs lie from it: what a round shifts, it shifts for all that follow, so that more rounds do not make it less. `None` of too few.
    spread: Option<f64>,
}

/// Fewer pairs say nothing of how far they are apart.
const FEWEST_PAIRS: usize = 3;

impl Rise {
    /// By pairs of `visits` that followed each other; by the fastest visits to each, where none did.
    fn between(smaller: &Measured, larger: &Measured, visits: &[Measured]) -> Self {
        let rise = |pair: &[Measured]| {
            let cost = |set: &Measured| pair.iter().find(|visit| visit.bytes == set.bytes).map(|visit| visit.cost);
            Some((cost(larger)? / cost(smaller)?).ln()).filter(|rise| rise.is_finite())
        };
        let rises: Vec<f64> = visits.windows(2).filter_map(rise).collect();
        if rises.is_empty() {
            return Self { log: (larger.cost / smaller.cost).ln(), spread: None };
        }
        let log = median(&rises);
        let off: Vec<f64> = rises.iter().map(|rise| (rise - log).abs()).collect();
        Self { log, spread: (rises.len() >= FEWEST_PAIRS).then(|| NORMAL * median(&off)) }
    }
}

/// A standard deviation over the median deviation, of normal noise.
const NORMAL: f64 = 1.4826;
