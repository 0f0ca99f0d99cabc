//! Does twice the work take twice the time? Also what a submission costs by itself, which the wall clock includes.

use std::f64::consts::FRAC_PI_2;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::clocks::MOST_FIXED;
use super::{Clock, Disagreement, Fault, Reading, Sample, Session, median};
use crate::units::Seconds;

/// Samples of n and of 2n dispatches, turn by turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Doubling {
    /// Samples of n dispatches.
    pub single: Vec<Sample>,
    /// Samples of twice as many.
    pub double: Vec<Sample>,
}

/// What pairs say against a figure. Its text is the sentence.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Objection {
    /// The clocks lie.
    #[error("of twice the work: {0}")]
    ClocksDisagree(Disagreement),
    /// There are none.
    #[error("there are no pairs of n and 2n dispatches")]
    NoPairs,
    /// Twice the work does not take twice the time.
    #[error("twice the work takes {ratio:.2} times the time (± {noise:.2})")]
    Ratio {
        /// How many times the time it takes.
        ratio: f64,
        /// What noise explains of that.
        noise: f64,
    },
}

/// Pairs of samples.
const PAIRS: usize = 3;

/// How far from two the ratio may lie, relative, beside what its own spread explains.
const TOLERANCE: f64 = 0.03;

/// The mean deviation over that of all but the farthest, of six to fifteen normal values.
const WITHOUT_FARTHEST: f64 = 1.25;

/// Noise explains that a ratio is less than two by no more than this: constant time is none.
const MOST_NOISE: f64 = 0.75;

/// Three pairs are enough if no more noise than this is needed to explain a ratio.
const LITTLE_NOISE: f64 = 0.25;

/// More pairs than any record has.
const MOST_PAIRS: usize = 1000;

impl Doubling {
    /// Takes pairs of samples of the selected kernel, the shorter of `dispatches` dispatches.
    ///
    /// # Errors
    /// Fails if the device fails.
    pub fn measure(session: &mut dyn Session, dispatches: u32) -> Result<Self, Fault> {
        let mut pairs = Self { single: Vec::new(), double: Vec::new() };
        for _ in 0..PAIRS {
            pairs.single.push(session.time(dispatches)?);
            pairs.double.push(session.time(dispatches.saturating_mul(2))?);
        }
        Ok(pairs)
    }

    /// These pairs and later ones of as many dispatches: the more there are, the less three that resemble each other by chance decide.
    #[must_use]
    pub fn and(mut self, later: Self) -> Self {
        self.single.extend(later.single);
        self.double.extend(later.double);
        self
    }

    /// Whether there are as many pairs as are taken, all of positive times: a file may hold anything.
    fn is_whole(&self) -> bool {
        let mut all = self.single.iter().chain(&self.double);
        self.single.len().min(self.double.len()) >= PAIRS && all.all(|sample| sample.wall_s.is_plausible())
    }

    /// What the clocks say of all samples together: first the shorter ones, then the longer.
    pub fn reading(&self) -> Reading {
        Reading::of(&[&self.single[..], &self.double].concat())
    }

    /// The times of the pairs; by the GPU's clock only of those in which the clocks agree.
    fn times(&self, clock: Clock) -> Vec<[Seconds; 2]> {
        let reading = self.reading();
        let has_stamps = |pair: usize| self.single[pair].gpu_s.is_some() && self.double[pair].gpu_s.is_some();
        let agree = |pair: usize| !reading.is_odd(pair) && !reading.is_odd(self.single.len() + pair);
        let sound = |pair: usize| has_stamps(pair) && agree(pair);
        let time = |sample: &Sample| match clock {
            Clock::Gpu => sample.gpu_s.unwrap_or(sample.wall_s),
            Clock::Wall => sample.wall_s,
        };
        let pairs = self.single.iter().zip(&self.double).enumerate();
        let counted = pairs.filter(|(pair, _)| clock == Clock::Wall || sound(*pair));
        counted.map(|(_, (single, double))| [time(single), time(double)]).collect()
    }

    /// What a submission costs by the wall clock whatever it does: twice the shorter time less the longer one, never below zero.
    pub fn fixed(&self) -> Seconds {
        if !self.is_whole() {
            return Seconds::new(0.0);
        }
        let rest = |[single, double]: [Seconds; 2]| single * 2.0 - double;
        let rests: Vec<Seconds> = self.times(Clock::Wall).into_iter().map(rest).collect();
        let submissions = self.single.first().map_or(1, |sample| sample.submissions.max(1));
        let fixed = median(&rests) / f64::from(submissions);
        if fixed.is_plausible() { fixed } else { Seconds::new(0.0) }
    }

