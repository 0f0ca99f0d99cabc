//! Runs on a scripted device whose times vary, compared: the same is called the same, and what is slower slower.

#![allow(clippy::cast_possible_truncation, reason = "test data")]

mod double;

use std::path::Path;
use std::thread;
use std::time::Duration;

use double::{Double, Fails};
use gpu_assay::analysis::comparison::{Change, MINIMUM_EFFECT, compare_entries, compare_records, other_conditions};
use gpu_assay::benchmark::{Benchmark, CATALOGUE};
use gpu_assay::plan::{Effort, Plan, Tune};
use gpu_assay::record::{self, Entry, Record};
use gpu_assay::suite::Suite;
use gpu_assay::telemetry::{Held, Series};
use gpu_assay::tune::Cache;

/// How much the times of a run vary, relative.
const NOISE: f64 = 0.01;

const TRIES: u64 = 20;

fn measure(benchmark: &'static Benchmark, seed: u64, factor: f64) -> Entry {
    let plan = Plan { tune: Tune::Off, footprint_bytes: Some(1 << 20), edge: Some(256), ..Plan::new(Effort::Quick) };
    let (mut device, cache) = (Double::new(Fails::Noisy(NOISE, seed, factor)), &mut Cache::none());
    Suite::new(&mut device, &plan, &|| false, &|_| {}, cache).measure(benchmark, Duration::ZERO)
}

/// How many of twenty runs compare as `wanted` with these `bases`, each slower by `factor`.
fn count(benchmark: &'static Benchmark, bases: &[Entry], factor: f64, wanted: Change) -> usize {
    let change = |(seed, base): (u64, &Entry)| {
        let new = measure(benchmark, 2 * seed + 1, factor);
        let pair = compare_entries(benchmark.id, Some(base), Some(&new), MINIMUM_EFFECT);
        pair.change.unwrap_or_else(|| panic!("{}: {:?}; {:?}", benchmark.id, pair.reason, base.reason))
    };
    (0..).zip(bases).filter(|one| change(*one) == wanted).count()
}

/// One of each kind whose measuring takes a moment on the double; the others pass through the same comparison.
fn benchmarks() -> impl Iterator<Item = &'static Benchmark> {
    let ids = ["peak/f32", "matmul/f16", "memory/write", "memory/atomic", "overhead/dispatch", "overhead/round-trip"];
    CATALOGUE.iter().filter(move |benchmark| ids.contains(&benchmark.id))
}

/// How many of a benchmark's twenty may be called something else, as long as nineteen in twenty of all are right. Warm-ups last as long as the machine has
/// them last, so that it is no fixed twenty.
const WRONG_OF_ONE: usize = 3;

#[test]
fn the_same_is_the_same_and_what_is_slower_by_a_twentieth_is_slower_in_19_of_20() {
    let compares = |benchmark: &'static Benchmark| {
        let bases: Vec<Entry> = (0..TRIES).map(|seed| measure(benchmark, 2 * seed, 1.0)).collect();
        [(1.0, Change::Same), (1.05, Change::Slower)].map(|(factor, wanted)| {
            let count = count(benchmark, &bases, factor, wanted);
            assert!(count + WRONG_OF_ONE >= bases.len(), "{}: {count} of 20 are {wanted:?}", benchmark.id);
            count
        })
    };
    let counts: Vec<[usize; 2]> = thread::scope(|scope| {
        let threads: Vec<_> = benchmarks().map(|benchmark| scope.spawn(move || compares(benchmark))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no count is too low")).collect()
    });
    for (number, wanted) in [Change::Same, Change::Slower].into_iter().enumerate() {
        let right: usize = counts.iter().map(|counts| counts[number]).sum();
        let all = 20 * counts.len();
        assert!(20 * right >= 19 * all, "{right} of {all} are {wanted:?}");
    }
}

fn with_changed(change: impl Fn(&mut Series)) -> [Record; 2] {
    let base = record::load(Path::new("tests/fixtures/synthetic-capped.json")).expect("a record");
    let mut new = base.clone();
    new.entries.iter_mut().filter_map(|entry| entry.telemetry.as_mut()).for_each(change);
    [base, new]
}

fn said(change: impl Fn(&mut Series)) -> Vec<String> {
    let [base, new] = with_changed(change);
    other_conditions(&base, &new)
}

#[test]
fn what_differed_of_the_card_is_said() {
    let clock = said(|series| series.core_hz_median = series.core_hz_median.map(|hertz| hertz * 0.96));
    assert_eq!(clock.len(), 1, "{clock:?}");
    assert!(clock[0].starts_with("the median core clock differs: matmul/f32 1305 → 1253 MHz (-4.0 %)"), "{clock:?}");
    let limit = said(|series| series.power_limit_w = Some(120.0));
    assert_eq!(limit, ["the power limit differs: 165 W → 120 W"]);
    let heat = said(|series| series.temperature_c_highest = Some(85.0));
    assert_eq!(heat, ["the highest temperature differs: 61 °C → 85 °C"]);
    let held = said(|series| series.held_by = Held::None);
    assert_eq!(held, ["what held the card differs: power → none in matmul/f32"]);
    let link = said(|series| {
        series.readings.iter_mut().filter_map(|reading| reading.link.as_mut()).for_each(|link| link.lanes = 8);
    });
    assert_eq!(link, ["the link to the host differs: PCIe 4.0 x16 → PCIe 4.0 x8"]);
}

#[test]
fn what_hardly_differed_or_is_not_known_of_both_is_not_said() {
    let hardly = said(|series| {
        series.core_hz_median = series.core_hz_median.map(|hertz| hertz * 0.98);
        series.power_limit_w = Some(164.5);
        series.temperature_c_highest = series.temperature_c_highest.map(|degrees| degrees + 9.0);
    });
    assert_eq!(hardly, Vec::<String>::new());
    assert_eq!(said(|series| *series = Series::default()), Vec::<String>::new());
    assert_eq!(said(|series| series.held_by = Held::Unknown), Vec::<String>::new());
}

#[test]
fn a_clock_that_changed_as_the_rate_did_is_told_from_one_that_did_not() {
    let pair = |clock: f64, rate: f64| {
        let [base, mut new] =
            with_changed(|series| series.core_hz_median = series.core_hz_median.map(|hertz| hertz * clock));
        for sample in &mut new.entries[1].samples {
            sample.gpu_s = sample.gpu_s.map(|time| time / rate);
            sample.wall_s = sample.wall_s / rate;
        }
        compare_records(&base, &new, MINIMUM_EFFECT).swap_remove(1)
    };
    let alike = pair(0.8, 0.8);
    assert_eq!((alike.change, alike.clock_changed_alike()), (Some(Change::Slower), Some(0.8)));
    assert_eq!(pair(0.8, 0.9).clock_changed_alike(), None, "the rate fell by less");
    assert_eq!(pair(0.8, 1.0).clock_changed_alike(), None, "the rate did not change");
    assert_eq!(pair(1.0, 0.8).clock_changed_alike(), None, "the clock did not change");
}
