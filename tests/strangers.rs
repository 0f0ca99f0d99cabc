//! Records from strangers: whatever a file holds, it is refused in words or used without a panic. `fuzz/` looks for more of the same.

mod stranger;

use std::path::Path;

use gpu_assay::record::parse;
use proptest::prelude::*;
use serde_json::{Value, json};

const SEEDS: [&str; 3] = [
    include_str!("fixtures/synthetic-a100.json"),
    include_str!("fixtures/synthetic-absurd-b580.json"),
    include_str!("../fuzz/corpus/record/curve.json"),
];

/// What does not belong into a record.
fn hostile() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(null),
        json!(-1),
        json!(0),
        json!(1e308),
        json!(-1e308),
        json!(5e-324),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!("\u{1b}[2J\u{7}\u{202e}<script>alert(1)</script>"),
        json!("é".repeat(5000)),
        json!([]),
        json!({}),
        json!([[[[]]]]),
        json!(true),
        json!(vec![0; 2000]),
    ])
}

/// Replaces the value at a place that `choices` lead to.
fn replace(value: &mut Value, choices: &[usize], by: Value) {
    let Some((choice, rest)) = choices.split_first() else {
        *value = by;
        return;
    };
    match value {
        Value::Array(items) if !items.is_empty() => {
            let at = choice % items.len();
            replace(&mut items[at], rest, by);
        }
        Value::Object(fields) if !fields.is_empty() => {
            let at = choice % fields.len();
            if let Some(field) = fields.values_mut().nth(at) {
                replace(field, rest, by);
            }
        }
        _ => *value = by,
    }
}

fn take(text: &[u8]) {
    match parse(text, Path::new("a stranger's")) {
        Ok(record) => stranger::use_up(&record),
        Err(error) => assert!(error.to_string().contains("a stranger's"), "the file is named: {error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_value_in_the_wrong_place_does_no_harm(
        seed in 0..SEEDS.len(),
        changes in prop::collection::vec((prop::collection::vec(0usize..60, 1..7), hostile()), 1..4),
    ) {
        let mut value: Value = serde_json::from_str(SEEDS[seed]).expect("a seed is JSON");
        for (choices, by) in changes {
            replace(&mut value, &choices, by);
        }
        take(value.to_string().as_bytes());
    }

    #[test]
    fn bytes_that_changed_do_no_harm(
        seed in 0..SEEDS.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0usize..3), 1..8),
    ) {
        let mut text = SEEDS[seed].as_bytes().to_vec();
        for (at, byte, what) in changes {
            let at = at.index(text.len());
            match what {
                0 => text[at] = byte,
                1 => text.insert(at, byte),
                _ => text.truncate(at.max(1)),
            }
        }
        take(&text);
    }
}

#[test]
fn the_seeds_are_records() {
    for seed in SEEDS {
        let record = parse(seed.as_bytes(), Path::new("a seed")).expect("a record");
        stranger::use_up(&record);
    }
}

#[test]
fn more_than_any_run_has_is_refused_at_once() {
    let mut value: Value = serde_json::from_str(SEEDS[0]).expect("JSON");
    let entries = value["entries"].as_array_mut().expect("entries");
    let skipped = |number: usize| json!({ "id": format!("made/up-{number}"), "outcome": "skipped", "reason": "no" });
    entries.extend((0..200_000).map(skipped));
    let start = std::time::Instant::now();
    let refused = parse(value.to_string().as_bytes(), Path::new("r")).expect_err("too many entries");
    assert!(refused.to_string().contains("no run has more than"), "{refused}");
    assert!(start.elapsed().as_secs() < 20, "refused before anything is compared with everything");
}
