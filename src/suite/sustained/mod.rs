//! A product that is kept under load: the rate of a device that has rested, the level it settles at, and the time between.

mod load;

use std::thread;
use std::time::{Duration, Instant};

use super::Suite;
use crate::measure::{Doubling, Fault, Sample};
use crate::record::{Entry, Note, Outcome, Remark, Sustained};
use crate::tune::Defect;
use crate::units::Seconds;
use load::{Checked, Load};

/// How long the device rests before: this at the most, and no more than one part of the load in so many.
const REST: Duration = Duration::from_secs(3);
const REST_IN_LOAD: u32 = 10;

/// How often the wish to stop is asked after while the device rests.
const LOOK: Duration = Duration::from_millis(50);

/// Samples before the rest.
const WARM: usize = 3;

/// More samples than this are not kept: those of a load of hours are longer.
const MOST_SAMPLES: f64 = 100_000.0;

/// The fastest product that was measured, with a right answer and nothing against it.
pub fn fastest_product(entries: &[Entry]) -> Option<&Entry> {
    let rate = |entry: &Entry| entry.rates.and_then(|rates| rates.ops()).map_or(0.0, |rate| rate.median.get());
    let products =
        entries.iter().filter(|entry| entry.is_sound() && entry.benchmark().is_some_and(|one| one.kind.is_product()));
    products.max_by(|one, other| rate(one).total_cmp(&rate(other)))
}

impl Suite<'_> {
    /// Lets the device rest, and then keeps the product of `entry` under load for `time` with its answer checked again and again. The entry keeps its
    /// figures, unless an answer is wrong.
    pub fn sustain(&mut self, entry: Entry, time: Duration) -> Entry {
        self.phases.take();
        let loaded = self.under_load(&entry, time);
        let phases = [&entry.phases[..], &self.phases.take()].concat();
        let mut findings = entry.findings.clone();
        let sustained = match loaded {
            Ok((sustained, finding)) => {
                findings.extend(finding.map(Note::from));
                sustained
            }
            Err(Defect::Wrong(what)) => {
                return Entry { phases, ..entry.turned_out(Outcome::Wrong, Remark::WrongAnswer(what)) };
            }
            Err(Defect::Fault(fault)) => {
                Sustained { reason: Some(self.cut_short(&fault)), ..Sustained::of(time.into()) }
            }
        };
        Entry { sustained: Some(sustained), findings, phases, ..entry }
    }

    /// What came of the load, and what is to be said of its clocks.
    fn under_load(&mut self, entry: &Entry, time: Duration) -> Result<(Sustained, Option<Remark>), Defect> {
        let mut load = self.reopen(entry, time)?;
        load.check().map_err(|defect| at("before the load", defect))?;
        let rested_s = self.rest(time)?;
        self.begin("keeping it under load");
        let began = self.meter.now();
        let reason = match self.keep_loaded(&mut load) {
            Ok(()) => None,
            Err(Defect::Fault(fault)) => Some(self.cut_short(&fault)),
            Err(wrong) => return Err(wrong),
        };
        let begun = Sustained { rested_s, reason, ..Sustained::of(time.into()) };
        let (load, remark) = concluded(&load.checked(), entry, begun);
        Ok((self.load_with_readings(load, began), remark))
    }

    /// The product of `entry` on the device once more, compiled and loaded with random data.
    fn reopen(&mut self, entry: &Entry, time: Duration) -> Result<Load, Fault> {
        if (self.stop)() {
            return Err(Fault::Interrupted);
        }
        self.begin("opening the fastest product again");
        let gone = || Fault::NoVariant("its kernel is gone".to_owned());
        let (problem, variant) = (entry.problem.ok_or_else(gone)?, self.variant_of(entry).ok_or_else(gone)?);
        let usual = entry.samples.first().ok_or_else(gone)?;
        // Calibrates the probe, which would break the rest.
        self.read_clock(0)?;
        let mut session = self.open(problem)?.session;
        session.select(&variant)?;
        let mut load = Load::new(session, variant, problem, self.plan.seed, dispatches(usual, time), time);
        load.warm(WARM)?;
        Ok(load)
    }

    /// Leaves the device alone for a while before a load of `time`; how long.
    fn rest(&self, time: Duration) -> Result<Seconds, Fault> {
        self.begin("letting the device rest");
        let (start, wanted) = (Instant::now(), REST.min(time / REST_IN_LOAD));
        while start.elapsed() < wanted {
            if (self.stop)() {
                return Err(Fault::Interrupted);
            }
            thread::sleep(LOOK.min(wanted.saturating_sub(start.elapsed())));
        }
        Ok(start.elapsed().into())
    }

    /// Samples back to back until the time is over or somebody wishes to stop. The last dispatches are checked in either case.
    fn keep_loaded(&mut self, load: &mut Load) -> Result<(), Defect> {
        while !load.is_over() && !(self.stop)() {
            load.sample()?;
            if load.is_check_due() {
                self.look_at(load)?;
            }
        }
        if load.is_unchecked() {
            self.look_at(load)?;
        }
        if load.is_over() { Ok(()) } else { Err(Fault::Interrupted.into()) }
    }

    /// Reads the clock while the device is still hot, and checks the answer.
    fn look_at(&mut self, load: &mut Load) -> Result<(), Defect> {
        let pause = Instant::now();
        let so_far = format!("after {} under load", load.elapsed());
        (self.say)(&so_far);
        let clock = self.read_clock(load.spans.len())?.map(|probe| probe.relative_clock);
        load.spans.last_mut().into_iter().for_each(|last| last.relative_clock = clock);
        load.check_in(pause).map_err(|defect| at(&so_far, defect))
    }

    /// What is to be said of a load that `fault` ended; a lost device is replaced.
    fn cut_short(&mut self, fault: &Fault) -> String {
        let no_other = self.revive_after(fault).map(|words| format!("; {words}")).unwrap_or_default();
        format!("cut short: {fault}{no_other}")
    }
}

