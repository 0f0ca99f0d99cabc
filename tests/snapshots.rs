//! What the program prints, whole: one snapshot of each kind of output, and of what is unusual.
//!
//! `INSTA_UPDATE=always cargo test --test snapshots` writes them anew; `git diff` shows what changed.

mod child;
mod program;
mod trials;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::OnceLock;

use serde_json::{Value, json};
use trials::{Tested, trial};

/// Name, and arguments in the folder that [`files`] makes.
const CASES: &[(&str, &[&str])] = &[
    ("judge_restricted", &["judge", "--card", "nvidia-a100-sxm4-80gb", AS_OF]),
    ("judge_not_restricted", &["judge", "--card", "nvidia-a10", AS_OF]),
    ("judge_undecided", &["judge", "--card", "moorethreads-mtt-s4000", AS_OF]),
    ("judge_several_cards_of_one_name", &["judge", "--card", "A100", AS_OF]),
    ("judge_several_that_differ", &["judge", "--card", "Ascend 910B", AS_OF]),
    ("judge_a_fleet_of_equals", &["judge", "--card", "nvidia-rtx-3090", "--rule", "3A090.b", AS_OF, EQUIVALENT, PRICE]),
    ("judge_explain", &["judge", "--card", "nvidia-h20", "--rule", "3A090.b", AS_OF, "--explain"]),
    ("judge_json", &["judge", "--card", "nvidia-h20", "--rule", "3A090.b", AS_OF, "--json"]),
    ("judge_a_record", &["judge", "h100.json", AS_OF]),
    ("judge_a_record_explain", &["judge", "just-over.json", "--rule", "3A090.a", AS_OF, "--explain"]),
    ("judge_a_record_json", &["judge", "just-over.json", "--rule", "3A090.a", AS_OF, "--json"]),
    ("judge_a_clock_above_the_rated_one", &["judge", "boosted.json", AS_OF]),
    ("judge_a_data_conflict", &["judge", "absurd.json", AS_OF]),
    ("judge_a_software_renderer", &["judge", "software.json", AS_OF]),
    ("judge_no_such_card", &["judge", "--card", "rtx-4091", AS_OF]),
    ("fleet", &["judge", "--cards-from", "inventory.csv", AS_OF]),
    ("fleet_json", &["judge", "--cards-from", "two.csv", "--rule", "3A090.b", AS_OF, "--json"]),
    ("matrix", &["judge", "--card", "A800", "--matrix", "CN,AE×2022-11-01,2024-01-01"]),
    ("matrix_of_every_day", &["judge", "--card", "nvidia-a800-sxm4-80gb", "--rule", "3A090.a", "--matrix", "CN×all"]),
    ("matrix_json", &["judge", "--card", "nvidia-a10", "--rule", "3A090.a", "--matrix", "CN×2022-11-01", "--json"]),
    ("report", &["report", "a100.json"]),
    ("report_of_every_outcome", &["report", "outcomes.json"]),
    ("report_of_every_outcome_markdown", &["report", "outcomes.json", "--markdown"]),
    ("report_of_every_outcome_csv", &["report", "outcomes.json", "--csv"]),
    ("report_of_a_card", &["report", "h100.json"]),
    ("report_of_a_software_renderer", &["report", "software.json"]),
    ("report_of_a_software_renderer_csv", &["report", "software.json", "--csv"]),
    ("report_of_a_curve", &["report", "curve.json"]),
    ("report_of_a_curve_markdown", &["report", "curve.json", "--markdown"]),
    ("report_of_a_later_block", &["report", "later.json"]),
    ("report_of_a_load", &["report", "sustained.json"]),
    ("report_of_a_load_markdown", &["report", "sustained.json", "--markdown"]),
    ("report_of_a_load_csv", &["report", "sustained.json", "--csv"]),
    ("report_of_a_card_with_sensors", &["report", "capped.json"]),
    ("report_of_a_card_with_sensors_markdown", &["report", "capped.json", "--markdown"]),
    ("report_of_a_card_with_sensors_csv", &["report", "capped.json", "--csv"]),
    ("report_of_no_record", &["report", "broken.json", "a100.json", "--csv"]),
    ("compare", &["compare", "a100.json", "a100.json"]),
    ("compare_slower", &["compare", "a100.json", "slower.json"]),
    ("compare_slower_markdown", &["compare", "a100.json", "slower.json", "--markdown"]),
    ("compare_slower_json", &["compare", "a100.json", "slower.json", "--json"]),
    ("compare_every_outcome", &["compare", "a100.json", "outcomes.json"]),
    ("compare_what_is_not_comparable", &["compare", "older-software.json", "software.json"]),
    ("compare_cards_side_by_side", &["compare", "a100.json", "h100.json"]),
    ("compare_under_another_limit", &["compare", "capped.json", "lower-limit.json"]),
    ("compare_under_another_limit_json", &["compare", "capped.json", "lower-limit.json", "--json"]),
    ("compare_under_another_limit_markdown", &["compare", "capped.json", "lower-limit.json", "--markdown"]),
    ("compare_with_a_record_without_sensors", &["compare", "capped.json", "without-sensors.json"]),
    ("cards_search", &["cards", "a100-sxm4"]),
    ("cards_one", &["cards", "nvidia-a100-sxm4-40gb"]),
    ("cards_one_json", &["cards", "nvidia-a100-sxm4-40gb", "--json"]),
    ("rules", &["rules"]),
    ("rules_one", &["rules", "us-3a090b-2023"]),
    ("rules_one_json", &["rules", "us-3a090b-2023", "--json"]),
];

