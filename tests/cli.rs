//! The binary as people meet it: exit codes, messages with a next step, no panics, nothing overwritten.

mod child;
mod program;

use std::fs;
use std::path::Path;

use gpu_assay::cli::{Exit, of_record};
use gpu_assay::record::{Entry, Outcome, Remark};
use program::{fails, run, scratch, written};
use serde_json::Value;

const FIXTURE: &str = "tests/fixtures/synthetic-a100.json";

/// The fixture with one value replaced.
fn edited(folder: &Path, pointer: &str, value: Value) -> String {
    let mut record: Value = serde_json::from_slice(&fs::read(FIXTURE).expect("the fixture")).expect("JSON");
    *record.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value;
    written(folder, "edited.json", record.to_string())
}

#[test]
fn records_that_cannot_be_used_are_named_with_the_reason() {
    let folder = scratch();
    let text = fs::read_to_string(FIXTURE).expect("the fixture");
    for verb in ["judge", "report"] {
        fails(&[verb, "no-such-record.json"], 1, "cannot read no-such-record.json");
        fails(&[verb, &written(folder.path(), "empty.json", "")], 1, "is not a gpu-assay record");
        fails(&[verb, &written(folder.path(), "cut.json", &text[..text.len() / 2])], 1, "is not a gpu-assay record");
        fails(&[verb, &written(folder.path(), "text.json", "hello")], 1, "is not a gpu-assay record");
        fails(&[verb, &written(folder.path(), "binary.json", [0xff, 0xfe, 0])], 1, "is not a gpu-assay record");
        fails(&[verb, &written(folder.path(), "deep.json", "[".repeat(100_000))], 1, "is not a gpu-assay record");
        fails(&[verb, &written(folder.path(), "other.json", "{\"schema_version\": 1}")], 1, "missing field");
        fails(&[verb, &edited(folder.path(), "/schema_version", 1_000.into())], 1, "install a newer gpu-assay");
        fails(&[verb, &edited(folder.path(), "/entries/0/check", Value::Null)], 1, "without a passed check");
        fails(
            &[verb, &edited(folder.path(), "/entries/0/rates/ops_per_s_best", 1e18.into())],
            1,
            "do not follow from the samples",
        );
        fails(
            &[verb, &edited(folder.path(), "/entries/0/rates/ops_per_s_best", (-1).into())],
            1,
            "do not follow from the samples",
        );
        fails(&[verb, &edited(folder.path(), "/entries/0/samples", Value::Array(vec![]))], 1, "positive times");
        fails(&[verb, &edited(folder.path(), "/entries/0/outcome", "wrong".into())], 1, "an outcome that allows none");
        fails(
            &[verb, &edited(folder.path(), "/entries/0/problem/m", 4_294_967_295u32.into())],
            1,
            "not that of the problem",
        );
        fails(&[verb, &edited(folder.path(), "/entries/1/id", "matmul/f32".into())], 1, "there twice");
    }
}

/// Lets the rates of an entry follow from all its stamps, as older versions derived them.
fn follow(entry: &mut Value) {
    let each =
        |sample: &Value| sample["gpu_s"].as_f64().expect("a time") / sample["dispatches"].as_f64().expect("a count");
    let mut times: Vec<f64> = entry["samples"].as_array().expect("samples").iter().map(each).collect();
    times.sort_by(f64::total_cmp);
    let ops = entry["work"]["ops"].as_f64().expect("operations");
    entry["rates"]["ops_per_s_best"] = (ops / times[0]).into();
    entry["rates"]["ops_per_s_median"] =
        (ops / f64::midpoint(times[(times.len() - 1) / 2], times[times.len() / 2])).into();
}

/// A record of a product under load, with one value of that load replaced.
fn with_load(folder: &Path, pointer: &str, value: Value) -> String {
    let text = fs::read_to_string("fuzz/corpus/record/sustained.json").expect("a record");
    let mut record: Value = serde_json::from_str(&text).expect("JSON");
    *record.pointer_mut(&format!("/entries/0/sustained{pointer}")).unwrap_or_else(|| panic!("no {pointer}")) = value;
    written(folder, "load.json", record.to_string())
}

#[test]
fn a_load_that_none_has_is_refused_and_its_figures_are_those_of_its_points() {
    let folder = scratch();
    for (pointer, value, message) in [
        ("/took_s", 1e9.into(), "of a length that none has"),
        ("/wanted_s", (-1).into(), "of a length that none has"),
        ("/points/3/ops_per_s", (-1).into(), "a point under load that is none"),
        ("/points/3/at_s", 0.5.into(), "do not follow each other"),
        ("/points/3/samples", 0.into(), "a point under load that is none"),
        ("/answers_checked", 0.into(), "without a passed check"),
    ] {
        fails(&["report", &with_load(folder.path(), pointer, value)], 1, message);
    }
    let truth = run(&["report", "fuzz/corpus/record/sustained.json"]).stdout;
    let line = |text: &str| text.lines().find(|line| line.contains("burst ")).expect("a line").to_owned();
    assert!(line(&truth).contains("settles at") && !truth.contains("derived anew"), "{truth}");
    for figure in ["/burst_ops_per_s", "/level_ops_per_s", "/settled_after_s"] {
        let seen = run(&["report", &with_load(folder.path(), figure, 1e12.into())]).stdout;
        assert_eq!(line(&seen), line(&truth), "{figure} of the file is not believed");
        assert!(seen.contains("derived anew from their points"), "and that is said: {seen}");
    }
    let columns = run(&["report", "fuzz/corpus/record/sustained.json", "--csv"]).stdout;
    assert!(columns.lines().all(|line| line.matches(',').count() >= 16), "burst, level and time: {columns}");
}

