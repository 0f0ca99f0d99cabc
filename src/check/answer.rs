//! Reading an answer piece by piece: it may be larger than what the host wants to hold.

use std::ops::Range;

use super::{GUARD_BYTES, Mismatch, UNWRITTEN};
use crate::problem::Problem;

/// Reads a range of bytes of the output array, which its guard follows.
pub type Read<'r, E> = &'r mut dyn FnMut(Range<u64>) -> Result<Vec<u8>, E>;

/// Bytes held at a time.
const PIECE: u64 = 32 << 20;

/// An output whose guard was found untouched.
pub(super) struct Answer<'r, E> {
    size: u64,
    /// Dispatches that made it: some answers grow with them.
    pub(super) dispatched: u64,
    read: Read<'r, E>,
}

impl<'r, E: From<Mismatch>> Answer<'r, E> {
    /// The output of `problem`, once the guards of all its parts are seen to be untouched.
    pub(super) fn new(problem: &Problem, dispatched: u64, read: Read<'r, E>) -> Result<Self, E> {
        let size = problem.output_bytes();
        let mut answer = Self { size, dispatched, read };
        let guard = answer.range(size..size + GUARD_BYTES * u64::from(problem.parts()))?;
        match guard.chunks(4).position(|word| word != UNWRITTEN.to_le_bytes()) {
            None => Ok(answer),
            Some(word) => Err(overwritten(&guard, word).into()),
        }
    }

    /// Hands the output over in pieces of whole units of `unit` bytes, each with the number of its first unit.
    pub(super) fn pieces(
        &mut self,
        unit: u64,
        mut each: impl FnMut(u64, &[u8]) -> Result<(), Mismatch>,
    ) -> Result<(), E> {
        let step = (PIECE / unit).max(1) * unit;
        let mut start = 0;
        while start < self.size {
            let end = self.size.min(start + step);
            each(start / unit, &self.range(start..end)?)?;
            start = end;
        }
        Ok(())
    }

    /// All of an output that is small.
    pub(super) fn whole(&mut self) -> Result<Vec<u8>, E> {
        self.range(0..self.size)
    }

    fn range(&mut self, range: Range<u64>) -> Result<Vec<u8>, E> {
        let expected = range.end - range.start;
        let bytes = (self.read)(range)?;
        if bytes.len() as u64 == expected {
            return Ok(bytes);
        }
        #[expect(clippy::cast_precision_loss, reason = "shown to people only")]
        let (expected, found) = (expected as f64, bytes.len() as f64);
        let place = format!("the answer's length of {} bytes", bytes.len());
        Err(Mismatch { what: "read-back".to_owned(), place, expected, found, bound: 0.0 }.into())
    }
}

/// What is said of a guard whose word number `word` is not what was put there.
fn overwritten(guard: &[u8], word: usize) -> Mismatch {
    let all_zeros = guard.iter().all(|byte| *byte == 0);
    let what = if all_zeros {
        "nothing arrives in the output, which reads as zeros"
    } else {
        "write past the end of the output"
    };
    let found = guard.chunks_exact(4).nth(word).and_then(|word| word.try_into().ok()).map(u32::from_le_bytes);
    let found = found.map_or(f64::NAN, f64::from);
    Mismatch {
        what: what.to_owned(),
        place: format!("guard word {word}"),
        expected: f64::from(UNWRITTEN),
        found,
        bound: 0.0,
    }
}
