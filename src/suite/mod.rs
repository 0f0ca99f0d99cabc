//! The suite: each benchmark from its choice of variant to its entry in the record.
//!
//! The samples come from outside, from [`crate::measure::sample`] or from criterion, between [`Suite::prepare`] and
//! [`Suite::finish_sampled`]; everything before and after is the same for both.

mod burner;
mod caches;
mod choose;
mod clock;
mod confirm;
mod curve;
mod fit;
pub mod footprint;
mod metered;
mod phases;
mod prepared;
mod recovery;
mod sample;
mod second_block;
mod shares;
pub mod sizes;
mod sustained;
mod verify;
mod warnings;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::benchmark::Benchmark;
use crate::measure::Device;
use crate::plan::Plan;
use crate::record::{Entry, Outcome, Remark};
use crate::telemetry::Meter;
use crate::tune::{Cache, Defect, Guard, Unguarded};

use caches::Caches;
use choose::Choice;
use clock::CoreClock;
pub use metered::{Times, Unmetered};
use phases::Phases;
pub use prepared::Prepared;
pub use shares::Shares;
pub use sustained::fastest_product;
pub use verify::Verification;
pub use warnings::warnings;

/// Runs benchmarks on one device.
pub struct Suite<'a> {
    /// The device.
    pub device: &'a mut dyn Device,
    /// The settings.
    pub plan: &'a Plan,
    /// Asked between steps; true ends the run.
    pub stop: &'a dyn Fn() -> bool,
    /// Told what is being done, for people who wait.
    pub say: &'a dyn Fn(&str),
    /// What earlier searches found.
    pub cache: &'a mut Cache,
    /// Asked of each variant before the device sees it.
    guard: &'a dyn Guard,
    /// What reads the card's sensors.
    pub meter: &'a dyn Meter,
    /// When nothing is measured any more.
    end: Option<Instant>,
    /// Variants that an earlier search has tried, where it is to be gone on with.
    seen: Vec<String>,
    /// What was found of the device's caches.
    caches: Caches,
    /// The device's clock, and what raises it.
    clock: CoreClock,
    /// When the last sample of each benchmark was taken, by its id.
    first_ended: HashMap<&'static str, Instant>,
    /// Of the benchmark that is being measured.
    phases: Phases,
    /// Why no device could be had after a loss.
    gone: Option<String>,
}

impl<'a> Suite<'a> {
    /// A suite that has measured nothing yet.
    pub fn new(
        device: &'a mut dyn Device,
        plan: &'a Plan,
        stop: &'a dyn Fn() -> bool,
        say: &'a dyn Fn(&str),
        cache: &'a mut Cache,
    ) -> Self {
        Self {
            device,
            plan,
            stop,
            say,
            cache,
            guard: &Unguarded,
            meter: &Unmetered,
            end: None,
            seen: Vec::new(),
            caches: Caches::default(),
            clock: CoreClock::default(),
            first_ended: HashMap::new(),
            phases: Phases::default(),
            gone: None,
        }
    }

    /// The same, which gives up what is not measured when `end` has come.
    #[must_use]
    pub fn ending(self, end: Instant) -> Self {
        Self { end: Some(end), ..self }
    }

    /// Measures for longer, since so much of the time went into something else.
    pub fn put_off(&mut self, by: Duration) {
        self.end = self.end.map(|end| end + by);
        self.guard.put_off(by);
    }

    /// The same, which asks `guard` of each variant before the device sees it.
    #[must_use]
    pub fn guarded(self, guard: &'a dyn Guard) -> Self {
        Self { guard, ..self }
    }

    /// Tells whether the run is to stop: because someone asked, or because its time is over.
    pub fn stopper(&self) -> impl Fn() -> bool + use<'a> {
        let (stop, end) = (self.stop, self.end);
        move || stop() || end.is_some_and(|end| Instant::now() > end)
    }

    /// The entry of a benchmark that was not begun since the run stopped.
    pub fn skip(&self, benchmark: &Benchmark) -> Entry {
        Entry::without_figure(benchmark.id, Outcome::Skipped, self.why_stopped())
    }

    /// Measures one benchmark with the suite's own sampler, within `budget`.
    pub fn measure(&mut self, benchmark: &'static Benchmark, budget: Duration) -> Entry {
        let entry = self.prepare_and_sample(benchmark, budget);
        Entry { phases: self.phases.take(), ..entry }
    }

    /// Goes on with the search for the fastest variant of an entry that another kernel exceeds; the better of the two entries, or the one that shows a wrong
    /// answer.
    pub fn search_on(&mut self, entry: Entry, budget: Duration) -> Entry {
        let Some(benchmark) = entry.benchmark() else { return entry };
        let tried = entry.tuning.iter().flat_map(|tuning| &tuning.tried);
        self.seen = tried.map(|tried| tried.name.clone()).collect();
        let anew = self.measure(benchmark, budget);
        self.seen.clear();
        let best = |entry: &Entry| entry.rates.and_then(|rates| rates.best_per_s()).filter(|_| entry.is_sound());
        if anew.outcome == Outcome::Wrong || best(&anew) > best(&entry) { anew } else { entry }
    }

    /// Says what is being done, and begins to time it.
    fn begin(&self, phase: &'static str) {
        (self.say)(phase);
        self.phases.begin(phase);
    }

    /// Chooses a size and a variant and checks its answers.
    ///
    /// # Errors
    /// The entry that says why the benchmark cannot be timed.
    pub fn prepare(&mut self, benchmark: &'static Benchmark, budget: Duration) -> Result<Prepared, Box<Entry>> {
        self.meter.rest(false);
        let (pool, rejected) = self.candidates(benchmark)?;
        if self.gone.is_some() {
            return Err(Box::new(self.skip(benchmark)));
        }
        let mut draft = Entry::empty(benchmark.id, Outcome::Measured);
        self.phases.take();
        let points = self.points(benchmark);
        let prepared = if points.is_empty() {
            self.choose(Choice { benchmark, pool, rejected, budget, start: Instant::now() }, &mut draft)
        } else {
            self.curve(benchmark, &pool, &points, budget, &mut draft)
        };
        self.guard.rest();
        let prepared = prepared.inspect(|_| {
            self.phases.begin("timing");
            self.meter.rest(benchmark.kind.is_host_time());
        });
        prepared.map_err(|failure| {
            Box::new(match failure {
                Defect::Fault(fault) => self.fault(draft, &fault),
                Defect::Wrong(what) => {
                    Entry { outcome: Outcome::Wrong, reason: Some(Remark::WrongAnswer(what).into()), ..draft }
                }
            })
        })
    }

    /// Whether the device has what a benchmark needs.
    pub fn can_run(&self, benchmark: &'static Benchmark) -> bool {
        self.candidates(benchmark).is_ok()
    }
}
