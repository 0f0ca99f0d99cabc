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
    /// What is exact on every device: integers so small that no partial sum rounds, whatever the order of summation. For a peak, values whose
    /// chains settle, so that it does not matter whether multiply-adds are fused.
    Integers,
}

/// The input arrays of `problem` as the device stores them, one `Vec` for each.
pub fn inputs(problem: &Problem, fill: Fill, seed: u64) -> Vec<Vec<u8>> {
    let element = match *problem {
        Problem::Matmul { input, .. } => input,
        Problem::Peak { element, .. } => element,
        Problem::Memory { .. } => Element::F32,
    };
    let amplitude = integer_amplitude(problem);
    let fill_one = |(array, bytes): (usize, u64)| {
        let mut random = fastrand::Rng::with_seed(seed ^ (array as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let count = usize::try_from(bytes / element.size()).expect("an array that fits a device fits an address space");
        let mut next = || match (problem, fill) {
            (Problem::Peak { .. }, _) if element != Element::I8 => peak_value(array, fill, &mut random),
            (_, Fill::Random) => random_value(element, &mut random),
            (_, Fill::Integers) => f64::from(random.i16(-amplitude..=amplitude)),
        };
        encode(element, std::iter::repeat_with(&mut next).take(count))
    };
    problem.input_bytes().into_iter().enumerate().map(fill_one).collect()
}

/// Uniform in [-1, 1) with as many bits as an f64 has; any byte.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit an f64")]
fn random_value(element: Element, random: &mut fastrand::Rng) -> f64 {
    match element {
        Element::I8 => f64::from(random.i8(..)),
        Element::F32 => f64::from((random.u32(0..1 << 24) as f32).mul_add(2.0f32.powi(-23), -1.0)),
        Element::F16 | Element::F64 | Element::I32 => ((random.u64(..) >> 11) as f64).mul_add(2.0f64.powi(-52), -1.0),
    }
}

/// Start values (array 0) and the constant (array 1) of x ← x² + c.
///
/// c = -1.8 lies in the chaotic part of the Mandelbrot set's axis: values stay within [-1.8, 1.44] and never repeat. c = ¼ is its cusp: from
/// |x| ≤ ½ values creep towards the fixed point ½, as ½ - 1/n after n steps, so that the result tells how many steps were made.
fn peak_value(array: usize, fill: Fill, random: &mut fastrand::Rng) -> f64 {
    match (array, fill) {
        (0, Fill::Random) => random.f64().mul_add(2.0, -1.0),
        (0, Fill::Integers) => random.f64() - 0.5,
        (_, Fill::Random) => -1.8,
        (_, Fill::Integers) => 0.25,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "rounded to the element's type; integers are in range")]
fn encode(element: Element, values: impl Iterator<Item = f64>) -> Vec<u8> {
    match element {
        Element::F64 => values.flat_map(f64::to_le_bytes).collect(),
        Element::F32 => values.flat_map(|value| (value as f32).to_le_bytes()).collect(),
        Element::F16 => values.flat_map(|value| f16::from_f64(value).to_le_bytes()).collect(),
        Element::I8 => values.flat_map(|value| (value as i8).to_le_bytes()).collect(),
        Element::I32 => values.flat_map(|value| (value as i32).to_le_bytes()).collect(),
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
        Problem::Peak { .. } => 127,
        Problem::Memory { .. } => 1000,
    }
}

/// A row-major matrix (or a plain array, one row) in device format.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    bytes: &'a [u8],
    element: Element,
    columns: usize,
    rows_of_word: usize,
}

impl<'a> Matrix<'a> {
    /// A view of `bytes` with rows of `columns` elements.
    pub fn new(bytes: &'a [u8], element: Element, columns: u32) -> Self {
        Self { bytes, element, columns: columns as usize, rows_of_word: 1 }
    }

    /// A view of the right operand of a product, whose words hold neighbours of a column where its type is packed.
    pub fn right(bytes: &'a [u8], element: Element, columns: u32) -> Self {
        Self { rows_of_word: element.per_word() as usize, ..Self::new(bytes, element, columns) }
    }

    /// The element at `row`, `column`.
    ///
    /// # Panics
    /// Outside of the matrix.
    pub fn get(&self, row: usize, column: usize) -> f64 {
        let word = row / self.rows_of_word * self.columns + column;
        self.at(word * self.rows_of_word + row % self.rows_of_word)
    }

    /// The element at `index` of the buffer.
    ///
    /// # Panics
    /// Outside of the matrix.
    pub fn at(&self, index: usize) -> f64 {
        match self.element {
            Element::F64 => f64::from_le_bytes(self.value(index)),
            Element::F32 => f64::from(f32::from_le_bytes(self.value(index))),
            Element::F16 => f16::from_le_bytes(self.value(index)).to_f64(),
            Element::I8 => f64::from(i8::from_le_bytes(self.value(index))),
            Element::I32 => f64::from(i32::from_le_bytes(self.value(index))),
        }
    }

    fn value<const N: usize>(&self, index: usize) -> [u8; N] {
        std::array::from_fn(|byte| self.bytes[index * N + byte])
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.len() / self.columns
    }

    /// Number of elements.
    #[expect(clippy::len_without_is_empty, reason = "no matrix is empty")]
    pub fn len(&self) -> usize {
        self.bytes.len() / usize::try_from(self.element.size()).unwrap_or(1)
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }
}
