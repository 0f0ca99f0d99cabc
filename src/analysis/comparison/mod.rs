//! Is one record's figure faster than another's, by more than noise?

mod conditions;
mod device;

pub use conditions::other_conditions;
pub use device::other_device;
use serde::Serialize;

use crate::measure::{
    Clock, FAR_BELOW, FEWEST_FOR_A_MEDIAN, Interval, RESAMPLES, SEED, best_and_median, interval_by_order, interval95,
    median,
};
use crate::record::{Entry, Record};
use crate::units::{Quantity as _, Seconds};

/// A difference below this, relative, is none.
pub const MINIMUM_EFFECT: f64 = 0.01;

/// The same where a software renderer was measured: its processor is shared with whatever else runs, and drifts between runs by more than it varies
/// within one.
pub const MINIMUM_EFFECT_IN_SOFTWARE: f64 = 0.1;

/// Of more samples the bootstrap would take long, and their order says as much.
const MOST_RESAMPLED: usize = 1000;

/// How a benchmark changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// The ratio of the medians is within the minimum effect, and its interval within three times of that.
    Same,
    /// The new one takes less time, by the median and by the best.
    Faster,
    /// The new one takes more time, by the median and by the best.
    Slower,
    /// The samples prove neither that it changed nor that it did not.
    Ambiguous,
}

/// One benchmark of two records.
#[derive(Debug, Clone, Serialize)]
pub struct Pair {
    /// Id of the benchmark.
    pub id: String,
    /// The change, where both were measured on the same problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// New median rate over the base's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// 95 % interval of that ratio, by the bootstrap, whichever of their blocks of samples the two records had taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio_ci95: Option<Interval<f64>>,
    /// New median core clock over the base's, where both are known and the figure follows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub core_clock_ratio: Option<f64>,
    /// Why there is no comparison, or why it is ambiguous.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Which of the two is a lower bound, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lower_bounds: Vec<String>,
}

/// A clock this near to the interval of a ratio of rates, relative, changed as the rate did.
const ALIKE: f64 = 0.02;

impl Pair {
    /// The ratio of the core clocks, where the rate changed and they changed alike.
    pub fn clock_changed_alike(&self) -> Option<f64> {
        let [low, high] = self.ratio_ci95?;
        let is_changed = matches!(self.change, Some(Change::Faster | Change::Slower));
        let clock = self.core_clock_ratio.filter(|clock| (clock - 1.0).abs() > MINIMUM_EFFECT)?;
        let is_alike = (low * (1.0 - ALIKE)..=high * (1.0 + ALIKE)).contains(&clock);
        (is_changed && is_alike).then_some(clock)
    }
}

/// The minimum effect for two records, where the user names none.
pub fn minimum_effect(base: &Record, new: &Record) -> f64 {
    if base.adapter.software || new.adapter.software { MINIMUM_EFFECT_IN_SOFTWARE } else { MINIMUM_EFFECT }
}

/// Compares benchmark by benchmark; what is in one record only is said. A difference below `effect` is none.
pub fn compare_records(base: &Record, new: &Record, effect: f64) -> Vec<Pair> {
    let of = |record: &'_ Record, id: &str| record.entries.iter().find(|entry| entry.id == id).cloned();
    let mut ids: Vec<&str> = base.entries.iter().map(|entry| entry.id.as_str()).collect();
    ids.extend(new.entries.iter().map(|entry| entry.id.as_str()).filter(|id| of(base, id).is_none()));
    ids.into_iter().map(|id| compare_entries(id, of(base, id).as_ref(), of(new, id).as_ref(), effect)).collect()
}

