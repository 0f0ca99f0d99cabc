//! `--sustain`: the fastest product of a run, kept under load.

use std::time::Duration;

use super::measuring::Recording;
use super::output::{in_colour_of, print, say};
use super::progress::Progress;
use crate::record::{Entry, Sustained, Warning};
use crate::report;
use crate::suite::{self, Suite};
use crate::telemetry::Series;

/// Keeps the fastest product under load, where one was measured.
pub(super) fn keep(
    suite: &mut Suite<'_>,
    time: Duration,
    recording: &mut Recording,
    progress: &Progress,
    json_lines: bool,
) -> anyhow::Result<()> {
    let Some(entry) = suite::fastest_product(&recording.record.entries).cloned() else {
        say(&format!("warning: {}", Warning::NoProduct));
        return recording.warn(Warning::NoProduct.into());
    };
    progress.line(&format!("{} — under load for {} s", entry.id, time.as_secs()));
    let entry = suite.sustain(entry, time);
    if json_lines {
        print(&short_of_load(&entry).to_string())?;
    }
    progress.line(&format!("  {}", in_colour_of(entry.outcome, &report::load_line(&entry))));
    recording.replace(entry)
}

/// What an entry did under load, without its points and readings.
fn short_of_load(entry: &Entry) -> serde_json::Value {
    let figures = |load: Sustained| {
        let telemetry = load.telemetry.as_ref().map(Series::figures);
        Sustained { points: Vec::new(), telemetry, ..load }
    };
    let load = entry.sustained.clone().map(figures);
    serde_json::json!({ "id": entry.id, "outcome": entry.outcome, "reason": entry.reason, "sustained": load })
}
