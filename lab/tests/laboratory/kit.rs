//! The kit on a card that computes nothing: every part ends, and nothing is believed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::run::{finished, in_root, root, stdout};
use crate::trials::Tested;

/// Stands for the built binary: the laboratory has all of the product in it.
const BINARY: &str = "#!/bin/sh\nexec \"$(dirname \"$0\")/lab\" product \"$@\"\n";

/// When a part ends at the latest, of what the kit says as it begins: `NAME (at 12 s, at most 30 s)`.
fn latest_end(line: &str) -> Option<u32> {
    let (_, told) = line.split_once(" (at ")?;
    let (at, most) = told.strip_suffix(" s)")?.split_once(" s, at most ")?;
    Some(at.parse::<u32>().ok()? + most.parse::<u32>().ok()?)
}

pub(crate) fn the_kit_ends_with_every_answer_found_wrong() -> Tested {
    root()?;
    let kit = tempfile::tempdir().expect("a folder");
    let path = |name: &str| kit.path().join(name);
    fs::copy(env!("CARGO_BIN_EXE_lab"), path("lab")).expect("a copy");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/on-card"), path("on-card")).expect("a copy");
    fs::write(path("gpu-assay"), BINARY).expect("a program");
    fs::set_permissions(path("gpu-assay"), fs::Permissions::from_mode(0o755)).expect("it can be run");
    let mut command = in_root(&["run", "gh100"]);
    command.current_dir(kit.path()).arg(path("on-card")).args(["--minutes", "2", "--out", "seen"]);
    let output = finished(&mut command);
    let (summary, stderr) = (stdout(&output), String::from_utf8_lossy(&output.stderr).into_owned());
    assert_eq!(output.status.code(), Some(20), "{summary}{stderr}");
    let limits: Vec<u32> = stderr.lines().filter_map(latest_end).collect();
    assert!(!limits.is_empty() && limits.iter().all(|end| *end <= 120), "two minutes: {limits:?}: {stderr}");
    assert!(!stderr.contains("cannot be ended"), "each part ends at its limit: {stderr}");
    assert!(summary.contains("NVK GH100") && summary.lines().count() <= 60, "{summary}");
    let run = summary.lines().find(|line| line.starts_with("run  "));
    assert!(run.is_some_and(|line| line.contains("WRONG")), "{summary}{stderr}");
    let record = fs::read_to_string(path("seen/run.json")).expect("the record was written");
    let record: Value = serde_json::from_str(&record).expect("a record");
    let entries = record["entries"].as_array().expect("entries");
    let of = |outcome: &str| entries.iter().filter(|entry| entry["outcome"] == outcome).count();
    assert!(of("wrong") > 0, "{entries:?}");
    assert_eq!(of("wrong") + of("unsupported") + of("skipped"), entries.len(), "{entries:?}");
    Ok(())
}
