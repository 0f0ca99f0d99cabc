//! A driver that crashes over a kernel, or never comes back from it, costs that kernel and not the run.

#![allow(clippy::cast_possible_truncation, reason = "test data")]

mod double;

use std::cell::{Cell, RefCell};
use std::time::Duration;

use double::{Double, Fails};
use gpu_assay::benchmark::Benchmark;
use gpu_assay::kernel::Variant;
use gpu_assay::measure::Fault;
use gpu_assay::plan::{Effort, Plan, Tune};
use gpu_assay::record::{Entry, Outcome};
use gpu_assay::suite::Suite;
use gpu_assay::tune::{Cache, Guard};

/// Enough for every search, however busy the machine is; what is scripted takes no time of its own.
const BUDGET: Duration = Duration::from_secs(30);

/// A guard that is asked of everything once, and of which some kernels do not come back.
#[derive(Default)]
struct Scripted {
    fatal: Option<fn(&Variant) -> Option<Fault>>,
    known: RefCell<Vec<String>>,
    asked: RefCell<Vec<String>>,
    rested: Cell<usize>,
}

impl Guard for Scripted {
    fn knows(&self, variant: &Variant) -> bool {
        self.known.borrow().contains(&variant.name())
    }

    fn ask(&self, variant: &Variant) -> Result<(), Fault> {
        self.asked.borrow_mut().push(variant.name());
        match self.fatal.and_then(|fatal| fatal(variant)) {
            Some(fault) => Err(fault),
            None => {
                self.known.borrow_mut().push(variant.name());
                Ok(())
            }
        }
    }

    fn rest(&self) {
        self.rested.set(self.rested.get() + 1);
    }
}

fn crash(variant: &Variant) -> Option<Fault> {
    Some(Fault::NotSurvived(format!("the driver crashed over {} {}", variant.benchmark.id, variant.name())))
}

/// Measures the benchmarks of these ids on a device that never fails.
fn measure(guard: &Scripted, tune: Tune, ids: &[&str]) -> (Vec<Entry>, Double) {
    let plan = Plan { tune, ..Plan::new(Effort::Quick) };
    let (mut device, mut cache) = (Double::new(Fails::Never), Cache::none());
    let mut suite = Suite::new(&mut device, &plan, &|| false, &|_| {}, &mut cache).guarded(guard);
    let known = |id: &&str| Benchmark::by_id(id).expect("a benchmark of the catalogue");
    let entries = ids.iter().map(|id| suite.measure(known(id), BUDGET)).collect();
    (entries, device)
}

#[test]
fn a_driver_that_survives_nothing_fails_one_benchmark_and_the_next_is_measured() {
    let fatal = |variant: &Variant| crash(variant).filter(|_| variant.benchmark.id == "matmul/coop/f16");
    for tune in [Tune::Off, Tune::Quick] {
        let guard = Scripted { fatal: Some(fatal), ..Scripted::default() };
        let (entries, device) = measure(&guard, tune, &["matmul/coop/f16", "matmul/f32"]);
        let reason = entries[0].why_unsound();
        assert_eq!(entries[0].outcome, Outcome::Failed, "{reason}");
        assert!(reason.starts_with("the driver crashed over matmul/coop/f16 "), "{reason}");
        assert!(reason.ends_with("other variants ended alike)"), "{reason}");
        assert!(entries[0].rates.is_none(), "no rate");
        assert_eq!(entries[1].outcome, Outcome::Measured, "{:?}", entries[1].reason);
        assert_eq!(device.recovered, 0, "this process's device has seen nothing of it");
    }
}

#[test]
fn one_fatal_variant_is_left_out_and_named_and_the_others_are_tried() {
    // The first seed is one of them, and so are neighbours of others.
    let fatal = |variant: &Variant| crash(variant).filter(|_| variant.name().starts_with("square/"));
    let guard = Scripted { fatal: Some(fatal), ..Scripted::default() };
    let (entries, _) = measure(&guard, Tune::Full, &["peak/f32"]);
    let entry = &entries[0];
    assert_eq!(entry.outcome, Outcome::Measured, "{:?}", entry.reason);
    assert!(entry.findings.iter().any(|finding| finding.code() == Some("crashed_variants")), "{:?}", entry.findings);
    let tuning = entry.tuning.as_ref().expect("a search");
    let crashed: Vec<_> = tuning.rejected.iter().filter(|one| one.reason.contains("crashed over")).collect();
    assert!(crashed.len() > 1, "{crashed:?}");
    for rejected in crashed {
        let tried = tuning.tried.iter().any(|tried| tried.name == rejected.name);
        let asked = guard.asked.borrow().iter().filter(|name| **name == rejected.name).count();
        assert!(!tried && asked == 1, "{}: tried {tried}, asked {asked} times", rejected.name);
    }
}

#[test]
fn nothing_is_compiled_before_the_guard_has_let_it_pass() {
    let guard = Scripted::default();
    let (entries, device) = measure(&guard, Tune::Full, &["matmul/f32"]);
    assert_eq!(entries[0].outcome, Outcome::Measured, "{:?}", entries[0].reason);
    let tuning = entries[0].tuning.as_ref().expect("a search");
    let asked = guard.asked.borrow();
    assert!(tuning.tried.iter().all(|tried| asked.contains(&tried.name)), "seeds and neighbours are asked of");
    assert_eq!(
        asked.len(),
        tuning.tried.len() + tuning.rejected.iter().filter(|one| asked.contains(&one.name)).count()
    );
    assert!(device.ahead.borrow().iter().all(Option::is_none), "none ahead of its question: {:?}", device.ahead);
    assert_eq!(guard.rested.get(), 1, "before anything is timed");
    drop(asked);
    let (_, device) = measure(&guard, Tune::Full, &["matmul/f32"]);
    assert!(device.ahead.borrow().iter().any(Option::is_some), "what is known to be survived is compiled ahead");
}

#[test]
fn an_interrupt_while_the_guard_waits_skips_the_benchmark() {
    let guard = Scripted { fatal: Some(|_| Some(Fault::Interrupted)), ..Scripted::default() };
    let (entries, _) = measure(&guard, Tune::Quick, &["matmul/coop/f16"]);
    assert_eq!(entries[0].outcome, Outcome::Skipped, "{:?}", entries[0].reason);
}

#[test]
fn a_kernel_that_the_run_ends_over_is_named() {
    let fatal = |variant: &Variant| Some(Fault::InterruptedWait(format!("the driver was at {}", variant.name())));
    let guard = Scripted { fatal: Some(fatal), ..Scripted::default() };
    let (entries, _) = measure(&guard, Tune::Quick, &["matmul/coop/f16"]);
    let reason = entries[0].why_unsound();
    assert_eq!(entries[0].outcome, Outcome::Skipped, "{reason}");
    assert!(reason.contains(&format!("the driver was at {}", guard.asked.borrow()[0])), "{reason}");
}
