//! `scripts/on-card` with a binary that is a script: what crashes, hangs or is wrong costs one part, and the summary tells.

#![cfg(target_os = "linux")]

mod child;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

use child::{Running, start};

/// Stands for the built binary. What its first lines set says how a part goes wrong.
const BINARY: &str = r#"
previous= only= out=
for argument in "$@"; do
    case $previous in --only) only=$argument ;; --out) out=$argument ;; esac
    previous=$argument
done
case $1 in
--version) echo 'gpu-assay 0.1.0' ;;
devices)
    [ -z "$no_gpu" ] || { echo "error: no adapter" >&2; exit 1; }
    echo '0  Fake Card 9000 — the default'
    echo '   discrete, vulkan, PCI id 1234:0001'
    ;;
verify)
    if [ "$only" = no-such-benchmark ]; then
        printf 'error: it fits no benchmark; there are:\n  peak/f32\n  peak/coop/f16\n  matmul/coop/f16\n  matmul/coop/i8-i32\n' >&2
        exit 2
    fi
    [ -z "$lacks_adapter" ] || { printf 'error: no adapter fits; there are:\n  0  Fake Card 9000\n' >&2; exit 2; }
    [ "$only" != "$crashes" ] || kill -SEGV $$
    [ "$only" != "$hangs" ] || exec sleep 1000
    [ "$only" != "$is_wrong" ] || { echo "$only 16x16/2x4 WRONG: 3 of 4"; exit 20; }
    [ "$only" != "$lacks" ] || { echo "$only unsupported: the device lacks it"; exit; }
    echo "$only 16x16/2x4 right"
    ;;
run)
    echo '{' >"$out"
    echo '"pci_address": "0000:00:06.0"' >>"$out"
    echo '}' >>"$out"
    echo 'Fake Card 9000 — vulkan, Fake 1.0 — 2026-11-28T03:07:29Z'
    echo 'peak/f32            affine/v1x6    65.03 TFLOP/s 65.02 TFLOP/s  0.1 % passed, ≥'
    echo 'memory/read         wg256/loads4   2.913 TB/s    2.911 TB/s  0.0 % passed'
    echo ' matmul/f32          66.90 TFLOP/s  65.03 TFLOP/s  97.2 %  36.98 TFLOP/s  56.9 %'
    echo 'peak/f32 — note: 64.3 % faster in the block of 5 samples 45 s later'
    [ -z "$suspect" ] || echo 'peak/f32 — suspect: more than is claimed'
    [ -z "$run_hangs" ] || exec sleep 1000
    ;;
compare) exit 10 ;;
esac
"#;

/// Knows the older name of throttle reasons alone.
const NVIDIA_SMI: &str = r#"
case "$*" in
-q) printf 'Serial Number : 123\nGPU UUID : GPU-1\nProduct Name : Fake\n' ;;
*event_reasons*) exit 2 ;;
*-lms*)
    while :; do
        echo "$(date '+%Y/%m/%d %H:%M:%S.500'), 0, 00000000:00:06.0, 1980, 2619, 77.14, 46, 0, 0x0000000000000044"
        echo "$(date '+%Y/%m/%d %H:%M:%S.500'), 1, 00000000:00:07.0, 345, 2619, 20.00, 40, 0, 0x0000000000000001"
        sleep 0.2
    done
    ;;
esac
"#;

/// A child inherits every open file until it has become another program, and no program runs that a process may still write: no test starts one
/// while another writes one.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn started(command: &mut Command) -> Running {
    let _alone = alone();
    start(command)
}

/// A folder with the script, what lies beside it, and what stands for the system's programs.
struct Kit(tempfile::TempDir);

