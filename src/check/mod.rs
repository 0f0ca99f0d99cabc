//! Is the answer right? Comparison of what a device computed with what it should have.
//!
//! A NaN never passes: every comparison is written so that it fails unless the values are known to agree.

mod peak;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::data::{self, Fill, Matrix};
use crate::kernel::TRIAD_SCALE;
use crate::problem::{Element, MemoryOp, Problem};

/// What outputs hold before a kernel runs: a NaN as f32, as f16 and as a pair of them, so that what was not written is seen.
pub const UNWRITTEN: u32 = 0x7fff_7fff;

/// Bytes behind every output that no kernel may touch.
pub const GUARD_BYTES: u64 = 1024;

/// Proof that an answer was compared and found right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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

/// The first element that is wrong, or a guard word that was overwritten.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub struct Mismatch {
    /// What was compared, in words.
    pub what: String,
    /// Where, such as `element 17` or `row 3`.
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
    problem: Problem,
    fill: Fill,
    inputs: Vec<Vec<u8>>,
    /// Of a product, each element and how far an answer may lie from it, row by row; empty for what is cheap to compute again.
    elements: Vec<(f64, f64)>,
}

impl Expected {
    /// The answer to `problem` with operands made by `fill` from `seed`.
    pub fn new(problem: Problem, fill: Fill, seed: u64) -> Self {
        let inputs = data::inputs(&problem, fill, seed);
        let elements = match problem {
            Problem::Matmul { .. } => {
                let product = Product::new(&problem, fill, &inputs);
                product.places().map(|place| product.element(place)).collect()
            }
            Problem::Peak { .. } | Problem::Memory { .. } => Vec::new(),
        };
        Self { problem, fill, inputs, elements }
    }

    /// The operands.
    pub fn inputs(&self) -> &[Vec<u8>] {
        &self.inputs
    }

    /// Compares every element. `output` is the output array followed by its guard. Integer operands must match exactly, random ones within
    /// [`error_bound`].
    ///
    /// # Errors
    /// The first element that differs, or a guard word that changed.
    pub fn compare(&self, output: &[u8]) -> Result<Check, Mismatch> {
        let answer = guarded(&self.problem, output)?;
        match self.problem {
            Problem::Matmul { .. } => {
                let product = Product::new(&self.problem, self.fill, &self.inputs);
                product.compare(answer, product.places().zip(self.elements.iter().copied()))
            }
            Problem::Peak { .. } => peak::every_chain(&self.problem, self.fill, &self.inputs, answer),
            Problem::Memory { operation, .. } => memory_pass(operation, &self.inputs, answer),
        }
    }
}

/// Compares `count` elements of a product, spread over the answer by `seed`, and its four corners; and looks for NaN everywhere.
/// A memory pass is compared whole.
///
/// # Errors
/// The first element that differs, or a guard word that changed.
pub fn sampled(
    problem: &Problem,
    inputs: &[Vec<u8>],
    output: &[u8],
    count: usize,
    seed: u64,
) -> Result<Check, Mismatch> {
    let answer = guarded(problem, output)?;
    let (m, n, accumulator) = match *problem {
        Problem::Matmul { m, n, accumulator, .. } => (m, n, accumulator),
        Problem::Peak { .. } => return peak::sampled(problem, Fill::Random, inputs, answer, seed),
        Problem::Memory { operation, .. } => return memory_pass(operation, inputs, answer),
    };
    let (rows, columns) = (m as usize, n as usize);
    let c = Matrix::new(answer, accumulator, n);
    for row in 0..rows {
        if let Some(column) = (0..columns).find(|&column| !c.get(row, column).is_finite()) {
            return Err(at("timed run", row, column, 0.0, c.get(row, column), f64::INFINITY));
        }
    }
    let mut random = fastrand::Rng::with_seed(seed);
    let corners = [(0, 0), (0, columns - 1), (rows - 1, 0), (rows - 1, columns - 1)];
    let anywhere = std::iter::repeat_with(|| (random.usize(..rows), random.usize(..columns))).take(count);
    let product = Product::new(problem, Fill::Random, inputs);
    product.compare(answer, corners.into_iter().chain(anywhere).map(|place| (place, product.element(place))))
}

/// A product's operands.
struct Product<'a> {
    problem: Problem,
    fill: Fill,
    a: Matrix<'a>,
    b: Matrix<'a>,
    k: u32,
    columns: u32,
    accumulator: Element,
}

