//! Programs that tests start. Each has a deadline, at which it is killed and the test fails with what it had said; none outlives its test.

#![allow(dead_code, reason = "not every test file uses all of it")]

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// No test waits for longer, however busy the machine is.
const DEADLINE: Duration = Duration::from_secs(600);

/// The same for a child that compiles a program.
pub(crate) const TO_COMPILE: Duration = Duration::from_secs(3600);

const TICK: Duration = Duration::from_millis(5);

pub(crate) struct Running {
    child: Child,
    command: String,
    stdout: File,
    stderr: File,
}

pub(crate) fn start(command: &mut Command) -> Running {
    try_start(command).unwrap_or_else(|error| panic!("{command:?} does not start: {error}"))
}

/// Whether there is a program that answers to `--version`.
pub(crate) fn is_there(program: &str) -> bool {
    try_start(Command::new(program).arg("--version")).is_ok_and(|running| running.end().status.success())
}

/// Starts `command`, with files for what it says: a pipe would stay open for as long as any child of the child lives.
fn try_start(command: &mut Command) -> io::Result<Running> {
    let [stdout, stderr] = [(); 2].map(|()| tempfile::tempfile().expect("a file"));
    let [out, err] = [&stdout, &stderr].map(|file| Stdio::from(file.try_clone().expect("the same file")));
    command.stdin(Stdio::null()).stdout(out).stderr(err);
    Ok(Running { child: command.spawn()?, command: format!("{command:?}"), stdout, stderr })
}

/// What `command` says, and how it ends.
pub(crate) fn output(command: &mut Command) -> Output {
    start(command).end()
}

/// Exit code, stdout and stderr of `command`, which is to end by itself.
pub(crate) fn ends(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = output(command);
    let [stdout, stderr] = [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (status.code().unwrap_or_else(|| panic!("{command:?}: {status}: {stderr}")), stdout, stderr)
}

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `there` gives something while the program runs.
    pub(crate) fn wait_for<T>(&mut self, what: &str, there: impl Fn() -> Option<T>) -> T {
        let end = Instant::now() + DEADLINE;
        loop {
            // Asked before `there`: what came with the end counts.
            let ended = self.child.try_wait().expect("its state");
            if let Some(found) = there() {
                return found;
            }
            assert!(ended.is_none(), "{} ended before {what} was there: {}", self.command, self.said());
            assert!(Instant::now() < end, "{what} of {} has not come in {DEADLINE:?}: {}", self.command, self.said());
            sleep(TICK);
        }
    }

    /// Waits for its end.
    pub(crate) fn end(self) -> Output {
        self.end_within(DEADLINE)
    }

    pub(crate) fn end_within(mut self, limit: Duration) -> Output {
        let end = Instant::now() + limit;
        let status: ExitStatus = loop {
            if let Some(status) = self.child.try_wait().expect("its state") {
                break status;
            }
            assert!(Instant::now() < end, "{} has not ended in {limit:?}: {}", self.command, self.said());
            sleep(TICK);
        };
        let [stdout, stderr] = [&self.stdout, &self.stderr].map(read);
        Output { status, stdout, stderr }
    }

    fn said(&self) -> String {
        [&self.stdout, &self.stderr].map(|file| String::from_utf8_lossy(&read(file)).into_owned()).concat()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(mut file: &File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.rewind().and_then(|()| file.read_to_end(&mut bytes)).expect("what was said");
    bytes
}
