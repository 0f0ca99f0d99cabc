//! Later blocks of samples in records that anybody may have written, and what `compare` makes of them.

use std::path::Path;

use gpu_assay::analysis::comparison::{Change, MINIMUM_EFFECT, compare_entries};
use gpu_assay::record::{Entry, Record, Seal, parse};
use serde_json::{Value, json};

const FIXTURE: &str = include_str!("fixtures/synthetic-unknown-fast.json");

fn fixture() -> Value {
    serde_json::from_str(FIXTURE).expect("JSON")
}

fn load(record: &Value) -> Result<Record, String> {
    parse(record.to_string().as_bytes(), Path::new("a record")).map_err(|error| error.to_string())
}

fn first_entry(record: &Value) -> Entry {
    load(record).expect("a record").entries.swap_remove(0)
}

/// The fixture with a later block in its first entry: five samples that take `factor` times as long, with the stamps of the first `odd` of them `part` of
/// what they should be.
fn with_later(factor: f64, odd: usize, part: f64) -> Value {
    let mut record = fixture();
    let entry = &mut record["entries"][0];
    let mut samples: Vec<Value> = entry["samples"].as_array().expect("samples")[..5].to_vec();
    for (at, sample) in samples.iter_mut().enumerate() {
        let stamp = if at < odd { part } else { 1.0 };
        sample["gpu_s"] = (sample["gpu_s"].as_f64().expect("a time") * factor * stamp).into();
        sample["wall_s"] = (sample["wall_s"].as_f64().expect("a time") * factor).into();
    }
    entry["later"] = json!({ "after_s": 31.0, "samples": samples });
    record
}

/// The ends of the interval over the median, in time and in rate.
fn interval(entry: &Entry) -> [[f64; 2]; 2] {
    let (stats, rates) = (entry.stats.as_ref().expect("statistics"), entry.rates.expect("rates"));
    let rate = rates.ops().expect("a rate");
    [
        stats.median_ci95_s.map(|end| end.get() / stats.median_s.get()),
        rate.median_ci95.map(|end| end.get() / rate.median.get()),
    ]
}

#[test]
fn the_interval_of_a_record_is_that_of_both_its_blocks() {
    let one = first_entry(&fixture());
    for (factor, words) in [(1.1, Some("9.")), (0.9, Some("11.")), (1.02, None)] {
        let entry = first_entry(&with_later(factor, 0, 1.0));
        let [[low, high], [slow, fast]] = interval(&entry);
        assert!(low <= factor.min(1.0) * 1.002 && high >= factor.max(1.0) * 0.998, "{factor}: {low} to {high}");
        assert!(slow <= 1.002 / high && fast >= 0.998 / low, "{factor}: {slow} to {fast}");
        assert_eq!(entry.blocks, Some(2), "{factor}");
        let said = entry.findings.iter().find(|note| note.code() == Some("blocks_apart"));
        assert_eq!(said.is_some(), words.is_some(), "{factor}: {:?}", entry.findings);
        assert!(said.is_none_or(|said| said.words().starts_with(words.unwrap_or_default())), "{said:?}");
        assert!(said.is_none_or(|said| said.words().contains("31 s later")), "{said:?}");
        let [before, now] = [&one, &entry].map(|entry| entry.stats.as_ref().expect("statistics"));
        assert_eq!((before.median_s, before.best_s), (now.median_s, now.best_s), "the first block's figures");
    }
}

#[test]
fn odd_stamps_of_a_later_block_move_no_interval() {
    let [own, _] = interval(&first_entry(&fixture()));
    for part in [0.0, -1.0, 0.05, 1e-6, 3.0] {
        for odd in 1..=5 {
            let entry = first_entry(&with_later(1.0, odd, part));
            let [[low, high], _] = interval(&entry);
            assert!(low > own[0] - 0.01 && high < own[1] + 0.01, "{odd} stamps times {part}: {low} to {high}");
            let counts = entry.blocks == Some(2);
            assert!(
                counts || entry.findings.iter().any(|one| one.code() == Some("later_uncounted")),
                "{:?}",
                entry.findings
            );
            // Two that no clock gives are a clock that is wrong.
            assert!(odd == 2 || counts == (odd == 1), "{odd} of five stamps times {part}: {counts}");
        }
    }
}

