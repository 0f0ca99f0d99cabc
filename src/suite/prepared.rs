//! A benchmark between its preparation and its entry in the record.

use std::time::{Duration, Instant};

use super::confirm::sampled;
use super::footprint::total_footprint;
use super::metered::Times;
use super::sizes;
use crate::check::Check;
use crate::kernel::Variant;
use crate::measure::{self, Clock, Doubling, Fault, Reading, Sample, Session, Stats};
use crate::problem::{Fill, Operands, Problem};
use crate::record::{Entry, Note, Outcome, Probe, Rates, Remark, SLOW};
use crate::tune::Defect;
use crate::units::Seconds;

/// A benchmark whose variant is chosen and checked, ready to be timed.
pub struct Prepared {
    /// The timed problem on the device, loaded with random data.
    pub session: Box<dyn Session>,
    /// The problem.
    pub problem: Problem,
    pub(super) variant: Variant,
    pub(super) seed: u64,
    pub(super) draft: Entry,
    pub(super) check: Check,
    /// A pass over half as much, and its time, where time has to grow with the bytes.
    pub(super) smaller: Option<(Problem, Seconds)>,
    /// The smallest working set that the last cache does not hold, where a sweep has found it.
    pub(super) last_cache: Option<u64>,
}

/// What was timed of a benchmark.
pub(super) struct Timed {
    pub(super) samples: Vec<Sample>,
    /// Whether the warm-up settled, where it is known.
    pub(super) settled: Option<bool>,
    pub(super) probes: Vec<Probe>,
    /// When the samples began; empty where it is not known.
    pub(super) times: Times,
    /// What is to be said of too few samples.
    pub(super) cut: Option<Remark>,
}

/// Part of a sample that the shorter one of a pair takes, and the seconds that it lasts at the least, as far as the sample does: what a moment takes from
/// the machine weighs more the shorter it is.
const PART_OF_A_SAMPLE: f64 = 0.2;
const SHORTEST_OF_A_PAIR: f64 = 5e-3;

/// Dispatches of the shorter one of a pair, beside a `sample`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a count")]
pub(super) fn dispatches_of_a_pair(sample: &Sample) -> u32 {
    let part = (SHORTEST_OF_A_PAIR / sample.wall_s.get()).clamp(PART_OF_A_SAMPLE, 1.0);
    (f64::from(sample.dispatches) * part).ceil() as u32
}

/// How often three pairs are taken at the most, and how long all may take where there are more than the first: a machine may be busy for a moment. They
/// may take twice as long if the pairs object.
const LOOKS_AT_PAIRS: u32 = 5;
const LONGEST_LOOKS: Duration = Duration::from_secs(2);

/// How often a pass over half as much is looked at before it is believed that time does not follow the bytes.
pub(super) const LOOKS: usize = 3;

impl Prepared {
    /// Whether `samples` say that time does not grow with the bytes.
    pub(super) fn is_disproportionate(&self, samples: &[Sample]) -> bool {
        let times = Reading::of(samples).times(samples, Seconds::new(0.0));
        Stats::of(&times).is_some_and(|stats| disproportion(self.smaller, &self.problem, &stats).is_some())
    }

    /// The time that something `took` while the problem took `whole`, at the pace that `samples` of the problem had.
    pub(super) fn at_the_pace_of(&self, samples: &[Sample], took: Seconds, whole: Seconds) -> Seconds {
        let times = Reading::of(samples).times(samples, Seconds::new(0.0));
        Stats::of(&times).map_or(took, |stats| took * (stats.best_s / whole))
    }

    /// Samples of n and of 2n dispatches, n being `dispatches`, as many as it takes to tell whether they object by `clock`.
    ///
    /// # Errors
    /// Fails if the device fails.
    pub(super) fn double(&mut self, dispatches: u32, clock: Clock) -> Result<Doubling, Fault> {
        let start = Instant::now();
        let mut doubling = Doubling::measure(self.session.as_mut(), dispatches)?;
        for looks in 1..LOOKS_AT_PAIRS {
            let with_another = start.elapsed() / looks * (looks + 1);
            let longest = if doubling.objection(clock).is_some() { 2 * LONGEST_LOOKS } else { LONGEST_LOOKS };
            if doubling.is_sure(clock) || with_another > longest {
                break;
            }
            let again = Doubling::measure(self.session.as_mut(), dispatches)?;
            // Clocks that disagree for a moment say nothing of the work.
            doubling = if doubling.reading().lies { again } else { doubling.and(again) };
        }
        Ok(doubling)
    }

