//! The search for the fastest variant: known-good seeds first, then the neighbours of what was fastest.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::checker::{Checker, Defect};
use super::pool::Pool;
use super::probe::probe;
use crate::kernel::Variant;
use crate::measure::{Fault, Session};
use crate::problem::Problem;
use crate::record::{Cut, Rejected, Remark, Tried};
use crate::units::Seconds;

/// How long a candidate may take to be compiled and checked: what takes longer is given up, and so is whatever has as much code.
const SLOW: Duration = Duration::from_secs(4);

/// How many times its time a search takes for what may be far faster than all it has seen.
const PATIENCE: u32 = 2;

/// How many of the fastest are refined.
const BEAM: usize = 3;

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
    pub not_survived: Vec<String>,
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
        self.not_survived.push(words);
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
    /// Fails if the device itself fails.
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
            Defect::Fault(fault) if !fault.is_the_variants() => return Err(fault),
            Defect::Wrong(mismatch) => {
                self.reject(variant, format!("wrong: {mismatch}"));
                self.wrong.push(Remark::WrongVariant { variant: variant.name(), mismatch });
            }
            Defect::Fault(fault) => {
                self.reject(variant, fault.to_string());
                self.not_survived.extend(matches!(fault, Fault::NotSurvived(_)).then(|| fault.to_string()));
            }
        }
        Ok(())
    }

    /// The first seed of `pool` that is right, of those that `time` suffices to look at; one in any case.
    ///
    /// # Errors
    /// Fails if the device itself fails.
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
    /// Fails if the device itself fails, or `stop` says so.
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
    /// Fails if the device itself fails.
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
            Err(fault) => return self.leave_out(variant, fault.into()),
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

#[cfg(test)]
mod tests {
    use super::super::pool::take_turns;
    use super::*;
    use crate::benchmark::Benchmark;
    use crate::kernel::Target;

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
}