/// Compares two entries of one benchmark, of which one may be missing. A difference below `effect` is none.
pub fn compare_entries(id: &str, base: Option<&Entry>, new: Option<&Entry>, effect: f64) -> Pair {
    let not_compared = |reason: &str| Pair {
        id: id.to_owned(),
        change: None,
        ratio: None,
        ratio_ci95: None,
        core_clock_ratio: None,
        reason: Some(reason.to_owned()),
        lower_bounds: Vec::new(),
    };
    let (base, new) = match (base, new) {
        (Some(base), Some(new)) => (base, new),
        (Some(_), None) => return not_compared("only in the base"),
        _ => return not_compared("only in the new record"),
    };
    for (of, entry) in [("the base", base), ("the new record", new)] {
        if !entry.is_sound() {
            return not_compared(&format!("{} in {of}: {}", entry.outcome, entry.why_unsound()));
        }
    }
    if base.problem != new.problem {
        let [base, new] =
            [base, new].map(|entry| entry.problem.map_or("none".to_owned(), |problem| problem.to_string()));
        return not_compared(&format!("different problems: {base} in the base, {new} in the new record"));
    }
    if base.clock != new.clock {
        let by = |entry: &Entry| if entry.clock == Some(Clock::Gpu) { "the GPU's clock" } else { "the wall clock" };
        return not_compared(&format!("timed by {} in the base, by {} in the new record", by(base), by(new)));
    }
    let bound = |(of, entry): (&str, &Entry)| entry.lower_bound.as_ref().map(|bound| format!("{of}: {bound}"));
    let lower_bounds = [("the base", base), ("the new one", new)].into_iter().filter_map(bound).collect();
    let core_clock_ratio = conditions::clock_ratio(base, new);
    let blocks = [later_over_first(base), later_over_first(new)];
    let (base, new) = (base.times(), new.times());
    if base.len().min(new.len()) < FEWEST_FOR_A_MEDIAN {
        return not_compared("fewer than three samples");
    }
    let ratio_ci95 = across(blocks, ratio_interval(&base, &new));
    let ratio = median(&base) / median(&new);
    let of_best = least(&base) / least(&new);
    let change = change(ratio, ratio_ci95, of_best, effect);
    let reason = (change == Change::Ambiguous).then(|| why_ambiguous(ratio_ci95, of_best, effect));
    let (id, change, ratio, ratio_ci95) = (id.to_owned(), Some(change), Some(ratio), Some(ratio_ci95));
    Pair { id, change, ratio, ratio_ci95, core_clock_ratio, reason, lower_bounds }
}

/// How many times the first block's median the later block's is; one where there is no later block.
fn later_over_first(entry: &Entry) -> f64 {
    entry.later_median().map_or(1.0, |later| later / median(&entry.times()))
}

/// The interval of a ratio of first blocks, widened to what it is of any block of the base over any of the new record. If one run is as far from
/// itself as two runs are from each other, neither is faster.
fn across([base, new]: [f64; 2], [low, high]: Interval<f64>) -> Interval<f64> {
    let of_others = [base, 1.0 / new, base / new];
    let [least, most] = of_others.iter().fold([1.0f64; 2], |[least, most], one| [least.min(*one), most.max(*one)]);
    [low * least, high * most]
}

/// One time in so many may be far below what others confirm, and then says nothing; where there are more, times scatter as far as that.
const ONE_ODD_IN: usize = 10;

/// The shortest time, but for an odd one.
fn least(times: &[Seconds]) -> Seconds {
    let confirmed = best_and_median(times).map_or(Seconds::NAN, |(best, _)| best);
    let mut sorted = times.to_vec();
    sorted.sort_by(Seconds::order);
    let odd = sorted.iter().take_while(|time| **time < confirmed * FAR_BELOW).count();
    let skipped = if odd * ONE_ODD_IN <= sorted.len() { odd } else { 0 };
    sorted.get(skipped).copied().unwrap_or(Seconds::NAN)
}

/// The 95 % interval of the ratio of the medians: base over new, so that more is faster.
fn ratio_interval(base: &[Seconds], new: &[Seconds]) -> Interval<f64> {
    if base.len().max(new.len()) > MOST_RESAMPLED
        && let (Some(base), Some(new)) = (interval_by_order(base), interval_by_order(new))
    {
        return [base[0] / new[1], base[1] / new[0]];
    }
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut draw = |times: &[Seconds]| {
        let drawn: Vec<Seconds> = times.iter().map(|_| times[random.usize(..times.len())]).collect();
        median(&drawn)
    };
    let mut ratios: Vec<f64> = (0..RESAMPLES).map(|_| draw(base) / draw(new)).collect();
    ratios.sort_by(f64::total_cmp);
    interval95(&ratios)
}

