//! NVIDIA's cards through libraries that say what a script has them say (`tests/fake_nvml/nvml.rs`): cards that are capped, that heat, that vanish, that refuse.

#![cfg(target_os = "linux")]

mod fake_nvml;

use std::path::PathBuf;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use fake_nvml::{CARD, Library};
use gpu_assay::sensors::{Places, Sensors, Wanted, Watch, open};
use gpu_assay::telemetry::{Board, Held, LeftOut, Link, Meter as _, Quantity, Reading, Reason, Series, Span};
use gpu_assay::units::Seconds;

/// Opens the library of a script as the program does.
trait Opened {
    fn open(&self, wanted: &Wanted) -> (Option<Box<dyn Sensors>>, LeftOut);
    fn watch(&self) -> Watch;
}

impl Opened for Library {
    fn open(&self, wanted: &Wanted) -> (Option<Box<dyn Sensors>>, LeftOut) {
        let mut left_out = LeftOut::default();
        (open(wanted, &self.places, &mut left_out), left_out)
    }

    fn watch(&self) -> Watch {
        Watch::new(wanted(), self.places.clone())
    }
}

/// The card at its address.
fn wanted() -> Wanted {
    Wanted {
        name: "NVIDIA GeForce RTX 3090".to_owned(),
        vendor_id: 0x10de,
        device_id: 0x2204,
        pci_address: Some("0000:0a:00.0".to_owned()),
        uuid: None,
    }
}

/// The card where the graphics driver tells neither its address nor its UUID.
fn anywhere() -> Wanted {
    Wanted { pci_address: None, ..wanted() }
}

/// What [`wanted`] says of itself, `count` times, a tenth of a second apart by what is stamped on it.
fn read(otherwise: &str, count: u32) -> (Board, Vec<Reading>, LeftOut) {
    let library = Library::of(otherwise);
    let (sensors, mut left_out) = library.open(&wanted());
    let mut sensors = sensors.expect("the card is there");
    let board = sensors.board(&mut left_out);
    let stamped = |i| Reading { at_s: Seconds::new(f64::from(i) / 10.0), ..sensors.read(&mut left_out) };
    let readings = (0..count).map(stamped).collect();
    (board, readings, left_out)
}

/// The figures of readings during samples of a tenth of a second each.
fn derived(board: &Board, readings: Vec<Reading>) -> Series {
    let began: Vec<Seconds> = readings.iter().map(|reading| reading.at_s).collect();
    let took = vec![Seconds::new(0.1); began.len()];
    let span = Span {
        took_s: &took,
        busy_s: Seconds::new(took.iter().map(|took| took.get()).sum()),
        best: Some(1),
        ops_per_s: Some(1e12),
        power_averaged_s: board.power_averaged_s,
        ..Span::default()
    };
    Series::new(Seconds::new(0.0), began, readings).derived(&span)
}

/// The reason why `what` was left out.
fn why(left_out: &LeftOut, what: Quantity) -> Option<&str> {
    left_out.iter().find(|(known, _)| *known == what).map(|(_, why)| why)
}

#[track_caller]
fn is_near(read: Option<f64>, expected: f64) {
    assert!(read.is_some_and(|read| (read / expected - 1.0).abs() < 1e-9), "{read:?} is not {expected}");
}

#[test]
fn a_card_tells_all_there_is() {
    let (board, readings, left_out) = read("", 1);
    let expected = Board {
        source: "NVML 13.580.95.05, driver 580.95.05".to_owned(),
        pci_address: Some("0000:0a:00.0".to_owned()),
        core_hz_max: Some(2.1e9),
        memory_hz_max: Some(9.751e9),
        power_limit_default_w: Some(370.0),
        link_max: Some(Link { generation: 4, lanes: 16 }),
        memory_bytes: Some(24 << 30),
        ecc: Some(false),
        persistence: Some(true),
        partitioned: Some(false),
        other_processes: Some(3),
        ..Board::default()
    };
    assert_eq!(board, expected);
    let expected = Reading {
        core_hz: Some(1.695e9),
        memory_hz: Some(9.751e9),
        power_w: Some(341.25),
        power_limit_w: Some(350.0),
        energy_j: Some(5000.0),
        temperature_c: Some(66.0),
        memory_temperature_c: Some(84.0),
        fan_share: Some(0.75),
        busy_share: Some(0.98),
        memory_used_bytes: Some(1 << 30),
        link: Some(Link { generation: 3, lanes: 8 }),
        reasons: Some(vec![]),
        ..Reading::default()
    };
    assert_eq!(readings, [expected]);
    assert_eq!(left_out.iter().count(), 0);
}

