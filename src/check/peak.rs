//! The answer of a chain of multiply-adds: followed on the processor, bit for bit.
//!
//! A device may round a multiply-add once or twice. Whichever it does, it does in every step of every chain, so that even chaotic values,
//! in which the slightest difference grows until nothing agrees, are those of one of a few kinds of arithmetic.

use super::{Check, Mismatch};
use crate::data::{Fill, Matrix};
use crate::problem::{Element, Problem};
use half::f16;

/// How a device computes x² + c.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arithmetic {
    /// Rounded once.
    Fused,
    /// The product is rounded, then the sum.
    RoundedTwice,
    /// In single precision, then rounded to half: where halves are emulated.
    ThroughSingle,
    /// Dot products of bytes, modulo 2^32.
    Integer,
}

impl Arithmetic {
    /// What a device may do with values of type `element`.
    fn of(element: Element) -> &'static [Self] {
        match element {
            Element::F32 | Element::F64 => &[Self::Fused, Self::RoundedTwice],
            Element::F16 => &[Self::Fused, Self::RoundedTwice, Self::ThroughSingle],
            Element::I8 | Element::I32 => &[Self::Integer],
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Fused => "fused",
            Self::RoundedTwice => "product and sum rounded",
            Self::ThroughSingle => "through single precision",
            Self::Integer => "exact",
        }
    }

    /// The value of `chain` after all steps.
    fn follow(self, chain: &Chains<'_>, lane: usize) -> f64 {
        let (first, constant) = (chain.first.at(lane), chain.constants.at(0));
        match (self, chain.element) {
            (Self::Integer, _) => f64::from(bytes_chain(chain.inputs, lane, chain.steps)),
            (_, Element::F32) => f64::from(self.follow_f32(first, constant, chain.steps)),
            (_, Element::F16) => self.follow_f16(first, constant, chain.steps),
            _ if self == Self::Fused => (0..chain.steps).fold(first, |x, _| x.mul_add(x, constant)),
            _ => (0..chain.steps).fold(first, |x, _| x * x + constant),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "f32 to begin with")]
    fn follow_f32(self, first: f64, constant: f64, steps: u32) -> f32 {
        let (first, constant) = (first as f32, constant as f32);
        if self == Self::Fused {
            (0..steps).fold(first, |x, _| x.mul_add(x, constant))
        } else {
            (0..steps).fold(first, |x, _| x * x + constant)
        }
    }

    /// The square of a half is exact in single precision, and its sum with another half in double precision.
    fn follow_f16(self, first: f64, constant: f64, steps: u32) -> f64 {
        (0..steps).fold(first, |x, _| {
            let square = if self == Self::RoundedTwice { f16::from_f64(x * x).to_f64() } else { x * x };
            #[expect(clippy::cast_possible_truncation, reason = "this is the rounding")]
            let sum =
                if self == Self::ThroughSingle { f64::from((square + constant) as f32) } else { square + constant };
            f16::from_f64(sum).to_f64()
        })
    }
}

/// A peak's operands and answer.
struct Chains<'a> {
    element: Element,
    steps: u32,
    inputs: &'a [Vec<u8>],
    first: Matrix<'a>,
    constants: Matrix<'a>,
    last: Matrix<'a>,
}

impl<'a> Chains<'a> {
    fn new(problem: &Problem, inputs: &'a [Vec<u8>], answer: &'a [u8]) -> Self {
        let Problem::Peak { element, steps, .. } = *problem else { unreachable!("a peak has chains") };
        // A chain of bytes is a word.
        let last = if element == Element::I8 { Element::I32 } else { element };
        let [first, constants] = [0, 1].map(|array| Matrix::new(&inputs[array], last, 1));
        Self { element, steps, inputs, first, constants, last: Matrix::new(answer, last, 1) }
    }

