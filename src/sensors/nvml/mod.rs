//! NVIDIA's cards, through NVML, the library that comes with the driver. What is said of its functions is from its header, nvml.h.

mod ask;
mod find;

use std::path::{Path, PathBuf};

use nvml_wrapper::bitmasks::device::ThrottleReasons;
use nvml_wrapper::enum_wrappers::device::{Clock, TemperatureSensor};
use nvml_wrapper::enums::device::SampleValue;
use nvml_wrapper::error::{Bits, NvmlError};
use nvml_wrapper::structs::device::FieldId;
use nvml_wrapper::sys_exports::field_id::{NVML_FI_DEV_MEMORY_TEMP, NVML_FI_DEV_POWER_INSTANT};
use nvml_wrapper::{Device, Nvml};

use super::{Places, Sensors, Wanted, hertz, link};
use crate::telemetry::{Board, LeftOut, Link, Quantity, Reading, Reason};
use crate::units::Seconds;

use ask::Asked;

/// The sensors of `wanted`, where NVML can be loaded and knows the card.
pub(super) fn open(wanted: &Wanted, places: &Places, left_out: &mut LeftOut) -> Option<Box<dyn Sensors>> {
    // The library stays loaded: a device borrows from it, and nvml-wrapper panics where one without `nvmlShutdown` is let go.
    let loaded = find::load(&places.nvml).map(|nvml| -> &'static Nvml { Box::leak(Box::new(nvml)) });
    match loaded.and_then(|nvml| find::device(nvml, wanted)) {
        Ok(device) => Some(Box::new(Card::new(device, &places.sys, left_out))),
        Err(why) => {
            left_out.note(Quantity::All, why);
            None
        }
    }
}

struct Card {
    asked: Asked,
    sys: PathBuf,
    /// Whether MIG divides it; unknown where the card does not say.
    divided: Option<bool>,
    /// Whether it tells the power of the moment.
    power_is_instant: bool,
}

/// What a divided card tells of all its parts together.
const OF_THE_WHOLE: [Quantity; 4] = [Quantity::Power, Quantity::Energy, Quantity::Utilization, Quantity::MemoryInUse];

impl Card {
    fn new(device: Device<'static>, sys: &Path, left_out: &mut LeftOut) -> Self {
        let divided = device.mig_mode().ok().map(|mode| mode.current != 0);
        if divided == Some(true) {
            for what in OF_THE_WHOLE {
                left_out.note(what, "the card is divided (MIG), and this is the whole card's");
            }
        }
        let power_is_instant = instant_power(&device).is_ok();
        Self { asked: Asked::new(device), sys: sys.to_owned(), divided, power_is_instant }
    }

    /// Of `nvmlDeviceGetPowerUsage`: "On Ampere (except GA100) or newer GPUs, the API returns power averaged over 1 sec interval. On GA100 and older
    /// architectures, instantaneous power is returned." GA100 is of compute capability 8.0, the other chips of Ampere are of 8.6 and more.
    fn power_averaged_s(&self) -> Option<Seconds> {
        let capability = self.asked.aside(Device::cuda_compute_capability)?;
        let is_mean = !self.power_is_instant && (capability.major, capability.minor) > (8, 0);
        is_mean.then(|| Seconds::new(1.0))
    }

    /// What there is to read of a card that is not divided.
    fn read_whole(&mut self, reading: Reading, left_out: &mut LeftOut) -> Reading {
        let power = if self.power_is_instant { instant_power } else { Device::power_usage };
        let card = &mut self.asked;
        Reading {
            power_w: card.value(Quantity::Power, left_out, power).map(watts),
            energy_j: card.value(Quantity::Energy, left_out, Device::total_energy_consumption).map(joules),
            busy_share: card
                .value(Quantity::Utilization, left_out, Device::utilization_rates)
                .map(|rates| share(rates.gpu)),
            memory_used_bytes: card
                .value(Quantity::MemoryInUse, left_out, Device::memory_info)
                .map(|memory| memory.used),
            ..reading
        }
    }
}

impl Sensors for Card {
    fn board(&mut self, left_out: &mut LeftOut) -> Board {
        let ecc = self.asked.value(Quantity::Ecc, left_out, Device::is_ecc_enabled);
        let persistence = persistence(&mut self.asked, left_out);
        let other_processes = self.asked.value(Quantity::Processes, left_out, other_processes);
        let card = &self.asked;
        let pci_address = card.aside(Device::pci_info).map(|pci| find::short_address(&pci.bus_id));
        // NVML's own is what card and slot can do together: of a card in a slot with fewer lanes it would say that all is well.
        let [_, link_max] = pci_address.as_deref().map_or([None; 2], |address| link::links(&self.sys, address));
        Board {
            source: source(card),
            pci_address,
            core_hz_max: card.aside(|card| card.max_clock_info(Clock::SM)).map(hertz),
            memory_hz_max: card.aside(|card| card.max_clock_info(Clock::Memory)).map(hertz),
            power_limit_default_w: card.aside(Device::power_management_limit_default).map(watts),
            power_averaged_s: self.power_averaged_s(),
            link_max: link_max.or_else(|| card.aside(link_of_card_and_slot)),
            memory_bytes: card.aside(Device::memory_info).map(|memory| memory.total),
            ecc: ecc.map(|ecc| ecc.currently_enabled),
            persistence,
            partitioned: self.divided,
            other_processes,
            ..Board::default()
        }
    }

    fn read(&mut self, left_out: &mut LeftOut) -> Reading {
        let card = &mut self.asked;
        let reading = Reading {
            core_hz: card.value(Quantity::CoreClock, left_out, |card| card.clock_info(Clock::SM)).map(hertz),
            memory_hz: card.value(Quantity::MemoryClock, left_out, |card| card.clock_info(Clock::Memory)).map(hertz),
            power_limit_w: card.value(Quantity::PowerLimit, left_out, Device::enforced_power_limit).map(watts),
            temperature_c: card
                .value(Quantity::Temperature, left_out, |card| card.temperature(TemperatureSensor::Gpu))
                .map(f64::from),
            memory_temperature_c: card
                .value(Quantity::MemoryTemperature, left_out, |card| field(card, NVML_FI_DEV_MEMORY_TEMP))
                .map(f64::from),
            fan_share: card.value(Quantity::Fan, left_out, fastest_fan).map(share),
            link: card.value(Quantity::Link, left_out, |card| {
                Ok(Link { generation: card.current_pcie_link_gen()?, lanes: card.current_pcie_link_width()? })
            }),
            reasons: card.value(Quantity::Reasons, left_out, reasons),
            ..Reading::default()
        };
        if self.divided == Some(true) { reading } else { self.read_whole(reading, left_out) }
    }
}

fn link_of_card_and_slot(card: &Device<'static>) -> Result<Link, NvmlError> {
    Ok(Link { generation: card.max_pcie_link_gen()?, lanes: card.max_pcie_link_width()? })
}

/// The versions of library and driver.
fn source(card: &Asked) -> String {
    let library = card.aside(|card| card.nvml().sys_nvml_version());
    let driver = card.aside(|card| card.nvml().sys_driver_version());
    let library = library.map_or_else(|| "NVML".to_owned(), |version| format!("NVML {version}"));
    driver.map_or_else(|| library.clone(), |version| format!("{library}, driver {version}"))
}

fn watts(milli: u32) -> f64 {
    f64::from(milli) / 1e3
}

#[expect(clippy::cast_precision_loss, reason = "exact for 285 years at a kilowatt")]
fn joules(milli: u64) -> f64 {
    milli as f64 / 1e3
}

fn share(percent: u32) -> f64 {
    f64::from(percent) / 100.0
}

/// The power of the moment, in milliwatts. Its field is younger than `nvmlDeviceGetPowerUsage`: "Current GPU power, supported on all architectures."
fn instant_power(card: &Device<'static>) -> Result<u32, NvmlError> {
    field(card, NVML_FI_DEV_POWER_INSTANT)
}

/// The value of a field that is never zero: cards that lack one say zero and that all went well (NVIDIA/DCGM, pull request 311).
fn field(card: &Device<'static>, id: u32) -> Result<u32, NvmlError> {
    let sample = card.field_values_for(&[FieldId(id)])?.pop().ok_or(NvmlError::NoData)??;
    match sample.value? {
        SampleValue::U32(value) if value > 0 => Ok(value),
        _ => Err(NvmlError::NotSupported),
    }
}

/// The speed of the fastest fan, in hundredths of its highest.
fn fastest_fan(card: &Device<'static>) -> Result<u32, NvmlError> {
    let fans: Vec<u32> = (0..card.num_fans()?).map(|fan| card.fan_speed(fan)).collect::<Result<_, _>>()?;
    fans.into_iter().max().ok_or(NvmlError::NotSupported)
}

/// Whether the driver stays loaded between programs. "For Linux only", and nvml-wrapper asks it there alone.
#[cfg(target_os = "linux")]
fn persistence(card: &mut Asked, left_out: &mut LeftOut) -> Option<bool> {
    card.value(Quantity::Persistence, left_out, Device::is_in_persistent_mode)
}

#[cfg(not(target_os = "linux"))]
fn persistence(_: &mut Asked, _: &mut LeftOut) -> Option<bool> {
    None
}

/// How many processes of others have work on the card. A process may be in both lists, and either list may be refused.
fn other_processes(card: &Device<'static>) -> Result<u32, NvmlError> {
    let (compute, graphics) = (card.running_compute_processes(), card.running_graphics_processes());
    let lists = match (compute, graphics) {
        (Err(error), Err(_)) => return Err(error),
        (compute, graphics) => compute.into_iter().chain(graphics),
    };
    let own = std::process::id();
    let mut others: Vec<u32> = lists.flatten().map(|process| process.pid).filter(|pid| *pid != own).collect();
    others.sort_unstable();
    others.dedup();
    Ok(u32::try_from(others.len()).unwrap_or(u32::MAX))
}

/// The bits of `nvmlClocksEventReasons`.
const REASONS: [(ThrottleReasons, Reason); 9] = [
    (ThrottleReasons::GPU_IDLE, Reason::Idle),
    (ThrottleReasons::APPLICATIONS_CLOCKS_SETTING, Reason::ClockSetting),
    (ThrottleReasons::SW_POWER_CAP, Reason::PowerCap),
    (ThrottleReasons::HW_SLOWDOWN, Reason::HardwareSlowdown),
    (ThrottleReasons::SYNC_BOOST, Reason::SyncBoost),
    (ThrottleReasons::SW_THERMAL_SLOWDOWN, Reason::Thermal),
    (ThrottleReasons::HW_THERMAL_SLOWDOWN, Reason::HardwareThermal),
    (ThrottleReasons::HW_POWER_BRAKE_SLOWDOWN, Reason::PowerBrake),
    (ThrottleReasons::DISPLAY_CLOCK_SETTING, Reason::DisplayClock),
];

/// Why the clock is what it is. The strict question is the one that tells of bits without a name.
fn reasons(card: &Device<'static>) -> Result<Vec<Reason>, NvmlError> {
    let (known, other) = match card.current_throttle_reasons_strict() {
        Ok(known) => (known, None),
        Err(NvmlError::IncorrectBits(Bits::U64(bits))) => {
            (ThrottleReasons::from_bits_truncate(bits), Some(Reason::Other))
        }
        Err(error) => return Err(error),
    };
    let named = REASONS.into_iter().filter(|(bit, _)| known.contains(*bit)).map(|(_, reason)| reason);
    Ok(named.chain(other).collect())
}
