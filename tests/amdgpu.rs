//! What is read of AMD cards: trees of `/sys` made after `tests/fixtures/sysfs/`, whole and broken.

#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gpu_assay::sensors::{Places, Sensors, Wanted, Watch, open, vendor_at};
use gpu_assay::telemetry::{Board, LeftOut, Link, Meter as _, Quantity, Reading, Reason};
use tempfile::TempDir;

/// A tree of `/sys` with one card or more.
struct Tree {
    sys: TempDir,
    wanted: Wanted,
    device: PathBuf,
    card: toml::Table,
}

impl Tree {
    fn of(name: &str) -> Self {
        let file = Path::new("tests/fixtures/sysfs").join(name).with_extension("toml");
        let card: toml::Table = fs::read_to_string(file).expect("a fixture").parse().expect("TOML");
        let address = card["address"].as_str().expect("an address").to_owned();
        let id = card["id"].as_str().expect("an id");
        let wanted = Wanted {
            name: name.to_owned(),
            vendor_id: 0x1002,
            device_id: u32::from_str_radix(id, 16).expect("a number"),
            pci_address: Some(address.clone()),
            uuid: None,
        };
        let sys = TempDir::new().expect("a folder");
        let device = sys.path().join("bus/pci/devices").join(address);
        let tree = Self { sys, wanted, device, card };
        tree.make(&tree.device);
        tree
    }

    /// Makes the card's folder.
    fn make(&self, device: &Path) {
        fs::create_dir_all(device).expect("folders");
        let id = self.card["id"].as_str().expect("an id").to_uppercase();
        fs::write(device.join("uevent"), format!("DRIVER=amdgpu\nPCI_ID=1002:{id}\n")).expect("a file");
        for (name, text) in self.card["files"].as_table().expect("files") {
            let (path, text) = (device.join(name), text.as_str().expect("text"));
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(path, text).expect("a file");
        }
        if let Some(table) = self.card.get("gpu_metrics") {
            fs::write(device.join("gpu_metrics"), bytes(table)).expect("a table");
        }
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.device.join(name), text).expect("a file");
    }

    fn pipe(&self, name: &str) {
        let made = Command::new("mkfifo").arg(self.device.join(name)).status().expect("mkfifo");
        assert!(made.success(), "mkfifo failed");
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.device.join(name)).expect("a file");
    }

    /// The table with other values at some offsets.
    fn patched(&self, fields: &[(usize, u32)]) -> Vec<u8> {
        let mut table = bytes(&self.card["gpu_metrics"]);
        for (at, value) in fields {
            table[*at..at + 4].copy_from_slice(&value.to_le_bytes());
        }
        table
    }

    fn places(&self) -> Places {
        Places { sys: self.sys.path().to_owned(), ..Places::default() }
    }

    fn open(&self) -> Opened {
        let mut left_out = LeftOut::default();
        let sensors = open(&self.wanted, &self.places(), &mut left_out);
        Opened { sensors, left_out }
    }
}

struct Opened {
    sensors: Option<Box<dyn Sensors>>,
    left_out: LeftOut,
}

impl Opened {
    fn read(&mut self) -> Reading {
        self.sensors.as_mut().expect("a card").read(&mut self.left_out)
    }

    fn board(&mut self) -> Board {
        self.sensors.as_mut().expect("a card").board(&mut self.left_out)
    }

    fn why_not(&self, what: Quantity) -> Option<&str> {
        self.left_out.iter().find(|(noted, _)| *noted == what).map(|(_, why)| why)
    }
}

fn numbers(list: &toml::Value) -> Vec<u64> {
    let number = |value: &toml::Value| u64::try_from(value.as_integer().expect("a number")).expect("none below 0");
    list.as_array().expect("a list").iter().map(number).collect()
}