/// The rules of no other day apply, whenever the tests run.
const AS_OF: &str = "--as-of=2026-11-22";
const EQUIVALENT: &str = "--equivalent-to=10000xA100";
const PRICE: &str = "--price=1500USD";

fn main() -> ExitCode {
    let cases = CASES.iter().map(|(name, arguments)| trial(name, move || is_as_before(name, arguments)));
    trials::run(cases.chain([trial("every_snapshot_is_of_a_case", every_snapshot_is_of_a_case)]).collect())
}

fn is_as_before(name: &str, arguments: &[&str]) -> Tested {
    let mut command = program::program(arguments);
    command.current_dir(files()).env("NO_COLOR", "1").env_remove("CLICOLOR_FORCE").env_remove("COLUMNS");
    let seen = program::seen(&mut command);
    let said = if seen.stderr.is_empty() { String::new() } else { format!("-- stderr --\n{}", seen.stderr) };
    let text = format!("{}{said}-- exit code {} --", seen.stdout, seen.code);
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(format!("gpu-assay {}", arguments.join(" ")));
    settings.bind(|| insta::assert_snapshot!(name, fixed(&text, arguments[0])));
    Ok(())
}

/// `text` without what changes with the day: when somebody looked last, and the verdict of today below a report.
fn fixed(text: &str, verb: &str) -> String {
    let mut lines = Vec::new();
    let mut in_verdict = false;
    for line in text.lines() {
        let begins = verb == "report" && line.contains(", for China on ");
        if begins {
            lines.push("(the verdict of today)".to_owned());
        }
        in_verdict |= begins;
        if !in_verdict {
            lines.push(dated(line));
        }
        in_verdict &= line != "figures and sources.";
    }
    lines.join("\n")
}

/// `line` with words for the day after these words.
fn dated(line: &str) -> String {
    const LOOKS: [&str; 4] =
        ["confirmed through ", "last looked at on ", "\"last_look\": \"", "\"confirmed_through\": \""];
    LOOKS.into_iter().fold(line.to_owned(), |line, words| match line.split_once(words) {
        Some((before, after)) if after.is_char_boundary(10) => format!("{before}{words}YYYY-MM-DD{}", &after[10..]),
        _ => line,
    })
}

/// A folder with the files that the cases name.
fn files() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    FOLDER.get_or_init(|| made().expect("a folder of files")).path()
}

fn made() -> std::io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let at = |name: &str| folder.path().join(name);
    for (from, to) in [
        ("tests/fixtures/synthetic-a100.json", "a100.json"),
        ("tests/fixtures/synthetic-absurd-b580.json", "absurd.json"),
        ("tests/fixtures/synthetic-capped.json", "capped.json"),
        ("tests/fixtures/synthetic-4090-d-boosted.json", "boosted.json"),
        ("tests/fixtures/synthetic-unknown-just-over.json", "just-over.json"),
        ("fuzz/corpus/record/curve.json", "curve.json"),
        ("fuzz/corpus/record/later.json", "later.json"),
        ("fuzz/corpus/record/sustained.json", "sustained.json"),
        ("results/2026-11-28_nvidia-h100-80gb-hbm3_vulkan.json", "h100.json"),
        ("results/2026-11-27_llvmpipe-llvm-15-0-6-256-bits_vulkan.json", "older-software.json"),
        ("results/2026-11-28_llvmpipe-llvm-15-0-6-256-bits_vulkan.json", "software.json"),
    ] {
        fs::copy(from, at(to))?;
    }
    fs::create_dir(at("peers"))?;
    fs::copy("results/peers/2026-11-28_nvidia-h100-80gb-hbm3_vulkan.json", at("peers/h100.json"))?;
    fs::write(at("broken.json"), "{}")?;
    fs::write(at("inventory.csv"), "card,count\nNVIDIA GeForce RTX 4090,8\nTesla T4,2\nA100,4\nFrobnicator 9000\n")?;
    fs::write(at("two.csv"), "Tesla T4,2\nFrobnicator 9000\n")?;
    let text = fs::read_to_string(at("a100.json"))?;
    fs::write(at("outcomes.json"), outcomes(serde_json::from_str(&text)?).to_string())?;
    fs::write(at("slower.json"), slower(serde_json::from_str(&text)?, 1.04).to_string())?;
    let text = fs::read_to_string(at("capped.json"))?;
    fs::write(at("lower-limit.json"), lower_limit(serde_json::from_str(&text)?).to_string())?;
    fs::write(at("without-sensors.json"), without_sensors(serde_json::from_str(&text)?).to_string())?;
    Ok(folder)
}

