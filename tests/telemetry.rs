//! Sensors beside a scripted device: what the suite keeps of them, and what follows.

#![allow(clippy::cast_possible_truncation, reason = "test data")]

mod double;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use double::{Double, Fails};
use gpu_assay::benchmark::Benchmark;
use gpu_assay::plan::{Effort, Plan, Tune};
use gpu_assay::record::{Entry, Outcome, Rates};
use gpu_assay::suite::{Suite, fastest_product};
use gpu_assay::telemetry::{Board, Held, Meter, Reading, Reason};
use gpu_assay::tune::Cache;
use gpu_assay::units::Seconds;

/// A card whose sensors say what a script does, ten times a second of the device's own time.
struct Script {
    now: Rc<Cell<f64>>,
    says: fn(f64) -> Reading,
}

impl Meter for Script {
    fn now(&self) -> Seconds {
        Seconds::new(self.now.get())
    }

    fn since(&self, from: Seconds) -> Vec<Reading> {
        let at = (0..).map(|tenth| f64::from(tenth) / 10.0).take_while(|at| *at <= self.now.get());
        at.filter(|at| *at >= from.get()).map(|at| Reading { at_s: Seconds::new(at), ..(self.says)(at) }).collect()
    }

    fn board(&self) -> Option<Board> {
        Some(Board { source: "a script".to_owned(), ..Board::default() })
    }
}

fn plan() -> Plan {
    Plan { tune: Tune::Off, edge: Some(128), ..Plan::new(Effort::Standard) }
}

/// Measures the benchmark `id` beside sensors that say what `says` does.
fn measured(device: &mut Double, id: &str, says: fn(f64) -> Reading) -> Entry {
    let script = Script { now: Rc::clone(&device.now), says };
    let benchmark = Benchmark::by_id(id).expect("a benchmark");
    let (plan, cache) = (plan(), &mut Cache::none());
    let mut suite = Suite::new(device, &plan, &|| false, &|_| {}, cache).metered(&script);
    suite.measure(benchmark, Duration::from_secs(30))
}

fn capped(_at: f64) -> Reading {
    Reading {
        core_hz: Some(1.5e9),
        power_w: Some(300.0),
        power_limit_w: Some(300.0),
        reasons: Some(vec![Reason::PowerCap]),
        ..Reading::default()
    }
}

#[test]
fn an_entry_keeps_the_readings_beside_its_samples() {
    let entry = measured(&mut Double::new(Fails::Never), "peak/f32", capped);
    assert_eq!(entry.outcome, Outcome::Measured, "{:?}", entry.reason);
    let series = entry.telemetry.as_ref().expect("readings");
    assert_eq!(series.began_s.len(), entry.samples.len());
    assert!(series.began_s.is_sorted() && series.loaded_from_s < series.began_s[0], "{series:?}");
    let last = series.began_s.last().copied().expect("a sample") + entry.samples.last().expect("one").wall_s;
    assert!(series.readings.iter().all(|one| one.at_s >= series.loaded_from_s && one.at_s <= last), "{series:?}");
    assert_eq!((series.core_hz_median, series.core_hz_at_best), (Some(1.5e9), Some(1.5e9)));
    assert_eq!((series.held_by, series.held_share), (Held::Power, Some(1.0)));
    assert_eq!(series.held_samples.len(), entry.samples.len(), "marked, and kept");
    let Some(Rates::Ops(rate)) = entry.rates else { panic!("a rate of operations") };
    let energy = series.energy_per_op_j.expect("a card under load");
    assert!((energy * rate.median.get() / 300.0 - 1.0).abs() < 1e-9, "{energy}");
}

#[test]
fn a_wrong_answer_keeps_no_readings() {
    let entry = measured(&mut Double::new(Fails::ComputesNothing), "peak/f32", capped);
    assert_eq!((entry.outcome, entry.telemetry), (Outcome::Wrong, None));
}

#[test]
fn sensors_that_say_nothing_leave_no_trace() {
    let device = &mut Double::new(Fails::Never);
    let benchmark = Benchmark::by_id("peak/f32").expect("a benchmark");
    let (plan, cache) = (plan(), &mut Cache::none());
    let entry = Suite::new(device, &plan, &|| false, &|_| {}, cache).measure(benchmark, Duration::from_secs(30));
    assert_eq!((entry.outcome, entry.telemetry), (Outcome::Measured, None));
}

#[test]
fn a_load_has_readings_of_its_own() {
    let device = &mut Double::new(Fails::Never);
    let entry = measured(device, "matmul/f32", capped);
    let entries = [entry];
    let entry = fastest_product(&entries).expect("a product").clone();
    let script = Script { now: Rc::clone(&device.now), says: capped };
    let (plan, cache) = (plan(), &mut Cache::none());
    let mut suite = Suite::new(device, &plan, &|| false, &|_| {}, cache).metered(&script);
    let entry = suite.sustain(entry, Duration::from_secs(5));
    let load = entry.sustained.expect("a load");
    let series = load.telemetry.expect("readings");
    assert_eq!((series.began_s.len(), series.held_by), (1, Held::Power));
    assert!(series.readings.len() >= 49, "{} readings of 5 s", series.readings.len());
    assert_eq!(series.power_w, Some(300.0));
}
