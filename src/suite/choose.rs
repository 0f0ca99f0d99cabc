//! The choice of a variant: the first that is right, the size that suits it, the fastest at that size. A variant that takes the device is left out.

use std::time::{Duration, Instant};

use super::fit::Fitted;
use super::{Prepared, Suite};
use crate::benchmark::{Benchmark, Kind};
use crate::kernel::Variant;
use crate::measure::Fault;
use crate::plan::{Plan, Tune};
use crate::record::{Entry, Note, Outcome, Rejected, Remark, Tuning, VariantUsed};
use crate::tune::{Checker, Defect, Pool, Search};

/// How many of the fastest variants the next run times again.
const REMEMBERED: usize = 3;

/// What a benchmark's variant is chosen of, and within which time.
pub(super) struct Choice {
    pub(super) benchmark: &'static Benchmark,
    pub(super) pool: Pool,
    /// Those that do not fit the device.
    pub(super) rejected: Vec<Rejected>,
    pub(super) budget: Duration,
    pub(super) start: Instant,
}

/// The variant to begin with, and where others are looked for.
struct Begun {
    first: Variant,
    pool: Pool,
    /// Whether an earlier search found it.
    from_cache: bool,
}

impl Suite<'_> {
    /// Chooses among the variants of a benchmark; one over which the device is lost or hangs is left out, and the choice is made anew among the
    /// others.
    pub(super) fn choose(&mut self, choice: Choice, draft: &mut Entry) -> Result<Prepared, Defect> {
        let (mut search, blank) = (Search::new(choice.rejected.clone()), draft.clone());
        loop {
            match self.choose_once(&choice, &mut search, draft) {
                Err(Defect::Fault(fault)) => self.survive(&fault, &mut search, draft)?,
                other => return other,
            }
            draft.clone_from(&blank);
        }
    }

    /// Makes ready for another choice after `fault`, without the variant that it is blamed on.
    fn survive(&mut self, fault: &Fault, search: &mut Search, draft: &mut Entry) -> Result<(), Fault> {
        let goes_on = search.survives(fault);
        if goes_on && !self.stopper()() && self.revive() {
            return Ok(());
        }
        if search.has_losses() {
            draft.tuning = Some(tuning(search.clone(), self.plan.tune));
        }
        Err(fault.clone())
    }

    /// Finds the size that suits the first right variant, the fastest variant at that size, and the size that suits it. What `search` has seen is not tried
    /// again.
    fn choose_once(&mut self, choice: &Choice, search: &mut Search, draft: &mut Entry) -> Result<Prepared, Defect> {
        let Choice { benchmark, budget, .. } = *choice;
        if matches!(benchmark.kind, Kind::Memory(_) | Kind::CopyCommand) {
            self.know_the_last_cache(budget / 2)?;
        }
        self.begin("checking");
        let mut checker = Checker::new(self.device, benchmark, self.plan.seed)?.behind(self.guard);
        let begun = self.first_right(choice, &mut checker, search)?;
        let Some(begun) = begun else { return Err(nothing_right(draft, search.clone(), self.plan.tune)) };
        self.begin("choosing a size");
        let mut fitted = self.fit(benchmark, &begun.first, None)?;
        let mut winner = begun.first;
        if self.plan.tune != Tune::Off {
            winner = self.search(choice, &begun, &mut fitted, &mut checker, search)?;
            let bound = search.cut.filter(|cut| cut.leaves_a_lower_bound(benchmark.kind.is_ceiling()));
            draft.lower_bound = bound.map(|cut| Remark::SearchCut(cut).into());
            // The next run should search again where this one had to stop too early.
            if !begun.from_cache && draft.lower_bound.is_none() && search.tried.len() >= REMEMBERED {
                self.remember(benchmark, search);
            }
            self.begin("choosing a size");
            search.try_on_device(&winner);
            fitted = self.fit(benchmark, &winner, Some(fitted))?;
        }
        let remarks = search.wrong.iter().cloned().chain(not_survived(search)).chain(fitted.limited_by.take());
        draft.findings.extend(remarks.map(Note::from));
        draft.tuning = Some(Tuning { from_cache: begun.from_cache, ..tuning(search.clone(), self.plan.tune) });
        draft.variant = Some(used(&winner));
        draft.problem = Some(fitted.problem);
        draft.work = Some(fitted.problem.work());
        let smaller = self.half(&winner, &fitted.problem)?;
        self.confirm(fitted, &winner, draft, smaller)
    }

    /// The first right variant: of those that were fastest before, or else of all; `None` where none is right.
    fn first_right(
        &self,
        choice: &Choice,
        checker: &mut Checker<'_>,
        search: &mut Search,
    ) -> Result<Option<Begun>, Fault> {
        let Choice { benchmark, ref pool, budget, .. } = *choice;
        // It is time to search anew if what was fastest before took the device.
        let recalled = if search.has_losses() { pool.only(&[]) } else { self.recall(benchmark, pool) };
        if let Some(first) = search.first_right(checker, &recalled, budget)? {
            return Ok(Some(Begun { first, pool: recalled, from_cache: true }));
        }
        let first = search.first_right(checker, pool, budget)?;
        Ok(first.map(|first| Begun { first, pool: pool.clone(), from_cache: false }))
    }

    /// The fastest variant on the problem that was `fitted`.
    fn search(
        &self,
        choice: &Choice,
        begun: &Begun,
        fitted: &mut Fitted,
        checker: &mut Checker<'_>,
        search: &mut Search,
    ) -> Result<Variant, Fault> {
        self.begin(if begun.from_cache { "timing what was fastest before" } else { "tuning" });
        search.times_on(fitted.problem);
        self.guard.expect(&fitted.problem);
        search.time(fitted.session.as_mut(), &begun.first)?;
        let time = self.plan.tuning_time(choice.budget.saturating_sub(choice.start.elapsed()));
        search.run(fitted.session.as_mut(), checker, &begun.pool, time, &self.stopper())?;
        // What is recalled is the outcome of a whole search.
        search.cut = search.cut.filter(|_| !begun.from_cache);
        Ok(search.tried.first().map_or(begun.first, |(fastest, _)| *fastest))
    }

    /// The variants that the device can run, and why some cannot.
    pub(super) fn candidates(&self, benchmark: &'static Benchmark) -> Result<(Pool, Vec<Rejected>), Box<Entry>> {
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
    pub(super) fn variant_of(&self, entry: &Entry) -> Option<Variant> {
        let (pool, _) = self.candidates(entry.benchmark()?).ok()?;
        pool.only(&[entry.variant.as_ref()?.name.clone()]).seeds.first().copied()
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
}

/// What to say where no variant is left: that answers were wrong, or else that none could run.
fn nothing_right(draft: &mut Entry, search: Search, mode: Tune) -> Defect {
    let reason = search.rejected.last().map_or_else(|| "there is none".to_owned(), |rejected| rejected.reason.clone());
    let defect = match (search.wrong.first(), not_survived(&search)) {
        (Some(what), _) => Defect::Wrong(what.to_string()),
        (None, Some(what)) => Fault::NotSurvived(what.to_string()).into(),
        (None, None) => Fault::NoVariant(reason).into(),
    };
    draft.tuning = Some(tuning(search, mode));
    defect
}

/// What to say of the variants that a driver or the device did not survive; the others are named among those rejected.
fn not_survived(search: &Search) -> Option<Remark> {
    let (first, others) = search.not_survived.split_first()?;
    Some(Remark::CrashedVariants { first: first.clone(), others: others.len() })
}

/// What the record keeps of a search.
fn tuning(search: Search, mode: Tune) -> Tuning {
    let tried = search.tried.into_iter().map(|(_, tried)| tried).collect();
    Tuning { mode, from_cache: false, problem: search.problem, cut: search.cut, tried, rejected: search.rejected }
}

pub(super) fn used(variant: &Variant) -> VariantUsed {
    VariantUsed {
        name: variant.name(),
        shader: variant.shader().map(str::to_owned),
        workgroup_invocations: variant.shape.invocations(),
        workgroup_memory_bytes: variant.shape.workgroup_memory_bytes(variant.benchmark.kind),
    }
}
