//! The program and what it says.

#![allow(dead_code, reason = "not every test file uses all of it")]

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;

use crate::child;

pub(crate) struct Seen {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program, with a tuning cache of the tests' own.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin("gpu-assay"));
    command.args(arguments).env("GPU_ASSAY_CACHE", env!("CARGO_TARGET_TMPDIR"));
    command
}

pub(crate) fn seen(command: &mut Command) -> Seen {
    let (code, stdout, stderr) = child::ends(command);
    assert!(!stderr.contains("panicked"), "{command:?} panicked: {stderr}");
    Seen { code, stdout, stderr }
}

pub(crate) fn run(arguments: &[&str]) -> Seen {
    seen(&mut program(arguments))
}

#[track_caller]
pub(crate) fn fails(arguments: &[&str], code: i32, message: &str) {
    let seen = run(arguments);
    assert_eq!(seen.code, code, "{arguments:?}: {}", seen.stderr);
    assert!(seen.stderr.contains(message), "{arguments:?} says\n{}\nand not `{message}`", seen.stderr);
    assert_eq!(seen.stdout, "", "{arguments:?}: stdout carries results only");
}

pub(crate) fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

pub(crate) fn written(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    fs::write(&path, text).expect("it can be written");
    path.to_string_lossy().into_owned()
}
