//! The kit on a card that computes nothing: every part ends in its time, and nothing is believed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::run::{is_there, stdout};
use serde_json::Value;

/// Stands for the built binary: the laboratory has all of the product in it.
const BINARY: &str = "#!/bin/sh\nexec \"$(dirname \"$0\")/lab\" product \"$@\"\n";

#[test]
fn the_kit_ends_in_time_with_every_answer_found_wrong() {
    if !is_there() {
        return;
    }
    let kit = tempfile::tempdir().expect("a folder");
    let path = |name: &str| kit.path().join(name);
    fs::copy(env!("CARGO_BIN_EXE_lab"), path("lab")).expect("a copy");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/on-card"), path("on-card")).expect("a copy");
    fs::write(path("gpu-assay"), BINARY).expect("a program");
    fs::set_permissions(path("gpu-assay"), fs::Permissions::from_mode(0o755)).expect("it can be run");
    let start = Instant::now();
    let output = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/root"))
        .current_dir(kit.path())
        .args(["run", "gh100"])
        .arg(path("on-card"))
        .args(["--minutes", "2", "--out", "seen"])
        .output()
        .expect("the script runs");
    let took = start.elapsed();
    let (summary, stderr) = (stdout(&output), String::from_utf8_lossy(&output.stderr).into_owned());
    assert_eq!(output.status.code(), Some(20), "{summary}{stderr}");
    assert!(took < Duration::from_secs(150), "{took:?}: {stderr}");
    assert!(summary.contains("NVK GH100") && summary.lines().count() <= 60, "{summary}");
    let run = summary.lines().find(|line| line.starts_with("run  "));
    assert!(run.is_some_and(|line| line.contains("WRONG")), "{summary}{stderr}");
    let record = fs::read_to_string(path("seen/run.json")).expect("the record was written");
    let record: Value = serde_json::from_str(&record).expect("a record");
    let entries = record["entries"].as_array().expect("entries");
    let of = |outcome: &str| entries.iter().filter(|entry| entry["outcome"] == outcome).count();
    assert!(of("wrong") > 0, "{entries:?}");
    assert_eq!(of("wrong") + of("unsupported") + of("skipped"), entries.len(), "{entries:?}");
}
