//! How long does one dispatch take, about? A few short batches say.

use std::time::Duration;

use crate::measure::{Fault, Session};
use crate::units::Seconds;

/// Wall time that a probe's batch of dispatches should take, so that the cost of a submission does not decide.
const BATCH: Duration = Duration::from_millis(10);

/// Batches of a probe, of which the best counts.
const BATCHES: u32 = 3;

/// A dispatch that takes this many batches' time is looked at only once more.
const LONG: f64 = 4.0;

/// The best time of one dispatch of the selected variant in a few short batches, after one that may compile; of a single dispatch only
/// where that takes longer than `hopeless` seconds.
///
/// # Errors
/// Fails if the device fails.
pub fn probe(session: &mut dyn Session, hopeless: f64) -> Result<Seconds, Fault> {
    session.time(1)?;
    // The wall clock: a device whose timestamps lie must not choose the variant.
    let single = session.time(1)?.wall_s;
    if single.get() > hopeless {
        return Ok(single);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a u32 holds")]
    let dispatches = (BATCH.as_secs_f64() / single.get().max(1e-9)).clamp(1.0, 256.0) as u32;
    let mut best = single.get();
    // A single one that is long is as good as a batch.
    let batches = if single.get() > LONG * BATCH.as_secs_f64() { 1 } else { BATCHES };
    for _ in 0..batches {
        best = best.min(session.time(dispatches)?.wall_s.get() / f64::from(dispatches));
    }
    Ok(Seconds::new(best))
}
