//! `report`: shows records that exist.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::builder::{PossibleValue, PossibleValuesParser};

use super::Exit;
use super::output::{print, print_report, say};
use crate::judge::{self, Given, Question, Verdict};
use crate::record::{self, LoadError, Record};
use crate::reference::Reference;
use crate::report::{Csv, FORMATS, Format, Markdown, plain};

/// Show records with today's verdict for China: as text, Markdown or CSV, as a page with plots, or as a gallery of pages.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Records, or folders of records.
    #[arg(required = true)]
    records: Vec<PathBuf>,
    /// Output format [default: text].
    #[arg(long, value_name = "FORMAT", value_parser = formats(), conflicts_with_all = ["markdown", "csv"])]
    format: Option<String>,
    /// Print Markdown: short for `--format markdown`.
    #[arg(long, conflicts_with = "csv")]
    markdown: bool,
    /// Print CSV, one line per benchmark: short for `--format csv`.
    #[arg(long)]
    csv: bool,
    #[cfg(feature = "html")]
    #[command(flatten)]
    pages: super::pages::PageArguments,
}

/// The names of all forms, each with what it is for.
fn formats() -> PossibleValuesParser {
    PossibleValuesParser::new(FORMATS.map(|format| PossibleValue::new(format.name()).help(format.describe())))
}

impl Arguments {
    fn format(&self) -> &'static dyn Format {
        let short = if self.markdown { Some(Markdown.name()) } else { self.csv.then(|| Csv.name()) };
        let named = self.format.as_deref().or(short);
        let found = FORMATS.into_iter().find(|format| Some(format.name()) == named);
        found.unwrap_or(FORMATS[0])
    }
}

const EXAMPLES: &str = if cfg!(feature = "html") {
    "\
Examples:
  gpu-assay report results/RECORD.json
  gpu-assay report results/RECORD.json --html report.html    one page with plots
  gpu-assay report a100.json h20.json --html both.html       two records overlaid
  gpu-assay report results/ --html site/                     an index, and a page for each record
  gpu-assay report results/RECORD.json --svg plots/          the plots alone"
} else {
    "\
Examples:
  gpu-assay report results/RECORD.json
  gpu-assay report results/ --markdown"
};

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let reference = Reference::embedded();
    #[cfg(feature = "html")]
    if let Some(exit) = arguments.pages.write(&arguments.records, &reference) {
        return exit;
    }
    show(arguments, &reference)
}

fn show(arguments: &Arguments, reference: &Reference) -> anyhow::Result<Exit> {
    let format = arguments.format();
    let (mut refused, mut shown) = (Refused::default(), 0);
    for file in files(&arguments.records)? {
        let Some(record) = refused.load(&file) else { continue };
        let verdict = verdict(&record, reference)?;
        let text = if shown > 0 { format.render_next(&record, &verdict) } else { format.render(&record, &verdict) };
        print_report(&text)?;
        shown += 1;
    }
    if shown > 0 {
        let remarks = refused.words().into_iter().filter_map(|words| format.remark(&words));
        remarks.into_iter().try_for_each(|remark| print(&format!("\n{remark}")))?;
    }
    refused.concluded(shown)
}

/// Files that cannot be used, and whether the user named them or their folder.
#[derive(Default)]
pub(super) struct Refused(Vec<(LoadError, bool)>);

impl Refused {
    /// The record in `file`; `None` where that cannot be used.
    pub(super) fn load(&mut self, file: &Named) -> Option<Record> {
        let loaded = record::load(&file.path);
        loaded.map_err(|error| self.0.push((error, file.is_named))).ok()
    }

    /// What to say of them in a report, a line for each.
    pub(super) fn words(&self) -> Vec<String> {
        self.0.iter().map(|(error, _)| format!("left out: {}", plain(&error.to_string()))).collect()
    }

    /// Says what was left out, in a line for all files of folders that are no records at all; the rest should have been ones. How to end after so many records
    /// were `used`.
    pub(super) fn concluded(mut self, used: usize) -> anyhow::Result<Exit> {
        if let (0, [(_, true)]) = (used, &self.0[..]) {
            return Err(self.0.remove(0).0.into());
        }
        let is_named = self.0.iter().any(|(_, is_named)| *is_named);
        let is_other = |refused: &(LoadError, bool)| !refused.1 && matches!(refused.0, LoadError::NotARecord { .. });
        let (others, unusable): (Vec<_>, Vec<_>) = self.0.into_iter().partition(is_other);
        let others: Vec<String> = others.iter().map(|(error, _)| plain(&error.path().to_string_lossy())).collect();
        if !others.is_empty() {
            say(&format!("left out, since they are no records: {}", others.join(", ")));
        }
        unusable.iter().for_each(|(error, _)| say(&format!("warning: left out: {}", plain(&error.to_string()))));
        anyhow::ensure!(used > 0, "none of the files is a record that can be used");
        Ok(if is_named { Exit::Failed } else { Exit::Done })
    }
}

/// The verdict of today for the default destination.
pub(super) fn verdict(record: &Record, reference: &Reference) -> anyhow::Result<Verdict> {
    let policy = &reference.policy;
    let destination =
        reference.destination(&policy.default_destination).context("the base has its default destination")?;
    let reference_card = reference.cards.get(&policy.reference_card).context("the base has its reference card")?;
    let date = jiff::Zoned::now().date();
    let (named, given, what_if) = (Vec::new(), Given::default(), true);
    let question =
        Question { named, called: None, record: Some(record), given, date, destination, reference_card, what_if };
    Ok(judge::judge(&question, reference))
}

/// A file that may hold a record.
pub(super) struct Named {
    pub(super) path: PathBuf,
    /// By the user, and not as one of a folder's: then it has to hold one.
    is_named: bool,
}

/// The files named, and the JSON files of the folders named, sorted.
pub(super) fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<Named>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let within = json_files(path).with_context(|| format!("cannot read {}", path.display()))?;
            anyhow::ensure!(!within.is_empty(), "{} holds no records (*.json)", path.display());
            files.extend(within.into_iter().map(|path| Named { path, is_named: false }));
        } else {
            files.push(Named { path: path.clone(), is_named: true });
        }
    }
    Ok(files)
}

fn json_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    Ok(files)
}