/// An interval that reaches further than this many times the minimum effect hides more than it shows.
const WIDE: f64 = 3.0;

/// What a ratio of rates with its interval says. The ratio of the best times has to agree: what slows some samples of a run by chance hardly slows
/// the best one.
fn change(ratio: f64, [low, high]: Interval<f64>, of_best: f64, effect: f64) -> Change {
    let ([slower, faster], [lowest, highest]) = (bounds(effect), bounds(WIDE * effect));
    if ratio > slower && ratio < faster && low > lowest && high < highest {
        Change::Same
    } else if high < 1.0 && ratio <= slower && of_best <= slower {
        Change::Slower
    } else if low > 1.0 && ratio >= faster && of_best >= faster {
        Change::Faster
    } else {
        Change::Ambiguous
    }
}

/// The ratios at which a difference of `effect` begins, to either side.
fn bounds(effect: f64) -> [f64; 2] {
    [1.0 / (1.0 + effect), 1.0 + effect]
}

fn why_ambiguous([low, high]: Interval<f64>, of_best: f64, effect: f64) -> String {
    let [slower, faster] = bounds(effect);
    if high <= slower || low >= faster {
        format!("the best times do not agree with the medians: {of_best:.3}")
    } else {
        format!("noise hides whether it changed by more than {:.1} %", 100.0 * effect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twenty times with a spread of `noise`, relative, drawn from `seed`.
    fn times(middle: f64, noise: f64, seed: u64) -> Vec<Seconds> {
        let mut random = fastrand::Rng::with_seed(seed);
        (0..20).map(|_| Seconds::new(middle * (1.0 + noise * (random.f64() + random.f64() - 1.0)))).collect()
    }

    fn changed(base: &[Seconds], new: &[Seconds], effect: f64) -> Change {
        change(median(base) / median(new), ratio_interval(base, new), least(base) / least(new), effect)
    }

    fn count(slowdown: f64, noise: f64, wanted: Change) -> usize {
        let one =
            |seed: u64| changed(&times(1.0, noise, 2 * seed), &times(slowdown, noise, 2 * seed + 1), MINIMUM_EFFECT);
        (0..20).filter(|&seed| one(seed) == wanted).count()
    }

    #[test]
    fn what_is_the_same_is_called_so_in_19_of_20() {
        assert!(count(1.0, 0.01, Change::Same) >= 19, "{}", count(1.0, 0.01, Change::Same));
    }

    #[test]
    fn what_is_slower_by_a_twentieth_is_called_so_in_19_of_20() {
        assert!(count(1.05, 0.01, Change::Slower) >= 19, "{}", count(1.05, 0.01, Change::Slower));
        assert!(count(1.0 / 1.05, 0.01, Change::Faster) >= 19, "the other way");
    }

    /// A sample that others do not confirm is no figure of its record: it must not hide that the rest became slower.
    #[test]
    fn one_short_sample_hides_no_change() {
        for factor in [0.5, 0.7] {
            let (base, mut new) = (times(1.0, 0.01, 3), times(1.3, 0.01, 4));
            new[7] = Seconds::new(factor);
            assert_eq!(changed(&base, &new, MINIMUM_EFFECT), Change::Slower, "one of twenty takes {factor}");
        }
    }

    #[test]
    fn what_noise_may_have_doubled_is_not_the_same() {
        let [quiet, noisy] = [[0.98, 1.02], [0.478, 8.797]].map(|interval| change(1.0, interval, 1.0, MINIMUM_EFFECT));
        assert_eq!((quiet, noisy), (Change::Same, Change::Ambiguous));
    }

    #[test]
    fn noise_larger_than_the_difference_proves_nothing() {
        let different = count(1.0, 0.6, Change::Slower) + count(1.0, 0.6, Change::Faster);
        assert!(different <= 1, "{different} of 20 pairs of the same are called different");
    }
}
