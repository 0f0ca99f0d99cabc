//! Benchmarks whose answer is a curve: every point is timed briefly and checked, and one of them stands for all.

mod extent;
mod last_cache;
mod points;
mod visits;

use std::time::Duration;

use super::choose::used;
use super::{Prepared, Suite};
use crate::benchmark::{Benchmark, Kind};
use crate::kernel::Variant;
use crate::measure::levels::{self, Hierarchy, Measured};
use crate::measure::{self, Fault};
use crate::problem::{Chase, Problem, Sweep, Transfer, TransferMethod, WorkgroupMemory};
use crate::record::{Entry, Note, Point, Remark};
use crate::tune::{Checker, Defect, Pool, probe};
use crate::units::Seconds;
use visits::{Curve, Visits};

/// A dispatch over a set of a sweep takes this long at the least: beginning and ending it does not count then.
const SHORTEST_SET: Seconds = Seconds::new(3e-4);

/// No device reads the smallest set so fast.
const MOST_TIMES: f64 = 256.0;

/// So many times the last cache stand for memory.
const ENOUGH: u64 = 4;

impl Suite<'_> {
    /// The problems of a benchmark's curve; none where it has no curve.
    pub(super) fn points(&self, benchmark: &Benchmark) -> Vec<Problem> {
        let adapter = self.device.adapter();
        // A sweep sees beyond what the user chose to stay in.
        let footprint = match benchmark.kind {
            Kind::Sweep => points::swept(adapter, self.plan),
            _ => self.footprint_of_passes().bytes,
        };
        points::points(benchmark, adapter, self.plan, footprint)
    }

    /// Measures the points of a curve, and prepares the one that stands for all.
    pub(super) fn curve(
        &mut self,
        benchmark: &'static Benchmark,
        pool: &Pool,
        points: &[Problem],
        budget: Duration,
        draft: &mut Entry,
    ) -> Result<Prepared, Defect> {
        self.check_all(benchmark, pool)?;
        self.begin("timing the points of the curve");
        let mut visits = Visits::new(pool, points.len(), budget);
        let traced = self.trace(benchmark, points, &mut visits);
        let Curve { points, findings, visits } = visits.ended();
        draft.curve = points;
        draft.findings.extend(findings.into_iter().map(Note::from));
        traced?;
        self.conclude(benchmark, &visits, draft);
        self.prepare_point(benchmark, pool, draft)
    }

    /// Checks all variants of a curve's `pool`.
    pub(super) fn check_all(&mut self, benchmark: &Benchmark, pool: &Pool) -> Result<(), Defect> {
        self.begin("checking");
        let mut checker = Checker::new(self.device, benchmark, self.plan.seed)?.behind(self.guard);
        pool.seeds.iter().try_for_each(|variant| checker.check(variant))
    }

    /// Visits `points`, and those beyond that a sweep needs until memory shows.
    fn trace(&mut self, benchmark: &Benchmark, points: &[Problem], visits: &mut Visits<'_>) -> Result<(), Defect> {
        visits.times = self.times_for_a_set(visits.pool, &points[0])?;
        let points = visits.long_enough(points.to_vec());
        let mut fits = true;
        for problem in &points {
            fits = fits && self.visit(problem, visits)?;
        }
        if benchmark.kind == Kind::Sweep && fits {
            self.extend(visits)?;
        }
        self.look_again(&points, visits)?;
        // Those beyond the points that were asked for come last.
        let place = |point: &Point| points.iter().position(|problem| *problem == point.problem);
        let beyond = points.len();
        visits.curve.points.sort_by_key(|point| (place(point).unwrap_or(beyond), working_set(&point.problem)));
        Ok(())
    }

    /// Prepares the point that stands for all.
    fn prepare_point(&mut self, benchmark: &Benchmark, pool: &Pool, draft: &mut Entry) -> Result<Prepared, Defect> {
        let point = standing_for_all(benchmark.kind, draft).ok_or(Fault::NoPoint)?.clone();
        let variant = pool.seeds.iter().find(|variant| variant.suits(&point.problem));
        let variant = variant.ok_or_else(|| Fault::NoVariant(format!("none suits {}", point.problem)))?;
        draft.variant = Some(used(variant));
        draft.problem = Some(point.problem);
        draft.work = Some(point.problem.work());
        let fitted = self.open(point.problem)?;
        self.confirm(fitted, variant, draft, None)
    }

    /// How many times as much a dispatch of a card's sweep has to read as where nothing is known of its speed, so that none of its sets is too
    /// short: the `first` one is the fastest.
    pub(super) fn times_for_a_set(&mut self, pool: &Pool, first: &Problem) -> Result<u32, Fault> {
        let suits = |variant: &&Variant| variant.suits(first);
        let Some(variant) = pool.seeds.iter().find(suits).filter(|_| matches!(first, Problem::Sweep(_))) else {
            return Ok(1);
        };
        if self.device.adapter().software {
            return Ok(1);
        }
        self.keep_the_clock_up()?;
        let mut session = self.open(*first)?.session;
        session.select(variant)?;
        let times = SHORTEST_SET.get() / probe(session.as_mut(), f64::INFINITY)?.get();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let times = times.ceil().clamp(1.0, MOST_TIMES) as u32;
        Ok(times)
    }

    /// What follows from the points together.
    fn conclude(&mut self, benchmark: &Benchmark, visits: &[Measured], draft: &mut Entry) {
        match benchmark.kind {
            Kind::Sweep => {
                let Hierarchy { levels, doubts } = levels::find(visits);
                self.caches.learn(&levels);
                draft.levels = levels.into_iter().map(|level| level.inverted(f64::recip)).collect();
                draft.findings.extend(doubts.into_iter().map(|doubt| Note::from(Remark::LevelsDoubtful(doubt))));
            }
            Kind::Latency => {
                let Hierarchy { levels, doubts } = levels::find_beside(visits, self.caches.capacities());
                draft.levels = levels;
                draft.findings.extend(doubts.into_iter().map(|doubt| Note::from(Remark::LevelsDoubtful(doubt))));
            }
            Kind::Overhead(_) => draft.findings.extend(slope(&draft.curve).map(Note::from)),
            _ => {}
        }
    }
}

