//! AMD cards by Linux's driver amdgpu, as it shows them below `/sys/bus/pci/devices`: small files, hwmon (the kernel's `Documentation/gpu/amdgpu/thermal.rst`),
//! and the table `gpu_metrics`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::gpu_metrics::{HOTSPOT, Metrics, Throttle, reasons, reasons_between};
use super::sysfs::{self, Attribute};
use super::{INTERRUPTED, Places, Sensors, Wanted, hertz, hwmon, link, pci};
use crate::telemetry::{Board, LeftOut, Quantity, Reading, Reason};

const NAME: &str = "amdgpu";

/// Why a quantity is left out that neither a file nor the table has.
const UNTOLD: &str = "the driver does not tell it of this card";

/// Why one is left out that says nothing of a part of a card.
const OF_THE_WHOLE: &str = "it is that of the whole card, which is divided";

/// Opens the card at the address that is wanted; without one, the only card of its device id.
pub(super) fn open(wanted: &Wanted, places: &Places, left_out: &mut LeftOut) -> Option<Box<dyn Sensors>> {
    let device = pci::device(wanted, &places.sys, &[NAME], left_out)?;
    Some(Box::new(Amdgpu::new(places.sys.clone(), device, wanted.device_id)))
}

/// What `power_dpm_force_performance_level` says where clocks are kept below what they could be. `high` and `profile_peak` ask for the highest. `manual` limits
/// nothing by itself, and the limits that somebody may have set then cannot be seen: `pp_dpm_sclk` does not say which of its clocks are allowed, or
/// ends with the one that was set (`smu_v13_0_6_print_clk_levels`).
const LIMITING: [&str; 5] = ["low", "profile_min_sclk", "profile_min_mclk", "profile_standard", "perf_determinism"];

/// An AMD card.
struct Amdgpu {
    sys: PathBuf,
    device: PathBuf,
    address: String,
    hwmon: Option<PathBuf>,
    files: Files,
    /// From here on the junction may throttle.
    junction_limit_c: f64,
    /// Why power and energy are not this device's alone.
    shared: Option<&'static str>,
    partitioned: Option<bool>,
    last: Last,
}

/// What slowed the card down by the last table, and when that was read.
#[derive(Default)]
struct Last(Option<(Throttle, Instant)>);

impl Last {
    /// Takes `throttle` up, and returns the one before it: none after an interruption.
    fn replaced(&mut self, throttle: Throttle, at: Instant) -> Throttle {
        let before = self.0.replace((throttle, at));
        let recent = before.filter(|(_, read)| at.saturating_duration_since(*read) < INTERRUPTED);
        recent.map(|(throttle, _)| throttle).unwrap_or_default()
    }
}

/// What is read each time.
struct Files {
    table: Option<Attribute>,
    core: Option<Attribute>,
    memory: Option<Attribute>,
    power: Option<Attribute>,
    power_limit: Option<Attribute>,
    temperature: Option<Attribute>,
    memory_temperature: Option<Attribute>,
    /// With the number that is its highest.
    fan: Option<(Attribute, f64)>,
    busy: Option<Attribute>,
    memory_used: Option<Attribute>,
    level: Option<Attribute>,
}

/// Where the driver states no limit of the junction, other tools believe that it throttles from here on (<https://github.com/flightlessmango/MangoHud/pull/1690>).
const JUNCTION_LIMIT_C: f64 = 90.0;

/// This near to its limit the junction may throttle.
const NEAR_C: f64 = 5.0;

/// PCI device ids of MI250 and MI250X, of which each die is a device; the first states the power of both, the other 0 W
/// (<https://github.com/ml-energy/zeus/pull/203>).
const TWO_DIES: [u32; 2] = [0x7408, 0x740c];

