//! `compare`: did anything become slower?

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Serialize;

use super::Exit;
use super::output::{print, print_json};
use crate::analysis::comparison::{self, Change, Pair};
use crate::record::{self, Record};
use crate::report::{self, plain};

/// Compare records benchmark by benchmark: same, faster, slower, or ambiguous if noise hides the difference.
///
/// Records of another device (another card, another specimen, another backend or system) are set side by side instead, and no
/// benchmark of theirs is called slower.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Record to compare with.
    base: PathBuf,
    /// Records to compare.
    #[arg(required = true)]
    new: Vec<PathBuf>,
    /// Ignore differences below this percentage [default: 1; 10 for software renderers].
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    min_effect: Option<f64>,
    /// Exit with code 10 if a benchmark is slower, or slower by at least this much: `slower`, `slower:5%`, or `never`.
    #[arg(long, value_name = "WHAT", default_value = "slower")]
    fail_on: FailOn,
    /// Print Markdown, for a pull request.
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  gpu-assay compare before.json after.json
  gpu-assay compare before.json after.json --fail-on slower:5% --markdown
  gpu-assay compare a100.json h20.json          two cards side by side

Exit codes: 0 nothing is slower on the same device; 1 a record cannot be used; 2 usage; 10 something is slower.";

fn percent(text: &str) -> Result<f64, String> {
    let value: f64 = text.trim_end_matches('%').parse().map_err(|_| format!("`{text}` is no percentage"))?;
    if (0.0..=100.0).contains(&value) { Ok(value / 100.0) } else { Err("0 to 100 are possible".to_owned()) }
}

/// The least relative slowdown that ends with code 10.
#[derive(Debug, Clone, Copy, PartialEq)]
struct FailOn(Option<f64>);

impl FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "slower" => Ok(Self(Some(0.0))),
            None if text == "never" => Ok(Self(None)),
            Some(("slower", least)) => Ok(Self(Some(percent(least)?))),
            _ => Err("`slower`, `slower:5%` or `never` are possible".to_owned()),
        }
    }
}

impl FailOn {
    fn fails(self, pair: &Pair) -> bool {
        let slowdown = pair.ratio.map_or(0.0, |ratio| 1.0 / ratio - 1.0);
        pair.change == Some(Change::Slower) && self.0.is_some_and(|least| slowdown >= least)
    }
}

#[derive(Serialize)]
struct Compared {
    record: PathBuf,
    /// Signs that the record is of another device; then nothing is called slower or faster.
    other_device: Vec<String>,
    /// Differences beside the card that could explain a change, or that there is no comparison: those of its limits and clocks first.
    differences: Vec<String>,
    /// Differences below this are none, relative.
    minimum_effect: f64,
    benchmarks: Vec<Pair>,
}

