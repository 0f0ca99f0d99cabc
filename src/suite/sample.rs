//! From a prepared benchmark to its entry: samples, readings of the clock between them, and what is looked at afterwards.

use std::time::{Duration, Instant};

use super::Suite;
use super::metered::Times;
use super::prepared::{self, Prepared, Timed};
use crate::benchmark::Benchmark;
use crate::measure::{Fault, Reading, Sample, Sampler, Sampling};
use crate::record::{Entry, Remark};
use crate::tune::probe;

/// What the samples get of a benchmark's share at the least, however long the search took: one part of so many.
const LEAST_SAMPLING: u32 = 3;

/// Samples between two readings of the clock.
const SAMPLES_BETWEEN_PROBES: usize = 5;

/// The phase after the samples.
pub(super) const LOOKING: &str = "checking whether the answer and the clocks are right";

impl Suite<'_> {
    /// Prepares a benchmark, samples it within what is left of `budget`, and makes its entry.
    pub(super) fn prepare_and_sample(&mut self, benchmark: &'static Benchmark, budget: Duration) -> Entry {
        let start = Instant::now();
        let mut prepared = match self.prepare(benchmark, budget) {
            Ok(prepared) => prepared,
            Err(entry) => return *entry,
        };
        let sampling = self.plan.sampling(budget.saturating_sub(start.elapsed()).max(budget / LEAST_SAMPLING));
        self.begin("timing");
        match self.sample(&mut prepared, &sampling) {
            Ok(timed) => self.finish(prepared, timed),
            Err(fault) => self.fault(prepared.draft, &fault),
        }
    }

    /// Samples a prepared benchmark, and reads the clock in between.
    fn sample(&mut self, prepared: &mut Prepared, sampling: &Sampling) -> Result<Timed, Fault> {
        let stop = &self.stopper();
        self.raise_the_clock()?;
        let meter = self.meter;
        let mut times = Times { loaded_from: meter.now(), ..Times::default() };
        let sampler = Sampler::warm(prepared.session.as_mut(), sampling, stop)?;
        let settled = Some(sampler.settled);
        let mut probes = Vec::new();
        let mut between = |taken: usize| {
            if taken.is_multiple_of(SAMPLES_BETWEEN_PROBES) {
                probes.extend(self.read_clock(taken)?);
            }
            times.began.push(meter.now());
            Ok(())
        };
        let samples = sampler.samples(sampling, &mut between, stop)?;
        let cut = (samples.len() < sampling.at_least)
            .then_some(Remark::CutShort { samples: samples.len(), wanted: sampling.at_least });
        Ok(Timed { samples, settled, probes, times, cut })
    }

    /// Takes up samples of another sampler, and when they began by the meter's clock.
    pub fn finish_sampled(&mut self, prepared: Prepared, samples: Vec<Sample>, times: Times) -> Entry {
        let entry = self.finish(prepared, Timed { samples, settled: None, probes: Vec::new(), times, cut: None });
        Entry { phases: self.phases.take(), ..entry }
    }

    /// Looks whether twice the work takes twice the time, checks what the timed dispatches left behind, and makes the entry.
    fn finish(&mut self, mut prepared: Prepared, mut timed: Timed) -> Entry {
        self.meter.rest(false);
        self.first_ended.insert(prepared.variant.benchmark.id, Instant::now());
        self.begin(LOOKING);
        let dispatches = timed.samples.first().map_or(1, prepared::dispatches_of_a_pair);
        let outcome = self.read_clock(timed.samples.len()).and_then(|probe| {
            timed.probes.extend(probe);
            prepared.double(dispatches, Reading::of(&timed.samples).clock)
        });
        match outcome.and_then(|doubling| self.look_at_half_again(&mut prepared, &timed.samples).map(|()| doubling)) {
            Ok(doubling) => {
                let times = std::mem::take(&mut timed.times);
                self.with_readings(prepared.finish(timed, doubling), times)
            }
            Err(fault) => self.fault(prepared.draft, &fault),
        }
    }

    /// Times a pass over half as much once more, and the whole beside it, where the first look says that time does not grow with the bytes: the machine may
    /// have been busy for a moment, or have changed its pace since.
    fn look_at_half_again(&mut self, prepared: &mut Prepared, samples: &[Sample]) -> Result<(), Fault> {
        for _ in 1..prepared::LOOKS {
            if !prepared.is_disproportionate(samples) || self.stopper()() {
                break;
            }
            let half = self.half(&prepared.variant, &prepared.problem)?;
            let whole = probe(prepared.session.as_mut(), f64::INFINITY)?;
            prepared.smaller = half.map(|(problem, took)| (problem, prepared.at_the_pace_of(samples, took, whole)));
        }
        Ok(())
    }
}
