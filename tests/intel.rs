//! Sensors of Intel's cards, from trees of files like those that i915 and xe show below `/sys`.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::symlink;

use gpu_assay::sensors::{Places, Sensors, Wanted, open};
use gpu_assay::telemetry::{Board, LeftOut, Link, Reading, Reason, Series, Span};
use gpu_assay::units::Seconds;
use tempfile::TempDir;

const A770: u32 = 0x56a0;
const B580: u32 = 0xe20b;
const IRIS_XE: u32 = 0x9a49;

/// A folder in place of `/sys`.
struct Sys(TempDir);

impl Sys {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// Adds the device at the end of a chain of PCI devices, with its files; of the others, ids and link are written.
    fn device(&self, chain: &[&str], driver: &str, id: u32, files: &[(&str, &str)]) {
        let listed = self.0.path().join("bus/pci/devices");
        fs::create_dir_all(&listed).expect("a folder");
        let mut folder = self.0.path().join("devices/pci0000:00");
        for (i, address) in chain.iter().enumerate() {
            folder.push(address);
            fs::create_dir_all(&folder).expect("a folder");
            // Inside an Arc the link of the GPU says what is not true.
            let link = if i + 1 == chain.len() { ["2.5 GT/s PCIe", "1"] } else { ["16.0 GT/s PCIe", "16"] };
            let [speed, width] = link.map(|text| format!("{text}\n"));
            for (name, text) in [
                ("vendor", "0x8086\n"),
                ("max_link_speed", &speed),
                ("current_link_speed", &speed),
                ("max_link_width", &width),
            ] {
                fs::write(folder.join(name), text).expect("a file");
            }
            fs::write(folder.join("current_link_width"), if i == 1 { "8\n" } else { &width }).expect("a file");
            if !listed.join(address).exists() {
                symlink(&folder, listed.join(address)).expect("a link");
            }
        }
        let address = chain.last().expect("a device");
        self.write(address, "uevent", &format!("DRIVER={driver}\nPCI_CLASS=30000\nPCI_ID=8086:{id:04X}\n"));
        for (name, text) in files {
            self.write(address, name, text);
        }
    }

    fn write(&self, address: &str, name: &str, text: &str) {
        let path = self.0.path().join("bus/pci/devices").join(address).join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, format!("{text}\n")).expect("a file");
    }

    /// Puts a folder in place of a file: nobody can read it, root included.
    fn forbid(&self, address: &str, name: &str) {
        let path = self.0.path().join("bus/pci/devices").join(address).join(name);
        fs::remove_file(&path).expect("it was there");
        fs::create_dir(&path).expect("a folder");
    }

    fn open(&self, id: u32, address: Option<&str>) -> (Option<Box<dyn Sensors>>, LeftOut) {
        let wanted = Wanted {
            name: "Intel(R) Arc(tm) Graphics".to_owned(),
            vendor_id: 0x8086,
            device_id: id,
            pci_address: address.map(str::to_owned),
            uuid: None,
        };
        let places = Places { sys: self.0.path().to_owned(), nvml: Vec::new() };
        let mut left_out = LeftOut::default();
        (open(&wanted, &places, &mut left_out), left_out)
    }

    /// What is read of the only such device.
    fn read(&self, id: u32) -> (Board, Reading, Vec<String>) {
        let (sensors, mut left_out) = self.open(id, None);
        let mut sensors = sensors.expect("a driver holds it");
        let board = sensors.board(&mut left_out);
        let reading = sensors.read(&mut left_out).plausible(&mut left_out);
        let again = sensors.read(&mut left_out).plausible(&mut left_out);
        assert_eq!(reading, again, "nothing changed between two readings");
        (board, reading, words(&left_out))
    }
}

fn words(left_out: &LeftOut) -> Vec<String> {
    left_out.iter().map(|(what, why)| format!("{what}: {why}")).collect()
}

/// The Arc A770 behind its switch, below a root port of Intel's.
const ARC: [&str; 4] = ["0000:00:01.0", "0000:01:00.0", "0000:02:01.0", "0000:03:00.0"];
const GPU: &str = ARC[3];