/// A record of a card under all thresholds in which the first `count` timestamps are `part` of what they were. With `follows` its figures follow from
/// all stamps, as older versions derived them.
fn with_odd_stamps(folder: &Path, count: usize, part: f64, follows: bool) -> String {
    let text = fs::read_to_string("tests/fixtures/synthetic-unknown-slow.json").expect("the fixture");
    let mut record: Value = serde_json::from_str(&text).expect("JSON");
    let entry = &mut record["entries"][0];
    let samples = entry["samples"].as_array_mut().expect("samples");
    for sample in &mut samples[..count] {
        sample["gpu_s"] = (sample["gpu_s"].as_f64().expect("a number") * part).into();
    }
    if follows {
        follow(entry);
    }
    written(folder, "odd.json", record.to_string())
}

#[test]
fn odd_stamps_of_a_record_decide_no_verdict() {
    let folder = scratch();
    for (count, part, follows) in [
        (1, 0.05, true),
        (2, 0.03, true),
        (5, 0.05, true),
        (1, 1e-6, true),
        (24, 0.05, true),
        (26, 0.05, true),
        (50, 0.05, true),
        (1, 0.0, false),
        (3, -1.0, false),
        (7, 0.05, false),
    ] {
        let seen = run(&["judge", &with_odd_stamps(folder.path(), count, part, follows), "--as-of", "2026-09-01"]);
        assert_eq!(seen.code, 11, "{count} stamps times {part}: {}{}", seen.stdout, seen.stderr);
        assert!(seen.stdout.contains("UNDECIDED"), "{count} stamps times {part}: {}", seen.stdout);
        let seen = run(&["report", &with_odd_stamps(folder.path(), count, part, follows)]);
        assert!(seen.stdout.contains("clocks disagree"), "{count} stamps times {part} are spoken of: {}", seen.stdout);
    }
}

/// The same record with only `kept` samples, of which the first `count` take a thirtieth by both clocks: a card over all thresholds.
fn with_fast_samples(folder: &Path, count: usize, kept: usize) -> String {
    let text = fs::read_to_string("tests/fixtures/synthetic-unknown-slow.json").expect("the fixture");
    let mut record: Value = serde_json::from_str(&text).expect("JSON");
    let samples = record["entries"][0]["samples"].as_array_mut().expect("samples");
    samples.truncate(kept);
    for sample in &mut samples[..count] {
        for clock in ["gpu_s", "wall_s"] {
            sample[clock] = (sample[clock].as_f64().expect("a number") / 30.0).into();
        }
    }
    follow(&mut record["entries"][0]);
    written(folder, "fast.json", record.to_string())
}

#[test]
fn a_verdict_rests_on_the_median_of_three_samples_at_the_least() {
    let folder = scratch();
    for (count, kept, code) in [(0, 50, 11), (15, 50, 11), (1, 1, 11), (2, 2, 11), (3, 3, 10), (30, 50, 10)] {
        let seen = run(&["judge", &with_fast_samples(folder.path(), count, kept), "--as-of", "2026-09-01"]);
        assert_eq!(seen.code, code, "{count} fast ones of {kept}: {}{}", seen.stdout, seen.stderr);
    }
}

/// The record of a card under all thresholds with its first entry changed.
fn with_entry(folder: &Path, change: impl FnOnce(&mut Value)) -> String {
    let text = fs::read_to_string("tests/fixtures/synthetic-unknown-slow.json").expect("the fixture");
    let mut record: Value = serde_json::from_str(&text).expect("JSON");
    change(&mut record["entries"][0]);
    written(folder, "changed.json", record.to_string())
}

/// Takes the timestamps out of an entry, and multiplies its rates.
fn by_the_wall(entry: &mut Value, factor: f64) {
    for sample in entry["samples"].as_array_mut().expect("samples") {
        sample.as_object_mut().expect("a sample").remove("gpu_s");
    }
    entry["clock"] = "wall".into();
    let ops = entry["work"]["ops"].as_f64().expect("operations");
    let each = |sample: &Value| sample["wall_s"].as_f64().expect("s") / sample["dispatches"].as_f64().expect("a count");
    let mut times: Vec<f64> = entry["samples"].as_array().expect("samples").iter().map(each).collect();
    times.sort_by(f64::total_cmp);
    let middle = f64::midpoint(times[(times.len() - 1) / 2], times[times.len() / 2]);
    entry["rates"]["ops_per_s_best"] = (factor * ops / times[0]).into();
    entry["rates"]["ops_per_s_median"] = (factor * ops / middle).into();
}

#[test]
fn an_error_is_told_once() {
    for (file, words) in [("no-such.json", "os error 2"), ("README.md", "expected value")] {
        let seen = run(&["judge", file]);
        assert_eq!((seen.code, seen.stderr.matches(words).count()), (1, 1), "{}", seen.stderr);
    }
}

