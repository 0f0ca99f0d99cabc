//! Figures from samples, once more: whoever wrote a record, its figures are those that its samples give by the rules of this version.

use super::{Entry, Note, Outcome, Point, Rates, Record, Remark, SCHEMA_VERSION, Seal};
use crate::measure::{Clock, Disagreement, Reading, Sample, Stats, median, without_fixed};
use crate::problem::Work;
use crate::units::Seconds;

const NOTHING: Seconds = Seconds::new(0.0);

/// More samples than the suite's own sampler takes of all benchmarks: the bootstrap would take its time for any number in an untrusted file.
const MOST_RESAMPLED: usize = 10_000;

/// Why a stated figure is refused.
const UNFOUNDED: &str = "the rates do not follow from the samples";
const NO_TIMES: &str = "a rate without samples that are positive times";

impl Record {
    /// The record with its clocks judged anew and the figures that follow. Figures that follow from the samples in another way, as older versions
    /// derived them, are replaced, with a word about it.
    ///
    /// # Errors
    /// Fails if a stated figure follows from the samples in no way.
    pub(super) fn rederived(self) -> Result<Self, String> {
        let mut derived = self.clone();
        let samples: usize = self.entries.iter().map(Entry::samples_of_all_kinds).sum();
        let statistics = if samples <= MOST_RESAMPLED { Stats::of } else { Stats::of_file };
        let power_averaged_s = self.board.as_ref().and_then(|board| board.power_averaged_s);
        for entry in &mut derived.entries {
            let id = entry.id.clone();
            entry.rederive(statistics).map_err(|problem| format!("{}: {problem}", id.escape_debug()))?;
            entry.rederive_telemetry(power_averaged_s);
        }
        if derived.entries != self.entries {
            // Notes that came to it have codes.
            derived.schema_version = SCHEMA_VERSION;
            // What was whole stays so: this is no edit. And an edit stays one, even where what was edited follows from the rest.
            derived.content_sha256 = match self.seal() {
                Seal::Whole => Some(derived.content_hash()),
                Seal::Broken => Some(self.content_hash()),
                Seal::Missing => None,
            };
        }
        Ok(derived)
    }
}

impl Entry {
    /// Samples of the figure and of its points.
    fn samples_of_all_kinds(&self) -> usize {
        self.samples.len() + self.curve.iter().map(|point| point.samples.len()).sum::<usize>()
    }

    fn rederive(&mut self, statistics: fn(&[Seconds]) -> Option<Stats>) -> Result<(), String> {
        self.rederive_points(statistics)?;
        let (Some(rates), Some(work)) = (self.rates, self.work) else { return Ok(()) };
        let reading = Reading::of(&self.samples);
        let fixed = (reading.clock == Clock::Wall).then(|| self.doubling.as_ref().map(|pairs| pairs.fixed())).flatten();
        let times = reading.times(&self.samples, fixed.unwrap_or(NOTHING));
        let first = statistics(&times).ok_or(NO_TIMES)?;
        let replaces = !rates.are_those_of(work, first.best_s, first.median_s);
        if replaces {
            let stated_by = self.clock.unwrap_or(reading.clock);
            let older = || is_older_form(&rates, work, &self.samples, stated_by, self.fixed_s.unwrap_or(NOTHING));
            // Whoever derived them may have taken odd samples for good ones, or left out others.
            if reading.odd.is_empty() && !older() {
                return Err(UNFOUNDED.to_owned());
            }
        }
        self.rederive_load(work);
        self.clock = Some(reading.clock);
        self.fixed_s = fixed;
        self.odd_samples = reading.odd;
        let stats = self.over_blocks_as_stated(first);
        self.rates = Some(Rates::of(work, &stats));
        self.stats = Some(stats);
        if replaces {
            self.say(Remark::FiguresRederived);
        }
        let objection = self.doubling.as_ref().and_then(|pairs| pairs.objection(reading.clock));
        if let Some(objection) = objection.filter(|_| self.outcome == Outcome::Measured) {
            self.outcome = Outcome::Suspect;
            self.reason = Some(Remark::NotDoubling(objection).into());
        }
        match reading.disagreement.map(Remark::ClocksDisagree) {
            Some(remark) if reading.lies && self.outcome == Outcome::Measured => {
                self.outcome = Outcome::Suspect;
                self.reason = Some(remark.into());
            }
            Some(remark) if !reading.lies => self.say(remark),
            _ => {}
        }
        Ok(())
    }

