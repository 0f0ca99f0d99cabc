//! A kernel that takes the device costs that kernel: the search goes on without it, and ends where too many do or no fresh device can be had.

#![allow(clippy::cast_possible_truncation, reason = "test data")]

mod double;

use std::time::Duration;

use double::{Double, Fails};
use gpu_assay::benchmark::Benchmark;
use gpu_assay::plan::{Effort, Plan, Tune};
use gpu_assay::record::{Entry, Outcome, Remark, Tuning};
use gpu_assay::suite::Suite;
use gpu_assay::tune::Cache;

/// Enough for every search, however busy the machine is; what is scripted takes no time of its own.
const BUDGET: Duration = Duration::from_secs(30);

fn benchmark(id: &str) -> &'static Benchmark {
    Benchmark::by_id(id).expect("a benchmark of the catalogue")
}

fn measure(fails: Fails, tune: Tune, ids: &[&str]) -> (Vec<Entry>, Double) {
    let plan = Plan { tune, ..Plan::new(Effort::Quick) };
    let (mut device, mut cache) = (Double::new(fails), Cache::none());
    let mut suite = Suite::new(&mut device, &plan, &|| false, &|_| {}, &mut cache);
    let entries = ids.iter().map(|id| suite.measure(benchmark(id), BUDGET)).collect();
    (entries, device)
}

fn tuning(entry: &Entry) -> &Tuning {
    entry.tuning.as_ref().expect("a search")
}

/// Variants that were left out for the device's loss.
fn fatal(entry: &Entry) -> Vec<&str> {
    let lost =
        tuning(entry).rejected.iter().filter(|one| one.reason.starts_with("the device was lost: scripted, while"));
    lost.map(|one| one.name.as_str()).collect()
}

#[test]
fn a_variant_that_takes_the_device_is_left_out_and_the_search_goes_on() {
    // The first seed that is checked; a later one that is; one that dies over large problems alone.
    for (name, ops) in [("64x64x16/8x8", 0.0), ("128x128x8/16x8", 0.0), ("64x64x16/8x8", 2e7)] {
        let (entries, device) = measure(Fails::LostOver(name, ops), Tune::Quick, &["matmul/f32", "memory/latency"]);
        let entry = &entries[0];
        assert_eq!(entry.outcome, Outcome::Measured, "{name}: {:?}", entry.reason);
        assert_eq!((fatal(entry), device.recovered), (vec![name], 1), "{name}: once");
        let tried = &tuning(entry).tried;
        assert!(tried.len() > 10 && tried.iter().all(|tried| tried.name != name), "{name}: {tried:?}");
        let said = entry.findings.iter().filter(|note| note.words().contains(&format!("matmul/f32 {name}"))).count();
        assert_eq!(said, 1, "{:?}", entry.findings);
        assert_eq!(entries[1].outcome, Outcome::Measured, "{:?}", entries[1].reason);
    }
}

#[test]
fn without_a_search_the_next_variant_is_taken() {
    let (entries, _) = measure(Fails::LostOver("64x64x16/8x8", 2e7), Tune::Off, &["matmul/f32"]);
    assert_eq!(entries[0].outcome, Outcome::Measured, "{:?}", entries[0].reason);
    assert_ne!(entries[0].variant.as_ref().expect("a variant").name, "64x64x16/8x8");
}

#[test]
fn times_that_were_taken_before_a_loss_still_count() {
    let (sound, _) = measure(Fails::Never, Tune::Quick, &["matmul/f32"]);
    let (lossy, _) = measure(Fails::LostOver("128x128x8/16x8", 0.0), Tune::Quick, &["matmul/f32"]);
    let names = |entry: &Entry| {
        let mut names: Vec<String> = tuning(entry).tried.iter().map(|tried| tried.name.clone()).collect();
        names.sort();
        names
    };
    let [mut sound, lossy] = [&sound[0], &lossy[0]].map(names);
    sound.retain(|name| name != "128x128x8/16x8");
    assert_eq!(sound, lossy, "each once");
}

#[test]
fn a_card_that_every_variant_takes_ends_each_benchmark_soon() {
    let (entries, device) = measure(Fails::LostOver("", 0.0), Tune::Quick, &["matmul/f32", "peak/f32"]);
    for entry in &entries {
        assert_eq!(entry.outcome, Outcome::Failed);
        assert_eq!(entry.why_unsound(), "the device was lost: scripted");
        assert_eq!(fatal(entry).len(), 2, "two are left out, the third ends it: {:?}", entry.tuning);
        assert!(entry.rates.is_none(), "no rate");
    }
    assert_eq!(device.recovered, 6);
}

#[test]
fn a_benchmark_whose_only_variant_takes_the_device_says_so() {
    let (entries, _) = measure(Fails::LostOver("copy_buffer", 0.0), Tune::Quick, &["memory/copy-api", "memory/copy"]);
    let reason = entries[0].why_unsound();
    assert_eq!(entries[0].outcome, Outcome::Failed);
    assert!(reason.starts_with("the device was lost: scripted, while running memory/copy-api"), "{reason}");
    assert_eq!(entries[1].outcome, Outcome::Measured, "{:?}", entries[1].reason);
}

#[test]
fn without_a_fresh_device_nothing_is_asked_of_it_any_more() {
    let ids = ["matmul/f32", "peak/f32", "memory/sweep", "overhead/round-trip"];
    let (entries, device) = measure(Fails::LostForGood("", 0.0), Tune::Quick, &ids);
    assert_eq!(device.recovered, 1, "asked for once");
    assert_eq!(entries[0].outcome, Outcome::Failed);
    let said =
        |entry: &Entry| entry.findings.iter().filter(|finding| finding.code() == Some("no_fresh_device")).count();
    assert_eq!(said(&entries[0]), 1, "{:?}", entries[0].findings);
    for entry in &entries[1..] {
        assert_eq!((entry.outcome, &entry.reason), (Outcome::Skipped, &Some(Remark::DeviceGone.into())));
        assert_eq!(said(entry), 0, "{:?}", entry.findings);
    }
}

#[test]
fn a_check_goes_on_with_the_next_variant_after_a_loss_or_a_hang() {
    let plan = Plan::new(Effort::Quick);
    for (fails, failed, recovered) in [
        (Fails::LostOver("64x64x16/8x8", 0.0), 1, 1),
        (Fails::Hangs(0), 1, 1),
        (Fails::LostOver("", 0.0), 12, 3),
        (Fails::LostForGood("", 0.0), 12, 1),
    ] {
        let (mut device, mut cache) = (Double::new(fails), Cache::none());
        let mut suite = Suite::new(&mut device, &plan, &|| false, &|_| {}, &mut cache);
        let results = suite.verify(benchmark("matmul/f32")).expect("variants");
        let found = results.iter().filter(|one| one.result.is_err()).count();
        assert_eq!((found, results.len()), (failed, 12), "{fails:?}: {results:?}");
        drop(suite);
        assert_eq!(device.recovered, recovered, "{fails:?}");
    }
}