#[test]
fn an_entry_that_does_not_count_is_named_with_its_reason() {
    let folder = scratch();
    let suspect = with_entry(folder.path(), |entry| {
        entry["outcome"] = "suspect".into();
        entry["reason"] = "time stands still\u{1b}[2J".into();
    });
    let judged = run(&["judge", &suspect, "--as-of", "2026-09-01"]);
    assert!(judged.stdout.contains("none of: matmul/f32 (suspect: time stands still"), "{}", judged.stdout);
    let sound = "tests/fixtures/synthetic-unknown-slow.json";
    let compared = run(&["compare", sound, &suspect]);
    assert!(compared.stdout.contains("suspect in the new record: time stands still"), "{}", compared.stdout);
    assert!(![judged.stdout, compared.stdout].concat().contains('\u{1b}'), "a terminal must not act on a reason");
    let judged = run(&["judge", sound, "--as-of", "2026-09-01"]);
    assert!(!judged.stdout.contains("none of:"), "all count: {}", judged.stdout);
}

#[test]
fn no_verdict_rests_on_what_pairs_take_off_the_wall_clock() {
    let folder = scratch();
    // 10 TFLOP/s times 32 bits times 17 over 1.15 are 4730 of the 4800 of rule 3A090; without a quarter of each sample they would be 6310.
    for (factor, code) in [(17.0, 11), (18.0, 10)] {
        let record = with_entry(folder.path(), |entry| {
            for sample in entry["samples"].as_array_mut().expect("samples") {
                sample["wall_s"] = (sample["wall_s"].as_f64().expect("s") / factor).into();
                sample["submissions"] = 1.into();
            }
            by_the_wall(entry, 1.0);
            let single = entry["samples"][0].clone();
            let mut double = single.clone();
            double["dispatches"] = (2 * single["dispatches"].as_u64().expect("a count")).into();
            double["wall_s"] = (1.75 * single["wall_s"].as_f64().expect("s")).into();
            entry["doubling"] = serde_json::json!({ "single": vec![single; 3], "double": vec![double; 3] });
        });
        let seen = run(&["judge", &record, "--as-of", "2026-09-01"]);
        assert_eq!(seen.code, code, "{factor} times as fast: {}{}", seen.stdout, seen.stderr);
    }
}

/// Short samples may wait for as long as they work, so that nothing else betrays such a clock.
#[test]
fn a_clock_at_half_its_rate_decides_no_verdict() {
    let folder = scratch();
    for (part, words) in [(0.51, "by the whole wall time"), (0.98, "measured by matmul/f32")] {
        let record = with_entry(folder.path(), |entry| {
            for edge in ["m", "n", "k"] {
                entry["problem"][edge] = 4096.into();
            }
            entry["work"] = serde_json::json!({ "ops": 2.0 * 4096f64.powi(3), "bytes": 3.0 * 4.0 * 4096f64.powi(2) });
            for (number, sample) in entry["samples"].as_array_mut().expect("samples").iter_mut().enumerate() {
                let wall = 5.8e-3 + 1e-6 * f64::from(u32::try_from(number).expect("a few"));
                *sample =
                    serde_json::json!({ "gpu_s": part * wall, "wall_s": wall, "dispatches": 4, "submissions": 1 });
            }
            follow(entry);
        });
        let seen = run(&["judge", &record, "--as-of", "2026-09-01", "--explain"]);
        assert_eq!(seen.code, 11, "95 TFLOP/s by the wall: {}{}", seen.stdout, seen.stderr);
        assert!(seen.stdout.contains(words), "{words}: {}", seen.stdout);
    }
}

/// Twice the rate of single precision, in a file that calls it measured: over the threshold, if it were true.
#[test]
fn what_no_card_can_do_decides_no_verdict_whoever_says_it_was_measured() {
    let folder = scratch();
    let text = fs::read_to_string("tests/fixtures/synthetic-unknown-slow.json").expect("the fixture");
    let mut record: Value = serde_json::from_str(&text).expect("JSON");
    let peak = |element: &str, bytes: f64, dispatches: u32| {
        let mut entry = record["entries"][0].clone();
        entry["id"] = format!("peak/{element}").into();
        entry["problem"] = serde_json::json!({ "kind": "peak", "element": element, "lanes": 32768, "steps": 256 });
        entry["work"] = serde_json::json!({ "ops": 16_777_216.0, "bytes": bytes });
        for sample in entry["samples"].as_array_mut().expect("samples") {
            sample["dispatches"] = dispatches.into();
        }
        follow(&mut entry);
        entry
    };
    record["entries"] = vec![peak("f32", 262_160.0, 5_000_000), peak("f64", 524_304.0, 12_000_000)].into();
    record["warnings"] = vec!["the run did not come to its end: what is missing was not measured"].into();
    let seen = run(&["judge", &written(folder.path(), "r.json", record.to_string()), "--as-of", "2026-09-01"]);
    assert_eq!(seen.code, 11, "{}{}", seen.stdout, seen.stderr);
    let words = seen.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("none of: peak/f64 (suspect: implausible"), "{}", seen.stdout);
    assert!(words.contains("Warning the run did not come to its end"), "{}", seen.stdout);
}

#[test]
fn times_of_two_clocks_are_not_compared() {
    let folder = scratch();
    let wall = with_entry(folder.path(), |entry| by_the_wall(entry, 1.0));
    let seen = run(&["compare", "tests/fixtures/synthetic-unknown-slow.json", &wall]);
    let words = "timed by the GPU's clock in the base, by the wall clock in the new record";
    assert!(seen.stdout.contains(words), "{}{}", seen.stdout, seen.stderr);
}

