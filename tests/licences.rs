//! Every dependency has a licence that deny.toml allows, and comes from crates.io.

mod child;

use std::process::Command;

use serde_json::Value;

fn metadata() -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    let (code, stdout, stderr) = child::ends(cargo.args(["metadata", "--format-version", "1", "--all-features"]));
    assert_eq!(code, 0, "{stderr}");
    serde_json::from_str(&stdout).expect("JSON")
}

fn allowed() -> Vec<String> {
    let text = std::fs::read_to_string("deny.toml").expect("deny.toml can be read");
    let value: toml::Value = toml::from_str(&text).expect("TOML");
    let list = value["licenses"]["allow"].as_array().expect("a list");
    list.iter().map(|licence| licence.as_str().expect("a name").to_owned()).collect()
}

/// Whether an SPDX expression can be met: AND binds tighter than OR; the old slash means OR.
fn is_met(expression: &str, allowed: &[String]) -> bool {
    let expression = expression.replace(['(', ')'], "").replace('/', " OR ");
    let all = |part: &str| part.split(" AND ").all(|licence| allowed.iter().any(|allowed| allowed == licence.trim()));
    expression.split(" OR ").any(all)
}

#[test]
fn licences_and_sources_are_allowed() {
    let allowed = allowed();
    for package in metadata()["packages"].as_array().expect("packages") {
        let name = &package["name"];
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_met(licence, &allowed), "{name} is under `{licence}`, which deny.toml does not allow");
        let source = package["source"].as_str();
        assert!(
            source.is_none_or(|source| source == "registry+https://github.com/rust-lang/crates.io-index"),
            "{name} comes from {source:?}"
        );
    }
}
