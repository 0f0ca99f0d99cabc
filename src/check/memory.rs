//! The answer of a pass over memory, or of a transfer: every word, or the sum of all.

use super::answer::Answer;
use super::{Check, Mismatch, words, wrong_word};
use crate::problem::{MemoryPass, Operands, PassKernel, index};
use crate::threads::parallel;

/// Compares every word of a pass's output; of a read, the sum of what it read.
pub(super) fn pass<E: From<Mismatch>>(
    pass: &MemoryPass,
    operands: &Operands,
    answer: &mut Answer<'_, E>,
) -> Result<Check, E> {
    let told = pass.operation.pass();
    match told.kernel {
        PassKernel::Sum => sum(pass, operands, answer),
        PassKernel::Stream { expected, .. } => equal(pass.operation.name(), operands, answer, told.inputs, expected),
    }
}

/// Compares every word that was moved.
pub(super) fn transfer<E: From<Mismatch>>(operands: &Operands, answer: &mut Answer<'_, E>) -> Result<Check, E> {
    equal("transfer", operands, answer, 1, |_, left, _| left.to_bits())
}

/// Bytes made and summed at a time.
const PIECE: u64 = 32 << 20;

fn sum<E: From<Mismatch>>(pass: &MemoryPass, operands: &Operands, answer: &mut Answer<'_, E>) -> Result<Check, E> {
    let bytes = 4 * pass.elements;
    let starts = (0..bytes).step_by(index(PIECE));
    let piece =
        |sum, start: u64| words(&operands.bytes(0, start..bytes.min(start + PIECE))).fold(sum, u32::wrapping_add);
    let expected = starts.fold(0, piece);
    let mut found = 0u32;
    answer.pieces(4, |_, bytes| {
        found = words(bytes).fold(found, u32::wrapping_add);
        Ok(())
    })?;
    if expected != found {
        return Err(wrong_word("read", "the sum of all words modulo 2^32".to_owned(), expected, found).into());
    }
    let method = "sum of every word read, modulo 2^32".to_owned();
    Ok(Check { method, elements: bytes / 4, max_error: 0.0, bound: 0.0 })
}

/// Compares the bits with what a word has to be, from its number and what lies there in the inputs; the two zeros are one number.
fn equal<E: From<Mismatch>>(
    what: &str,
    operands: &Operands,
    answer: &mut Answer<'_, E>,
    inputs: usize,
    result: impl Fn(u64, f32, f32) -> u32 + Sync,
) -> Result<Check, E> {
    answer.pieces(4, |first, bytes| {
        let wrong = parallel::pieces(bytes.len() as u64 / 4, |words| {
            let range = (first + words.start) * 4..(first + words.end) * 4;
            let [left, right] =
                [0, 1].map(|array| if array < inputs { operands.bytes(array, range.clone()) } else { Vec::new() });
            let [from, to] = [words.start, words.end].map(|word| index(4 * word));
            first_unequal(first + words.start, &bytes[from..to], [&left, &right], &result)
        });
        match wrong.into_iter().flatten().next() {
            None => Ok(()),
            Some((index, expected, found)) => Err(wrong_word(what, format!("word {index} in bits"), expected, found)),
        }
    })?;
    let elements = operands.problem().output_bytes() / 4;
    Ok(Check { method: "every word equal".to_owned(), elements, max_error: 0.0, bound: 0.0 })
}

/// The first of the words in `bytes`, of which the first has number `first`, that is not the result of the inputs: its number, the result, and the word.
fn first_unequal(
    first: u64,
    bytes: &[u8],
    [left, right]: [&[u8]; 2],
    result: impl Fn(u64, f32, f32) -> u32,
) -> Option<(u64, u32, u32)> {
    const MINUS_ZERO: u32 = 1 << 31;
    let floats = |bytes| words(bytes).map(f32::from_bits).chain(std::iter::repeat(0.0));
    let places = (first..).zip(words(bytes)).zip(floats(left).zip(floats(right)));
    places
        .map(|((index, found), (left, right))| (index, result(index, left, right), found))
        .find(|(_, expected, found)| found != expected && (found | expected) != MINUS_ZERO)
}
