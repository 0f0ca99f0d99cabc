//! Statistics over samples: pure functions, nothing is dropped.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::units::{Quantity, Seconds, median, median_of_sorted, sorted};

/// An interval from `[0]` to `[1]`.
pub type Interval<T> = [T; 2];

/// Statistics of the time of one dispatch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Stats {
    /// Number of samples.
    pub samples: usize,
    /// Shortest time that a fifth of the others, and one more, confirm within 5 %.
    pub best_s: Seconds,
    /// Median.
    pub median_s: Seconds,
    /// Median absolute deviation from the median.
    pub mad_s: Seconds,
    /// 95 % interval of the median, by the bootstrap (see [`bootstrap_medians`]); it holds the median of a later block too, where there is one.
    pub median_ci95_s: Interval<Seconds>,
}

impl Stats {
    /// Statistics of `times`; `None` where there are none or one is not a positive number.
    pub fn of(times: &[Seconds]) -> Option<Self> {
        Self::with(times, |times| Some(interval95(&bootstrap_medians(times, RESAMPLES, SEED))))
    }

    /// The same of times from a file, of which an untrusted one may have any number: the interval follows from their order.
    pub fn of_file(times: &[Seconds]) -> Option<Self> {
        Self::with(times, interval_by_order)
    }

    fn with(times: &[Seconds], interval: fn(&[Seconds]) -> Option<Interval<Seconds>>) -> Option<Self> {
        let (best_s, median_s) = best_and_median(times)?;
        let deviations: Vec<Seconds> = times.iter().map(|time| Seconds::new((*time - median_s).get().abs())).collect();
        Some(Self {
            samples: times.len(),
            best_s,
            median_s,
            mad_s: median(&deviations),
            median_ci95_s: interval(times)?,
        })
    }

    /// The same, with an interval that reaches as far as `median`, that of another block of samples.
    #[must_use]
    pub fn reaching(self, median: Seconds) -> Self {
        let [low, high] = self.median_ci95_s.map(Seconds::get);
        let reached = [low.min(median.get()), high.max(median.get())];
        Self { median_ci95_s: reached.map(Seconds::new), ..self }
    }

    /// How far the interval reaches from the median, relative, to the side where it reaches further.
    pub fn error_of_time(&self) -> f64 {
        let [low, high] = self.median_ci95_s.map(|end| end / self.median_s);
        (high - 1.0).max(1.0 - low)
    }

    /// The same of the rate, which falls where the time rises.
    pub fn error_of_rate(&self) -> f64 {
        let [low, high] = self.median_ci95_s.map(|end| self.median_s / end);
        (low - 1.0).max(1.0 - high)
    }
}

/// Times that a dispatch can take, in seconds: from far below a clock's tick to far beyond a life.
const POSSIBLE: RangeInclusive<f64> = 1e-15..=1e12;

/// The shortest time that others confirm and the median; `None` where there are no times or one is impossible.
pub fn best_and_median(times: &[Seconds]) -> Option<(Seconds, Seconds)> {
    if times.is_empty() || !times.iter().all(|time| POSSIBLE.contains(&time.get())) {
        return None;
    }
    let sorted = sorted(times);
    Some((best(&sorted), median_of_sorted(&sorted)))
}

/// A time is confirmed by others that are at most this much longer, relative.
const CONFIRMED: f64 = 0.05;

/// A time below this part of the best is confirmed by nothing: it is worth a word, and no figure.
pub const FAR_BELOW: f64 = 0.8;

/// One sample of this many, and one more, has to confirm the best.
const CONFIRMS: usize = 5;

/// The shortest of `sorted` times that a fifth of the others, and one more, come near; where times scatter so that there is none, the one than which
/// as many are shorter. One sample that was short by chance or by mistake, or one in ten, does not make a figure.
fn best(sorted: &[Seconds]) -> Seconds {
    let others = sorted.len() / CONFIRMS + 1;
    let mut candidates = sorted.iter().take(others).zip(sorted.iter().skip(others));
    candidates
        .find(|(time, near)| **near <= **time * (1.0 + CONFIRMED))
        .map_or_else(|| sorted[others.min(sorted.len() - 1)], |(time, _)| *time)
}

