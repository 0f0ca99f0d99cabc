//! The clock of the arithmetic units, and what holds it down.

use std::path::PathBuf;

use super::super::sysfs::{self, Attribute};
use super::super::{hertz, pci};
use crate::telemetry::{LeftOut, Quantity, Reason};

/// Files of a graphics tile (GT): `drivers/gpu/drm/i915/gt/intel_gt_sysfs_pm.c` and `drivers/gpu/drm/xe/xe_gt_freq.c` of Linux write clocks in MHz.
#[derive(Default)]
pub(super) struct Gt {
    clock: Option<Attribute>,
    /// The highest clock that is allowed now.
    allowed: Option<Attribute>,
    /// The highest clock of the card ("RP0"), in hertz.
    highest_hz: Option<f64>,
    throttled: Option<Attribute>,
    throttlers: Vec<(Attribute, Option<Reason>)>,
}

/// Where files are and what they are called: in one folder, clocks with something before and after the names that they share.
struct Naming {
    folder: PathBuf,
    clock: [&'static str; 3],
    throttled: &'static str,
    throttler: &'static str,
}

/// Clocks are set in steps of 50/3 MHz, so that one that was set may be read as one that is a step away: igt-gpu-tools allows for as much in
/// `tests/intel/xe_gt_freq.c`.
const STEP_HZ: f64 = 17e6;

/// Ends of the names of throttle reasons, with what they say. The first eight are those of i915 and xe; Crescent Island has four of them and the others
/// (`drivers/gpu/drm/xe/xe_gt_throttle.c`). PL1 and PL2 limit mean power over seconds and milliseconds, PL4 peak current; RATL is a running average of
/// the temperature; TDC is the current that the regulator can keep up. P0 is the highest clock, which is no limit.
const THROTTLERS: [(&str, Option<Reason>); 18] = [
    ("pl1", Some(Reason::PowerCap)),
    ("pl2", Some(Reason::PowerCap)),
    ("pl4", Some(Reason::Current)),
    ("thermal", Some(Reason::Thermal)),
    ("prochot", Some(Reason::HardwareThermal)),
    ("ratl", Some(Reason::Thermal)),
    ("vr_thermalert", Some(Reason::RegulatorThermal)),
    ("vr_tdc", Some(Reason::Current)),
    ("soc_thermal", Some(Reason::Thermal)),
    ("soc_avg_thermal", Some(Reason::Thermal)),
    ("mem_thermal", Some(Reason::MemoryThermal)),
    ("vr_thermal", Some(Reason::RegulatorThermal)),
    ("iccmax", Some(Reason::Current)),
    ("fastvmode", Some(Reason::Current)),
    ("psys_pl1", Some(Reason::PowerBrake)),
    ("psys_pl2", Some(Reason::PowerBrake)),
    ("psys_crit", Some(Reason::PowerBrake)),
    ("p0_freq", None),
];

/// Every way in which the drivers name the files, the best first. i915 has its files below the DRM device; in older kernels there is one set for the
/// whole card.
fn namings(device: &pci::Device) -> Vec<Naming> {
    if device.driver == "xe" {
        return vec![Naming {
            folder: device.folder.join("tile0/gt0/freq0"),
            clock: ["act_freq", "max_freq", "rp0_freq"],
            throttled: "throttle/status",
            throttler: "throttle/reason_",
        }];
    }
    let (throttled, throttler) = ("throttle_reason_status", "throttle_reason_");
    let of_card = |card: PathBuf| {
        let clock = ["rps_act_freq_mhz", "rps_max_freq_mhz", "rps_RP0_freq_mhz"];
        let of_gt = Naming { folder: card.join("gt/gt0"), clock, throttled, throttler };
        let clock = ["gt_act_freq_mhz", "gt_max_freq_mhz", "gt_RP0_freq_mhz"];
        [of_gt, Naming { folder: card, clock, throttled, throttler }]
    };
    sysfs::folders(&device.folder.join("drm"), "card").into_iter().flat_map(of_card).collect()
}

impl Gt {
    /// The files of `device`; what is not among them is noted.
    pub(super) fn of(device: &pci::Device, left_out: &mut LeftOut) -> Self {
        let namings = namings(device);
        let naming = namings.iter().find(|naming| naming.folder.join(naming.clock[0]).exists());
        let found = naming.map(Self::named).unwrap_or_default();
        for (what, file) in [(Quantity::CoreClock, &found.clock), (Quantity::Reasons, &found.throttled)] {
            if file.is_none() {
                left_out.note(what, format!("{} does not tell it of this GPU", device.driver));
            }
        }
        found
    }

    fn named(naming: &Naming) -> Self {
        let at = |name: &str, what| Attribute::at(naming.folder.join(name), what);
        let [clock, allowed, highest] = naming.clock;
        let throttler = |(end, reason)| Some((at(&[naming.throttler, end].concat(), Quantity::Reasons)?, reason));
        Self {
            clock: at(clock, Quantity::CoreClock),
            allowed: at(allowed, Quantity::Reasons),
            highest_hz: sysfs::number(&naming.folder.join(highest), 1.0).filter(|mhz| *mhz > 0.0).map(hertz),
            throttled: at(naming.throttled, Quantity::Reasons),
            throttlers: THROTTLERS.into_iter().filter_map(throttler).collect(),
        }
    }

    /// The highest clock, in hertz.
    pub(super) fn highest_hz(&self) -> Option<f64> {
        self.highest_hz
    }

    /// The clock now, in hertz; absent while the tile sleeps, when both drivers write 0.
    pub(super) fn core_hz(&mut self, left_out: &mut LeftOut) -> Option<f64> {
        clock(self.clock.as_mut()?, left_out)
    }

    /// Why the clock is what it is.
    pub(super) fn reasons(&mut self, left_out: &mut LeftOut) -> Option<Vec<Reason>> {
        let told = self.throttlers(left_out);
        let is_set = self.is_set(left_out);
        let mut reasons = told.or_else(|| is_set.then(Vec::new))?;
        reasons.extend(is_set.then_some(Reason::ClockSetting));
        reasons.sort_unstable();
        reasons.dedup();
        Some(reasons)
    }

    /// Whether somebody set a limit below the highest clock.
    fn is_set(&mut self, left_out: &mut LeftOut) -> bool {
        let allowed = self.allowed.as_mut().and_then(|allowed| clock(allowed, left_out));
        allowed.zip(self.highest_hz).is_some_and(|(allowed, highest)| allowed + STEP_HZ < highest)
    }

    /// What throttles the clock; a card that nothing throttles costs one read.
    fn throttlers(&mut self, left_out: &mut LeftOut) -> Option<Vec<Reason>> {
        if !self.is_throttled(left_out)? {
            return Some(Vec::new());
        }
        let on: Vec<Option<Reason>> = self
            .throttlers
            .iter_mut()
            .filter_map(|(file, reason)| file.number(1.0, left_out).filter(|on| *on > 0.0).map(|_| *reason))
            .collect();
        // None of them may be on any more, or the driver knows more of them than are here.
        let is_nameless = on.is_empty() && self.is_throttled(left_out)?;
        Some(on.into_iter().flatten().chain(is_nameless.then_some(Reason::Other)).collect())
    }

    fn is_throttled(&mut self, left_out: &mut LeftOut) -> Option<bool> {
        Some(self.throttled.as_mut()?.number(1.0, left_out)? > 0.0)
    }
}

/// A clock in hertz; `None` of 0, which is none.
fn clock(file: &mut Attribute, left_out: &mut LeftOut) -> Option<f64> {
    file.number(1.0, left_out).filter(|mhz| *mhz > 0.0).map(hertz)
}
