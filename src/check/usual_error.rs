//! The usual error of many sums in halves, or in what FP8 is added up in: their root mean square. No bound for a single long sum of them is of use, since it exceeds
//! the sum.

use super::Mismatch;
use crate::problem::{Element, Sums};

/// Errors of sums of K random products in less than single precision, together; of others nothing is asked.
///
/// Terms have random signs, whatever their order, so that a sum of j of them has a variance of j/K·Σt². Rounding a sum errs by no more than u times it. One
/// product after the other is the longest way to a sum; blocks, trees, and wider sums in between are shorter. So errors that do not conspire have a mean
/// square of at most u²·K/2·Σt². What is usual is a sixth of that: roundings err evenly within half of a last bit.
#[derive(Debug, Clone, Copy)]
pub(super) struct UsualError {
    /// What the mean square may be, as a part of the sum of squares of an element's terms; `None` where nothing is asked.
    allowed_part: Option<f64>,
    elements: u32,
    squares: f64,
    allowed: f64,
    /// Sums of errors times values, and of squares of values: errors that go against the values are those of sums that are cut off.
    along: f64,
    values: f64,
}

/// Of fewer elements the mean square scatters too much. Of this many its standard deviation is 15 % of what is usual (the square of one element's error
/// has √6 times its mean), and it exceeds the sixfold less than once in 10^12 times (then one element in all has an error of 40 times the usual).
const ENOUGH: u32 = 256;

/// Sums are cut off at every step and not rounded if errors and values correlate less than this: each step takes some of what the sum holds. For random
/// walks it is -√¾ or nearer to -1. Of terms that are left out it is minus the root of their part: less than a third of K is no cutting off.
const CUT_OFF: f64 = -0.6;

impl UsualError {
    /// Of `sums` of `depth` products.
    #[expect(clippy::cast_precision_loss, reason = "sums are far shorter than 2^53")]
    pub(super) fn new(sums: Sums, depth: usize) -> Self {
        let part = sums.unit_roundoff.powi(2) * depth as f64 / 2.0;
        let allowed_part = (sums.unit_roundoff > Element::F32.unit_roundoff()).then_some(part);
        Self { allowed_part, elements: 0, squares: 0.0, allowed: 0.0, along: 0.0, values: 0.0 }
    }

    /// Takes up an element that is off by `error`, whose terms have squares of this sum.
    pub(super) fn see(&mut self, error: f64, value: f64, squares: f64) {
        self.elements += 1;
        self.squares += error * error;
        self.allowed += self.allowed_part.unwrap_or(0.0) * squares;
        self.along += error * value;
        self.values += value * value;
    }

    /// What was found, in words for a check's method; nothing where nothing is asked.
    ///
    /// # Errors
    /// Fails if errors are larger than rounding makes them.
    pub(super) fn judged(&self, what: &str) -> Result<String, Mismatch> {
        if self.allowed_part.is_none() || self.elements < ENOUGH {
            return Ok(String::new());
        }
        let [found, bound] = [self.squares, self.allowed].map(|sum| (sum / f64::from(self.elements)).sqrt());
        if found <= bound {
            return Ok(format!("usual error {found:.3} of at most {bound:.3}, "));
        }
        if self.along < CUT_OFF * (self.squares * self.values).sqrt() {
            return Ok(format!(
                "sums cut off at every step: usual error {found:.3} where rounding allows {bound:.3}, "
            ));
        }
        let place = format!("the root mean square error of {} elements", self.elements);
        Err(Mismatch { what: what.to_owned(), place, expected: 0.0, found, bound })
    }
}