#[test]
fn what_a_record_states_beside_its_samples_raises_no_rate() {
    let folder = scratch();
    let judged = |change: &dyn Fn(&mut Value)| {
        let seen = run(&["judge", &with_entry(folder.path(), change), "--as-of", "2026-09-01"]);
        assert_ne!(seen.code, 10, "{}{}", seen.stdout, seen.stderr);
        seen.stderr
    };
    let cost = judged(&|entry| {
        let first = entry["samples"][0].clone();
        entry["samples"].as_array_mut().expect("samples").fill(first.clone());
        by_the_wall(entry, 100.0);
        let submissions = first["submissions"].as_f64().expect("a count");
        entry["fixed_s"] = (0.99 * first["wall_s"].as_f64().expect("s") / submissions).into();
    });
    assert!(cost.contains("do not follow"), "a submission that costs all there is: {cost}");
    judged(&|entry| {
        by_the_wall(entry, 1.0);
        let single = vec![entry["samples"][0].clone(); 3];
        let mut double = single.clone();
        double
            .iter_mut()
            .for_each(|sample| sample["dispatches"] = (2 * sample["dispatches"].as_u64().expect("n")).into());
        entry["doubling"] = serde_json::json!({ "single": single, "double": double });
        for sample in entry["samples"].as_array_mut().expect("samples") {
            sample["wall_s"] = (sample["wall_s"].as_f64().expect("s") / 15.0).into();
        }
        by_the_wall(entry, 1.0);
    });
    judged(&|entry| {
        for sample in entry["samples"].as_array_mut().expect("samples") {
            sample["gpu_s"] = (sample["gpu_s"].as_f64().expect("s") / 50.0).into();
            sample["submissions"] = 100_000.into();
        }
        follow(entry);
    });
    let once = judged(&|entry| {
        let pairs = vec![entry["samples"][0].clone(); 3];
        entry["doubling"] = serde_json::json!({ "single": pairs, "double": pairs });
    });
    assert!(once.contains("no pairs of n and 2n dispatches"), "once the work beside itself: {once}");
    let failed = judged(&|entry| entry["check"]["max_error"] = 1e9.into());
    assert!(failed.contains("without a passed check"), "{failed}");
}

#[test]
fn a_run_that_measured_nothing_or_was_interrupted_has_failed() {
    let mut record = gpu_assay::record::load(Path::new(FIXTURE)).expect("a record");
    let skipped = Entry::without_figure("peak/f32", Outcome::Skipped, Remark::Interrupted);
    record.entries.push(skipped.clone());
    assert_eq!(of_record(&record, false), Exit::Done, "what the budget had no time for is no failure");
    assert_eq!(of_record(&record, true), Exit::Failed, "interrupted");
    record.entries = vec![skipped];
    assert_eq!(of_record(&record, false), Exit::Failed, "unless that is all");
}

#[test]
fn what_an_untrusted_file_says_reaches_no_terminal_as_it_is() {
    let folder = scratch();
    let seen = run(&["judge", &with_entry(folder.path(), |entry| entry["outcome"] = "\u{1b}[2J".into())]);
    assert!(seen.code == 1 && !seen.stderr.contains('\u{1b}'), "{:?}", seen.stderr);
}

#[test]
fn a_record_of_two_gigabytes_is_refused_without_reading_it() {
    let folder = scratch();
    let path = folder.path().join("huge.json");
    fs::File::create(&path).expect("a file").set_len(2 << 30).expect("a sparse file");
    fails(&["judge", &path.to_string_lossy()], 1, "larger than 64 MiB");
}

#[test]
fn a_synthetic_a100_is_restricted_and_said_to_be_synthetic() {
    let seen = run(&["judge", FIXTURE]);
    assert_eq!(seen.code, 10, "{}", seen.stderr);
    for part in [
        "RESTRICTED",
        "synthetic",
        "nvidia-a100-sxm4-80gb",
        "confirmed through 2026-10-04",
        "not legal advice",
        "only vector units",
    ] {
        assert!(seen.stdout.contains(part), "`{part}` is missing from\n{}", seen.stdout);
    }
    assert_eq!(seen.stdout.matches("not legal advice").count(), 1, "the disclaimer stands once");
}

#[test]
fn verdicts_have_their_exit_codes() {
    let code = |arguments: &[&str]| run(&[&["judge"], arguments].concat()).code;
    assert_eq!(code(&["--card", "a10"]), 0, "not restricted");
    assert_eq!(code(&["--card", "h20", "--as-of", "2025-05-01"]), 10, "restricted");
    assert_eq!(code(&["--card", "moorethreads-mtt-s4000"]), 11, "undecided");
    assert_eq!(code(&["tests/fixtures/synthetic-unknown-fast.json"]), 10, "over by measurement");
    assert_eq!(code(&["tests/fixtures/synthetic-unknown-just-over.json"]), 11, "probably over");
    assert_eq!(code(&["tests/fixtures/synthetic-unknown-slow.json"]), 11, "undecided");
    assert_eq!(code(&["tests/fixtures/synthetic-4090-d-boosted.json"]), 0, "the claim governs");
    assert_eq!(code(&["tests/fixtures/synthetic-absurd-b580.json"]), 1, "a data conflict");
    assert_eq!(
        code(&["tests/fixtures/synthetic-a100.json", "--card", "nvidia-rtx-3090"]),
        1,
        "another card than the record's"
    );
    let code_of = |record: &str, card: &str| code(&[record, "--card", card]);
    assert_eq!(code_of("tests/fixtures/synthetic-a100.json", "amd-mi100"), 1, "another vendor than the record's");
    let area = |area: &str| code(&["--card", "nvidia-a100-sxm4-80gb", "--die-area-mm2", area]);
    assert_eq!((area("100"), area("826")), (1, 10), "826 mm² is established, and may be repeated");
    assert_eq!(code(&["--card", "nvidia-a100-sxm4-80gb", "--io-gbs", "10"]), 1, "664 GB/s are established");
}

