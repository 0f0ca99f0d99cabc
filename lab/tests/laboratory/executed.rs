//! What newer lavapipe can execute and this machine's cannot: the product's tests on a device, with matrix units.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{is_there, lab_in, stdout};
use serde_json::Value;

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the laboratory stands in the repository")
}

/// Builds the product's tests on a device and returns their executable.
fn gpu_tests() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .current_dir(repository())
        .args(["test", "--release", "--package", "gpu-assay", "--test", "gpu", "--no-run", "--message-format=json"])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let tests = messages.filter(|message| message["target"]["name"] == "gpu");
    tests
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next()
        .expect("cargo names the executable")
}

#[test]
fn kernels_on_matrix_units_are_right_and_broken_ones_are_found() {
    if !is_there() {
        return;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/root");
    let output = Command::new(script)
        .current_dir(repository())
        .envs([("REQUIRE_GPU", "1"), ("REQUIRE_MATRIX_UNITS", "1")])
        .args(["run", "lavapipe"])
        .arg(gpu_tests())
        .arg("matrix_units")
        .output()
        .expect("the script runs");
    assert!(output.status.success(), "{}{}", stdout(&output), String::from_utf8_lossy(&output.stderr));
    assert!(stdout(&output).contains("4 passed"), "{}", stdout(&output));
}

#[test]
fn all_benchmarks_on_matrix_units_are_measured_and_compared_with_the_ordinary_ones() {
    if !is_there() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let run = ["on", "lavapipe", "run", "--quick", "--tune", "off", "--out", "record.json"];
    let only = ["peak/coop/*", "matmul/coop/*", "matmul/f16*"].into_iter().flat_map(|glob| ["--only", glob]);
    let output = lab_in(folder.path(), &run.into_iter().chain(only).collect::<Vec<_>>());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let record = std::fs::read_to_string(folder.path().join("record.json")).expect("the record was written");
    let record: Value = serde_json::from_str(&record).expect("a record");
    let entries = record["entries"].as_array().expect("entries");
    let of = |id: &str| entries.iter().find(|entry| entry["id"] == id).unwrap_or_else(|| panic!("no {id}"));
    let types = ["f16-f32", "f16", "i8-i32"];
    let ids = types.into_iter().flat_map(|types| [format!("peak/coop/{types}"), format!("matmul/coop/{types}")]);
    for id in ids {
        let id = id.as_str();
        assert_eq!(of(id)["outcome"], "measured", "{}", of(id)["reason"]);
    }
    for types in ["f32", "bf16-f32", "e4m3-f32", "e5m2-f32"] {
        assert_eq!(of(&format!("matmul/coop/{types}"))["outcome"], "unsupported", "lavapipe has learnt {types}");
    }
    let best = |id: &str| of(id)["rates"]["ops_per_s_best"].as_f64().expect("a rate");
    let (matrix, ordinary) = (best("matmul/coop/f16-f32"), best("matmul/f16-f32"));
    let findings = of("matmul/coop/f16-f32")["findings"].to_string();
    assert_eq!(findings.contains("advertised, but slower"), matrix < ordinary, "{matrix} and {ordinary}: {findings}");
    let gaps = record["gaps"].as_array().expect("gaps");
    assert!(
        gaps.iter().any(|gap| gap["product"] == "matmul/coop/f16" && gap["product_of_peak"].is_number()),
        "{gaps:?}"
    );
}

/// The root's lavapipe lists shapes with vectors of 128 bits as well, where it refuses the feature; wgpu goes by the list.
#[test]
fn matrix_units_that_a_driver_lists_and_refuses_are_not_asked_for() {
    if !is_there() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["on", "lavapipe", "run", "--quick", "--tune", "off", "--only", "*/coop/f16", "--only", "peak/f32"];
    let output = Command::new(env!("CARGO_BIN_EXE_lab"))
        .current_dir(folder.path())
        .env("LP_NATIVE_VECTOR_WIDTH", "128")
        .args(arguments.into_iter().chain(["--out", "record.json"]))
        .output()
        .expect("lab runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let record = std::fs::read_to_string(folder.path().join("record.json")).expect("the record was written");
    let record: Value = serde_json::from_str(&record).expect("a record");
    let outcomes: Vec<&str> =
        record["entries"].as_array().expect("entries").iter().filter_map(|entry| entry["outcome"].as_str()).collect();
    assert_eq!(outcomes, ["measured", "unsupported", "unsupported"], "{record}");
}