/// The binary table that a fixture describes.
fn bytes(table: &toml::Value) -> Vec<u8> {
    let mut bytes = vec![0xff; 4];
    let revision = numbers(&table["revision"]).into_iter().map(|part| u8::try_from(part).expect("small"));
    if let Some(fields) = table.get("fields") {
        let size = table["size"].as_integer().expect("a size");
        bytes.resize(usize::try_from(size).expect("a size"), 0xff);
        for field in fields.as_array().expect("fields").iter().map(numbers) {
            let [at, wide] = [0, 1].map(|n| usize::try_from(field[n]).expect("small"));
            bytes[at..at + wide].copy_from_slice(&field[2].to_le_bytes()[..wide]);
        }
    } else {
        let attributes = table["attributes"].as_array().expect("attributes");
        bytes.extend(u32::try_from(attributes.len()).expect("few").to_le_bytes());
        for attribute in attributes.iter().map(numbers) {
            let [unit, kind, id] = [attribute[0], attribute[1], attribute[2]];
            let values = &attribute[3..];
            bytes.extend((unit << 24 | kind << 20 | id << 10 | values.len() as u64).to_le_bytes());
            for value in values {
                bytes.extend(&value.to_le_bytes()[..1 << (kind / 2)]);
            }
        }
    }
    let size = u16::try_from(bytes.len()).expect("small").to_le_bytes();
    bytes.splice(..4, size.into_iter().chain(revision));
    bytes
}

const fn link(generation: u32, lanes: u32) -> Option<Link> {
    Some(Link { generation, lanes })
}

#[test]
fn rdna3() {
    let tree = Tree::of("amd-rdna3");
    let mut card = tree.open();
    let board = card.board();
    assert_eq!(board.source, "amdgpu, gpu_metrics v1.3");
    assert_eq!(board.pci_address.as_deref(), Some("0000:03:00.0"));
    assert_eq!((board.core_hz_max, board.memory_hz_max), (Some(3.22e9), Some(1.249e9)));
    assert_eq!((board.power_limit_default_w, board.memory_bytes), (Some(339.0), Some(25_753_026_560)));
    assert_eq!((board.partitioned, board.power_averaged_s), (None, None));
    let expected = Reading {
        core_hz: Some(2.371e9),
        memory_hz: Some(1.249e9),
        power_w: Some(339.0),
        power_limit_w: Some(339.0),
        temperature_c: Some(88.0),
        memory_temperature_c: Some(84.0),
        fan_share: Some(0.5),
        busy_share: Some(0.99),
        memory_used_bytes: Some(4 << 30),
        link: link(4, 16),
        reasons: Some(vec![Reason::PowerCap]),
        ..Reading::default()
    };
    assert_eq!(card.read(), expected);
    let left_out: Vec<Quantity> = card.left_out.iter().map(|(what, _)| what).collect();
    assert_eq!(left_out, [Quantity::Processes, Quantity::Ecc, Quantity::Energy]);
}

#[test]
fn hotspot_counts_only_near_its_limit() {
    let tree = Tree::of("amd-rdna3");
    let hot = |celsius: u32| tree.patched(&[(6, 84 << 16 | celsius)]);
    let mut card = tree.open();
    tree.write("gpu_metrics", hot(104));
    assert_eq!(card.read().reasons, Some(vec![Reason::PowerCap]));
    tree.write("gpu_metrics", hot(105));
    assert_eq!(card.read().reasons, Some(vec![Reason::PowerCap, Reason::Thermal]));
    tree.remove("hwmon/hwmon4/temp2_crit");
    let mut card = tree.open();
    tree.write("gpu_metrics", hot(91));
    assert_eq!(card.read().reasons, Some(vec![Reason::PowerCap, Reason::Thermal]));
    tree.write("gpu_metrics", hot(0xffff));
    assert_eq!(card.read().reasons, Some(vec![Reason::PowerCap]));
}

#[test]
fn rdna2_by_what_is_set_of_its_clocks() {
    let tree = Tree::of("amd-rdna2");
    let mut card = tree.open();
    let reading = card.read();
    assert_eq!(reading.reasons, Some(vec![Reason::Current]), "clocks that may be set by hand are no limit");
    assert_eq!((reading.fan_share, reading.link), (Some(0.2), link(3, 8)));
    assert_eq!((reading.power_limit_w, card.board().power_limit_default_w), (Some(200.0), Some(255.0)));
    // Of no stated unit before v1.4.
    assert_eq!(reading.energy_j, None);
    let limiting = ["low", "profile_min_sclk", "profile_min_mclk", "profile_standard", "perf_determinism"];
    for level in ["auto", "high", "profile_peak", "manual", "unknown", ""].into_iter().chain(limiting) {
        tree.write("power_dpm_force_performance_level", format!("{level}\n"));
        let reasons =
            if limiting.contains(&level) { vec![Reason::ClockSetting, Reason::Current] } else { vec![Reason::Current] };
        assert_eq!(card.read().reasons, Some(reasons), "{level}");
    }
}

