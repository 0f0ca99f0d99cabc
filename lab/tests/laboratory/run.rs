//! Running the `lab` program.

use std::process::{Command, Output};
use std::sync::OnceLock;

/// Whether the lab's root can be used. Where it cannot, the tests say so aloud, and fail where `REQUIRE_LAB=1`.
pub(crate) fn is_there() -> bool {
    static MADE: OnceLock<bool> = OnceLock::new();
    *MADE.get_or_init(|| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/root");
        let made = Command::new(script).arg("make").status().is_ok_and(|status| status.success());
        let required = std::env::var_os("REQUIRE_LAB").is_some_and(|value| value == "1");
        assert!(made || !required, "REQUIRE_LAB=1, but the lab's root is not to be had, see above");
        if !made {
            eprintln!("NOT TESTED: the lab's root is not to be had, see above");
        }
        made
    })
}

pub(crate) fn lab(arguments: &[&str]) -> Output {
    lab_in(std::path::Path::new(env!("CARGO_MANIFEST_DIR")), arguments)
}

pub(crate) fn lab_in(folder: &std::path::Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lab")).current_dir(folder).args(arguments).output().expect("lab runs")
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}