fn a770() -> Sys {
    let sys = Sys::new();
    sys.device(
        &ARC,
        "i915",
        A770,
        &[
            ("hwmon/hwmon4/name", "i915_gt0"),
            ("hwmon/hwmon4/energy1_input", "5"),
            ("hwmon/hwmon5/name", "i915"),
            ("hwmon/hwmon5/energy1_input", "123456789"),
            ("hwmon/hwmon5/in0_input", "1050"),
            ("hwmon/hwmon5/power1_max", "190000000"),
            ("hwmon/hwmon5/power1_rated_max", "190000000"),
            ("hwmon/hwmon5/power1_max_interval", "28000"),
            ("hwmon/hwmon5/fan1_input", "1200"),
            ("hwmon/hwmon5/temp1_input", "54000"),
            ("drm/renderD128/dev", "226:128"),
            ("drm/card1/gt_act_freq_mhz", "2400"),
            ("drm/card1/gt/gt0/rps_act_freq_mhz", "2400"),
            ("drm/card1/gt/gt0/rps_max_freq_mhz", "2400"),
            ("drm/card1/gt/gt0/rps_RP0_freq_mhz", "2400"),
            ("drm/card1/gt/gt0/throttle_reason_status", "0"),
            ("drm/card1/gt/gt0/throttle_reason_pl1", "0"),
            ("drm/card1/gt/gt0/throttle_reason_pl4", "0"),
            ("drm/card1/gt/gt0/throttle_reason_thermal", "0"),
        ],
    );
    sys
}

const FREQ: &str = "tile0/gt0/freq0/act_freq";
const STATUS: &str = "tile0/gt0/freq0/throttle/status";

fn b580() -> Sys {
    let sys = Sys::new();
    let reasons = ["pl1", "pl2", "pl4", "thermal", "prochot", "ratl", "vr_thermalert", "vr_tdc"];
    sys.device(
        &ARC,
        "xe",
        B580,
        &[
            ("hwmon/hwmon3/name", "xe"),
            ("hwmon/hwmon3/energy1_input", "900000000"),
            ("hwmon/hwmon3/energy1_label", "card"),
            ("hwmon/hwmon3/energy2_input", "700000000"),
            ("hwmon/hwmon3/energy2_label", "pkg"),
            ("hwmon/hwmon3/power1_label", "card"),
            ("hwmon/hwmon3/power1_max", "190000000"),
            ("hwmon/hwmon3/power1_cap", "252000000"),
            ("hwmon/hwmon3/power1_crit", "300000000"),
            ("hwmon/hwmon3/power1_rated_max", "190000000"),
            ("hwmon/hwmon3/power2_label", "pkg"),
            ("hwmon/hwmon3/power2_max", "120000000"),
            ("hwmon/hwmon3/power2_rated_max", "120000000"),
            ("hwmon/hwmon3/temp2_label", "pkg"),
            ("hwmon/hwmon3/temp2_input", "61000"),
            ("hwmon/hwmon3/temp3_label", "vram"),
            ("hwmon/hwmon3/temp3_input", "72000"),
            (FREQ, "2850"),
            ("tile0/gt0/freq0/max_freq", "2850"),
            ("tile0/gt0/freq0/rp0_freq", "2850"),
            ("tile0/gt1/freq0/act_freq", "1200"),
            (STATUS, "0"),
        ],
    );
    for reason in reasons {
        sys.write(GPU, &format!("tile0/gt0/freq0/throttle/reason_{reason}"), "0");
    }
    sys
}

