//! A driver that crashes over a kernel, or never comes back from it, costs that kernel and not the run.

#![allow(clippy::cast_possible_truncation, reason = "test data")]

#[cfg(all(feature = "gpu", unix))]
mod adapter;
mod double;

use std::cell::{Cell, RefCell};
use std::time::Duration;

use double::{Double, Fails};
use gpu_assay::benchmark::Benchmark;
use gpu_assay::kernel::Variant;
use gpu_assay::measure::Fault;
use gpu_assay::plan::{Effort, Plan, Tune};
use gpu_assay::record::{Entry, Outcome};
use gpu_assay::suite::Suite;
use gpu_assay::tune::{Cache, Guard};

/// Enough for every search, however busy the machine is; what is scripted takes no time of its own.
const BUDGET: Duration = Duration::from_secs(30);

/// A guard that is asked of everything once, and of which some kernels do not come back.
#[derive(Default)]
struct Scripted {
    fatal: Option<fn(&Variant) -> Option<Fault>>,
    known: RefCell<Vec<String>>,
    asked: RefCell<Vec<String>>,
    rested: Cell<usize>,
}

impl Guard for Scripted {
    fn knows(&self, variant: &Variant) -> bool {
        self.known.borrow().contains(&variant.name())
    }

    fn ask(&self, variant: &Variant) -> Result<(), Fault> {
        self.asked.borrow_mut().push(variant.name());
        match self.fatal.and_then(|fatal| fatal(variant)) {
            Some(fault) => Err(fault),
            None => {
                self.known.borrow_mut().push(variant.name());
                Ok(())
            }
        }
    }

    fn rest(&self) {
        self.rested.set(self.rested.get() + 1);
    }
}

fn crash(variant: &Variant) -> Option<Fault> {
    Some(Fault::NotSurvived(format!("the driver crashed over {} {}", variant.benchmark.id, variant.name())))
}

/// Measures the benchmarks of these ids on a device that never fails.
fn measure(guard: &Scripted, tune: Tune, ids: &[&str]) -> (Vec<Entry>, Double) {
    let plan = Plan { tune, ..Plan::new(Effort::Quick) };
    let (mut device, mut cache) = (Double::new(Fails::Never), Cache::none());
    let mut suite = Suite::new(&mut device, &plan, &|| false, &|_| {}, &mut cache).guarded(guard);
    let known = |id: &&str| Benchmark::by_id(id).expect("a benchmark of the catalogue");
    let entries = ids.iter().map(|id| suite.measure(known(id), BUDGET)).collect();
    (entries, device)
}

#[test]
fn a_driver_that_survives_nothing_fails_one_benchmark_and_the_next_is_measured() {
    let fatal = |variant: &Variant| crash(variant).filter(|_| variant.benchmark.id == "matmul/coop/f16");
    for tune in [Tune::Off, Tune::Quick] {
        let guard = Scripted { fatal: Some(fatal), ..Scripted::default() };
        let (entries, device) = measure(&guard, tune, &["matmul/coop/f16", "matmul/f32"]);
        let reason = entries[0].why_unsound();
        assert_eq!(entries[0].outcome, Outcome::Failed, "{reason}");
        assert!(reason.starts_with("the driver crashed over matmul/coop/f16 "), "{reason}");
        assert!(reason.ends_with("other variants ended alike)"), "{reason}");
        assert!(entries[0].rates.is_none(), "no rate");
        assert_eq!(entries[1].outcome, Outcome::Measured, "{:?}", entries[1].reason);
        assert_eq!(device.recovered, 0, "this process's device has seen nothing of it");
    }
}

#[test]
fn one_fatal_variant_is_left_out_and_named_and_the_others_are_tried() {
    // The first seed is one of them, and so are neighbours of others.
    let fatal = |variant: &Variant| crash(variant).filter(|_| variant.name().starts_with("square/"));
    let guard = Scripted { fatal: Some(fatal), ..Scripted::default() };
    let (entries, _) = measure(&guard, Tune::Full, &["peak/f32"]);
    let entry = &entries[0];
    assert_eq!(entry.outcome, Outcome::Measured, "{:?}", entry.reason);
    assert!(entry.findings.iter().any(|finding| finding.code() == Some("crashed_variants")), "{:?}", entry.findings);
    let tuning = entry.tuning.as_ref().expect("a search");
    let crashed: Vec<_> = tuning.rejected.iter().filter(|one| one.reason.contains("crashed over")).collect();
    assert!(crashed.len() > 1, "{crashed:?}");
    for rejected in crashed {
        let tried = tuning.tried.iter().any(|tried| tried.name == rejected.name);
        let asked = guard.asked.borrow().iter().filter(|name| **name == rejected.name).count();
        assert!(!tried && asked == 1, "{}: tried {tried}, asked {asked} times", rejected.name);
    }
}

