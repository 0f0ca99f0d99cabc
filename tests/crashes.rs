//! The program with crashes planted, on whatever adapter there is: a driver that dies over a kernel, or never comes back, costs that kernel.

#[cfg(unix)]
mod adapter;
mod child;
mod program;
mod trials;

use std::process::ExitCode;

fn main() -> ExitCode {
    trials::run(trials::trials![
        #[cfg(unix)]
        planted::a_planted_crash_costs_one_benchmark_and_keeps_its_kernel,
        #[cfg(unix)]
        planted::a_driver_that_the_time_ends_over_is_named_with_its_kernel,
        #[cfg(unix)]
        planted::what_was_survived_is_not_asked_again,
        #[cfg(target_os = "linux")]
        planted::an_interrupt_ends_a_process_that_never_comes_back,
        #[cfg(unix)]
        planted::a_driver_that_crashes_while_it_is_listed_is_left_out_and_named,
        #[cfg(unix)]
        planted::a_process_that_cannot_begin_is_one_warning_and_the_run_goes_on,
        the_verb_for_the_program_itself_says_so_to_people,
    ])
}

fn the_verb_for_the_program_itself_says_so_to_people() -> trials::Tested {
    program::fails(&["try-kernels"], 1, "is for gpu-assay itself");
    Ok(())
}

#[cfg(unix)]
mod planted {
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    use gpu_assay::adapter::Backend;
    use gpu_assay::record::{Entry, Note, Outcome, load};

    use crate::adapter::answers;
    use crate::child::{ends, start};
    use crate::program::{self, Seen, scratch, seen};
    use crate::trials::Tested;

    const PASSES: &str = "overhead/dispatch";
    const FAILS: &str = "overhead/round-trip";

    fn program(planted: &str, cache: &Path, arguments: &[&str]) -> Command {
        let mut command = program::program(arguments);
        command.env("GPU_ASSAY_CACHE", cache).env("GPU_ASSAY_CRASH_AT", planted);
        command
    }

    /// A run of two benchmarks, each kernel of which goes through another process first.
    fn run(planted: &str, cache: &Path) -> (Seen, Vec<Entry>) {
        let out = cache.join("r.json");
        let _ = fs::remove_file(&out);
        let path = out.to_string_lossy().into_owned();
        let arguments = ["run", "--quick", "--quiet", "--isolate", "all", "--budget", "20", "--out", &path];
        let mut command = program(planted, cache, &arguments);
        let seen = seen(command.args(["--only", FAILS, "--only", PASSES]));
        (seen, load(&out).expect("a record").entries)
    }

