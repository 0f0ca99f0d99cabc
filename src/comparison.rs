//! Is one record's figure faster than another's, by more than noise?

use serde::Serialize;

use crate::measure::Stats;
use crate::record::{Entry, Record};

/// A difference below this, relative, is none.
const MINIMUM_EFFECT: f64 = 0.01;

/// How a benchmark changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// The intervals of the medians overlap within the minimum effect.
    Same,
    /// The new one takes less time.
    Faster,
    /// The new one takes more time.
    Slower,
    /// The medians differ, but their intervals overlap.
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
    /// Why there is no comparison.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Compares benchmark by benchmark; what is in one record only is said.
pub fn compare(base: &Record, new: &Record) -> Vec<Pair> {
    let of = |record: &'_ Record, id: &str| record.entries.iter().find(|entry| entry.id == id).cloned();
    let mut ids: Vec<&str> = base.entries.iter().chain(&new.entries).map(|entry| entry.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().map(|id| pair(id, of(base, id).as_ref(), of(new, id).as_ref())).collect()
}

fn pair(id: &str, base: Option<&Entry>, new: Option<&Entry>) -> Pair {
    let not_compared =
        |reason: &str| Pair { id: id.to_owned(), change: None, ratio: None, reason: Some(reason.to_owned()) };
    let (base, new) = match (base, new) {
        (Some(base), Some(new)) => (base, new),
        (Some(_), None) => return not_compared("only in the base"),
        _ => return not_compared("only in the new record"),
    };
    if !base.is_sound() || !new.is_sound() {
        return not_compared("not measured soundly in both");
    }
    if base.problem != new.problem {
        return not_compared("different problems");
    }
    match (&base.stats, &new.stats) {
        (Some(base), Some(new)) => Pair {
            id: id.to_owned(),
            change: Some(change(base, new)),
            ratio: Some(base.median_s.get() / new.median_s.get()),
            reason: None,
        },
        _ => not_compared("no statistics"),
    }
}

fn change(base: &Stats, new: &Stats) -> Change {
    let ratio = new.median_s.get() / base.median_s.get();
    let [base_low, base_high] = base.median_ci95_s;
    let [new_low, new_high] = new.median_ci95_s;
    if (ratio - 1.0).abs() < MINIMUM_EFFECT {
        Change::Same
    } else if new_low > base_high {
        Change::Slower
    } else if new_high < base_low {
        Change::Faster
    } else {
        Change::Ambiguous
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(median: f64, spread: f64) -> Stats {
        let times: Vec<f64> = (-10..=10).map(|i| median * (1.0 + spread * f64::from(i) / 10.0)).collect();
        Stats::of(&times).expect("positive times")
    }

    #[test]
    fn more_than_noise_is_a_change() {
        assert_eq!(change(&stats(1.0, 0.01), &stats(1.05, 0.01)), Change::Slower, "5 % beyond 1 % of noise");
        assert_eq!(change(&stats(1.05, 0.01), &stats(1.0, 0.01)), Change::Faster, "the other way");
        assert_eq!(change(&stats(1.0, 0.01), &stats(1.005, 0.01)), Change::Same, "below the minimum effect");
        assert_eq!(change(&stats(1.0, 0.3), &stats(1.05, 0.3)), Change::Ambiguous, "5 % within 30 % of noise");
    }
}
