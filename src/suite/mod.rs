//! The suite: each benchmark from its choice of variant to its entry in the record.
//!
//! The samples come from outside, from [`crate::measure::sample`] or from criterion, between [`Suite::prepare`] and
//! [`Suite::finish_sampled`]; everything before and after is the same for both.

mod burner;
mod clock;
mod curve;
pub mod curves;
mod load;
mod losses;
mod phases;
mod prepared;
mod reach;
mod second_block;
mod shares;
pub mod sizes;
mod sustained;
mod visits;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::adapter::Adapter;
use crate::check::{self, Check};
use crate::kernel::{Benchmark, Kind, Variant};
use crate::measure::{self, Device, Fault, Reading, Sample, Sampler, Sampling, Session};
use crate::plan::{Effort, Plan, Tune};
use crate::problem::{Fill, MEMORY_BLOCK, MemoryOp, Operands, Problem};
use crate::record::{Entry, Note, Outcome, Rejected, Remark, Tuning, VariantUsed, Warning};
use crate::tune::{Cache, Checker, Defect, Guard, MOST_LOSSES, Pool, Search, Unguarded, probe};
use crate::units::Seconds;
use sizes::{Footprint, Sizes};

use burner::Burner;
use clock::ClockProbe;
use phases::Phases;
pub use prepared::Prepared;
use prepared::Timed;
pub use shares::Shares;
pub use sustained::{fastest_product, is_product};

/// Elements of a timed product that are compared one by one with an f64 reference.
const SAMPLED_ELEMENTS: usize = 512;

/// What the samples get of a benchmark's share at the least, however long the search took: one part of so many.
const LEAST_SAMPLING: u32 = 3;

/// A dispatch this long is hundreds of times what a submission costs: a quick run makes and compares no larger operands.
const LONG_ENOUGH: Seconds = Seconds::new(5e-3);

/// A pass over memory that lasts this long hardly sees what it costs to begin and to end it.
const SHORTEST_PASS: Seconds = Seconds::new(1e-3);

/// Samples between two readings of the clock.
const SAMPLES_BETWEEN_PROBES: usize = 5;

/// How many of the fastest variants the next run times again.
const REMEMBERED: usize = 3;

/// Phases that load the operands of the timed size and check its answers.
const CHECKING_THE_SIZE: &str = "checking the timed size";
const LOOKING: &str = "checking whether the answer and the clocks are right";

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
    /// When nothing is measured any more.
    end: Option<Instant>,
    /// Variants that an earlier search has tried, where it is to be gone on with.
    seen: Vec<String>,
    /// Once a sweep has been made, the capacities of the caches that it shows, in bytes, ascending.
    caches: Option<Vec<u64>>,
    /// Whether the last of them is hardly faster than memory, so that its capacity is not sure.
    is_blurred: bool,
    /// The largest set of a sweep that ended inside a cache, in bytes.
    not_overflowed: Option<u64>,
    /// Made at its first reading, and anew after a loss.
    clock: Option<ClockProbe>,
    /// The same of what raises the clock.
    burner: Option<Burner>,
    /// When the last sample of each benchmark was taken, by its id.
    first_ended: HashMap<&'static str, Instant>,
    /// Of the benchmark that is being measured.
    phases: Phases,
    /// Why no device could be had after a loss.
    gone: Option<String>,
}

/// One kernel's verification.
#[derive(Debug)]
pub struct Verification {
    /// The variant.
    pub variant: Variant,
    /// What was found.
    pub result: Result<(), Defect>,
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
            end: None,
            seen: Vec::new(),
            caches: None,
            is_blurred: false,
            not_overflowed: None,
            clock: None,
            burner: None,
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
        let Some(benchmark) = Benchmark::by_id(&entry.id) else { return entry };
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

    fn prepare_and_sample(&mut self, benchmark: &'static Benchmark, budget: Duration) -> Entry {
        let start = Instant::now();
        let mut prepared = match self.prepare(benchmark, budget) {
            Ok(prepared) => prepared,
            Err(entry) => return *entry,
        };
        let sampling = self.plan.sampling(budget.saturating_sub(start.elapsed()).max(budget / LEAST_SAMPLING));
        self.begin("timing");
        match self.sample(&mut prepared, &sampling) {
            Ok(timed) => self.finish(prepared, timed),
            Err(fault) => self.fault(prepared.draft, &fault),
        }
    }