#[test]
fn this_program_is_no_other_process() {
    let own = std::process::id();
    let (board, ..) = read(&format!("ComputeRunningProcesses_v3: {own} 7\nGraphicsRunningProcesses_v3: {own}\n"), 0);
    assert_eq!(board.other_processes, Some(1));
    let (board, ..) = read("ComputeRunningProcesses_v3: !3\nGraphicsRunningProcesses_v3: 7\n", 0);
    assert_eq!(board.other_processes, Some(1), "one list is enough");
}

#[test]
fn power_is_a_mean_only_where_the_card_tells_no_other() {
    const WITHOUT_INSTANT: &str = "FieldValues 186: !3\n";
    let mean = |otherwise: &str| read(otherwise, 0).0.power_averaged_s.map(Seconds::get);
    assert_eq!(mean(""), None);
    assert_eq!(mean(WITHOUT_INSTANT), Some(1.0));
    assert_eq!(mean("FieldValues 186: 0\n"), Some(1.0), "zero is what a field says that the card lacks");
    for (capability, expected) in [("7 5", None), ("8 0", None), ("8 9", Some(1.0)), ("12 0", Some(1.0))] {
        assert_eq!(mean(&format!("{WITHOUT_INSTANT}CudaComputeCapability: {capability}\n")), expected, "{capability}");
    }
    assert_eq!(mean(&format!("{WITHOUT_INSTANT}CudaComputeCapability: !3\n")), None);
    is_near(read(WITHOUT_INSTANT, 1).1[0].power_w, 339.0);
}

#[test]
fn a_card_at_its_power_limit_is_held_by_power() {
    // Two readings before the cap sets in. The power is asked for once more: does the card tell that of the moment?
    let script = [
        "CurrentClocksThrottleReasons: 0; 0; 4",
        "ClockInfo 1: 1900; 1900; 1500",
        "FieldValues 186: 1; 300000; 300000; 350000",
        "TotalEnergyConsumption: !3\n",
    ];
    let (board, readings, _) = read(&script.join("\n"), 20);
    let series = derived(&board, readings);
    assert_eq!(series.held_by, Held::Power);
    assert_eq!(series.held_share, Some(0.9));
    assert_eq!(series.held_samples.len(), 18);
    assert_eq!(series.held_samples[0].reasons, [Reason::PowerCap]);
    is_near(series.core_hz_median, 1.5e9);
    is_near(series.power_w, 345.0);
    is_near(series.power_limit_w, 350.0);
}

#[test]
fn a_card_that_heats_is_held_by_heat_from_then_on() {
    let warm =
        "CurrentClocksThrottleReasons: 0; 0; 0; 0; 0; 32; 32; 96\nTemperature 0: 60; 70; 80; 83; 85; 87; 88; 91\n";
    let (board, readings, _) = read(warm, 10);
    assert_eq!(readings[4].reasons, Some(vec![]));
    assert_eq!(readings[5].reasons, Some(vec![Reason::Thermal]));
    assert_eq!(readings[9].reasons, Some(vec![Reason::Thermal, Reason::HardwareThermal]));
    let series = derived(&board, readings);
    assert_eq!((series.held_by, series.held_share), (Held::Thermal, Some(0.5)));
    is_near(series.temperature_c_highest, 91.0);
}

#[test]
fn an_energy_counter_that_begins_anew_costs_its_step() {
    // 30 J in each tenth of a second, and a driver that was loaded anew after the tenth.
    let counts: Vec<u32> =
        (0..40u32).map(|i| if i < 10 { 4_294_000_000 + 30_000 * i } else { 30_000 * (i - 10) }).collect();
    let counts: Vec<String> = counts.iter().map(u32::to_string).collect();
    let (board, readings, _) = read(&format!("TotalEnergyConsumption: {}\n", counts.join("; ")), 40);
    assert!(readings[10].energy_j < readings[9].energy_j, "{:?}", &readings[9..11]);
    is_near(derived(&board, readings).power_w, 300.0);
}

#[test]
fn every_reason_has_its_name_and_unknown_bits_are_another() {
    let (_, readings, _) = read("CurrentClocksThrottleReasons: 511; 64; 128; 256; 1099511627780\n", 5);
    let reasons: Vec<_> = readings.into_iter().map(|reading| reading.reasons.unwrap_or_default()).collect();
    let all = [
        Reason::Idle,
        Reason::ClockSetting,
        Reason::PowerCap,
        Reason::HardwareSlowdown,
        Reason::SyncBoost,
        Reason::Thermal,
        Reason::HardwareThermal,
        Reason::PowerBrake,
        Reason::DisplayClock,
    ];
    let one = |reason: Reason| vec![reason];
    let expected = [
        all.to_vec(),
        one(Reason::HardwareThermal),
        one(Reason::PowerBrake),
        one(Reason::DisplayClock),
        vec![Reason::PowerCap, Reason::Other],
    ];
    assert_eq!(reasons, expected);
}

