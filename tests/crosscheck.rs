//! What entries say of each other: figures that cannot be true beside others become suspect, and no others do.

use gpu_assay::analysis::crosscheck::{examine, exceeded_peaks};
use gpu_assay::benchmark::Benchmark;
use gpu_assay::record::{Entry, Note, Outcome, Record};

/// Ids of the peaks that are to be searched again.
fn exceeded(entries: &[Entry]) -> Vec<&str> {
    exceeded_peaks(entries).into_iter().map(|peak| peak.id).collect()
}

/// A record whose figures are plausible.
fn entries() -> Vec<Entry> {
    let record: Record =
        serde_json::from_str(include_str!("fixtures/synthetic-a100.json")).expect("a record of this version");
    record.entries
}

/// The entries with the rates of `id` made `factor` times those of `like`.
fn with(id: &str, like: &str, factor: f64) -> Vec<Entry> {
    let mut entries = entries();
    let mut copy = entries.iter().find(|entry| entry.id == like).expect("an entry").clone();
    id.clone_into(&mut copy.id);
    let text = serde_json::to_string(&copy).expect("an entry");
    let mut value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for rate in value["rates"].as_object_mut().expect("rates").values_mut() {
        if let Some(number) = rate.as_f64() {
            *rate = (number * factor).into();
        }
    }
    entries.retain(|entry| entry.id != id);
    entries.push(serde_json::from_value(value).expect("an entry"));
    entries
}

#[track_caller]
fn suspect(mut entries: Vec<Entry>, software: bool, claimed: f64, id: Option<&str>) {
    examine(&mut entries, software, &|benchmark| benchmark.is_device_memory().then_some(claimed));
    let found: Vec<_> = entries.iter().filter(|entry| entry.outcome == Outcome::Suspect).collect();
    let ids: Vec<&str> = found.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, id.into_iter().collect::<Vec<_>>(), "the suspects");
    assert!(
        found.iter().all(|entry| entry.reason.as_ref().is_some_and(|note| note.words().contains("implausible"))),
        "the reason is said"
    );
}

const CLAIM: f64 = 2.039e12;

#[test]
fn plausible_figures_stay_as_they_are() {
    suspect(entries(), false, CLAIM, None);
}

/// Nothing becomes suspect, and only `id` a lower bound.
#[track_caller]
fn lower_bound(mut entries: Vec<Entry>, software: bool, id: &str) {
    examine(&mut entries, software, &|_| None);
    let suspects: Vec<&Entry> = entries.iter().filter(|entry| entry.outcome == Outcome::Suspect).collect();
    assert!(suspects.is_empty(), "no sound figure is blamed: {:?}", suspects.first().map(|entry| &entry.reason));
    let bounds: Vec<&str> =
        entries.iter().filter(|entry| entry.lower_bound.is_some()).map(|entry| entry.id.as_str()).collect();
    assert_eq!(bounds, [id], "the lower bounds");
    assert!(entries.iter().find(|entry| entry.id == id).is_some_and(Entry::is_sound), "it stays a figure");
}

#[test]
fn a_product_faster_than_registers_makes_the_peak_a_lower_bound() {
    for (product, peak, factor) in [
        ("matmul/f32", "peak/f32", 0.5),
        ("matmul/f16", "peak/f16", 1.0 / 1.32),
        ("matmul/f16", "peak/f16", 1.0 / 1.07),
    ] {
        let entries = with(peak, product, factor);
        assert_eq!(exceeded(&entries), [peak], "to be searched again");
        lower_bound(entries, true, peak);
    }
    assert!(exceeded(&with("peak/f32", "matmul/f32", 0.99)).is_empty(), "within noise");
}

/// Peaks of matrix units of one card, as multiples of a rate.
fn matrix_peaks(rates: &[(&str, f64)]) -> Vec<Entry> {
    let one = |(id, factor): &(&str, f64)| with(id, "matmul/f32", *factor).pop().expect("the entry");
    rates.iter().map(one).collect()
}