    /// Samples a prepared benchmark, and reads the clock in between.
    fn sample(&mut self, prepared: &mut Prepared, sampling: &Sampling) -> Result<Timed, Fault> {
        let stop = &self.stopper();
        self.raise_the_clock()?;
        let sampler = Sampler::warm(prepared.session.as_mut(), sampling, stop)?;
        let settled = Some(sampler.settled);
        let mut probes = Vec::new();
        let mut between = |taken: usize| {
            if taken.is_multiple_of(SAMPLES_BETWEEN_PROBES) {
                probes.extend(self.read_clock(taken)?);
            }
            Ok(())
        };
        let samples = sampler.samples(sampling, &mut between, stop)?;
        let cut = (samples.len() < sampling.at_least)
            .then_some(Remark::CutShort { samples: samples.len(), wanted: sampling.at_least });
        Ok(Timed { samples, settled, probes, cut })
    }

    /// Takes up samples of another sampler.
    pub fn finish_sampled(&mut self, prepared: Prepared, samples: Vec<Sample>) -> Entry {
        let entry = self.finish(prepared, Timed { samples, settled: None, probes: Vec::new(), cut: None });
        Entry { phases: self.phases.take(), ..entry }
    }

    /// Looks whether twice the work takes twice the time, checks what the timed dispatches left behind, and makes the entry.
    fn finish(&mut self, mut prepared: Prepared, mut timed: Timed) -> Entry {
        self.first_ended.insert(prepared.variant.benchmark.id, Instant::now());
        self.begin(LOOKING);
        let dispatches = timed.samples.first().map_or(1, prepared::dispatches_of_a_pair);
        let outcome = self.read_clock(timed.samples.len()).and_then(|probe| {
            timed.probes.extend(probe);
            prepared.double(dispatches, Reading::of(&timed.samples).clock)
        });
        match outcome.and_then(|doubling| self.look_at_half_again(&mut prepared, &timed.samples).map(|()| doubling)) {
            Ok(doubling) => prepared.finish(timed, doubling),
            Err(fault) => self.fault(prepared.draft, &fault),
        }
    }

    /// Times a pass over half as much once more, and the whole beside it, where the first look says that time does not grow with the bytes: the machine may
    /// have been busy for a moment, or have changed its pace since.
    fn look_at_half_again(&mut self, prepared: &mut Prepared, samples: &[Sample]) -> Result<(), Fault> {
        for _ in 1..prepared::LOOKS {
            if !prepared.is_disproportionate(samples) || self.stopper()() {
                break;
            }
            let half = self.half(&prepared.variant, &prepared.problem)?;
            let whole = probe(prepared.session.as_mut(), f64::INFINITY)?;
            prepared.smaller = half.map(|(problem, took)| (problem, prepared.at_the_pace_of(samples, took, whole)));
        }
        Ok(())
    }