/// The 95 % interval of the median of `times` from their order alone: ranks n/2 ± 0.98·√n (Conover 1999, §3.2), the range where there are
/// few. Many times take the bootstrap long.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "ranks of a list in memory"
)]
pub fn interval_by_order<Q: Quantity>(times: &[Q]) -> Option<Interval<Q>> {
    let sorted = sorted(times);
    let last = sorted.len().checked_sub(1)?;
    let (middle, half) = (sorted.len() as f64 / 2.0, 0.98 * (sorted.len() as f64).sqrt());
    let low = (middle - half).floor().max(0.0) as usize;
    let high = ((middle + half).ceil() as usize).min(last);
    Some([sorted[low.min(last)], sorted[high]])
}

/// Fewer times than this have no median that one of them cannot move.
pub const FEWEST_FOR_A_MEDIAN: usize = 3;

/// Resamples of an interval: enough that its ends move by less than a hundredth of its width.
pub const RESAMPLES: usize = 2000;

/// One seed for all, so that the same samples have the same interval.
pub const SEED: u64 = 1979;

/// Medians of `resamples` samples drawn from `values` with replacement (Efron, The Annals of Statistics 7, 1979), sorted.
pub fn bootstrap_medians<Q: Quantity>(values: &[Q], resamples: usize, seed: u64) -> Vec<Q> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut draw = values.to_vec();
    let medians: Vec<Q> = (0..resamples)
        .map(|_| {
            draw.iter_mut().for_each(|value| *value = values[random.usize(..values.len())]);
            median(&draw)
        })
        .collect();
    sorted(&medians)
}

/// The central 95 % of a sorted bootstrap distribution: the percentile interval (Efron and Tibshirani 1993, §13.3).
pub fn interval95<Q: Quantity>(sorted: &[Q]) -> Interval<Q> {
    let tail = sorted.len() / 40;
    [sorted[tail], sorted[sorted.len() - 1 - tail]]
}

/// How strongly `values` rise or fall with their order: the standardised statistic of Mann (1945) and Kendall (1975), which is normal where there is
/// no trend. Zero where there are fewer than three.
#[expect(clippy::cast_precision_loss, reason = "sample counts are small")]
pub fn trend<Q: Quantity>(values: &[Q]) -> f64 {
    let (n, values) = (values.len() as f64, numbers(values));
    let pairs = values.iter().enumerate().flat_map(|(at, one)| values[at + 1..].iter().map(move |later| later - one));
    let sum: f64 = pairs
        .map(|rise| {
            if rise > 0.0 {
                1.0
            } else if rise < 0.0 {
                -1.0
            } else {
                0.0
            }
        })
        .sum();
    let variance = n * (n - 1.0) * (2.0 * n + 5.0) / 18.0;
    if values.len() < 3 || sum == 0.0 { 0.0 } else { (sum - sum.signum()) / variance.sqrt() }
}

/// How much each of `values` resembles the one before: the autocorrelation at a distance of one, zero where all are equal.
pub fn autocorrelation<Q: Quantity>(values: &[Q]) -> f64 {
    let values = numbers(values);
    #[expect(clippy::cast_precision_loss, reason = "sample counts are small")]
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let products: f64 = values.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
    if squares > 0.0 { products / squares } else { 0.0 }
}

