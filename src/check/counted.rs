//! The answer of what counts: atomics and dispatches.

use super::answer::Answer;
use super::{Check, Mismatch, UNWRITTEN, words, wrong_word};
use crate::problem::{Atomic, Counted, Overhead, Place, WORKGROUP_INVOCATIONS};

/// Compares what counts the dispatches.
pub(super) fn dispatches<E: From<Mismatch>>(overhead: &Overhead, answer: &mut Answer<'_, E>) -> Result<Check, E> {
    let made = answer.dispatched.wrapping_mul(u64::from(overhead.repeats()));
    compared(answer, |_| unwritten_and(made))
}

/// Compares every counter of atomics.
pub(super) fn atomics<E: From<Mismatch>>(atomic: &Atomic, answer: &mut Answer<'_, E>) -> Result<Check, E> {
    let dispatched = answer.dispatched;
    compared(answer, |number| {
        let added = added(atomic, number);
        match atomic.place {
            Place::Storage => unwritten_and(added.wrapping_mul(dispatched)),
            Place::Workgroup => modulo(added),
        }
    })
}

fn compared<E: From<Mismatch>>(answer: &mut Answer<'_, E>, counter: impl Fn(u64) -> u32) -> Result<Check, E> {
    let mut counters = 0;
    answer.pieces(4, |first, bytes| {
        for (number, found) in (first..).zip(words(bytes)) {
            let expected = counter(number);
            if expected != found {
                return Err(wrong_word("count", format!("counter {number}"), expected, found));
            }
            counters = number + 1;
        }
        Ok(())
    })?;
    Ok(Check { method: "every counter equal".to_owned(), elements: counters, max_error: 0.0, bound: 0.0 })
}

/// What a dispatch adds to counter number `number`.
fn added(atomic: &Atomic, number: u64) -> u64 {
    let invocations = u64::from(WORKGROUP_INVOCATIONS);
    // The odd numbers up to 2n - 1 add up to n².
    let (each, counts) = match (atomic.spread, atomic.place) {
        (true, _) => (2 * (number % invocations) + 1, true),
        (false, Place::Storage) => {
            ((invocations * invocations).wrapping_mul(u64::from(atomic.workgroups)), number == 0)
        }
        (false, Place::Workgroup) => (invocations * invocations, number.is_multiple_of(invocations)),
    };
    if counts { each.wrapping_mul(u64::from(atomic.rounds)) } else { 0 }
}

/// What a counter that held what outputs hold before a kernel runs holds after `added` more.
fn unwritten_and(added: u64) -> u32 {
    UNWRITTEN.wrapping_add(modulo(added))
}

#[expect(clippy::cast_possible_truncation, reason = "modulo 2^32, as on the device")]
fn modulo(count: u64) -> u32 {
    count as u32
}
