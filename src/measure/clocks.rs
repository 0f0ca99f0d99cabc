//! Which clock is to be believed, sample by sample: the GPU's timestamps and the processor's clock have to tell the same story.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Sample, median};
use crate::units::Seconds;

/// The clock that a benchmark's statistics rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// GPU timestamps around the dispatches.
    Gpu,
    /// The processor's monotonic clock around submission and wait.
    Wall,
}

/// GPU time may exceed wall time by this factor, for clocks that run at slightly different rates.
const GPU_OVER_WALL: f64 = 1.02;

/// Wall time may exceed GPU time by this share of itself …
const WALL_SHARE: f64 = 0.10;

/// … and by this much for each submission, in seconds: queueing, waiting, and a loaded machine.
const WALL_PER_SUBMISSION: f64 = 0.003;

/// A sample whose GPU time is this part of what it is in most others, beside the wall time, has a stamp of its own. Needed where samples are so
/// short that the allowance for a submission hides anything.
const UNLIKE_OTHERS: f64 = 0.5;

/// Stamps that no sound clock gives are tolerated in one sample of this many, and once wherever there are others.
const TOLERATED: usize = 10;
const SEVERAL: usize = 2;

/// Stamps that are too short by the same factor, within this, come from a clock that ticks wrongly; a busy machine stretches the wall's time by
/// another factor each time. By little it may seem the same: what costs each submission some milliseconds takes a quarter of every short sample.
const SAME_FACTOR: f64 = 0.02;
const FAR_TOO_SHORT: f64 = 0.7;

/// What a submission may cost at the most, as a part of a sample's wall time: with more of it a clock that hardly moves with the work would pass.
pub(super) const MOST_FIXED: f64 = 0.5;

/// How many samples have clocks that disagree. Its text says so.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "clocks disagree in {odd} of {samples} samples, {}: {first}",
    match counts { Clock::Gpu => "not counted", Clock::Wall => "all count by the wall clock" }
)]
pub struct Disagreement {
    /// These samples.
    pub odd: usize,
    /// All samples.
    pub samples: usize,
    /// The clock by which samples count.
    pub counts: Clock,
    /// What the clocks say in the first of them.
    pub first: String,
}

/// What the two clocks say of some samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The clock by which the samples count: the GPU's where it agrees with the wall's in at least half of them.
    pub clock: Clock,
    /// Numbers of the samples whose clocks disagree, ascending. By the GPU's clock they do not count.
    pub odd: Vec<usize>,
    /// What is to be said of them; `None` where there are none.
    pub disagreement: Option<Disagreement>,
    /// Whether one of the clocks is wrong, and not the machine busy: no figure should rest on them.
    pub lies: bool,
}

/// What is wrong with the timestamp of one sample.
#[derive(Debug, Clone, PartialEq)]
enum Oddity {
    /// There is none, where others have one.
    Absent,
    /// No clock that works gives it: no positive time, or longer than the wall's.
    Impossible(String),
    /// Far shorter than the wall's time: the clock, or a busy machine.
    Short(String),
}

impl Oddity {
    fn words(&self) -> &str {
        match self {
            Self::Absent => "no GPU timestamp",
            Self::Impossible(words) | Self::Short(words) => words,
        }
    }
}

impl Reading {
    /// Reads the clocks of `samples`.
    ///
    /// Without any timestamp the wall clock is used, with nothing to object. A sample whose clocks disagree never counts by the GPU's clock. If
    /// they disagree in more than half, all count by the wall's, which no device can fake and which only makes figures lower. The clocks `lie`
    /// where more than one stamp in ten, and more than one, is impossible, or where more than half are far too short by the same factor.
    pub fn of(samples: &[Sample]) -> Self {
        if samples.iter().all(|sample| sample.gpu_s.is_none()) {
            return Self { clock: Clock::Wall, odd: Vec::new(), disagreement: None, lies: false };
        }
        let mut oddities: Vec<Option<Oddity>> = samples.iter().map(oddity).collect();
        unlike_others(samples, &mut oddities);
        let odd: Vec<usize> = (0..samples.len()).filter(|&at| oddities[at].is_some()).collect();
        let impossible = oddities.iter().flatten().filter(|odd| matches!(odd, Oddity::Impossible(_))).count();
        let most = 2 * odd.len() > samples.len();
        let broken = impossible * TOLERATED > samples.len() && impossible >= SEVERAL.min(samples.len());
        let lies = broken || (most && ticks_wrongly(samples, &oddities));
        let first = oddities.iter().flatten().next().map(Oddity::words);
        let clock = if most || lies { Clock::Wall } else { Clock::Gpu };
        let disagreement = first.map(|first| Disagreement {
            odd: odd.len(),
            samples: samples.len(),
            counts: clock,
            first: first.to_owned(),
        });
        Self { clock, odd, disagreement, lies }
    }