    /// [`Entry::over_blocks`], except that older records have one block without saying so.
    fn over_blocks_as_stated(&mut self, first: Stats) -> Stats {
        let says_nothing = self.blocks.is_none() && self.later.is_none();
        let stats = self.over_blocks(first);
        self.blocks = self.blocks.filter(|_| !says_nothing);
        stats
    }

    /// Points whose clocks lie are taken out.
    fn rederive_points(&mut self, statistics: fn(&[Seconds]) -> Option<Stats>) -> Result<(), String> {
        let mut removed = Vec::new();
        let mut kept = Vec::with_capacity(self.curve.len());
        for mut point in std::mem::take(&mut self.curve) {
            match point.rederive(statistics).map_err(|problem| format!("{}: {problem}", point.problem))? {
                Some(why) => removed.push(Remark::PointLeftOut {
                    problem: point.problem,
                    variant: point.variant,
                    why: Box::new(Remark::ClocksDisagree(why)),
                }),
                None => kept.push(point),
            }
        }
        self.curve = kept;
        removed.into_iter().for_each(|remark| self.say(remark));
        Ok(())
    }

    /// Burst and level are those of the points.
    fn rederive_load(&mut self, work: Work) {
        let (Some(stated), Some(ops)) = (self.sustained.take(), work.ops) else { return };
        let derived = stated.clone().derived(ops);
        if derived != stated {
            self.say(Remark::LoadRederived);
        }
        self.sustained = Some(derived);
    }

    /// Notes `remark`, once: what a file says in the same words was said before.
    pub fn say(&mut self, remark: Remark) {
        let note = Note::from(remark);
        if !self.findings.iter().any(|known| known.words() == note.words()) {
            self.findings.push(note);
        }
    }
}

impl Point {
    /// What speaks against the clocks, where they lie.
    fn rederive(&mut self, statistics: fn(&[Seconds]) -> Option<Stats>) -> Result<Option<Disagreement>, String> {
        let (work, reading) = (self.problem.work(), Reading::of(&self.samples));
        let stats = statistics(&reading.times(&self.samples, NOTHING)).ok_or(NO_TIMES)?;
        let follow = || is_older_form(&self.rates, work, &self.samples, self.clock, NOTHING);
        if !self.rates.are_those_of(work, stats.best_s, stats.median_s) && reading.odd.is_empty() && !follow() {
            return Err(UNFOUNDED.to_owned());
        }
        self.rates = Rates::of(work, &stats);
        self.stats = stats;
        self.clock = reading.clock;
        Ok(reading.disagreement.filter(|_| reading.lies))
    }
}

/// Whether rates are those of the shortest and the median of all samples by `clock`, whatever the other clock says.
fn is_older_form(rates: &Rates, work: Work, samples: &[Sample], clock: Clock, fixed: Seconds) -> bool {
    let time = |sample: &Sample| match clock {
        Clock::Gpu => sample.gpu_s.unwrap_or(sample.wall_s),
        Clock::Wall => without_fixed(sample, fixed),
    };
    let each = |sample: &Sample| time(sample) / f64::from(sample.dispatches.max(1));
    let times: Vec<Seconds> = samples.iter().map(each).collect();
    let shortest = times.iter().copied().map(Seconds::get).fold(f64::INFINITY, f64::min);
    rates.are_those_of(work, Seconds::new(shortest), median(&times))
}