impl<'a> Product<'a> {
    fn new(problem: &Problem, fill: Fill, inputs: &'a [Vec<u8>]) -> Self {
        let Problem::Matmul { n, k, input, accumulator, .. } = *problem else { unreachable!("a product has matrices") };
        let (a, b) = (Matrix::new(&inputs[0], input, k), Matrix::right(&inputs[1], input, n));
        Self { problem: *problem, fill, a, b, k, columns: n, accumulator }
    }

    fn places(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let columns = self.columns as usize;
        (0..self.a.rows()).flat_map(move |row| (0..columns).map(move |column| (row, column)))
    }

    /// The element of C at a place, and how far an answer may lie from it.
    fn element(&self, (row, column): (usize, usize)) -> (f64, f64) {
        let (mut sum, mut magnitude) = (0.0, 0.0);
        for i in 0..self.k as usize {
            let term = self.a.get(row, i) * self.b.get(i, column);
            sum += term;
            magnitude += term.abs();
        }
        let bound = match self.fill {
            Fill::Integers => 0.0,
            Fill::Random => error_bound(self.accumulator, self.k, magnitude),
        };
        (sum, bound)
    }

    fn compare(
        &self,
        answer: &[u8],
        elements: impl Iterator<Item = ((usize, usize), (f64, f64))>,
    ) -> Result<Check, Mismatch> {
        let c = Matrix::new(answer, self.accumulator, self.columns);
        let (mut worst, mut count) = (Worst::default(), 0);
        for ((row, column), (expected, bound)) in elements {
            let found = c.get(row, column);
            let error = (found - expected).abs();
            if !(error <= bound) {
                let what = format!("{:?} data, {}", self.fill, self.problem).to_lowercase();
                return Err(at(&what, row, column, expected, found, bound));
            }
            worst.see(error, bound);
            count += 1;
        }
        let method = match self.fill {
            Fill::Integers => format!("integers, exact, {}", self.problem),
            Fill::Random => format!("random data against f64, {}", self.problem),
        };
        Ok(Check { method, elements: count, max_error: worst.error, bound: worst.bound })
    }
}

/// Covers every element of a large product of integers by a checksum: C·x = A·(B·x) in arithmetic modulo 2^64, with a random x.
///
/// A wrong element escapes with a probability of at most 2^-32 (Freivalds, with x drawn from 2^32 values); a fraction, an
/// infinity or a NaN is no integer and never passes.
///
/// # Errors
/// The first row whose checksum differs, or a guard word that changed.
pub fn integer_checksum(problem: &Problem, inputs: &[Vec<u8>], output: &[u8], seed: u64) -> Result<Check, Mismatch> {
    let answer = guarded(problem, output)?;
    let (m, n, k, input, accumulator) = match *problem {
        Problem::Matmul { m, n, k, input, accumulator } => (m, n, k, input, accumulator),
        Problem::Peak { .. } => return peak::sampled(problem, Fill::Integers, inputs, answer, seed),
        Problem::Memory { operation, .. } => return memory_pass(operation, inputs, answer),
    };
    let mut random = fastrand::Rng::with_seed(seed);
    let x: Vec<i64> = (0..n).map(|_| i64::from(random.u32(..))).collect();
    let times = |matrix: Matrix<'_>, vector: &[i64]| -> Result<Vec<i64>, Mismatch> {
        (0..matrix.rows()).map(|row| row_times(&matrix, row, vector)).collect()
    };
    let expected = times(Matrix::new(&inputs[0], input, k), &times(Matrix::right(&inputs[1], input, n), &x)?)?;
    let found = times(Matrix::new(answer, accumulator, n), &x)?;
    let what = "integer checksum of the whole product";
    if let Some(row) = (0..m as usize).find(|&row| expected[row] != found[row]) {
        #[expect(clippy::cast_precision_loss, reason = "shown to people only")]
        let (expected, found) = (expected[row] as f64, found[row] as f64);
        return Err(Mismatch { what: what.to_owned(), place: format!("row {row}"), expected, found, bound: 0.0 });
    }
    let method = format!("integers, exact row checksums, {problem}");
    Ok(Check { method, elements: u64::from(m) * u64::from(n), max_error: 0.0, bound: 0.0 })
}

fn row_times(matrix: &Matrix<'_>, row: usize, vector: &[i64]) -> Result<i64, Mismatch> {
    (0..matrix.columns()).try_fold(0i64, |sum, column| {
        let value = matrix.get(row, column);
        #[expect(clippy::cast_possible_truncation, reason = "compared with what it was on the next line")]
        let integer = value as i64;
        #[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "an integer of a matrix is exact in f64")]
        if integer as f64 != value {
            return Err(at("integer data", row, column, 0.0, value, f64::INFINITY));
        }
        Ok(sum.wrapping_add(integer.wrapping_mul(vector[column])))
    })
}

