//! Visits to the points of a curve: each is timed briefly and checked, the small ones again and again.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::working_set;
use crate::check::Expected;
use crate::kernel::Variant;
use crate::measure::levels::Measured;
use crate::measure::{self, Fault, Reading, Sampling, Session, Stats};
use crate::problem::{Fill, Operands, Problem};
use crate::record::{Point, Rates, Remark};
use crate::suite::Suite;
use crate::suite::fit::Fitted;
use crate::tune::{Defect, Pool};

/// Samples of the only visit to a point, their aimed length, and the warm-up before.
const ONCE: Sampling = Sampling {
    warm_up: Duration::from_millis(4),
    sample: Duration::from_millis(5),
    at_least: 3,
    at_most: 5,
    budget: Duration::ZERO,
};

/// The same of one of many: many short ones tell more than few long ones where a machine changes its pace.
const ONE_OF_MANY: Sampling =
    Sampling { warm_up: Duration::from_millis(1), sample: Duration::from_millis(3), at_least: 3, at_most: 3, ..ONCE };

/// How often points are timed again.
const LOOKS_AGAIN: usize = 10;

/// Points are timed too briefly to know what a submission costs.
const NOTHING: crate::units::Seconds = crate::units::Seconds::new(0.0);

/// What all visits to points of a curve share, and what comes of them.
pub(super) struct Visits<'p> {
    pub(super) pool: &'p Pool,
    /// Time for each visit, about.
    share: Duration,
    /// When all should be done.
    pub(super) end: Instant,
    /// How many times as much as where nothing is known of the device's speed a dispatch reads at the least.
    pub(super) times: u32,
    /// How long the first visit to each working set took, with all its making and checking.
    took: HashMap<u64, Duration>,
    pub(super) curve: Curve,
    /// Points that are visited again, by their working sets.
    open: HashMap<u64, Open>,
}

/// What came of visits.
#[derive(Debug, Default)]
pub(super) struct Curve {
    /// The points, in the order of their first visits.
    pub(super) points: Vec<Point>,
    /// What is to be said of them.
    pub(super) findings: Vec<Remark>,
    /// What each visit to a working set found, in the order of time.
    pub(super) visits: Vec<Measured>,
}

/// A point in the device's memory, with the answer.
struct Open {
    session: Box<dyn Session>,
    expected: Expected,
}

impl<'p> Visits<'p> {
    /// Visits to `points`, twice each, within `budget`.
    pub(super) fn new(pool: &'p Pool, points: usize, budget: Duration) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "points are few")]
        let share = budget / (2 * points as u32).max(1);
        let end = Instant::now() + budget;
        Self { pool, share, end, times: 1, took: HashMap::new(), curve: Curve::default(), open: HashMap::new() }
    }

    /// How long the first visit to `set` took.
    pub(super) fn took(&self, set: &Problem) -> Duration {
        self.took.get(&working_set(set)).copied().unwrap_or_default()
    }

    /// What came of them; their points leave the device.
    pub(super) fn ended(self) -> Curve {
        self.curve
    }
}

