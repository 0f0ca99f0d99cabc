//! Reads of workgroup memory.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Counted, WORKGROUP_INVOCATIONS};

/// Reads of workgroup memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(inline))]
pub struct WorkgroupMemory {
    /// 32-bit words in one read of an invocation, 1 or 4.
    pub width: u32,
    /// Distance of the reads of neighbouring invocations, in reads.
    pub stride: u32,
    /// Workgroups of [`WORKGROUP_INVOCATIONS`] invocations, all with the same memory.
    pub workgroups: u32,
    /// Reads of each invocation.
    pub reads: u32,
}

/// 32-bit words of workgroup memory that are read from.
pub const WORKGROUP_WORDS: u32 = 4096;

/// How far apart the reads of one invocation lie in workgroup memory, in reads: an odd number, so that all are reached.
pub const WORKGROUP_STEP: u32 = 257;

impl Counted for WorkgroupMemory {
    fn traffic(&self) -> u64 {
        (u64::from(self.workgroups) * u64::from(self.reads))
            .saturating_mul(u64::from(self.width) * 4 * u64::from(WORKGROUP_INVOCATIONS))
    }

    fn input_bytes(&self) -> Vec<u64> {
        vec![u64::from(WORKGROUP_WORDS) * 4]
    }

    /// A sum for each invocation.
    fn output_bytes(&self) -> u64 {
        u64::from(self.workgroups) * u64::from(WORKGROUP_INVOCATIONS) * 4
    }
}

impl fmt::Display for WorkgroupMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} B, stride {}", 4 * u64::from(self.width), self.stride)
    }
}
