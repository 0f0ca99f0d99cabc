//! What a card says of itself at one moment.

use serde::{Deserialize, Serialize};

use super::Reason;
use crate::units::Seconds;

/// One look at a card's sensors. What the card does not say is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Reading {
    /// When, by the clock of the meter, which is zero when the run begins.
    pub at_s: Seconds,
    /// Clock of the arithmetic units, in hertz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core_hz: Option<f64>,
    /// Clock of the memory as the driver states it, in hertz: of GDDR and HBM the data rate is a multiple.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_hz: Option<f64>,
    /// Power drawn, in watts: at this moment, or the mean over the time that [`super::Board::power_averaged_s`] states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_w: Option<f64>,
    /// The power limit in force, in watts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_limit_w: Option<f64>,
    /// The energy counter, in joules, from wherever it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_j: Option<f64>,
    /// Temperature of the chip, in degrees Celsius.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_c: Option<f64>,
    /// Temperature of the memory, in degrees Celsius.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_temperature_c: Option<f64>,
    /// Speed of the fan, of its highest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fan_share: Option<f64>,
    /// Part of the time, of the driver's own choosing, in which the card was busy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy_share: Option<f64>,
    /// Memory in use, in bytes, by whomever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_used_bytes: Option<u64>,
    /// The host link as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// Why the clock is what it is; empty where nothing limits it, absent where the driver does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasons: Option<Vec<Reason>>,
}

/// A PCIe link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Link {
    /// PCIe generation, from 1.
    pub generation: u32,
    /// Lanes.
    pub lanes: u32,
}

impl std::fmt::Display for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PCIe {}.0 x{}", self.generation, self.lanes)
    }
}

/// A quantity of a [`Reading`] or a [`super::Board`], by the name that a person knows it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Quantity {
    /// Everything at once: no library, no such card.
    All,
    CoreClock,
    MemoryClock,
    Power,
    PowerLimit,
    Energy,
    Temperature,
    MemoryTemperature,
    Fan,
    Utilization,
    MemoryInUse,
    Link,
    Reasons,
    Processes,
    Ecc,
    Persistence,
}

impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::All => "the card's sensors",
            Self::CoreClock => "the core clock",
            Self::MemoryClock => "the memory clock",
            Self::Power => "the power",
            Self::PowerLimit => "the power limit",
            Self::Energy => "the energy counter",
            Self::Temperature => "the temperature",
            Self::MemoryTemperature => "the memory's temperature",
            Self::Fan => "the fan",
            Self::Utilization => "the utilisation",
            Self::MemoryInUse => "the memory in use",
            Self::Link => "the host link",
            Self::Reasons => "the throttle reasons",
            Self::Processes => "other processes",
            Self::Ecc => "ECC",
            Self::Persistence => "the persistence mode",
        })
    }
}

/// What was not read, each quantity once, with the first reason.
#[derive(Debug, Clone, Default)]
pub struct LeftOut(Vec<(Quantity, String)>);

impl LeftOut {
    /// Notes that `what` could not be read, because of `why`; a second reason for the same adds nothing.
    pub fn note(&mut self, what: Quantity, why: impl Into<String>) {
        if !self.0.iter().any(|(known, _)| *known == what) {
            self.0.push((what, why.into()));
        }
    }

    /// Each quantity with its reason, in the order in which they were noted.
    pub fn iter(&self) -> impl Iterator<Item = (Quantity, &str)> {
        self.0.iter().map(|(what, why)| (*what, why.as_str()))
    }
}

/// Limits of what is taken for a reading.
const HERTZ: [f64; 2] = [1e6, 2e10];
const WATTS: [f64; 2] = [0.1, 5000.0];
const CELSIUS: [f64; 2] = [-40.0, 200.0];

impl Reading {
    /// The reading without what no card is: a clock or a power of zero, temperatures of fire. What was taken out is noted in `left_out`.
    #[must_use]
    pub fn plausible(mut self, left_out: &mut LeftOut) -> Self {
        let mut keep = |value: &mut Option<f64>, [least, most]: [f64; 2], what: Quantity, unit: &str| {
            if let Some(read) = value.filter(|read| !(least..=most).contains(read)) {
                let shown = if read.abs() < 1e6 { format!("{read}") } else { format!("{read:.3e}") };
                left_out.note(what, format!("{shown} {unit} was read, which no card has"));
                *value = None;
            }
        };
        keep(&mut self.core_hz, HERTZ, Quantity::CoreClock, "Hz");
        keep(&mut self.memory_hz, HERTZ, Quantity::MemoryClock, "Hz");
        keep(&mut self.power_w, WATTS, Quantity::Power, "W");
        keep(&mut self.power_limit_w, WATTS, Quantity::PowerLimit, "W");
        keep(&mut self.temperature_c, CELSIUS, Quantity::Temperature, "°C");
        keep(&mut self.memory_temperature_c, CELSIUS, Quantity::MemoryTemperature, "°C");
        // Fans are driven beyond their rating.
        keep(&mut self.fan_share, [0.0, 1.5], Quantity::Fan, "times its highest speed");
        keep(&mut self.busy_share, [0.0, 1.0], Quantity::Utilization, "times all of the time");
        keep(&mut self.energy_j, [0.0, 1e15], Quantity::Energy, "J");
        if let Some(link) = self.link.filter(|link| !link.is_plausible()) {
            left_out.note(Quantity::Link, format!("{link} was read, which no link is"));
            self.link = None;
        }
        self
    }

    /// The quantities that it has.
    pub fn told(&self) -> impl Iterator<Item = Quantity> + use<> {
        let told = [
            (Quantity::CoreClock, self.core_hz.is_some()),
            (Quantity::MemoryClock, self.memory_hz.is_some()),
            (Quantity::Power, self.power_w.is_some()),
            (Quantity::PowerLimit, self.power_limit_w.is_some()),
            (Quantity::Energy, self.energy_j.is_some()),
            (Quantity::Temperature, self.temperature_c.is_some()),
            (Quantity::MemoryTemperature, self.memory_temperature_c.is_some()),
            (Quantity::Fan, self.fan_share.is_some()),
            (Quantity::Utilization, self.busy_share.is_some()),
            (Quantity::MemoryInUse, self.memory_used_bytes.is_some()),
            (Quantity::Link, self.link.is_some()),
            (Quantity::Reasons, self.reasons.is_some()),
        ];
        told.into_iter().filter(|(_, is_there)| *is_there).map(|(what, _)| what)
    }

    /// What no card says, in words; `None` of a sound reading.
    pub fn implausible(&self) -> Option<String> {
        let mut left_out = LeftOut::default();
        let _ = self.clone().plausible(&mut left_out);
        left_out.iter().next().map(|(what, why)| format!("{what}: {why}"))
    }

    /// Whether anything was read.
    pub fn is_empty(&self) -> bool {
        self.told().next().is_none()
    }
}

impl Link {
    /// Whether there are such links.
    pub fn is_plausible(self) -> bool {
        (1..=8).contains(&self.generation) && (1..=32).contains(&self.lanes)
    }

    /// Whether `most` could carry more.
    pub fn is_less_than(self, most: Self) -> bool {
        self.lanes < most.lanes || self.generation < most.generation
    }
}