impl Suite<'_> {
    /// Visits small sets again and again, up and down, as far as there is time.
    pub(super) fn look_again(&mut self, points: &[Problem], visits: &mut Visits<'_>) -> Result<(), Defect> {
        let up: Vec<&Problem> = points.iter().filter(|problem| is_repeated(problem)).collect();
        let down: Vec<&Problem> = up.iter().rev().copied().collect();
        let looks = down.iter().chain(&up).cycle().take(LOOKS_AGAIN * up.len());
        for (number, problem) in looks.enumerate() {
            if Instant::now() > visits.end {
                let missed = number < up.len();
                visits.curve.findings.extend(missed.then_some(Remark::SeenOnce));
                break;
            }
            if !self.visit(problem, visits)? {
                break;
            }
        }
        Ok(())
    }

    /// Times a point into the curve; false where the device has no room for it, though it had for others.
    pub(super) fn visit(&mut self, problem: &Problem, visits: &mut Visits<'_>) -> Result<bool, Defect> {
        if self.stopper()() {
            return Err(Fault::Interrupted.into());
        }
        let Some(variant) = visits.pool.seeds.iter().find(|variant| variant.suits(problem)) else { return Ok(true) };
        let start = Instant::now();
        match self.point(variant, problem, visits) {
            Ok(Ok(point)) => {
                visits.curve.visits.extend(measured(&point));
                add(&mut visits.curve.points, point);
            }
            Ok(Err(objection)) => {
                let (variant, why) = (variant.name(), Box::new(objection));
                visits.curve.findings.push(Remark::PointLeftOut { problem: *problem, variant, why });
            }
            // What stays on the device for further visits must not keep others out.
            Err(Defect::Fault(fault)) if fault.is_for_want_of_room() && !visits.open.is_empty() => {
                visits.open.clear();
                return self.visit(problem, visits);
            }
            Err(Defect::Fault(fault)) if fault.is_for_want_of_room() && !visits.curve.points.is_empty() => {
                visits.curve.findings.push(Remark::CurveOutOfMemory(*problem));
                return Ok(false);
            }
            Err(Defect::Wrong(what)) => return Err(Defect::Wrong(format!("{problem}: {what}"))),
            Err(fault) => return Err(fault),
        }
        visits.took.entry(working_set(problem)).or_insert_with(|| start.elapsed());
        Ok(true)
    }

    /// Times one point, another time where its clocks disagreed: a machine may be busy for a moment. The inner error is what speaks against its clocks.
    fn point(
        &mut self,
        variant: &Variant,
        problem: &Problem,
        visits: &mut Visits<'_>,
    ) -> Result<Result<Point, Remark>, Defect> {
        let set = working_set(problem);
        let mut open = match visits.open.remove(&set) {
            Some(open) => open,
            None => self.open_point(variant, problem)?,
        };
        let times = if is_repeated(problem) { ONE_OF_MANY } else { ONCE };
        let sampling = sampling(problem, times, visits.share);
        let point = self.timed(&mut open, variant, &sampling)?;
        let point = if point.is_err() { self.timed(&mut open, variant, &sampling)? } else { point };
        if is_repeated(problem) {
            visits.open.insert(set, open);
        }
        Ok(point)
    }

    fn open_point(&mut self, variant: &Variant, problem: &Problem) -> Result<Open, Defect> {
        let Fitted { mut session, .. } = self.open(*problem)?;
        session.select(variant)?;
        Ok(Open { session, expected: Expected::new(Operands::new(*problem, Fill::Random, self.plan.seed)) })
    }

    /// Times a point, and checks what the timed dispatches left behind.
    fn timed(
        &mut self,
        open: &mut Open,
        variant: &Variant,
        sampling: &Sampling,
    ) -> Result<Result<Point, Remark>, Defect> {
        let Open { session, expected } = open;
        session.clear()?;
        // Between visits the host checks and fills arrays, and a card rests.
        self.keep_the_clock_up()?;
        let samples = measure::sample(session.as_mut(), sampling, &self.stopper())?;
        let dispatched = session.dispatched();
        let check = expected.verify(variant, dispatched, &mut |range| Ok::<_, Defect>(session.output(range)?))?;
        let problem = *expected.operands().problem();
        let reading = Reading::of(&samples);
        let clock = reading.clock;
        if let Some(disagreement) = reading.disagreement.clone().filter(|_| reading.lies) {
            return Ok(Err(Remark::ClocksDisagree(disagreement)));
        }
        let Some(stats) = Stats::of(&reading.times(&samples, NOTHING)) else {
            return Ok(Err(Remark::NoTimes));
        };
        let rates = Rates::of(problem.work(), &stats);
        Ok(Ok(Point { problem, variant: variant.name(), check, clock, samples, stats, rates }))
    }
}

