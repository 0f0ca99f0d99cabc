//! Results go to stdout, progress to stderr. Control characters of foreign text never reach a terminal.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use anyhow::Context as _;
use serde::Serialize;

#[cfg(feature = "gpu")]
use crate::record::Outcome;

/// Headlines of a verdict with the colours that they are shown in.
const HEADLINES: [(&str, AnsiColor); 4] = [
    ("RESTRICTED:", AnsiColor::Red),
    ("NOT RESTRICTED:", AnsiColor::Green),
    ("UNDECIDED:", AnsiColor::Yellow),
    ("NO VERDICT:", AnsiColor::Yellow),
];

/// Writes a report to stdout, the verdict's headline in colour.
pub(super) fn print_report(text: &str) -> anyhow::Result<()> {
    let coloured = |line: &str| match HEADLINES.iter().find(|(word, _)| line.starts_with(word)) {
        Some((word, colour)) => {
            let style = Style::new().bold().fg_color(Some((*colour).into()));
            format!("{style}{word}{style:#}{}", &line[word.len()..])
        }
        None => line.to_owned(),
    };
    print(&text.lines().map(coloured).collect::<Vec<_>>().join("\n"))
}

/// `text` in the colour of how a benchmark ended.
#[cfg(feature = "gpu")]
pub(super) fn in_colour_of(outcome: Outcome, text: &str) -> String {
    let colour = match outcome {
        Outcome::Measured => return text.to_owned(),
        Outcome::Wrong | Outcome::Failed => AnsiColor::Red,
        Outcome::Suspect => AnsiColor::Yellow,
        Outcome::Unsupported | Outcome::Skipped => AnsiColor::BrightBlack,
    };
    let style = Style::new().fg_color(Some(colour.into()));
    format!("{style}{text}{style:#}")
}

/// Writes `text` and a line end to stdout.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    // Takes colours out where nobody sees them, or NO_COLOR says so.
    let mut stdout = anstream::stdout().lock();
    writeln!(stdout, "{}", text.trim_end()).and_then(|()| stdout.flush()).context("the output cannot be written")
}

/// Writes `value` to stdout as JSON.
pub(super) fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    print(&serde_json::to_string_pretty(value)?)
}

/// Writes a line to stderr. Progress that nobody can read stops nothing.
pub(super) fn say(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}