#[test]
fn records_lead_to_the_outcomes_that_the_rules_define() {
    let outcome = |record: &str| {
        let seen = run(&["judge", record, "--json"]);
        let value: Value = serde_json::from_str(&seen.stdout).expect("JSON");
        let findings = value["findings"].as_array().expect("findings").clone();
        let finding = findings.iter().find(|finding| finding["rule"] == "us-3a090a-2023").expect("3A090.a").clone();
        finding["outcome"].as_str().expect("an outcome").to_owned()
    };
    assert_eq!(outcome("tests/fixtures/synthetic-unknown-fast.json"), "over_by_measurement", "5760 of 4800");
    assert_eq!(outcome("tests/fixtures/synthetic-unknown-just-over.json"), "probably_over", "4960 of 4800");
    assert_eq!(outcome("tests/fixtures/synthetic-unknown-slow.json"), "undecided", "320 of 4800");
    assert_eq!(
        outcome("tests/fixtures/synthetic-4090-d-boosted.json"),
        "under_by_datasheet_clock_above_rated",
        "4832 measured, 4707 claimed"
    );
    assert_eq!(outcome("tests/fixtures/synthetic-absurd-b580.json"), "data_conflict", "190720 measured, 1864 claimed");
}

#[test]
fn unknown_names_get_suggestions() {
    fails(&["judge", "--card", "rtx-4091"], 2, "nvidia-rtx-4090");
    fails(&["judge", "--card", "MI300"], 2, "amd-mi300x");
    fails(&["judge", "--card", "h20", "--reference-card", "RTX PRO 6000"], 2, "is the name of several cards");
    fails(&["judge", "--card", "h20", "--rule", "us-3a090a"], 2, "us-3a090a-2023");
    fails(&["judge", "--card", "h20", "--destination", "Atlantis"], 2, "there is no destination");
    fails(&["cards", "zzz"], 2, "no card of the base is called");
    fails(&["rules", "zzz"], 2, "there is no rule");
}

#[test]
fn arguments_that_make_no_sense_are_usage_errors() {
    for arguments in [
        &["judge"][..],
        &["judge", "--card", "h20", "--as-of", "yesterday"],
        &["judge", "--card", "h20", "--as-of", "2022-01-01"],
        &["judge", "--card", "h20", "--die-area-mm2", "0"],
        &["judge", "--card", "h20", "--die-area-mm2", "NaN"],
        &["judge", "--card", "h20", "--io-gbs=-1"],
        &["judge", "--card", "h20", "--datacenter", "maybe"],
        &["judge", "--card", "h20", "--price", "1CNY"],
        &["judge", "--all-cards", "--die-area-mm2", "10"],
        &["frobnicate"],
    ] {
        assert_eq!(run(arguments).code, 2, "{arguments:?}");
    }
}

#[test]
fn an_edited_reference_is_read_and_a_broken_one_is_named() {
    let folder = scratch();
    copy(Path::new("reference"), folder.path());
    let path = folder.path().to_string_lossy().into_owned();
    assert_eq!(run(&["judge", "--card", "a10", "--reference", &path]).code, 0, "a copy judges as the original");
    let card = folder.path().join("cards/nvidia-a10.toml");
    let text = fs::read_to_string(&card).expect("the card");
    fs::write(&card, text.replace("bw_gbs = 600", "bw_gbs = -600")).expect("edited");
    fails(&["judge", "--card", "a10", "--reference", &path], 1, "cards/nvidia-a10.toml:");
    fails(&["cards", "--reference", "/no/such/folder"], 1, "cannot read the reference base");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() { copy(&path, &target) } else { fs::copy(&path, &target).map(|_| ()).expect("copied") }
    }
}

