//! A second, short block of samples late in the run, of memory allocated anew: what differs between runs differs between the blocks too, in part.

use std::time::{Duration, Instant};

use super::Suite;
use super::confirm::{CHECKING_THE_SIZE, sampled};
use super::fit::Fitted;
use super::sample::LOOKING;
use crate::kernel::Variant;
use crate::measure::{Sample, Sampler, Sampling};
use crate::problem::{Fill, Operands, Problem};
use crate::record::{Entry, Later, Note, Outcome, Remark};
use crate::tune::Defect;
use crate::units::Seconds;

/// Samples of a second block.
const SAMPLES: [usize; 2] = [3, 5];

/// The second block's part of the warm-up before the first one: the device has hardly rested.
const WARM_UP: u32 = 2;

impl Suite<'_> {
    /// Samples what `entry` measured once more, where it is a single figure and this can be over by `end`. Whether anything was done: the interval then
    /// holds both blocks, or the entry says why not; after a wrong answer it is wrong.
    pub fn second_block(&mut self, entry: &mut Entry, end: Instant) -> bool {
        let single = entry.is_sound() && entry.curve.is_empty();
        let Some(problem) = entry.problem.filter(|_| single) else { return false };
        let left = end.saturating_duration_since(Instant::now());
        if self.is_over() || left < self.expected(entry) {
            return false;
        }
        let Some(first_ended) = self.first_ended.remove(entry.id.as_str()) else { return false };
        let Some(variant) = self.variant_of(entry) else { return false };
        (self.say)(&format!("sampling {} once more", entry.id));
        self.phases.begin("sampling once more");
        match self.sample_anew(entry, &variant, problem, left) {
            Ok((began, samples)) => {
                let after_s = Seconds::from(began.duration_since(first_ended));
                entry.take_up(Later { after_s, samples });
            }
            Err(Defect::Wrong(what)) => {
                *entry = entry.clone().turned_out(Outcome::Wrong, Remark::WrongLater(what));
            }
            Err(Defect::Fault(fault)) if fault.ends_the_run() => {}
            Err(Defect::Fault(fault)) => {
                let gone = self.revive_after(&fault).map(Remark::NoFreshDevice);
                entry.findings.push(Remark::NoSecondBlock(fault).into());
                entry.findings.extend(gone.map(Note::from));
            }
        }
        entry.phases.extend(self.phases.take());
        true
    }

    /// What a second block should take, by what its parts took for the first one.
    fn expected(&self, entry: &Entry) -> Duration {
        let loads = entry.phases.iter().filter(|phase| [CHECKING_THE_SIZE, LOOKING].contains(&phase.name.as_str()));
        let seconds =
            loads.map(|phase| phase.took_s).chain(entry.samples.iter().take(SAMPLES[0]).map(|one| one.wall_s));
        let seconds: f64 = seconds.map(Seconds::get).sum();
        // What no duration holds ends after the run.
        self.sampling().warm_up + Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX / 2)
    }

    fn sampling(&self) -> Sampling {
        let sampling = self.plan.sampling(Duration::MAX);
        Sampling { warm_up: sampling.warm_up / WARM_UP, at_least: SAMPLES[0], at_most: SAMPLES[1], ..sampling }
    }

    /// When samples of as many dispatches as the first block's began, and these; what they left behind was checked.
    fn sample_anew(
        &mut self,
        entry: &Entry,
        variant: &Variant,
        problem: Problem,
        left: Duration,
    ) -> Result<(Instant, Vec<Sample>), Defect> {
        let Fitted { mut session, .. } = self.open(problem)?;
        session.select(variant)?;
        let sampling = Sampling { budget: left, ..self.sampling() };
        let mut sampler = Sampler::warm(session.as_mut(), &sampling, &self.stopper())?;
        sampler.dispatches = entry.samples.first().map_or(sampler.dispatches, |sample| sample.dispatches);
        let began = Instant::now();
        let samples = sampler.samples(&sampling, &mut |_| Ok(()), &self.stopper())?;
        let operands = Operands::new(problem, Fill::Random, self.plan.seed);
        sampled(session.as_mut(), variant, &operands, self.plan.seed)?;
        Ok((began, samples))
    }
}