/// A script in which everything but what finds the card fails with `code`.
fn refusing(code: u32) -> String {
    let found = ["Init_v2", "Count_v2", "Address", "Ids", "SystemGetNVMLVersion", "SystemGetDriverVersion"];
    let line = |line: &str| {
        let key = line.split(": ").next().unwrap_or_default();
        if found.contains(&key) { format!("{line}\n") } else { format!("{key}: !{code}\n") }
    };
    CARD.lines().map(line).collect()
}

/// Every quantity that a card may refuse alone.
const EACH: [Quantity; 15] = [
    Quantity::CoreClock,
    Quantity::MemoryClock,
    Quantity::Power,
    Quantity::PowerLimit,
    Quantity::Energy,
    Quantity::Temperature,
    Quantity::MemoryTemperature,
    Quantity::Fan,
    Quantity::Utilization,
    Quantity::MemoryInUse,
    Quantity::Link,
    Quantity::Reasons,
    Quantity::Processes,
    Quantity::Ecc,
    Quantity::Persistence,
];

#[test]
fn a_card_that_refuses_everything_says_nothing_and_each_refusal_is_named_once() {
    for (code, expected) in [(3, "not supported by this card"), (4, "no permission")] {
        let (board, readings, left_out) = read(&refusing(code), 3);
        assert!(readings.iter().all(Reading::is_empty), "{readings:?}");
        for what in EACH {
            assert_eq!(why(&left_out, what), Some(expected), "{what}");
        }
        assert_eq!(left_out.iter().count(), EACH.len());
        let expected = Board {
            source: "NVML 13.580.95.05, driver 580.95.05".to_owned(),
            pci_address: Some("0000:0a:00.0".to_owned()),
            ..Board::default()
        };
        assert_eq!(board, expected);
    }
}

#[test]
fn what_was_refused_once_is_not_asked_again() {
    // It would answer the second time.
    let (_, readings, left_out) = read("Temperature 0: !3; 50\nClockInfo 2: !4; 9751\nClockInfo 1: !10; 1695\n", 3);
    assert_eq!(readings[2].temperature_c, None);
    assert_eq!(readings[2].memory_hz, None);
    is_near(readings[1].core_hz, 1.695e9);
    assert!(
        why(&left_out, Quantity::CoreClock).is_some_and(|why| why.contains("timeout")),
        "a moment's failure is told"
    );
}

#[test]
fn a_card_that_vanishes_is_asked_nothing_any_more() {
    // It seems to be back after the third reading.
    for code in [15, 28] {
        let (_, readings, left_out) = read(&format!("ClockInfo 1: 1695; 1695; !{code}; 1695\n"), 5);
        assert!(readings[1].core_hz.is_some() && readings[1].temperature_c.is_some(), "{readings:?}");
        assert!(readings[2..].iter().all(Reading::is_empty), "{readings:?}");
        let noted: Vec<_> = left_out.iter().collect();
        assert_eq!(noted, [(Quantity::All, "the card does not answer any more: it fell off the bus")]);
    }
}

#[test]
fn the_address_tells_cards_of_one_name_apart() {
    let two = Library::of("Count_v2: 2\nAddress@1: 00000001:0A:00.0\nUUID@1: GPU-1\nClockInfo 1@1: 1200\n");
    let clock = |wanted: &Wanted| Some(two.open(wanted).0?.read(&mut LeftOut::default()).core_hz);
    is_near(clock(&wanted()).expect("the first card"), 1.695e9);
    let second = Wanted { pci_address: Some("0001:0a:00.0".to_owned()), ..wanted() };
    is_near(clock(&second).expect("the second card"), 1.2e9);
    is_near(clock(&Wanted { uuid: Some("1".to_owned()), ..anywhere() }).expect("the second card"), 1.2e9);
    let board = two.open(&second).0.expect("the second card").board(&mut LeftOut::default());
    assert_eq!(board.pci_address.as_deref(), Some("0001:0a:00.0"));
    // By the ids, and by the name alone as OpenGL has it.
    for wanted in
        [anywhere(), Wanted { device_id: 0, name: "NVIDIA GeForce RTX 3090/PCIe/SSE2".to_owned(), ..anywhere() }]
    {
        let (sensors, left_out) = two.open(&wanted);
        assert!(sensors.is_none());
        let expected = format!(
            "several cards are called {}, and the graphics driver does not say which of them it is",
            wanted.name
        );
        assert_eq!(left_out.iter().collect::<Vec<_>>(), [(Quantity::All, expected.as_str())]);
    }
}

