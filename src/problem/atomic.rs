//! Atomic additions.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Counted, WORKGROUP_INVOCATIONS};

/// Atomic additions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(inline))]
pub struct Atomic {
    /// The memory that is added to.
    pub place: Place,
    /// Whether each invocation has an address of its own, else all have the same.
    pub spread: bool,
    /// Workgroups of [`WORKGROUP_INVOCATIONS`] invocations.
    pub workgroups: u32,
    /// Additions of each invocation.
    pub rounds: u32,
}

/// The memory that atomics are made in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// In a storage buffer.
    Storage,
    /// In the memory of a workgroup.
    Workgroup,
}

impl Counted for Atomic {
    /// What moves is not the point.
    fn traffic(&self) -> u64 {
        0
    }

    /// Additions.
    fn events(&self) -> Option<u64> {
        let each = u64::from(self.workgroups) * u64::from(self.rounds);
        Some(each.saturating_mul(u64::from(WORKGROUP_INVOCATIONS)))
    }

    fn input_bytes(&self) -> Vec<u64> {
        Vec::new()
    }

    /// A counter for each invocation.
    fn output_bytes(&self) -> u64 {
        u64::from(self.workgroups) * u64::from(WORKGROUP_INVOCATIONS) * 4
    }
}

impl fmt::Display for Atomic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.place == Place::Storage { "storage" } else { "workgroup" };
        write!(f, "{place}, {}", if self.spread { "spread" } else { "one address" })
    }
}
