//! Bytes between host and device.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Counted, binary};

/// Bytes between host and device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(inline))]
pub struct Transfer {
    /// Which way.
    pub direction: Direction,
    /// How.
    pub path: TransferMethod,
    /// How many.
    pub bytes: u64,
}

/// Which way bytes go between host and device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// To the device.
    Upload,
    /// To the host.
    Readback,
}

/// How they go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TransferMethod {
    /// As the API's convenience has it: `write_buffer`, or a staging buffer made for each readback.
    Queue,
    /// Through a staging buffer that is kept, and mapped each time.
    Mapped,
    /// By the device alone, from or into memory of the host that it reaches and that no processor touches meanwhile: what the bus carries.
    Direct,
}

impl Counted for Transfer {
    fn traffic(&self) -> u64 {
        self.bytes
    }

    fn input_bytes(&self) -> Vec<u64> {
        vec![self.bytes]
    }

    fn output_bytes(&self) -> u64 {
        self.bytes
    }
}

impl fmt::Display for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", binary(self.bytes), format!("{:?}", self.path).to_lowercase())
    }
}
