//! The answer of a walk: where it is after so many steps.

use super::answer::Answer;
use super::{Check, Mismatch, words, wrong_word};
use crate::problem::{Operands, Problem};

/// Compares the place that the walk has come to. On a cycle shorter than the array, or with a step left out, it is another one.
pub(super) fn verify<E: From<Mismatch>>(operands: &Operands, answer: &mut Answer<'_, E>) -> Result<Check, E> {
    let Problem::Chase { bytes, stride, steps } = *operands.problem() else { unreachable!("a walk") };
    let made = answer.dispatched * u64::from(steps);
    let entry = operands.cycle().steps_after(0, made);
    let expected = u32::try_from(entry * u64::from(stride) / 4).unwrap_or(u32::MAX);
    let found = words(&answer.whole()?).next().unwrap_or(u32::MAX);
    if expected != found {
        return Err(wrong_word("walk", format!("the place after {made} steps"), expected, found).into());
    }
    let method = format!("the place reached after every step on a cycle of {} entries", bytes / u64::from(stride));
    Ok(Check { method, elements: made, max_error: 0.0, bound: 0.0 })
}
