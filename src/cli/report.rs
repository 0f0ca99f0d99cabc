//! `report`: shows records that exist.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Exit;
use super::output::print;
use crate::judge::{self, Given, Question};
use crate::record::{self, Record};
use crate::reference::Reference;
use crate::report::{Csv, Markdown, Render, Text};

/// Shows records with the verdict of today for China, as text, Markdown or CSV.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Records, or folders of records.
    #[arg(required = true)]
    records: Vec<PathBuf>,
    /// As Markdown.
    #[arg(long, conflicts_with = "csv")]
    markdown: bool,
    /// As comma-separated values, one line for each benchmark.
    #[arg(long)]
    csv: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let render: &dyn Render = match (arguments.markdown, arguments.csv) {
        (true, _) => &Markdown,
        (_, true) => &Csv,
        _ => &Text,
    };
    let reference = Reference::embedded();
    for (number, path) in files(&arguments.records)?.iter().enumerate() {
        let record = record::load(path)?;
        let text = render.render(&record, &verdict(&record, &reference)?);
        // Only the first table of a CSV has a header.
        let text = if arguments.csv && number > 0 { text.split_once('\n').map_or("", |(_, rows)| rows) } else { &text };
        print(text)?;
    }
    Ok(Exit::Done)
}

/// The verdict of today for the default destination.
pub(super) fn verdict(record: &Record, reference: &Reference) -> anyhow::Result<judge::Verdict> {
    let policy = &reference.policy;
    let destination =
        reference.destination(&policy.default_destination).context("the base has its default destination")?;
    let reference_card = reference.cards.get(&policy.reference_card).context("the base has its reference card")?;
    let date = jiff::Zoned::now().date();
    let question =
        Question { card: None, record: Some(record), given: Given::default(), date, destination, reference_card };
    Ok(judge::judge(&question, reference))
}

/// The files named, and the JSON files of the folders named, sorted.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let within = json_files(path).with_context(|| format!("cannot read {}", path.display()))?;
            anyhow::ensure!(!within.is_empty(), "{} holds no records (*.json)", path.display());
            files.extend(within);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn json_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    Ok(files)
}
