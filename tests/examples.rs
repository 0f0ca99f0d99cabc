//! Every command that the documents and the help show is one that the program takes, and those that need no GPU end as they should.

mod child;

use std::fs;
use std::path::Path;

use clap::{CommandFactory as _, Parser as _};
use gpu_assay::cli::Arguments;

/// The record whose report the README begins with.
const SHOWN: &str = "results/2026-11-28_nvidia-h100-80gb-hbm3_vulkan.json";

const FIXTURE: &str = "tests/fixtures/synthetic-a100.json";

/// Verbs that measure or meet a driver: what they are asked is only read.
const MEASURING: [&str; 4] = ["run", "devices", "verify", "try-kernels"];

/// The commands that `text` shows: in its lines, or between backticks.
fn commands(text: &str) -> Vec<String> {
    let shown = text.lines().flat_map(|line| {
        let line = line.trim().trim_start_matches("$ ");
        let within = line.split('`').skip(1).step_by(2).filter(|code| code.starts_with("gpu-assay "));
        let whole = Some(line).filter(|line| line.starts_with("gpu-assay "));
        within.chain(whole).map(str::to_owned).collect::<Vec<_>>()
    });
    shown.filter(|command| !command.contains(['…', '<', '>', '|']) && !command.contains("[VERB]")).collect()
}

/// The words of a command as a shell reads them, up to a comment or the words that a help text sets beside it.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut spaces) = (Vec::new(), String::new(), None, 0);
    for c in command.chars() {
        spaces = if c == ' ' { spaces + 1 } else { 0 };
        match (quote, c) {
            (None, '#') => break,
            (None, _) if spaces > 2 => break,
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None, ' ') => words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty())),
            _ => word.push(c),
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

/// A folder with the files that examples name.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("results")).expect("a folder");
    fs::create_dir_all(at("tests/fixtures")).expect("a folder");
    for name in ["results/RECORD.json", "before.json", "after.json", "OLD.json", "NEW.json", "a100.json", FIXTURE] {
        fs::copy(FIXTURE, at(name)).expect("a copy");
    }
    fs::copy("tests/fixtures/synthetic-4090-d-boosted.json", at("h20.json")).expect("a copy");
    fs::copy(SHOWN, at(SHOWN)).expect("a copy");
    copy_base(&at("reference"));
    fs::write(at("inventory.csv"), "card,count\nNVIDIA GeForce RTX 4090,8\nTesla T4,2\n").expect("a file");
    folder
}

/// The reference base with the card that CONTRIBUTING shows.
fn copy_base(to: &Path) {
    for below in ["", "cards", "measured", "rules", "sources"] {
        fs::create_dir_all(to.join(below)).expect("a folder");
        for file in fs::read_dir(Path::new("reference").join(below)).expect("the base") {
            let file = file.expect("a file").path();
            if file.is_file() {
                fs::copy(&file, to.join(below).join(file.file_name().expect("a name"))).expect("a copy");
            }
        }
    }
    let text = fs::read_to_string("CONTRIBUTING.md").expect("a document");
    let card = text.split("```toml\n").nth(1).and_then(|after| after.split("```").next()).expect("a card");
    fs::write(to.join("cards/acme-x1.toml"), card).expect("a file");
    let source = "[[source]]\nid = \"acme-sheet\"\ntitle = \"Acme X1 data sheet\"\nurl = \"https://example.com\"\n";
    fs::write(to.join("sources/acme.toml"), source).expect("a file");
}

fn run_in(folder: &Path, words: &[String]) -> (i32, String) {
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("gpu-assay"));
    let (code, _, stderr) = child::ends(command.current_dir(folder).args(&words[1..]));
    (code, stderr)
}

/// Whether a command may end like that: what is judged may come out either way.
fn is_expected(verb: &str, code: i32) -> bool {
    code == 0 || verb == "judge" && matches!(code, 10 | 11)
}

#[test]
fn every_example_works() {
    let documents = ["README.md", "METHODOLOGY.md", "CONTRIBUTING.md", "reference/README.md"];
    let mut texts: Vec<String> = documents.iter().map(|file| fs::read_to_string(file).expect("a document")).collect();
    let mut program = Arguments::command();
    texts.push(program.render_long_help().to_string());
    let verbs: Vec<String> = program.get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    texts.extend(program.get_subcommands_mut().map(|verb| verb.render_long_help().to_string()));
    let folder = folder();
    let mut count = 0;
    for command in texts.iter().flat_map(|text| commands(text)) {
        let words = words(&command);
        let verb = words.get(1).cloned().unwrap_or_default();
        if !verbs.contains(&verb) || words.iter().any(|word| matches!(word.as_str(), "CARD" | "SHELL" | "ID" | "VERB"))
        {
            continue;
        }
        count += 1;
        if let Err(error) = Arguments::try_parse_from(&words) {
            panic!("`{command}` is not understood: {error}");
        }
        if !MEASURING.contains(&verb.as_str()) {
            let (code, error) = run_in(folder.path(), &words);
            assert!(is_expected(&verb, code), "`{command}` ends with {code}: {error}");
        }
    }
    assert!(count >= 40, "{count} examples were found");
}