    /// Checks what the timed dispatches left behind and turns what was timed into an entry.
    pub(super) fn finish(mut self, timed: Timed, doubling: Doubling) -> Entry {
        let operands = Operands::new(self.problem, Fill::Random, self.seed);
        match sampled(self.session.as_mut(), &self.variant, &operands, self.seed) {
            Ok(check) => self.entry(timed, doubling, check),
            Err(Defect::Wrong(what)) => {
                Entry { outcome: Outcome::Wrong, reason: Some(Remark::WrongAnswer(what).into()), ..self.draft }
            }
            Err(Defect::Fault(fault)) => {
                Entry { outcome: Outcome::Failed, reason: Some(Remark::Fault(fault).into()), ..self.draft }
            }
        }
    }

    fn entry(self, timed: Timed, doubling: Doubling, after: Check) -> Entry {
        let Timed { samples, settled, probes, cut, .. } = timed;
        let reading = Reading::of(&samples);
        let fixed_s = (reading.clock == Clock::Wall).then(|| doubling.fixed());
        let times = reading.times(&samples, fixed_s.unwrap_or(Seconds::new(0.0)));
        let Some(stats) = Stats::of(&times) else {
            return Entry { outcome: Outcome::Failed, reason: Some(Remark::NoTimes.into()), ..self.draft };
        };
        let check = Check {
            method: format!(
                "every element on small problems; {}; after timing: {} of {}",
                self.check.method, after.elements, after.method
            ),
            elements: self.check.elements,
            max_error: after.max_error,
            bound: after.bound,
        };
        let slow_samples =
            if self.variant.benchmark.kind.follows_the_clock() { slow(&probes, samples.len()) } else { Vec::new() };
        let mut remarks: Vec<Remark> = cut.into_iter().collect();
        remarks.extend(unsteady(&times, &slow_samples, samples.len()));
        remarks.extend(unconfirmed(&times, &stats));
        let Reading { clock, odd, disagreement, lies } = reading;
        let disagreement = disagreement.map(Remark::ClocksDisagree);
        let (objection, remark) = if lies { (disagreement, None) } else { (None, disagreement) };
        remarks.extend(remark);
        let objection = objection
            .or_else(|| doubling.objection(clock).map(Remark::NotDoubling))
            .or_else(|| disproportion(self.smaller, &self.problem, &stats));
        let objection = match beside_the_last_cache(&self.problem, self.last_cache) {
            Some(too_small @ Remark::FitsCache { .. }) => objection.or(Some(too_small)),
            other => {
                remarks.extend(other);
                objection
            }
        };
        let mut findings = self.draft.findings;
        findings.extend(remarks.into_iter().map(Note::from));
        Entry {
            outcome: if objection.is_some() { Outcome::Suspect } else { Outcome::Measured },
            reason: objection.map(Note::from),
            check: Some(check),
            clock: Some(clock),
            samples,
            odd_samples: odd,
            fixed_s,
            settled,
            doubling: Some(doubling),
            probes,
            slow_samples,
            rates: Some(Rates::of(self.problem.work(), &stats)),
            stats: Some(stats),
            blocks: Some(1),
            cache_share: cache_share(&self.problem, self.last_cache),
            findings,
            ..self.draft
        }
    }
}

/// The samples next to a reading of the clock below [`SLOW`].
fn slow(probes: &[Probe], samples: usize) -> Vec<usize> {
    let low = |probe: &Probe| probe.relative_clock < SLOW;
    let around = |sample: &usize| {
        let before = probes.iter().rev().find(|probe| probe.before_sample <= *sample);
        let after = probes.iter().find(|probe| probe.before_sample > *sample);
        before.is_some_and(low) || after.is_some_and(low)
    };
    (0..samples).filter(around).collect()
}

