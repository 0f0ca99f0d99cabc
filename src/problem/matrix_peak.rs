//! Chains of multiply-adds on matrix units.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Counted, Element};
use crate::units::Ops;

/// Chains of multiply-adds of matrix fragments in registers. All chains multiply the same two matrices on the left, turn by turn, with one
/// of [`PEAK_RIGHTS`] on the right, which are kept transposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(inline))]
pub struct MatrixPeak {
    /// Type of the factors.
    pub input: Element,
    /// Type of the sums.
    pub accumulator: Element,
    /// Rows of the left factor and the sum.
    pub m: u32,
    /// Columns of the right factor and the sum.
    pub n: u32,
    /// Columns of the left factor, rows of the right one.
    pub k: u32,
    /// Independent chains.
    pub fragments: u32,
    /// Steps of each chain, an even number.
    pub steps: u32,
}

/// Right factors of a [`MatrixPeak`]: chain f multiplies with number f modulo this.
pub const PEAK_RIGHTS: u64 = 16;

impl Counted for MatrixPeak {
    /// Two for each multiply-add.
    fn ops(&self) -> Option<Ops> {
        let multiply_adds = f64::from(self.m) * f64::from(self.n) * f64::from(self.k);
        Some(Ops::new(2.0 * multiply_adds * f64::from(self.fragments) * f64::from(self.steps)))
    }

    fn traffic(&self) -> u64 {
        self.input_bytes().into_iter().fold(self.output_bytes(), u64::saturating_add)
    }

    fn input_bytes(&self) -> Vec<u64> {
        let bytes = |side: u32| (u64::from(side) * u64::from(self.k)).saturating_mul(self.input.size());
        vec![bytes(self.m).saturating_mul(2), bytes(self.n).saturating_mul(PEAK_RIGHTS)]
    }

    fn output_bytes(&self) -> u64 {
        (u64::from(self.m) * u64::from(self.n)).saturating_mul(u64::from(self.fragments) * self.accumulator.size())
    }
}

impl fmt::Display for MatrixPeak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { m, n, k, fragments, steps, .. } = self;
        write!(f, "{fragments} × {m}×{n}×{k} × {steps} steps")
    }
}
