//! Passes over device memory.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Counted, Element, MemoryOp, is_one, one};
use crate::units::Bytes;

/// One pass over arrays of 32-bit floats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(inline))]
pub struct MemoryPass {
    /// What the pass does.
    pub operation: MemoryOp,
    /// Length of each array, in 32-bit elements: a multiple of [`MEMORY_BLOCK`] times `parts`.
    pub elements: u64,
    /// Buffers of equal size that each array is made of, one after the other: bindings have a limit, memory has not.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub parts: u32,
}

/// What the length of a buffer of a memory pass has to be a multiple of, in elements, so that every shape divides it.
pub const MEMORY_BLOCK: u64 = 1 << 16;

/// How many elements of `memory/read` share one stored sum, so that the stores are 1/64 of the traffic.
pub const READ_GROUP: u64 = 64;

impl MemoryPass {
    /// Elements of each array in one buffer.
    pub fn part_elements(&self) -> u64 {
        self.elements / u64::from(self.parts())
    }

    /// The same pass over the whole blocks that `elements` of each array make, one of each buffer at the least.
    #[must_use]
    pub fn over(self, elements: u64) -> Self {
        let unit = MEMORY_BLOCK * u64::from(self.parts());
        Self { elements: (elements / unit).max(1).saturating_mul(unit), ..self }
    }

    /// Bytes of all arrays.
    pub fn footprint_bytes(&self) -> u64 {
        self.elements.saturating_mul(self.operation.arrays() * Element::F32.size())
    }
}

impl Counted for MemoryPass {
    /// As STREAM counts.
    fn traffic(&self) -> u64 {
        self.elements.saturating_mul(self.operation.pass().accesses * Element::F32.size())
    }

    fn input_bytes(&self) -> Vec<u64> {
        vec![self.elements.saturating_mul(Element::F32.size()); self.operation.pass().inputs]
    }

    /// A read leaves one 32-bit sum for every [`READ_GROUP`] elements.
    fn output_bytes(&self) -> u64 {
        if self.operation.sums() {
            self.elements / READ_GROUP * 4
        } else {
            self.elements.saturating_mul(Element::F32.size())
        }
    }

    fn parts(&self) -> u32 {
        // An untrusted record may say 0.
        self.parts.max(1)
    }
}

impl fmt::Display for MemoryPass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[expect(clippy::cast_precision_loss, reason = "shown with four digits")]
        let bytes = Bytes::new(self.elements as f64 * 4.0);
        write!(f, "{} × {bytes}", self.operation.arrays())
    }
}
