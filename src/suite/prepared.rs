//! A benchmark between its preparation and its entry in the record.

use super::sampled;
use crate::check::Check;
use crate::data::{Fill, Operands};
use crate::measure::{self, Sample, Session, Stats};
use crate::problem::{Problem, binary};
use crate::record::{Entry, Outcome, Rates};
use crate::sizes;
use crate::tune::Defect;
use crate::units::Seconds;

/// A benchmark whose variant is chosen and checked, ready to be timed.
pub struct Prepared {
    /// The timed problem on the device, loaded with random data.
    pub session: Box<dyn Session>,
    /// The problem.
    pub problem: Problem,
    pub(super) seed: u64,
    pub(super) draft: Entry,
    pub(super) check: Check,
    /// A pass over half as much, and its time, where time has to grow with the bytes.
    pub(super) smaller: Option<(Problem, Seconds)>,
    /// The smallest working set that the last cache does not hold, where a sweep has found it.
    pub(super) last_cache: Option<u64>,
}

impl Prepared {
    /// Checks what the timed dispatches left behind and turns the samples into an entry.
    pub fn finish(mut self, samples: Vec<Sample>) -> Entry {
        let operands = Operands::new(self.problem, Fill::Random, self.seed);
        match sampled(self.session.as_mut(), &operands, self.seed) {
            Ok(check) => self.entry(samples, check),
            Err(Defect::Wrong(what)) => Entry { outcome: Outcome::Wrong, reason: Some(what), ..self.draft },
            Err(Defect::Fault(fault)) => {
                Entry { outcome: Outcome::Failed, reason: Some(fault.to_string()), ..self.draft }
            }
        }
    }

    fn entry(self, samples: Vec<Sample>, timed: Check) -> Entry {
        let (clock, objection) = measure::judge_clocks(&samples);
        let times = measure::per_dispatch(&samples, clock);
        let Some(stats) = Stats::of(&times) else {
            let reason = "the clocks gave no positive times".to_owned();
            return Entry { outcome: Outcome::Failed, reason: Some(reason), ..self.draft };
        };
        let check = Check {
            method: format!(
                "every element on small problems; {}; after timing: {} of {}",
                self.check.method, timed.elements, timed.method
            ),
            elements: self.check.elements,
            max_error: timed.max_error,
            bound: timed.bound,
        };
        let objection = objection.or_else(|| disproportion(self.smaller, &self.problem, &stats));
        let mut findings = self.draft.findings;
        let objection = match footprint(&self.problem, self.last_cache) {
            Some((true, words)) => objection.or(Some(words)),
            Some((false, words)) => {
                findings.push(words);
                objection
            }
            None => objection,
        };
        Entry {
            outcome: if objection.is_some() { Outcome::Suspect } else { Outcome::Measured },
            reason: objection,
            check: Some(check),
            clock: Some(clock),
            samples,
            rates: Some(Rates::of(self.problem.work(), &stats)),
            stats: Some(stats),
            findings,
            ..self.draft
        }
    }
}

/// What is to be said of a pass that goes over too little for the last cache, and whether its figure is then no memory's.
fn footprint(problem: &Problem, last_cache: Option<u64>) -> Option<(bool, String)> {
    let Problem::Memory { operation, elements, .. } = *problem else { return None };
    let (footprint, cache) = (elements.saturating_mul(4 * operation.arrays()), last_cache?);
    let words = format!("it goes over {}, and the last cache holds up to {}", binary(footprint), binary(cache));
    if footprint < 2 * cache {
        return Some((true, format!("the footprint fits the cache, or nearly: {words}")));
    }
    // Arrays are made of whole blocks, so that a little may be missing.
    let enough = sizes::FOOTPRINT_OVER_CACHE * cache / 10 * 9;
    (footprint < enough).then(|| (false, format!("the footprint is small beside the cache: {words}")))
}

/// How far the growth of time may be from the growth of bytes, as a factor.
const PROPORTION: f64 = 1.6;

/// Says so where a pass over more bytes does not take as much longer.
fn disproportion(smaller: Option<(Problem, Seconds)>, problem: &Problem, stats: &Stats) -> Option<String> {
    let (smaller, seconds) = smaller?;
    let (bytes, time) = (sizes::growth(&smaller, problem), stats.median_s.get() / seconds.get());
    let fits = time < bytes * PROPORTION && bytes < time * PROPORTION;
    (!fits).then(|| {
        format!(
            "time does not grow with the bytes: {problem} takes {time:.2} times as long as {smaller}, with {bytes:.2} times the bytes"
        )
    })
}
