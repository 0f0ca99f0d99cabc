//! The size of a problem: it grows as far as a dispatch stays short and the device has room.

use super::Suite;
use super::footprint::{Footprint, is_pass};
use super::sizes::{self, Sizes};
use crate::benchmark::Benchmark;
use crate::kernel::Variant;
use crate::measure::{Fault, Session};
use crate::plan::Effort;
use crate::problem::{Fill, MemoryOp, Operands, Problem};
use crate::record::Remark;
use crate::tune::probe;
use crate::units::Seconds;

/// A dispatch this long is hundreds of times what a submission costs: a quick run makes and compares no larger operands.
const LONG_ENOUGH: Seconds = Seconds::new(5e-3);

/// A pass over memory that lasts this long hardly sees what it costs to begin and to end it.
const SHORTEST_PASS: Seconds = Seconds::new(1e-3);

/// A problem on the device, loaded with random operands.
pub(super) struct Fitted {
    pub(super) problem: Problem,
    pub(super) session: Box<dyn Session>,
    /// What kept it from being larger.
    pub(super) limited_by: Option<Remark>,
}

/// The sizes that are left to grow through.
struct Growth {
    sizes: Sizes,
    /// Place of the first that the device has no room for; past the last where it has room for all.
    too_large: usize,
}

/// What follows from the time of a problem.
enum Step {
    /// It is the one, for this reason if a larger one was wished for.
    Stay(Option<Remark>),
    To(Problem),
}

impl Suite<'_> {
    /// Grows the problem as far as a dispatch stays short and the device has room, from what was fitted before or from the smallest.
    pub(super) fn fit(
        &mut self,
        benchmark: &Benchmark,
        variant: &Variant,
        from: Option<Fitted>,
    ) -> Result<Fitted, Fault> {
        let footprint = self.footprint_of_passes();
        let mut growth = Growth::through(sizes::ascending(benchmark, self.device.adapter(), self.plan, &footprint)?);
        let mut fitted = match from {
            Some(fitted) => fitted,
            None => self.open(growth.sizes.problems[0])?,
        };
        while growth.goes_on(&fitted.problem) {
            let smaller = fitted.problem;
            let seconds = self.time_alone(&mut fitted, variant, &growth)?;
            let (enough, limit) = (self.long_enough(&smaller), self.longest(&smaller));
            let larger = match growth.step(&smaller, seconds, enough, limit) {
                Step::Stay(limited_by) => return Ok(Fitted { limited_by, ..fitted }),
                Step::To(larger) => larger,
            };
            // First the room for it.
            drop(fitted);
            // What a submission holds is limited more narrowly than a pass.
            let submissions = seconds.get() * sizes::growth(&smaller, &larger) / self.plan.submission_s.get();
            fitted = match self.open_if_it_fits(in_submissions(&larger, submissions))? {
                Some(parts) if submissions > 1.0 => {
                    let limited_by = growth.too_long(&larger, limit).or_else(|| growth.sizes.limit_at(&larger));
                    return Ok(Fitted { limited_by, ..parts });
                }
                Some(larger) => larger,
                None => {
                    growth.has_no_room_for(&larger);
                    self.open(smaller)?
                }
            };
        }
        Ok(Fitted { limited_by: growth.limit_at(&fitted.problem), ..fitted })
    }

    /// The time of a dispatch, which says how far to go. Whether a pass is long enough only several say, of which each costs less to submit.
    fn time_alone(&self, fitted: &mut Fitted, variant: &Variant, growth: &Growth) -> Result<Seconds, Fault> {
        fitted.session.select(variant)?;
        let is_exact = is_pass(&fitted.problem) && !growth.is_too_small(&fitted.problem);
        let seconds = probe(fitted.session.as_mut(), if is_exact { f64::INFINITY } else { 0.0 })?;
        if self.stopper()() { Err(Fault::Interrupted) } else { Ok(seconds) }
    }

    /// How long one dispatch of a problem like this may last.
    fn longest(&self, problem: &Problem) -> Seconds {
        if is_pass(problem) { Seconds::from(self.plan.longest_pass()) } else { self.plan.submission_s }
    }

    /// How long a dispatch of a problem like this lasts at which no longer one would tell more.
    fn long_enough(&self, problem: &Problem) -> Seconds {
        match self.plan.effort {
            _ if is_pass(problem) => SHORTEST_PASS,
            Effort::Standard | Effort::Full => Seconds::new(f64::INFINITY),
            Effort::Quick => LONG_ENOUGH,
        }
    }

    /// The total footprint of memory passes.
    pub(super) fn footprint_of_passes(&self) -> Footprint {
        let adapter = self.device.adapter();
        Footprint::of_passes(adapter, self.plan, self.caches.largest_to_exceed(adapter))
    }

    /// The time of a pass over half as much, where the benchmark is one.
    pub(super) fn half(&mut self, winner: &Variant, problem: &Problem) -> Result<Option<(Problem, Seconds)>, Fault> {
        let Some(half) = sizes::half(problem) else { return Ok(None) };
        // A quick run has time for one of the passes, which stands for all.
        if self.plan.effort == Effort::Quick
            && !matches!(half, Problem::Memory(pass) if pass.operation == MemoryOp::Copy)
        {
            return Ok(None);
        }
        // There may be no room for both.
        let Some(mut fitted) = self.open_if_it_fits(half)? else { return Ok(None) };
        fitted.session.select(winner)?;
        Ok(Some((half, probe(fitted.session.as_mut(), f64::INFINITY)?)))
    }

    /// `None` where the device has no room for `problem`.
    fn open_if_it_fits(&mut self, problem: Problem) -> Result<Option<Fitted>, Fault> {
        match self.open(problem) {
            Err(fault) if fault.is_for_want_of_room() => Ok(None),
            other => other.map(Some),
        }
    }

    pub(super) fn open(&mut self, problem: Problem) -> Result<Fitted, Fault> {
        let mut session = self.device.open(&problem)?;
        session.load(&Operands::new(problem, Fill::Random, self.plan.seed))?;
        // A card rests while the host fills its arrays.
        self.keep_the_clock_up()?;
        Ok(Fitted { problem, session, limited_by: None })
    }
}

