//! Results go to stdout, progress to stderr. Control characters of foreign text never reach a terminal.

use std::io::Write as _;

use serde::Serialize;

/// Writes `text` and a line end to stdout.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    // Takes colours out where nobody sees them, or NO_COLOR says so.
    let mut stdout = anstream::stdout().lock();
    writeln!(stdout, "{}", text.trim_end())?;
    Ok(stdout.flush()?)
}

/// Writes `value` to stdout as JSON.
pub(super) fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    print(&serde_json::to_string_pretty(value)?)
}

/// Writes a line to stderr. Progress that nobody can read stops nothing.
pub(super) fn say(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}
