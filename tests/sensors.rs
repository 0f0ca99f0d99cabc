//! Sensors beside a real measurement, on whatever adapter is present: those of a card that is not there (`tests/fake_nvml/`), which a run is told to read.

#![allow(clippy::missing_assert_message, reason = "trials are tests")]

mod adapter;
mod child;
#[cfg(target_os = "linux")]
mod fake_nvml;
mod on_gpu;
mod program;
mod trials;

use std::process::ExitCode;

use gpu_assay::adapter::Backend;
use trials::{Tested, trials};

fn main() -> ExitCode {
    trials::run(trials![
        no_sensors_are_no_fault,
        sensors_that_nobody_has_are_a_usage_error,
        #[cfg(target_os = "linux")]
        linux::a_run_keeps_what_the_card_was_doing,
        #[cfg(target_os = "linux")]
        linux::a_hot_card_is_waited_for,
        #[cfg(target_os = "linux")]
        linux::reading_sensors_slows_nothing_down,
    ])
}

fn no_sensors_are_no_fault() -> Tested {
    adapter::answers(&Backend::ALL)?;
    let folder = program::scratch();
    let out = folder.path().join("r.json");
    let out = out.to_string_lossy();
    let arguments = ["run", "--quick", "--only", "peak/f32", "--sensors=off", "--wait-for-cool=50", "--out", &out];
    let _alone = on_gpu::alone();
    let seen = program::run(&arguments);
    assert_eq!(seen.code, 0, "{}", seen.stderr);
    assert!(seen.stderr.contains("--wait-for-cool waits for nothing"), "{}", seen.stderr);
    let record = gpu_assay::record::load(out.as_ref().as_ref()).expect("a record");
    assert_eq!((record.board, record.entries[0].telemetry.clone()), (None, None));
    Ok(())
}

fn sensors_that_nobody_has_are_a_usage_error() -> Tested {
    program::fails(&["run", "--sensors", "everything"], 2, "a PCI address such as 0000:3b:00.0 is needed");
    program::fails(&["run", "--wait-for-cool=cold"], 2, "degrees Celsius from 1 to 120 are needed");
    Ok(())
}

#[cfg(target_os = "linux")]
mod linux {
    use std::path::Path;
    use std::process::Command;
    use std::time::{Duration, Instant};

    use gpu_assay::adapter::Backend;
    use gpu_assay::kernel::Variant;
    use gpu_assay::measure::{Session, median};
    use gpu_assay::record::{Record, load};
    use gpu_assay::sensors::{Wanted, Watch};
    use gpu_assay::telemetry::{Held, Meter as _};
    use gpu_assay::units::Seconds;

    use crate::fake_nvml::Library;
    use crate::trials::Tested;
    use crate::{adapter, on_gpu, program};

    /// Address of the card that is not there.
    const ADDRESS: &str = "0000:0a:00.0";

    /// At rest before the run, and then at its power limit.
    const CAPPED: &str = "UtilizationRates: 0 0; 98 40\nCurrentClocksThrottleReasons: 0; 4\n";

    /// A run beside the card of `library`.
    fn beside(library: &Library, arguments: &[&str]) -> Command {
        let mut command = program::program(&["run", "--sensors", ADDRESS]);
        command.args(arguments).env("LD_LIBRARY_PATH", library.folder());
        command
    }

    /// The record of a run beside the card of `library`, and what the run said.
    fn recorded(library: &Library, arguments: &[&str]) -> (Record, String) {
        let _alone = on_gpu::alone();
        let folder = program::scratch();
        let out = folder.path().join("r.json");
        let seen = program::seen(beside(library, arguments).arg("--out").arg(&out));
        assert_eq!(seen.code, 0, "{}", seen.stderr);
        (load(Path::new(&out)).expect("a record"), seen.stderr)
    }

