//! Matrix products.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Counted, Element};
use crate::units::Ops;

/// C = A·B with A of shape M×K and B of K×N, row-major; N is a multiple of 16, the words along K one of four. Bytes are packed along K:
/// a word of B holds four rows of one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(inline))]
pub struct Matmul {
    /// Rows of A and C.
    pub m: u32,
    /// Columns of B and C.
    pub n: u32,
    /// Columns of A, rows of B.
    pub k: u32,
    /// Type of A and B.
    pub input: Element,
    /// Type that sums are kept in, and type of C.
    pub accumulator: Element,
    /// Whether B is there as its transpose as well (N×K, row-major), for kernels that would rather read that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub transposed_too: bool,
}

/// What the columns of a product have to be a multiple of.
pub const COLUMN_STEP: u32 = 16;

impl Counted for Matmul {
    /// Two for each of M·N·K multiply-adds.
    fn ops(&self) -> Option<Ops> {
        Some(Ops::new(2.0 * f64::from(self.m) * f64::from(self.n) * f64::from(self.k)))
    }

    fn traffic(&self) -> u64 {
        // A second layout of B is not read beside the first.
        self.input_bytes().into_iter().take(2).fold(self.output_bytes(), u64::saturating_add)
    }

    fn input_bytes(&self) -> Vec<u64> {
        let bytes = |rows: u32, columns: u32| (u64::from(rows) * u64::from(columns)).saturating_mul(self.input.size());
        let b = bytes(self.k, self.n);
        let mut sizes = vec![bytes(self.m, self.k), b];
        sizes.extend(self.transposed_too.then_some(b));
        sizes
    }

    fn output_bytes(&self) -> u64 {
        (u64::from(self.m) * u64::from(self.n)).saturating_mul(self.accumulator.size())
    }
}

impl fmt::Display for Matmul {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}×{}", self.m, self.n, self.k)
    }
}
