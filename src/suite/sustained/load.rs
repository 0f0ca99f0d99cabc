//! A session under load: its samples in their order, and the rate over time that they make.

use std::ops::{Add as _, Range};
use std::time::{Duration, Instant};

use crate::kernel::Variant;
use crate::measure::{Clock, Fault, Reading, Sample, Session, median};
use crate::problem::{Fill, Operands, Problem};
use crate::record::LoadPoint;
use crate::suite::confirm::sampled;
use crate::tune::Defect;
use crate::units::{Ops, Seconds};

/// Answers are checked this often …
const CHECKS: f64 = 24.0;

/// … but not so often that it takes more than one part of the time in this many: the device rests meanwhile.
const TIME_OF_CHECKS: f64 = 20.0;

/// Samples of a point at the least, so that one alone decides none.
const SAMPLES: usize = 3;

/// A point lasts as long as this part of the time before it, so that the first moments are seen closely …
const OF_THE_TIME_BEFORE: f64 = 0.1;

/// … but no longer than this part of the whole.
const OF_THE_WHOLE: f64 = 0.01;

/// A session under load. Its times are seconds since the first sample.
pub(super) struct Load {
    session: Box<dyn Session>,
    variant: Variant,
    operands: Operands,
    seed: u64,
    /// Dispatches of a sample.
    dispatches: u32,
    wanted: f64,
    elapsed: f64,
    last_check: f64,
    /// How long the last check took.
    check_took: f64,
    /// What was sampled so far.
    pub(super) spans: Vec<Span>,
    /// How many of these came before a check that passed.
    checked: usize,
    /// Checks that passed.
    answers: usize,
}

/// A sample, and when it was taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    from: f64,
    until: f64,
    sample: Sample,
    /// The clock right after it, relative to its best, where it was read.
    pub(super) relative_clock: Option<f64>,
}

/// What was sampled and checked.
#[derive(Debug, Default)]
pub(super) struct Checked {
    pub(super) spans: Vec<Span>,
    pub(super) answers: usize,
}

impl Load {
    /// A load of `wanted` of `variant` on `session`, which has it selected for `problem` and its random data, in samples of `dispatches`.
    pub(super) fn new(
        session: Box<dyn Session>,
        variant: Variant,
        problem: Problem,
        seed: u64,
        dispatches: u32,
        wanted: Duration,
    ) -> Self {
        Self {
            session,
            variant,
            operands: Operands::new(problem, Fill::Random, seed),
            seed,
            dispatches,
            wanted: wanted.as_secs_f64(),
            elapsed: 0.0,
            last_check: 0.0,
            check_took: 0.0,
            spans: Vec::new(),
            checked: 0,
            answers: 0,
        }
    }

    /// Runs a sample's dispatches `times` times, outside of the load: the driver compiles, and submissions find their length.
    ///
    /// # Errors
    /// Fails if the device fails.
    pub(super) fn warm(&mut self, times: usize) -> Result<(), Fault> {
        (0..times).try_for_each(|_| self.session.time(self.dispatches).map(drop))
    }

    /// Takes a sample.
    ///
    /// # Errors
    /// Fails if the device fails.
    pub(super) fn sample(&mut self) -> Result<(), Fault> {
        let start = Instant::now();
        let sample = self.session.time(self.dispatches)?;
        let from = self.elapsed;
        // A scripted device has a clock of its own.
        self.elapsed += start.elapsed().as_secs_f64().max(sample.wall_s.get());
        self.spans.push(Span { from, until: self.elapsed, sample, relative_clock: None });
        Ok(())
    }

    /// Compares what the last dispatches left, and makes room for the next answer.
    ///
    /// # Errors
    /// Fails if the answer is wrong or the device fails.
    pub(super) fn check(&mut self) -> Result<(), Defect> {
        let start = Instant::now();
        // Other elements each time.
        sampled(self.session.as_mut(), &self.variant, &self.operands, self.seed.wrapping_add(self.answers as u64))?;
        // What is not written after this is seen the next time.
        self.session.clear()?;
        self.check_took = start.elapsed().as_secs_f64();
        self.checked = self.spans.len();
        Ok(())
    }

