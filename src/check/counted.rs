//! The answer of what counts: atomics and dispatches.

use super::answer::Answer;
use super::{Check, Mismatch, UNWRITTEN, words, wrong_word};
use crate::problem::{LOCAL_LANES, Operands, Place, Problem};

/// Compares every counter.
pub(super) fn verify<E: From<Mismatch>>(operands: &Operands, answer: &mut Answer<'_, E>) -> Result<Check, E> {
    let problem = *operands.problem();
    let dispatched = answer.dispatched;
    let mut counters = 0;
    answer.pieces(4, |first, bytes| {
        for (number, found) in (first..).zip(words(bytes)) {
            let expected = counter(&problem, number, dispatched);
            if expected != found {
                return Err(wrong_word("count", format!("counter {number}"), expected, found));
            }
            counters = number + 1;
        }
        Ok(())
    })?;
    Ok(Check { method: "every counter equal".to_owned(), elements: counters, max_error: 0.0, bound: 0.0 })
}

/// What counter number `number` holds after `dispatched` dispatches.
#[expect(clippy::cast_possible_truncation, reason = "modulo 2^32, as on the device")]
fn counter(problem: &Problem, number: u64, dispatched: u64) -> u32 {
    match *problem {
        Problem::Overhead { .. } => {
            let made = dispatched.wrapping_mul(u64::from(problem.repeats()));
            UNWRITTEN.wrapping_add(made as u32)
        }
        Problem::Atomic { place, spread, workgroups, rounds } => {
            let lanes = u64::from(LOCAL_LANES);
            // The odd numbers up to 2n - 1 add up to n².
            let (added, counts) = match (spread, place) {
                (true, _) => (2 * (number % lanes) + 1, true),
                (false, Place::Storage) => ((lanes * lanes).wrapping_mul(u64::from(workgroups)), number == 0),
                (false, Place::Workgroup) => (lanes * lanes, number.is_multiple_of(lanes)),
            };
            let added = if counts { added.wrapping_mul(u64::from(rounds)) } else { 0 };
            match place {
                Place::Storage => UNWRITTEN.wrapping_add(added.wrapping_mul(dispatched) as u32),
                Place::Workgroup => added as u32,
            }
        }
        _ => unreachable!("{problem:?} has no counters"),
    }
}