impl Amdgpu {
    fn new(sys: PathBuf, found: pci::Device, device_id: u32) -> Self {
        let pci::Device { address, folder: device, .. } = found;
        let hwmon = hwmon::folder(&device, NAME);
        let partition = sysfs::text(&device.join("current_compute_partition")).filter(|mode| !mode.is_empty());
        let partitioned = partition.map(|mode| mode != "SPX");
        let shared = match partitioned {
            Some(true) => Some(OF_THE_WHOLE),
            _ if TWO_DIES.contains(&device_id) => Some("it is that of both dies of the card"),
            _ => None,
        };
        let limit = labelled(hwmon.as_deref(), "junction", "crit").and_then(|path| sysfs::number(&path, 1000.0));
        Self {
            files: Files::new(&device, hwmon.as_deref()),
            address,
            junction_limit_c: limit.map_or(JUNCTION_LIMIT_C, |limit| limit - NEAR_C),
            sys,
            device,
            hwmon,
            shared,
            partitioned,
            last: Last::default(),
        }
    }

    /// What the table says. One that cannot be understood is not asked for again.
    fn metrics(&mut self, left_out: &mut LeftOut) -> Option<Metrics> {
        let bytes = self.files.table.as_mut()?.bytes(left_out)?;
        let metrics = Metrics::parse(&bytes).map_err(|why| left_out.note(Quantity::Reasons, why)).ok();
        if metrics.is_none() {
            self.files.table = None;
        }
        metrics
    }

    /// Why the clock is what it is: by the table, and by whether somebody set clocks that are lower.
    fn reasons(&mut self, metrics: Option<Metrics>, left_out: &mut LeftOut) -> Option<Vec<Reason>> {
        let by_table = metrics.and_then(|metrics| self.reasons_of(metrics, left_out));
        let level = self.files.level.as_mut().and_then(|file| file.text(left_out));
        let is_set = level.is_some_and(|level| LIMITING.contains(&level.as_str()));
        match by_table {
            Some(reasons) if !is_set => Some(reasons),
            by_table => is_set.then(|| [vec![Reason::ClockSetting], by_table.unwrap_or_default()].concat()),
        }
    }

    fn reasons_of(&mut self, metrics: Metrics, left_out: &mut LeftOut) -> Option<Vec<Reason>> {
        match metrics.throttle {
            Throttle::Untold => {
                let [format, content] = metrics.revision;
                left_out.note(
                    Quantity::Reasons,
                    format!("gpu_metrics v{format}.{content} has none that mean the same on every chip"),
                );
                None
            }
            // The firmware of RDNA3 and RDNA4 sets the bit at any temperature (https://gitlab.freedesktop.org/drm/amd/-/issues/3251).
            Throttle::Now(status) => {
                let is_hot = metrics.junction_c.is_some_and(|junction| junction >= self.junction_limit_c);
                Some(reasons(if is_hot { status } else { status & !HOTSPOT }))
            }
            now @ Throttle::Since { .. } => {
                let before = self.last.replaced(now.clone(), Instant::now());
                reasons_between(&before, &now).unwrap_or_else(|why| {
                    left_out.note(Quantity::Reasons, why);
                    None
                })
            }
        }
    }

    fn with_power(&mut self, reading: Reading, table: &Metrics, left_out: &mut LeftOut) -> Reading {
        if let Some(why) = self.shared {
            for what in [Quantity::Power, Quantity::PowerLimit, Quantity::Energy] {
                left_out.note(what, why);
            }
            return reading;
        }
        Reading {
            power_w: number(&mut self.files.power, 1e6, left_out).or(table.power_w),
            power_limit_w: number(&mut self.files.power_limit, 1e6, left_out),
            energy_j: table.energy_j,
            ..reading
        }
    }

