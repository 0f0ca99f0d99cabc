//! Statistics over samples: pure functions, nothing is dropped.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Clock, Sample};
use crate::units::Seconds;

/// An interval from `[0]` to `[1]`.
pub type Interval<T> = [T; 2];

/// Statistics of the time of one dispatch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stats {
    /// Number of samples.
    pub samples: usize,
    /// Shortest time.
    pub best_s: Seconds,
    /// Median.
    pub median_s: Seconds,
    /// Median absolute deviation from the median.
    pub mad_s: Seconds,
    /// Interval that covers the median with a confidence of at least 95 %, from order statistics; the whole range where the
    /// samples are too few for that (fewer than six).
    pub median_ci95_s: Interval<Seconds>,
}

/// The time of one dispatch in each sample, by `clock`.
pub fn per_dispatch(samples: &[Sample], clock: Clock) -> Vec<f64> {
    let time = |sample: &Sample| match clock {
        Clock::Gpu => sample.gpu_s.unwrap_or(sample.wall_s),
        Clock::Wall => sample.wall_s,
    };
    samples.iter().map(|sample| time(sample).get() / f64::from(sample.dispatches.max(1))).collect()
}

impl Stats {
    /// Statistics of `times`, in seconds; `None` where there are none or one is not a positive number.
    pub fn of(times: &[f64]) -> Option<Self> {
        if times.is_empty() || !times.iter().all(|time| Seconds::new(*time).is_plausible()) {
            return None;
        }
        let mut sorted = times.to_vec();
        sorted.sort_by(f64::total_cmp);
        let middle = median(&sorted);
        let deviations: Vec<f64> = sorted.iter().map(|time| (time - middle).abs()).collect();
        let rank = median_rank(sorted.len());
        Some(Self {
            samples: sorted.len(),
            best_s: Seconds::new(sorted[0]),
            median_s: Seconds::new(middle),
            mad_s: Seconds::new(median(&deviations)),
            median_ci95_s: [Seconds::new(sorted[rank]), Seconds::new(sorted[sorted.len() - 1 - rank])],
        })
    }
}

/// The median; the mean of the middle two where their number is even, NaN where there are none.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// The largest rank r (from zero) such that the interval from the r-th smallest to the r-th largest of `n` samples covers the
/// median with a probability of at least 95 %: 1 − 2·P(Binomial(n, ½) ≤ r) (David and Nagaraja, Order Statistics, §7.1).
fn median_rank(n: usize) -> usize {
    #[expect(clippy::cast_precision_loss, reason = "sample counts are small")]
    let probability = |successes: usize| {
        let log_choose: f64 = (0..successes).map(|i| ((n - i) as f64 / (i + 1) as f64).ln()).sum();
        (log_choose - n as f64 * std::f64::consts::LN_2).exp()
    };
    let mut tail = 0.0;
    for rank in 0..n / 2 {
        tail += probability(rank);
        if tail > 0.025 {
            return rank.saturating_sub(1);
        }
    }
    (n / 2).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        let stats = Stats::of(&[4.0, 1.0, 3.0, 2.0, 10.0]).expect("five positive times");
        assert_eq!(stats.best_s, Seconds::new(1.0), "smallest");
        assert_eq!(stats.median_s, Seconds::new(3.0), "middle");
        assert_eq!(stats.mad_s, Seconds::new(1.0), "deviations 2 1 0 1 7");
        assert_eq!(stats.median_ci95_s, [Seconds::new(1.0), Seconds::new(10.0)], "too few: the whole range");
    }

    #[test]
    fn interval_ranks_agree_with_the_published_table() {
        // Conover, Practical Nonparametric Statistics, table of exact 95 % intervals for the median (ranks from one).
        for (n, rank) in [(6, 1), (8, 1), (10, 2), (15, 4), (20, 6), (25, 8), (30, 10), (50, 18), (100, 40)] {
            assert_eq!(median_rank(n) + 1, rank, "n = {n}");
        }
    }

    #[test]
    fn what_is_no_time_has_no_statistics() {
        for bad in [vec![], vec![0.0], vec![1.0, f64::NAN], vec![-1.0, 1.0], vec![f64::INFINITY]] {
            assert_eq!(Stats::of(&bad), None, "{bad:?}");
        }
    }
}
