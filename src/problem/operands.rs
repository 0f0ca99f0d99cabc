//! Operands: seeded, so that a run can be repeated and an answer recomputed from the record alone.
//!
//! Each value follows from the seed and its place, so that nothing has to be kept: arrays of gigabytes are made piece by piece, and any
//! element again when an answer is checked.

use std::ops::Range;

use float8::{F8E4M3, F8E5M2};
use half::{bf16, f16};
use serde::{Deserialize, Serialize};

use super::rounding::{to_bfloat, to_e4m3, to_e5m2, to_half};
use super::{Chase, Element, Matmul, MatrixPeak, Peak, Problem, chains, index};
use crate::threads::parallel;

/// What operands are filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Fill {
    /// Uniform in [-1, 1), every bit of the significand used. Timed runs use this: speed depends on the data.
    Random,
    /// What is exact on every device: integers so small that no partial sum rounds, whatever the order of summation. For a peak, values whose
    /// chains settle, so that it does not matter whether multiply-adds are fused.
    Integers,
}

/// Bytes that are not worth more than one core.
const PIECE: u64 = 1 << 20;

/// The input arrays of a problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Operands {
    problem: Problem,
    fill: Fill,
    seed: u64,
}

impl Operands {
    /// The operands of `problem` that `fill` makes from `seed`.
    pub fn new(problem: Problem, fill: Fill, seed: u64) -> Self {
        Self { problem, fill, seed }
    }

    /// The problem.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// What they are filled with.
    pub fn fill(&self) -> Fill {
        self.fill
    }

    /// What they are made from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Type of the values.
    pub fn element(&self) -> Element {
        match self.problem {
            Problem::Matmul(Matmul { input, .. }) | Problem::MatrixPeak(MatrixPeak { input, .. }) => input,
            Problem::Peak(Peak { element, .. }) => element,
            Problem::Chase(_) => Element::I32,
            _ => Element::F32,
        }
    }

    /// The value at `index` of the input array `array`, as the device has it.
    pub fn value(&self, array: usize, index: u64) -> f64 {
        let element = self.element();
        let bits = self.bits(array, index);
        match (self.problem, self.fill) {
            // B's transpose.
            (Problem::Matmul(Matmul { n, k, .. }), _) if array == 2 => {
                let (column, row) = (index / u64::from(k), index % u64::from(k));
                let packed = u64::from(element.per_word());
                self.value(1, (row / packed * u64::from(n) + column) * packed + row % packed)
            }
            (Problem::MatrixPeak(MatrixPeak { m, k, .. }), fill) => {
                self.fragment_value(array, index, [m, k].map(u64::from), fill)
            }
            (Problem::Chase(chase), _) => self.next_address(&chase, index),
            (Problem::Peak(_), fill) if element != Element::I8 => rounded(
                element,
                if array == 0 { chains::start(fill, fraction(bits)) } else { chains::constant(fill, index) },
            ),
            (_, Fill::Random) => random_value(element, bits),
            (_, Fill::Integers) => integer(bits, integer_amplitude(&self.problem)),
        }
    }

    /// Factors of chains of fragments. The second one on the left undoes the first, so that sums stay small however many steps there are (bytes are random);
    /// of integers it undoes all but one column in each row, so that the sums tell how many steps were made.
    fn fragment_value(&self, array: usize, index: u64, [m, k]: [u64; 2], fill: Fill) -> f64 {
        let first = |array: usize, index: u64| match fill {
            Fill::Random => random_value(self.element(), self.bits(array, index)),
            Fill::Integers => integer(self.bits(array, index), 1),
        };
        let matrix = m * k;
        match (array, fill) {
            // Sums of bytes wrap around, which is exact.
            (0, Fill::Random) if self.element() == Element::I8 => first(0, index),
            (0, _) if index < matrix => first(0, index),
            (0, Fill::Random) => -first(0, index - matrix),
            (0, Fill::Integers) => {
                let (row, column) = ((index - matrix) / k, (index - matrix) % k);
                let choice = self.bits(2, row);
                let left = if choice % k == column { sign(choice) } else { 0.0 };
                left - first(0, index - matrix)
            }
            (_, Fill::Random) => first(array, index),
            (_, Fill::Integers) => sign(self.bits(array, index)),
        }
    }

    /// Of an entry, the place of the next one; what lies between entries is zero.
    fn next_address(&self, chase: &Chase, index: u64) -> f64 {
        if index.is_multiple_of(chase.spacing()) {
            f64::from(chase.address(chase.cycle(self.seed).after(index / chase.spacing())))
        } else {
            0.0
        }
    }