    /// What speaks against the figure: twice the work that does not take twice the time, beyond what noise explains.
    pub fn objection(&self, clock: Clock) -> Option<Objection> {
        self.beyond(clock, [MOST_NOISE, f64::INFINITY])
    }

    /// Whether nothing speaks against the figure, and noise explains little: else more pairs tell more.
    pub fn is_sure(&self, clock: Clock) -> bool {
        self.beyond(clock, [LITTLE_NOISE; 2]).is_none()
    }

    /// What speaks against the figure, where noise explains no more than so much `below` two and `above`.
    fn beyond(&self, clock: Clock, [below, above]: [f64; 2]) -> Option<Objection> {
        let reading = self.reading();
        if reading.lies && clock == Clock::Gpu {
            return reading.disagreement.map(Objection::ClocksDisagree);
        }
        let by_clock = self.times(clock);
        // The wall's times of all have to do if too few have clocks that agree.
        let (clock, times) =
            if by_clock.len() < PAIRS { (Clock::Wall, self.times(Clock::Wall)) } else { (clock, by_clock) };
        if times.is_empty() {
            return Some(Objection::NoPairs);
        }
        let ratios: Vec<f64> = times.iter().map(|[single, double]| *double / *single).collect();
        let ratio = median(&ratios);
        let noise = noise(&ratios, ratio);
        let least = match clock {
            Clock::Gpu => 2.0 * (1.0 - TOLERANCE) - noise.min(below),
            // The cost of submission is taken off; it must not be all there is.
            Clock::Wall => 2.0 - MOST_FIXED,
        };
        let within = (least..=2.0 * (1.0 + TOLERANCE) + noise.min(above)).contains(&ratio);
        (!within).then_some(Objection::Ratio { ratio, noise })
    }

    /// Whether pairs from an untrusted file are pairs.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn validate(&self) -> Result<(), String> {
        let is_pair = |(single, double): (&Sample, &Sample)| single.dispatches.saturating_mul(2) == double.dispatches;
        if self.single.len() != self.double.len() || !self.single.iter().zip(&self.double).all(is_pair) {
            return Err("a doubling whose samples are no pairs of n and 2n dispatches".to_owned());
        }
        if self.single.len() > MOST_PAIRS { Err(format!("a doubling of more than {MOST_PAIRS} pairs")) } else { Ok(()) }
    }
}

/// Three standard errors of the `middle` of `ratios`, by the mean deviation: a median deviation of so few is next to nothing where two are alike by chance.
/// Of more than three the one farthest off does not count, so that no single pair explains the others.
fn noise(ratios: &[f64], middle: f64) -> f64 {
    let mut off: Vec<f64> = ratios.iter().map(|one| (one - middle).abs()).collect();
    off.sort_by(f64::total_cmp);
    let mut factor = 1.0;
    if off.len() > PAIRS {
        off.pop();
        factor = WITHOUT_FARTHEST;
    }
    let count = number(off.len());
    let deviation = factor * off.iter().sum::<f64>() / (count - 1.0).max(1.0);
    // Of normal noise a standard deviation is √(π/2) mean deviations, and a median's error as many times a mean's.
    3.0 * FRAC_PI_2 * deviation / count.sqrt()
}

