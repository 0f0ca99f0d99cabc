//! `scripts/ground-truth` beside a `PyTorch` that does not fit its machine.

mod child;
mod trials;

use std::fs;
use std::process::{Command, ExitCode};

use child::{ends, is_there};
use trials::{Missing, Tested, trials};

fn main() -> ExitCode {
    trials::run(trials![
        #[cfg(target_os = "linux")]
        a_pytorch_that_cannot_be_used_is_one_line_and_nothing_to_compare_with,
    ])
}

/// An installation that does not fit its machine raises anything, anywhere.
#[cfg(target_os = "linux")]
fn a_pytorch_that_cannot_be_used_is_one_line_and_nothing_to_compare_with() -> Tested {
    if !is_there("python3") {
        return Err(Missing::new("there is no python3"));
    }
    let class = |body: &str| format!("__version__ = '2'\nclass Fake:\n  {body}\ncuda = Fake()\n");
    let cases = [
        ("raise OSError('libcudart.so is missing')".to_owned(), "has no PyTorch (libcudart.so is missing)"),
        ("raise SystemError('built for\\nothers')".to_owned(), "has no PyTorch (built for)"),
        (class("is_available = lambda self: False"), "PyTorch 2 has no device"),
        (class("is_available = lambda self: 1 / 0"), "cannot tell whether it has a device (division by zero)"),
        (class("is_available = lambda self: True"), "cannot use its device ('Fake' object has no attribute"),
    ];
    for (module, words) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("torch.py"), &module).expect("a module");
        let mut command = Command::new("scripts/ground-truth");
        command.args(["tests/fixtures/synthetic-a100.json", "--peer", "absent/peer.json"]);
        let (code, _, stderr) = ends(command.env("PYTHONPATH", folder.path()));
        assert_eq!(code, 3, "{module}: {stderr}");
        assert!(stderr.contains(words) && stderr.lines().count() == 1, "{module}: {stderr}");
    }
    Ok(())
}