/// `record` with an entry of each outcome, and a lower bound.
fn outcomes(mut record: Value) -> Value {
    let entries = record["entries"].as_array_mut().expect("entries");
    entries[0]["findings"] = json!(["a lower bound: time ended the search"]);
    entries[1]["outcome"] = "suspect".into();
    entries[1]["reason"] = "the clocks disagree".into();
    for (entry, outcome) in entries[2..].iter_mut().zip(["wrong", "unsupported", "failed", "skipped"]) {
        *entry = json!({ "id": entry["id"], "outcome": outcome, "reason": format!("{outcome}, for a test") });
    }
    record
}

/// `record` with its first entry slower by `factor`.
fn slower(mut record: Value, factor: f64) -> Value {
    let entry = &mut record["entries"][0];
    for sample in entry["samples"].as_array_mut().expect("samples") {
        for clock in ["gpu_s", "wall_s"] {
            sample[clock] = (sample[clock].as_f64().expect("a time") * factor).into();
        }
    }
    for rate in entry["rates"].as_object_mut().expect("rates").values_mut().filter(|rate| rate.is_number()) {
        *rate = (rate.as_f64().expect("a rate") / factor).into();
    }
    record
}

/// `record` under a power limit of 120 W, with clocks and rates of its first entry that follow; hotter, on fewer lanes, and without error correction.
fn lower_limit(record: Value) -> Value {
    const FACTOR: f64 = 0.8;
    let mut record = slower(record, 1.0 / FACTOR);
    record["board"]["ecc"] = false.into();
    for began in record["entries"][0]["telemetry"]["began_s"].as_array_mut().expect("samples") {
        *began = (began.as_f64().expect("a time") / FACTOR).into();
    }
    for (number, entry) in record["entries"].as_array_mut().expect("entries").iter_mut().enumerate() {
        for reading in entry["telemetry"]["readings"].as_array_mut().expect("readings") {
            let number_of = |reading: &Value, name: &str| reading[name].as_f64().expect("a number");
            reading["power_limit_w"] = 120.0.into();
            reading["temperature_c"] = (number_of(reading, "temperature_c") + 15.0).into();
            reading["link"]["lanes"] = 4.into();
            if number == 0 {
                reading["at_s"] = (number_of(reading, "at_s") / FACTOR).into();
                reading["core_hz"] = (number_of(reading, "core_hz") * FACTOR).into();
                reading["reasons"] = json!(["power_cap", "clock_setting"]);
            }
        }
    }
    record
}

/// `record` as a machine without sensors writes it.
fn without_sensors(mut record: Value) -> Value {
    record.as_object_mut().expect("a record").remove("board");
    for entry in record["entries"].as_array_mut().expect("entries") {
        entry.as_object_mut().expect("an entry").remove("telemetry");
        if let Some(load) = entry.get_mut("sustained") {
            load.as_object_mut().expect("a load").remove("telemetry");
        }
    }
    record
}

fn every_snapshot_is_of_a_case() -> Tested {
    let files = fs::read_dir("tests/snapshots").expect("the snapshots").map(|file| file.expect("a file").file_name());
    let names = files.map(|name| name.to_string_lossy().into_owned());
    let there: BTreeSet<String> = names.filter(|name| name.ends_with(".snap")).collect();
    let cases: BTreeSet<String> = CASES.iter().map(|(name, _)| format!("{name}.snap")).collect();
    assert_eq!(there.difference(&cases).collect::<Vec<_>>(), Vec::<&String>::new(), "no case has these names");
    Ok(())
}