#[expect(clippy::cast_precision_loss, reason = "pairs are few")]
fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs on a device where n dispatches take `fixed` and n times `each`, both clocks alike.
    fn pairs(fixed: f64, each: f64) -> Doubling {
        let sample = |n: u32| {
            let seconds = Seconds::new(fixed + f64::from(n) * each);
            Sample { gpu_s: Some(seconds), wall_s: seconds, dispatches: n, submissions: 1 }
        };
        Doubling { single: vec![sample(10); 5], double: vec![sample(20); 5] }
    }

    #[test]
    fn time_that_follows_the_work_passes() {
        assert_eq!(pairs(0.0, 1e-3).objection(Clock::Gpu), None);
        assert_eq!(pairs(2e-3, 1e-3).objection(Clock::Wall), None, "a fifth is submission");
        assert!((pairs(2e-3, 1e-3).fixed().get() - 2e-3).abs() < 1e-12, "and is found");
    }

    #[test]
    fn time_that_does_not_follow_the_work_is_seen() {
        for clock in [Clock::Gpu, Clock::Wall] {
            assert!(pairs(1e-2, 0.0).objection(clock).is_some(), "constant by {clock:?}");
        }
        assert!(pairs(1e-3, 1e-3).objection(Clock::Gpu).is_some(), "a tenth that does not grow, between timestamps");
    }

    /// Pairs of one and two dispatches that took so long, in milliseconds.
    fn of(pairs: &[[f64; 2]]) -> Doubling {
        let sample = |milliseconds: f64, dispatches| {
            let seconds = Seconds::new(1e-3 * milliseconds);
            Sample { gpu_s: Some(seconds), wall_s: seconds, dispatches, submissions: 1 }
        };
        let single = pairs.iter().map(|pair| sample(pair[0], 1)).collect();
        Doubling { single, double: pairs.iter().map(|pair| sample(pair[1], 2)).collect() }
    }

    /// Measured on a software driver whose threads take their time to begin, each time another.
    #[test]
    fn pairs_that_resemble_each_other_by_chance_are_no_objection() {
        let three = of(&[[13.00, 26.94], [18.10, 29.87], [15.00, 25.00]]);
        assert_eq!(three.objection(Clock::Gpu), None, "two of three do");
        let first = of(&[[4.18, 7.26], [4.54, 7.77], [3.60, 7.06]]);
        let second = of(&[[3.99, 7.04], [3.60, 7.79], [4.14, 7.20]]);
        let nine = first.and(second).and(of(&[[3.61, 7.61], [3.97, 7.20], [4.46, 7.15]]));
        assert_eq!(nine.objection(Clock::Gpu), None, "five of nine do");
        let wide = of(&[[11.38, 29.51], [12.96, 34.80], [7.09, 12.05], [5.50, 30.39], [17.76, 26.66], [7.08, 25.19]]);
        assert_eq!(wide.objection(Clock::Gpu), None, "ratios from 1.5 to 5.5");
    }

    #[test]
    fn noise_explains_no_constant_time() {
        let one_apart = |ratio: f64| {
            let alike = [[10.0, 10.0 * ratio]; 8];
            of(&alike).and(of(&[[10.0, 400.0]]))
        };
        assert!(one_apart(1.25).objection(Clock::Gpu).is_some(), "one pair explains no others");
        assert_eq!(one_apart(2.0).objection(Clock::Gpu), None);
        for pairs in [[[10.0, 10.5], [11.0, 10.0], [10.0, 10.0]], [[10.0, 11.0], [10.0, 11.2], [9.0, 40.0]]] {
            let look = || of(&pairs);
            assert!(look().and(look()).and(look()).objection(Clock::Gpu).is_some(), "{pairs:?}");
        }
        let half_as_long = of(&[[10.0, 15.0], [10.2, 15.1], [10.1, 15.4]]);
        assert!(half_as_long.objection(Clock::Gpu).is_some(), "a second dispatch that takes half the time");
    }

    #[test]
    fn pairs_without_stamps_are_the_walls() {
        let mut pairs = of(&[[10.0, 10.0]; 9]);
        pairs.double.iter_mut().skip(1).for_each(|sample| sample.gpu_s = None);
        pairs.double[0].gpu_s = Some(Seconds::new(0.02));
        assert!(pairs.objection(Clock::Gpu).is_some(), "one pair that is left does not decide");
        let mut submitted = of(&[[10.0, 19.0]; 9]);
        submitted.single.iter_mut().chain(&mut submitted.double).for_each(|sample| sample.gpu_s = None);
        assert_eq!(submitted.objection(Clock::Gpu), None, "by the wall a submission may cost something");
    }

    #[test]
    fn a_file_holds_pairs() {
        assert_eq!(of(&[[10.0, 20.0]; 3]).validate(), Ok(()));
        let mut same = of(&[[10.0, 20.0]; 3]);
        same.double[1].dispatches = 1;
        assert!(same.validate().is_err(), "once the work is not twice the work");
        same.double.pop();
        assert!(same.validate().is_err(), "one has no other");
        assert!(of(&[[10.0, 20.0]; 1001]).validate().is_err(), "no device was asked so often");
    }
}
