//! The binary as people meet it, on an adapter: what it says before it measures, and what it leaves where a run ends early.

mod adapter;
mod child;
mod program;
mod trials;

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use child::{Running, ends, start};
use gpu_assay::adapter::Backend;
use gpu_assay::benchmark::CATALOGUE;
use gpu_assay::record::load;
use program::{fails, program, run, scratch, written};
use serde_json::Value;
use trials::{Missing, Tested, trials};

fn main() -> ExitCode {
    trials::run(trials![
        #[cfg(target_os = "linux")]
        a_device_that_refuses_creation_is_named_and_leaves_no_record,
        an_adapter_that_fits_nothing_is_a_usage_error_with_a_list,
        a_uuid_stands_in_every_list_and_chooses_an_adapter,
        a_record_is_never_overwritten_and_a_place_that_cannot_be_written_is_known_at_once,
        #[cfg(target_os = "linux")]
        a_full_disk_ends_the_run_with_one_message,
        a_second_run_on_the_same_gpu_is_warned,
        #[cfg(target_os = "linux")]
        a_full_disk_keeps_what_was_measured_before,
        #[cfg(unix)]
        an_interrupt_leaves_a_valid_record,
        #[cfg(unix)]
        a_termination_leaves_a_valid_record,
    ])
}

fn adapter() -> Tested {
    adapter::answers(&Backend::ALL)
}

/// RADV's null hardware is listed, with the features of a real card, and refuses to be opened. Mesa 26 has dropped it.
#[cfg(target_os = "linux")]
fn a_device_that_refuses_creation_is_named_and_leaves_no_record() -> Tested {
    let icd = "/usr/share/vulkan/icd.d/radeon_icd.x86_64.json";
    let folder = scratch();
    let out = folder.path().join("r.json");
    let on_null_hardware = |family: &str, arguments: &[&str]| {
        let mut command = program(arguments);
        command.env("RADV_FORCE_FAMILY", family).env("VK_DRIVER_FILES", icd).env("VK_ICD_FILENAMES", icd);
        ends(&mut command)
    };
    let is_listed = |family: &&str| on_null_hardware(family, &["devices"]).1.contains("Null hardware");
    let family = ["navi31", "gfx1100"].into_iter().find(is_listed);
    let family = family.ok_or_else(|| Missing::new("there is no RADV with null hardware"))?;
    let arguments = ["run", "--quick", "--adapter", "Null hardware", "--out", &out.to_string_lossy()];
    let (code, _, stderr) = on_null_hardware(family, &arguments);
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("Null hardware") && stderr.contains("refuses") && !stderr.contains("panicked"), "{stderr}");
    assert!(!out.exists(), "nothing was measured, nothing is written");
    Ok(())
}

fn an_adapter_that_fits_nothing_is_a_usage_error_with_a_list() -> Tested {
    adapter()?;
    fails(&["run", "--adapter", "no such card"], 2, "no adapter fits");
    // A shell's variable that was never set.
    fails(&["run", "--adapter", ""], 2, "--adapter");
    Ok(())
}

fn a_uuid_stands_in_every_list_and_chooses_an_adapter() -> Tested {
    adapter()?;
    let listed: Value = serde_json::from_str(&run(&["devices", "--json"]).stdout).expect("JSON");
    let mut uuids = listed.as_array().expect("a list").iter().filter_map(|adapter| adapter["uuid"].as_str());
    let uuid = uuids.next_back().ok_or_else(|| Missing::new("no adapter tells a UUID"))?;
    assert!(run(&["devices"]).stdout.contains(&format!("UUID {uuid}")), "the text has it as well");
    fails(&["run", "--adapter", "99999"], 2, &format!("UUID {uuid}"));
    for query in [uuid.to_owned(), format!("GPU-{}", uuid[..8].to_uppercase()), uuid.replace('-', "")] {
        let seen = run(&["verify", "--only", "memory/read", "--adapter", &query]);
        assert_eq!(seen.code, 0, "{query}: {}", seen.stderr);
    }
    Ok(())
}