#[test]
fn nothing_is_compiled_before_the_guard_has_let_it_pass() {
    let guard = Scripted::default();
    let (entries, device) = measure(&guard, Tune::Full, &["matmul/f32"]);
    assert_eq!(entries[0].outcome, Outcome::Measured, "{:?}", entries[0].reason);
    let tuning = entries[0].tuning.as_ref().expect("a search");
    let asked = guard.asked.borrow();
    assert!(tuning.tried.iter().all(|tried| asked.contains(&tried.name)), "seeds and neighbours are asked of");
    assert_eq!(
        asked.len(),
        tuning.tried.len() + tuning.rejected.iter().filter(|one| asked.contains(&one.name)).count()
    );
    assert!(device.ahead.borrow().iter().all(Option::is_none), "none ahead of its question: {:?}", device.ahead);
    assert_eq!(guard.rested.get(), 1, "before anything is timed");
    drop(asked);
    let (_, device) = measure(&guard, Tune::Full, &["matmul/f32"]);
    assert!(device.ahead.borrow().iter().any(Option::is_some), "what is known to be survived is compiled ahead");
}

#[test]
fn an_interrupt_while_the_guard_waits_skips_the_benchmark() {
    let guard = Scripted { fatal: Some(|_| Some(Fault::Interrupted)), ..Scripted::default() };
    let (entries, _) = measure(&guard, Tune::Quick, &["matmul/coop/f16"]);
    assert_eq!(entries[0].outcome, Outcome::Skipped, "{:?}", entries[0].reason);
}

#[test]
fn a_kernel_that_the_run_ends_over_is_named() {
    let fatal = |variant: &Variant| Some(Fault::InterruptedWait(format!("the driver was at {}", variant.name())));
    let guard = Scripted { fatal: Some(fatal), ..Scripted::default() };
    let (entries, _) = measure(&guard, Tune::Quick, &["matmul/coop/f16"]);
    let reason = entries[0].why_unsound();
    assert_eq!(entries[0].outcome, Outcome::Skipped, "{reason}");
    assert!(reason.contains(&format!("the driver was at {}", guard.asked.borrow()[0])), "{reason}");
}

/// The program itself, on whatever adapter there is, with crashes planted.
#[cfg(all(feature = "gpu", unix))]
mod the_program {
    use std::fs;
    use std::path::Path;
    use std::process::{Command, Output, Stdio};
    use std::time::{Duration, Instant};

    use assert_cmd::cargo::CommandCargoExt as _;
    use gpu_assay::record::{Entry, Outcome, load};

    use super::adapter;

    const PASSES: &str = "overhead/dispatch";
    const FAILS: &str = "overhead/round-trip";

    fn program(planted: &str, cache: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("gpu-assay").expect("the binary");
        command.env("GPU_ASSAY_CACHE", cache).env("GPU_ASSAY_CRASH_AT", planted).args(arguments);
        command
    }

