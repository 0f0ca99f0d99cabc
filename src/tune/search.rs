//! The search for the fastest variant: known-good seeds first, then the neighbours of what was fastest.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use super::checker::{Checker, Defect};
use crate::adapter::{Adapter, Backend};
use crate::kernel::{Benchmark, Shape, Target, Variant};
use crate::measure::{Fault, Session};
use crate::problem::Problem;
use crate::record::{Cut, Rejected, Remark, Tried};
use crate::units::Seconds;

/// The variants of a benchmark that fit a device.
#[derive(Debug)]
pub struct Pool {
    /// What to begin with.
    pub seeds: Vec<Variant>,
    /// Where to look further; nowhere where this is empty.
    pub all: Vec<Variant>,
    /// Whether one variant may be compiled while another one is timed.
    pub compiles_ahead: bool,
}

impl Pool {
    /// The pool of `benchmark` on `adapter`, and the seeds that do not fit, with the reasons.
    pub fn new(benchmark: &'static Benchmark, adapter: &Adapter) -> (Self, Vec<Rejected>) {
        let target = Target::of(adapter);
        let mut rejected = Vec::new();
        let mut seeds = benchmark.seeds(&target);
        seeds.retain(|variant| match variant.misfit(adapter) {
            Some(reason) => {
                rejected.push(Rejected { name: variant.name(), reason });
                false
            }
            None => true,
        });
        if adapter.software {
            // Software drivers compile at the first dispatch, some kernels for many seconds: the small ones go first, and before all
            // others those that make a subgroup one vector register. Passes over memory are small in any shape, and stay in their order.
            let code = |shape: Shape| if matches!(shape, Shape::Stream(_)) { 0 } else { shape.unrolled() };
            seeds.sort_by_key(|variant| (!matches!(variant.shape, Shape::Broadcast(_)), code(variant.shape)));
        }
        let seeds = take_turns(distinct(seeds));
        let mut all = benchmark.variants(&target);
        all.retain(|variant| variant.misfit(adapter).is_none());
        // A processor that computes would be disturbed, and has nothing to compile before the first dispatch; one thread at a time may use GL.
        let compiles_ahead = !adapter.software && adapter.backend != Backend::Gl;
        (Self { seeds, all, compiles_ahead }, rejected)
    }

    /// Only the variants of the given names, with nowhere else to look.
    #[must_use]
    pub fn only(&self, names: &[String]) -> Self {
        let named = |name: &String| self.seeds.iter().chain(&self.all).find(|variant| variant.name() == *name).copied();
        Self { seeds: names.iter().filter_map(named).collect(), all: Vec::new(), ..*self }
    }
}

/// Without those that differ in nothing from one before.
fn distinct(seeds: Vec<Variant>) -> Vec<Variant> {
    let mut seen = HashSet::new();
    // What the API does without a kernel has no text.
    let likeness = |seed: &Variant| if seed.shader().is_some() { seed.wgsl() } else { seed.name() };
    seeds.into_iter().filter(|seed| seen.insert(likeness(seed))).collect()
}

/// How many of each other family come before the first of one that is new ground to drivers.
const LATER: u32 = 6;

/// One of each family, then a second of each, and so on: a search that is cut has seen something of all. Some families wait for a few of the others.
fn take_turns(seeds: Vec<Variant>) -> Vec<Variant> {
    let mut turns = HashMap::new();
    let mut turn = |seed: &Variant| {
        let turn = turns.entry(seed.shape.family()).or_insert(if seed.shape.is_new_ground() { LATER } else { 0 });
        *turn += 1;
        *turn
    };
    let mut seeds: Vec<(u32, Variant)> = seeds.into_iter().map(|seed| (turn(&seed), seed)).collect();
    seeds.sort_by_key(|(turn, _)| *turn);
    seeds.into_iter().map(|(_, seed)| seed).collect()
}

/// How long a candidate may take to be compiled and checked: what takes longer is given up, and so is whatever has as much code.
const SLOW: Duration = Duration::from_secs(4);

/// How many times its time a search takes for what may be far faster than all it has seen.
const PATIENCE: u32 = 2;

/// How many of the fastest are refined.
const BEAM: usize = 3;

/// Wall time that a probe's batch of dispatches should take, so that the cost of a submission does not decide.
const BATCH: Duration = Duration::from_millis(10);

/// Batches of a probe, of which the best counts.
const BATCHES: u32 = 3;

/// A dispatch that takes this many batches' time is looked at only once more.
const LONG: f64 = 4.0;

/// A variant that takes this many times longer than the best is not looked at twice.
const HOPELESS: f64 = 3.0;

/// How many variants may take the device before a search ends: of a broken card each one does.
pub const MOST_LOSSES: usize = 3;

