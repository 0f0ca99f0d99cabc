//! The answer of a chain of multiply-adds: followed on the processor, bit for bit.
//!
//! A device may round a multiply-add once or twice. Whichever it does, it does in every step of a kind, of every chain, so that even chaotic
//! values, in which the slightest difference grows until nothing agrees, are those of one of a few kinds of arithmetic.

use half::f16;

use super::answer::Answer;
use super::{Check, Mismatch};
use crate::kernel::Recurrence;
use crate::problem::rounding::to_half;
use crate::problem::{ChainConstant, Element, Fill, Matrix, Operands, Peak, STRETCH};

/// How a device computes a·b + c.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rounding {
    /// Rounded once.
    Fused,
    /// The product is rounded, then the sum.
    Twice,
    /// In single precision, then rounded to half: where halves are emulated.
    ThroughSingle,
    /// Dot products of bytes, modulo 2^32.
    Exact,
}

impl Rounding {
    /// What a device may do with values of type `element`.
    fn of(element: Element) -> &'static [Self] {
        match element {
            Element::F32 | Element::F64 => &[Self::Fused, Self::Twice],
            Element::F16 => &[Self::Fused, Self::Twice, Self::ThroughSingle],
            // Of the narrow types there are no chains.
            Element::I8 | Element::I32 | Element::Bf16 | Element::E4m3 | Element::E5m2 => &[Self::Exact],
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Fused => "fused",
            Self::Twice => "product and sum rounded",
            Self::ThroughSingle => "through single precision",
            Self::Exact => "exact",
        }
    }

    /// `a·b + c` of values of type `element`.
    #[expect(clippy::cast_possible_truncation, reason = "f32 to begin with")]
    fn multiply_add(self, element: Element, a: f64, b: f64, c: f64) -> f64 {
        let fused = self == Self::Fused;
        match element {
            Element::F16 => self.multiply_add_f16(a, b, c),
            Element::F32 if fused => f64::from((a as f32).mul_add(b as f32, c as f32)),
            Element::F32 => f64::from(a as f32 * b as f32 + c as f32),
            _ if fused => a.mul_add(b, c),
            _ => a * b + c,
        }
    }

    /// The product of two halves is exact in single precision, and its sum with another half in double precision.
    fn multiply_add_f16(self, a: f64, b: f64, c: f64) -> f64 {
        let product = if self == Self::Twice { to_half(a * b).to_f64() } else { a * b };
        #[expect(clippy::cast_possible_truncation, reason = "this is the rounding")]
        let sum = if self == Self::ThroughSingle { f64::from((product + c) as f32) } else { product + c };
        to_half(sum).to_f64()
    }
}

/// How a device computes the steps of a chain. Squares that fold an affine chain back have a rounding of their own: what can be fused depends on
/// where operands are (RADV rounds twice where both a and b are uniform, on chips whose instructions read one uniform value each).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Arithmetic {
    steps: Rounding,
    folds: Rounding,
}

impl Arithmetic {
    /// What a device may do in chains of `recurrence`.
    fn of(element: Element, recurrence: Recurrence) -> Vec<Self> {
        let roundings = Rounding::of(element);
        let alike = roundings.iter().map(|&rounding| Self { steps: rounding, folds: rounding });
        let pairs = roundings.iter().flat_map(|&steps| roundings.iter().map(move |&folds| Self { steps, folds }));
        let folds = matches!(recurrence, Recurrence::Affine | Recurrence::AffineInRegisters);
        alike.chain(pairs.filter(|pair| folds && pair.steps != pair.folds)).collect()
    }

    fn describe(self) -> String {
        let steps = self.steps.describe();
        if self.folds == self.steps { steps.to_owned() } else { format!("{steps}, squares {}", self.folds.describe()) }
    }