#[test]
fn a_card_without_an_address_is_the_only_one_that_fits() {
    let two = Library::of(
        "Count_v2: 2\nAddress@1: 00000000:0B:00.0\nIds@1: 268410DE\nName@1: GeForce RTX 4090\nClockInfo 1@1: 2520\n",
    );
    let clock = |wanted: &Wanted| Some(two.open(wanted).0?.read(&mut LeftOut::default()).core_hz);
    is_near(clock(&anywhere()).expect("the first card"), 1.695e9);
    let other = Wanted { name: "NVIDIA GeForce RTX 4090/PCIe/SSE2".to_owned(), device_id: 0, ..anywhere() };
    is_near(clock(&other).expect("the second card"), 2.52e9);
    let (sensors, left_out) = two.open(&Wanted { device_id: 0x2330, ..anywhere() });
    assert!(sensors.is_none());
    assert!(why(&left_out, Quantity::All).is_some_and(|why| why.contains("no card")));
}

#[test]
fn a_card_at_another_address_is_not_taken_for_the_one_that_is_wanted() {
    let (sensors, left_out) =
        Library::of("").open(&Wanted { pci_address: Some("0000:0b:00.0".to_owned()), ..wanted() });
    assert!(sensors.is_none());
    assert!(why(&left_out, Quantity::All).is_some_and(|why| why.contains("no such card")));
}

#[test]
fn a_card_that_is_not_at_its_address_is_found_by_its_uuid() {
    let library = Library::of("");
    let elsewhere =
        |uuid: &str| Wanted { pci_address: Some("0000:0b:00.0".to_owned()), uuid: Some(uuid.to_owned()), ..wanted() };
    let (sensors, mut left_out) = library.open(&elsewhere("4f1d4b3e-6c1c-9f0a-2a47-0c6e1d2b3a4f"));
    let board = sensors.expect("the card").board(&mut left_out);
    assert_eq!(board.pci_address.as_deref(), Some("0000:0a:00.0"));
    assert_eq!(left_out.iter().count(), 0);
    let (sensors, left_out) = library.open(&elsewhere("another"));
    assert!(sensors.is_none());
    assert!(why(&left_out, Quantity::All).is_some_and(|why| why.contains("no such card")));
}

#[test]
fn of_a_divided_card_nothing_is_read_that_is_the_whole_cards() {
    let (board, readings, left_out) = read("MigMode: 1 1\n", 1);
    assert_eq!(board.partitioned, Some(true));
    let one = &readings[0];
    assert_eq!((one.power_w, one.energy_j, one.busy_share, one.memory_used_bytes), (None, None, None, None));
    assert!(one.core_hz.is_some() && one.memory_hz.is_some() && one.temperature_c.is_some(), "{one:?}");
    let of_the_whole = [Quantity::Power, Quantity::Energy, Quantity::Utilization, Quantity::MemoryInUse];
    let noted: Vec<Quantity> = left_out.iter().map(|(what, _)| what).collect();
    assert_eq!(noted, of_the_whole);
    let expected = "the card is divided (MIG), and this is the whole card's";
    assert!(of_the_whole.iter().all(|what| why(&left_out, *what) == Some(expected)));
}

#[test]
fn a_library_of_another_version_tells_what_it_can() {
    let few = Library::built(CARD, &["--cfg", "few"]);
    let (sensors, mut left_out) = few.open(&wanted());
    let mut sensors = sensors.expect("the card is there");
    assert_eq!(sensors.board(&mut left_out), Board { source: "NVML".to_owned(), ..Board::default() });
    let reading = sensors.read(&mut left_out);
    let known =
        Reading { core_hz: Some(1.695e9), memory_hz: Some(9.751e9), temperature_c: Some(66.0), ..Reading::default() };
    assert_eq!(reading, known);
    let missing = "this version of NVIDIA's library does not tell it";
    let noted: Vec<Quantity> = left_out.iter().filter(|(_, why)| *why == missing).map(|(what, _)| what).collect();
    assert_eq!(noted.len(), EACH.len() - 3, "{noted:?}");
}