    pub(crate) fn a_run_keeps_what_the_card_was_doing() -> Tested {
        adapter::answers(&Backend::ALL)?;
        let library = Library::of(&format!("{CAPPED}FanSpeed_v2 0: !3\n"));
        let (record, _) = recorded(&library, &["--budget", "20", "--only", "peak/f32"]);
        let board = record.board.expect("a board");
        assert_eq!(board.pci_address.as_deref(), Some(ADDRESS));
        assert_eq!(board.left_out, ["the fan: not supported by this card"]);
        let codes: Vec<_> = record.warnings.iter().filter_map(|warning| warning.code()).collect();
        assert!(codes.contains(&"sensors_chosen"), "{codes:?}");
        let entry = &record.entries[0];
        let series = entry.telemetry.as_ref().expect("readings");
        assert_eq!((series.began_s.len(), series.held_by), (entry.samples.len(), Held::Power));
        assert_eq!((series.core_hz_median, series.power_w), (Some(1.695e9), Some(341.25)));
        assert!(series.energy_per_op_j.is_some() && !series.held_samples.is_empty(), "{series:?}");
        Ok(())
    }

    pub(crate) fn a_hot_card_is_waited_for() -> Tested {
        adapter::answers(&Backend::ALL)?;
        // The last is its temperature under load.
        let library = Library::of("UtilizationRates: 0 0\nTemperature 0: 40; 70; 60; 50; 50; 44\n");
        let (record, said) = recorded(&library, &["--quick", "--only", "peak/f32", "--wait-for-cool"]);
        assert!(!said.contains("the run goes on"), "{said}");
        assert!(said.contains("waiting for 45 °C"), "{said}");
        assert_eq!(record.plan.wait_for_cool_c, Some(45.0));
        let board = record.board.expect("a board");
        assert_eq!(board.before.and_then(|before| before.temperature_c), Some(40.0));
        let highest = record.entries[0].telemetry.as_ref().and_then(|series| series.temperature_c_highest);
        assert_eq!(highest, Some(44.0), "it was measured when it was cool");
        Ok(())
    }

    /// Pairs of medians with and without the reader, whose middle ratio counts. What a card's driver makes other threads wait for is not seen here.
    const PAIRS: usize = 10;

    /// Long enough for some readings.
    const BLOCK: Duration = Duration::from_millis(500);

    /// A slowdown by less is the machine's.
    const SLOWER: f64 = 1.05;

    pub(crate) fn reading_sensors_slows_nothing_down() -> Tested {
        let library = Library::of(CAPPED);
        let wanted = Wanted {
            name: String::new(),
            vendor_id: 0x10de,
            device_id: 0x2204,
            pci_address: Some(ADDRESS.to_owned()),
            uuid: None,
        };
        on_gpu::timed(Variant::wgsl, |suite| {
            let benchmark = gpu_assay::benchmark::Benchmark::F32_PEAK;
            let mut prepared = suite.prepare(benchmark, Duration::from_secs(2)).expect("a peak");
            let session = prepared.session.as_mut();
            let dispatches = lasting(session, 0.05);
            let mut readings = 0;
            let mut pair = |turn: usize| {
                let mut medians = [0.0; 2];
                for side in [turn % 2, 1 - turn % 2] {
                    let watch = (side == 1).then(|| Watch::new(wanted.clone(), library.places.clone()));
                    medians[side] = time(session, dispatches);
                    readings += watch.map_or(0, |watch| watch.since(Seconds::new(0.0)).len());
                }
                medians[1] / medians[0]
            };
            let ratios: Vec<f64> = (0..PAIRS).map(&mut pair).collect();
            assert!(readings >= PAIRS, "{readings} readings in {PAIRS} blocks");
            assert!(median(&ratios) < SLOWER, "slower: {ratios:?}");
        })
    }

    /// How many dispatches last for about so many seconds.
    fn lasting(session: &mut dyn Session, seconds: f64) -> u32 {
        // The first one compiles.
        session.time(1).expect("it runs");
        let (mut dispatches, mut took) = (1, 0.0);
        while took < seconds {
            dispatches *= 2;
            took = session.time(dispatches).expect("it runs").wall_s.get();
        }
        dispatches
    }

    /// The median time of the samples of a block.
    fn time(session: &mut dyn Session, dispatches: u32) -> f64 {
        let (start, mut times) = (Instant::now(), Vec::new());
        while start.elapsed() < BLOCK {
            times.push(session.time(dispatches).expect("it runs").wall_s.get());
        }
        median(&times)
    }
}