/// The outcome of a search: the variants by speed, and those left out.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// What was timed, the fastest first.
    pub tried: Vec<(Variant, Tried)>,
    /// What was not, and why.
    pub rejected: Vec<Rejected>,
    /// The answers that were wrong.
    pub wrong: Vec<Remark>,
    /// What a driver or the device did not survive.
    pub crashed: Vec<String>,
    /// How far it came, where time ended it.
    pub cut: Option<Cut>,
    /// Best time so far, after each variant that was timed.
    progress: Vec<f64>,
    /// Size of the code that was too slow to compile.
    too_much_code: Option<u32>,
    /// What the device was given last.
    on_trial: Option<Variant>,
    /// What the variants that were timed computed.
    pub problem: Option<Problem>,
    /// Variants over which the device was lost, or hung.
    losses: usize,
}

impl Search {
    /// A search that has tried nothing yet, with what was `rejected` before it began.
    pub fn new(rejected: Vec<Rejected>) -> Self {
        Self { rejected, ..Self::default() }
    }

    /// Notes why `variant` is left out.
    fn reject(&mut self, variant: &Variant, reason: impl Into<String>) {
        self.rejected.push(Rejected { name: variant.name(), reason: reason.into() });
    }

    /// Notes that the device is given `variant`: a loss is blamed on the last one.
    pub fn try_on_device(&mut self, variant: &Variant) {
        self.on_trial = Some(*variant);
    }

    /// Leaves out the variant over which `fault` took the device, where there is one that may be blamed and there were not too many before. The
    /// search can then go on with a fresh device.
    pub fn survives(&mut self, fault: &Fault) -> bool {
        let goes_on = fault.is_loss() && self.losses + 1 < MOST_LOSSES;
        let Some(variant) = self.on_trial.take().filter(|_| goes_on) else { return false };
        self.losses += 1;
        self.tried.retain(|(tried, _)| *tried != variant);
        let words = format!("{fault}, while running {} {}", variant.benchmark.id, variant.name());
        self.reject(&variant, words.clone());
        self.crashed.push(words);
        true
    }

    /// Whether a variant took the device.
    pub fn has_losses(&self) -> bool {
        self.losses > 0
    }

    /// Takes `problem` as what is timed from now on. Times of another one do not stand beside its.
    pub fn times_on(&mut self, problem: Problem) {
        if self.problem.replace(problem).is_some_and(|before| before != problem) {
            self.tried.clear();
            self.progress.clear();
        }
    }

    /// Checks `variant`; a wrong answer, or a kernel that is refused, only leaves it out.
    ///
    /// # Errors
    /// Where the device itself fails.
    fn admits(&mut self, checker: &mut Checker<'_>, variant: &Variant) -> Result<bool, Fault> {
        self.try_on_device(variant);
        match checker.check(variant) {
            Ok(()) => Ok(true),
            Err(defect) => self.leave_out(variant, defect).map(|()| false),
        }
    }

    /// Leaves out `variant` for its `defect`, unless that is the device's.
    fn leave_out(&mut self, variant: &Variant, defect: Defect) -> Result<(), Fault> {
        match defect {
            Defect::Fault(fault @ (Fault::Lost(_) | Fault::Hang(_) | Fault::Awaited(_) | Fault::Interrupted)) => {
                return Err(fault);
            }
            Defect::Wrong(mismatch) => {
                self.reject(variant, format!("wrong: {mismatch}"));
                self.wrong.push(Remark::WrongVariant { variant: variant.name(), mismatch });
            }
            Defect::Fault(fault) => {
                self.reject(variant, fault.to_string());
                self.crashed.extend(matches!(fault, Fault::Crashed(_)).then(|| fault.to_string()));
            }
        }
        Ok(())
    }

    /// The first seed of `pool` that is right, of those that `time` suffices to look at; one in any case.
    ///
    /// # Errors
    /// Where the device itself fails.
    pub fn first_right(
        &mut self,
        checker: &mut Checker<'_>,
        pool: &Pool,
        time: Duration,
    ) -> Result<Option<Variant>, Fault> {
        let start = Instant::now();
        let left: Vec<Variant> = pool.seeds.iter().filter(|seed| !self.has_rejected(seed)).copied().collect();
        for variant in &left {
            if self.admits(checker, variant)? {
                return Ok(Some(*variant));
            }
            if start.elapsed() >= time {
                self.reject_unseen(pool);
                break;
            }
        }
        Ok(None)
    }

    /// Notes that no time was left for the seeds of `pool` that were not tried.
    fn reject_unseen(&mut self, pool: &Pool) {
        let missed: Vec<Variant> = pool.seeds.iter().filter(|seed| !self.has_seen(seed)).copied().collect();
        missed.iter().for_each(|variant| self.reject(variant, "no time left to try it"));
    }