impl Kit {
    /// A kit whose binary begins with these settings.
    fn new(settings: &str) -> Self {
        let kit = Self(tempfile::tempdir().expect("a folder"));
        fs::create_dir(kit.path("bin")).expect("a folder");
        kit.write("on-card", &fs::read_to_string("scripts/on-card").expect("the script"));
        kit.program("gpu-assay", &format!("{settings}\n{BINARY}"));
        kit.program("bin/nvidia-smi", NVIDIA_SMI);
        kit.program("bin/ldconfig", "echo '	libvulkan.so.1 (libc6,x86-64) => /usr/lib/libvulkan.so.1'");
        kit
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn program(&self, name: &str, text: &str) {
        self.write(name, &format!("#!/bin/bash\n{text}\n"));
    }

    fn write(&self, name: &str, text: &str) {
        let _alone = alone();
        fs::write(self.path(name), text).expect("it can be written");
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755)).expect("it can be run");
    }

    fn command(&self) -> Command {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(self.path("on-card"));
        command.args(["--minutes", "2", "--out", "seen"]).current_dir(self.0.path()).env_remove("LD_LIBRARY_PATH");
        command.env("PATH", format!("{}:{path}", self.path("bin").display()));
        command
    }

    /// Exit code, stdout and stderr.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        text(started(self.command().args(arguments)).end())
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