#[test]
fn fleets_are_counted_as_the_article_does() {
    let measures = |arguments: &[&str]| {
        let seen = run(&[&["judge", "--json"], arguments].concat());
        let value: Value = serde_json::from_str(&seen.stdout).expect("JSON");
        value["equivalence"]["measures"].as_array().expect("measures").clone()
    };
    let by = |rows: &[Value], name: &str, key: &str| {
        let row = rows.iter().find(|row| row["measure"] == name).unwrap_or_else(|| panic!("no {name}")).clone();
        row[key].as_f64().expect("a number")
    };
    let rows = measures(&["--card", "nvidia-rtx-3090", "--equivalent-to", "1xA100"]);
    assert!(by(&rows, "FP64", "per_card") > 7.0, "seven RTX 3090s do not reach one A100 in FP64: it takes 17.4");
    assert!((by(&rows, "FP64", "per_card") - 17.4).abs() < 0.1, "9.7 / 0.556");
    let rows = measures(&["--card", "nvidia-a800-sxm4-80gb", "--equivalent-to", "10000xA100", "--price", "82000CNY"]);
    assert!((by(&rows, "FP16/BF16 matrix", "cards") - 10_000.0).abs() < 0.5, "an A800 computes as an A100 does");
    let row = rows.iter().find(|row| row["measure"] == "FP16/BF16 matrix").expect("the row");
    assert_eq!(row["cost"]["amount"], 820_000_000.0, "10 000 × 82 000 CNY");
    let rows = measures(&["--card", "nvidia-h100-sxm5-80gb", "--equivalent-to", "30000xA100"]);
    assert!((by(&rows, "FP16/BF16 matrix", "cards") - 9461.0).abs() < 1.5, "30 000 × 312 / 989.4");
    let rows = measures(&["--card", "biren-br100", "--equivalent-to", "1xnvidia-h100-sxm5-80gb"]);
    assert!(by(&rows, "FP16/BF16 matrix", "per_card") < 1.0, "BR100 claims more BF16 than an H100 …");
    assert!(by(&rows, "memory bandwidth", "per_card") > 2.0, "… and less than half of its bandwidth");
}

