//! The suite's own sampler: warm-up until the times settle, then samples of about equal length until they are narrow enough or time is up.

use std::time::{Duration, Instant};

use super::{Fault, Reading, Sample, Session, Stats};
use crate::units::Seconds;

/// How one benchmark is sampled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// Warm-up before the first sample, at the least: clocks ramp with time, not with a count.
    pub warm_up: Duration,
    /// Aimed length of a sample.
    pub sample: Duration,
    /// Samples to take, unless they take several times the budget.
    pub at_least: usize,
    /// Samples that suffice.
    pub at_most: usize,
    /// Time for all samples; passed where `at_least` demands it.
    pub budget: Duration,
}

/// Batches of the warm-up that have to agree …
const SETTLED: usize = 3;

/// … within this, relative.
const AGREE: f64 = 0.01;

/// Warm-up goes on for this many times its least length where times do not settle.
const PATIENCE: u32 = 4;

/// Samples that are taken in any case, and how many times the budget may pass before no more are.
const FEWEST: usize = 5;
const OVERTIME: u32 = 4;

/// Samples are narrow enough where half of the median's interval is no more than this part of it.
const NARROW: f64 = 0.005;

/// A session that is warm, and how many dispatches make a sample.
pub struct Sampler<'s> {
    session: &'s mut dyn Session,
    /// Dispatches of a sample.
    pub dispatches: u32,
    /// Whether the times had settled when the warm-up ended.
    pub settled: bool,
}

impl<'s> Sampler<'s> {
    /// Runs until three batches in a row agree within 1 %, for the warm-up time at the least and four times that at the most.
    ///
    /// # Errors
    /// Fails if the device fails, or [`Fault::Interrupted`] if `stop` says so.
    pub fn warm(session: &'s mut dyn Session, sampling: &Sampling, stop: &dyn Fn() -> bool) -> Result<Self, Fault> {
        let start = Instant::now();
        // Compiles, where the driver leaves that to the first dispatch; its length says nothing.
        session.time(1)?;
        let mut dispatches = 1;
        let mut each = Vec::new();
        loop {
            if stop() {
                return Err(Fault::Interrupted);
            }
            let warm = session.time(dispatches)?;
            each.push(warm.wall_s.get() / f64::from(dispatches));
            let wanted = dispatches_lasting(sampling.sample, dispatches, warm.wall_s);
            let long_enough = start.elapsed() >= sampling.warm_up && wanted <= dispatches.saturating_mul(2);
            let settled = agree(&each);
            if long_enough && (settled || start.elapsed() >= PATIENCE * sampling.warm_up) {
                return Ok(Self { session, dispatches: wanted, settled });
            }
            dispatches = wanted.min(dispatches.saturating_mul(8));
        }
    }

    /// Samples until the median's interval is narrow or the time is over. `between` is told before each sample how many there are. `stop` is asked
    /// between samples.
    ///
    /// # Errors
    /// Fails if the device fails, or [`Fault::Interrupted`] if `stop` says so.
    pub fn samples(
        self,
        sampling: &Sampling,
        between: &mut dyn FnMut(usize) -> Result<(), Fault>,
        stop: &dyn Fn() -> bool,
    ) -> Result<Vec<Sample>, Fault> {
        let start = Instant::now();
        let mut samples = Vec::with_capacity(sampling.at_most);
        let needed = || {
            if start.elapsed() < OVERTIME * sampling.budget { sampling.at_least } else { FEWEST.min(sampling.at_least) }
        };
        while samples.len() < sampling.at_most
            && (samples.len() < needed() || (start.elapsed() < sampling.budget && !narrow(&samples)))
        {
            if stop() {
                return Err(Fault::Interrupted);
            }
            between(samples.len())?;
            samples.push(self.session.time(self.dispatches)?);
        }
        Ok(samples)
    }
}

/// Warms up and samples.
///
/// # Errors
/// Fails if the device fails, or [`Fault::Interrupted`] if `stop` says so.
pub fn sample(session: &mut dyn Session, sampling: &Sampling, stop: &dyn Fn() -> bool) -> Result<Vec<Sample>, Fault> {
    Sampler::warm(session, sampling, stop)?.samples(sampling, &mut |_| Ok(()), stop)
}

fn agree(each: &[f64]) -> bool {
    let Some(last) = each.len().checked_sub(SETTLED).map(|first| &each[first..]) else { return false };
    let (least, most) =
        last.iter().fold((f64::INFINITY, 0.0f64), |(least, most), time| (least.min(*time), most.max(*time)));
    most <= least * (1.0 + AGREE)
}

/// Looked at now and then only: an interval takes a moment.
fn narrow(samples: &[Sample]) -> bool {
    let times = Reading::of(samples).times(samples, Seconds::new(0.0));
    let looked_at = samples.len().is_multiple_of(5);
    let narrow = |stats: Stats| {
        let [low, high] = stats.median_ci95_s;
        (high - low) / stats.median_s <= 2.0 * NARROW
    };
    looked_at && Stats::of(&times).is_some_and(narrow)
}

/// How many dispatches last about as long as `wanted`, when `dispatches` of them took `wall`.
fn dispatches_lasting(wanted: Duration, dispatches: u32, wall: Seconds) -> u32 {
    let count = f64::from(dispatches) * wanted.as_secs_f64() / wall.get().max(1e-9);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a u32 holds")]
    let count = count.clamp(1.0, 1e6) as u32;
    count
}