    /// Chooses a size and a variant and checks its answers.
    ///
    /// # Errors
    /// The entry that says why the benchmark cannot be timed.
    pub fn prepare(&mut self, benchmark: &'static Benchmark, budget: Duration) -> Result<Prepared, Box<Entry>> {
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
        let prepared = prepared.inspect(|_| self.phases.begin("timing"));
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

    /// Checks every seed of a benchmark that fits the device, without timing. Where several took the device, the others are not tried.
    ///
    /// # Errors
    /// The entry that says why none can run.
    pub fn verify(&mut self, benchmark: &'static Benchmark) -> Result<Vec<Verification>, Box<Entry>> {
        let (pool, _) = self.candidates(benchmark)?;
        let (mut results, mut losses) = (Vec::new(), 0);
        for variant in pool.seeds {
            if (self.stop)() || self.gone.is_some() && results.is_empty() {
                return Err(Box::new(Entry::without_figure(benchmark.id, Outcome::Skipped, self.why_stopped())));
            }
            let result = self.verify_one(variant, losses);
            losses += usize::from(matches!(&result, Err(Defect::Fault(fault)) if fault.is_loss()));
            results.push(Verification { variant, result });
        }
        Ok(results)
    }

    /// Checks one variant, on a fresh device where it takes this one; nothing after so many `losses`.
    fn verify_one(&mut self, variant: Variant, losses: usize) -> Result<(), Defect> {
        if self.gone.is_some() || losses == MOST_LOSSES {
            let why =
                if self.gone.is_some() { "the device is gone" } else { "others of this benchmark took the device" };
            return Err(Fault::Untried(why.to_owned()).into());
        }
        // A checker for each: what one variant breaks must not reach the next.
        let checker = Checker::new(self.device, variant.benchmark, self.plan.seed).map_err(Defect::from);
        let result = checker.and_then(|checker| checker.behind(self.guard).check(&variant));
        if matches!(&result, Err(Defect::Fault(fault)) if fault.is_loss()) {
            self.revive();
        }
        result
    }

    /// The variants that the device can run, and why some cannot.
    fn candidates(&self, benchmark: &'static Benchmark) -> Result<(Pool, Vec<Rejected>), Box<Entry>> {
        let adapter = self.device.adapter();
        let missing: Vec<String> =
            benchmark.needs.iter().filter(|feature| !adapter.has(**feature)).map(ToString::to_string).collect();
        let unsupported = |reason: Remark| Box::new(Entry::without_figure(benchmark.id, Outcome::Unsupported, reason));
        if !missing.is_empty() {
            return Err(unsupported(Remark::LacksFeatures(missing.join(", "))));
        }
        let (mut pool, rejected) = Pool::new(benchmark, adapter);
        pool.seeds.sort_by_key(|seed| self.seen.contains(&seed.name()));
        match rejected.first() {
            Some(rejected) if pool.seeds.is_empty() => Err(unsupported(Remark::NoVariantFits(rejected.reason.clone()))),
            _ => Ok((pool, rejected)),
        }
    }

    /// The variant that `entry` was measured with.
    fn variant_of(&self, entry: &Entry) -> Option<Variant> {
        let (pool, _) = self.candidates(Benchmark::by_id(&entry.id)?).ok()?;
        pool.only(&[entry.variant.as_ref()?.name.clone()]).seeds.first().copied()
    }

    /// Finds the size that suits the first right variant, the fastest variant at that size, and the size that suits it. What `search` has seen is not tried
    /// again.
    fn choose_once(&mut self, choice: &Choice, search: &mut Search, draft: &mut Entry) -> Result<Prepared, Defect> {
        let Choice { benchmark, ref pool, budget, start, .. } = *choice;
        if matches!(benchmark.kind, Kind::Memory(_) | Kind::CopyCommand) {
            self.know_the_last_cache(budget / 2)?;
        }
        self.begin("checking");
        let mut checker = Checker::new(self.device, benchmark, self.plan.seed)?.behind(self.guard);
        // Where what was fastest before took the device, it is time to search anew.
        let recalled = if search.has_losses() { pool.only(&[]) } else { self.recall(benchmark, pool) };
        let (first, pool, from_cache) = match search.first_right(&mut checker, &recalled, budget)? {
            Some(first) => (first, &recalled, true),
            None => match search.first_right(&mut checker, pool, budget)? {
                Some(first) => (first, pool, false),
                None => return Err(nothing_right(draft, search.clone(), self.plan.tune)),
            },
        };
        self.begin("choosing a size");
        let mut fitted = self.fit(benchmark, &first, None)?;
        let mut winner = first;
        if self.plan.tune != Tune::Off {
            self.begin(if from_cache { "timing what was fastest before" } else { "tuning" });
            search.times_on(fitted.problem);
            self.guard.expect(&fitted.problem);
            search.time(fitted.session.as_mut(), &first)?;
            let time = self.plan.tuning_time(budget.saturating_sub(start.elapsed()));
            search.run(fitted.session.as_mut(), &mut checker, pool, time, &self.stopper())?;
            winner = search.tried.first().map_or(winner, |(variant, _)| *variant);
            // What is recalled is the outcome of a whole search.
            search.cut = search.cut.filter(|_| !from_cache);
            let bound = search.cut.filter(|cut| cut.leaves_a_lower_bound(benchmark.kind.is_ceiling()));
            draft.lower_bound = bound.map(|cut| Remark::SearchCut(cut).into());
            // The next run should search again where this one had to stop too early.
            if !from_cache && draft.lower_bound.is_none() && search.tried.len() >= REMEMBERED {
                self.remember(benchmark, search);
            }
            self.begin("choosing a size");
            search.try_on_device(&winner);
            fitted = self.fit(benchmark, &winner, Some(fitted))?;
        }
        let remarks = search.wrong.iter().cloned().chain(crashes(search)).chain(fitted.limited_by.take());
        draft.findings.extend(remarks.map(Note::from));
        draft.tuning = Some(Tuning { from_cache, ..tuning(search.clone(), self.plan.tune) });
        draft.variant = Some(used(&winner));
        draft.problem = Some(fitted.problem);
        draft.work = Some(fitted.problem.work());
        let smaller = self.half(&winner, &fitted.problem)?;
        self.confirm(fitted, &winner, draft, smaller)
    }

    /// What memory passes go over.
    fn footprint(&self) -> Footprint {
        let adapter = self.device.adapter();
        // Others use a processor's caches too: its sweep may show less than half of them, and half a pass may fit what is there.
        let shows_less = self.is_blurred || adapter.software;
        let expected = shows_less.then(|| sizes::expected_cache(adapter));
        sizes::footprint(adapter, self.plan, self.last_cache().max(self.not_overflowed).max(expected))
    }

    /// Bytes of the last cache, where a sweep shows one.
    fn last_cache(&self) -> Option<u64> {
        self.caches.as_ref()?.last().copied()
    }

    /// The time of a pass over half as much, where the benchmark is one.
    fn half(&mut self, winner: &Variant, problem: &Problem) -> Result<Option<(Problem, Seconds)>, Fault> {
        let Problem::Memory { operation, elements, parts } = *problem else { return Ok(None) };
        // A quick run has time for one of the passes, which stands for all.
        if self.plan.effort == Effort::Quick && operation != MemoryOp::Copy {
            return Ok(None);
        }
        let unit = MEMORY_BLOCK * u64::from(parts);
        let half = Problem::Memory { operation, elements: (elements / 2 / unit).max(1) * unit, parts };
        // There may be no room for both.
        let Some(mut fitted) = self.open_if_it_fits(half)? else { return Ok(None) };
        fitted.session.select(winner)?;
        Ok(Some((half, probe(fitted.session.as_mut(), f64::INFINITY)?)))
    }

    /// What an earlier search found fastest; nothing where none did, or none is wanted.
    fn recall(&self, benchmark: &'static Benchmark, pool: &Pool) -> Pool {
        let Plan { tune, shaders, .. } = *self.plan;
        match tune {
            Tune::Off => pool.only(&[]),
            _ if !self.seen.is_empty() => pool.only(&[]),
            _ => pool.only(self.cache.recall(benchmark, self.device.adapter(), shaders, tune)),
        }
    }

    fn remember(&mut self, benchmark: &'static Benchmark, search: &Search) {
        let fastest = search.tried.iter().take(REMEMBERED).map(|(_, tried)| tried.name.clone()).collect();
        self.cache.remember(benchmark, self.device.adapter(), self.plan.shaders, self.plan.tune, fastest);
    }

    /// Checks the winner on integers at the very size to be timed, and loads the random data.
    fn confirm(
        &self,
        fitted: Fitted,
        winner: &Variant,
        draft: &Entry,
        smaller: Option<(Problem, Seconds)>,
    ) -> Result<Prepared, Defect> {
        let Fitted { problem, mut session, .. } = fitted;
        let prepared = |session, check, smaller| Prepared {
            session,
            problem,
            variant: *winner,
            seed: self.plan.seed,
            draft: draft.clone(),
            check,
            smaller,
            last_cache: None,
        };
        self.begin(CHECKING_THE_SIZE);
        session.select(winner)?;
        if !matches!(problem, Problem::Matmul { .. } | Problem::Peak { .. } | Problem::MatrixPeak { .. }) {
            // Compared whole, on the random data that is there.
            session.clear()?;
            session.time(1)?;
            let operands = Operands::new(problem, Fill::Random, self.plan.seed);
            let check = sampled(session.as_mut(), winner, &operands, self.plan.seed)?;
            session.clear()?;
            let last_cache = self.last_cache();
            return Ok(Prepared { last_cache, ..prepared(session, check, smaller) });
        }
        let integers = Operands::new(problem, Fill::Integers, self.plan.seed);
        session.load(&integers)?;
        session.time(1)?;
        let dispatched = session.dispatched();
        let read = &mut |range| Ok::<_, Defect>(session.output(range)?);
        let check = check::integer_checksum(&integers, winner, dispatched, read, self.plan.seed)?;
        session.load(&Operands::new(problem, Fill::Random, self.plan.seed))?;
        Ok(prepared(session, check, smaller))
    }

    /// Grows the problem as far as a dispatch stays short and the device has room, from what was fitted before or from the smallest.
    fn fit(&mut self, benchmark: &Benchmark, variant: &Variant, from: Option<Fitted>) -> Result<Fitted, Fault> {
        let sizes = sizes::ascending(benchmark, self.device.adapter(), self.plan, &self.footprint());
        let mut fitted = match from {
            Some(fitted) => fitted,
            None => self.open(sizes.problems[0])?,
        };
        let position = |problem: &Problem| sizes.problems.iter().position(|one| one == problem).unwrap_or(0);
        // Of what the device has no room for, and all that is larger.
        let mut too_large = sizes.problems.len();
        loop {
            let larger = sizes::first_larger(&fitted.problem, &sizes.problems);
            if larger >= too_large {
                break;
            }
            // What is long enough of smaller ones is no answer, and foretells nothing: it fits a cache.
            let is_too_small = larger <= sizes.too_small;
            let last = if is_too_small { too_large.min(sizes.too_small + 1) } else { too_large };
            let larger = &sizes.problems[larger..last];
            fitted.session.select(variant)?;
            let smaller = fitted.problem;
            // One dispatch alone says how far to go; whether a pass is long enough only several do, of which each costs less to submit.
            let is_exact = matches!(smaller, Problem::Memory { .. }) && !is_too_small;
            let seconds = probe(fitted.session.as_mut(), if is_exact { f64::INFINITY } else { 0.0 })?;
            if self.stopper()() {
                return Err(Fault::Interrupted);
            }
            let limit = self.longest(&smaller);
            let enough = if is_too_small { Seconds::new(f64::INFINITY) } else { self.long_enough(&smaller) };
            if seconds.get() >= enough.get() {
                fitted.limited_by = sizes.limit_at(&smaller);
                return Ok(fitted);
            }
            let Some(larger) = sizes::next(&smaller, seconds, larger, enough, limit) else {
                fitted.limited_by = too_long(&sizes, &smaller, limit).or_else(|| sizes.limit_at(&smaller));
                return Ok(fitted);
            };
            // What a submission holds is limited more narrowly than a pass.
            let submissions = seconds.get() * sizes::growth(&smaller, &larger) / self.plan.submission_s.get();
            if submissions > 1.0 {
                let limited_by = too_long(&sizes, &larger, limit);
                drop(fitted);
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few")]
                let in_parts = sizes::in_parts(&larger, 2 * submissions.ceil() as u32);
                match self.open_if_it_fits(in_parts)? {
                    Some(parts) => {
                        return Ok(Fitted { limited_by: limited_by.or_else(|| sizes.limit_at(&larger)), ..parts });
                    }
                    None => too_large = position(&larger),
                }
                fitted = self.open(smaller)?;
                continue;
            }
            drop(fitted);
            fitted = match self.open_if_it_fits(larger)? {
                Some(larger) => larger,
                None => {
                    too_large = position(&larger);
                    self.open(smaller)?
                }
            };
        }
        if too_large < sizes.problems.len() {
            let limited_by = Some(Remark::OutOfMemory { wanted: sizes.problems[too_large], taken: fitted.problem });
            return Ok(Fitted { limited_by, ..fitted });
        }
        fitted.limited_by = sizes.limit_at(&fitted.problem);
        Ok(fitted)
    }

    /// How long one dispatch of a problem like this may last.
    fn longest(&self, problem: &Problem) -> Seconds {
        match problem {
            Problem::Memory { .. } => Seconds::from(self.plan.longest_pass()),
            _ => self.plan.submission_s,
        }
    }

    /// How long a dispatch of a problem like this lasts at which no longer one would tell more.
    fn long_enough(&self, problem: &Problem) -> Seconds {
        match (problem, self.plan.effort) {
            (Problem::Memory { .. }, _) => SHORTEST_PASS,
            (_, Effort::Standard | Effort::Full) => Seconds::new(f64::INFINITY),
            (_, Effort::Quick) => LONG_ENOUGH,
        }
    }

    /// `None` where the device has no room for `problem`.
    fn open_if_it_fits(&mut self, problem: Problem) -> Result<Option<Fitted>, Fault> {
        match self.open(problem) {
            Err(Fault::OutOfMemory(_)) => Ok(None),
            other => other.map(Some),
        }
    }

    fn open(&mut self, problem: Problem) -> Result<Fitted, Fault> {
        let mut session = self.device.open(&problem)?;
        session.load(&Operands::new(problem, Fill::Random, self.plan.seed))?;
        // A card rests while the host fills its arrays.
        self.keep_the_clock_up()?;
        Ok(Fitted { problem, session, limited_by: None })
    }
}

/// What is to be said of a pass over `taken` where larger ones that suffice would take longer than `limit`. Products and peaks only need to be long
/// enough; memory has to be larger than caches.
fn too_long(sizes: &Sizes, taken: &Problem, limit: Seconds) -> Option<Remark> {
    let enough = sizes.problems.get(sizes.too_small).filter(|enough| matches!(enough, Problem::Memory { .. }))?;
    let larger = sizes::growth(taken, enough) > 1.0;
    larger.then_some(Remark::PassTooLong { wanted: *enough, limit, taken: *taken })
}

/// What a benchmark's variant is chosen of, and within which time.
struct Choice {
    benchmark: &'static Benchmark,
    pool: Pool,
    /// Those that do not fit the device.
    rejected: Vec<Rejected>,
    budget: Duration,
    start: Instant,
}

/// A problem on the device, loaded with random operands.
struct Fitted {
    problem: Problem,
    session: Box<dyn Session>,
    limited_by: Option<Remark>,
}

/// Compares what the timed dispatches of `variant` left behind in `session`, as far as that is compared after timing.
fn sampled(session: &mut dyn Session, variant: &Variant, operands: &Operands, seed: u64) -> Result<Check, Defect> {
    let dispatched = session.dispatched();
    let read = &mut |range| Ok::<_, Defect>(session.output(range)?);
    check::sampled(operands, variant, dispatched, read, SAMPLED_ELEMENTS, seed)
}

/// What to say where no variant is left: that answers were wrong, or else that none could run.
fn nothing_right(draft: &mut Entry, search: Search, mode: Tune) -> Defect {
    let reason = search.rejected.last().map_or_else(|| "no variant".to_owned(), |rejected| rejected.reason.clone());
    let defect = match (search.wrong.first(), crashes(&search)) {
        (Some(what), _) => Defect::Wrong(what.to_string()),
        (None, Some(what)) => Fault::Crashed(what.to_string()).into(),
        (None, None) => Fault::Refused(reason).into(),
    };
    draft.tuning = Some(tuning(search, mode));
    defect
}

/// What to say of the variants that a driver or the device did not survive; the others are named among those rejected.
fn crashes(search: &Search) -> Option<Remark> {
    let (first, others) = search.crashed.split_first()?;
    Some(Remark::CrashedVariants { first: first.clone(), others: others.len() })
}

fn tuning(search: Search, mode: Tune) -> Tuning {
    let tried = search.tried.into_iter().map(|(_, tried)| tried).collect();
    Tuning { mode, from_cache: false, problem: search.problem, cut: search.cut, tried, rejected: search.rejected }
}

fn used(variant: &Variant) -> VariantUsed {
    VariantUsed {
        name: variant.name(),
        shader: variant.shader().map(str::to_owned),
        workgroup_invocations: variant.shape.invocations(),
        workgroup_memory_bytes: variant.shape.workgroup_memory_bytes(variant.benchmark.kind),
    }
}

/// What a reader of any figure from this adapter should know.
pub fn warnings(adapter: &Adapter, plan: &Plan) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if adapter.software {
        warnings.push(Warning::SoftwareRenderer(adapter.name.clone()));
    }
    if !adapter.has(crate::adapter::Feature::TimestampQuery) {
        warnings.push(Warning::NoTimestamps);
    }
    warnings.extend(adapter.compiler_warning().map(Warning::Compiler));
    if plan.shaders == measure::ShaderChecks::Checked {
        warnings.push(Warning::CheckedShaders);
    }
    warnings
}