#[test]
fn mi100_tells_no_reasons_that_hold_for_every_chip() {
    let tree = Tree::of("amd-mi100");
    let mut card = tree.open();
    let reading = card.read();
    assert_eq!((reading.reasons, reading.memory_temperature_c), (None, Some(66.0)));
    assert_eq!(card.why_not(Quantity::Reasons), Some("gpu_metrics v1.1 has none that mean the same on every chip"));
    assert_eq!(card.why_not(Quantity::Fan), Some("the driver does not tell it of this card"));
    tree.write("power_dpm_force_performance_level", "low");
    assert_eq!(card.read().reasons, Some(vec![Reason::ClockSetting]));
}

#[test]
fn power_of_two_dies_is_no_dies_own() {
    let mut tree = Tree::of("amd-mi250x");
    let mut card = tree.open();
    let reading = card.read();
    assert_eq!((reading.power_w, reading.power_limit_w, reading.energy_j), (None, None, None));
    assert_eq!(card.board().power_limit_default_w, None);
    assert_eq!(card.why_not(Quantity::Power), Some("it is that of both dies of the card"));
    assert_eq!(reading.reasons, Some(vec![Reason::Thermal, Reason::RegulatorThermal]));
    // MI210 has one.
    tree.wanted.device_id = 0x740f;
    assert_eq!(tree.open().read().power_w, Some(498.0));
}

#[test]
fn mi300x_by_its_residencies() {
    let tree = Tree::of("amd-mi300x");
    let mut card = tree.open();
    let board = card.board();
    assert_eq!((board.source.as_str(), board.partitioned), ("amdgpu, gpu_metrics v1.7", Some(false)));
    let reading = card.read();
    assert_eq!((reading.core_hz, reading.memory_hz), (Some(1.29e9), Some(1.3e9)));
    assert_eq!((reading.power_w, reading.energy_j), (Some(706.0), Some(100.0)));
    assert_eq!((reading.temperature_c, reading.link), (Some(68.0), link(5, 16)));
    let [cycles, power] = [55_257_356, 749_905];
    for (after, held, reasons) in [
        (100, 86, Some(vec![Reason::PowerCap])),
        (200, 95, Some(vec![])),
        (200, 95, None),
        (300, 95, Some(vec![])),
        (400, 105, Some(vec![Reason::PowerCap])),
    ] {
        tree.write("gpu_metrics", tree.patched(&[(40, cycles + after), (48, power + held)]));
        assert_eq!(card.read().reasons, reasons, "{held} of {after}");
    }
    let two = tree.patched(&[(40, cycles + 500), (48, power + 105), (56, 90), (60, 80)]);
    tree.write("gpu_metrics", two);
    assert_eq!(card.read().reasons, Some(vec![Reason::MemoryThermal, Reason::RegulatorThermal]));
    tree.write("gpu_metrics", tree.patched(&[(40, 5), (48, 1)]));
    assert_eq!(card.read().reasons, None, "counters that began anew");
    assert_eq!(card.why_not(Quantity::Reasons), None);
    tree.write("gpu_metrics", tree.patched(&[(40, 105), (48, 105)]));
    assert_eq!(card.read().reasons, None);
    assert_eq!(card.why_not(Quantity::Reasons), Some("the firmware counts every cycle as throttled"));
}

