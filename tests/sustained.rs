//! A product under load on a scripted device: burst and level are right, and a wrong answer, an odd stamp or an interrupt ends as it should.

#![allow(clippy::cast_possible_truncation, reason = "test data")]

mod double;

use std::cell::Cell;
use std::time::Duration;

use double::{Double, Fails};
use gpu_assay::benchmark::Benchmark;
use gpu_assay::plan::{Effort, Plan, Tune};
use gpu_assay::record::{Entry, Outcome, Sustained};
use gpu_assay::suite::{Suite, fastest_product};
use gpu_assay::tune::Cache;

/// By the device's own clock; the rest before is a tenth of it, by everybody's.
const LOAD: Duration = Duration::from_secs(5);

/// Samples of a second, as a quick run takes them.
const A_SECOND: u64 = 40;

fn plan() -> Plan {
    Plan { tune: Tune::Off, edge: Some(128), ..Plan::new(Effort::Quick) }
}

/// What comes of a product that was measured on a sound device when that fails from then on, as `fault` says, which is told how many submissions there
/// were before.
fn under_load(fault: impl FnOnce(u64) -> Fails, stop: &dyn Fn() -> bool) -> Entry {
    let (plan, mut device) = (plan(), Double::new(Fails::Never));
    let measured = |device: &mut Double, id| {
        let benchmark = Benchmark::by_id(id).expect("a benchmark");
        let cache = &mut Cache::none();
        Suite::new(device, &plan, &|| false, &|_| {}, cache).measure(benchmark, Duration::from_secs(1))
    };
    let entries = ["peak/f32", "matmul/f32"].map(|id| measured(&mut device, id));
    device.goes_wrong(fault);
    let entry = fastest_product(&entries).expect("a product").clone();
    assert_eq!((entry.id.as_str(), entry.outcome), ("matmul/f32", Outcome::Measured), "{:?}", entry.reason);
    Suite::new(&mut device, &plan, stop, &|_| {}, &mut Cache::none()).sustain(entry, LOAD)
}

fn for_all_of_it() -> bool {
    false
}

#[track_caller]
fn of(entry: &Entry) -> &Sustained {
    assert_eq!(entry.outcome, Outcome::Measured, "{:?}", entry.reason);
    entry.sustained.as_ref().expect("a load")
}

/// Burst and level, relative to the double's rate.
fn figures(load: &Sustained) -> [f64; 2] {
    [load.burst_ops_per_s, load.level_ops_per_s].map(|rate| rate.expect("a figure").get() / 1e9)
}

#[track_caller]
fn is(found: f64, wanted: f64) {
    assert!((found / wanted - 1.0).abs() < 1e-3, "{found}, not {wanted}");
}

#[test]
fn a_steady_device_stays_at_its_rate() {
    let entry = under_load(|_| Fails::Never, &for_all_of_it);
    let load = of(&entry);
    assert!(load.is_steady() && load.reason.is_none(), "{load:?}");
    figures(load).into_iter().for_each(|rate| is(rate, 1.0));
    assert!(load.answers_checked > 1 && load.points.len() > 20, "{load:?}");
    assert!(2.0 * load.loaded_s.get() > load.took_s.get(), "most of it under load: {load:?}");
    assert!(load.points.iter().any(|point| point.relative_clock.is_some()), "the clock is read in between");
    assert!(entry.phases.iter().any(|phase| phase.name.contains("under load")), "{:?}", entry.phases);
}

#[test]
fn a_device_that_falls_has_its_burst_its_level_and_the_time_between() {
    let entry = under_load(|before| Fails::Throttles(before + 2 * A_SECOND, 0.85), &for_all_of_it);
    let load = of(&entry);
    let [burst, level] = figures(load);
    is(burst, 1.0);
    is(level, 0.85);
    let settled = load.settled_after_s.expect("it settles").get();
    assert!(settled > 0.5, "after {settled} s");
    is(entry.rates.and_then(|rates| rates.ops()).expect("its own").median.get(), 1e9);
}

#[test]
fn an_answer_that_becomes_wrong_in_the_middle_leaves_no_rate() {
    let entry = under_load(|before| Fails::WrongFrom(before + 2 * A_SECOND), &for_all_of_it);
    assert_eq!(entry.outcome, Outcome::Wrong, "{:?}", entry.reason);
    assert!(entry.rates.is_none() && entry.stats.is_none() && entry.sustained.is_none(), "no rate is kept");
    let reason = entry.why_unsound();
    assert!(reason.starts_with("after ") && reason.contains("s under load: "), "{reason}");
    let entry = under_load(Fails::WrongFrom, &for_all_of_it);
    assert!(entry.why_unsound().starts_with("before the load: "), "wrong from the first on");
}

#[test]
fn an_interrupt_keeps_what_there_is_and_says_so() {
    // While it rests, and under load.
    for (asked, figures) in [(4, false), (50 + 3 * A_SECOND, true)] {
        let left = Cell::new(asked);
        let stop = || left.replace(left.get().saturating_sub(1)) == 0;
        let entry = under_load(|_| Fails::Never, &stop);
        let load = of(&entry);
        assert_eq!(load.reason.as_deref(), Some("cut short: interrupted"), "{load:?}");
        assert_eq!(load.level_ops_per_s.is_some(), figures, "asked {asked} times: {load:?}");
        assert!(load.took_s < load.wanted_s, "{load:?}");
        assert_eq!(load.answers_checked > 0, !load.points.is_empty(), "no rate without a check");
    }
}

#[test]
fn odd_stamps_and_short_submissions_move_nothing() {
    for factor in [0.0, 0.05, 3.0, f64::NAN] {
        let entry = under_load(|_| Fails::OddStamp(17, factor), &for_all_of_it);
        figures(of(&entry)).into_iter().for_each(|rate| is(rate, 1.0));
        assert!(of(&entry).points.iter().any(|point| point.samples < 3), "factor {factor}: they are in no point");
        assert!(of(&entry).is_steady(), "factor {factor}: {:?}", entry.sustained);
        assert!(
            entry.findings.iter().any(|note| note.code() == Some("clocks_disagree_under_load")),
            "factor {factor}: {:?}",
            entry.findings
        );
    }
    let entry = under_load(|_| Fails::ShortSubmission(7, 0.05), &for_all_of_it);
    figures(of(&entry)).into_iter().for_each(|rate| is(rate, 1.0));
}

#[test]
fn clocks_that_lie_under_load_give_no_rate_under_load() {
    let entry = under_load(|_| Fails::Clock(0.5), &for_all_of_it);
    let load = of(&entry);
    assert!(load.points.is_empty() && load.burst_ops_per_s.is_none(), "{load:?}");
    assert!(load.reason.as_deref().is_some_and(|reason| reason.contains("clocks disagree")), "{load:?}");
}

#[test]
fn a_device_lost_under_load_keeps_what_was_checked() {
    let entry = under_load(|_| Fails::Lost(500), &for_all_of_it);
    let load = of(&entry);
    assert!(load.reason.as_deref().is_some_and(|reason| reason.contains("cut short: the device was lost")), "{load:?}");
    assert!(entry.is_sound(), "what was measured before stays");
    let sampled: usize = load.points.iter().map(|point| point.samples).sum();
    assert!(load.answers_checked > 0 && sampled > 0, "{load:?}");
}
