//! The answer of chains of matrix multiply-adds: every element of every fragment.

use super::answer::Answer;
use super::{Check, Mismatch, Worst};
use crate::problem::{Element, Fill, Matrix, MatrixPeak, Operands, PEAK_RIGHTS, Sums, index};

/// Compares every element. Integers must match exactly: they count the steps. Random factors undo each other every second step, so that what is
/// left is rounding; it has to be the same in all fragments with the same factors.
pub(super) fn verify<E: From<Mismatch>>(
    peak: &MatrixPeak,
    operands: &Operands,
    answer: &mut Answer<'_, E>,
) -> Result<Check, E> {
    let MatrixPeak { input, accumulator, m, n, k, steps, .. } = *peak;
    let square = u64::from(m) * u64::from(n);
    let sums = accumulator.of_sums(input);
    let of = |place| element(operands, place, [m, n, k].map(u64::from), steps, (accumulator, sums));
    let distinct: Vec<(f64, f64)> = (0..PEAK_RIGHTS * square).map(of).collect();
    let mut first_ones = Vec::with_capacity(distinct.len());
    let (mut worst, mut elements) = (Worst::default(), 0);
    answer.pieces(accumulator.size(), |first, bytes| {
        let sums = Matrix::new(bytes, accumulator, 1);
        for (place, at) in (first..).zip(0..sums.len()) {
            let (found, kind) = (sums.at(at), index(place % (PEAK_RIGHTS * square)));
            let (expected, bound) = distinct[kind];
            let wrong = |what, expected, bound| {
                let place = format!("element {} of fragment {}", place % square, place / square);
                Mismatch { what, place, expected, found, bound }
            };
            let error = (found - expected).abs();
            if !(error <= bound) {
                return Err(wrong(format!("{steps} matrix multiply-adds"), expected, bound));
            }
            match first_ones.get(kind) {
                None => first_ones.push(found),
                Some(&same) => {
                    if !is_equal(found, same) {
                        return Err(wrong(format!("the same {steps} matrix multiply-adds"), same, 0.0));
                    }
                }
            }
            worst.see(error, bound);
            elements += 1;
        }
        Ok(())
    })?;
    let what = match operands.fill() {
        Fill::Integers => "steps counted exactly",
        Fill::Random if accumulator == Element::I32 => "exact",
        Fill::Random => "within rounding and equal where factors are",
    };
    let method = format!("every element of all fragments, {what}, {peak}");
    Ok(Check { method, elements, max_error: worst.error, bound: worst.bound })
}

#[expect(clippy::float_cmp, reason = "the same operations on the same numbers give the same bits, however they round")]
fn is_equal(one: f64, other: f64) -> bool {
    one == other
}

/// The element at `place` of the distinct fragments after all steps, and how far a device's may lie from it.
fn element(
    operands: &Operands,
    place: u64,
    [m, n, k]: [u64; 3],
    steps: u32,
    (accumulator, sums): (Element, Sums),
) -> (f64, f64) {
    let (right, row, column) = (place / (m * n), place / n % m, place % n);
    let (mut sum, mut magnitude) = (0.0, 0.0);
    for inner in 0..k {
        let left = |which: u64| operands.value(0, (which * m + row) * k + inner);
        let right = operands.value(1, (right * n + column) * k + inner);
        sum += (left(0) + left(1)) * right;
        magnitude += f64::midpoint(left(0).abs(), left(1).abs()) * right.abs();
    }
    let bound = match operands.fill() {
        Fill::Integers => 0.0,
        Fill::Random => f64::from(steps) * step_error(sums, k, magnitude),
    };
    let sum = f64::from(steps / 2) * sum;
    (if accumulator == Element::I32 { wrapped(sum) } else { sum }, bound)
}

/// What one step of K products, of `magnitude` together, may lose: the K products and each of K sums as much as truncation takes, which is twice the
/// unit roundoff, of at most `magnitude`. It is lost anew in every step, and in the same direction where the operands are the same. Integers lose nothing.
#[expect(clippy::cast_precision_loss, reason = "K is 32 at the most")]
fn step_error(sums: Sums, k: u64, magnitude: f64) -> f64 {
    2.0 * sums.unit_roundoff * (k + 1) as f64 * magnitude
}

/// An integer as 32 bits hold it.
#[expect(clippy::cast_possible_truncation, reason = "wrapping is the point")]
fn wrapped(sum: f64) -> f64 {
    f64::from(sum as i64 as i32)
}
