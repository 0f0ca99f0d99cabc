//! Second, short blocks of samples, after everything has been measured once.

use std::time::Instant;

use super::cooling::Cooling;
use super::measuring::Recording;
use super::output::{in_colour_of, print};
use super::progress::Progress;
use super::run::{rest, short};
use crate::record::Outcome;
use crate::report;
use crate::suite::Suite;

/// Takes a second block of every figure for which there is time before `end`.
pub(super) fn take(
    suite: &mut Suite<'_>,
    recording: &mut Recording,
    progress: &Progress,
    cooling: &Cooling,
    json_lines: bool,
    mut end: Instant,
) -> anyhow::Result<()> {
    for at in 0..recording.record.entries.len() {
        if recording.record.entries[at].is_sound() && !suite.is_over() && Instant::now() < end {
            end += rest(suite, cooling, recording, progress)?;
        }
        let entry = &mut recording.record.entries[at];
        if !suite.second_block(entry, end) {
            continue;
        }
        if json_lines {
            print(&short(entry).to_string())?;
        }
        if entry.outcome != Outcome::Measured {
            progress.line(&in_colour_of(entry.outcome, &report::line(entry)));
        }
        recording.write()?;
    }
    Ok(())
}
