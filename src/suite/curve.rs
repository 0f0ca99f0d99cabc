//! Benchmarks whose answer is a curve: every point is timed briefly and checked, and one of them stands for all.

use std::time::{Duration, Instant};

use super::visits::Visits;
use super::{Prepared, Suite, used};
use crate::kernel::{Benchmark, Kind, Variant};
use crate::measure::levels::{self, Hierarchy};
use crate::measure::{self, Fault};
use crate::problem::{Problem, TransferMethod};
use crate::record::{Entry, Note, Outcome, Point, Remark};
use crate::suite::{curves, sizes};
use crate::tune::{Checker, Defect, Pool, probe};
use crate::units::Seconds;

/// A dispatch over a set of a sweep takes this long at the least: beginning and ending it does not count then.
const SHORTEST_SET: Seconds = Seconds::new(3e-4);

/// No device reads the smallest set so fast.
const MOST_TIMES: f64 = 256.0;

/// So many times the last cache stand for memory.
pub(super) const ENOUGH: u64 = 4;

impl Suite<'_> {
    /// Finds the last cache by a sweep of its own, where the user chose a footprint and no sweep has been made: it may fit a cache.
    pub(super) fn know_the_last_cache(&mut self, budget: Duration) -> Result<(), Defect> {
        let Some(sweep) = Benchmark::by_id("memory/sweep") else { return Ok(()) };
        if self.caches.is_some() || self.plan.footprint_bytes.is_none() {
            return Ok(());
        }
        let (Ok((pool, _)), points) = (self.candidates(sweep), self.points(sweep)) else { return Ok(()) };
        let mut draft = Entry::empty(sweep.id, Outcome::Skipped);
        self.curve(sweep, &pool, &points, budget, &mut draft).map(drop)
    }

    /// The problems of a benchmark's curve; none where it has no curve.
    pub(super) fn points(&self, benchmark: &Benchmark) -> Vec<Problem> {
        let adapter = self.device.adapter();
        // A sweep sees beyond what the user chose to stay in.
        let footprint = match benchmark.kind {
            Kind::Sweep => sizes::swept(adapter, self.plan),
            _ => self.footprint().bytes,
        };
        curves::points(benchmark, adapter, self.plan, footprint)
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
        self.begin("checking");
        let mut checker = Checker::new(self.device, benchmark, self.plan.seed)?.behind(self.guard);
        pool.seeds.iter().try_for_each(|variant| checker.check(variant))?;
        drop(checker);
        self.begin("timing the points of the curve");
        let share = budget / (2 * u32::try_from(points.len()).unwrap_or(u32::MAX)).max(1);
        let mut visits = Visits::new(pool, share, Instant::now() + budget);
        visits.times = self.times_for_a_set(pool, &points[0])?;
        let points: Vec<Problem> = points.iter().map(|point| curves::longer(*point, visits.times)).collect();
        let points = &points[..];
        let mut fits = true;
        for problem in points {
            fits = fits && self.visit(problem, &mut visits, draft)?;
        }
        if benchmark.kind == Kind::Sweep && fits {
            let ended = self.go_further(&mut visits, draft)?;
            self.go_back(&mut visits, draft)?;
            ended.into_iter().for_each(|why| self.end_early(why, &visits, draft));
        }
        self.look_again(points, &mut visits, draft)?;
        // Those beyond the points that were asked for come last.
        let place = |point: &Point| points.iter().position(|problem| *problem == point.problem);
        draft.curve.sort_by_key(|point| (place(point).unwrap_or(usize::MAX), working_set(&point.problem)));
        self.conclude(benchmark, &visits, draft);
        drop(visits);
        let standing = standing_for_all(benchmark.kind, draft);
        let point = standing.ok_or_else(|| Fault::Refused("no point of the curve could be timed".to_owned()))?.clone();
        let variant = pool.seeds.iter().find(|variant| variant.suits(&point.problem));
        let variant = variant.ok_or_else(|| Fault::Refused("its kernel is gone".to_owned()))?;
        draft.variant = Some(used(variant));
        draft.problem = Some(point.problem);
        draft.work = Some(point.problem.work());
        let fitted = self.open(point.problem)?;
        self.confirm(fitted, variant, draft, None)
    }

    /// How many times as much a dispatch of a card's sweep has to read as where nothing is known of its speed, so that none of its sets is too
    /// short: the `first` one is the fastest.
    fn times_for_a_set(&mut self, pool: &Pool, first: &Problem) -> Result<u32, Fault> {
        let suits = |variant: &&Variant| variant.suits(first);
        let Some(variant) = pool.seeds.iter().find(suits).filter(|_| matches!(first, Problem::Sweep { .. })) else {
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
    fn conclude(&mut self, benchmark: &Benchmark, visits: &Visits<'_>, draft: &mut Entry) {
        match benchmark.kind {
            Kind::Sweep => {
                let Hierarchy { levels, doubts } = levels::find(&visits.made);
                self.caches = Some(levels.iter().filter_map(|level| level.capacity_bytes).collect());
                self.is_blurred =
                    levels.windows(2).next_back().is_some_and(|last| last[1].value < SHARP * last[0].value);
                draft.levels = levels.into_iter().map(|level| level.inverted(f64::recip)).collect();
                draft.findings.extend(doubts.into_iter().map(|doubt| Note::from(Remark::LevelsDoubtful(doubt))));
            }
            Kind::Latency => {
                let known = self.caches.as_deref().unwrap_or_default();
                let Hierarchy { levels, doubts } = levels::find_beside(&visits.made, known);
                draft.levels = levels;
                draft.findings.extend(doubts.into_iter().map(|doubt| Note::from(Remark::LevelsDoubtful(doubt))));
            }
            Kind::Overhead(_) => draft.findings.extend(slope(&draft.curve).map(Note::from)),
            _ => {}
        }
    }
}

/// Memory costs more than the last cache by this factor, or else something in between limits the kernel: what the cache holds is then hardly seen, and a kernel
/// that is not limited may see more of it.
const SHARP: f64 = 1.5;

/// The working set of a point of a sweep or a walk; zero of others.
pub(super) fn working_set(problem: &Problem) -> u64 {
    match *problem {
        Problem::Sweep { bytes, .. } | Problem::Chase { bytes, .. } => bytes,
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
    let bytes = |problem: &Problem| if let Problem::Transfer { bytes, .. } = *problem { bytes } else { 0 };
    let is_direct = matches!(problem, Problem::Transfer { path: TransferMethod::Direct, .. });
    !is_direct || points.iter().all(|other| bytes(&other.problem) <= bytes(problem))
}

/// Whether neighbours read neighbouring words, which no banks object to.
fn conflicts_nowhere(problem: &Problem) -> bool {
    matches!(problem, Problem::WorkgroupMemory { stride: 1, .. })
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
