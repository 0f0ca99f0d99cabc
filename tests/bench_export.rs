//! The samples in the record of `cargo bench` are the ones that criterion measured.

mod adapter;
mod child;
mod trials;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use std::sync::OnceLock;

use gpu_assay::adapter::Backend;
use gpu_assay::record::{Outcome, Record, load};
use serde_json::Value;
use trials::{Tested, trials};

fn main() -> ExitCode {
    trials::run(trials![the_record_holds_what_criterion_measured, the_test_mode_runs_once_and_writes_nothing])
}

/// Builds the bench and returns its executable.
fn built() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "--bench", "assay", "--no-run", "--message-format=json"]);
    let output = child::start(&mut cargo).end_within(child::TO_COMPILE);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let path = messages
        .filter(|message| message["target"]["name"] == "assay")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    path.expect("cargo names the executable")
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    static BENCH: OnceLock<PathBuf> = OnceLock::new();
    let mut command = Command::new(BENCH.get_or_init(built));
    command.args(arguments).current_dir(folder).env("CRITERION_HOME", folder.join("criterion"));
    command.env("GPU_ASSAY_CACHE", folder);
    child::output(&mut command)
}

fn records(folder: &Path) -> Vec<Record> {
    let Ok(entries) = fs::read_dir(folder.join("results")) else { return Vec::new() };
    entries.map(|entry| load(&entry.expect("an entry").path()).expect("a valid record")).collect()
}

fn the_record_holds_what_criterion_measured() -> Tested {
    adapter::answers(&Backend::ALL)?;
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
    Ok(())
}

fn the_test_mode_runs_once_and_writes_nothing() -> Tested {
    adapter::answers(&Backend::ALL)?;
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(folder.path(), &["--test", "memory/triad"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(records(folder.path()).is_empty(), "nothing is written");
    Ok(())
}
