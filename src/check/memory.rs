//! The answer of a pass over memory: every word, or the sum of all.

use super::answer::Answer;
use super::{Check, Mismatch};
use crate::data::Operands;
use crate::kernel::TRIAD_SCALE;
use crate::problem::{MemoryOp, Problem};

/// Compares every word of a pass's output; of a read, the sum of what it read.
pub(super) fn compare<E: From<Mismatch>>(operands: &Operands, answer: &mut Answer<'_, E>) -> Result<Check, E> {
    let Problem::Memory { operation, elements } = *operands.problem() else { unreachable!("a pass has arrays") };
    let method = match operation {
        MemoryOp::Read => {
            let expected = (0..elements).fold(0u32, |sum, index| sum.wrapping_add(word(operands, 0, index).to_bits()));
            let mut found = 0u32;
            answer.pieces(4, |_, bytes| {
                found = words(bytes).fold(found, u32::wrapping_add);
                Ok(())
            })?;
            if expected != found {
                let place = "the sum of all words modulo 2^32".to_owned();
                let [expected, found] = [expected, found].map(f64::from);
                return Err(Mismatch { what: "read".to_owned(), place, expected, found, bound: 0.0 }.into());
            }
            "sum of every word read, modulo 2^32"
        }
        MemoryOp::Copy => {
            equal("copy", answer, |index| word(operands, 0, index))?;
            "every word equal"
        }
        MemoryOp::Triad => {
            equal("triad", answer, |index| TRIAD_SCALE.mul_add(word(operands, 1, index), word(operands, 0, index)))?;
            "every word equal"
        }
    };
    Ok(Check { method: method.to_owned(), elements, max_error: 0.0, bound: 0.0 })
}

#[expect(clippy::cast_possible_truncation, reason = "an f32 to begin with")]
fn word(operands: &Operands, array: usize, index: u64) -> f32 {
    operands.value(array, index) as f32
}

/// Compares as floats, so that the two zeros are one number and a NaN is none.
fn equal<E: From<Mismatch>>(what: &str, answer: &mut Answer<'_, E>, expected: impl Fn(u64) -> f32) -> Result<(), E> {
    answer.pieces(4, |first, bytes| {
        for (index, found) in (first..).zip(words(bytes).map(f32::from_bits)) {
            let expected = expected(index);
            #[expect(clippy::float_cmp, reason = "the answer is defined to the last bit")]
            if found != expected {
                let place = format!("element {index}");
                let [expected, found] = [expected, found].map(f64::from);
                return Err(Mismatch { what: what.to_owned(), place, expected, found, bound: 0.0 });
            }
        }
        Ok(())
    })
}

/// The 32-bit words of an array in device format.
fn words(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
}
