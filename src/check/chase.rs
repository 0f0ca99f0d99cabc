//! The answer of a pointer chase: where it is after so many steps.

use super::answer::Answer;
use super::{Check, Mismatch, words, wrong_word};
use crate::problem::Chase;

/// Compares the place that `chase`, along the cycle that follows from `seed`, has come to. On a cycle shorter than the array, or with a step left out,
/// it is another one.
pub(super) fn verify<E: From<Mismatch>>(chase: &Chase, seed: u64, answer: &mut Answer<'_, E>) -> Result<Check, E> {
    let made = answer.dispatched * u64::from(chase.steps);
    let expected = chase.address(chase.cycle(seed).steps_after(0, made));
    if let Some(found) = words(&answer.whole()?).find(|found| *found != expected) {
        return Err(wrong_word("pointer chase", format!("the place after {made} steps"), expected, found).into());
    }
    let entries = chase.bytes / u64::from(chase.stride);
    let method = format!("the place reached after every step on a cycle of {entries} entries");
    Ok(Check { method, elements: made, max_error: 0.0, bound: 0.0 })
}
