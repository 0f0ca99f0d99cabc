//! Is the answer right? Comparison of what a device computed with what it should have.
//!
//! A NaN never passes: every comparison is written so that it fails unless the values are known to agree.

mod answer;
mod chase;
mod counted;
mod fragments;
mod memory;
mod peak;
mod product;
mod usual_error;
mod working_set;

use std::fmt;

use serde::{Deserialize, Serialize};

use answer::Answer;
pub use answer::Read;
use peak::Chains;
use product::{Bounded, Product};
use working_set::PrefixSums;

use crate::kernel::Variant;
use crate::problem::{Fill, Matmul, Operands, Problem};

/// What outputs hold before a kernel runs: a NaN as f32, as f16 and as a pair of them, so that what was not written is seen.
pub const UNWRITTEN: u32 = 0x7fff_7fff;

/// Bytes behind every output that no kernel may touch.
pub const GUARD_BYTES: u64 = 1024;

/// Proof that an answer was compared and found right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Check {
    /// How: what was compared with what, in words.
    pub method: String,
    /// How many output elements were compared or covered by a checksum.
    pub elements: u64,
    /// Largest difference found on random data, absolute.
    pub max_error: f64,
    /// What the difference was allowed to be for that element; 0 where equality was demanded.
    pub bound: f64,
}

impl Check {
    /// Whether something was compared, and nothing differed by more than it was allowed to.
    pub fn has_passed(&self) -> bool {
        self.elements > 0 && self.max_error <= self.bound
    }
}

/// The first element that is wrong, or a guard word that was overwritten.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub struct Mismatch {
    /// What was compared, in words.
    pub what: String,
    /// The place, such as `element 17` or `row 3`.
    pub place: String,
    /// What it should be.
    pub expected: f64,
    /// What it is.
    pub found: f64,
    /// How far apart the two may be.
    pub bound: f64,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, place, expected, found, bound } = self;
        write!(f, "{what}: {place} is {found}, not {expected}")?;
        if *bound > 0.0 { write!(f, " ± {bound:.3e}") } else { Ok(()) }
    }
}

/// The largest error seen, relative to what was allowed.
#[derive(Debug, Clone, Copy, Default)]
struct Worst {
    error: f64,
    bound: f64,
}

impl Worst {
    fn see(&mut self, error: f64, bound: f64) {
        if error * self.bound >= self.error * bound {
            *self = Self { error, bound };
        }
    }
}

/// What every element of an answer has to be: computed once, compared with the answers of many kernels.
#[derive(Debug)]
pub struct Expected {
    operands: Operands,
    kept: Kept,
}

/// What is not cheap to compute again.
#[derive(Debug)]
enum Kept {
    /// Of a product, each element and how far an answer may lie from it, row by row.
    Elements(Matmul, Vec<Bounded>),
    /// Of a sweep.
    Sums(PrefixSums),
    Nothing,
}

impl Expected {
    /// The answer to the problem of `operands`.
    pub fn new(operands: Operands) -> Self {
        let kept = match operands.problem() {
            Problem::Matmul(product) => Kept::Elements(*product, Product::new(*product, &operands).elements()),
            Problem::Sweep(sweep) => Kept::Sums(PrefixSums::of(sweep, &operands)),
            _ => Kept::Nothing,
        };
        Self { operands, kept }
    }

    /// The operands.
    pub fn operands(&self) -> &Operands {
        &self.operands
    }

    /// Compares every element of what `dispatched` dispatches of `variant` left. Integer operands must match exactly, random ones within what rounding allows.
    ///
    /// # Errors
    /// The first element that differs, a guard word that changed, or what `read` fails with.
    pub fn verify<E: From<Mismatch>>(&self, variant: &Variant, dispatched: u64, read: Read<'_, E>) -> Result<Check, E> {
        let mut answer = Answer::new(self.operands.problem(), dispatched, read)?;
        match &self.kept {
            Kept::Elements(product, elements) => Product::new(*product, &self.operands).verify(&mut answer, elements),
            Kept::Sums(sums) => working_set::sweep(sums, &mut answer),
            Kept::Nothing => compared(&self.operands, variant, &mut answer, Extent::Whole),
        }
    }
}

