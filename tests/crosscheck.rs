//! What entries say of each other: figures that cannot be true beside others become suspect, and no others do.

use gpu_assay::crosscheck::examine;
use gpu_assay::record::{Entry, Outcome, Record};

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
    examine(&mut entries, software, &|id| id.starts_with("memory").then_some(claimed));
    let found: Vec<_> = entries.iter().filter(|entry| entry.outcome == Outcome::Suspect).collect();
    let ids: Vec<&str> = found.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, id.into_iter().collect::<Vec<_>>(), "the suspects");
    assert!(
        found.iter().all(|entry| entry.reason.as_ref().is_some_and(|words| words.contains("implausible"))),
        "the reason is said"
    );
}

const CLAIM: f64 = 2.039e12;

#[test]
fn plausible_figures_stay_as_they_are() {
    suspect(entries(), false, CLAIM, None);
}

#[test]
fn a_product_faster_than_registers_is_suspect() {
    suspect(with("peak/f32", "matmul/f32", 0.5), false, CLAIM, Some("matmul/f32"));
}

#[test]
fn double_precision_faster_than_single_is_suspect() {
    let mut both = with("peak/f32", "matmul/f32", 1.2);
    both.extend(with("peak/f64", "matmul/f32", 1.5).into_iter().filter(|entry| entry.id == "peak/f64"));
    suspect(both, false, CLAIM, Some("peak/f64"));
}

#[test]
fn memory_beyond_its_claim_is_suspect() {
    suspect(with("memory/copy", "memory/copy", 1.3), false, CLAIM, Some("memory/copy"));
}

#[test]
fn reads_and_writes_faster_than_reads_are_suspect_on_a_card_only() {
    let faster = || with("memory/triad", "memory/read", 1.15);
    suspect(faster(), false, 2.0 * CLAIM, Some("memory/triad"));
    suspect(faster(), true, 2.0 * CLAIM, None);
}

#[test]
fn memory_faster_than_a_cache_or_than_workgroups_is_suspect() {
    let mut cached = with("memory/sweep", "memory/read", 0.5);
    let sweep = cached.last_mut().expect("the sweep");
    sweep.levels = serde_json::from_value(serde_json::json!([
        { "holds_bytes": 65536, "overflows_bytes": 131_072, "value": 4e11, "range": [3.9e11, 4.1e11] },
        { "holds_bytes": 1_048_576, "value": 3e11, "range": [2.9e11, 3.1e11] },
    ]))
    .expect("levels");
    cached.retain(|entry| !["memory/copy", "memory/triad"].contains(&entry.id.as_str()));
    suspect(cached, false, CLAIM, Some("memory/read"));
    suspect(with("memory/workgroup", "memory/read", 0.5), false, CLAIM, Some("memory/read"));
}
