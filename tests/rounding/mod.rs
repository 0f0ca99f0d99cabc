//! How matrix units round, as a model.

use gpu_assay::problem::Element;
use half::f16;

/// Matrix units that add some products and the sum so far at once: all are aligned to the largest, and what lies below the last bit is cut off. Those of
/// Volta add 4 without an extra bit, later ones more, with one or two (Fasi, Higham, Mikaitis, Pranesh, `PeerJ` Computer Science 7:e330, 2021).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Units {
    /// Products that are added at once.
    pub(crate) terms: usize,
    /// Bits that are kept below those of single precision.
    pub(crate) extra_bits: i32,
    /// What the sum is held in.
    pub(crate) accumulator: Element,
    /// Whether it is rounded to nearest, else cut off.
    pub(crate) nearest: bool,
}

impl Units {
    /// The sum `start` and `products`, taken in their order.
    pub(crate) fn add(self, start: f64, products: &[f64]) -> f64 {
        products.chunks(self.terms).fold(start, |sum, group| self.held(self.aligned(sum, group)))
    }

    fn aligned(self, sum: f64, group: &[f64]) -> f64 {
        let largest = group.iter().fold(sum.abs(), |largest, product| largest.max(product.abs()));
        let last = last_bit(largest, 24 + self.extra_bits);
        let cut = |value: f64| (value / last).trunc() * last;
        group.iter().fold(cut(sum), |sum, product| sum + cut(*product))
    }

    fn held(self, sum: f64) -> f64 {
        match (self.accumulator, self.nearest) {
            (Element::F16, true) => f16::from_f64(sum).to_f64(),
            (Element::F16, false) => cut_to(sum, 11),
            (_, true) => f64::from(sum as f32),
            (_, false) => cut_to(sum, 24),
        }
    }
}

fn cut_to(value: f64, bits: i32) -> f64 {
    let last = last_bit(value, bits);
    (value / last).trunc() * last
}

/// The weight of the last of `bits` bits of `value`.
fn last_bit(value: f64, bits: i32) -> f64 {
    const SIGNIFICAND: i32 = 52;
    let exponent = (value.to_bits() >> SIGNIFICAND & 0x7ff).max(200);
    f64::from_bits((exponent + 1 - u64::try_from(bits).expect("a few")) << SIGNIFICAND)
}