#[test]
fn a_library_that_is_not_there_or_does_not_start_is_named_in_one_line() {
    let absent = PathBuf::from("no-library-of-that-name");
    let without_driver = Library::of("Init_v2: !9\n");
    let broken = &without_driver.places.nvml[0];
    for (nvml, expected) in [
        (vec![], "looked for nowhere"),
        (vec![absent.clone()], "cannot be loaded"),
        (vec![absent.clone(), broken.clone(), absent.clone()], "NVIDIA driver is not loaded"),
    ] {
        let places = Places { nvml, ..without_driver.places.clone() };
        let board = Watch::new(wanted(), places).board().expect("what there is to say");
        assert_eq!(board.left_out.len(), 1, "{:?}", board.left_out);
        assert!(board.left_out[0].contains(expected), "{:?}", board.left_out);
    }
    let whole = Library::of("");
    let places = Places { nvml: vec![absent, broken.clone(), whole.places.nvml[0].clone()], ..whole.places.clone() };
    let board = Watch::new(wanted(), places).board().expect("a board");
    assert_eq!(board.left_out, [""; 0], "the next name is tried");
}

#[test]
fn what_no_card_has_is_no_reading() {
    let library = Library::of(
        "ClockInfo 1: 0\nFieldValues 186: !3\nPowerUsage: 0\nEnforcedPowerLimit: 4294967295\nTemperature 0: 300\nUtilizationRates: 255 0\n",
    );
    let board = library.watch().board().expect("a board");
    let before = board.before.expect("a first reading");
    assert_eq!((before.core_hz, before.power_w, before.power_limit_w), (None, None, None));
    assert_eq!((before.temperature_c, before.busy_share), (None, None));
    is_near(before.memory_hz, 9.751e9);
    let absurd = |what: &str| board.left_out.iter().any(|line| line.starts_with(what) && line.ends_with("no card has"));
    for what in ["the core clock", "the power:", "the power limit", "the temperature", "the utilisation"] {
        assert!(absurd(what), "{what} is not in {:?}", board.left_out);
    }
    assert_eq!(board.left_out.len(), 5);
}

/// Waits for what another thread does, for as long as it may take on a machine that has other work.
#[track_caller]
fn comes(what: &str, is_there: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_there() {
        assert!(start.elapsed() < Duration::from_secs(30), "{what} does not come");
        sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_watch_follows_a_card_until_it_vanishes() {
    let library = Library::of(
        "CurrentClocksThrottleReasons: 1; 0; 4\nClockInfo 1: 210; 1695; 1500; 1500; !15\nUtilizationRates: 0 0; 98 40\n",
    );
    let watch = library.watch();
    let before = watch.board().and_then(|board| board.before).expect("a first reading");
    assert_eq!(before.reasons, Some(vec![Reason::Idle]));
    comes("the end", || watch.board().is_some_and(|board| !board.left_out.is_empty()));
    let readings = watch.since(Seconds::new(0.0));
    let clocks: Vec<Option<f64>> = readings.iter().map(|reading| reading.core_hz).collect();
    assert_eq!(clocks, [Some(1.695e9), Some(1.5e9), Some(1.5e9)]);
    assert_eq!(readings[2].reasons, Some(vec![Reason::PowerCap]));
    let left_out = watch.board().expect("a board").left_out;
    assert_eq!(left_out, ["the card's sensors: the card does not answer any more: it fell off the bus"]);
}

#[test]
fn nothing_waits_for_a_library_that_never_returns() {
    let never_returns = |call: &str| {
        let library = Library::of(&format!("{call}: wait\n"));
        let board = library.watch().board().expect("what there is to say");
        assert_eq!(board.left_out.len(), 1, "{call}: {:?}", board.left_out);
        assert!(board.left_out[0].contains("did not answer within"), "{call}: {:?}", board.left_out);
    };
    scope(|threads| {
        for call in ["Init_v2", "MigMode", "Temperature 0"] {
            threads.spawn(move || never_returns(call));
        }
    });
}

#[test]
fn a_library_that_stops_returning_is_named_and_what_it_said_is_kept() {
    let library = Library::of("Temperature 0: 50; 51; 52; wait\nUtilizationRates: 0 0; 98 40\n");
    let watch = library.watch();
    let said = || watch.since(Seconds::new(0.0)).len();
    comes("the silence", || said() == 2 && watch.board().is_some_and(|board| !board.left_out.is_empty()));
    let left_out = watch.board().expect("a board").left_out;
    assert_eq!(left_out, ["the card's sensors: they stopped answering during the run"]);
}
