//! What a change of the sources did to the machine code.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::request::Request;
use crate::row::{Code, Outcome, Row};

/// The rows that the sources of `revision` give, compiled by themselves in a work tree of their own.
///
/// # Errors
/// Fails if git does not know the revision, if it has no lab, or if that does not build.
pub(crate) fn rows_at(revision: &str, request: &Request, chips: &[String]) -> anyhow::Result<Vec<Row>> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the lab stands in the repository")?;
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let tree = folder.path().join("tree");
    let git = |command: &str, option: &str, rest: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(repository).args(["worktree", command, option]).arg(&tree).args(rest);
        git.output().context("git cannot be run")
    };
    let added = git("add", "--detach", &[revision])?;
    if !added.status.success() {
        bail!("git: {}", String::from_utf8_lossy(&added.stderr).trim());
    }
    let rows = compile(&tree, request, chips);
    git("remove", "--force", &[])?;
    rows
}

fn compile(tree: &Path, request: &Request, chips: &[String]) -> anyhow::Result<Vec<Row>> {
    let mut command = Command::new("cargo");
    command.current_dir(tree).args(["run", "--release", "--quiet", "-p", "gpu-assay-lab", "--", "table", "--json"]);
    command.args(request.arguments());
    command.args(chips.iter().flat_map(|chip| ["--chip", chip]));
    let output = command.output().context("cargo cannot be run")?;
    if !output.status.success() {
        bail!("the lab of that revision: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    serde_json::from_slice(&output.stdout).context("the lab of that revision printed something else")
}

/// The rows that differ, before and after.
pub(crate) fn render(before: &[Row], now: &[Row]) -> String {
    let mut text = String::new();
    let same = |one: &&Row, other: &Row| one.name() == other.name() && one.chip == other.chip;
    for row in now {
        let old = before.iter().find(|old| same(old, row));
        if old.is_none_or(|old| old.outcome != row.outcome) {
            let old = old.map_or_else(|| "not there".to_owned(), |old| brief(&old.outcome));
            // A String takes every write.
            let _ =
                writeln!(text, "{} on {}\n  before  {old}\n  now     {}", row.name(), row.chip, brief(&row.outcome));
        }
    }
    for row in before.iter().filter(|row| !now.iter().any(|new| same(&new, row))) {
        let _ =
            writeln!(text, "{} on {}\n  before  {}\n  now     not there", row.name(), row.chip, brief(&row.outcome));
    }
    if text.is_empty() { "no machine code changed\n".to_owned() } else { text }
}

fn brief(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Compiled(Code { profile, registers, spills, scratch, occupancy, program, .. }) => format!(
            "{:.3} fma/ins of {}, {} matrix, {} moves, {} conversions, {} waits, loads {:?}, stores {:?}, {registers} registers, \
             {spills} spills, {scratch} B scratch, {} in flight, {program} in all",
            profile.density(),
            profile.instructions,
            profile.matrix,
            profile.moves,
            profile.conversions,
            profile.waits,
            profile.loads,
            profile.stores,
            occupancy.map_or_else(|| "?".to_owned(), |count| count.to_string()),
        ),
        Outcome::Unsupported(why) => format!("unsupported: {why}"),
        Outcome::Failed(why) => format!("failed: {why}"),
    }
}