/// The working set of a point of a sweep or a pointer chase; zero of others.
pub(super) fn working_set(problem: &Problem) -> u64 {
    match *problem {
        Problem::Sweep(Sweep { bytes, .. }) | Problem::Chase(Chase { bytes, .. }) => bytes,
        _ => 0,
    }
}

/// The point that stands for all: the largest working set that is quick to make and overflows the last cache, the fastest transfer, the faster
/// width without conflicts, the longest pass of dispatches, the first of others.
fn standing_for_all(kind: Kind, draft: &Entry) -> Option<&Point> {
    let points = &draft.curve;
    match kind {
        Kind::Sweep => {
            let last_cache = draft.levels.iter().rev().find_map(|level| level.capacity_bytes).unwrap_or(0);
            let is_enough =
                |point: &&Point| point.problem.parts() == 1 && working_set(&point.problem) / ENOUGH >= last_cache;
            points.iter().rfind(is_enough).or(points.last())
        }
        Kind::WorkgroupMemory => fastest(points.iter().filter(|point| conflicts_nowhere(&point.problem))),
        Kind::Transfer(_) => fastest(points.iter().filter(|point| fits_no_cache(&point.problem, points))),
        Kind::Atomic => points.first(),
        Kind::Overhead(_) if points.iter().all(|point| point.problem.repeats() == 1) => points.first(),
        _ => points.last(),
    }
}

fn fastest<'p>(points: impl Iterator<Item = &'p Point>) -> Option<&'p Point> {
    let rate = |point: &Point| point.rates.bytes().map_or(0.0, |rate| rate.median.get());
    points.max_by(|one, other| rate(one).total_cmp(&rate(other)))
}

/// Whether no cache of the device may have kept what a transfer moves: the host touches nothing between two of the device alone, so that of these only
/// the largest is the bus's.
fn fits_no_cache(problem: &Problem, points: &[Point]) -> bool {
    let bytes = |problem: &Problem| if let Problem::Transfer(Transfer { bytes, .. }) = *problem { bytes } else { 0 };
    let is_direct = matches!(problem, Problem::Transfer(Transfer { path: TransferMethod::Direct, .. }));
    !is_direct || points.iter().all(|other| bytes(&other.problem) <= bytes(problem))
}

/// Whether neighbours read neighbouring words, which no banks object to.
fn conflicts_nowhere(problem: &Problem) -> bool {
    matches!(problem, Problem::WorkgroupMemory(WorkgroupMemory { stride: 1, .. }))
}

/// What one dispatch more costs at best, and a pass without any: the median of the slopes between all pairs of points (Theil and Sen).
fn slope(points: &[Point]) -> Option<Remark> {
    let points: Vec<(f64, f64)> =
        points.iter().map(|point| (f64::from(point.problem.repeats()), point.stats.best_s.get())).collect();
    let pairs = points.iter().enumerate().flat_map(|(at, one)| points[at + 1..].iter().map(move |other| (one, other)));
    let slopes: Vec<f64> =
        pairs.filter(|(one, other)| one.0 < other.0).map(|(a, b)| (b.1 - a.1) / (b.0 - a.0)).collect();
    if slopes.is_empty() {
        return None;
    }
    let slope = measure::median(&slopes);
    let rests: Vec<f64> = points.iter().map(|(count, time)| time - slope * count).collect();
    let (each, pass) = (Seconds::new(slope), Seconds::new(measure::median(&rests)));
    Some(Remark::DispatchSlope { each, pass, most: points.last()?.0 })
}