fn numbers<Q: Quantity>(values: &[Q]) -> Vec<f64> {
    values.iter().map(|value| value.number()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(times: &[f64]) -> Vec<Seconds> {
        times.iter().copied().map(Seconds::new).collect()
    }

    #[test]
    fn an_error_is_that_of_the_figure_beside_it() {
        let stats =
            Stats { median_ci95_s: [0.5, 4.0].map(Seconds::new), ..Stats::of(&[Seconds::new(1.0); 5]).expect("times") };
        assert!((stats.error_of_time() - 3.0).abs() < 1e-9, "up to four times as long");
        assert!((stats.error_of_rate() - 1.0).abs() < 1e-9, "up to twice the rate, down to a quarter");
    }

    #[test]
    fn known_answers() {
        let stats = Stats::of(&seconds(&[4.0, 1.0, 3.0, 2.0, 10.0])).expect("five positive times");
        assert_eq!(stats.best_s, Seconds::new(3.0), "none is near another, so one that two others beat");
        assert_eq!(stats.median_s, Seconds::new(3.0), "middle");
        assert_eq!(stats.mad_s, Seconds::new(1.0), "deviations 2 1 0 1 7");
        assert_eq!(stats.median_ci95_s, [Seconds::new(1.0), Seconds::new(10.0)], "five tell little");
    }

    #[test]
    fn bootstrap_agrees_with_the_published_standard_error() {
        // Efron and Tibshirani, An Introduction to the Bootstrap, 1993, tables 1.1 and 2.1: survival of seven mice, standard error of the median.
        let mice = [94.0, 197.0, 16.0, 38.0, 99.0, 141.0, 23.0];
        let medians = bootstrap_medians(&mice, 20_000, SEED);
        let mean = medians.iter().sum::<f64>() / 20_000.0;
        let error = (medians.iter().map(|median| (median - mean).powi(2)).sum::<f64>() / 19_999.0).sqrt();
        assert!((error - 37.83).abs() < 0.8, "{error} where the book has 37.83");
    }

    #[test]
    fn a_trend_is_found_and_none_where_there_is_none() {
        let rising: Vec<f64> = (0..10).map(f64::from).collect();
        // S = 45, its variance 125 (Kendall 1975, §4).
        assert!((trend(&rising) - 44.0 / 125.0f64.sqrt()).abs() < 1e-12, "{}", trend(&rising));
        assert!(trend(&[1.0, 2.0, 1.0, 2.0, 1.0, 2.0]).abs() < 1.0, "up and down is no trend");
        assert!(trend(&[1.0, 1.0]).abs() < 1e-12, "too few");
    }

    #[test]
    fn neighbours_that_resemble_each_other_are_found() {
        // Mean 2.5, squares 5, products of neighbours 0.75 - 0.25 + 0.75.
        assert!((autocorrelation(&[1.0, 2.0, 3.0, 4.0]) - 0.25).abs() < 1e-12);
        assert!(autocorrelation(&[1.0, 2.0, 1.0, 2.0]) < -0.7, "each unlike the one before");
        assert!(autocorrelation(&[3.0; 5]).abs() < 1e-12, "nothing varies");
    }

    #[test]
    fn the_best_is_one_that_others_confirm() {
        let steady: Vec<f64> = (0..20).map(|at| 1.0 + 0.002 * f64::from(at)).collect();
        let best = |times: &[f64]| best_and_median(&seconds(times)).expect("times").0.get();
        assert!((best(&steady) - 1.0).abs() < 1e-12, "the shortest of steady ones");
        for odd in 1..=2 {
            let mut times = steady.clone();
            times[..odd].fill(0.05);
            assert!(best(&times) > 0.99, "{odd} of twenty decide: {}", best(&times));
        }
        assert!((best(&[0.05, 1.0, 1.01]) - 1.0).abs() < 1e-12, "of three, the two");
        assert!((best(&[2.0]) - 2.0).abs() < 1e-12, "one alone is all there is");
    }

    #[test]
    fn an_interval_by_order_holds_the_median() {
        let times: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(interval_by_order(&times), Some([41.0, 61.0]), "ranks 40 to 60");
        assert_eq!(interval_by_order(&[2.0, 1.0]), Some([1.0, 2.0]), "few tell little");
        assert_eq!(interval_by_order::<Seconds>(&[]), None);
    }

    #[test]
    fn what_is_no_time_has_no_statistics() {
        for bad in [vec![], vec![0.0], vec![1.0, f64::NAN], vec![-1.0, 1.0], vec![f64::INFINITY]] {
            assert_eq!(Stats::of(&seconds(&bad)), None, "{bad:?}");
        }
    }
}
