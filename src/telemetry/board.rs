//! What stays the same of a card during a run.

use serde::{Deserialize, Serialize};

use super::{Link, Reading};
use crate::units::Seconds;

/// A card as its sensors describe it. What they do not say is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Board {
    /// What was read: the library or the kernel driver, with its version where it has one.
    pub source: String,
    /// PCI address of the card that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pci_address: Option<String>,
    /// The highest clock of the arithmetic units, in hertz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core_hz_max: Option<f64>,
    /// The highest clock of the memory, in hertz, as the driver states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_hz_max: Option<f64>,
    /// The power limit that the card has unless somebody sets another, in watts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_limit_default_w: Option<f64>,
    /// The time over which the power that is read is the mean, as the maker documents it; absent where it is that of the moment, or not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_averaged_s: Option<Seconds>,
    /// What the card's link could be at the most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_max: Option<Link>,
    /// All memory of the card, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Whether the memory corrects errors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ecc: Option<bool>,
    /// Whether the driver stays loaded between programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persistence: Option<bool>,
    /// Whether the card is divided (MIG, SR-IOV): then only what holds for a part of it is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partitioned: Option<bool>,
    /// Other processes that have work on the card, before the first benchmark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_processes: Option<u32>,
    /// The card before this program used it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Reading>,
    /// What was not read, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}
