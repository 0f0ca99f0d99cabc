//! Quantities with their units. Only the divisions that make sense exist: work divided by time gives a rate.
//!
//! All values are in base SI units (seconds, operations, bytes); [`std::fmt::Display`] scales with decimal prefixes only.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Div, Mul, Sub};

use serde::{Deserialize, Serialize};

/// A number, or a quantity with its unit: what has an order and a middle, of which statistics are taken.
pub trait Quantity: Copy {
    /// The middle of nothing.
    const NAN: Self;

    /// The number, in whatever unit.
    fn number(self) -> f64;

    /// The middle between two.
    fn midpoint(self, other: Self) -> Self;

    /// The order, in which NaN has a place too.
    fn order(&self, other: &Self) -> Ordering {
        self.number().total_cmp(&other.number())
    }
}

impl Quantity for f64 {
    const NAN: Self = Self::NAN;

    fn number(self) -> f64 {
        self
    }

    fn midpoint(self, other: Self) -> Self {
        Self::midpoint(self, other)
    }
}

/// The median; the mean of the middle two where their number is even, NaN where there are none.
pub fn median<Q: Quantity>(values: &[Q]) -> Q {
    median_of_sorted(&sorted(values))
}

pub(crate) fn sorted<Q: Quantity>(values: &[Q]) -> Vec<Q> {
    let mut sorted = values.to_vec();
    sorted.sort_by(Q::order);
    sorted
}

pub(crate) fn median_of_sorted<Q: Quantity>(sorted: &[Q]) -> Q {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => Q::NAN,
        n if n % 2 == 1 => sorted[middle],
        _ => sorted[middle - 1].midpoint(sorted[middle]),
    }
}

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $unit:literal, $pad:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(f64);

        impl $name {
            #[doc = concat!("A quantity of `value`, in ", $unit, ".")]
            pub const fn new(value: f64) -> Self {
                Self(value)
            }

            #[doc = concat!("The value in ", $unit, ".")]
            pub const fn get(self) -> f64 {
                self.0
            }

            /// Whether the value is finite and above zero, as every real time, count of work or rate is.
            pub fn is_plausible(self) -> bool {
                self.0.is_finite() && self.0 > 0.0
            }
        }

        impl Quantity for $name {
            const NAN: Self = Self(f64::NAN);

            fn number(self) -> f64 {
                self.0
            }

            fn midpoint(self, other: Self) -> Self {
                Self(f64::midpoint(self.0, other.0))
            }
        }

        /// How many times the other one.
        impl Div for $name {
            type Output = f64;
            fn div(self, other: Self) -> f64 {
                self.0 / other.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&scaled(self.0, $pad))
            }
        }
    };
}

quantity!(
    /// A duration.
    Seconds, "seconds", "s"
);
quantity!(
    /// A number of arithmetic operations; one multiply-add counts as two.
    Ops, "operations", "OP"
);
quantity!(
    /// A number of bytes.
    Bytes, "bytes", "B"
);
quantity!(
    /// Arithmetic throughput. Shown as FLOP/s, which is also what integer operations are called here.
    OpsPerSec, "operations per second", "FLOP/s"
);
quantity!(
    /// Bandwidth.
    BytesPerSec, "bytes per second", "B/s"
);

impl OpsPerSec {
    /// A rate that others state: it follows from no work and time of ours.
    pub const fn stated(ops_per_s: f64) -> Self {
        Self(ops_per_s)
    }
}

impl BytesPerSec {
    /// A bandwidth that others state: it follows from no work and time of ours.
    pub const fn stated(bytes_per_s: f64) -> Self {
        Self(bytes_per_s)
    }
}

impl Div<Seconds> for Ops {
    type Output = OpsPerSec;
    fn div(self, time: Seconds) -> OpsPerSec {
        OpsPerSec(self.0 / time.0)
    }
}

/// The time that the operations take at a rate.
impl Div<OpsPerSec> for Ops {
    type Output = Seconds;
    fn div(self, rate: OpsPerSec) -> Seconds {
        Seconds(self.0 / rate.0)
    }
}

impl Div<Seconds> for Bytes {
    type Output = BytesPerSec;
    fn div(self, time: Seconds) -> BytesPerSec {
        BytesPerSec(self.0 / time.0)
    }
}

impl Div<f64> for Seconds {
    type Output = Self;
    fn div(self, parts: f64) -> Self {
        Self(self.0 / parts)
    }
}

impl Mul<f64> for Seconds {
    type Output = Self;
    fn mul(self, times: f64) -> Self {
        Self(self.0 * times)
    }
}

impl Sub for Seconds {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Add for Seconds {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl From<std::time::Duration> for Seconds {
    fn from(duration: std::time::Duration) -> Self {
        Self(duration.as_secs_f64())
    }
}

/// `value` with a decimal SI prefix and four significant digits: `19.49 TFLOP/s`.
fn scaled(value: f64, unit: &str) -> String {
    const PREFIXES: [(f64, &str); 9] = [
        (1e15, "P"),
        (1e12, "T"),
        (1e9, "G"),
        (1e6, "M"),
        (1e3, "k"),
        (1.0, ""),
        (1e-3, "m"),
        (1e-6, "µ"),
        (1e-9, "n"),
    ];
    let magnitude = value.abs();
    let (scale, prefix) = PREFIXES.into_iter().find(|(scale, _)| magnitude >= *scale).unwrap_or(if value == 0.0 {
        (1.0, "")
    } else {
        (1e-12, "p")
    });
    let scaled = value / scale;
    let decimals = match scaled.abs() {
        x if x >= 1000.0 => 0,
        x if x >= 100.0 => 1,
        x if x >= 10.0 => 2,
        _ => 3,
    };
    format!("{scaled:.decimals$} {prefix}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_over_time_is_a_rate() {
        assert_eq!(Ops::new(19.5e12) / Seconds::new(1.0), OpsPerSec::new(19.5e12), "operations per second");
        assert_eq!(Bytes::new(1e9) / Seconds::new(0.5), BytesPerSec::new(2e9), "bytes per second");
    }

    #[test]
    fn display_uses_decimal_prefixes() {
        assert_eq!(OpsPerSec::new(19.49e12).to_string(), "19.49 TFLOP/s", "tera");
        assert_eq!(BytesPerSec::new(5.6e9).to_string(), "5.600 GB/s", "giga is 1e9, never 2^30");
        assert_eq!(Seconds::new(0.000_25).to_string(), "250.0 µs", "micro");
        assert_eq!(Seconds::new(1.5e-9).to_string(), "1.500 ns", "nano");
        assert_eq!(Seconds::new(1.9e-12).to_string(), "1.900 ps", "an atomic addition of a whole card");
        assert_eq!(Seconds::new(0.0).to_string(), "0.000 s", "zero has no prefix");
    }

    #[test]
    fn nothing_that_is_not_a_positive_number_is_plausible() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(!Seconds::new(bad).is_plausible(), "{bad} must not pass");
        }
    }
}
