//! Every record in the repository fits the committed JSON Schema and loads, and verdicts fit theirs. That the schemas are those of the
//! types is a unit test (`src/cli/schemas.rs`).

mod schema_check;

mod child;
mod program;

use std::fs;
use std::path::{Path, PathBuf};

use gpu_assay::record::{Record, load};
use schema_check::misfits;
use serde_json::{Value, json};

fn json_files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be read").map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect()
}

fn schema(path: &str) -> Value {
    let text = fs::read_to_string(path).expect("the schema can be read");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn every_record_fits_its_schema_and_loads() {
    let schema = schema("schemas/record.schema.json");
    let extra = std::env::var("VALIDATE_RECORD").ok().map(PathBuf::from);
    for path in json_files("results").into_iter().chain(json_files("tests/fixtures")).chain(extra) {
        let text = fs::read_to_string(&path).expect("a record");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(misfits(&schema, &value), Vec::<String>::new(), "{}", path.display());
        load(&path).unwrap_or_else(|error| panic!("{error}"));
        // Before the loader derives figures anew.
        let record: Record = serde_json::from_str(&text).expect("a record");
        assert_eq!(
            serde_json::to_value(&record).expect("JSON"),
            value,
            "{} loses something on the way",
            path.display()
        );
    }
}

#[test]
fn a_record_with_an_unknown_outcome_fits_nothing() {
    let mut value: Value =
        serde_json::from_str(&fs::read_to_string("tests/fixtures/synthetic-a100.json").expect("a fixture"))
            .expect("JSON");
    value["entries"][0]["outcome"] = "fine".into();
    assert!(!misfits(&schema("schemas/record.schema.json"), &value).is_empty(), "outcomes are a closed set");
    assert!(serde_json::from_value::<Record>(value).is_err(), "and the loader refuses what is outside of it");
}

#[test]
fn a_verdict_fits_its_schema() {
    let schema = schema("schemas/verdict.schema.json");
    for arguments in
        [&["--card", "nvidia-h20", "--equivalent-to", "10xA100"][..], &["tests/fixtures/synthetic-a100.json"]]
    {
        let seen = program::run(&[&["judge", "--json"], arguments].concat());
        let value: Value = serde_json::from_str(&seen.stdout).expect("JSON");
        assert_eq!(misfits(&schema, &value), Vec::<String>::new(), "{arguments:?}");
    }
    assert!(Path::new("schemas/verdict.schema.json").exists(), "the schema is committed");
}

#[test]
fn what_does_not_fit_is_found() {
    let schema = schema("schemas/record.schema.json");
    let record: Value =
        serde_json::from_str(&fs::read_to_string("tests/fixtures/synthetic-a100.json").expect("a fixture"))
            .expect("JSON");
    for (place, by) in [
        ("/schema_version", json!(-1)),
        ("/schema_version", json!(1.5)),
        ("/created", json!(null)),
        ("/adapter", json!({})),
        ("/adapter/backend", json!("glide")),
        ("/adapter/subgroup_size", json!([32])),
        ("/adapter/features/0", json!(7)),
        ("/entries/0/samples/1/dispatches", json!("20")),
        ("/entries/0/problem", json!({ "kind": "matmul" })),
        ("/entries/0/check/bound", json!([0.1])),
    ] {
        let mut value = record.clone();
        *value.pointer_mut(place).expect("a place in the record") = by;
        assert!(!misfits(&schema, &value).is_empty(), "{place} was overlooked");
    }
}