#[test]
fn divided_mi300x_tells_little_of_a_part() {
    let tree = Tree::of("amd-mi300x");
    tree.write("current_compute_partition", "CPX\n");
    let mut card = tree.open();
    let (board, reading) = (card.board(), card.read());
    assert_eq!((board.partitioned, board.power_limit_default_w), (Some(true), None));
    assert_eq!((reading.power_w, reading.power_limit_w, reading.energy_j), (None, None, None));
    assert_eq!((reading.core_hz, reading.busy_share, reading.memory_used_bytes), (None, None, None));
    assert_eq!((reading.temperature_c, reading.memory_hz), (Some(68.0), Some(1.3e9)));
    for what in [
        Quantity::CoreClock,
        Quantity::Power,
        Quantity::PowerLimit,
        Quantity::Energy,
        Quantity::Utilization,
        Quantity::MemoryInUse,
    ] {
        assert_eq!(card.why_not(what), Some("it is that of the whole card, which is divided"));
    }
}

#[test]
fn a_table_that_describes_itself() {
    let tree = Tree::of("amd-mi300x-attributes");
    let mut card = tree.open();
    assert_eq!(card.board().source, "amdgpu, gpu_metrics v1.9");
    let reading = card.read();
    let expected = Reading {
        core_hz: Some(2.105e9),
        memory_hz: Some(9e8),
        power_w: Some(194.0),
        energy_j: Some(200.0),
        temperature_c: Some(42.0),
        memory_temperature_c: Some(40.0),
        busy_share: Some(0.0),
        memory_used_bytes: Some(297_795_584),
        link: link(5, 16),
        ..Reading::default()
    };
    assert_eq!(reading, expected);
    let whole = bytes(&tree.card["gpu_metrics"]);
    // A type that nobody knows hides what is behind it; what is before it holds.
    let mut strange = whole.clone();
    strange[8 + 2 * 10 + 2] = 0xf0;
    tree.write("gpu_metrics", strange);
    let reading = card.read();
    assert_eq!((reading.temperature_c, reading.power_w), (Some(42.0), None));
    // A count that goes beyond the table.
    let mut long = whole;
    long[8..10].copy_from_slice(&1023_u16.to_le_bytes());
    tree.write("gpu_metrics", long);
    assert_eq!(card.read().temperature_c, None);
}

#[test]
fn apu() {
    let tree = Tree::of("amd-apu");
    let mut card = tree.open();
    assert_eq!(card.board().memory_hz_max, Some(8e8));
    let reading = card.read();
    assert_eq!((reading.power_w, reading.temperature_c), (Some(15.1), Some(71.0)));
    assert_eq!((reading.core_hz, reading.memory_hz), (Some(1.6e9), Some(8e8)));
    assert_eq!(reading.reasons, Some(vec![Reason::PowerCap, Reason::Other]));
    assert_eq!((reading.power_limit_w, reading.link), (None, None));
    fs::remove_dir_all(tree.device.join("hwmon/hwmon5")).expect("hwmon");
    let reading = tree.open().read();
    assert_eq!((reading.power_w, reading.temperature_c, reading.core_hz), (Some(15.0), Some(70.5), Some(1.599e9)));
}

#[test]
fn apu_with_a_table_of_the_third_format() {
    let tree = Tree::of("amd-strix");
    let mut card = tree.open();
    let reading = card.read();
    assert_eq!((reading.core_hz, reading.memory_hz, reading.power_w), (Some(2.791e9), Some(1e9), Some(28.512)));
    assert_eq!((reading.temperature_c, reading.reasons), (None, None));
    tree.write("gpu_metrics", tree.patched(&[(240, 121), (248, 41)]));
    assert_eq!(card.read().reasons, Some(vec![Reason::PowerCap, Reason::Thermal]));
    assert_eq!(card.read().reasons, Some(vec![]));
    // The CPU's cores are hot.
    tree.write("gpu_metrics", tree.patched(&[(240, 121), (244, 7), (248, 41)]));
    assert_eq!(card.read().reasons, Some(vec![]));
}

#[test]
fn polaris() {
    let tree = Tree::of("amd-polaris");
    let mut card = tree.open();
    assert_eq!(card.board().source, "amdgpu");
    let reading = card.read();
    assert_eq!((reading.temperature_c, reading.memory_temperature_c), (Some(74.0), None));
    assert_eq!((reading.fan_share, reading.power_w, reading.reasons), (Some(0.4), Some(145.123), None));
    assert_eq!(card.why_not(Quantity::Reasons), Some("the driver does not tell it of this card"));
    assert_eq!(card.why_not(Quantity::Energy), Some("the driver does not tell it of this card"));
}