    fn entry<'e>(entries: &'e [Entry], id: &str) -> &'e Entry {
        entries.iter().find(|entry| entry.id == id).expect("it was asked for")
    }

    fn kept(cache: &Path) -> Vec<String> {
        let files = fs::read_dir(cache.join("crashed")).into_iter().flatten().flatten();
        files.map(|file| fs::read_to_string(file.path()).expect("a kernel")).collect()
    }

    pub(crate) fn a_planted_crash_costs_one_benchmark_and_keeps_its_kernel() -> Tested {
        answers(&Backend::ALL)?;
        for (way, words) in [("abort", "the driver crashed (SIGABRT)"), ("exit", "ended with code 3")] {
            let folder = scratch();
            let (seen, entries) = run(&format!("{way}:{FAILS} *"), folder.path());
            assert_eq!(seen.code, 1, "something failed: {}", seen.stderr);
            let failed = entry(&entries, FAILS);
            let reason = failed.reason.as_ref().map(Note::words).unwrap_or_default();
            assert_eq!(failed.outcome, Outcome::Failed, "{reason}");
            assert!(reason.contains(words) && reason.contains(FAILS) && reason.contains("is kept in"), "{reason}");
            assert!(entry(&entries, PASSES).rates.is_some(), "{:?}", entry(&entries, PASSES).reason);
            let kept = kept(folder.path());
            assert!(kept.len() == 1 && kept[0].contains(words) && kept[0].contains("@compute"), "{kept:?}");
        }
        Ok(())
    }

    pub(crate) fn a_driver_that_the_time_ends_over_is_named_with_its_kernel() -> Tested {
        answers(&Backend::ALL)?;
        let folder = scratch();
        let out = folder.path().join("r.json").to_string_lossy().into_owned();
        let arguments = ["run", "--quiet", "--isolate", "all", "--budget", "6", "--only", PASSES, "--out", &out];
        let seen = seen(&mut program(&format!("hang:{PASSES} *"), folder.path(), &arguments));
        let entries = load(Path::new(&out)).expect("a record").entries;
        let reason = entries[0].reason.as_ref().map(Note::words).unwrap_or_default();
        assert_eq!(entries[0].outcome, Outcome::Skipped, "{reason} {}", seen.stderr);
        assert!(reason.contains("had not come back") && reason.contains(PASSES), "{reason}");
        Ok(())
    }

    pub(crate) fn what_was_survived_is_not_asked_again() -> Tested {
        answers(&Backend::ALL)?;
        let folder = scratch();
        assert_eq!(run("", folder.path()).0.code, 0, "nothing is planted");
        let (seen, _) = run("abort:*", folder.path());
        assert_eq!(seen.code, 0, "no process was started that could die: {}", seen.stderr);
        fs::remove_file(folder.path().join("survived.json")).expect("it was written");
        assert_eq!(run("abort:*", folder.path()).0.code, 1, "without that memory it dies");
        Ok(())
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn an_interrupt_ends_a_process_that_never_comes_back() -> Tested {
        answers(&Backend::ALL)?;
        let folder = scratch();
        seen(&mut program("", folder.path(), &["devices"]));
        let mut hanging =
            start(&mut program("hang:*", folder.path(), &["verify", "--isolate", "all", "--only", PASSES]));
        let parent = format!("PPid:\t{}", hanging.id());
        let of_it = || {
            let processes = fs::read_dir("/proc").expect("it can be read").flatten();
            let is_child = |folder: &Path| {
                let status = fs::read_to_string(folder.join("status")).unwrap_or_default();
                status.lines().any(|line| line == parent)
            };
            let found = processes.map(|process| process.path()).find(|folder| is_child(folder))?;
            Some(found.file_name()?.to_string_lossy().into_owned())
        };
        let other = hanging.wait_for("a process of its own", of_it);
        let signal = |what: &str, id: &str| {
            ends(Command::new("sh").args(["-c", &format!("kill -{what} {id} 2>/dev/null")])).0 == 0
        };
        assert!(signal("TERM", &hanging.id().to_string()), "the signal is sent");
        let output = hanging.end();
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(!signal("0", &other), "process {other} is still there");
        Ok(())
    }

    /// What `devices` lists of Vulkan, and what it says.
    fn listed(planted: &str, cache: &Path) -> (bool, String) {
        let seen = seen(&mut program(planted, cache, &["devices"]));
        (seen.stdout.contains(", vulkan,"), seen.stderr)
    }

    pub(crate) fn a_driver_that_crashes_while_it_is_listed_is_left_out_and_named() -> Tested {
        answers(&[Backend::Vulkan])?;
        let folder = scratch();
        let (is_there, stderr) = listed("abort:listing *", folder.path());
        assert!(!is_there, "{stderr}");
        for words in ["is left out of Vulkan: the driver crashed (SIGABRT)", "--backend gl", "Vulkan driver"] {
            assert!(stderr.contains(words), "{stderr}");
        }
        assert!(listed("abort:listing nobody", folder.path()).0, "another one's crash");
        assert!(listed("abort:listing *", folder.path()).0, "what was survived is not asked again");
        Ok(())
    }

    pub(crate) fn a_process_that_cannot_begin_is_one_warning_and_the_run_goes_on() -> Tested {
        answers(&Backend::ALL)?;
        // A program that was removed while it ran cannot be started again.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let link = folder.path().join("gpu-assay");
        fs::hard_link(assert_cmd::cargo::cargo_bin("gpu-assay"), &link).expect("a link");
        let mut command = Command::new(&link);
        command.args(["verify", "--isolate", "all", "--only", FAILS, "--only", PASSES]);
        let running = start(command.env("GPU_ASSAY_CACHE", folder.path()));
        fs::remove_file(&link).expect("it can be removed");
        let output = running.end();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        assert_eq!(stderr.matches("not tried in a process of their own").count(), 1, "{stderr}");
        Ok(())
    }
}