    /// Whether the clocks disagree in sample number `at`.
    pub(super) fn is_odd(&self, at: usize) -> bool {
        self.odd.binary_search(&at).is_ok()
    }

    /// The time of one dispatch in each of `samples` that counts. `fixed` is what a submission costs by itself, which the wall clock
    /// includes.
    pub fn times(&self, samples: &[Sample], fixed: Seconds) -> Vec<Seconds> {
        samples.iter().enumerate().filter_map(|(at, sample)| self.time(at, sample, fixed)).collect()
    }

    /// The same of `sample` alone, which is number `at` of those that were read; `None` where it does not count.
    pub fn time(&self, at: usize, sample: &Sample, fixed: Seconds) -> Option<Seconds> {
        let time = match self.clock {
            Clock::Gpu if self.is_odd(at) => return None,
            Clock::Gpu => sample.gpu_s.unwrap_or(sample.wall_s),
            Clock::Wall => without_fixed(sample, fixed),
        };
        Some(time / f64::from(sample.dispatches.max(1)))
    }
}

/// The wall time of a sample less what its submissions cost by themselves, `fixed` each, but half of it at the least.
pub fn without_fixed(sample: &Sample, fixed: Seconds) -> Seconds {
    let wall = sample.wall_s;
    let cost = (fixed * f64::from(sample.submissions)).get();
    wall - Seconds::new(cost.min(MOST_FIXED * wall.get()))
}

fn oddity(sample: &Sample) -> Option<Oddity> {
    let Some(gpu) = sample.gpu_s else { return Some(Oddity::Absent) };
    let (gpu_s, wall_s) = (gpu.get(), sample.wall_s.get());
    let longest_wall = gpu_s / (1.0 - WALL_SHARE) + WALL_PER_SUBMISSION * f64::from(sample.submissions);
    if !gpu.is_plausible() {
        Some(Oddity::Impossible(format!("the GPU says {gpu_s} s")))
    } else if !(gpu_s <= GPU_OVER_WALL * wall_s) {
        Some(Oddity::Impossible(format!("the GPU says {gpu}, longer than the {} on the wall", sample.wall_s)))
    } else if !(wall_s <= longest_wall) {
        Some(short(sample))
    } else {
        None
    }
}

fn short(sample: &Sample) -> Oddity {
    let gpu = sample.gpu_s.unwrap_or(sample.wall_s);
    Oddity::Short(format!("the GPU says {gpu}, far shorter than the {} on the wall", sample.wall_s))
}

/// GPU time as a part of wall time.
fn share(sample: &Sample) -> Option<f64> {
    Some(sample.gpu_s? / sample.wall_s).filter(|share| share.is_finite())
}

/// Marks the samples whose stamps are far shorter beside the wall's time than those of most.
fn unlike_others(samples: &[Sample], oddities: &mut [Option<Oddity>]) {
    let agreeing = || samples.iter().zip(oddities.iter()).filter(|(_, odd)| odd.is_none());
    let shares: Vec<f64> = agreeing().filter_map(|(sample, _)| share(sample)).collect();
    let usual = median(&shares);
    for (sample, odd) in samples.iter().zip(oddities) {
        if odd.is_none() && share(sample).is_some_and(|share| share < UNLIKE_OTHERS * usual) {
            *odd = Some(short(sample));
        }
    }
}