#[test]
fn driver_package_states_its_version() {
    let tree = Tree::of("amd-mi300x-attributes");
    let module = tree.sys.path().join("module/amdgpu");
    fs::create_dir_all(&module).expect("a folder");
    fs::write(module.join("version"), "6.16.13\n").expect("a file");
    assert_eq!(tree.open().board().source, "amdgpu 6.16.13, gpu_metrics v1.9");
}

#[test]
fn tables_that_cannot_be_read() {
    let tree = Tree::of("amd-rdna3");
    let whole = bytes(&tree.card["gpu_metrics"]);
    let mut unknown = whole.clone();
    unknown[3] = 77;
    let mut first = whole.clone();
    first.resize(384, 0);
    first[..4].copy_from_slice(&[128, 1, 1, 6]);
    for (table, why) in [
        (whole[..60].to_vec(), "gpu_metrics ends after 60 of 120 bytes"),
        (unknown, "gpu_metrics v1.77 of 120 bytes is not known to this version"),
        (first, "gpu_metrics v1.6 of 384 bytes is not known to this version"),
        (vec![], "gpu_metrics has 0 bytes"),
        (b"N/A".to_vec(), "gpu_metrics has 3 bytes"),
        (vec![0xff; 4096], "gpu_metrics ends after 4096 of 65535 bytes"),
    ] {
        tree.write("gpu_metrics", table);
        let mut card = tree.open();
        assert_eq!(card.board().source, "amdgpu");
        let reading = card.read();
        assert_eq!((reading.power_w, reading.core_hz), (Some(339.0), Some(2.371e9)));
        assert_eq!((reading.reasons, card.why_not(Quantity::Reasons)), (None, Some(why)));
    }
    // Shorter than its revision's, as it says itself: what is there holds.
    let mut short = whole[..104].to_vec();
    short[0] = 104;
    tree.write("gpu_metrics", short);
    tree.remove("hwmon/hwmon4/power1_average");
    let reading = tree.open().read();
    assert_eq!((reading.power_w, reading.reasons), (Some(338.0), None));
}

#[test]
fn files_that_refuse() {
    let tree = Tree::of("amd-rdna3");
    for name in ["hwmon/hwmon4/freq1_input", "gpu_metrics"] {
        tree.remove(name);
        fs::create_dir(tree.device.join(name)).expect("a folder in its place");
    }
    for (name, text) in [
        ("hwmon/hwmon4/power1_average", ""),
        ("hwmon/hwmon4/temp3_input", "N/A"),
        ("hwmon/hwmon4/fan1_input", "inf"),
        ("mem_info_vram_used", "-1"),
        ("mem_info_vram_total", "plenty"),
        ("pp_dpm_sclk", "0: ?Mhz *\nS: 0Mhz\n"),
        ("power_dpm_force_performance_level", "\u{fffd}"),
    ] {
        tree.write(name, text);
    }
    let mut card = tree.open();
    let (board, reading) = (card.board(), card.read());
    assert_eq!((board.core_hz_max, board.memory_bytes), (None, None));
    let left = Reading {
        memory_hz: Some(1.249e9),
        power_limit_w: Some(339.0),
        temperature_c: Some(88.0),
        busy_share: Some(0.99),
        link: reading.link,
        ..Reading::default()
    };
    assert_eq!(reading, left);
    for (what, why) in [
        (Quantity::CoreClock, "freq1_input: not a file"),
        (Quantity::Reasons, "gpu_metrics: not a file"),
        (Quantity::Power, "power1_average holds \"\", which is no number"),
        (Quantity::MemoryTemperature, "temp3_input holds \"N/A\", which is no number"),
        (Quantity::Fan, "fan1_input holds \"inf\", which is no number"),
    ] {
        assert_eq!(card.why_not(what), Some(why));
    }
    assert_eq!(card.read(), left, "and again");
}