    /// The bytes of the input array `array` in `range`, which begins and ends between elements, in device format.
    ///
    /// # Panics
    /// Panics if a thread cannot be had.
    pub fn bytes(&self, array: usize, range: Range<u64>) -> Vec<u8> {
        let mut bytes = vec![0; index(range.end - range.start)];
        let first = range.start / self.element().size();
        if range.end - range.start <= PIECE {
            self.fill_piece(array, first, &mut bytes);
        } else {
            parallel::pieces_of(&mut bytes, self.element().size(), |before, piece| {
                self.fill_piece(array, first + before, piece);
            });
        }
        bytes
    }

    /// Fills `piece` with the elements from number `first` on.
    fn fill_piece(&self, array: usize, first: u64, piece: &mut [u8]) {
        if self.is_plain_f32(array) {
            for (index, word) in (first..).zip(piece.as_chunks_mut().0) {
                *word = random_f32(self.bits(array, index)).to_le_bytes();
            }
        } else if let Problem::Chase(chase) = &self.problem {
            self.link(chase, first, piece);
        } else {
            encode(self.element(), piece, |place| self.value(array, first + place));
        }
    }

    /// Fills the entries of `chase` in `piece`, which is zero and begins with word number `first`.
    fn link(&self, chase: &Chase, first: u64, piece: &mut [u8]) {
        let (cycle, spacing) = (chase.cycle(self.seed), chase.spacing());
        for (index, word) in (first..).zip(piece.as_chunks_mut().0).filter(|(index, _)| index.is_multiple_of(spacing)) {
            *word = chase.address(cycle.after(index / spacing)).to_le_bytes();
        }
    }

    /// Whether every value of `array` is a random single that depends on nothing but its place: most of what is timed, and made the fastest.
    fn is_plain_f32(&self, array: usize) -> bool {
        let own_place = match self.problem {
            Problem::Matmul(_) => array < 2,
            Problem::MatrixPeak(_) | Problem::Peak(_) | Problem::Chase(_) => false,
            _ => true,
        };
        own_place && self.fill == Fill::Random && self.element() == Element::F32
    }