/// Whether the stamps that are too short are far too short, by the same factor.
fn ticks_wrongly(samples: &[Sample], oddities: &[Option<Oddity>]) -> bool {
    let too_short = samples.iter().zip(oddities).filter(|(_, odd)| matches!(odd, Some(Oddity::Short(_))));
    let shares: Vec<f64> = too_short.filter_map(|(sample, _)| share(sample)).collect();
    let usual = median(&shares);
    let deviations: Vec<f64> = shares.iter().map(|share| (share - usual).abs()).collect();
    2 * shares.len() > samples.len() && usual < FAR_TOO_SHORT && median(&deviations) <= SAME_FACTOR * usual
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(gpu: Option<f64>, wall: f64) -> Sample {
        Sample { gpu_s: gpu.map(Seconds::new), wall_s: Seconds::new(wall), dispatches: 10, submissions: 1 }
    }

    fn samples(gpu: Option<f64>, wall: f64) -> Vec<Sample> {
        vec![sample(gpu, wall); 10]
    }

    fn times(samples: &[Sample]) -> Vec<f64> {
        times_without(samples, 0.0)
    }

    fn times_without(samples: &[Sample], fixed: f64) -> Vec<f64> {
        Reading::of(samples).times(samples, Seconds::new(fixed)).into_iter().map(Seconds::get).collect()
    }

    #[test]
    fn a_machine_that_delays_every_submission_a_little_is_no_alarm() {
        let delayed: Vec<Sample> = (0..10).map(|at| sample(Some(0.02), 0.0253 + 1e-4 * f64::from(at))).collect();
        let reading = Reading::of(&delayed);
        assert!(reading.clock == Clock::Wall && !reading.lies && reading.odd.len() == 10, "{reading:?}");
        assert!(Reading::of(&samples(Some(0.02), 0.04)).lies, "half as fast");
    }

    #[test]
    fn clocks_that_agree_leave_the_gpu_in_charge() {
        let reading = Reading::of(&samples(Some(0.1), 0.1005));
        assert_eq!(
            (reading.clock, reading.disagreement, reading.lies),
            (Clock::Gpu, None, false),
            "half a percent apart"
        );
        let reading = Reading::of(&samples(None, 0.1));
        assert_eq!((reading.clock, reading.disagreement), (Clock::Wall, None), "no timestamps at all");
    }

    #[test]
    fn a_clock_that_lies_is_seen() {
        for bad in [0.0, -0.1, f64::NAN, f64::INFINITY, 0.2, 0.05, 1e-9] {
            let all = samples(Some(bad), 0.1);
            let reading = Reading::of(&all);
            assert_eq!(reading.clock, Clock::Wall, "{bad} s on the GPU beside 0.1 s on the wall");
            assert!(reading.lies && reading.disagreement.is_some(), "{bad} s must be reported");
            assert_eq!(times(&all), vec![0.01; 10], "{bad} s: the wall's times");
        }
    }

    #[test]
    fn odd_stamps_never_count() {
        for bad in [0.0, -0.1, f64::NAN, 0.2, 0.005, 1e-9] {
            for count in 1..=5 {
                let mut all = samples(Some(0.1), 0.1005);
                all[..count].fill(sample(Some(bad), 0.1005));
                let reading = Reading::of(&all);
                assert_eq!(reading.odd, (0..count).collect::<Vec<_>>(), "{count} of ten are {bad} s");
                assert!(times(&all).iter().all(|time| (time / 0.01 - 1.0).abs() < 0.01), "{bad} s counts");
                assert_eq!(reading.lies, count > 1 && !(bad > 0.0 && bad <= 0.1), "{bad} s");
            }
        }
    }

    #[test]
    fn a_short_sample_does_not_hide_a_stamp_of_its_own() {
        let mut all = samples(Some(1.9e-3), 2e-3);
        all[3].gpu_s = Some(Seconds::new(1e-4));
        assert_eq!(Reading::of(&all).odd, vec![3], "twenty times too short, within the allowance for a submission");
    }

    #[test]
    fn a_busy_machine_is_no_lie() {
        let walls = [0.13, 0.4, 0.2, 0.15, 0.27, 0.6, 0.18, 0.33, 0.1005, 0.1005];
        let all: Vec<Sample> = walls.into_iter().map(|wall| sample(Some(0.1), wall)).collect();
        let reading = Reading::of(&all);
        assert_eq!((reading.clock, reading.lies), (Clock::Wall, false), "{reading:?}");
        assert!(reading.disagreement.is_some(), "but it is said");
    }

    #[test]
    fn a_clock_that_halves_in_the_middle_changes_nothing() {
        let mut all = samples(Some(0.1), 0.1005);
        all[5..].fill(sample(Some(0.05), 0.1005));
        assert_eq!(times(&all), vec![0.01; 5], "those that agree count");
        all[4] = sample(Some(0.05), 0.1005);
        assert!(Reading::of(&all).lies, "most are half as long");
    }

    #[test]
    fn what_a_submission_costs_is_never_most_of_a_sample() {
        let all = samples(None, 0.1);
        let taken = times_without(&all, 0.02);
        assert!(taken.iter().all(|time| (time - 0.008).abs() < 1e-12), "{taken:?}");
        assert_eq!(times_without(&all, 1.0), vec![0.005; 10], "half at the most");
    }
}
