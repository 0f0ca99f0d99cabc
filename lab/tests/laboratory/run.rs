//! Running the `lab` program.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use crate::child::{self, start};
use crate::trials::{Missing, Tested};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/root");

/// Asks for the lab's root. Without it a test is ignored, and fails where `REQUIRE_LAB=1`.
pub(crate) fn root() -> Tested {
    static MADE: OnceLock<Result<(), String>> = OnceLock::new();
    let make = || {
        let output = finished(Command::new(SCRIPT).arg("make"));
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(stderr.lines().last().unwrap_or_default().to_owned()) }
    };
    MADE.get_or_init(make).clone().map_err(|why| Missing::unless_required("REQUIRE_LAB", why))
}

/// What `command` says; all chips and all kernels take their time.
pub(crate) fn finished(command: &mut Command) -> Output {
    start(command).end_within(child::TO_COMPILE)
}

pub(crate) fn in_root(arguments: &[&str]) -> Command {
    let mut command = Command::new(SCRIPT);
    command.args(arguments);
    command
}

pub(crate) fn lab(arguments: &[&str]) -> Output {
    lab_in(Path::new(env!("CARGO_MANIFEST_DIR")), arguments)
}

pub(crate) fn lab_in(folder: &Path, arguments: &[&str]) -> Output {
    finished(Command::new(env!("CARGO_BIN_EXE_lab")).current_dir(folder).args(arguments))
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}