impl Growth {
    fn through(sizes: Sizes) -> Self {
        Self { too_large: sizes.problems.len(), sizes }
    }

    /// The place of the first that is larger than `problem`.
    fn larger(&self, problem: &Problem) -> usize {
        sizes::first_larger(problem, &self.sizes.problems)
    }

    /// Whether there are larger ones than `problem` that the device may have room for.
    fn goes_on(&self, problem: &Problem) -> bool {
        self.larger(problem) < self.too_large
    }

    /// Whether `problem` is smaller than what suffices: however long it takes, it is no answer, and foretells nothing, since it fits a cache.
    fn is_too_small(&self, problem: &Problem) -> bool {
        self.larger(problem) <= self.sizes.too_small
    }

    /// The step from `problem`, which takes `seconds`, if what takes `enough` suffices and nothing may take longer than `limit`.
    fn step(&self, problem: &Problem, seconds: Seconds, enough: Seconds, limit: Seconds) -> Step {
        let is_too_small = self.is_too_small(problem);
        let enough = if is_too_small { Seconds::new(f64::INFINITY) } else { enough };
        let last = if is_too_small { self.too_large.min(self.sizes.too_small + 1) } else { self.too_large };
        if seconds.get() >= enough.get() {
            return Step::Stay(self.sizes.limit_at(problem));
        }
        let larger = &self.sizes.problems[self.larger(problem)..last];
        match sizes::next(problem, seconds, larger, enough, limit) {
            Some(larger) => Step::To(larger),
            None => Step::Stay(self.too_long(problem, limit).or_else(|| self.sizes.limit_at(problem))),
        }
    }

    fn has_no_room_for(&mut self, problem: &Problem) {
        let place = self.sizes.problems.iter().position(|one| one == problem);
        self.too_large = place.unwrap_or(self.too_large);
    }

    /// What kept larger ones than `taken` out, where time did not.
    fn limit_at(&self, taken: &Problem) -> Option<Remark> {
        let no_room = |first: &Problem| Remark::OutOfMemory { wanted: *first, taken: *taken };
        self.sizes.problems.get(self.too_large).map(no_room).or_else(|| self.sizes.limit_at(taken))
    }

    /// What is to be said of a pass over `taken` where larger ones that suffice would take longer than `limit`. Products and peaks only need to be long
    /// enough; memory has to be larger than caches.
    fn too_long(&self, taken: &Problem, limit: Seconds) -> Option<Remark> {
        let enough = self.sizes.problems.get(self.sizes.too_small).filter(|enough| is_pass(enough))?;
        let larger = sizes::growth(taken, enough) > 1.0;
        larger.then_some(Remark::PassTooLong { wanted: *enough, limit, taken: *taken })
    }
}

/// `problem` in as many parts as it takes where it is to last so many `submissions`.
fn in_submissions(problem: &Problem, submissions: f64) -> Problem {
    if submissions <= 1.0 {
        return *problem;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few")]
    let parts = 2 * submissions.ceil() as u32;
    sizes::in_parts(problem, parts)
}
