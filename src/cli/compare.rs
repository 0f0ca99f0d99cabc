//! `compare`: did anything become slower?

use std::path::PathBuf;

use serde::Serialize;

use super::Exit;
use super::output::{print, print_json, say};
use crate::comparison::{self, Change, Pair};
use crate::record::{self, Record};
use crate::report::plain;

/// Compares records benchmark by benchmark: same, faster, slower, or ambiguous where noise hides a difference.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The record to compare with.
    base: PathBuf,
    /// The records to compare.
    #[arg(required = true)]
    new: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Compared {
    record: PathBuf,
    differences: Vec<String>,
    benchmarks: Vec<Pair>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let base = record::load(&arguments.base)?;
    let mut all = Vec::new();
    for path in &arguments.new {
        let new = record::load(path)?;
        all.push(Compared {
            record: path.clone(),
            differences: differences(&base, &new),
            benchmarks: comparison::compare(&base, &new),
        });
    }
    if arguments.json {
        print_json(&all)?;
    } else {
        for compared in &all {
            show(compared)?;
        }
    }
    let slower = all.iter().flat_map(|compared| &compared.benchmarks).any(|pair| pair.change == Some(Change::Slower));
    Ok(if slower { Exit::Exceeds } else { Exit::Done })
}

fn show(compared: &Compared) -> anyhow::Result<()> {
    print(&format!("{}", compared.record.display()))?;
    for difference in &compared.differences {
        say(&format!("note: {}", plain(difference)));
    }
    for pair in &compared.benchmarks {
        let words = match (&pair.change, pair.ratio, &pair.reason) {
            (Some(change), Some(ratio), _) => {
                format!("{} ({ratio:.3} × the base's rate)", format!("{change:?}").to_lowercase())
            }
            (.., Some(reason)) => format!("not compared: {reason}"),
            _ => "not compared".to_owned(),
        };
        print(&format!("  {:18} {words}", plain(&pair.id)))?;
    }
    Ok(())
}

/// What could explain a change beside the card.
fn differences(base: &Record, new: &Record) -> Vec<String> {
    let pairs = [
        ("adapter", &base.adapter.name, &new.adapter.name),
        ("driver", &base.adapter.driver_info, &new.adapter.driver_info),
        ("version", &base.tool.version, &new.tool.version),
        ("revision", &base.tool.git, &new.tool.git),
    ];
    let mut differences: Vec<String> = pairs
        .into_iter()
        .filter(|(_, base, new)| base != new)
        .map(|(what, base, new)| format!("the {what} differs: {base} → {new}"))
        .collect();
    if base.plan != new.plan {
        differences.push("the settings differ".to_owned());
    }
    differences
}