/// Compares `count` elements of a product, spread over the answer by `seed`, and its four corners, and looks for NaN everywhere; as many
/// chains of a peak as can be followed in a moment. All else is compared whole.
///
/// # Errors
/// The first element that differs, a guard word that changed, or what `read` fails with.
pub fn sampled<E: From<Mismatch>>(
    operands: &Operands,
    variant: &Variant,
    dispatched: u64,
    read: Read<'_, E>,
    count: usize,
    seed: u64,
) -> Result<Check, E> {
    let mut answer = Answer::new(operands.problem(), dispatched, read)?;
    compared(operands, variant, &mut answer, Extent::Sample { count, seed })
}

/// Covers every element of a large product of integers by a checksum: C·x = A·(B·x) in arithmetic modulo 2^64, with a random x. All
/// else is compared as by [`sampled`].
///
/// A wrong element escapes with a probability of at most 2^-32 (Freivalds, with x drawn from 2^32 values); a fraction, an
/// infinity or a NaN is no integer and never passes.
///
/// # Errors
/// The first row whose checksum differs, a guard word that changed, or what `read` fails with.
///
/// # Panics
/// Panics if the operands of a product are no integers: a mistake in this program.
pub fn integer_checksum<E: From<Mismatch>>(
    operands: &Operands,
    variant: &Variant,
    dispatched: u64,
    read: Read<'_, E>,
    seed: u64,
) -> Result<Check, E> {
    assert_eq!(operands.fill(), Fill::Integers, "checksums are exact for integers only");
    let mut answer = Answer::new(operands.problem(), dispatched, read)?;
    compared(operands, variant, &mut answer, Extent::Checksum { seed })
}

/// How much of a product or a peak is compared; all else is compared whole.
#[derive(Clone, Copy)]
enum Extent {
    Whole,
    /// So many elements of a product, and some chains of a peak.
    Sample {
        count: usize,
        seed: u64,
    },
    /// A checksum of each row of a product, and some chains of a peak.
    Checksum {
        seed: u64,
    },
}

fn compared<E: From<Mismatch>>(
    operands: &Operands,
    variant: &Variant,
    answer: &mut Answer<'_, E>,
    extent: Extent,
) -> Result<Check, E> {
    match operands.problem() {
        Problem::Matmul(product) => {
            let product = Product::new(*product, operands);
            match extent {
                Extent::Whole => product.verify(answer, &product.elements()),
                Extent::Sample { count, seed } => product.sampled(answer, count, seed),
                Extent::Checksum { seed } => product.checksums(answer, seed),
            }
        }
        Problem::Peak(peak) => {
            let recurrence = variant.recurrence().ok_or_else(|| without_chains(variant))?;
            let chains = Chains::new(*peak, operands, recurrence);
            match extent {
                Extent::Whole => chains.every(answer),
                Extent::Sample { seed, .. } | Extent::Checksum { seed } => chains.sampled(answer, seed),
            }
        }
        Problem::MatrixPeak(peak) => fragments::verify(peak, operands, answer),
        Problem::Memory(pass) => memory::pass(pass, operands, answer),
        Problem::Sweep(sweep) => working_set::sweep(&PrefixSums::of(sweep, operands), answer),
        Problem::Chase(chase) => chase::verify(chase, operands.seed(), answer),
        Problem::WorkgroupMemory(memory) => working_set::workgroup_memory(memory, operands, answer),
        Problem::Atomic(atomic) => counted::atomics(atomic, answer),
        Problem::Transfer(_) => memory::transfer(operands, answer),
        Problem::Overhead(overhead) => counted::dispatches(overhead, answer),
    }
}

/// What is said of the answer of a variant that follows no chains, to a problem that consists of them.
fn without_chains(variant: &Variant) -> Mismatch {
    let what = format!("{} follows no chains", variant.name());
    Mismatch { what, place: "every chain".to_owned(), expected: 0.0, found: f64::NAN, bound: 0.0 }
}

/// The 32-bit words of an array in device format.
fn words(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
}

/// The mismatch of a word.
fn wrong_word(what: &str, place: String, expected: u32, found: u32) -> Mismatch {
    let [expected, found] = [expected, found].map(f64::from);
    Mismatch { what: what.to_owned(), place, expected, found, bound: 0.0 }
}
