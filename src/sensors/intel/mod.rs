//! Intel's cards under Linux: what the drivers i915 and xe show of them below `/sys`.
//!
//! Neither shows the memory's clock and use, how busy the card is, or the power of the moment. Power follows from the energy counter.

mod gt;
mod hwmon;

use std::path::PathBuf;

use super::{Places, Sensors, Wanted, link, pci};
use crate::telemetry::{Board, LeftOut, Quantity, Reading};
use gt::Gt;
use hwmon::Hwmon;

/// One card. Of a card with several tiles, as there are in data centres, clock and throttle reasons are the first one's.
struct Intel {
    device: pci::Device,
    sys: PathBuf,
    gt: Gt,
    hwmon: Hwmon,
}

/// The sensors of `wanted`, if i915 or xe holds it.
pub(super) fn open(wanted: &Wanted, places: &Places, left_out: &mut LeftOut) -> Option<Box<dyn Sensors>> {
    let device = pci::device(wanted, &places.sys, &["xe", "i915"], left_out)?;
    for what in [Quantity::MemoryClock, Quantity::Utilization, Quantity::MemoryInUse] {
        left_out.note(what, format!("{} does not tell it", device.driver));
    }
    let gt = Gt::of(&device, left_out);
    let hwmon = Hwmon::of(&device, left_out);
    Some(Box::new(Intel { device, sys: places.sys.clone(), gt, hwmon }))
}

impl Sensors for Intel {
    fn board(&mut self, left_out: &mut LeftOut) -> Board {
        let [now, link_max] = link::links(&self.sys, &self.device.address);
        if now.is_none() {
            left_out.note(Quantity::Link, "the system shows none");
        }
        Board {
            source: [self.device.driver, self.hwmon.scope()].concat(),
            pci_address: Some(self.device.address.clone()),
            core_hz_max: self.gt.highest_hz(),
            power_limit_default_w: self.hwmon.power_limit_default_w(),
            link_max,
            ..Board::default()
        }
    }

    fn read(&mut self, left_out: &mut LeftOut) -> Reading {
        let [link, _] = link::links(&self.sys, &self.device.address);
        Reading {
            core_hz: self.gt.core_hz(left_out),
            reasons: self.gt.reasons(left_out),
            energy_j: self.hwmon.energy_j(left_out),
            power_limit_w: self.hwmon.power_limit_w(left_out),
            temperature_c: self.hwmon.temperature_c(left_out),
            memory_temperature_c: self.hwmon.memory_temperature_c(left_out),
            link,
            ..Reading::default()
        }
    }
}