    /// The value of a chain after all steps.
    fn follow(self, chains: &Chains<'_>, chain: u64) -> f64 {
        let constant = |which: ChainConstant| chains.operands.value(1, which as u64);
        let Peak { element, steps, .. } = chains.peak;
        let step = |a, b, c| self.steps.multiply_add(element, a, b, c);
        let first = chains.operands.value(0, chain);
        match chains.recurrence {
            Recurrence::Dot => f64::from(bytes_chain(chains.operands, chain, steps)),
            Recurrence::Square => {
                let addend = constant(ChainConstant::Addend);
                (0..steps).fold(first, |x, _| step(x, x, addend))
            }
            Recurrence::Affine | Recurrence::AffineInRegisters => {
                let factors = [ChainConstant::Expand, ChainConstant::Contract].map(constant);
                let [offset, fold] = [ChainConstant::Offset, ChainConstant::Fold].map(constant);
                (0..steps).fold(first, |x, at| match at % STRETCH {
                    at if at == STRETCH - 1 => self.folds.multiply_add(element, x, x, fold),
                    at => step(factors[at as usize % 2], x, offset),
                })
            }
            Recurrence::Turn => {
                let factors = [ChainConstant::There, ChainConstant::Back].map(constant);
                // Of the two values the one that the next step changes, and the one that the last step changed.
                let begin = [first, constant(ChainConstant::Start)];
                (0..steps).fold(begin, |[sum, other], at| [other, step(factors[at as usize % 2], other, sum)])[1]
            }
        }
    }
}

/// A peak's chains.
pub(super) struct Chains<'a> {
    peak: Peak,
    operands: &'a Operands,
    recurrence: Recurrence,
}

impl<'a> Chains<'a> {
    /// Those of `peak`, whose operands are `operands`.
    pub(super) fn new(peak: Peak, operands: &'a Operands, recurrence: Recurrence) -> Self {
        Self { peak, operands, recurrence }
    }

    /// Compares every chain with the same recurrence on the processor.
    ///
    /// # Errors
    /// The first chain that ends elsewhere.
    pub(super) fn every<E: From<Mismatch>>(&self, answer: &mut Answer<'_, E>) -> Result<Check, E> {
        let all: Vec<u64> = (0..u64::from(self.peak.chains)).collect();
        self.verify(answer, &all)
    }

    /// Compares the first and last chain and some between, spread by `seed`; looks at all of them for values that no chain can reach.
    ///
    /// # Errors
    /// The first chain that ends elsewhere.
    pub(super) fn sampled<E: From<Mismatch>>(&self, answer: &mut Answer<'_, E>, seed: u64) -> Result<Check, E> {
        let count = (STEPS_FOLLOWED / self.peak.steps.max(1) as usize).clamp(16, 256);
        let chains = u64::from(self.peak.chains);
        let mut random = fastrand::Rng::with_seed(seed);
        let anywhere = std::iter::repeat_with(|| random.u64(..chains)).take(count);
        let mut sample: Vec<u64> = [0, chains - 1].into_iter().chain(anywhere).collect();
        sample.sort_unstable();
        self.verify(answer, &sample)
    }

    /// The ends of `chains`, in ascending order.
    fn ends<E: From<Mismatch>>(&self, answer: &mut Answer<'_, E>, chains: &[u64]) -> Result<Vec<f64>, E> {
        // A chain of bytes is a word.
        let element = if self.peak.element == Element::I8 { Element::I32 } else { self.peak.element };
        let mut ends = Vec::with_capacity(chains.len());
        answer.pieces(element.size(), |first, bytes| {
            let piece = Matrix::new(bytes, element, 1);
            let reach = reach(self.recurrence);
            let outside = |at: &usize| !(piece.at(*at).abs() <= reach);
            if let Some(at) = (0..piece.len()).find(outside) {
                return Err(wrong("a chain's reach".to_owned(), first + at as u64, 0.0, piece.at(at), reach));
            }
            let within = chains.iter().filter_map(|chain| usize::try_from(chain.checked_sub(first)?).ok());
            ends.extend(within.filter(|at| *at < piece.len()).map(|at| piece.at(at)));
            Ok(())
        })?;
        Ok(ends)
    }

