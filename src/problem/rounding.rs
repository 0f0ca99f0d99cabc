//! Rounding to 16 and 8 bits, once.

use float8::{F8E4M3, F8E5M2};
use half::{bf16, f16};

/// `value` rounded to the nearest half, ties to even.
pub fn to_half(value: f64) -> f16 {
    f16::from_f32(to_odd(value))
}

/// `value` rounded to the nearest BF16, ties to even.
pub fn to_bfloat(value: f64) -> bf16 {
    bf16::from_f32(to_odd(value))
}

/// `value` rounded to the nearest FP8 of the kind E4M3, ties to even, and no further than the largest, 448.
pub fn to_e4m3(value: f64) -> F8E4M3 {
    F8E4M3::from_f64(value)
}

/// `value` rounded to the nearest FP8 of the kind E5M2, ties to even, and no further than the largest, 57344.
pub fn to_e5m2(value: f64) -> F8E5M2 {
    F8E5M2::from_f64(value)
}

/// `value` in single precision, with what a second rounding has to know in the last bit.
///
/// The conversions that `half` offers round by way of 32 bits, or of the upper half of the value's: just above the middle between two halves they go down.
/// Here the value is rounded to odd before (Boldo and Melquiond, "Emulation of FMA and Correctly Rounded Sums: Proved Algorithms Using Rounding to Odd", 2008).
fn to_odd(value: f64) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "what is lost is put into the last bit")]
    let near = value as f32;
    let (bits, back) = (near.to_bits(), f64::from(near));
    let odd = match back.abs().partial_cmp(&value.abs()) {
        Some(std::cmp::Ordering::Greater) => (bits - 1) | 1,
        Some(std::cmp::Ordering::Less) => bits | 1,
        _ => bits,
    };
    f32::from_bits(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether every value of a format is kept, and what lies just beside a middle goes to its own side. The values are those of `bits` from zero
    /// to `largest`, by `of`; `to` rounds.
    fn rounds_once(name: &str, largest: u16, of: impl Fn(u16) -> f64, to: impl Fn(f64) -> f64) {
        for bits in 0..largest {
            let [below, above] = [bits, bits + 1].map(&of);
            let middle = f64::midpoint(below, above);
            let even = if bits % 2 == 0 { below } else { above };
            for (value, expected) in
                [(below, below), (above, above), (middle, even), (middle.next_down(), below), (middle.next_up(), above)]
            {
                for sign in [1.0, -1.0] {
                    let found = to(sign * value);
                    assert_eq!(
                        found.to_bits(),
                        (sign * expected).to_bits(),
                        "{name}: {value} between {below} and {above}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_value_is_kept_and_what_lies_just_beside_a_middle_goes_to_its_own_side() {
        let byte = |bits: u16| bits.to_le_bytes()[0];
        rounds_once("f16", 0x7bff, |bits| f16::from_bits(bits).to_f64(), |value| to_half(value).to_f64());
        rounds_once("bf16", 0x7f7f, |bits| bf16::from_bits(bits).to_f64(), |value| to_bfloat(value).to_f64());
        rounds_once("e4m3", 0x7e, |bits| F8E4M3::from_bits(byte(bits)).to_f64(), |value| to_e4m3(value).to_f64());
        rounds_once("e5m2", 0x7b, |bits| F8E5M2::from_bits(byte(bits)).to_f64(), |value| to_e5m2(value).to_f64());
    }

    /// The value of a byte by the standard's own formula (OCP 8-bit Floating Point Specification 1.0, table 1): of `fraction` bits, in all but 2^`bias`.
    fn by_the_standard(bits: u8, fraction: i32, bias: i32) -> f64 {
        let sign = if bits < 0x80 { 1.0 } else { -1.0 };
        let [exponent, significand] = [i32::from(bits & 0x7f) >> fraction, i32::from(bits) % (1 << fraction)];
        let hidden = if exponent == 0 { 0 } else { 1 << fraction };
        sign * f64::from(hidden + significand) * 2.0f64.powi(exponent.max(1) - bias - fraction)
    }

    #[test]
    fn every_byte_of_fp8_has_the_value_that_the_standard_gives_it() {
        for bits in 0..=u8::MAX {
            let [e4m3, e5m2] = [F8E4M3::from_bits(bits).to_f64(), F8E5M2::from_bits(bits).to_f64()];
            // Only one significand is left out of E4M3; the highest exponent of E5M2 is as IEEE's.
            match bits & 0x7f {
                0x7f => assert!(e4m3.is_nan() && e5m2.is_nan(), "{bits:#x}: {e4m3} and {e5m2}"),
                _ => assert_eq!(e4m3.to_bits(), by_the_standard(bits, 3, 7).to_bits(), "E4M3 {bits:#x}: {e4m3}"),
            }
            match bits & 0x7f {
                0x7c => assert!(e5m2.is_infinite(), "{bits:#x}: {e5m2}"),
                0x7d.. => assert!(e5m2.is_nan(), "{bits:#x}: {e5m2}"),
                _ => assert_eq!(e5m2.to_bits(), by_the_standard(bits, 2, 15).to_bits(), "E5M2 {bits:#x}: {e5m2}"),
            }
        }
    }

    #[test]
    fn what_is_too_large_or_too_small_for_single_precision_is_so_for_a_half() {
        for (value, expected) in [(1e300, f64::INFINITY), (65520.0, f64::INFINITY), (65519.999, 65504.0), (1e-300, 0.0)]
        {
            assert_eq!(to_half(value).to_f64().total_cmp(&expected), std::cmp::Ordering::Equal, "{value}");
        }
        assert!(to_half(f64::NAN).is_nan() && to_bfloat(f64::NAN).is_nan());
        assert!(to_bfloat(1e300).is_infinite());
    }
}