    /// Notes what neither a file nor the table has.
    fn note_untold(&self, reading: &Reading, left_out: &mut LeftOut) {
        let files = &self.files;
        let untold = [
            (Quantity::CoreClock, files.core.is_none() && reading.core_hz.is_none()),
            (Quantity::MemoryClock, files.memory.is_none() && reading.memory_hz.is_none()),
            (Quantity::Power, files.power.is_none() && reading.power_w.is_none()),
            (Quantity::PowerLimit, files.power_limit.is_none()),
            (Quantity::Energy, reading.energy_j.is_none()),
            (Quantity::Temperature, files.temperature.is_none() && reading.temperature_c.is_none()),
            (Quantity::MemoryTemperature, files.memory_temperature.is_none() && reading.memory_temperature_c.is_none()),
            (Quantity::Fan, files.fan.is_none()),
            (Quantity::Utilization, files.busy.is_none()),
            (Quantity::MemoryInUse, files.memory_used.is_none()),
            (Quantity::Link, reading.link.is_none()),
            (Quantity::Reasons, files.table.is_none()),
        ];
        for (what, _) in untold.into_iter().filter(|(_, is_untold)| *is_untold) {
            left_out.note(what, UNTOLD);
        }
    }
}

impl Files {
    fn new(device: &Path, hwmon: Option<&Path>) -> Self {
        let file = |name: &str, what: Quantity| Attribute::at(device.join(name), what);
        let sensor = |name: &str, what: Quantity| Attribute::at(hwmon?.join(name), what);
        // "instantaneous power used by the SoC" before "average power" over a time that is not stated.
        let is_instant = hwmon.is_some_and(|hwmon| sysfs::text(&hwmon.join("power1_input")).is_some());
        let power = if is_instant { ["power1_input", "power1_average"] } else { ["power1_average", "power1_input"] };
        let chip = ["junction", "edge"].into_iter().find_map(|label| labelled(hwmon, label, "input"));
        let fan = [("fan1_input", "fan1_max"), ("pwm1", "pwm1_max")].into_iter().find_map(|(now, most)| {
            let most = sysfs::number(&hwmon?.join(most), 1.0).filter(|most| *most > 0.0)?;
            Some((sensor(now, Quantity::Fan)?, most))
        });
        Self {
            table: file("gpu_metrics", Quantity::Reasons),
            core: sensor("freq1_input", Quantity::CoreClock),
            memory: sensor("freq2_input", Quantity::MemoryClock),
            power: power.into_iter().find_map(|name| sensor(name, Quantity::Power)),
            power_limit: sensor("power1_cap", Quantity::PowerLimit),
            temperature: chip.and_then(|path| Attribute::at(path, Quantity::Temperature)),
            memory_temperature: labelled(hwmon, "mem", "input")
                .and_then(|path| Attribute::at(path, Quantity::MemoryTemperature)),
            fan,
            busy: file("gpu_busy_percent", Quantity::Utilization),
            memory_used: file("mem_info_vram_used", Quantity::MemoryInUse),
            level: file("power_dpm_force_performance_level", Quantity::Reasons),
        }
    }
}

/// The file `temp<n>_<kind>` of the sensor with this label: `edge`, `junction` or `mem`.
fn labelled(hwmon: Option<&Path>, label: &str, kind: &str) -> Option<PathBuf> {
    let folder = hwmon?;
    hwmon::labelled(folder, "temp", label).map(|n| folder.join(format!("temp{n}_{kind}")))
}

/// The highest clock in a list such as `pp_dpm_sclk`, in hertz: lines such as `1: 2371Mhz *`.
fn highest_clock(path: &Path) -> Option<f64> {
    let text = sysfs::text(path)?;
    let clocks = text.lines().filter_map(|line| {
        let clock = line.split(':').nth(1)?.trim_end_matches('*').trim().to_lowercase();
        clock.strip_suffix("mhz")?.parse::<f64>().ok()
    });
    clocks.reduce(f64::max).filter(|highest| *highest > 0.0).map(hertz)
}

fn number(file: &mut Option<Attribute>, per_unit: f64, left_out: &mut LeftOut) -> Option<f64> {
    file.as_mut()?.number(per_unit, left_out)
}

