//! The answer of reads that come again and again: the sum of each workgroup or invocation.

use super::answer::Answer;
use super::{Check, Mismatch, words, wrong_word};
use crate::problem::{
    LINE, Operands, SWEEP_BLOCK, SWEEP_SUMS, Sweep, WORKGROUP_INVOCATIONS, WORKGROUP_STEP, WORKGROUP_WORDS,
    WorkgroupMemory, index,
};
use crate::threads::parallel;

/// Compares the sums of all invocations.
pub(super) fn workgroup_memory<E: From<Mismatch>>(
    problem: &WorkgroupMemory,
    operands: &Operands,
    answer: &mut Answer<'_, E>,
) -> Result<Check, E> {
    let WorkgroupMemory { width, stride, reads, .. } = *problem;
    let memory: Vec<u32> = words(&operands.bytes(0, 0..u64::from(WORKGROUP_WORDS) * 4)).collect();
    let sums: Vec<u32> =
        (0..WORKGROUP_INVOCATIONS).map(|invocation| summed(&memory, width, invocation * stride, reads)).collect();
    let expected = |invocation: u64| sums[index(invocation % sums.len() as u64)];
    let found = |sum: &[u8]| words(sum).fold(0, u32::wrapping_add);
    compared(answer, 4, "workgroup memory", "invocation", expected, found)
}

/// Compares the sums of all workgroups of a sweep.
pub(super) fn sweep<E: From<Mismatch>>(sums: &PrefixSums, answer: &mut Answer<'_, E>) -> Result<Check, E> {
    let found = |sums: &[u8]| words(sums).fold(0, u32::wrapping_add);
    compared(answer, u64::from(SWEEP_SUMS) * 4, "sweep", "workgroup", |number| sums.of_workgroup(number), found)
}

fn compared<E: From<Mismatch>>(
    answer: &mut Answer<'_, E>,
    unit: u64,
    what: &str,
    place: &str,
    expected: impl Fn(u64) -> u32,
    found: impl Fn(&[u8]) -> u32,
) -> Result<Check, E> {
    let mut sums = 0;
    let bytes = index(unit);
    answer.pieces(unit, |first, piece| {
        for (number, unit) in (first..).zip(piece.chunks_exact(bytes)) {
            let (expected, found) = (expected(number), found(unit));
            if expected != found {
                return Err(wrong_word(what, format!("the sum of {place} {number}"), expected, found));
            }
            sums = number + 1;
        }
        Ok(())
    })?;
    let method = format!("sum of every word that a {place} read, modulo 2^32");
    Ok(Check { method, elements: sums, max_error: 0.0, bound: 0.0 })
}

/// Sums of the first blocks of a sweep's working set, over all its parts.
#[derive(Debug)]
pub(super) struct PrefixSums {
    /// Workgroups of a part, the blocks that each reads, and the blocks that a part has.
    workgroups: u64,
    steps: u64,
    blocks: u64,
    /// The sum of all blocks before each, and of all.
    before: Vec<u32>,
}

impl PrefixSums {
    /// Those of `sweep`, whose operands are `operands`.
    pub(super) fn of(sweep: &Sweep, operands: &Operands) -> Self {
        let step = if sweep.lines { LINE as usize / 4 } else { 1 };
        let words = u64::from(SWEEP_BLOCK) / 4;
        let of_block = |block: u64| {
            let places = (block * words..(block + 1) * words).step_by(step);
            places.fold(0u32, |sum, place| sum.wrapping_add(word(operands, place)))
        };
        let sums =
            parallel::pieces(sweep.bytes / u64::from(SWEEP_BLOCK), |blocks| blocks.map(of_block).collect::<Vec<u32>>())
                .concat();
        let up_to = sums.iter().scan(0u32, |sum, own| {
            *sum = sum.wrapping_add(*own);
            Some(*sum)
        });
        let before = std::iter::once(0).chain(up_to).collect();
        let [workgroups, steps] = [sweep.workgroups, sweep.blocks].map(u64::from);
        Self { workgroups, steps, blocks: sweep.part_blocks(), before }
    }

    /// The sum of the blocks that workgroup `number` reads, counted over all parts: from its own place in its part on, and around.
    fn of_workgroup(&self, number: u64) -> u32 {
        let Self { workgroups, steps, blocks, .. } = *self;
        let (part, workgroup) = (number / workgroups, number % workgroups);
        #[expect(clippy::cast_possible_truncation, reason = "the device counts in 32 bits as well")]
        let spread = u64::from((workgroup as u32).wrapping_mul(2_654_435_769) >> 20);
        let first = (spread * blocks) >> 12;
        let at = |block: u64| self.before[index(part * blocks + block)];
        let (rounds, rest) = (steps / blocks, steps % blocks);
        #[expect(clippy::cast_possible_truncation, reason = "modulo 2^32")]
        let whole = at(blocks).wrapping_sub(at(0)).wrapping_mul(rounds as u32);
        let end = first + rest;
        let tail = if end <= blocks {
            at(end).wrapping_sub(at(first))
        } else {
            at(blocks).wrapping_sub(at(first)).wrapping_add(at(end - blocks)).wrapping_sub(at(0))
        };
        whole.wrapping_add(tail)
    }
}

/// The word of a working set at `place`.
#[expect(clippy::cast_possible_truncation, reason = "the operands are singles")]
fn word(operands: &Operands, place: u64) -> u32 {
    (operands.value(0, place) as f32).to_bits()
}

/// The sum of `reads` reads of `width` words from read number `at` on, in steps of [`WORKGROUP_STEP`].
fn summed(memory: &[u32], width: u32, at: u32, reads: u32) -> u32 {
    let places = WORKGROUP_WORDS / width;
    let read = |read: u32| {
        let first = (at.wrapping_add(read.wrapping_mul(WORKGROUP_STEP)) % places * width) as usize;
        memory[first..first + width as usize].iter().fold(0u32, |sum, word| sum.wrapping_add(*word))
    };
    (0..reads).fold(0, |sum, number| sum.wrapping_add(read(number)))
}