    fn output(mut command: Command) -> (Output, String) {
        let output = command.output().expect("it runs");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!stderr.contains("panicked"), "{stderr}");
        (output, stderr)
    }

    /// A run of two benchmarks, each kernel of which goes through another process first.
    fn run(planted: &str, cache: &Path) -> (Option<i32>, String, Vec<Entry>) {
        let out = cache.join("r.json");
        let _ = fs::remove_file(&out);
        let path = out.to_string_lossy().into_owned();
        let arguments = ["run", "--quick", "--quiet", "--isolate", "all", "--budget", "20", "--out", &path];
        let mut command = program(planted, cache, &arguments);
        command.args(["--only", FAILS, "--only", PASSES]);
        let (output, stderr) = output(command);
        (output.status.code(), stderr, load(&out).expect("a record").entries)
    }

    fn entry<'e>(entries: &'e [Entry], id: &str) -> &'e Entry {
        entries.iter().find(|entry| entry.id == id).expect("it was asked for")
    }

    fn kept(cache: &Path) -> Vec<String> {
        let files = fs::read_dir(cache.join("crashed")).into_iter().flatten().flatten();
        files.map(|file| fs::read_to_string(file.path()).expect("a kernel")).collect()
    }

    #[test]
    fn a_planted_crash_costs_one_benchmark_and_keeps_its_kernel() {
        if !adapter::answers(&gpu_assay::adapter::Backend::ALL) {
            return;
        }
        for (way, words) in [("abort", "the driver crashed (SIGABRT)"), ("exit", "ended with code 3")] {
            let folder = tempfile::tempdir().expect("a folder");
            let (code, stderr, entries) = run(&format!("{way}:{FAILS} *"), folder.path());
            assert_eq!(code, Some(1), "something failed: {stderr}");
            let failed = entry(&entries, FAILS);
            let reason = failed.why_unsound();
            assert_eq!(failed.outcome, Outcome::Failed, "{reason}");
            assert!(reason.contains(words) && reason.contains(FAILS) && reason.contains("is kept in"), "{reason}");
            assert!(entry(&entries, PASSES).rates.is_some(), "{:?}", entry(&entries, PASSES).reason);
            let kept = kept(folder.path());
            assert!(kept.len() == 1 && kept[0].contains(words) && kept[0].contains("@compute"), "{kept:?}");
        }
    }

    #[test]
    fn a_driver_that_the_time_ends_over_is_named_with_its_kernel() {
        if !adapter::answers(&gpu_assay::adapter::Backend::ALL) {
            return;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("r.json").to_string_lossy().into_owned();
        let arguments = ["run", "--quiet", "--isolate", "all", "--budget", "6", "--only", PASSES, "--out", &out];
        let (_, stderr) = output(program(&format!("hang:{PASSES} *"), folder.path(), &arguments));
        let entries = load(Path::new(&out)).expect("a record").entries;
        let reason = entries[0].why_unsound();
        assert_eq!(entries[0].outcome, Outcome::Skipped, "{reason} {stderr}");
        assert!(reason.contains("had not come back") && reason.contains(PASSES), "{reason}");
    }

    #[test]
    fn what_was_survived_is_not_asked_again() {
        if !adapter::answers(&gpu_assay::adapter::Backend::ALL) {
            return;
        }
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(run("", folder.path()).0, Some(0), "nothing is planted");
        let (code, stderr, _) = run("abort:*", folder.path());
        assert_eq!(code, Some(0), "no process was started that could die: {stderr}");
        fs::remove_file(folder.path().join("survived.json")).expect("it was written");
        assert_eq!(run("abort:*", folder.path()).0, Some(1), "without that memory it dies");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn an_interrupt_ends_a_process_that_never_comes_back() {
        if !adapter::answers(&gpu_assay::adapter::Backend::ALL) {
            return;
        }
        let folder = tempfile::tempdir().expect("a folder");
        output(program("", folder.path(), &["devices"]));
        let mut command = program("hang:*", folder.path(), &["verify", "--isolate", "all", "--only", PASSES]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let of = |parent: u32| {
            let processes = fs::read_dir("/proc").expect("it can be read").flatten();
            let is_child = |folder: &Path| {
                let status = fs::read_to_string(folder.join("status")).unwrap_or_default();
                status.lines().any(|line| line == format!("PPid:\t{parent}"))
            };
            let found = processes.map(|process| process.path()).find(|folder| is_child(folder))?;
            Some(found.file_name()?.to_string_lossy().into_owned())
        };
        let start = Instant::now();
        let other = loop {
            if let Some(other) = of(child.id()) {
                break other;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "no process was started");
            std::thread::sleep(Duration::from_millis(50));
        };
        let signal = |what: &str, id: &str| {
            let kill = Command::new("sh").args(["-c", &format!("kill -{what} {id} 2>/dev/null")]).status();
            kill.expect("sh runs").success()
        };
        assert!(signal("TERM", &child.id().to_string()), "the signal is sent");
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(!signal("0", &other), "process {other} is still there");
    }

    /// What `devices` lists of Vulkan, and what it says.
    fn listed(planted: &str, cache: &Path) -> (bool, String) {
        let (output, stderr) = output(program(planted, cache, &["devices"]));
        (String::from_utf8_lossy(&output.stdout).contains(", vulkan,"), stderr)
    }

    #[test]
    fn a_driver_that_crashes_while_it_is_listed_is_left_out_and_named() {
        if !adapter::answers(&[gpu_assay::adapter::Backend::Vulkan]) {
            return;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let (is_there, stderr) = listed("abort:listing *", folder.path());
        assert!(!is_there, "{stderr}");
        for words in ["is left out of Vulkan: the driver crashed (SIGABRT)", "--backend gl", "Vulkan driver"] {
            assert!(stderr.contains(words), "{stderr}");
        }
        assert!(listed("abort:listing nobody", folder.path()).0, "another one's crash");
        assert!(listed("abort:listing *", folder.path()).0, "what was survived is not asked again");
    }

    #[test]
    fn a_process_that_cannot_begin_is_one_warning_and_the_run_goes_on() {
        if !adapter::answers(&gpu_assay::adapter::Backend::ALL) {
            return;
        }
        // A program that was removed while it ran cannot be started again.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let link = folder.path().join("gpu-assay");
        fs::hard_link(assert_cmd::cargo::cargo_bin("gpu-assay"), &link).expect("a link");
        let mut command = Command::new(&link);
        command.args(["verify", "--isolate", "all", "--only", FAILS, "--only", PASSES]);
        command.env("GPU_ASSAY_CACHE", folder.path()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().expect("it starts");
        fs::remove_file(&link).expect("it can be removed");
        let output = child.wait_with_output().expect("it ends");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        assert_eq!(stderr.matches("not tried in a process of their own").count(), 1, "{stderr}");
    }

    #[test]
    fn the_verb_for_the_program_itself_says_so_to_people() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = program("", folder.path(), &["try-kernels"]);
        command.stdin(Stdio::null());
        let (output, stderr) = output(command);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("is for gpu-assay itself"), "{stderr}");
    }
}