    /// The kind of arithmetic that gives what the device has for all of `lanes`; else the first lane that differs from the kind that goes
    /// the farthest.
    fn compare(&self, lanes: &[usize]) -> Result<Arithmetic, Mismatch> {
        #[expect(clippy::float_cmp, reason = "equal in every bit is the point; a NaN is equal to nothing")]
        let differs = |arithmetic: Arithmetic, lane: usize| arithmetic.follow(self, lane) != self.last.at(lane);
        let mut farthest = (0, Arithmetic::of(self.element)[0]);
        for &arithmetic in Arithmetic::of(self.element) {
            match lanes.iter().position(|&lane| differs(arithmetic, lane)) {
                None => return Ok(arithmetic),
                Some(place) => farthest = if place > farthest.0 { (place, arithmetic) } else { farthest },
            }
        }
        let (place, arithmetic) = farthest;
        let what = format!("chain of {} steps, {}", self.steps, arithmetic.describe());
        let (expected, found) = (arithmetic.follow(self, lanes[place]), self.last.at(lanes[place]));
        Err(Mismatch { what, place: format!("chain {}", lanes[place]), expected, found, bound: 0.0 })
    }
}

/// Compares every chain with the same recurrence on the processor.
///
/// # Errors
/// The first chain that ends elsewhere.
pub(super) fn every_chain(problem: &Problem, fill: Fill, inputs: &[Vec<u8>], answer: &[u8]) -> Result<Check, Mismatch> {
    let chains = Chains::new(problem, inputs, answer);
    let all: Vec<usize> = (0..chains.last.len()).collect();
    passed(problem, fill, chains.compare(&all)?, all.len())
}

/// Steps of all chains together that are followed where a problem has more.
const STEPS_FOLLOWED: usize = 1 << 22;

/// Compares the first and last chain and some between, spread by `seed`; looks at all of them for values that no chain can reach.
///
/// # Errors
/// The first chain that ends elsewhere.
pub(super) fn sampled(
    problem: &Problem,
    fill: Fill,
    inputs: &[Vec<u8>],
    answer: &[u8],
    seed: u64,
) -> Result<Check, Mismatch> {
    let chains = Chains::new(problem, inputs, answer);
    within_reach(&chains)?;
    let count = (STEPS_FOLLOWED / chains.steps.max(1) as usize).clamp(16, 256);
    let mut random = fastrand::Rng::with_seed(seed);
    let lanes = chains.last.len();
    let anywhere = std::iter::repeat_with(|| random.usize(..lanes)).take(count);
    let sample: Vec<usize> = [0, lanes - 1].into_iter().chain(anywhere).collect();
    passed(problem, fill, chains.compare(&sample)?, sample.len())
}

fn passed(problem: &Problem, fill: Fill, arithmetic: Arithmetic, elements: usize) -> Result<Check, Mismatch> {
    let kind = match fill {
        Fill::Integers => "settling",
        Fill::Random => "lively",
    };
    let method = format!("{kind} chains, every bit, {}, {problem}", arithmetic.describe());
    Ok(Check { method, elements: elements as u64, max_error: 0.0, bound: 0.0 })
}

/// Where x ← x² - 1.8 stays, with room for rounding.
const FARTHEST: f64 = 1.82;

fn within_reach(chains: &Chains<'_>) -> Result<(), Mismatch> {
    let outside = |lane: &usize| !(chains.last.at(*lane).abs() <= FARTHEST);
    match (0..chains.last.len()).find(outside).filter(|_| chains.element != Element::I8) {
        None => Ok(()),
        Some(lane) => {
            let (what, place) = ("a chain's reach".to_owned(), format!("chain {lane}"));
            Err(Mismatch { what, place, expected: 0.0, found: chains.last.at(lane), bound: FARTHEST })
        }
    }
}

/// x ← x + bytes(x)·bytes(m), modulo 2^32.
fn bytes_chain(inputs: &[Vec<u8>], lane: usize, steps: u32) -> i32 {
    let word = |bytes: &[u8], index: usize| i32::from_le_bytes(std::array::from_fn(|byte| bytes[index * 4 + byte]));
    let constant = word(&inputs[1], 0).to_le_bytes().map(u8::cast_signed);
    (0..steps).fold(word(&inputs[0], lane), |x, _| {
        let bytes = x.to_le_bytes().map(u8::cast_signed);
        let products = bytes.into_iter().zip(constant).map(|(left, right)| i32::from(left) * i32::from(right));
        x.wrapping_add(products.sum())
    })
}
