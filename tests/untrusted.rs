//! Untrusted records: whatever a file holds, it is refused in words or used without a panic. `fuzz/` looks for more of the same.

mod untrusted_record;

use std::path::Path;

use gpu_assay::measure::best_and_median;
use gpu_assay::record::parse;
use gpu_assay::units::Seconds;
use proptest::prelude::*;
use serde_json::{Value, json};

const CAPPED: &str = include_str!("fixtures/synthetic-capped.json");

const SEEDS: [&str; 6] = [
    include_str!("fixtures/synthetic-a100.json"),
    CAPPED,
    include_str!("fixtures/synthetic-absurd-b580.json"),
    include_str!("../fuzz/corpus/record/curve.json"),
    include_str!("../fuzz/corpus/record/later.json"),
    include_str!("../fuzz/corpus/record/sustained.json"),
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
    match parse(text, Path::new("an untrusted one")) {
        Ok(record) => untrusted_record::use_up(&record),
        Err(error) => assert!(error.to_string().contains("an untrusted one"), "the file is named: {error}"),
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
        untrusted_record::use_up(&record);
    }
}

#[test]
fn what_sensors_say_is_text_and_their_figures_are_our_own() {
    const HOSTILE: &str = "\u{1b}[2J\u{7}\u{202e}<script>alert(1)</script>|=1+1";
    let sound = parse(CAPPED.as_bytes(), Path::new("a seed")).expect("a record");
    let mut value: Value = serde_json::from_str(CAPPED).expect("JSON");
    value["board"]["source"] = HOSTILE.into();
    value["board"]["left_out"] = json!([HOSTILE, "x".repeat(1 << 20)]);
    value["entries"][0]["telemetry"]["power_w"] = 3.into();
    value["entries"][0]["telemetry"]["held_samples"] = json!([{ "sample": 1_000_000, "reasons": [] }]);
    let record = parse(value.to_string().as_bytes(), Path::new("r")).expect("a record");
    untrusted_record::use_up(&record);
    assert_eq!(record.entries[0].telemetry, sound.entries[0].telemetry);
}

#[test]
fn a_fixture_with_readings_has_the_figures_that_follow_from_them() {
    let stated: Value = serde_json::from_str(CAPPED).expect("JSON");
    let record = parse(CAPPED.as_bytes(), Path::new("a seed")).expect("a record");
    assert_eq!(serde_json::to_value(&record.entries).expect("JSON"), stated["entries"]);
}

#[test]
fn an_entry_that_contradicts_itself_is_refused() {
    let level = |holds: u64, overflows: u64, value: f64| {
        let level = json!({ "holds_bytes": holds, "overflows_bytes": overflows, "value": value, "range": [1.0, 2.0] });
        json!([level])
    };
    for (words, field, by) in [
        ("another benchmark's", "/id", json!("matmul/f64")),
        ("more submissions than", "/samples/3/submissions", json!(1_000_000)),
        ("a reason why not", "/reason", json!("implausible")),
        ("capacity lies outside", "/levels", level(4096, 0, 1.5)),
        ("inside its interval", "/levels", level(4096, 8192, 5.0)),
    ] {
        let mut value: Value = serde_json::from_str(SEEDS[0]).expect("JSON");
        let entry = &mut value["entries"][0];
        match entry.pointer_mut(field) {
            Some(place) => *place = by,
            None => entry[&field[1..]] = by,
        }
        let error = parse(value.to_string().as_bytes(), Path::new("r")).expect_err("a contradiction").to_string();
        assert!(error.contains(words), "{words}: {error}");
    }
}

#[test]
fn more_than_any_run_has_is_refused_before_anything_is_compared_with_everything() {
    let with = |count: usize| {
        let mut value: Value = serde_json::from_str(SEEDS[0]).expect("JSON");
        let entries = value["entries"].as_array_mut().expect("entries");
        // The same id again and again: what compares entries with each other says so.
        entries.extend(vec![json!({ "id": "made/up", "outcome": "skipped", "reason": "no" }); count]);
        parse(value.to_string().as_bytes(), Path::new("r")).expect_err("a record that none is").to_string()
    };
    assert!(with(2).contains("there twice"), "{}", with(2));
    assert!(with(2000).contains("no run has more than"), "{}", with(2000));
}

