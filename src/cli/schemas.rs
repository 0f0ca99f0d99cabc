//! The committed JSON Schemas are those of the types. A unit test, since only tests derive schemas: whoever installs the program builds none.

use std::fs;

use super::judge::Answer;
use crate::record::Record;

#[track_caller]
fn current(path: &str, schema: &schemars::Schema) {
    let text = serde_json::to_string_pretty(schema).expect("a schema is JSON") + "\n";
    if std::env::var("UPDATE_SCHEMAS").is_ok() {
        fs::write(path, &text).expect("schemas can be written");
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == text,
        "{path} is not current: run `UPDATE_SCHEMAS=1 cargo test --lib schemas` and look at the difference"
    );
}

#[test]
fn schemas_are_current() {
    current("schemas/record.schema.json", &schemars::schema_for!(Record));
    current("schemas/verdict.schema.json", &schemars::schema_for!(Answer));
}
