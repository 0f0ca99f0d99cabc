//! Reads within a working set.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Counted, binary, is_one, one};

/// Reads within a working set. Workgroups begin at blocks spread over it, and read on from there, around its end. Of a set in parts one is read
/// after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(inline))]
pub struct Sweep {
    /// The working set in bytes, a multiple of [`SWEEP_BLOCK`] times `parts`; less than 2^20 blocks a part.
    pub bytes: u64,
    /// Workgroups of [`SWEEP_SUMS`] sums, for each part.
    pub workgroups: u32,
    /// Blocks that each of them reads.
    pub blocks: u32,
    /// Buffers of equal size that the set is made of: bindings have a limit, caches have another.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub parts: u32,
    /// Whether only one word of each [`LINE`] is read, which moves the line.
    pub lines: bool,
}

/// Bytes of a block of a [`Sweep`].
pub const SWEEP_BLOCK: u32 = 4096;

/// Sums that a workgroup of a [`Sweep`] leaves, whatever its size.
pub const SWEEP_SUMS: u32 = 64;

/// Bytes that move together, at the least, in the caches of processors and most GPUs.
pub const LINE: u32 = 64;

impl Sweep {
    /// Blocks that each part of the set holds.
    pub fn part_blocks(&self) -> u64 {
        self.bytes / u64::from(self.parts()) / u64::from(SWEEP_BLOCK)
    }
}

impl Counted for Sweep {
    /// Every block is read whole, or every line of it moved.
    fn traffic(&self) -> u64 {
        (u64::from(self.workgroups) * u64::from(self.blocks))
            .saturating_mul(u64::from(SWEEP_BLOCK))
            .saturating_mul(u64::from(self.parts))
    }

    fn input_bytes(&self) -> Vec<u64> {
        vec![self.bytes]
    }

    fn output_bytes(&self) -> u64 {
        (u64::from(self.workgroups) * u64::from(self.parts)).saturating_mul(u64::from(SWEEP_SUMS) * 4)
    }

    fn parts(&self) -> u32 {
        // An untrusted record may say 0.
        self.parts.max(1)
    }
}

impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&binary(self.bytes))
    }
}