/// Whether a point is timed again, a while after the first time: what else a processor does in a moment may slow one visit, hardly all.
pub(super) fn is_repeated(problem: &Problem) -> bool {
    const CHEAP: u64 = 64 << 20;
    matches!(problem, Problem::Sweep(sweep) if sweep.bytes <= CHEAP)
}

/// How a visit is sampled. Every entry of a pointer chase should have been visited once where it could lie in a cache.
fn sampling(problem: &Problem, times: Sampling, budget: Duration) -> Sampling {
    let warm_up = match problem {
        Problem::Chase(chase) => Duration::from_nanos(500 * chase.bytes / u64::from(chase.stride)),
        _ => times.warm_up,
    };
    let warm_up = warm_up.clamp(times.warm_up, 40 * times.warm_up).min(budget.max(times.warm_up));
    Sampling { warm_up, budget, ..times }
}

/// Adds a point to a curve; one that is there already gets the new samples as well.
fn add(curve: &mut Vec<Point>, point: Point) {
    let known = curve.iter_mut().find(|known| known.problem == point.problem);
    let Some(known) = known else { return curve.push(point) };
    let samples = [&known.samples[..], &point.samples].concat();
    let reading = Reading::of(&samples);
    if let Some(stats) = Stats::of(&reading.times(&samples, NOTHING)) {
        let rates = Rates::of(point.problem.work(), &stats);
        *known = Point { samples, stats, rates, clock: reading.clock, ..point };
    }
}

/// What a byte or a step costs at a point: the best, since whatever disturbs a machine makes it slower. Nothing of points that have no working set.
fn measured(point: &Point) -> Option<Measured> {
    let bytes = Some(working_set(&point.problem)).filter(|bytes| *bytes > 0)?;
    let cost = match point.rates {
        Rates::Bytes(rate) => 1.0 / rate.best.get(),
        Rates::Each(time) => time.best.get(),
        Rates::Ops(_) => return None,
    };
    let noise = point.stats.mad_s * 1.4826 / point.stats.median_s;
    #[expect(clippy::cast_precision_loss, reason = "sample counts are small")]
    let error = noise / (point.samples.len().max(1) as f64).sqrt();
    Some(Measured { bytes, cost, noise: error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Check;
    use crate::measure::{Clock, Sample};
    use crate::problem::Sweep;
    use crate::units::Seconds;

    /// A point of one look, in whose samples the GPU says `gpu` and the wall `wall` seconds.
    fn look(gpu: f64, wall: f64) -> Point {
        let problem = Problem::Sweep(Sweep { bytes: 4096, workgroups: 1, blocks: 1, parts: 1, lines: false });
        let sample =
            Sample { gpu_s: Some(Seconds::new(gpu)), wall_s: Seconds::new(wall), dispatches: 1, submissions: 1 };
        let samples = vec![sample; 3];
        let reading = Reading::of(&samples);
        let stats = Stats::of(&reading.times(&samples, NOTHING)).expect("positive times");
        let check = Check { method: "none".to_owned(), elements: 1, max_error: 0.0, bound: 0.0 };
        let rates = Rates::of(problem.work(), &stats);
        Point { problem, variant: "one".to_owned(), check, clock: reading.clock, samples, stats, rates }
    }

    #[test]
    fn two_looks_are_one_point_whatever_their_clocks() {
        let [quiet, busy] = [look(0.1, 0.1005), look(0.1, 0.4)];
        assert_eq!((quiet.clock, busy.clock), (Clock::Gpu, Clock::Wall), "a busy machine stretched the second look");
        for looks in [[quiet.clone(), busy.clone()], [busy, quiet]] {
            let mut curve = Vec::new();
            looks.into_iter().for_each(|look| add(&mut curve, look));
            assert_eq!(curve.len(), 1, "{curve:?}");
            assert_eq!((curve[0].clock, curve[0].samples.len()), (Clock::Gpu, 6), "the samples that agree count");
            assert!((curve[0].stats.median_s.get() - 0.1).abs() < 1e-9, "{:?}", curve[0].stats);
        }
    }
}
