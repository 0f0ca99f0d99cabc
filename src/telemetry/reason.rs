//! Why a card's clock is below what it could be, in words that all makers' drivers can be put into.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A reason that a driver gives for the clock that it set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing runs.
    Idle,
    /// A setting of clocks, such as application clocks or locked ones: somebody's, or the driver's own.
    ClockSetting,
    /// The clock of displays demands it.
    DisplayClock,
    /// Several cards are kept at one clock.
    SyncBoost,
    /// The board draws what its power limit allows.
    PowerCap,
    /// The power supply or the system asked for less.
    PowerBrake,
    /// A current limit.
    Current,
    /// The voltage is at its limit, or the chip's reliability asks for less.
    Voltage,
    /// The chip is as warm as the driver lets it become.
    Thermal,
    /// The chip protects itself from heat.
    HardwareThermal,
    /// The memory is too warm.
    MemoryThermal,
    /// A voltage regulator is too warm.
    RegulatorThermal,
    /// The hardware halves the clock or worse: for heat, power or current; other reasons say which where the driver knows.
    HardwareSlowdown,
    /// One that this version has no name for.
    Other,
}

/// The kind of limit that a reason is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Power or current.
    Power,
    /// Heat.
    Thermal,
    /// Another that slows the card down.
    Other,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 14] = [
        Self::Idle,
        Self::ClockSetting,
        Self::DisplayClock,
        Self::SyncBoost,
        Self::PowerCap,
        Self::PowerBrake,
        Self::Current,
        Self::Voltage,
        Self::Thermal,
        Self::HardwareThermal,
        Self::MemoryThermal,
        Self::RegulatorThermal,
        Self::HardwareSlowdown,
        Self::Other,
    ];

    /// What kind of limit it is; `None` of one that takes nothing from a card under load. A voltage at its limit is what every card ends at that
    /// nothing else holds.
    pub fn limit(self) -> Option<Limit> {
        match self {
            Self::Idle | Self::Voltage => None,
            Self::PowerCap | Self::PowerBrake | Self::Current => Some(Limit::Power),
            Self::Thermal | Self::HardwareThermal | Self::MemoryThermal | Self::RegulatorThermal => {
                Some(Limit::Thermal)
            }
            Self::ClockSetting | Self::DisplayClock | Self::SyncBoost | Self::HardwareSlowdown | Self::Other => {
                Some(Limit::Other)
            }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Idle => "idle",
            Self::ClockSetting => "clock setting",
            Self::DisplayClock => "display clock",
            Self::SyncBoost => "sync boost",
            Self::PowerCap => "power cap",
            Self::PowerBrake => "power brake",
            Self::Current => "current limit",
            Self::Voltage => "voltage limit",
            Self::Thermal => "temperature",
            Self::HardwareThermal => "hardware's thermal slowdown",
            Self::MemoryThermal => "memory temperature",
            Self::RegulatorThermal => "regulator temperature",
            Self::HardwareSlowdown => "hardware slowdown",
            Self::Other => "a reason without a name",
        })
    }
}
