//! Chains of multiply-adds on the ordinary arithmetic units.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Counted, Element};
use crate::units::Ops;

/// Chains of dependent multiply-adds in registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(inline))]
pub struct Peak {
    /// Type of the values; for bytes, dot products of four with 32-bit sums.
    pub element: Element,
    /// Independent chains: scalars, or words of four bytes.
    #[serde(rename = "lanes")]
    pub chains: u32,
    /// Steps of each chain.
    pub steps: u32,
}

/// Size of the array that holds a peak's constants.
const CHAIN_CONSTANT_BYTES: u64 = 64;

/// What counts as moved of them, however many there are: records that were written when there was one have to stay right.
const CHAIN_CONSTANT_COUNTED: u64 = 16;

/// The constants of a peak's chains, at their places in its second array. Which are used, and how, is the kernel's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainConstant {
    /// c of x² + c; of bytes, the four factors.
    Addend,
    /// a of the odd steps a·x + b, in magnitude above one.
    Expand,
    /// a of the even steps, the inverse.
    Contract,
    /// b of both.
    Offset,
    /// c of the square after a [`STRETCH`] of them.
    Fold,
    /// e of x ← e·y + x.
    There,
    /// -e of y ← -e·x + y.
    Back,
    /// The first y.
    Start,
}

/// Steps from one square of an affine chain to the next, of which it is the last.
pub const STRETCH: u32 = 64;

impl Counted for Peak {
    /// Two for each multiply-add.
    fn ops(&self) -> Option<Ops> {
        let multiply_adds = f64::from(self.chains) * f64::from(self.steps) * f64::from(self.element.per_word());
        Some(Ops::new(2.0 * multiply_adds))
    }

    fn traffic(&self) -> u64 {
        self.output_bytes().saturating_mul(2).saturating_add(CHAIN_CONSTANT_COUNTED)
    }

    fn input_bytes(&self) -> Vec<u64> {
        vec![self.output_bytes(), CHAIN_CONSTANT_BYTES]
    }

    fn output_bytes(&self) -> u64 {
        u64::from(self.chains) * self.element.size() * u64::from(self.element.per_word())
    }
}

impl fmt::Display for Peak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {} steps", self.chains, self.steps)
    }
}
