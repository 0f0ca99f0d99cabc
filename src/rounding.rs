//! Rounding to half precision, once.

use half::f16;

/// `value` rounded to the nearest half, ties to even.
///
/// The conversion that `half` offers rounds by way of 32 bits, or of the upper half of the value's: just above the middle between two halves it goes down.
/// Here the value is rounded to odd in single precision before, which keeps what the second rounding has to know (Boldo and Melquiond,
/// "Emulation of FMA and Correctly Rounded Sums: Proved Algorithms Using Rounding to Odd", 2008).
pub fn to_half(value: f64) -> f16 {
    #[expect(clippy::cast_possible_truncation, reason = "what is lost is put into the last bit")]
    let near = value as f32;
    let (bits, back) = (near.to_bits(), f64::from(near));
    let odd = match back.abs().partial_cmp(&value.abs()) {
        Some(std::cmp::Ordering::Greater) => (bits - 1) | 1,
        Some(std::cmp::Ordering::Less) => bits | 1,
        _ => bits,
    };
    f16::from_f32(f32::from_bits(odd))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_is_kept_and_what_lies_just_beside_a_middle_goes_to_its_own_side() {
        for bits in 0..0x7bff {
            let [below, above] = [bits, bits + 1].map(|bits| f16::from_bits(bits).to_f64());
            let middle = f64::midpoint(below, above);
            let even = if bits % 2 == 0 { below } else { above };
            for (value, expected) in
                [(below, below), (middle, even), (middle.next_down(), below), (middle.next_up(), above)]
            {
                for sign in [1.0, -1.0] {
                    let found = to_half(sign * value).to_f64();
                    assert_eq!(found.to_bits(), (sign * expected).to_bits(), "{value} between {below} and {above}");
                }
            }
        }
    }

    #[test]
    fn what_is_too_large_or_too_small_for_single_precision_is_so_for_a_half() {
        for (value, expected) in [(1e300, f64::INFINITY), (65520.0, f64::INFINITY), (65519.999, 65504.0), (1e-300, 0.0)]
        {
            assert_eq!(to_half(value).to_f64().total_cmp(&expected), std::cmp::Ordering::Equal, "{value}");
        }
        assert!(to_half(f64::NAN).is_nan());
    }
}
