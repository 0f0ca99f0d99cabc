//! Benchmarks whose answer is a curve: every point is timed briefly and checked, and one of them stands for all.

use std::time::{Duration, Instant};

use super::{Fitted, Prepared, Suite, sampled, used};
use crate::curves;
use crate::data::{Fill, Operands};
use crate::kernel::{Benchmark, Kind, Target, Variant};
use crate::levels::{self, Hierarchy, Measured};
use crate::measure::{self, Fault, Reading, Sampling, Session, Stats};
use crate::problem::{Element, Problem};
use crate::record::{Entry, Outcome, Point, Rates};
use crate::sizes;
use crate::tune::{Checker, Defect, Pool};

/// Samples of a point.
const SAMPLES: [usize; 2] = [3, 5];

/// Aimed length of a sample and of the warm-up before.
const SAMPLE: Duration = Duration::from_millis(5);
const WARM_UP: Duration = Duration::from_millis(4);

/// Points are timed too briefly to know what a submission costs.
const NOTHING: crate::units::Seconds = crate::units::Seconds::new(0.0);

/// So many times the last cache stand for memory.
pub(super) const ENOUGH: u64 = 4;

/// What all visits to points of a curve share.
pub(super) struct Visits<'p> {
    pool: &'p Pool,
    /// Time for each visit, about.
    share: Duration,
    /// When all should be done.
    pub(super) end: Instant,
    /// What keeps the clock up between the visits.
    burner: Option<Box<dyn Session>>,
    /// How long the last visit took, with all its making and checking.
    pub(super) last: Duration,
}

