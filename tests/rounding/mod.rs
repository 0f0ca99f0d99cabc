//! How devices round, as models.

use gpu_assay::problem::Element;
use gpu_assay::problem::rounding::to_half;

/// Matrix units that add some products and the sum so far at once: all are aligned to the largest, and what lies below the last bit is cut off. Those of
/// Volta add 4 without an extra bit, later ones more, with one or two (Fasi, Higham, Mikaitis, Pranesh, `PeerJ` Computer Science 7:e330, 2021).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Units {
    /// Products that are added at once.
    pub(crate) terms: usize,
    /// Bits that are kept below those of single precision; less than none where fewer are.
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
            (Element::F16, true) => nearest(sum),
            (Element::F16, false) => cut(sum),
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

/// How a kernel adds up in halves.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Order {
    /// One after the other, fused.
    Along,
    /// The same, products rounded as well.
    Unfused,
    /// In blocks of so many, each from zero, added to what came before.
    Blocks(usize),
    /// In single precision, rounded to a half after so many.
    ThroughSingle(usize),
    /// In so many sums, turn by turn, added in the end.
    Sums(usize),
    /// Halves in a tree.
    Tree,
}

/// The sum of `products` in halves, each step rounded by `half`.
pub(crate) fn in_halves(products: &[f64], order: Order, half: fn(f64) -> f64) -> f64 {
    let along = |sum: f64, products: &[f64]| products.iter().fold(sum, |sum, product| half(sum + product));
    match order {
        Order::Along => along(0.0, products),
        Order::Unfused => products.iter().fold(0.0, |sum, product| half(sum + half(*product))),
        Order::Blocks(terms) => products.chunks(terms).fold(0.0, |sum, block| half(sum + along(0.0, block))),
        Order::ThroughSingle(terms) => products.chunks(terms).fold(0.0, |sum, block| {
            half(f64::from(block.iter().fold(sum as f32, |sum, product| sum + *product as f32)))
        }),
        Order::Sums(count) => (0..count).fold(0.0, |sum, first| {
            let own: Vec<f64> = products.iter().skip(first).step_by(count).copied().collect();
            half(sum + along(0.0, &own))
        }),
        Order::Tree => match products {
            [] => 0.0,
            [one] => half(*one),
            _ => {
                let (left, right) = products.split_at(products.len() / 2);
                half(in_halves(left, order, half) + in_halves(right, order, half))
            }
        },
    }
}

/// Rounded to the nearest half.
pub(crate) fn nearest(value: f64) -> f64 {
    to_half(value).to_f64()
}

/// Cut off to a half.
pub(crate) fn cut(value: f64) -> f64 {
    cut_to(value, 11)
}