/// How far a sum of K rounded multiply-adds may lie from the exact one: the smaller of two bounds times `magnitude` = Σ|a||b|.
///
/// γ = n·u/(1 − n·u) holds for every order of summation, fused or not, with n = 2·K roundings (Higham, Accuracy and Stability of
/// Numerical Algorithms, §3.1). 8·√n·u is what rounding errors that do not conspire exceed with a probability below 2·exp(−32)
/// (Higham and Mary, SIAM J. Sci. Comput. 41, 2019); long sums in f16 have no other useful bound.
///
/// The reference rounds as f64 does, so that a comparison in f64 has to allow for both.
pub fn error_bound(accumulator: Element, k: u32, magnitude: f64) -> f64 {
    let u = accumulator.unit_roundoff() * if accumulator == Element::F64 { 2.0 } else { 1.0 };
    let roundings = 2.0 * f64::from(k);
    let worst_case = if roundings * u < 1.0 { roundings * u / (1.0 - roundings * u) } else { f64::INFINITY };
    let probable = 8.0 * roundings.sqrt() * u;
    worst_case.min(probable) * magnitude
}

fn memory_pass(operation: MemoryOp, inputs: &[Vec<u8>], answer: &[u8]) -> Result<Check, Mismatch> {
    let method = match operation {
        MemoryOp::Read => {
            let total = |bytes| words(bytes).fold(0u32, u32::wrapping_add);
            let (expected, found) = (total(&inputs[0]), total(answer));
            if expected != found {
                let place = "the sum of all words modulo 2^32".to_owned();
                let [expected, found] = [expected, found].map(f64::from);
                return Err(Mismatch { what: "read".to_owned(), place, expected, found, bound: 0.0 });
            }
            "sum of every word read, modulo 2^32"
        }
        MemoryOp::Copy => {
            equal("copy", answer, floats(&inputs[0]))?;
            "every word equal"
        }
        MemoryOp::Triad => {
            let pairs = floats(&inputs[0]).zip(floats(&inputs[1]));
            equal("triad", answer, pairs.map(|(left, right)| TRIAD_SCALE.mul_add(right, left)))?;
            "every word equal"
        }
    };
    Ok(Check { method: method.to_owned(), elements: inputs[0].len() as u64 / 4, max_error: 0.0, bound: 0.0 })
}

/// Compares as floats, so that the two zeros are one number and a NaN is none.
fn equal(what: &str, answer: &[u8], expected: impl Iterator<Item = f32>) -> Result<(), Mismatch> {
    #[expect(clippy::float_cmp, reason = "the answer is defined to the last bit")]
    let wrong = floats(answer).zip(expected).enumerate().find(|(_, (found, expected))| found != expected);
    wrong.map_or(Ok(()), |(index, (found, expected))| {
        let place = format!("element {index}");
        let [expected, found] = [expected, found].map(f64::from);
        Err(Mismatch { what: what.to_owned(), place, expected, found, bound: 0.0 })
    })
}

/// The 32-bit words of an array in device format.
fn words(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
}

fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> {
    words(bytes).map(f32::from_bits)
}

/// The answer without its guard, once the guard is seen to be untouched.
fn guarded<'a>(problem: &Problem, output: &'a [u8]) -> Result<&'a [u8], Mismatch> {
    let size = usize::try_from(problem.output_bytes()).unwrap_or(usize::MAX);
    let guard = output.get(size..).unwrap_or_default();
    let intact = |word: &[u8]| word == UNWRITTEN.to_le_bytes();
    if guard.len() as u64 != GUARD_BYTES {
        let place = format!("the answer's length of {} bytes", output.len());
        #[expect(clippy::cast_precision_loss, reason = "shown to people only")]
        let (expected, found) = ((problem.output_bytes() + GUARD_BYTES) as f64, output.len() as f64);
        return Err(Mismatch { what: "read-back".to_owned(), place, expected, found, bound: 0.0 });
    }
    match guard.chunks(4).position(|word| !intact(word)) {
        None => Ok(&output[..size]),
        Some(word) => Err(Mismatch {
            what: "write past the end of the output".to_owned(),
            place: format!("guard word {word}"),
            expected: f64::from(UNWRITTEN),
            found: f64::NAN,
            bound: 0.0,
        }),
    }
}

fn at(what: &str, row: usize, column: usize, expected: f64, found: f64, bound: f64) -> Mismatch {
    Mismatch { what: what.to_owned(), place: format!("element ({row}, {column})"), expected, found, bound }
}