#[test]
fn an_interval_that_the_samples_do_not_give_is_replaced() {
    let right = first_entry(&with_later(1.1, 0, 1.0));
    let mut record = with_later(1.1, 0, 1.0);
    let entry = &mut record["entries"][0];
    entry["stats"]["median_ci95_s"] = json!([entry["stats"]["median_s"], entry["stats"]["median_s"]]);
    let rate = &entry["rates"]["ops_per_s_median"];
    entry["rates"]["ops_per_s_median_ci95"] = json!([rate, rate]);
    entry["blocks"] = json!(7);
    let derived = first_entry(&record);
    assert_eq!((&derived.stats, &derived.rates, derived.blocks), (&right.stats, &right.rates, Some(2)));

    let mut alone = fixture();
    alone["entries"][0]["blocks"] = json!(2);
    assert_eq!(first_entry(&alone).blocks, Some(1), "there is no later block");
    assert_eq!(first_entry(&fixture()).blocks, None, "an older record says nothing of blocks");
}

#[test]
fn a_later_block_that_is_none_is_refused() {
    let edited = |pointer: &str, value: Value| {
        let mut record = with_later(1.0, 0, 1.0);
        *record.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value;
        load(&record).err().unwrap_or_else(|| panic!("{pointer} is accepted"))
    };
    assert!(edited("/entries/0/later/samples", json!([])).contains("without samples"));
    for after in [-1.0, 1e300] {
        assert!(edited("/entries/0/later/after_s", json!(after)).contains("which no run is"), "{after}");
    }
    assert!(edited("/entries/0/later", json!({ "samples": [] })).contains("after_s"));
    let sample = json!({ "wall_s": 1.0, "dispatches": 1, "submissions": 1 });
    assert!(edited("/entries/0/later/samples", json!(vec![sample; 100_001])).contains("no run has more"));
    let mut wrong = with_later(1.0, 0, 1.0);
    let entry = wrong["entries"][0].as_object_mut().expect("an entry");
    entry.insert("outcome".to_owned(), json!("wrong"));
    entry.remove("rates");
    assert!(load(&wrong).expect_err("a later block of nothing").contains("without a rate of the first"));
}

#[test]
fn what_was_written_is_what_is_read() {
    let record = load(&with_later(1.1, 0, 1.0)).expect("a record").sealed();
    let read = load(&serde_json::to_value(&record).expect("JSON")).expect("a record");
    assert_eq!(read, record, "nothing is derived in another way than it was written");
    assert_eq!(read.seal(), Seal::Whole);
}

#[test]
fn a_run_that_differs_from_itself_as_much_is_not_called_different() {
    let slower = |factor: f64| {
        let mut entry = first_entry(&with_later(factor, 0, 1.0));
        let later = entry.later.take().expect("a later block").samples;
        entry.samples = later.iter().cycle().take(50).copied().collect();
        entry
    };
    let compared = |base: &Entry, new: &Entry| {
        let pair = compare_entries("matmul/f32", Some(base), Some(new), MINIMUM_EFFECT);
        (pair.change.expect("a comparison"), pair.ratio_ci95.expect("an interval"))
    };
    let steady = first_entry(&fixture());
    assert_eq!(compared(&steady, &slower(1.05)).0, Change::Slower, "where nothing is known of other blocks");
    assert_eq!(compared(&slower(1.05), &steady).0, Change::Faster);
    let drifts = first_entry(&with_later(1.06, 0, 1.0));
    for (base, new) in [(&drifts, &slower(1.05)), (&slower(1.05), &drifts)] {
        let (change, [low, high]) = compared(base, new);
        assert!(low < 1.0 && high > 1.0 && high / low > 1.055, "{low} to {high}");
        assert_eq!(change, Change::Ambiguous, "one of its blocks is as slow");
    }
    let hurries = first_entry(&with_later(1.0 / 1.06, 0, 1.0));
    assert_eq!(compared(&hurries, &slower(1.05)).0, Change::Slower, "both of its blocks are faster");
    assert_eq!(compared(&slower(1.05), &hurries).0, Change::Faster);
    let holds = first_entry(&with_later(1.005, 0, 1.0));
    assert_eq!(compared(&holds, &slower(1.05)).0, Change::Slower, "blocks that agree prove it");
}