/// Exit code, stdout and stderr of what has ended by itself.
fn text(Output { status, stdout, stderr }: Output) -> (i32, String, String) {
    let [stdout, stderr] = [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (status.code().expect("it ends by itself"), stdout, stderr)
}

#[track_caller]
fn has(text: &str, words: &[&str]) {
    let line = text.lines().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(line, "no line has all of {words:?}:\n{text}");
}

#[test]
fn what_is_right_ends_with_0_and_keeps_everything() {
    let kit = Kit::new("lacks=peak/coop/f16");
    let (code, summary, stderr) = kit.run(&[]);
    assert_eq!(code, 0, "{summary}{stderr}");
    has(&summary, &["Fake Card 9000"]);
    has(&summary, &["verify, matrix units: 3", "done, 1 unsupported"]);
    has(&summary, &["peak/f32", "65.03 TFLOP/s", "65.02 TFLOP/s", "memory/read", "2.911 TB/s"]);
    assert!(!summary.contains("66.90"), "a claim among the rates:\n{summary}");
    has(&summary, &["memory, best:", "peak/f32 65.03 TFLOP/s, memory/read 2.913 TB/s"]);
    has(&summary, &["compare", "slower"]);
    has(&summary, &["× power cap + hardware thermal"]);
    has(&summary, &["run", "1980/1980/1980 MHz, at most 77 W"]);
    assert!(!summary.contains("345/"), "another card's clocks:\n{summary}");
    assert!(summary.lines().count() <= 60, "{summary}");
    assert_eq!(kit.read("seen/summary.txt"), summary);
    for file in [
        "run.json",
        "search.json",
        "memory.json",
        "again.json",
        "devices.out",
        "verify-rest.out",
        "clocks.csv",
        "parts.csv",
    ] {
        assert!(!kit.read(&format!("seen/{file}")).is_empty(), "{file} is empty");
    }
    let smi = kit.read("seen/nvidia-smi.txt");
    assert!(smi.contains("Fake") && !smi.contains("123") && !smi.contains("GPU-1"), "{smi}");
    assert!(kit.path("seen.tar.gz").exists());
    has(&stderr, &["ground-truth: left out"]);
}

#[test]
fn a_crash_and_a_hang_and_a_wrong_answer_cost_one_part_each() {
    let kit = Kit::new("crashes=peak/coop/f16 hangs=matmul/coop/f16 is_wrong=matmul/coop/i8-i32 suspect=1");
    let (code, summary, stderr) = kit.run(&[]);
    assert_eq!(code, 20, "{summary}{stderr}");
    has(&summary, &["verify-peak-coop-f16", "crashed, signal 11"]);
    has(&summary, &["verify-matmul-coop-f16", "its time ran out"]);
    has(&summary, &["verify-matmul-coop-i8-i32", "16x16/2x4 WRONG: 3 of 4"]);
    has(&summary, &["run: peak/f32 suspect: more than is claimed"]);
    has(&summary, &["verify-rest", "done"]);
    has(&summary, &["again", "done"]);
}

#[test]
fn a_crash_alone_ends_with_1() {
    let (code, summary, stderr) = Kit::new("crashes=peak/coop/f16").run(&[]);
    assert_eq!(code, 1, "{summary}{stderr}");
    has(&summary, &["run", "done"]);
}

#[test]
fn pytorch_stands_beside_where_it_is() {
    for (ends, code, words) in [(0, 0, "done"), (3, 0, "left out"), (1, 1, "failed, code 1")] {
        let kit = Kit::new("");
        fs::create_dir(kit.path("peers")).expect("a folder");
        fs::write(kit.path("peers/torch_peer.py"), "").expect("it can be written");
        kit.program("ground-truth", &format!("echo \"matmul/f32 0.750 ${{@: -2:1}} $#\"; echo '– no id'; exit {ends}"));
        let (seen, summary, stderr) = kit.run(&[]);
        assert_eq!(seen, code, "{summary}{stderr}");
        has(&summary, &["ground-truth", words]);
        // Three records, the option and its file.
        has(&summary, &["matmul/f32 0.750 --peer 5"]);
        assert!(!summary.contains("no id"), "{summary}");
    }
}

#[test]
fn what_is_missing_is_named_before_anything_is_written() {
    let kit = Kit::new("");
    kit.program("bin/ldconfig", "echo '	libc.so.6 (libc6,x86-64) => /lib/libc.so.6'");
    let (code, _, stderr) = kit.run(&[]);
    assert_eq!(code, 1, "{stderr}");
    has(&stderr, &["libvulkan.so.1", "is missing", "libvulkan1", "copy that file"]);

    fs::create_dir(kit.path("lib")).expect("a folder");
    fs::write(kit.path("lib/libvulkan.so.1"), "").expect("it can be written");
    assert_eq!(kit.run(&["--out", "with-loader"]).0, 0, "the loader lies beside it");
    let environment = kit.read("with-loader/environment.txt");
    assert!(environment.contains("/lib"), "{environment}");

    let kit = Kit::new("no_gpu=1");
    let (code, _, stderr) = kit.run(&[]);
    assert_eq!(code, 1, "{stderr}");
    has(&stderr, &["error: no adapter"]);
    has(&stderr, &["no GPU answers"]);

    let kit = Kit::new("lacks_adapter=1");
    let (code, _, stderr) = kit.run(&["--adapter", "4090"]);
    assert_eq!(code, 2, "{stderr}");
    has(&stderr, &["error: no adapter fits"]);
    has(&stderr, &["0  Fake Card 9000"]);

    let (code, _, stderr) = kit.run(&["--binary", "/bin/true"]);
    assert_eq!(code, 1, "{stderr}");
    has(&stderr, &["/bin/true does not say that it is gpu-assay"]);

    fs::remove_file(kit.path("gpu-assay")).expect("it can be removed");
    let (code, _, stderr) = kit.run(&[]);
    assert_eq!(code, 1, "{stderr}");
    has(&stderr, &["no gpu-assay beside this script", "--binary"]);
    assert!(!kit.path("seen").exists());
}

#[test]
fn usage_errors_end_with_2() {
    let kit = Kit::new("");
    for arguments in [&["--minutes", "1"][..], &["--minutes", "x"], &["--adapter"], &["--fast"], &["--out", "bin"]] {
        let (code, stdout, stderr) = kit.run(arguments);
        assert_eq!(code, 2, "{arguments:?}: {stderr}");
        assert_eq!(stdout, "", "{arguments:?}");
    }
}

#[test]
fn an_interrupt_ends_the_children_and_still_prints_the_summary() {
    let kit = Kit::new("run_hangs=1; echo $$ >pid-of-last");
    let mut running = started(&mut kit.command());
    // The last line that the part writes before it hangs.
    running.wait_for("the run's last line", || {
        fs::read_to_string(kit.path("seen/run.out")).is_ok_and(|text| text.contains("45 s later")).then_some(())
    });
    let process = kit.read("pid-of-last").trim().to_owned();
    let kill = started(Command::new("kill").args(["-TERM", &running.id().to_string()]));
    assert!(kill.end().status.success());
    let (code, summary, _) = text(running.end());
    assert_eq!(code, 1, "{summary}");
    has(&summary, &["run", "interrupted"]);
    assert!(!summary.contains("search"), "a part began after the interrupt:\n{summary}");
    has(&summary, &["peak/f32", "65.02 TFLOP/s"]);
    assert!(!Path::new(&format!("/proc/{process}/cmdline")).exists(), "the run goes on");
    assert!(kit.path("seen.tar.gz").exists());
}