#[test]
fn a_record_of_which_half_of_the_samples_are_odd_has_the_figures_of_the_other_half() {
    const SAMPLES: u32 = 100_000;
    const DISPATCHES: u32 = 20;
    let wall = |at: u32| 2.0 + f64::from(at * 7919 % SAMPLES) * 1e-6;
    let is_odd = |at: u32| at % 2 == 1;
    let sample = |at: u32| {
        let gpu = if is_odd(at) { wall(at) / 20.0 } else { wall(at) };
        json!({ "gpu_s": gpu, "wall_s": wall(at), "dispatches": DISPATCHES, "submissions": 1 })
    };
    let mut value: Value =
        serde_json::from_str(include_str!("fixtures/synthetic-unknown-slow.json")).expect("the fixture is JSON");
    value["entries"][0]["samples"] = (0..SAMPLES).map(sample).collect();
    let record = parse(value.to_string().as_bytes(), Path::new("half odd")).expect("a record");
    let entry = &record.entries[0];
    assert!(entry.odd_samples.iter().copied().eq((1..SAMPLES as usize).step_by(2)), "every second one");
    let time = |at: u32| Seconds::new(wall(at) / f64::from(DISPATCHES));
    let times: Vec<Seconds> = (0..SAMPLES).filter(|at| !is_odd(*at)).map(time).collect();
    let stats = entry.stats.as_ref().expect("figures");
    assert_eq!(stats.samples, times.len(), "the others count");
    let figures = Some((stats.best_s, stats.median_s));
    assert_eq!(figures, best_and_median(&times), "and nothing else does");
}

/// The fixture with readings, its first entry's telemetry changed.
fn with_telemetry(change: impl Fn(&mut Value)) -> Value {
    let mut record: Value = serde_json::from_str(include_str!("fixtures/synthetic-capped.json")).expect("JSON");
    change(&mut record["entries"][0]["telemetry"]);
    record
}

#[test]
fn samples_and_readings_that_do_not_follow_each_other_are_refused() {
    let refused = |change: fn(&mut Value), words: &str| {
        let error = parse(with_telemetry(change).to_string().as_bytes(), Path::new("a file")).expect_err("refused");
        assert!(error.to_string().contains(words), "{error}");
    };
    refused(
        |series| series["began_s"].as_array_mut().expect("times").reverse(),
        "before the one before them had ended",
    );
    refused(|series| series["began_s"][1] = series["began_s"][0].clone(), "before the one before them had ended");
    refused(|series| series["loaded_from_s"] = json!(1e5), "before the one before them had ended");
    refused(|series| series["began_s"] = json!([1.0]), "and 1 times at which they began");
    refused(|series| series["readings"].as_array_mut().expect("readings").reverse(), "do not follow each other");
    refused(|series| series["readings"][1]["at_s"] = series["readings"][0]["at_s"].clone(), "do not follow each other");
    refused(|series| series["readings"][0]["core_hz"] = json!(0.0), "which no card has");
}

#[test]
fn figures_of_readings_that_somebody_changed_are_those_of_the_readings_and_the_record_stays_edited() {
    let path = Path::new("a file");
    let whole = parse(with_telemetry(|_| {}).to_string().as_bytes(), path).expect("a record").sealed();
    let mut edited = serde_json::to_value(&whole).expect("JSON");
    edited["entries"][0]["telemetry"]["power_w"] = json!(7.0);
    let edited = parse(edited.to_string().as_bytes(), path).expect("a record");
    assert_eq!(edited.entries[0].telemetry, whole.entries[0].telemetry, "the figures follow from the readings");
    assert!(edited.edited().is_some() && whole.edited().is_none(), "an edit stays one");
    let says_so = edited.entries[0].findings.iter().any(|note| note.code() == Some("telemetry_rederived"));
    assert!(says_so, "{:?}", edited.entries[0].findings);
}