    /// The kind of arithmetic that gives what the device has for all of `chains`; else the first chain that differs from the kind that goes
    /// the farthest.
    fn verify<E: From<Mismatch>>(&self, answer: &mut Answer<'_, E>, chains: &[u64]) -> Result<Check, E> {
        let ends = self.ends(answer, chains)?;
        #[expect(clippy::float_cmp, reason = "equal in every bit is the point; a NaN is equal to nothing")]
        let differs = |arithmetic: Arithmetic, at: usize| {
            self.flushed(arithmetic.follow(self, chains[at])) != self.flushed(ends[at])
        };
        let kinds = Arithmetic::of(self.peak.element, self.recurrence);
        let mut farthest = (0, kinds[0]);
        for arithmetic in kinds {
            match (0..ends.len()).find(|&at| differs(arithmetic, at)) {
                None => return Ok(self.passed(arithmetic, chains.len())),
                Some(place) => farthest = if place > farthest.0 { (place, arithmetic) } else { farthest },
            }
        }
        let (place, arithmetic) = farthest;
        let what = format!("{} chain of {} steps, {}", self.recurrence, self.peak.steps, arithmetic.describe());
        Err(wrong(what, chains[place], arithmetic.follow(self, chains[place]), ends[place], 0.0).into())
    }

    /// Zero for what a device may make zero, which is halves below the smallest normal one. It shows in chains that end there, and nowhere
    /// else: the next step adds so little that rounding swallows it. No chain comes near the smallest normal number of wider types.
    fn flushed(&self, end: f64) -> f64 {
        let small = self.peak.element == Element::F16 && end.abs() < f16::MIN_POSITIVE.to_f64();
        if small { 0.0 } else { end }
    }

    fn passed(&self, arithmetic: Arithmetic, elements: usize) -> Check {
        let kind = match self.operands.fill() {
            Fill::Integers => "settling",
            Fill::Random => "lively",
        };
        let method = format!("{kind} {} chains, every bit, {}, {}", self.recurrence, arithmetic.describe(), self.peak);
        Check { method, elements: elements as u64, max_error: 0.0, bound: 0.0 }
    }
}

/// Steps of all chains together that are followed where a problem has more.
const STEPS_FOLLOWED: usize = 1 << 22;

/// How far from zero a chain can be at its end, with room for rounding.
fn reach(recurrence: Recurrence) -> f64 {
    match recurrence {
        // x² - 1.8 stays within -1.8.
        Recurrence::Square | Recurrence::Affine | Recurrence::AffineInRegisters => 1.82,
        // The ellipse through (1, Start) goes as far as 2.02; half precision strays from it by a hundredth.
        Recurrence::Turn => 2.1,
        // Any word.
        Recurrence::Dot => f64::INFINITY,
    }
}

fn wrong(what: String, chain: u64, expected: f64, found: f64, bound: f64) -> Mismatch {
    Mismatch { what, place: format!("chain {chain}"), expected, found, bound }
}

/// x ← x + bytes(x)·bytes(m), modulo 2^32.
fn bytes_chain(operands: &Operands, chain: u64, steps: u32) -> i32 {
    let word = |array: usize, index: u64| {
        i32::from_le_bytes(operands.bytes(array, 4 * index..4 * index + 4).try_into().unwrap_or_default())
    };
    let constant = word(1, 0).to_le_bytes().map(u8::cast_signed);
    (0..steps).fold(word(0, chain), |x, _| {
        let bytes = x.to_le_bytes().map(u8::cast_signed);
        let products = bytes.into_iter().zip(constant).map(|(left, right)| i32::from(left) * i32::from(right));
        x.wrapping_add(products.sum())
    })
}