#[test]
fn an_arc_a770_is_read_with_i915() {
    let (board, reading, left_out) = a770().read(A770);
    let expected = Reading {
        core_hz: Some(2.4e9),
        energy_j: Some(123.456789),
        power_limit_w: Some(190.0),
        temperature_c: Some(54.0),
        link: Some(Link { generation: 4, lanes: 8 }),
        reasons: Some(Vec::new()),
        ..Reading::default()
    };
    assert_eq!(reading, expected);
    let expected = Board {
        source: "i915 (power of the chip alone)".to_owned(),
        pci_address: Some(GPU.to_owned()),
        core_hz_max: Some(2.4e9),
        power_limit_default_w: Some(190.0),
        link_max: Some(Link { generation: 4, lanes: 16 }),
        ..Board::default()
    };
    assert_eq!(board, expected);
    let expected = [
        "the memory clock: i915 does not tell it",
        "the utilisation: i915 does not tell it",
        "the memory in use: i915 does not tell it",
        "the memory's temperature: i915 does not tell it of this GPU",
        "the fan: i915 does not say what the fan's highest speed is",
    ];
    assert_eq!(left_out, expected);
}

#[test]
fn an_arc_b580_is_read_with_xe() {
    let (board, reading, left_out) = b580().read(B580);
    let expected = Reading {
        core_hz: Some(2.85e9),
        energy_j: Some(900.0),
        power_limit_w: Some(190.0),
        temperature_c: Some(61.0),
        memory_temperature_c: Some(72.0),
        link: Some(Link { generation: 4, lanes: 8 }),
        reasons: Some(Vec::new()),
        ..Reading::default()
    };
    assert_eq!(reading, expected);
    assert_eq!(board.source, "xe (power of the card)");
    assert_eq!((board.core_hz_max, board.power_limit_default_w), (Some(2.85e9), Some(190.0)));
    assert_eq!(left_out.len(), 4, "{left_out:?}");
}

#[test]
fn the_chip_s_energy_has_the_chip_s_limit() {
    let sys = b580();
    for name in ["energy1_input", "energy1_label"] {
        fs::remove_file(sys.0.path().join("bus/pci/devices").join(GPU).join("hwmon/hwmon3").join(name))
            .expect("a file");
    }
    let (board, reading, _) = sys.read(B580);
    assert_eq!((reading.energy_j, reading.power_limit_w), (Some(700.0), Some(120.0)));
    assert_eq!((board.source.as_str(), board.power_limit_default_w), ("xe (power of the chip alone)", Some(120.0)));
}

#[test]
fn a_limit_that_is_switched_off_is_none() {
    let sys = b580();
    sys.write(GPU, "hwmon/hwmon3/power1_max", "0");
    assert_eq!(sys.read(B580).1.power_limit_w, Some(252.0), "that of bursts holds on");
    sys.write(GPU, "hwmon/hwmon3/power1_cap", "0");
    sys.write(GPU, "hwmon/hwmon3/power1_crit", "0");
    let (_, reading, left_out) = sys.read(B580);
    assert_eq!(reading.power_limit_w, None);
    assert!(!left_out.iter().any(|one| one.contains("limit")), "{left_out:?}");
}

#[test]
fn every_throttle_reason_has_a_name() {
    for (file, reason) in [
        ("pl1", Reason::PowerCap),
        ("pl2", Reason::PowerCap),
        ("pl4", Reason::Current),
        ("thermal", Reason::Thermal),
        ("prochot", Reason::HardwareThermal),
        ("ratl", Reason::Thermal),
        ("vr_thermalert", Reason::RegulatorThermal),
        ("vr_tdc", Reason::Current),
        ("mem_thermal", Reason::MemoryThermal),
    ] {
        let sys = b580();
        sys.write(GPU, STATUS, "1");
        sys.write(GPU, &format!("tile0/gt0/freq0/throttle/reason_{file}"), "1");
        assert_eq!(sys.read(B580).1.reasons, Some(vec![reason]), "{file}");
    }
    let sys = a770();
    for file in ["status", "pl1", "pl4", "thermal"] {
        sys.write(GPU, &format!("drm/card1/gt/gt0/throttle_reason_{file}"), "1");
    }
    let expected = vec![Reason::PowerCap, Reason::Current, Reason::Thermal];
    assert_eq!(sys.read(A770).1.reasons, Some(expected), "several at once");
}