impl Compared {
    fn of(path: &Path, base: &Record, new: &Record, effect: Option<f64>) -> Self {
        let effect = effect.unwrap_or_else(|| comparison::minimum_effect(base, new));
        let other_device = comparison::other_device(base, new);
        let mut benchmarks = comparison::compare_records(base, new, effect);
        if !other_device.is_empty() {
            for pair in benchmarks.iter_mut().filter(|pair| pair.change.is_some()) {
                (pair.change, pair.reason) = (None, Some("of another device".to_owned()));
            }
        }
        let conditions = if other_device.is_empty() { comparison::other_conditions(base, new) } else { Vec::new() };
        let differences = conditions.into_iter().chain(differences(base, new)).collect();
        Self { record: path.to_owned(), other_device, differences, minimum_effect: effect, benchmarks }
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let base = record::load(&arguments.base)?;
    let new = arguments.new.iter().map(|path| record::load(path)).collect::<Result<Vec<_>, _>>()?;
    let compared = |(path, new): (&PathBuf, &Record)| Compared::of(path, &base, new, arguments.min_effect);
    let all: Vec<Compared> = arguments.new.iter().zip(&new).map(compared).collect();
    if arguments.json {
        print_json(&all)?;
    } else {
        print_all(&all, &base, &new, arguments.markdown)?;
    }
    let slower = all.iter().flat_map(|compared| &compared.benchmarks).any(|pair| arguments.fail_on.fails(pair));
    Ok(if slower { Exit::Exceeds } else { Exit::Done })
}

/// Prints records of the same device as a comparison, the rest side by side.
fn print_all(all: &[Compared], base: &Record, new: &[Record], is_markdown: bool) -> anyhow::Result<()> {
    let (others, same): (Vec<_>, Vec<_>) =
        all.iter().zip(new).partition(|(compared, _)| !compared.other_device.is_empty());
    for (compared, _) in same {
        print(&if is_markdown { markdown(compared) } else { text(compared) })?;
    }
    for (compared, _) in &others {
        let path = plain(&compared.record.to_string_lossy());
        let why: Vec<String> = compared.other_device.iter().map(|why| plain(why)).collect();
        let words =
            format!("{path} is of another device, so that nothing is called slower or faster: {}", why.join("; "));
        print(&if is_markdown { format!("{}\n", report::escaped(&words)) } else { words })?;
    }
    if !others.is_empty() {
        let records: Vec<&Record> = std::iter::once(base).chain(others.iter().map(|(_, record)| *record)).collect();
        print(&report::side_by_side(&records, is_markdown))?;
    }
    print_peers(&std::iter::once(base).chain(new).collect::<Vec<_>>(), is_markdown)
}

/// What other libraries reached on the cards of `records`, where that is known.
fn print_peers(records: &[&Record], markdown: bool) -> anyhow::Result<()> {
    for record in records.iter().filter(|record| record.peer.is_some()) {
        let of = format!("{}, {}:", plain(&record.adapter.name), plain(&record.created));
        for line in std::iter::once(of).chain(report::beside_peer(record)) {
            print(&if markdown { format!("\n{}", report::escaped(line.trim())) } else { line })?;
        }
    }
    Ok(())
}

fn text(compared: &Compared) -> String {
    let mut text = format!("{}\n", plain(&compared.record.to_string_lossy()));
    let notes = compared.differences.iter().map(|difference| format!("note: {}", plain(difference)));
    notes.for_each(|note| text += &(note + "\n"));
    for pair in &compared.benchmarks {
        let _ = writeln!(text, "  {:20} {}", plain(&pair.id), words(pair));
    }
    text
}

fn markdown(compared: &Compared) -> String {
    let mut text = format!("### {}\n\n", report::escaped(&compared.record.to_string_lossy()));
    let notes = compared.differences.iter().map(|difference| format!("- {}\n", report::escaped(difference)));
    text.extend(notes);
    text += "\n| benchmark | | rate, new over base |\n|---|---|---|\n";
    for pair in &compared.benchmarks {
        let change = pair.change.map(word).unwrap_or("not compared");
        let _ = writeln!(text, "| {} | {change} | {} |", report::escaped(&pair.id), report::escaped(&figures(pair)));
    }
    text
}

fn word(change: Change) -> &'static str {
    match change {
        Change::Same => "same",
        Change::Faster => "faster",
        Change::Slower => "slower",
        Change::Ambiguous => "ambiguous",
    }
}

fn words(pair: &Pair) -> String {
    format!("{:13} {}", pair.change.map_or("not compared", word), figures(pair))
}

/// The ratio with its interval and what is to be said of either side, or why there is none.
fn figures(pair: &Pair) -> String {
    let bounds: String = pair.lower_bounds.iter().map(|bound| format!("; {}", plain(bound))).collect();
    match (pair.ratio, pair.ratio_ci95, &pair.reason) {
        (Some(ratio), Some([low, high]), why) => {
            let why = why.as_ref().map(|why| format!("; {}", plain(why))).unwrap_or_default();
            let clock = pair.clock_changed_alike().map(|clock| format!("; the core clock alike: {clock:.3} ×"));
            let clock = clock.unwrap_or_default();
            format!("{ratio:.3} × the base's rate ({low:.3} to {high:.3}){clock}{why}{bounds}")
        }
        (.., Some(reason)) => plain(reason),
        _ => String::new(),
    }
}

/// The names of settings that two plans do not share.
fn different_settings(base: &Record, new: &Record) -> Vec<String> {
    let [base, new] = [base, new].map(|record| serde_json::to_value(&record.plan).unwrap_or_default());
    let names: BTreeSet<&String> =
        [&base, &new].into_iter().filter_map(|plan| plan.as_object()).flat_map(|plan| plan.keys()).collect();
    names.into_iter().filter(|name| base.get(name) != new.get(name)).cloned().collect()
}

/// What could explain a change beside the card.
fn differences(base: &Record, new: &Record) -> Vec<String> {
    let pairs = [
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
        differences.push(format!("the settings differ: {}", different_settings(base, new).join(", ")));
    }
    if base.synthetic || new.synthetic {
        differences.push("a record is synthetic: nothing was measured".to_owned());
    }
    differences.extend(base.edited().map(|words| format!("the base: {words}")));
    differences.extend(new.edited().map(str::to_owned));
    differences
}
