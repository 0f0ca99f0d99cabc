//! What newer lavapipe can execute and this machine's cannot: the product's tests on a device, with matrix units.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::run::{finished, in_root, lab_in, root, stdout};
use crate::trials::Tested;

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the laboratory stands in the repository")
}

/// Builds the product's tests on a device and returns their executables.
fn gpu_tests() -> Vec<PathBuf> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(repository()).args(["test", "--release", "--package", "gpu-assay", "--no-run"]);
    let output = finished(cargo.args(["--test", "gpu", "--test", "broken", "--message-format=json"]));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = stdout(&output);
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let tests = messages.filter(|message| ["gpu", "broken"].iter().any(|name| message["target"]["name"] == *name));
    tests.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).collect()
}

pub(crate) fn kernels_on_matrix_units_are_right_and_broken_ones_are_found() -> Tested {
    root()?;
    let tests = gpu_tests();
    assert_eq!(tests.len(), 2, "{tests:?}");
    for test in tests {
        let mut command = in_root(&["run", "lavapipe"]);
        command.current_dir(repository()).envs([("REQUIRE_GPU", "1"), ("REQUIRE_MATRIX_UNITS", "1")]);
        let output = finished(command.arg(test).arg("matrix_units"));
        let text = stdout(&output);
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.contains("matmul/coop/f16-f32") && !text.contains(" 0 passed"), "{text}");
    }
    Ok(())
}

pub(crate) fn all_benchmarks_on_matrix_units_are_measured_and_compared_with_the_ordinary_ones() -> Tested {
    root()?;
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
    Ok(())
}

/// The root's lavapipe lists shapes with vectors of 128 bits as well, where it refuses the feature; wgpu goes by the list.
pub(crate) fn matrix_units_that_a_driver_lists_and_refuses_are_not_asked_for() -> Tested {
    root()?;
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["on", "lavapipe", "run", "--quick", "--tune", "off", "--only", "*/coop/f16", "--only", "peak/f32"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.current_dir(folder.path()).env("LP_NATIVE_VECTOR_WIDTH", "128");
    let output = finished(command.args(arguments.into_iter().chain(["--out", "record.json"])));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let record = std::fs::read_to_string(folder.path().join("record.json")).expect("the record was written");
    let record: Value = serde_json::from_str(&record).expect("a record");
    let outcomes: Vec<&str> =
        record["entries"].as_array().expect("entries").iter().filter_map(|entry| entry["outcome"].as_str()).collect();
    assert_eq!(outcomes, ["measured", "unsupported", "unsupported"], "{record}");
    Ok(())
}