#[test]
fn the_status_is_asked_before_the_reasons() {
    let sys = b580();
    sys.write(GPU, "tile0/gt0/freq0/throttle/reason_pl1", "1");
    assert_eq!(sys.read(B580).1.reasons, Some(Vec::new()), "a quiet card's reasons are not read");
    let sys = b580();
    sys.write(GPU, STATUS, "1");
    assert_eq!(sys.read(B580).1.reasons, Some(vec![Reason::Other]), "a reason without a file");
    sys.write(GPU, "tile0/gt0/freq0/throttle/reason_p0_freq", "1");
    assert_eq!(sys.read(B580).1.reasons, Some(Vec::new()), "the highest clock is no limit");
}

#[test]
fn a_clock_that_was_set_by_hand_is_a_reason() {
    let sys = b580();
    sys.write(GPU, "tile0/gt0/freq0/max_freq", "2000");
    assert_eq!(sys.read(B580).1.reasons, Some(vec![Reason::ClockSetting]));
    sys.write(GPU, "tile0/gt0/freq0/max_freq", "2834");
    assert_eq!(sys.read(B580).1.reasons, Some(Vec::new()), "a step of the clock");
}

#[test]
fn a_sleeping_gpu_has_no_clock_and_no_fault() {
    let sys = b580();
    let (_, _, awake) = sys.read(B580);
    sys.write(GPU, FREQ, "0");
    let (_, reading, left_out) = sys.read(B580);
    assert_eq!(reading.core_hz, None);
    assert_eq!(left_out, awake);
}

#[test]
fn a_gpu_within_a_processor_has_a_clock_alone() {
    let sys = Sys::new();
    sys.device(
        &["0000:00:02.0"],
        "i915",
        IRIS_XE,
        &[("drm/card0/gt_act_freq_mhz", "1350"), ("drm/card0/gt_RP0_freq_mhz", "1350")],
    );
    let folder = sys.0.path().join("bus/pci/devices/0000:00:02.0");
    for which in ["current", "max"] {
        for what in ["speed", "width"] {
            fs::remove_file(folder.join(format!("{which}_link_{what}"))).expect("a file");
        }
    }
    let (board, reading, left_out) = sys.read(IRIS_XE);
    assert_eq!(reading, Reading { core_hz: Some(1.35e9), ..Reading::default() });
    assert_eq!((board.source.as_str(), board.core_hz_max, board.link_max), ("i915", Some(1.35e9), None));
    for what in
        ["the energy counter: i915 counts none", "the host link: ", "the throttle reasons: ", "the power limit: "]
    {
        assert_eq!(left_out.iter().filter(|one| one.starts_with(what)).count(), 1, "{what} in {left_out:?}");
    }
}

#[test]
fn a_driver_without_files_tells_nothing_and_fails_nothing() {
    for driver in ["i915", "xe"] {
        let sys = Sys::new();
        sys.device(&ARC, driver, A770, &[]);
        let (board, reading, left_out) = sys.read(A770);
        let link = reading.link;
        assert_eq!(reading, Reading { link, ..Reading::default() });
        assert_eq!((board.source.as_str(), board.core_hz_max), (driver, None));
        assert!(left_out.iter().any(|one| one.starts_with("the core clock: ")), "{left_out:?}");
    }
}

#[test]
fn what_cannot_be_read_is_named_once_and_the_rest_is_read() {
    let sys = b580();
    sys.write(GPU, FREQ, "fast");
    sys.write(GPU, STATUS, "perhaps");
    sys.write(GPU, "tile0/gt0/freq0/rp0_freq", "very fast");
    sys.write(GPU, "hwmon/hwmon3/power1_rated_max", "-");
    sys.forbid(GPU, "hwmon/hwmon3/energy1_input");
    sys.forbid(GPU, "hwmon/hwmon3/temp3_input");
    let (board, reading, left_out) = sys.read(B580);
    let expected = Reading {
        power_limit_w: Some(190.0),
        temperature_c: Some(61.0),
        link: Some(Link { generation: 4, lanes: 8 }),
        ..Reading::default()
    };
    assert_eq!(reading, expected);
    assert_eq!((board.core_hz_max, board.power_limit_default_w), (None, None));
    for start in [
        "the core clock: act_freq holds \"fast\"",
        "the throttle reasons: status holds \"perhaps\"",
        "the energy counter: energy1_input: ",
        "the memory's temperature: temp3_input: ",
    ] {
        assert_eq!(left_out.iter().filter(|one| one.starts_with(start)).count(), 1, "{start} in {left_out:?}");
    }
}

