//! The suite's own sampler: warm-up by time, then samples of about equal length until there are enough or time is up.

use std::time::{Duration, Instant};

use super::{Fault, Sample, Session};
use crate::units::Seconds;

/// How one benchmark is sampled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// Warm-up before the first sample: clocks ramp with time, not with a count.
    pub warm_up: Duration,
    /// Aimed length of a sample.
    pub sample: Duration,
    /// Samples to take in any case.
    pub at_least: usize,
    /// Samples that suffice.
    pub at_most: usize,
    /// Time for all samples; passed only where `at_least` demands it.
    pub budget: Duration,
}

/// Warms up and samples. `stop` is asked between samples.
///
/// # Errors
/// Where the device fails, or [`Fault::Interrupted`] where `stop` says so.
pub fn sample(session: &mut dyn Session, sampling: &Sampling, stop: &dyn Fn() -> bool) -> Result<Vec<Sample>, Fault> {
    let dispatches = warm_up(session, sampling, stop)?;
    let start = Instant::now();
    let mut samples = Vec::with_capacity(sampling.at_most);
    while samples.len() < sampling.at_most && (samples.len() < sampling.at_least || start.elapsed() < sampling.budget) {
        if stop() {
            return Err(Fault::Interrupted);
        }
        samples.push(session.time(dispatches)?);
    }
    Ok(samples)
}

/// Runs until the warm-up time is over, and returns how many dispatches make a sample of the aimed length.
fn warm_up(session: &mut dyn Session, sampling: &Sampling, stop: &dyn Fn() -> bool) -> Result<u32, Fault> {
    let start = Instant::now();
    // Compiles, where the driver leaves that to the first dispatch; its length says nothing.
    session.time(1)?;
    let mut dispatches = 1;
    loop {
        if stop() {
            return Err(Fault::Interrupted);
        }
        let warm = session.time(dispatches)?;
        let wanted = dispatches_lasting(sampling.sample, dispatches, warm.wall_s);
        if start.elapsed() >= sampling.warm_up && wanted <= dispatches.saturating_mul(2) {
            return Ok(wanted);
        }
        dispatches = wanted.min(dispatches.saturating_mul(8));
    }
}

/// How many dispatches last about as long as `wanted`, when `dispatches` of them took `wall`.
fn dispatches_lasting(wanted: Duration, dispatches: u32, wall: Seconds) -> u32 {
    let count = f64::from(dispatches) * wanted.as_secs_f64() / wall.get().max(1e-9);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a u32 holds")]
    let count = count.clamp(1.0, 1e6) as u32;
    count
}