    /// Whether a variant of the same family was timed.
    fn knows_family_of(&self, variant: &Variant) -> bool {
        self.tried.iter().any(|(tried, _)| tried.shape.family() == variant.shape.family())
    }

    /// Whether `variant` may be far faster than all that was timed: the first of a family, and of a ceiling any seed.
    fn may_hold_far_more(&self, variant: &Variant, pool: &Pool) -> bool {
        !self.knows_family_of(variant) || variant.benchmark.kind.is_ceiling() && pool.seeds.contains(variant)
    }

    /// How far the search has come in `pool`.
    fn cut(&self, pool: &Pool) -> Cut {
        let of = pool.seeds.len();
        let unseen: Vec<&Variant> = pool.seeds.iter().filter(|seed| !self.has_seen(seed)).collect();
        let untried = unseen.iter().filter(|seed| !self.knows_family_of(seed));
        let untried: HashSet<_> = untried.map(|seed| seed.shape.family()).collect();
        let [half, last] = [self.progress.get(self.progress.len() / 2), self.progress.last()];
        let last_gain = half.zip(last).map_or(0.0, |(half, last)| half / last - 1.0);
        Cut { tried: of - unseen.len(), of, families_untried: untried.len(), last_gain }
    }

    /// Tries the variants of `pool` on the problem in `session`, each after a check, until `time` is over or nothing is left to try.
    ///
    /// # Errors
    /// Where the device itself fails, or `stop` says so.
    pub fn run(
        &mut self,
        session: &mut dyn Session,
        checker: &mut Checker<'_>,
        pool: &Pool,
        time: Duration,
        stop: &dyn Fn() -> bool,
    ) -> Result<(), Fault> {
        let start = Instant::now();
        while let Some(variant) = self.next(pool, None) {
            if stop() {
                return Err(Fault::Interrupted);
            }
            let patience = if self.may_hold_far_more(&variant, pool) { PATIENCE } else { 1 };
            if start.elapsed() >= time.saturating_mul(patience) {
                self.cut = Some(self.cut(pool));
                self.reject_unseen(pool);
                break;
            }
            let after = if pool.compiles_ahead { self.next(pool, Some(&variant)) } else { None };
            self.consider(session, checker, &variant, after.as_ref())?;
        }
        session.compile_ahead(None);
        self.play_off(session)
    }

    /// The next seed, or else a neighbour of one of the fastest; the one after `current`, where that is being tried.
    fn next(&self, pool: &Pool, current: Option<&Variant>) -> Option<Variant> {
        let unseen = |variant: &Variant| current != Some(variant) && !self.has_seen(variant);
        let seed = pool.seeds.iter().copied().find(unseen);
        seed.or_else(|| {
            let fastest = self.tried.iter().take(BEAM);
            fastest.flat_map(|(variant, _)| variant.neighbours(&pool.all)).find(unseen)
        })
    }

    fn has_seen(&self, variant: &Variant) -> bool {
        self.tried.iter().any(|(tried, _)| tried == variant) || self.has_rejected(variant)
    }

    fn has_rejected(&self, variant: &Variant) -> bool {
        let name = variant.name();
        self.rejected.iter().any(|one| one.name == name)
    }

    fn is_too_much_code(&self, variant: &Variant) -> bool {
        self.too_much_code.is_some_and(|too_much| variant.shape.unrolled() >= too_much)
    }

    /// Checks and times `variant`, while `next` is compiled where that may be.
    fn consider(
        &mut self,
        session: &mut dyn Session,
        checker: &mut Checker<'_>,
        variant: &Variant,
        next: Option<&Variant>,
    ) -> Result<(), Fault> {
        if self.is_too_much_code(variant) {
            self.reject(variant, "has as much code as one that was too slow to compile");
            return Ok(());
        }
        let asked = Instant::now();
        if let Err(fault) = checker.ask(variant) {
            return self.leave_out(variant, fault.into());
        }
        if self.is_too_slow(variant, asked.elapsed()) {
            return Ok(());
        }
        let start = Instant::now();
        if let Some(next) = next.filter(|next| !self.is_too_much_code(next) && checker.knows(next)) {
            // First the one that is wanted now: only one is compiled at a time.
            match session.select(variant) {
                Ok(()) => session.compile_ahead(Some(next)),
                Err(fault) => return self.leave_out(variant, fault.into()),
            }
        }
        if !self.admits(checker, variant)? {
            return Ok(());
        }
        if self.is_too_slow(variant, start.elapsed()) {
            return Ok(());
        }
        self.time(session, variant)
    }