#[test]
fn absurd_values_are_taken_out() {
    let tree = Tree::of("amd-rdna3");
    tree.write("hwmon/hwmon4/freq1_input", "0");
    tree.write("hwmon/hwmon4/power1_average", "5000000000000000");
    tree.write("hwmon/hwmon4/temp2_input", "-273150");
    let mut card = tree.open();
    let reading = card.read().plausible(&mut card.left_out);
    assert_eq!((reading.core_hz, reading.power_w, reading.temperature_c), (None, None, None));
    assert_eq!(card.why_not(Quantity::Power), Some("5.000e9 W was read, which no card has"));
}

#[test]
fn maker_at_an_address() {
    let tree = Tree::of("amd-rdna3");
    let maker = || vendor_at(&tree.places(), "0000:03:00.0");
    for (text, expected) in
        [("0x1002\n", Some(0x1002)), ("0x", None), ("1002", None), ("0x100000002", None), ("", None)]
    {
        tree.write("vendor", text);
        assert_eq!(maker(), expected, "{text:?}");
    }
    assert_eq!(vendor_at(&tree.places(), "0000:04:00.0"), None);
    tree.remove("vendor");
    tree.pipe("vendor");
    assert_eq!(maker(), None);
}

#[test]
fn pipe_that_nobody_writes_holds_nothing_up() {
    let tree = Tree::of("amd-rdna3");
    for name in ["hwmon/hwmon4/power1_average", "hwmon/hwmon4/temp1_label", "gpu_metrics", "mem_info_vram_total"] {
        tree.remove(name);
        tree.pipe(name);
    }
    let watch = Watch::new(tree.wanted.clone(), tree.places());
    let board = watch.board().expect("a board");
    let before = board.before.expect("a reading, for which the program waits a while only");
    assert_eq!((before.core_hz, before.power_w, before.reasons), (Some(2.371e9), None, None));
    assert!(board.left_out.contains(&"the power: power1_average: not a file".to_owned()), "{:?}", board.left_out);
}

#[test]
fn card_without_an_address() {
    let mut tree = Tree::of("amd-rdna3");
    tree.wanted.pci_address = None;
    assert_eq!(tree.open().board().pci_address.as_deref(), Some("0000:03:00.0"));
    // Others in the way: another card, the card's own sound, one of the name that a virtual machine has.
    let devices = tree.sys.path().join("bus/pci/devices");
    Tree::of("amd-polaris").make(&devices.join("0000:01:00.0"));
    let others = [("0000:03:00.1", "snd_hda_intel", "AB30"), ("0000:04:00.0", "vfio-pci", "744C")];
    for (address, driver, device) in others {
        let other = devices.join(address);
        fs::create_dir(&other).expect("a folder");
        fs::write(other.join("uevent"), format!("DRIVER={driver}\nPCI_ID=1002:{device}\n")).expect("a file");
    }
    assert_eq!(tree.open().board().pci_address.as_deref(), Some("0000:03:00.0"));
    // A second one.
    tree.make(&devices.join("0000:43:00.0"));
    let card = tree.open();
    assert!(card.sensors.is_none(), "either of two");
    let why = "2 cards are alike, and the graphics driver does not say which it uses";
    assert_eq!(card.left_out.iter().collect::<Vec<_>>(), [(Quantity::All, why)]);
    tree.wanted.pci_address = Some("0000:43:00.0".to_owned());
    assert_eq!(tree.open().board().pci_address.as_deref(), Some("0000:43:00.0"));
}

#[test]
fn card_that_is_not_there() {
    let mut tree = Tree::of("amd-rdna3");
    tree.wanted.pci_address = Some("0000:99:00.0".to_owned());
    assert_eq!(tree.open().why_not(Quantity::All), Some("the driver amdgpu does not hold 0000:99:00.0"));
    tree.wanted.pci_address = Some("0000:03:00.0".to_owned());
    tree.write("uevent", "DRIVER=radeon\nPCI_ID=1002:744C\n");
    assert_eq!(tree.open().why_not(Quantity::All), Some("the driver amdgpu does not hold 0000:03:00.0"));
    tree.wanted.pci_address = None;
    assert_eq!(tree.open().why_not(Quantity::All), Some("the driver amdgpu holds no such card"));
}
