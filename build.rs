//! Embeds the shaders and the reference base as text, and notes the git revision.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?);
    fs::write(out.join("shaders.rs"), embed(Path::new("shaders"), "wgsl")?)?;
    fs::write(out.join("reference.rs"), embed(Path::new("reference"), "toml")?)?;
    println!("cargo::rustc-env=GPU_ASSAY_REVISION={}", revision().unwrap_or_else(|| "unknown".to_owned()));
    let lock = fs::read_to_string("Cargo.lock").unwrap_or_default();
    println!("cargo::rerun-if-changed=Cargo.lock");
    for (variable, package) in [("GPU_ASSAY_WGPU", "wgpu"), ("GPU_ASSAY_NAGA", "naga")] {
        println!("cargo::rustc-env={variable}={}", locked_version(&lock, package).unwrap_or("unknown"));
    }
    Ok(())
}

/// A Rust array expression of (path relative to `root`, text) for every file under `root` with `extension`, sorted.
fn embed(root: &Path, extension: &str) -> io::Result<String> {
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(root, extension, &mut files)?;
    files.sort();
    let mut code = String::from("[\n");
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        let name = file.strip_prefix(root).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
        // The text itself, not its path: a target folder may serve several checkouts, and outlive one.
        writeln!(code, "({name:?}, {:?}),", fs::read_to_string(&file)?).map_err(io::Error::other)?;
    }
    code.push(']');
    Ok(code)
}

fn collect(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, extension, files)?;
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    Ok(())
}

/// The version of `package` in a lock file.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let entry = lock.split("[[package]]").find(|entry| entry.contains(&format!("\nname = \"{package}\"\n")))?;
    entry.split("version = \"").nth(1)?.split('"').next()
}

/// The commit the sources are at, with a mark where the work tree differs from it.
fn revision() -> Option<String> {
    for watched in [".git/HEAD", ".git/index"] {
        if Path::new(watched).exists() {
            println!("cargo::rerun-if-changed={watched}");
        }
    }
    let git = |arguments: &[&str]| {
        // Without the lock `status` leaves the index as it is: a newer one would be a reason to build anew.
        let output = Command::new("git")
            .arg("--no-optional-locks")
            .args(arguments)
            .output()
            .ok()
            .filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changed.is_empty() { commit } else { format!("{commit}-changed") })
}