    /// The same between samples, in a pause that began at `pause`.
    ///
    /// # Errors
    /// Fails if the answer is wrong or the device fails.
    pub(super) fn check_in(&mut self, pause: Instant) -> Result<(), Defect> {
        self.check()?;
        self.answers += 1;
        self.elapsed += pause.elapsed().as_secs_f64();
        self.last_check = self.elapsed;
        Ok(())
    }

    /// Seconds since the first sample.
    pub(super) fn elapsed(&self) -> Seconds {
        Seconds::new(self.elapsed)
    }

    /// Whether it has lasted as long as was wanted.
    pub(super) fn is_over(&self) -> bool {
        self.elapsed >= self.wanted
    }

    /// Whether it is time to look at the answer.
    pub(super) fn is_check_due(&self) -> bool {
        self.elapsed - self.last_check >= (self.wanted / CHECKS).max(TIME_OF_CHECKS * self.check_took)
    }

    /// Whether there are samples whose answer has not been looked at.
    pub(super) fn is_unchecked(&self) -> bool {
        self.checked < self.spans.len()
    }

    /// What was sampled before the last check that passed.
    pub(super) fn checked(mut self) -> Checked {
        self.spans.truncate(self.checked);
        Checked { spans: self.spans, answers: self.answers }
    }
}

impl Checked {
    /// From the first submission to the last.
    pub(super) fn took(&self) -> Seconds {
        Seconds::new(self.spans.last().map_or(0.0, |span| span.until))
    }

    /// The time under load.
    pub(super) fn loaded(&self) -> Seconds {
        let loaded = self.spans.iter().map(|span| span.sample.wall_s.get()).fold(0.0, f64::add);
        // Sums round.
        Seconds::new(loaded.min(self.took().get()))
    }

    /// What the clocks say, with all by the wall's where `clock` is that: the product's own figures are by it.
    pub(super) fn reading(&self, clock: Option<Clock>) -> Reading {
        let samples: Vec<Sample> = self.spans.iter().map(|span| span.sample).collect();
        let reading = Reading::of(&samples);
        Reading { clock: clock.filter(|clock| *clock == Clock::Wall).unwrap_or(reading.clock), ..reading }
    }

    /// The rate over time, for a load of `wanted`. Samples that do not count by `reading` are in no point.
    pub(super) fn points(&self, reading: &Reading, fixed: Seconds, ops: Ops, wanted: Seconds) -> Vec<LoadPoint> {
        let point = |range: Range<usize>| {
            let spans = &self.spans[range.clone()];
            let times: Vec<Seconds> = range
                .zip(spans)
                .filter_map(|(at, span)| reading.time(at, &span.sample, fixed))
                .filter(|time| time.is_plausible())
                .collect();
            let (first, last) = (spans.first()?, spans.last()?);
            (!times.is_empty()).then_some(LoadPoint {
                at_s: Seconds::new(f64::midpoint(first.from, last.until)),
                ops_per_s: ops / median(&times),
                samples: times.len(),
                relative_clock: spans.iter().rev().find_map(|span| span.relative_clock),
            })
        };
        self.stretches(wanted.get()).into_iter().filter_map(point).collect()
    }

    /// The samples of each point.
    fn stretches(&self, wanted: f64) -> Vec<Range<usize>> {
        let mut stretches: Vec<Range<usize>> = Vec::new();
        let mut first = 0;
        for (at, span) in self.spans.iter().enumerate() {
            let from = self.spans[first].from;
            let length = (OF_THE_TIME_BEFORE * from).min(OF_THE_WHOLE * wanted);
            if at + 1 - first >= SAMPLES && span.until - from >= length {
                stretches.push(first..at + 1);
                first = at + 1;
            }
        }
        // What is left is too little for a point of its own.
        stretches.last_mut().into_iter().for_each(|last| last.end = self.spans.len());
        stretches
    }
}