impl Suite<'_> {
    /// Finds the last cache by a sweep of its own, where the user chose a footprint and no sweep has been made: it may fit a cache.
    pub(super) fn know_the_last_cache(&mut self, budget: Duration) -> Result<(), Defect> {
        let Some(sweep) = Benchmark::by_id("memory/sweep") else { return Ok(()) };
        if self.caches.is_some() || self.plan.footprint_bytes.is_none() {
            return Ok(());
        }
        let (Ok((pool, _)), points) = (self.candidates(sweep), self.points(sweep)) else { return Ok(()) };
        let mut draft = Entry::without_figure(sweep.id, Outcome::Skipped, "not asked for");
        self.curve(sweep, &pool, &points, budget, &mut draft).map(drop)
    }

    /// The problems of a benchmark's curve; none where it has no curve.
    pub(super) fn points(&self, benchmark: &Benchmark) -> Vec<Problem> {
        let adapter = self.device.adapter();
        // A sweep sees beyond what the user chose to stay in.
        let footprint = match benchmark.kind {
            Kind::Sweep => self.footprint().max(sizes::default_footprint(adapter)),
            _ => self.footprint(),
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
        let mut checker = Checker::new(self.device, benchmark, self.plan.seed)?;
        pool.seeds.iter().try_for_each(|variant| checker.check(variant))?;
        drop(checker);
        self.begin("timing the points of the curve");
        let share = budget / (2 * u32::try_from(points.len()).unwrap_or(u32::MAX)).max(1);
        let mut visits =
            Visits { pool, share, end: Instant::now() + budget, burner: self.burner(benchmark)?, last: Duration::ZERO };
        let mut fits = true;
        for problem in points {
            fits = fits && self.visit(problem, &mut visits, draft)?;
        }
        if benchmark.kind == Kind::Sweep && fits {
            self.go_further(&mut visits, draft)?;
        }
        self.look_again(points, &mut visits, draft)?;
        // Those beyond the points that were asked for come last.
        let place = |point: &Point| points.iter().position(|problem| *problem == point.problem);
        draft.curve.sort_by_key(|point| (place(point).unwrap_or(usize::MAX), working_set(&point.problem)));
        self.conclude(benchmark, draft);
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

    /// Visits small sets again and again, as far as there is time.
    fn look_again(&mut self, points: &[Problem], visits: &mut Visits<'_>, draft: &mut Entry) -> Result<(), Defect> {
        let repeated: Vec<&Problem> = points.iter().filter(|problem| is_repeated(problem)).collect();
        for (number, problem) in repeated.iter().cycle().take(LOOKS_AGAIN * repeated.len()).enumerate() {
            if Instant::now() > visits.end {
                let missed = number < repeated.len();
                draft.findings.extend(missed.then(|| "no time was left to see all points twice".to_owned()));
                break;
            }
            if !self.visit(problem, visits, draft)? {
                break;
            }
        }
        Ok(())
    }

    /// Times a point into the curve of `draft`; false where the device has no room for it.
    pub(super) fn visit(
        &mut self,
        problem: &Problem,
        visits: &mut Visits<'_>,
        draft: &mut Entry,
    ) -> Result<bool, Defect> {
        if self.stopper()() {
            return Err(Fault::Interrupted.into());
        }
        let Some(variant) = visits.pool.seeds.iter().find(|variant| variant.suits(problem)) else { return Ok(true) };
        if let Some(burner) = &mut visits.burner {
            burner.time(1)?;
        }
        let start = Instant::now();
        let point = self.point(variant, problem, visits.share);
        match point.and_then(|point| self.again(point, variant, problem, visits.share)) {
            Ok(Ok(point)) => add(&mut draft.curve, point),
            Ok(Err(objection)) => {
                draft.findings.push(format!("{problem} with {} is left out: {objection}", variant.name()));
            }
            Err(Defect::Fault(Fault::OutOfMemory(_))) if !draft.curve.is_empty() => {
                draft.findings.push(format!("{problem} does not fit into device memory, nor does more"));
                return Ok(false);
            }
            Err(Defect::Wrong(what)) => return Err(Defect::Wrong(format!("{problem}: {what}"))),
            Err(fault) => return Err(fault),
        }
        visits.last = start.elapsed();
        Ok(true)
    }

    /// Times one point, and checks what the timed dispatches left behind. The inner error is what speaks against its clocks.
    fn point(
        &mut self,
        variant: &Variant,
        problem: &Problem,
        budget: Duration,
    ) -> Result<Result<Point, String>, Defect> {
        let Fitted { mut session, .. } = self.open(*problem)?;
        session.select(variant)?;
        let sampling = sampling(problem, budget);
        let samples = measure::sample(session.as_mut(), &sampling, &self.stopper())?;
        let operands = Operands::new(*problem, Fill::Random, self.plan.seed);
        let check = sampled(session.as_mut(), variant, &operands, self.plan.seed)?;
        let reading = Reading::of(&samples);
        let clock = reading.clock;
        if let Some(objection) = reading.words.clone().filter(|_| reading.lies) {
            return Ok(Err(objection));
        }
        let Some(stats) = Stats::of(&reading.times(&samples, NOTHING)) else {
            return Ok(Err("the clocks gave no positive times".to_owned()));
        };
        let rates = Rates::of(problem.work(), &stats);
        Ok(Ok(Point { problem: *problem, variant: variant.name(), check, clock, samples, stats, rates }))
    }

    /// Another look at a point whose clocks disagreed: a machine may be busy for a moment.
    fn again(
        &mut self,
        point: Result<Point, String>,
        variant: &Variant,
        problem: &Problem,
        budget: Duration,
    ) -> Result<Result<Point, String>, Defect> {
        if point.is_err() { self.point(variant, problem, budget) } else { Ok(point) }
    }

    /// What keeps the clock of a GPU up while a single invocation waits for memory; nothing for other benchmarks.
    fn burner(&mut self, benchmark: &Benchmark) -> Result<Option<Box<dyn Session>>, Fault> {
        if benchmark.kind != Kind::Latency {
            return Ok(None);
        }
        let peak = Benchmark::by_id("peak/f32").map(|peak| peak.seeds(&Target::of(self.device.adapter())));
        let Some(variant) = peak.and_then(|seeds| seeds.first().copied()) else { return Ok(None) };
        let lanes = if self.device.adapter().software { 1 << 13 } else { 1 << 20 };
        let mut session = self.open(Problem::Peak { element: Element::F32, lanes, steps: 1 << 12 })?.session;
        session.select(&variant)?;
        Ok(Some(session))
    }

    /// What follows from the points together.
    fn conclude(&mut self, benchmark: &Benchmark, draft: &mut Entry) {
        match benchmark.kind {
            Kind::Sweep => {
                let Hierarchy { levels, doubts } = levels::find(&curve(&draft.curve));
                self.caches = Some(levels.iter().filter_map(|level| level.capacity_bytes).collect());
                draft.levels = levels.into_iter().map(|level| level.inverted(f64::recip)).collect();
                draft.findings.extend(doubts);
            }
            Kind::Latency => {
                let known = self.caches.as_deref().unwrap_or_default();
                let Hierarchy { levels, doubts } = levels::find_beside(&curve(&draft.curve), known);
                draft.levels = levels;
                draft.findings.extend(doubts);
            }
            Kind::Overhead(_) => draft.findings.extend(slope(&draft.curve)),
            _ => {}
        }
    }
}

/// How often points are timed again.
const LOOKS_AGAIN: usize = 4;

/// Whether a point is timed again, a while after the first time: what else a processor does in a moment may slow one visit, hardly all.
fn is_repeated(problem: &Problem) -> bool {
    const CHEAP: u64 = 64 << 20;
    matches!(*problem, Problem::Sweep { bytes, .. } if bytes <= CHEAP)
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

/// Time to warm up: every entry of a walk should have been visited once where it could lie in a cache.
fn sampling(problem: &Problem, budget: Duration) -> Sampling {
    let warm_up = match *problem {
        Problem::Chase { bytes, stride, .. } => Duration::from_nanos(500 * bytes / u64::from(stride)),
        _ => WARM_UP,
    };
    let warm_up = warm_up.clamp(WARM_UP, 40 * WARM_UP).min(budget.max(WARM_UP));
    Sampling { warm_up, sample: SAMPLE, at_least: SAMPLES[0], at_most: SAMPLES[1], budget }
}

/// The working set of a point of a sweep or a walk; zero of others.
fn working_set(problem: &Problem) -> u64 {
    match *problem {
        Problem::Sweep { bytes, .. } | Problem::Chase { bytes, .. } => bytes,
        _ => 0,
    }
}

/// Working sets with what a byte or a step costs: the best of each point, since whatever disturbs a machine makes it slower.
pub(super) fn curve(points: &[Point]) -> Vec<Measured> {
    let measured = |point: &Point| {
        let bytes = Some(working_set(&point.problem)).filter(|bytes| *bytes > 0)?;
        let byte = point.rates.bytes_per_s_best.map(|rate| 1.0 / rate.get());
        let cost = byte.or(point.rates.seconds_each_best.map(crate::units::Seconds::get))?;
        let noise = 1.4826 * point.stats.mad_s.get() / point.stats.median_s.get();
        #[expect(clippy::cast_precision_loss, reason = "sample counts are small")]
        let error = noise / (point.samples.len().max(1) as f64).sqrt();
        Some(Measured { bytes, cost, noise: error })
    };
    points.iter().filter_map(measured).collect()
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
        Kind::Transfer(_) => fastest(points.iter()),
        Kind::Atomic => points.first(),
        Kind::Overhead(_) if points.iter().all(|point| point.problem.repeats() == 1) => points.first(),
        _ => points.last(),
    }
}

fn fastest<'p>(points: impl Iterator<Item = &'p Point>) -> Option<&'p Point> {
    let rate = |point: &Point| point.rates.bytes_per_s_median.map_or(0.0, crate::units::BytesPerSec::get);
    points.max_by(|one, other| rate(one).total_cmp(&rate(other)))
}