#[test]
fn hostile_names_reach_no_terminal() {
    let folder = scratch();
    let record = edited(folder.path(), "/adapter/name", "\u{1b}[31mEvil\u{7}\u{202e}".into());
    for arguments in [
        &["report", &record][..],
        &["report", &record, "--markdown"],
        &["report", &record, "--csv"],
        &["judge", &record],
        &["compare", &record, FIXTURE],
    ] {
        let seen = run(arguments);
        assert!(!seen.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{arguments:?} passes control characters on");
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let binary = assert_cmd::cargo::cargo_bin("gpu-assay");
    let script = format!("{} judge --all-cards --json | head -c 10 >/dev/null", binary.display());
    let (_, _, stderr) = child::ends(std::process::Command::new("sh").args(["-c", &script]));
    assert!(!stderr.contains("panicked"), "no panic");
}

#[test]
fn records_compare_and_a_record_with_itself_is_the_same() {
    let seen = run(&["compare", FIXTURE, FIXTURE]);
    assert_eq!(seen.code, 0, "{}", seen.stderr);
    assert_eq!(seen.stdout.matches("same").count(), 6, "{}", seen.stdout);
}

#[test]
fn an_edited_record_is_spoken_of_and_not_refused() {
    let folder = scratch();
    let record = gpu_assay::record::load(Path::new(FIXTURE)).expect("a fixture").sealed();
    let text = serde_json::to_string_pretty(&record).expect("JSON");
    let whole = written(folder.path(), "whole.json", &text);
    let edited = written(folder.path(), "edited.json", text.replace("NVIDIA A100", "NVIDIA B100"));
    assert!(!run(&["judge", &whole]).stdout.contains("edited"), "a whole record is not");
    assert!(run(&["judge", &edited]).stdout.contains("was edited since it was written"), "an edited one is");
    let compared = run(&["compare", &edited, &edited]);
    assert!(compared.stdout.contains("was edited since") && compared.code == 0, "{}", compared.stdout);
}

#[test]
fn a_slowdown_ends_with_the_code_that_was_asked_for() {
    let folder = scratch();
    let mut record: Value = serde_json::from_str(&fs::read_to_string(FIXTURE).expect("a fixture")).expect("JSON");
    for sample in record["entries"][0]["samples"].as_array_mut().expect("samples") {
        for clock in ["gpu_s", "wall_s"] {
            sample[clock] = (sample[clock].as_f64().expect("a time") * 1.04).into();
        }
    }
    for rate in record["entries"][0]["rates"].as_object_mut().expect("rates").values_mut() {
        match rate {
            Value::Array(both) => {
                both.iter_mut().for_each(|rate| *rate = (rate.as_f64().expect("a rate") / 1.04).into());
            }
            rate => *rate = (rate.as_f64().expect("a rate") / 1.04).into(),
        }
    }
    let slower = written(folder.path(), "slower.json", record.to_string());
    let code = |more: &[&str]| run(&[&["compare", FIXTURE, &slower], more].concat()).code;
    assert_eq!(code(&[]), 10, "something is slower");
    assert_eq!(code(&["--fail-on", "slower:5%"]), 0, "not by that much");
    assert_eq!(code(&["--fail-on", "never"]), 0, "nobody minds");
    assert_eq!(code(&["--min-effect", "5"]), 0, "too little to speak of");
    assert_eq!(code(&["--fail-on", "slower:much"]), 2, "usage");
    assert!(run(&["compare", FIXTURE, &slower, "--markdown"]).stdout.contains("| matmul/f32 | slower |"), "a table");
}

#[test]
fn records_of_different_cards_stand_side_by_side() {
    let seen = run(&["compare", FIXTURE, "tests/fixtures/synthetic-4090-d-boosted.json"]);
    assert!(seen.code == 0 && seen.stdout.contains("best of") && seen.stdout.contains("A100"), "{}", seen.stdout);
}

#[test]
fn a_page_that_cannot_be_made_is_named() {
    let folder = scratch();
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).expect("a folder");
    let site = folder.path().join("site").to_string_lossy().into_owned();
    fails(&["report", &empty.to_string_lossy(), "--html", &site], 1, "holds no records");
    fails(&["report", FIXTURE, "--html", "/proc/nowhere/r.html"], 1, "cannot write /proc/nowhere/r.html");
    let record = written(folder.path(), "a record.json", fs::read_to_string(FIXTURE).expect("a fixture"));
    fails(&["report", FIXTURE, "--html", &record], 2, "is a record, which is never overwritten");
    gpu_assay::record::load(Path::new(&record)).expect("it is what it was");
    fails(&["report", FIXTURE, "--svg", "/proc/nowhere"], 1, "cannot create /proc/nowhere");
    fails(&["report", "absent.json", "--html", &site], 1, "absent.json");
    fails(&["man", "sing"], 2, "no verb `sing`");
}

#[test]
fn a_gallery_names_what_it_left_out() {
    let folder = scratch();
    fs::copy(FIXTURE, folder.path().join("good.json")).expect("a copy");
    written(folder.path(), "bad.json", "[]");
    let site = folder.path().join("site");
    let seen = run(&["report", &folder.path().to_string_lossy(), "--html", &site.to_string_lossy()]);
    assert!(seen.code == 0 && seen.stderr.contains("bad.json"), "{}", seen.stderr);
    let index = fs::read_to_string(site.join("index.html")).expect("an index");
    assert!(index.contains("1 records") && index.contains("bad.json"), "the index says so too");
}

#[test]
fn what_is_no_record_is_left_out_and_named_and_fails_where_it_was_named() {
    let folder = scratch();
    let peer = written(folder.path(), "a-peer.json", "{\"schema\": 1}");
    written(folder.path(), "cut.json", "{\"schema_version\": 1, ");
    let at = folder.path().to_string_lossy().into_owned();
    let [page, plots] = ["page.html", "plots"].map(|name| folder.path().join(name).to_string_lossy().into_owned());
    fails(&["report", &at], 1, "none of the files is a record");
    let site = folder.path().join("site");
    fails(&["report", &at, "--html", &site.to_string_lossy()], 1, "none of the files is a record");
    assert!(!site.exists(), "an index of nothing");
    fs::copy(FIXTURE, folder.path().join("good.json")).expect("a copy");
    edited(folder.path(), "/schema_version", 1_000.into());
    for form in [&[][..], &["--markdown"], &["--csv"], &["--svg", &plots]] {
        let seen = run(&[&["report", &at], form].concat());
        assert_eq!(seen.code, 0, "{form:?}: {}", seen.stderr);
        assert!(seen.stderr.contains("no records: ") && seen.stderr.contains("a-peer.json, "), "{}", seen.stderr);
        assert_eq!(seen.stderr.lines().filter(|line| line.contains("left out")).count(), 2, "{}", seen.stderr);
        assert!(seen.stderr.contains("install a newer gpu-assay"), "one that is none yet: {}", seen.stderr);
        let seen = run(&[&["report", &peer, FIXTURE], form].concat());
        assert_eq!(seen.code, 1, "{form:?}: {}", seen.stderr);
        assert_eq!(seen.stderr.matches("a-peer.json is not a gpu-assay record").count(), 1, "{}", seen.stderr);
        assert!(form == ["--svg", &plots] || seen.stdout.contains("matmul/f32"), "the rest is shown: {}", seen.stdout);
        fails(&[&["report", &peer], form].concat(), 1, "a-peer.json is not a gpu-assay record");
    }
    let seen = run(&["report", &peer, FIXTURE, "--html", &page]);
    let text = fs::read_to_string(&page).expect("a page of the rest");
    assert!(seen.code == 1 && text.contains("left out: ") && text.contains("a-peer.json"), "{}", seen.stderr);
    let seen = run(&["report", FIXTURE, &peer, "--markdown"]);
    assert!(seen.stdout.contains("left out: "), "Markdown says it too: {}", seen.stdout);
    fails(&["compare", FIXTURE, &at], 1, "name a record in it");
    fails(&["judge", &at], 1, "name a record in it");
}

#[test]
fn what_other_libraries_reached_stands_beside_the_record_that_it_was_measured_with() {
    let folder = scratch();
    let record = gpu_assay::record::load(Path::new(FIXTURE)).expect("the fixture").sealed();
    let path = written(folder.path(), "run.json", serde_json::to_string(&record).expect("JSON"));
    let device = format!("{} (RADV words)", record.adapter.name);
    let peer = |records: Value, best: f64| {
        let entry = |id: Value| serde_json::json!({ "id": id, "peer": "torch.mm f32", "size": "64×64×64", "unit": "ops_per_s", "best": best, "runs": [best / 2.0, best] });
        let entries = [entry("matmul/f32".into()), entry(Value::Null), entry("memory/none".into())];
        serde_json::json!({ "schema": 1, "device": device, "torch": "2.11", "cuda": "13.0", "hip": null, "records": records, "entries": entries })
    };
    let own = serde_json::json!([null, record.content_sha256]);
    let [mut of_another, mut unlike] = [peer(own.clone(), 1e12), peer(own.clone(), 1e12)];
    of_another["device"] = "NVIDIA H100 80GB HBM3".into();
    unlike["entries"][0]["best"] = 2e12.into();
    let [page, plain] = [folder.path().join("page.html").to_string_lossy().into_owned(), FIXTURE.to_owned()];
    assert!(!run(&["report", &path]).stdout.contains("PyTorch"), "nothing was measured");
    fs::create_dir(folder.path().join("peers")).expect("a folder");
    for (file, text, words) in [
        ("peer.json", peer(own.clone(), 27.9e12), Some("theirs  27.90 TFLOP/s: 0.500 (torch.mm f32, 64×64×64)")),
        ("peer.json", peer(serde_json::json!(["other"]), 27.9e12), None),
        ("peers/run.json", peer(own.clone(), 13.95e12), Some("theirs  13.95 TFLOP/s: 1.000")),
        ("peers/run.json", peer(serde_json::json!([null]), 1e12), Some("was measured beside other records")),
        ("peers/run.json", peer(own.clone(), -1.0), Some("are impossible")),
        ("peers/run.json", of_another, Some("it is of NVIDIA H100")),
        ("peers/run.json", unlike, Some("is none of its repeats")),
        ("peers/run.json", peer(own, 1e308), Some("1e308 a second of torch.mm f32 are impossible")),
        ("peers/run.json", Value::Null, Some("peers/run.json cannot be used")),
    ] {
        written(folder.path(), file, text.to_string());
        assert_eq!(run(&["report", &path, "--html", &page]).code, 0, "{text}");
        let texts = [
            run(&["report", &path]).stdout,
            run(&["report", &path, "--markdown"]).stdout,
            run(&["compare", &plain, &path]).stdout,
            fs::read_to_string(&page).expect("a page"),
        ];
        let told = |shown: &&String| words.is_some_and(|words| shown.contains(words)) || words.is_none();
        assert_eq!(texts.iter().filter(told).count(), texts.len(), "{words:?}: {}", texts[0]);
        let lines = texts[0].lines().filter(|line| line.contains("theirs") || line.contains("ibraries")).count();
        assert_eq!(lines, usize::from(words.is_some()), "what has no benchmark is left out: {}", texts[0]);
    }
}

#[test]
fn single_plots_are_labelled_svg() {
    let folder = scratch();
    let seen = run(&["report", "fuzz/corpus/record/curve.json", "--svg", &folder.path().to_string_lossy()]);
    assert_eq!(seen.code, 0, "{}", seen.stderr);
    let plots = fs::read_dir(folder.path()).expect("a folder").map(|file| file.expect("a file").path());
    let texts: Vec<String> = plots.map(|path| fs::read_to_string(path).expect("text")).collect();
    assert!(!texts.is_empty() && texts.iter().all(|svg| svg.starts_with("<svg") && svg.contains("aria-label=")), "SVG");
}

#[test]
fn completions_manual_and_version_are_there() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(&["completions", shell]).stdout.contains("gpu-assay"), "{shell}");
    }
    assert!(run(&["man"]).stdout.contains(".TH gpu-assay"), "a manual page");
    let of_a_verb = run(&["man", "judge"]).stdout;
    assert!(of_a_verb.contains("destination") && of_a_verb.contains("gpu\\-assay judge"), "{of_a_verb}");
    let version = run(&["--version"]).stdout;
    assert!(version.contains("git ") && version.contains("wgpu 30") && version.contains("naga 30"), "{version}");
}

