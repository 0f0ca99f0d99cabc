//! Energy, power limits and temperatures, by the kernel's interface for hardware monitoring.

use std::path::{Path, PathBuf};

use super::super::hwmon::{self, labelled};
use super::super::pci;
use super::super::sysfs::{self, Attribute};
use crate::telemetry::{LeftOut, Quantity};

/// Files count millionths of joules and watts, and thousandths of degrees: `sysfs-driver-intel-i915-hwmon` and `sysfs-driver-intel-xe-hwmon` in Linux's
/// `Documentation/ABI/testing`.
const MICRO: f64 = 1e6;
const MILLI: f64 = 1e3;

/// What the files of a card are about. Channels are known by their labels; one without a label is the chip's: i915 has no labels, and for its cards reads
/// `PCU_PACKAGE_ENERGY_STATUS` (`drivers/gpu/drm/i915/i915_hwmon.c`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Card,
    Package,
    Unlabelled,
}

impl Scope {
    /// The best first: a card draws more than its chip does.
    const ALL: [Self; 3] = [Self::Card, Self::Package, Self::Unlabelled];

    fn label(self) -> Option<&'static str> {
        match self {
            Self::Card => Some("card"),
            Self::Package => Some("pkg"),
            Self::Unlabelled => None,
        }
    }
}

/// Files of one card. Energy and power limits are of one scope, so that one can be held against the other.
#[derive(Default)]
pub(super) struct Hwmon {
    scope: Option<Scope>,
    energy: Option<Attribute>,
    /// The sustained limit (PL1) and those that hold where it is switched off, which it is where it reads 0.
    limits: Vec<Attribute>,
    power_limit_default_w: Option<f64>,
    temperature: Option<Attribute>,
    memory_temperature: Option<Attribute>,
}

impl Hwmon {
    /// The files of `device`, which a GPU within a processor does not have; what is not among them is noted.
    pub(super) fn of(device: &pci::Device, left_out: &mut LeftOut) -> Self {
        let folder = hwmon::folder(&device.folder, device.driver);
        let found = folder.map(|folder| Self::in_folder(&folder)).unwrap_or_default();
        let mut note = |what, file: Option<&Attribute>, why: &str| {
            if file.is_none() {
                left_out.note(what, format!("{} {why}", device.driver));
            }
        };
        let why = "does not tell it of this GPU";
        note(Quantity::Energy, found.energy.as_ref(), "counts none of this GPU, so that its power is unknown too");
        note(Quantity::PowerLimit, found.limits.first(), why);
        note(Quantity::Temperature, found.temperature.as_ref(), why);
        note(Quantity::MemoryTemperature, found.memory_temperature.as_ref(), why);
        note(Quantity::Fan, None, "does not say what the fan's highest speed is");
        found
    }

    fn in_folder(folder: &Path) -> Self {
        let energy = |scope| input(folder, "energy", scope, Quantity::Energy);
        let scope = Scope::ALL.into_iter().find(|scope| energy(*scope).is_some());
        let scope = scope.or_else(|| Scope::ALL.into_iter().find(|scope| !limits(folder, *scope).is_empty()));
        let temperature = |scope| input(folder, "temp", scope, Quantity::Temperature);
        let of_scope = |scope| {
            let rated = file(folder, "power", scope, "rated_max")?;
            sysfs::number(&rated, MICRO).filter(|watts| *watts > 0.0)
        };
        Self {
            scope,
            energy: scope.and_then(energy),
            limits: scope.map(|scope| limits(folder, scope)).unwrap_or_default(),
            power_limit_default_w: scope.and_then(of_scope),
            temperature: temperature(Scope::Package).or_else(|| temperature(Scope::Unlabelled)),
            memory_temperature: labelled(folder, "temp", "vram")
                .and_then(|n| Attribute::at(folder.join(format!("temp{n}_input")), Quantity::MemoryTemperature)),
        }
    }

    /// What energy and limits are of, in words to put after the driver's name.
    pub(super) fn scope(&self) -> &'static str {
        match self.scope {
            None => "",
            Some(Scope::Card) => " (power of the card)",
            Some(Scope::Package | Scope::Unlabelled) => " (power of the chip alone)",
        }
    }

    /// The power limit that the card came with, in watts.
    pub(super) fn power_limit_default_w(&self) -> Option<f64> {
        self.power_limit_default_w
    }

    /// The energy counter, in joules. It begins anew with the driver.
    pub(super) fn energy_j(&mut self, left_out: &mut LeftOut) -> Option<f64> {
        self.energy.as_mut()?.number(MICRO, left_out)
    }

    /// The power limit in force, in watts.
    pub(super) fn power_limit_w(&mut self, left_out: &mut LeftOut) -> Option<f64> {
        self.limits.iter_mut().find_map(|limit| limit.number(MICRO, left_out).filter(|watts| *watts > 0.0))
    }

    /// Temperature of the chip, in degrees Celsius.
    pub(super) fn temperature_c(&mut self, left_out: &mut LeftOut) -> Option<f64> {
        self.temperature.as_mut()?.number(MILLI, left_out)
    }

    /// Temperature of the memory, in degrees Celsius.
    pub(super) fn memory_temperature_c(&mut self, left_out: &mut LeftOut) -> Option<f64> {
        self.memory_temperature.as_mut()?.number(MILLI, left_out)
    }
}

/// A file of the channel of this kind and scope.
fn file(folder: &Path, kind: &str, scope: Scope, end: &str) -> Option<PathBuf> {
    let n = match scope.label() {
        Some(label) => labelled(folder, kind, label)?,
        None if folder.join(format!("{kind}1_label")).exists() => return None,
        None => 1,
    };
    Some(folder.join(format!("{kind}{n}_{end}")))
}

fn input(folder: &Path, kind: &str, scope: Scope, what: Quantity) -> Option<Attribute> {
    Attribute::at(file(folder, kind, scope, "input")?, what)
}

/// Power limits: the sustained one (PL1), that of bursts (PL2) and the critical one (I1).
fn limits(folder: &Path, scope: Scope) -> Vec<Attribute> {
    let limit = |end| Attribute::at(file(folder, "power", scope, end)?, Quantity::PowerLimit);
    ["max", "cap", "crit"].into_iter().filter_map(limit).collect()
}
