//! The samples in the record of `cargo bench` are the ones that criterion measured.

#![cfg(feature = "gpu")]

mod adapter;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gpu_assay::adapter::Backend;
use gpu_assay::record::{Outcome, Record, load};
use serde_json::Value;

/// Builds the bench and returns its executable.
fn bench() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["test", "--bench", "assay", "--no-run", "--message-format=json"])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let path = messages
        .filter(|message| message["target"]["name"] == "assay")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    path.expect("cargo names the executable")
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(bench());
    command.args(arguments).current_dir(folder).env("CRITERION_HOME", folder.join("criterion"));
    command.env("GPU_ASSAY_CACHE", folder);
    command.output().expect("the bench runs")
}

fn records(folder: &Path) -> Vec<Record> {
    let Ok(entries) = fs::read_dir(folder.join("results")) else { return Vec::new() };
    entries.map(|entry| load(&entry.expect("an entry").path()).expect("a valid record")).collect()
}

#[test]
fn the_record_holds_what_criterion_measured() {
    if !adapter::answers(&Backend::ALL) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(folder.path(), &["--bench", "memory/triad", "--sample-size", "12"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let [record] = &records(folder.path())[..] else { panic!("one record is written") };
    let [entry] = &record.entries[..] else { panic!("one benchmark was selected") };
    assert!(matches!(entry.outcome, Outcome::Measured | Outcome::Suspect), "{:?}", entry.reason);
    assert_eq!(entry.samples.len(), 12, "as many samples as criterion was asked for");
    let sizes = fs::read_dir(folder.path().join("criterion/memory/triad")).expect("criterion's folder").flatten();
    let sizes: Vec<_> = sizes.map(|size| size.path().join("new/sample.json")).filter(|file| file.is_file()).collect();
    let [samples] = &sizes[..] else { panic!("one size was measured: {sizes:?}") };
    let text = fs::read_to_string(samples).expect("criterion's samples");
    let criterion: Value = serde_json::from_str(&text).expect("JSON");
    let numbers = |key: &str| {
        criterion[key].as_array().expect("a list").iter().map(|n| n.as_f64().expect("a number")).collect::<Vec<_>>()
    };
    for ((sample, iterations), nanoseconds) in entry.samples.iter().zip(numbers("iters")).zip(numbers("times")) {
        assert!((f64::from(sample.dispatches) - iterations).abs() < 0.5, "dispatches are criterion's iterations");
        let [gpu, wall] = [sample.gpu_s.unwrap_or(sample.wall_s), sample.wall_s].map(|time| time.get() * 1e9);
        let near = |time: f64| (time / nanoseconds - 1.0).abs() < 1e-9;
        assert!(near(gpu) || near(wall), "{nanoseconds} ns is neither {gpu} nor {wall}");
    }
}

#[test]
fn the_test_mode_runs_once_and_writes_nothing() {
    if !adapter::answers(&Backend::ALL) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(folder.path(), &["--test", "memory/triad"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(records(folder.path()).is_empty(), "nothing is written");
}
