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
    /// Whether the card is divided (MIG, partitions): then the power, energy, utilisation and memory in use of the whole are not read.
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

/// More words than this are in no record of this program.
const MOST_LEFT_OUT: usize = 100;

impl Board {
    /// Whether anything reads it: else it only says why not.
    pub fn is_read(&self) -> bool {
        !self.source.is_empty()
    }

    /// What no board is, in words; `None` of a sound one.
    pub fn implausible(&self) -> Option<String> {
        let averaged = self.power_averaged_s.map_or(0.0, Seconds::get);
        match () {
            () if self.left_out.len() > MOST_LEFT_OUT => {
                Some("a card of which more was left out than there is".to_owned())
            }
            () if !(0.0..=60.0).contains(&averaged) => Some(format!("a power that is the mean of {averaged} s")),
            () => self.limits().implausible().or_else(|| self.before.as_ref()?.implausible()),
        }
    }

    /// Its limits as a reading, of which the same is plausible.
    fn limits(&self) -> Reading {
        Reading {
            core_hz: self.core_hz_max,
            memory_hz: self.memory_hz_max,
            power_limit_w: self.power_limit_default_w,
            link: self.link_max,
            ..Reading::default()
        }
    }

    /// The board without what no card is, which is noted in `left_out`.
    #[must_use]
    pub fn plausible(self, left_out: &mut super::LeftOut) -> Self {
        let Reading { core_hz, memory_hz, power_limit_w, link, .. } = self.limits().plausible(left_out);
        Self {
            core_hz_max: core_hz,
            memory_hz_max: memory_hz,
            power_limit_default_w: power_limit_w,
            link_max: link,
            ..self
        }
    }
}