fn a_record_is_never_overwritten_and_a_place_that_cannot_be_written_is_known_at_once() -> Tested {
    adapter()?;
    let folder = scratch();
    let there = written(folder.path(), "there.json", "mine");
    fails(&["run", "--quick", "--out", &there], 2, "never overwritten");
    assert_eq!(fs::read_to_string(&there).expect("the file"), "mine", "it is untouched");
    let nowhere = folder.path().join("no/such/folder/r.json").to_string_lossy().into_owned();
    fails(&["run", "--quick", "--quiet", "--out", &nowhere], 1, "cannot write");
    Ok(())
}

#[cfg(target_os = "linux")]
fn a_full_disk_ends_the_run_with_one_message() -> Tested {
    adapter()?;
    fails(&["run", "--quick", "--quiet", "--out", "/dev/full/r.json"], 1, "cannot write");
    Ok(())
}

/// Starts a run of all memory benchmarks.
fn started(path: &Path) -> Running {
    let out = path.to_string_lossy();
    start(&mut program(&["run", "--tune", "off", "--quiet", "--only", "memory/*", "--out", &out]))
}

fn a_second_run_on_the_same_gpu_is_warned() -> Tested {
    adapter()?;
    let folder = scratch();
    let (first, second) = (folder.path().join("first.json"), folder.path().join("second.json"));
    let mut running = started(&first);
    running.wait_for("its record", || first.exists().then_some(()));
    let out = second.to_string_lossy();
    let run = run(&["run", "--quick", "--tune", "off", "--only", "overhead/round-trip", "--out", &out]);
    drop(running);
    let record = load(&second).expect("a record");
    let is_warned = record.warnings.iter().any(|warning| warning.code() == Some("disturbed"));
    assert!(is_warned, "{:?}: {}", record.warnings, run.stderr);
    Ok(())
}

#[cfg(target_os = "linux")]
fn a_full_disk_keeps_what_was_measured_before() -> Tested {
    adapter()?;
    let folder = scratch();
    let mut mount = Command::new("mount");
    // A megabyte, of which all but a record's beginning is taken.
    mount.args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(folder.path());
    if ends(&mut mount).0 != 0 {
        return Err(Missing::new("only root may mount a small disk, which is to be full"));
    }
    fs::write(folder.path().join("ballast"), vec![0; 1008 << 10]).expect("there is room for it");
    let path = folder.path().join("r.json");
    let out = path.to_string_lossy();
    let run = run(&["run", "--quick", "--tune", "off", "--quiet", "--only", "memory/sweep", "--out", &out]);
    let record = load(&path);
    let left = fs::read_dir(folder.path()).expect("it can be read").count();
    ends(Command::new("umount").arg(folder.path()));
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("cannot write") && run.stderr.contains("kept"), "{}", run.stderr);
    assert_eq!(record.expect("the state before").entries.len(), 0, "nothing half-written");
    assert_eq!(left, 2, "no temporary file is left");
    Ok(())
}

#[cfg(unix)]
fn an_interrupt_leaves_a_valid_record() -> Tested {
    interrupted_by("INT")
}

#[cfg(unix)]
fn a_termination_leaves_a_valid_record() -> Tested {
    interrupted_by("TERM")
}

#[cfg(unix)]
fn interrupted_by(signal: &str) -> Tested {
    adapter()?;
    let folder = scratch();
    let path = folder.path().join("r.json");
    let mut running = started(&path);
    let growing = running.wait_for("a first entry", || load(&path).ok().filter(|record| !record.entries.is_empty()));
    assert!(growing.is_unfinished(), "what ends the process now leaves it unfinished: {:?}", growing.warnings);
    let kill = format!("kill -{signal} {}", running.id());
    assert_eq!(ends(Command::new("sh").args(["-c", &kill])).0, 0, "the signal is sent");
    assert_eq!(running.end().status.code(), Some(1), "an interrupted run failed");
    let record = load(&path).expect("a valid record");
    assert!(!record.is_unfinished(), "it was asked to end, and says what it left out: {:?}", record.warnings);
    // Suspect where other tests keep the processor busy: also a figure that was kept.
    assert!(record.entries[0].rates.is_some(), "what was measured is kept: {:?}", record.entries[0].reason);
    let asked_for = CATALOGUE.iter().filter(|benchmark| benchmark.id.starts_with("memory/"));
    assert_eq!(record.entries.len(), asked_for.count(), "the rest is there as skipped");
    Ok(())
}