impl Sensors for Amdgpu {
    fn board(&mut self, left_out: &mut LeftOut) -> Board {
        let version = sysfs::text(&self.sys.join("module/amdgpu/version")).map(|version| format!(" {version}"));
        let table = self
            .metrics(left_out)
            .map(|metrics| format!(", gpu_metrics v{}.{}", metrics.revision[0], metrics.revision[1]));
        let limit = self.hwmon.as_ref().and_then(|hwmon| sysfs::number(&hwmon.join("power1_cap_default"), 1e6));
        left_out.note(Quantity::Processes, UNTOLD);
        left_out.note(Quantity::Ecc, UNTOLD);
        Board {
            source: format!("{NAME}{}{}", version.unwrap_or_default(), table.unwrap_or_default()),
            pci_address: Some(self.address.clone()),
            core_hz_max: highest_clock(&self.device.join("pp_dpm_sclk")),
            memory_hz_max: highest_clock(&self.device.join("pp_dpm_mclk")),
            power_limit_default_w: limit.filter(|_| self.shared.is_none()),
            link_max: link::links(&self.sys, &self.address)[1],
            memory_bytes: sysfs::text(&self.device.join("mem_info_vram_total")).and_then(|text| text.parse().ok()),
            partitioned: self.partitioned,
            ..Board::default()
        }
    }

    /// The temperature of the chip is its junction's where it has that sensor: its hottest place, by which the firmware throttles. Other cards and APUs have
    /// the edge alone. Power is the socket's, of an APU with its CPU cores.
    fn read(&mut self, left_out: &mut LeftOut) -> Reading {
        let told = self.metrics(left_out);
        let table = told.clone().unwrap_or_default();
        let files = &mut self.files;
        // The file has the first die's alone.
        let of_dies = table.core_hz.filter(|_| table.dies > 1);
        let reading = Reading {
            core_hz: of_dies.or_else(|| number(&mut files.core, 1.0, left_out)).or(table.core_hz),
            memory_hz: number(&mut files.memory, 1.0, left_out).or(table.memory_hz),
            temperature_c: number(&mut files.temperature, 1e3, left_out).or(table.junction_c).or(table.edge_c),
            memory_temperature_c: number(&mut files.memory_temperature, 1e3, left_out).or(table.memory_c),
            fan_share: files.fan.as_mut().and_then(|(file, most)| file.number(*most, left_out)),
            busy_share: number(&mut files.busy, 100.0, left_out),
            memory_used_bytes: number(&mut files.memory_used, 1.0, left_out).and_then(whole),
            link: link::links(&self.sys, &self.address)[0].or(table.link),
            ..Reading::default()
        };
        let reading = if self.partitioned == Some(true) { of_any_part(reading, left_out) } else { reading };
        let reading = self.with_power(reading, &table, left_out);
        // A card that sleeps may yet tell.
        if told.is_some() || self.files.table.as_ref().is_none_or(Attribute::is_given_up) {
            self.note_untold(&reading, left_out);
        }
        Reading { reasons: self.reasons(told, left_out), ..reading }
    }
}

/// What of a divided card holds for each of its parts. The firmware states one utilisation of all dies (`smu_v13_0_6_get_current_activity_percent`), the driver
/// manages their memory as one (`amdgpu_mem_info_vram_used_show`), and dies of other parts may rest at other clocks.
fn of_any_part(reading: Reading, left_out: &mut LeftOut) -> Reading {
    for what in [Quantity::CoreClock, Quantity::Utilization, Quantity::MemoryInUse] {
        left_out.note(what, OF_THE_WHOLE);
    }
    Reading { core_hz: None, busy_share: None, memory_used_bytes: None, ..reading }
}

/// A number of bytes.
fn whole(read: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number that is not negative")]
    (read >= 0.0).then_some(read as u64)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn table_from_before_an_interruption_is_forgotten() {
        let table = |power| Throttle::Since { cycles: None, held: vec![(Reason::PowerCap, power)] };
        let start = Instant::now();
        let mut last = Last::default();
        let mut before = |power, ms| last.replaced(table(power), start + Duration::from_millis(ms));
        assert_eq!(before(1, 0), Throttle::Untold);
        assert_eq!(before(2, 100), table(1));
        assert_eq!(before(3, 60_000), Throttle::Untold);
        assert_eq!(before(4, 60_100), table(3));
    }
}