/// A wrong answer with the time at which it was seen.
fn at(time: &str, defect: Defect) -> Defect {
    match defect {
        Defect::Wrong(what) => Defect::Wrong(format!("{time}: {what}")),
        fault @ Defect::Fault(_) => fault,
    }
}

/// The rate over time of what was `checked`, and what is to be said of its clocks. There is no rate if these lie.
fn concluded(checked: &Checked, entry: &Entry, begun: Sustained) -> (Sustained, Option<Remark>) {
    let Some(ops) = entry.work.and_then(|work| work.ops) else { return (begun, None) };
    let timed =
        Sustained { took_s: checked.took(), loaded_s: checked.loaded(), answers_checked: checked.answers, ..begun };
    let reading = checked.reading(entry.clock);
    if reading.lies {
        let lies = reading.disagreement.map(|disagreement| disagreement.to_string());
        return (Sustained { reason: timed.reason.or(lies), ..timed }, None);
    }
    let fixed = entry.doubling.as_ref().map_or(Seconds::new(0.0), Doubling::fixed);
    let points = checked.points(&reading, fixed, ops, timed.wanted_s);
    let clock = (!points.is_empty()).then_some(reading.clock);
    let remark = reading.disagreement.map(Remark::ClocksDisagreeUnderLoad);
    (Sustained { points, clock, ..timed }.derived(ops), remark)
}

/// Dispatches of a sample: as many as `usual` had, or more where a load of `time` would have too many samples.
fn dispatches(usual: &Sample, time: Duration) -> u32 {
    let longer = (time.as_secs_f64() / MOST_SAMPLES / usual.wall_s.get().max(1e-9)).ceil().clamp(1.0, 1e6);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a u32 holds")]
    let longer = longer as u32;
    usual.dispatches.saturating_mul(longer).max(1)
}