#[test]
fn a_file_that_goes_away_during_a_run_is_named() {
    let sys = b580();
    let (sensors, mut left_out) = sys.open(B580, Some(GPU));
    let mut sensors = sensors.expect("xe holds it");
    assert!(sensors.read(&mut left_out).core_hz.is_some());
    fs::remove_dir_all(sys.0.path().join("devices")).expect("a folder");
    assert_eq!(sensors.read(&mut left_out), Reading::default());
    assert!(words(&left_out).iter().any(|one| one.starts_with("the core clock: act_freq: ")), "{left_out:?}");
}

#[test]
fn an_energy_counter_that_goes_back_makes_no_negative_power() {
    let sys = b580();
    let (sensors, mut left_out) = sys.open(B580, Some(GPU));
    let mut sensors = sensors.expect("xe holds it");
    let joules = [1000.0, 1100.0, 1200.0, 5.0, 105.0];
    let at = |i: usize| Seconds::new(f64::from(u32::try_from(i).expect("few")));
    let readings = joules.iter().enumerate().map(|(i, joules)| {
        sys.write(GPU, "hwmon/hwmon3/energy1_input", &format!("{:.0}", joules * 1e6));
        Reading { at_s: at(i), ..sensors.read(&mut left_out).plausible(&mut left_out) }
    });
    let readings: Vec<Reading> = readings.collect();
    assert_eq!(readings.iter().map(|one| one.energy_j).collect::<Vec<_>>(), joules.map(Some));
    let took = [at(4)];
    let span = Span { took_s: &took, ..Span::default() };
    let series = Series::new(at(0), vec![at(0)], readings).derived(&span);
    assert_eq!(series.power_w, Some(100.0));
}

#[test]
fn the_card_is_found_by_its_address() {
    let sys = b580();
    let other = ["0000:00:01.1", "0000:11:00.0", "0000:12:01.0", "0000:13:00.0"];
    sys.device(&other, "xe", B580, &[(FREQ, "1000")]);
    let clock = |address| {
        let (sensors, mut left_out) = sys.open(B580, Some(address));
        sensors.expect("xe holds it").read(&mut left_out).core_hz
    };
    assert_eq!([clock(GPU), clock(other[3])], [Some(2.85e9), Some(1e9)]);
    let (sensors, left_out) = sys.open(B580, None);
    assert!(sensors.is_none(), "either may be meant");
    let expected = ["the card's sensors: 2 cards are alike, and the graphics driver does not say which it uses"];
    assert_eq!(words(&left_out), expected);
    let (sensors, left_out) = sys.open(B580, Some("0000:55:00.0"));
    assert!(sensors.is_none(), "no such card");
    assert_eq!(words(&left_out), ["the card's sensors: the driver xe or i915 does not hold 0000:55:00.0"]);
}

#[test]
fn only_a_card_of_these_drivers_and_ids_is_taken() {
    let sys = b580();
    sys.device(&["0000:00:02.0"], "i915", IRIS_XE, &[]);
    sys.device(&["0000:00:1f.3"], "snd_hda_intel", 0x7ad0, &[]);
    assert!(sys.open(B580, None).0.is_some(), "the other GPU is another model");
    assert!(sys.open(0x7ad0, None).0.is_none(), "a sound card");
    assert!(sys.open(0, None).0.is_none(), "OpenGL gives no device id, and there are two GPUs");
    let passed_on = Sys::new();
    passed_on.device(&ARC, "vfio-pci", A770, &[]);
    let (sensors, left_out) = passed_on.open(A770, None);
    assert!(sensors.is_none(), "a virtual machine has it");
    assert_eq!(words(&left_out), ["the card's sensors: the driver xe or i915 holds no such card"]);
    let only = a770();
    assert!(only.open(0, None).0.is_some(), "OpenGL, and one GPU");
}
