//! Results go to stdout, progress to stderr. Control characters of foreign text never reach a terminal.

use std::io::Write as _;
use std::ops::Range;

use anstyle::{AnsiColor, Style};
use anyhow::Context as _;
use serde::Serialize;

#[cfg(feature = "gpu")]
use crate::record::Outcome;
use crate::threads::parallel;

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
    write_json([&serde_json::to_vec_pretty(value)?[..]])
}

/// Writes what `make` makes of each of `items` to stdout as a JSON list, a line for each; made on all cores.
pub(super) fn print_json_list<T: Sync, U: Serialize>(items: &[T], make: impl Fn(&T) -> U + Sync) -> anyhow::Result<()> {
    let lines = |range: Range<u64>| -> serde_json::Result<Vec<u8>> {
        let [start, end] = [range.start, range.end].map(|place| usize::try_from(place).unwrap_or(usize::MAX));
        let mut lines = Vec::with_capacity((end - start) * LINE);
        for item in &items[start..end] {
            lines.extend_from_slice(if lines.is_empty() { b"" } else { b",\n" });
            serde_json::to_writer(&mut lines, &make(item))?;
        }
        Ok(lines)
    };
    let pieces: Vec<Vec<u8>> = parallel::pieces(items.len() as u64, lines).into_iter().collect::<Result<_, _>>()?;
    let separators = std::iter::once(&b"\n"[..]).chain(std::iter::repeat(&b",\n"[..]));
    let parts = separators.zip(&pieces).flat_map(|(separator, piece)| [separator, piece]);
    write_json([&b"["[..]].into_iter().chain(parts).chain([&b"\n]"[..]]))
}

/// About what a verdict takes, in bytes.
const LINE: usize = 1 << 16;

/// JSON escapes control characters by itself, and has no colours.
fn write_json<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    let mut parts = parts.into_iter().chain([&b"\n"[..]]);
    let written = parts.try_for_each(|part| stdout.write_all(part)).and_then(|()| stdout.flush());
    written.context("the output cannot be written")
}

/// Writes a line to stderr. Progress that nobody can read stops nothing.
pub(super) fn say(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}