/// Whether neighbours read neighbouring words, which no banks object to.
fn conflicts_nowhere(problem: &Problem) -> bool {
    matches!(problem, Problem::WorkgroupMemory { stride: 1, .. })
}

/// What one dispatch more costs, and a pass without any: the median of the slopes between all pairs of points (Theil and Sen).
fn slope(points: &[Point]) -> Option<String> {
    let points: Vec<(f64, f64)> =
        points.iter().map(|point| (f64::from(point.problem.repeats()), point.stats.median_s.get())).collect();
    let pairs = points.iter().enumerate().flat_map(|(at, one)| points[at + 1..].iter().map(move |other| (one, other)));
    let slopes: Vec<f64> =
        pairs.filter(|(one, other)| one.0 < other.0).map(|(a, b)| (b.1 - a.1) / (b.0 - a.0)).collect();
    if slopes.is_empty() {
        return None;
    }
    let slope = measure::median(&slopes);
    let rests: Vec<f64> = points.iter().map(|(count, time)| time - slope * count).collect();
    let (each, rest) = (crate::units::Seconds::new(slope), crate::units::Seconds::new(measure::median(&rests)));
    let pass = if rest.is_plausible() { rest.to_string() } else { "too little to tell".to_owned() };
    let most = points.last()?.0;
    Some(format!("one dispatch more costs {each}, a pass of none {pass}: slope over up to {most} dispatches"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Check;
    use crate::measure::{Clock, Sample};
    use crate::units::Seconds;

    /// A point of one look, in whose samples the GPU says `gpu` and the wall `wall` seconds.
    fn look(gpu: f64, wall: f64) -> Point {
        let problem = Problem::Sweep { bytes: 4096, workgroups: 1, blocks: 1, parts: 1, lines: false };
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
