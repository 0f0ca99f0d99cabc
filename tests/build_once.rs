//! `cargo build` and `cargo bench` compile wgpu alike, so that it is compiled once. cargo adds up what all who use a crate ask of it, and what only
//! tests use is compiled for `cargo bench` too.

use std::collections::BTreeMap;
use std::process::Command;

/// Light crates, which proptest and `assert_cmd` ask more of than globset and tempfile do.
const DIFFERENT: [&str; 4] = ["bstr", "getrandom", "regex-automata", "regex-syntax"];

/// The features of every crate, by name and version, where these `edges` are followed.
fn features(edges: &str) -> BTreeMap<String, String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--prefix", "none", "--no-dedupe", "--format", "{p}\t{f}", "--edges", edges])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().filter_map(|line| line.split_once('\t')).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}

#[test]
fn what_only_tests_need_changes_nothing_that_wgpu_is_made_of() {
    let with_tests = features("normal,build,dev");
    let different = |(package, features): &(String, String)| with_tests.get(package) != Some(features);
    let changed: Vec<String> =
        features("normal,build").into_iter().filter(different).map(|(package, _)| package).collect();
    let is_known = |package: &String| DIFFERENT.contains(&package.split(' ').next().unwrap_or_default());
    assert!(changed.iter().all(is_known), "{changed:?}: tests ask for features that the program does not");
    assert!(with_tests.keys().any(|package| package.starts_with("wgpu v")), "wgpu is there");
}