    /// 64 bits for each place: `SplitMix64`'s sequence (Steele, Lea and Flood, OOPSLA 2014), which can be entered anywhere.
    fn bits(&self, array: usize, index: u64) -> u64 {
        let start = self.seed ^ (array as u64 + 1).wrapping_mul(0xd1b5_4a32_d192_ed03);
        let state = start.wrapping_add((index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Uniform in [0, 1), of 53 bits.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit an f64")]
fn fraction(bits: u64) -> f64 {
    (bits >> 11) as f64 * 2.0f64.powi(-53)
}

/// Uniform in [-1, 1) with as many bits as the type has; any byte.
fn random_value(element: Element, bits: u64) -> f64 {
    match element {
        Element::I8 => f64::from(bits.to_be_bytes()[0].cast_signed()),
        Element::F32 => f64::from(random_f32(bits)),
        // Twice a fraction is exact, as in a fused operation, which processors without one take long for.
        _ => rounded(element, 2.0 * fraction(bits) - 1.0),
    }
}

/// Uniform in [-1, 1), of 24 bits; nothing rounds.
#[expect(clippy::cast_precision_loss, reason = "24 bits fit an f32")]
fn random_f32(bits: u64) -> f32 {
    const UNIT: f32 = 1.0 / (1 << 23) as f32;
    (bits >> 40) as f32 * UNIT - 1.0
}

/// An integer of magnitude up to `amplitude`.
#[expect(clippy::cast_precision_loss, reason = "integers are small")]
fn integer(bits: u64, amplitude: u64) -> f64 {
    // The highest bits, scaled: of a remainder only the lowest would count.
    let spread = u128::from(2 * amplitude + 1);
    ((u128::from(bits) * spread) >> 64) as f64 - amplitude as f64
}

/// One or minus one, by the highest bit.
fn sign(bits: u64) -> f64 {
    if bits.leading_zeros() == 0 { -1.0 } else { 1.0 }
}

/// `value` as `element` holds it.
#[expect(clippy::cast_possible_truncation, reason = "rounding is the point")]
fn rounded(element: Element, value: f64) -> f64 {
    match element {
        Element::F64 => value,
        Element::F32 => f64::from(value as f32),
        Element::F16 => to_half(value).to_f64(),
        Element::Bf16 => to_bfloat(value).to_f64(),
        Element::E4m3 => to_e4m3(value).to_f64(),
        Element::E5m2 => to_e5m2(value).to_f64(),
        Element::I8 | Element::I32 => value.trunc(),
    }
}

/// Fills `bytes` with what `value` is for the first element, the second, and so on.
#[expect(clippy::cast_possible_truncation, reason = "values are those of the element's type")]
fn encode(element: Element, bytes: &mut [u8], value: impl Fn(u64) -> f64) {
    fn each<const N: usize>(bytes: &mut [u8], bytes_of: impl Fn(u64) -> [u8; N]) {
        (0..).zip(bytes.as_chunks_mut().0).for_each(|(place, element)| *element = bytes_of(place));
    }
    match element {
        Element::F64 => each(bytes, |place| value(place).to_le_bytes()),
        Element::F32 => each(bytes, |place| (value(place) as f32).to_le_bytes()),
        Element::F16 => each(bytes, |place| to_half(value(place)).to_le_bytes()),
        Element::Bf16 => each(bytes, |place| to_bfloat(value(place)).to_le_bytes()),
        Element::E4m3 => each(bytes, |place| [to_e4m3(value(place)).to_bits()]),
        Element::E5m2 => each(bytes, |place| [to_e5m2(value(place)).to_bits()]),
        Element::I8 => each(bytes, |place| (value(place) as i8).to_le_bytes()),
        Element::I32 => each(bytes, |place| (value(place) as i32).to_le_bytes()),
    }
}

/// The largest magnitude of operands for which sums stay exact integers.
///
/// Up to K·a² ≤ 2^p no order of summation can leave the exact range. For longer sums, operands from {-1, 0, 1} walk at random
/// with a standard deviation of ⅔·√K, ten of which stay below 2^11 up to K = 94 000.
fn integer_amplitude(problem: &Problem) -> u64 {
    match *problem {
        Problem::Matmul(Matmul { k, input, accumulator, .. }) => {
            (accumulator.of_sums(input).exact_integer_limit / u64::from(k.max(1))).isqrt().clamp(1, 8)
        }
        Problem::Peak(_) | Problem::MatrixPeak(_) => 127,
        _ => 1000,
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
        self.at(row * self.columns + column)
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
            Element::Bf16 => bf16::from_le_bytes(self.value(index)).to_f64(),
            Element::E4m3 => F8E4M3::from_bits(self.bytes[index]).to_f64(),
            Element::E5m2 => F8E5M2::from_bits(self.bytes[index]).to_f64(),
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
        self.bytes.len() / index(self.element.size())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRODUCT: Matmul =
        Matmul { m: 64, n: 64, k: 64, input: Element::F16, accumulator: Element::F32, transposed_too: true };

    #[test]
    fn pieces_are_those_of_the_whole_and_every_value_is_what_the_device_has() {
        let chase = Problem::Chase(Chase { bytes: 4 << 20, stride: 64, steps: 7 });
        let products = [Element::F16, Element::Bf16, Element::E4m3, Element::E5m2]
            .map(|input| Problem::Matmul(Matmul { input, ..PRODUCT }));
        let peak = Problem::Peak(Peak { element: Element::F64, chains: 4096, steps: 1 });
        for problem in [&[peak, chase][..], &products].concat() {
            for fill in [Fill::Random, Fill::Integers] {
                let operands = Operands::new(problem, fill, 7);
                let whole = operands.bytes(0, 0..4096);
                assert_eq!(operands.bytes(0, 1024..2048), whole[1024..2048], "{problem:?} {fill:?}");
                let end = (1 << 21) + 24;
                let long = operands.bytes(0, 0..end);
                assert_eq!(long[..4096], whole, "{problem:?} {fill:?} on all cores");
                assert_eq!(
                    operands.bytes(0, end - 1024..end),
                    long[long.len() - 1024..],
                    "{problem:?} {fill:?}, its end"
                );
                let matrix = Matrix::new(&whole, operands.element(), 1);
                let same = |at: usize| matrix.at(at).total_cmp(&operands.value(0, at as u64)).is_eq();
                assert!((0..matrix.len()).all(same), "{problem:?} {fill:?}");
            }
        }
    }

    #[test]
    fn random_values_fill_their_range_and_differ_between_arrays_and_seeds() {
        let values = |seed, array| -> Vec<f64> {
            let operands = Operands::new(Problem::Matmul(PRODUCT), Fill::Random, seed);
            (0..4096).map(|index| operands.value(array, index)).collect()
        };
        let ours = values(7, 0);
        let mean = ours.iter().sum::<f64>() / 4096.0;
        assert!(mean.abs() < 0.05 && ours.iter().all(|value| value.abs() <= 1.0), "mean {mean}");
        assert!(ours.iter().any(|value| *value > 0.99) && ours.iter().any(|value| *value < -0.99), "the ends");
        for other in [values(8, 0), values(7, 1)] {
            let equal = ours.iter().zip(&other).filter(|(one, other)| one.total_cmp(other).is_eq()).count();
            assert!(equal < 40, "{equal} of 4096 values agree");
        }
    }
}
