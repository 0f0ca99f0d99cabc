//! The committed JSON Schemas are current, and every record in the repository fits its schema and loads.
//!
//! `UPDATE_SCHEMAS=1 cargo test --test schema` writes them anew.

mod child;
mod program;

use std::fs;
use std::path::{Path, PathBuf};

use gpu_assay::cli::Answer;
use gpu_assay::record::{Record, load};
use serde_json::Value;

#[track_caller]
fn current(path: &str, schema: &schemars::Schema) {
    let text = serde_json::to_string_pretty(schema).expect("a schema is JSON") + "\n";
    if std::env::var("UPDATE_SCHEMAS").is_ok() {
        fs::write(path, &text).expect("schemas can be written");
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == text,
        "{path} is not current: run `UPDATE_SCHEMAS=1 cargo test --test schema` and look at the difference"
    );
}

#[test]
fn schemas_are_current() {
    current("schemas/record.schema.json", &schemars::schema_for!(Record));
    current("schemas/verdict.schema.json", &schemars::schema_for!(Answer));
}

fn json_files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be read").map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect()
}

fn schema(path: &str) -> jsonschema::Validator {
    let text = fs::read_to_string(path).expect("the schema can be read");
    jsonschema::validator_for(&serde_json::from_str(&text).expect("JSON")).expect("a schema")
}

fn errors(validator: &jsonschema::Validator, value: &Value) -> Vec<String> {
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn every_record_fits_its_schema_and_loads() {
    let validator = schema("schemas/record.schema.json");
    let extra = std::env::var("VALIDATE_RECORD").ok().map(PathBuf::from);
    for path in json_files("results").into_iter().chain(json_files("tests/fixtures")).chain(extra) {
        let text = fs::read_to_string(&path).expect("a record");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(errors(&validator, &value), Vec::<String>::new(), "{}", path.display());
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
    assert!(!errors(&schema("schemas/record.schema.json"), &value).is_empty(), "outcomes are a closed set");
    assert!(serde_json::from_value::<Record>(value).is_err(), "and the loader refuses what is outside of it");
}

#[test]
fn a_verdict_fits_its_schema() {
    let validator = schema("schemas/verdict.schema.json");
    for arguments in
        [&["--card", "nvidia-h20", "--equivalent-to", "10xA100"][..], &["tests/fixtures/synthetic-a100.json"]]
    {
        let seen = program::run(&[&["judge", "--json"], arguments].concat());
        let value: Value = serde_json::from_str(&seen.stdout).expect("JSON");
        assert_eq!(errors(&validator, &value), Vec::<String>::new(), "{arguments:?}");
    }
    assert!(Path::new("schemas/verdict.schema.json").exists(), "the schema is committed");
}
