//! Runs on a scripted device whose times vary, compared: the same is called the same, and what is slower slower.

#![allow(clippy::cast_possible_truncation, reason = "test data")]

mod double;

use std::thread;
use std::time::Duration;

use double::{Double, Fails};
use gpu_assay::analysis::comparison::{Change, MINIMUM_EFFECT, compare_entries};
use gpu_assay::benchmark::{Benchmark, CATALOGUE};
use gpu_assay::plan::{Effort, Plan, Tune};
use gpu_assay::record::Entry;
use gpu_assay::suite::Suite;
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

#[test]
fn the_same_is_the_same_and_what_is_slower_by_a_twentieth_is_slower_in_19_of_20() {
    let compares = |benchmark: &'static Benchmark| {
        let bases: Vec<Entry> = (0..TRIES).map(|seed| measure(benchmark, 2 * seed, 1.0)).collect();
        for (factor, wanted) in [(1.0, Change::Same), (1.05, Change::Slower)] {
            let count = count(benchmark, &bases, factor, wanted);
            assert!(count >= 19, "{}: {count} of 20 are {wanted:?}", benchmark.id);
        }
    };
    thread::scope(|scope| benchmarks().for_each(|benchmark| drop(scope.spawn(move || compares(benchmark)))));
}