#[test]
fn a_peak_in_bf16_or_fp8_that_is_faster_than_its_kin_makes_that_a_lower_bound() {
    for (id, beside, factor) in [
        ("peak/coop/bf16-f32", "peak/coop/f16-f32", 1.3),
        ("peak/coop/e4m3-f32", "peak/coop/e5m2-f32", 1.3),
        ("peak/coop/e5m2-f32", "peak/coop/e4m3-f32", 1.1),
        ("matmul/coop/bf16-f32", "peak/coop/bf16-f32", 1.1),
        ("matmul/coop/e4m3-f32", "peak/coop/e4m3-f32", 1.1),
        ("matmul/coop/e5m2-f32", "peak/coop/e5m2-f32", 1.1),
    ] {
        let entries = matrix_peaks(&[(id, factor), (beside, 1.0)]);
        assert_eq!(exceeded(&entries), [beside], "to be searched again");
        lower_bound(entries, false, beside);
    }
    // MI100 does half of its halves in BF16.
    let slower = matrix_peaks(&[("peak/coop/bf16-f32", 0.5), ("peak/coop/f16-f32", 1.0)]);
    assert!(exceeded(&slower).is_empty(), "nothing is missing");
    suspect(slower, false, CLAIM, None);
}

#[test]
fn fp8_at_more_than_four_times_the_rate_of_halves_is_suspect() {
    for id in ["peak/coop/e4m3-f32", "peak/coop/e5m2-f32"] {
        let both = |factor: f64| matrix_peaks(&[(id, factor), ("peak/coop/f16-f32", 1.0)]);
        suspect(both(5.0), false, CLAIM, Some(id));
        suspect(both(4.1), false, CLAIM, None);
    }
}

fn double_faster_than_single() -> Vec<Entry> {
    let mut both = with("peak/f32", "matmul/f32", 1.2);
    both.extend(with("peak/f64", "matmul/f32", 1.5).into_iter().filter(|entry| entry.id == "peak/f64"));
    both
}

#[test]
fn double_precision_faster_than_single_is_suspect() {
    suspect(double_faster_than_single(), false, CLAIM, Some("peak/f64"));
}

#[test]
fn a_peak_that_is_too_low_blames_no_other() {
    assert_eq!(exceeded(&double_faster_than_single()), ["peak/f32"], "to be searched again");
    lower_bound(double_faster_than_single(), true, "peak/f32");
    let mut cut = double_faster_than_single();
    let single = cut.iter_mut().find(|entry| entry.id == "peak/f32").expect("single precision");
    single.lower_bound = Some(Note::Plain("time ended the search".to_owned()));
    lower_bound(cut, false, "peak/f32");
}

#[test]
fn memory_far_beyond_its_claim_is_suspect() {
    suspect(with("memory/copy", "memory/copy", 1.5), false, CLAIM, Some("memory/copy"));
}

#[test]
fn an_overclocked_card_is_told_the_clock_that_it_takes() {
    // An RTX 2080 Ti at 15.9 of 13.4 TFLOP/s (mixbench, issue 14).
    let reached = |claim: f64| {
        let mut entries = with("peak/f32", "matmul/f32", 1.1);
        let best = entries.last().and_then(|peak| peak.rates?.best_per_s()).expect("a rate");
        examine(&mut entries, false, &|benchmark| (benchmark == Benchmark::F32_PEAK).then_some(best / claim));
        entries.pop().expect("the peak")
    };
    let honest = reached(15.9 / 13.4);
    assert_eq!((honest.outcome, honest.lower_bound), (Outcome::Measured, None), "{:?}", honest.reason);
    assert!(
        honest.findings.iter().any(|note| note.words().contains("1.19 times the rated boost clock")),
        "{:?}",
        honest.findings
    );
    assert_eq!(reached(2.0).outcome, Outcome::Suspect, "no card is clocked to twice its rating");
    assert!(reached(1.0).findings.is_empty(), "what was claimed is no news");
}

#[test]
fn a_ceiling_of_memory_that_another_pass_exceeds_is_a_lower_bound_on_a_card_only() {
    let faster = || with("memory/triad", "memory/read", 1.15);
    lower_bound(faster(), false, "memory/read");
    suspect(faster(), true, 2.0 * CLAIM, None);
    lower_bound(with("memory/workgroup", "memory/read", 0.5), false, "memory/workgroup");
}

#[test]
fn memory_faster_than_a_cache_makes_the_sweep_a_lower_bound() {
    let mut cached = with("memory/sweep", "memory/read", 0.5);
    let sweep = cached.last_mut().expect("the sweep");
    sweep.levels = serde_json::from_value(serde_json::json!([
        { "holds_bytes": 65536, "overflows_bytes": 131_072, "value": 4e11, "range": [3.9e11, 4.1e11] },
        { "holds_bytes": 1_048_576, "value": 3e11, "range": [2.9e11, 3.1e11] },
    ]))
    .expect("levels");
    for software in [false, true] {
        lower_bound(cached.clone(), software, "memory/sweep");
    }
}
