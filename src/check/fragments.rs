//! The answer of chains of matrix multiply-adds: every element of every fragment.

use super::answer::Answer;
use super::{Check, Mismatch, Worst};
use crate::data::{Fill, Matrix, Operands};
use crate::problem::{Element, PEAK_RIGHTS, Problem};

/// Compares every element. Integers must match exactly: they count the steps. Random factors undo each other every second step, so that what is
/// left is rounding.
pub(super) fn compare<E: From<Mismatch>>(operands: &Operands, answer: &mut Answer<'_, E>) -> Result<Check, E> {
    let Problem::MatrixPeak { accumulator, m, n, k, steps, .. } = *operands.problem() else {
        unreachable!("chains of fragments")
    };
    let square = u64::from(m) * u64::from(n);
    let of = |place| element(operands, place, [m, n, k].map(u64::from), steps, accumulator);
    let distinct: Vec<(f64, f64)> = (0..PEAK_RIGHTS * square).map(of).collect();
    let (mut worst, mut elements) = (Worst::default(), 0);
    answer.pieces(accumulator.size(), |first, bytes| {
        let sums = Matrix::new(bytes, accumulator, 1);
        for (place, at) in (first..).zip(0..sums.len()) {
            let (expected, bound) = distinct[usize::try_from(place % (PEAK_RIGHTS * square)).unwrap_or(0)];
            let error = (sums.at(at) - expected).abs();
            if !(error <= bound) {
                let (what, found) = (format!("{steps} matrix multiply-adds"), sums.at(at));
                let place = format!("element {} of fragment {}", place % square, place / square);
                return Err(Mismatch { what, place, expected, found, bound });
            }
            worst.see(error, bound);
            elements += 1;
        }
        Ok(())
    })?;
    let what = match operands.fill() {
        Fill::Integers => "steps counted exactly",
        Fill::Random if accumulator == Element::I32 => "exact",
        Fill::Random => "within rounding",
    };
    let method = format!("every element of all fragments, {what}, {}", operands.problem());
    Ok(Check { method, elements, max_error: worst.error, bound: worst.bound })
}

/// The element at `place` of the distinct fragments after all steps, and how far a device's may lie from it.
fn element(operands: &Operands, place: u64, [m, n, k]: [u64; 3], steps: u32, accumulator: Element) -> (f64, f64) {
    let (right, row, column) = (place / (m * n), place / n % m, place % n);
    let (mut sum, mut magnitude) = (0.0, 0.0);
    for inner in 0..k {
        let left = |which: u64| operands.value(0, (which * m + row) * k + inner);
        let right = operands.value(1, (right * n + column) * k + inner);
        sum += (left(0) + left(1)) * right;
        magnitude += (left(0).abs() + left(1).abs()) * right.abs();
    }
    let bound = match operands.fill() {
        Fill::Integers => 0.0,
        // Rounding errors of every step, of sums no larger than one step's terms, that do not conspire; integers have none.
        #[expect(clippy::cast_precision_loss, reason = "32 at the most")]
        Fill::Random => 8.0 * (2.0 * f64::from(steps) * k as f64).sqrt() * accumulator.unit_roundoff() * magnitude,
    };
    let sum = f64::from(steps / 2) * sum;
    (if accumulator == Element::I32 { wrapped(sum) } else { sum }, bound)
}

/// An integer as 32 bits hold it.
#[expect(clippy::cast_possible_truncation, reason = "wrapping is the point")]
fn wrapped(sum: f64) -> f64 {
    f64::from(sum as i64 as i32)
}
