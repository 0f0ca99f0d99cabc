//! Pointer chases.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Counted, Cycle, binary};

/// A pointer chase along a random cycle through all entries of an array, each the address of the next. It goes on where it ended before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(inline))]
pub struct Chase {
    /// Size of the array in bytes.
    pub bytes: u64,
    /// Distance of entries in bytes.
    pub stride: u32,
    /// Steps of one dispatch.
    pub steps: u32,
}

impl Chase {
    /// The cycle that follows from `seed`, in entries.
    ///
    /// # Panics
    /// Panics if the array has no entries.
    pub fn cycle(&self, seed: u64) -> Cycle {
        Cycle::new(self.bytes / u64::from(self.stride), seed)
    }

    /// Distance of entries in words.
    pub(super) fn spacing(&self) -> u64 {
        u64::from(self.stride) / 4
    }

    /// The place of `entry` in words, as a word of the array holds it.
    #[expect(clippy::cast_possible_truncation, reason = "no kernel is started on an array of 2^32 words")]
    pub fn address(&self, entry: u64) -> u32 {
        (entry * self.spacing()) as u32
    }
}

impl Counted for Chase {
    /// What moves is not the point.
    fn traffic(&self) -> u64 {
        0
    }

    /// Steps.
    fn events(&self) -> Option<u64> {
        Some(u64::from(self.steps))
    }

    fn input_bytes(&self) -> Vec<u64> {
        vec![self.bytes]
    }

    /// The place that was reached.
    fn output_bytes(&self) -> u64 {
        4
    }
}

impl fmt::Display for Chase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {} B", binary(self.bytes), self.stride)
    }
}