/// Standardised trend beyond which times drift: one in a thousand by chance.
const TREND: f64 = 3.29;

/// Change from the first to the last third of samples below which a drift is not worth a word.
const DRIFT: f64 = 0.02;

/// Times that differ by less than this are called the same.
const STEADY: f64 = 0.002;

/// What is to be said of samples that were not taken under the same conditions.
fn unsteady(times: &[Seconds], slow: &[usize], samples: usize) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if !slow.is_empty() {
        remarks.push(Remark::SlowClock { slow: slow.len(), samples });
    }
    let third = times.len() / 3;
    if third > 0 && measure::trend(times).abs() > TREND {
        let change = measure::median(&times[times.len() - third..]) / measure::median(&times[..third]) - 1.0;
        if change.abs() > DRIFT {
            remarks.push(Remark::Drift(change));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "sample counts are small")]
    let chance = 2.576 / (times.len() as f64).sqrt();
    let alike = measure::autocorrelation(times);
    let [least, most] =
        times.iter().fold([f64::INFINITY, 0.0f64], |[least, most], time| [least.min(time.get()), most.max(time.get())]);
    if times.len() >= 10 && alike > chance && most > least * (1.0 + STEADY) {
        remarks.push(Remark::Autocorrelated(alike));
    }
    remarks
}

/// What is to be said of samples so short that no others confirm them.
fn unconfirmed(times: &[Seconds], stats: &Stats) -> Option<Remark> {
    let alone = times.iter().filter(|time| **time < stats.best_s * measure::FAR_BELOW).count();
    (alone > 0).then_some(Remark::Unconfirmed { alone, samples: times.len() })
}

/// A footprint less than this many times the last cache is worth a word.
const NOTED_OVER_CACHE: u64 = 4;

/// What share of a pass's traffic the last cache could have served: whatever it keeps, it holds no more of the arrays when the next pass begins.
#[expect(clippy::cast_precision_loss, reason = "sizes stay far below 2^53")]
fn cache_share(problem: &Problem, last_cache: Option<u64>) -> Option<f64> {
    Some((last_cache? as f64 / total_footprint(problem)? as f64).min(1.0))
}

/// A remark about a pass that goes over too little for the last-level cache. The figure of one that fits the cache is no memory's.
fn beside_the_last_cache(problem: &Problem, last_cache: Option<u64>) -> Option<Remark> {
    let (footprint, cache) = (total_footprint(problem)?, last_cache?);
    if footprint < 2 * cache {
        return Some(Remark::FitsCache { footprint, cache });
    }
    // Arrays are made of whole blocks, so that a little may be missing.
    let enough = NOTED_OVER_CACHE * cache / 10 * 9;
    (footprint < enough).then_some(Remark::SmallBesideCache { footprint, cache })
}

/// How far the growth of time may be from the growth of bytes, as a factor.
const PROPORTION: f64 = 1.6;

/// Says so where a pass over more bytes does not take as much longer.
fn disproportion(smaller: Option<(Problem, Seconds)>, problem: &Problem, stats: &Stats) -> Option<Remark> {
    let (smaller, seconds) = smaller?;
    let (bytes, time) = (sizes::growth(&smaller, problem), stats.best_s / seconds);
    let fits = time < bytes * PROPORTION && bytes < time * PROPORTION;
    (!fits).then_some(Remark::NotProportional { problem: *problem, smaller, time, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_a_fifth_of_a_sample_but_no_shorter_than_what_noise_allows() {
        for (milliseconds, dispatches, expected) in [
            (50.0, 100, 20),
            (25.0, 100, 20),
            (10.0, 100, 50),
            (5.0, 100, 100),
            (1.0, 100, 100),
            (8.0, 2, 2),
            (50.0, 1, 1),
        ] {
            let wall_s = Seconds::new(milliseconds * 1e-3);
            let sample = Sample { gpu_s: None, wall_s, dispatches, submissions: 1 };
            assert_eq!(dispatches_of_a_pair(&sample), expected, "{dispatches} in {milliseconds} ms");
        }
    }
}
