//! Every dependency has a licence that deny.toml allows, and comes from crates.io.

mod child;

use std::process::Command;

use serde_json::Value;
use spdx::{Expression, Licensee, ParseMode};

fn metadata() -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    let (code, stdout, stderr) = child::ends(cargo.args(["metadata", "--format-version", "1", "--all-features"]));
    assert_eq!(code, 0, "{stderr}");
    serde_json::from_str(&stdout).expect("JSON")
}

fn allowed() -> Vec<Licensee> {
    let text = std::fs::read_to_string("deny.toml").expect("deny.toml can be read");
    let value: toml::Value = toml::from_str(&text).expect("TOML");
    let list = value["licenses"]["allow"].as_array().expect("a list");
    list.iter().map(|licence| Licensee::parse(licence.as_str().expect("a name")).expect("a licence")).collect()
}

/// Whether an SPDX expression can be met; the old slash means OR.
fn is_met(expression: &str, allowed: &[Licensee]) -> bool {
    let expression = Expression::parse_mode(expression, ParseMode::LAX);
    expression.is_ok_and(|parsed| parsed.evaluate(|asked| allowed.iter().any(|licensee| licensee.satisfies(asked))))
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

#[test]
fn parts_of_an_expression_keep_their_brackets() {
    let allowed = allowed();
    for (expression, expected) in [
        ("MIT/Apache-2.0", true),
        ("(MIT OR GPL-3.0-only) AND Unicode-3.0", true),
        ("(MIT OR Apache-2.0) AND GPL-3.0-only", false),
        ("MIT OR Apache-2.0 AND GPL-3.0-only", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("Apache-2.0 WITH Classpath-exception-2.0", false),
        ("", false),
    ] {
        assert_eq!(is_met(expression, &allowed), expected, "{expression}");
    }
}
