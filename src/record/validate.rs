//! Does a record hold together? An untrusted file is used only if nothing in it contradicts the rest.

use std::collections::HashSet;

use super::{Cut, Entry, LONGEST_RUN_S, Later, Outcome, Record};
use crate::check::Check;
use crate::measure::levels::Level;
use crate::measure::{Doubling, Sample};
use crate::problem::Problem;
use crate::telemetry::Board;

impl Record {
    /// What makes the record unusable, in words.
    ///
    /// # Errors
    /// The first contradiction.
    pub(super) fn validate(&self) -> Result<(), String> {
        most("entries", self.entries.len(), MOST_ENTRIES)?;
        self.board.as_ref().and_then(Board::implausible).map_or(Ok(()), Err)?;
        let mut ids = HashSet::new();
        for entry in &self.entries {
            if !ids.insert(entry.id.as_str()) {
                return Err(format!("{} is there twice", entry.id.escape_debug()));
            }
            entry.validate().map_err(|problem| format!("{}: {problem}", entry.id.escape_debug()))?;
        }
        Ok(())
    }
}

/// More benchmarks than any suite has; what follows takes time for each.
const MOST_ENTRIES: usize = 1000;

/// More samples and points than a run of a day takes.
const MOST_SAMPLES: usize = 100_000;
const MOST_POINTS: usize = 1000;

fn most(what: &str, count: usize, limit: usize) -> Result<(), String> {
    if count <= limit { Ok(()) } else { Err(format!("{count} {what}, where no run has more than {limit}")) }
}

impl Entry {
    fn validate(&self) -> Result<(), String> {
        most("samples", self.samples.len(), MOST_SAMPLES)?;
        self.doubling.as_ref().map_or(Ok(()), Doubling::validate)?;
        self.later.as_ref().map_or(Ok(()), Later::validate)?;
        most("points", self.curve.len(), MOST_POINTS)?;
        most("levels", self.levels.len(), MOST_POINTS)?;
        self.curve.iter().try_for_each(|point| most("samples of a point", point.samples.len(), MOST_SAMPLES))?;
        self.levels.iter().try_for_each(Level::validate)?;
        self.tuning.iter().filter_map(|tuning| tuning.cut.as_ref()).try_for_each(Cut::validate)?;
        if self.outcome == Outcome::Measured && self.reason.is_some() {
            return Err("measured, and a reason why not".to_owned());
        }
        if self.rates.is_none() && self.later.is_some() {
            return Err("a later block of samples without a rate of the first".to_owned());
        }
        if self.rates.is_none() {
            if self.telemetry.is_some() {
                return Err("readings of the card beside an outcome that allows no rate".to_owned());
            }
            if self.sustained.is_some() {
                return Err("a load beside an outcome that allows no rate".to_owned());
            }
            return if self.outcome == Outcome::Measured {
                Err("measured, but without a rate".to_owned())
            } else {
                Ok(())
            };
        }
        if !matches!(self.outcome, Outcome::Measured | Outcome::Suspect) {
            return Err("a rate beside an outcome that allows none".to_owned());
        }
        if !self.check.as_ref().is_some_and(Check::has_passed)
            || !self.curve.iter().all(|point| point.check.has_passed())
        {
            return Err("a rate without a passed check".to_owned());
        }
        if !self.probes.iter().all(|probe| (0.0..=1.0).contains(&probe.relative_clock)) {
            return Err("a clock beyond its best".to_owned());
        }
        if !self.cache_share.is_none_or(|share| (0.0..=1.0).contains(&share)) {
            return Err("a cache that serves more than all traffic".to_owned());
        }
        let (Some(problem), Some(work)) = (self.problem, self.work) else {
            return Err("a rate without its problem".to_owned());
        };
        if work != problem.work() {
            return Err(format!("the work stated is not that of the problem {problem}"));
        }
        let points = self.curve.iter().map(|point| point.problem);
        let Some(benchmark) = self.benchmark() else {
            return Err("no benchmark of this version has that id".to_owned());
        };
        if let Some(other) = points.chain([problem]).find(|problem| !benchmark.kind.computes(problem)) {
            return Err(format!("its problem {other} is another benchmark's"));
        }
        let later = self.later.iter().flat_map(|block| &block.samples);
        let whole = self.samples.iter().chain(later).map(|sample| (sample, problem));
        let of_points = self.curve.iter().flat_map(|point| point.samples.iter().map(|sample| (sample, point.problem)));
        // Each of them widens what the clocks of a sample may differ by.
        let is_too_many = |(sample, problem): (&Sample, Problem)| {
            u64::from(sample.submissions) > u64::from(sample.dispatches) * u64::from(problem.parts())
        };
        if whole.chain(of_points).any(is_too_many) {
            return Err("a sample of more submissions than parts of its dispatches".to_owned());
        }
        self.validate_telemetry()?;
        match &self.sustained {
            Some(_) if work.ops.is_none() => Err("a load that makes no operations".to_owned()),
            Some(load) => load.validate(),
            None => Ok(()),
        }
    }
}

impl Later {
    fn validate(&self) -> Result<(), String> {
        most("samples of a later block", self.samples.len(), MOST_SAMPLES)?;
        let after = self.after_s.get();
        if self.samples.is_empty() {
            Err("a later block without samples".to_owned())
        } else if (0.0..=LONGEST_RUN_S).contains(&after) {
            Ok(())
        } else {
            Err(format!("a block of samples {after} s after the first, which no run is"))
        }
    }
}