#[test]
fn the_table_fits_eighty_columns() {
    let table = run(&["report", "fuzz/corpus/record/curve.json"]).stdout;
    let rows = table.lines().skip_while(|line| !line.contains("benchmark")).take_while(|line| !line.contains("—"));
    let widest = rows.map(|line| line.chars().count()).max();
    assert!(widest.is_some_and(|widest| widest <= 80), "{widest:?} columns");
}

#[test]
fn the_assembled_shaders_are_written() {
    let folder = scratch();
    let seen = run(&["shaders", "--out", &folder.path().to_string_lossy()]);
    assert_eq!(seen.code, 0, "{}", seen.stderr);
    let text = fs::read_to_string(folder.path().join("matmul/f16_64x64x16_8x8.wgsl")).expect("the file");
    assert!(text.starts_with("enable f16;") && text.contains("fn main"), "prelude and body");
}

/// On a machine without a Vulkan driver and a GL library.
#[test]
#[cfg(all(feature = "gpu", target_os = "linux"))]
fn without_a_driver_the_next_step_is_named_and_nothing_is_written() {
    let folder = scratch();
    let nothing = folder.path().join("nothing");
    for verb in ["devices", "run", "verify"] {
        let mut command = program::program(&[verb]);
        for variable in ["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "__EGL_VENDOR_LIBRARY_FILENAMES", "LIBGL_DRIVERS_PATH"]
        {
            command.env(variable, &nothing);
        }
        let seen = program::seen(command.current_dir(folder.path()));
        assert_eq!(seen.code, 1, "{verb}: {}", seen.stderr);
        assert!(seen.stderr.contains("scripts/setup"), "{verb} says {}", seen.stderr);
    }
    assert!(!folder.path().join("results").exists(), "nothing is written where nothing was measured");
}

#[test]
#[cfg(feature = "gpu")]
fn arguments_are_read_before_a_device_is_opened() {
    fails(&["run", "--only", "matmul/f33"], 2, "matmul/f32");
    fails(&["run", "--only", "["], 2, "[");
    assert_eq!(run(&["run", "--quick", "--full"]).code, 2, "one effort");
}

#[test]
#[cfg(feature = "gpu")]
fn a_load_needs_a_product_and_a_length() {
    fails(&["run", "--only", "memory/*", "--sustain", "5"], 2, "--sustain needs a product");
    fails(&["run", "--sustain", "0"], 2, "1..=86400");
    fails(&["run", "--sustain", "86401"], 2, "1..=86400");
}
