//! Operands: seeded, so that a run can be repeated and an answer recomputed from the record alone.

use half::f16;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::problem::{Element, Problem};

/// What operands are filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fill {
    /// Uniform in [-1, 1), every bit of the significand used. Timed runs use this: speed depends on the data.
    Random,
    /// Integers so small that every partial sum is exact, whatever the order of summation.
    Integers,
}

/// The input arrays of `problem` as the device stores them, one `Vec` for each.
pub fn inputs(problem: &Problem, fill: Fill, seed: u64) -> Vec<Vec<u8>> {
    let element = match *problem {
        Problem::Matmul { input, .. } => input,
        Problem::Memory { .. } => Element::F32,
    };
    let amplitude = integer_amplitude(problem);
    let fill_one = |(array, bytes): (usize, u64)| {
        let mut random = fastrand::Rng::with_seed(seed ^ (array as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let count = usize::try_from(bytes / element.size()).expect("an array that fits a device fits an address space");
        let next = || match fill {
            #[expect(clippy::cast_precision_loss, reason = "24 bits fit an f32")]
            Fill::Random => (random.u32(0..1 << 24) as f32).mul_add(2.0f32.powi(-23), -1.0),
            Fill::Integers => f32::from(random.i16(-amplitude..=amplitude)),
        };
        encode(element, std::iter::repeat_with(next).take(count))
    };
    problem.input_bytes().into_iter().enumerate().map(fill_one).collect()
}

fn encode(element: Element, values: impl Iterator<Item = f32>) -> Vec<u8> {
    match element {
        Element::F32 => values.flat_map(f32::to_le_bytes).collect(),
        Element::F16 => values.flat_map(|value| f16::from_f32(value).to_le_bytes()).collect(),
    }
}

/// The largest magnitude of operands for which sums stay exact integers.
///
/// Up to K·a² ≤ 2^p no order of summation can leave the exact range. For longer sums, operands from {-1, 0, 1} walk at random
/// with a standard deviation of ⅔·√K, ten of which stay below 2^11 up to K = 94 000.
fn integer_amplitude(problem: &Problem) -> i16 {
    match *problem {
        Problem::Matmul { k, accumulator, .. } => {
            let limit = accumulator.exact_integer_limit() / u64::from(k);
            i16::try_from(limit.isqrt().clamp(1, 8)).unwrap_or(1)
        }
        Problem::Memory { .. } => 1000,
    }
}

/// A row-major matrix (or a plain array, one row) in device format.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    bytes: &'a [u8],
    element: Element,
    columns: usize,
}

impl<'a> Matrix<'a> {
    /// A view of `bytes` with rows of `columns` elements.
    pub fn new(bytes: &'a [u8], element: Element, columns: u32) -> Self {
        Self { bytes, element, columns: columns as usize }
    }

    /// The element at `row`, `column`.
    ///
    /// # Panics
    /// Outside of the matrix.
    pub fn get(&self, row: usize, column: usize) -> f64 {
        let index = row * self.columns + column;
        match self.element {
            Element::F32 => {
                let bytes = &self.bytes[index * 4..index * 4 + 4];
                f64::from(f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            }
            Element::F16 => {
                let bytes = &self.bytes[index * 2..index * 2 + 2];
                f16::from_le_bytes([bytes[0], bytes[1]]).to_f64()
            }
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.bytes.len() / self.columns / if self.element == Element::F16 { 2 } else { 4 }
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }
}