    /// Leaves out `variant` where it `took` too long to be compiled and checked, and whatever has as much code.
    fn is_too_slow(&mut self, variant: &Variant, took: Duration) -> bool {
        let is_slow = took > SLOW;
        if is_slow {
            self.too_much_code = Some(variant.shape.unrolled());
            self.reject(variant, format!("took {} to compile and check", Seconds::from(took)));
        }
        is_slow
    }

    /// Times a variant that was found right, and has not been timed yet.
    ///
    /// # Errors
    /// Where the device itself fails.
    pub fn time(&mut self, session: &mut dyn Session, variant: &Variant) -> Result<(), Fault> {
        if self.has_seen(variant) {
            return Ok(());
        }
        self.try_on_device(variant);
        let best = self.tried.first().map_or(f64::INFINITY, |(_, tried)| tried.seconds_best.get());
        match session.select(variant).and_then(|()| probe(session, HOPELESS * best)) {
            Ok(seconds_best) => {
                let place = self.tried.partition_point(|(_, tried)| tried.seconds_best.get() <= seconds_best.get());
                self.tried.insert(place, (*variant, Tried { name: variant.name(), seconds_best }));
                self.progress.push(best.min(seconds_best.get()));
            }
            Err(Fault::Refused(reason)) => self.reject(variant, reason),
            Err(fault) => return Err(fault),
        }
        Ok(())
    }

    /// Times the fastest once more, one beside the other: what won by a moment's noise should not win.
    fn play_off(&mut self, session: &mut dyn Session) -> Result<(), Fault> {
        let finalists = self.tried.len().min(BEAM);
        if finalists < 2 {
            return Ok(());
        }
        for (variant, tried) in &mut self.tried[..finalists] {
            self.on_trial = Some(*variant);
            session.select(variant)?;
            tried.seconds_best = probe(session, f64::INFINITY)?;
        }
        self.tried[..finalists]
            .sort_by(|(_, one), (_, other)| one.seconds_best.get().total_cmp(&other.seconds_best.get()));
        Ok(())
    }
}

/// The best time of one dispatch of the selected variant in a few short batches, after one that may compile; of a single dispatch only
/// where that takes longer than `hopeless` seconds.
///
/// # Errors
/// Where the device fails.
pub fn probe(session: &mut dyn Session, hopeless: f64) -> Result<Seconds, Fault> {
    session.time(1)?;
    // The wall clock: a device whose timestamps lie must not choose the variant.
    let single = session.time(1)?.wall_s;
    if single.get() > hopeless {
        return Ok(single);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a u32 holds")]
    let dispatches = (BATCH.as_secs_f64() / single.get().max(1e-9)).clamp(1.0, 256.0) as u32;
    let mut best = single.get();
    // A single one that is long is as good as a batch.
    let batches = if single.get() > LONG * BATCH.as_secs_f64() { 1 } else { BATCHES };
    for _ in 0..batches {
        best = best.min(session.time(dispatches)?.wall_s.get() / f64::from(dispatches));
    }
    Ok(Seconds::new(best))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::CATALOGUE;

    #[test]
    fn any_seed_of_a_ceiling_may_be_the_fastest_and_of_a_product_the_first_of_a_family() {
        for (id, expected) in [("peak/f32", true), ("matmul/f32", false)] {
            let seeds = take_turns(Benchmark::by_id(id).expect("a benchmark").seeds(&Target::common()));
            let pool = Pool { seeds, all: Vec::new(), compiles_ahead: false };
            let (last, before) = pool.seeds.split_last().expect("seeds");
            let timed = |seed: &Variant| (*seed, Tried { name: seed.name(), seconds_best: Seconds::new(1.0) });
            let search = Search { tried: before.iter().map(timed).collect(), ..Search::default() };
            assert_eq!(search.may_hold_far_more(last, &pool), expected, "{id}: its family is known");
            assert!(Search::default().may_hold_far_more(last, &pool), "{id}: nothing is");
        }
    }

    #[test]
    fn seeds_are_distinct_and_families_take_turns() {
        for benchmark in &CATALOGUE {
            let seeds = benchmark.seeds(&Target::common());
            let twice: Vec<Variant> = seeds.iter().flat_map(|seed| [*seed, *seed]).collect();
            let turns = take_turns(distinct(twice));
            assert!(turns.len() <= seeds.len(), "{}: what is the same is tried once", benchmark.id);
            let families: HashSet<_> = turns.iter().map(|seed| seed.shape.family()).collect();
            let first: HashSet<_> = turns.iter().take(families.len()).map(|seed| seed.shape.family()).collect();
            assert_eq!(first, families, "{}: one of each comes first", benchmark.id);
        }
    }
}
