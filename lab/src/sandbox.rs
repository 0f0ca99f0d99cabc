//! Runs this program again where a chip's driver answers, and collects what it says, one kernel a line.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::{env, thread};

use anyhow::{Context as _, bail};
use gpu_assay::kernel::{Target, Variant};
use serde::{Deserialize, Serialize};

use crate::chips::Chip;
use crate::driver::Driver;
use crate::executable::Executable;
use crate::request::Request;
use crate::row::{self, Outcome, Row};

/// What the compiling process says of one kernel.
#[derive(Debug, Serialize, Deserialize)]
enum Said {
    Compiled(Executable),
    Unsupported(String),
    Failed(String),
}

/// Compiles on every chip, as many chips at a time as there are processors. Rows come in the order of kernels, then chips.
///
/// # Errors
/// Fails if the sandbox itself does not work.
pub(crate) fn rows(chips: &[Chip], request: &Request) -> anyhow::Result<Vec<Row>> {
    let variants = request.select()?;
    ready()?;
    let waiting = Mutex::new(chips.iter().copied().enumerate());
    let collected = Mutex::new(Vec::new());
    let work = || {
        let next = || waiting.lock().ok().and_then(|mut chips| chips.next());
        while let Some((order, chip)) = next() {
            let rows = rows_of(chip, &variants, request);
            if let Ok(mut collected) = collected.lock() {
                collected.push((order, rows));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let mut collected = collected.into_inner().map_err(|_| anyhow::anyhow!("a worker panicked"))?;
    collected.sort_by_key(|(order, _)| *order);
    let mut rows = Vec::new();
    for (_, of_chip) in collected {
        rows.extend(of_chip?);
    }
    let place = |row: &Row| variants.iter().position(|one| row.name() == name(one));
    rows.sort_by_key(place);
    Ok(rows)
}

/// Everything that `chip`'s driver tells of one kernel.
///
/// # Errors
/// Fails if it does not compile.
pub(crate) fn executable(chip: Chip, request: &Request) -> anyhow::Result<Executable> {
    let variants = request.select()?;
    let [variant] = &variants[..] else {
        let names: Vec<_> = variants.iter().map(name).collect();
        bail!("one kernel at a time, of these {}: {}", names.len(), names.join(", "));
    };
    ready()?;
    match said(chip, &variants, request)?.remove(0) {
        Said::Compiled(executable) => Ok(executable),
        Said::Unsupported(why) | Said::Failed(why) => bail!("{} on {}: {why}", name(variant), chip.name),
    }
}

fn rows_of(chip: Chip, variants: &[Variant], request: &Request) -> anyhow::Result<Vec<Row>> {
    let row = |(variant, said): (&Variant, Said)| Row {
        kernel: variant.benchmark.id.to_owned(),
        variant: variant.name(),
        chip: chip.name.to_owned(),
        outcome: match said {
            Said::Unsupported(why) => Outcome::Unsupported(why),
            Said::Failed(why) => Outcome::Failed(why),
            Said::Compiled(executable) => {
                let memory = variant.shape.workgroup_memory_bytes(variant.benchmark.kind);
                row::read(chip, &executable, memory).map_or_else(Outcome::Failed, Outcome::Compiled)
            }
        },
    };
    Ok(variants.iter().zip(said(chip, variants, request)?).map(row).collect())
}

/// One answer for every variant. A driver that dies over a kernel is started again after it.
fn said(chip: Chip, variants: &[Variant], request: &Request) -> anyhow::Result<Vec<Said>> {
    let mut all = Vec::new();
    while all.len() < variants.len() {
        let before = all.len();
        let (said, fault) = attempt(chip, request, before)?;
        all.extend(said);
        match fault {
            None if all.len() == variants.len() => {}
            None => bail!("{}: answers for {} of {} kernels", chip.name, all.len(), variants.len()),
            // Nothing at all: it is not the first kernel's fault.
            Some(fault) if all.is_empty() && before == 0 && !fault.contains("began") => bail!("{}: {fault}", chip.name),
            Some(fault) => all.push(Said::Failed(format!("the compiling process ended: {fault}"))),
        }
    }
    Ok(all)
}

/// Answers from the variant `from` on, and what ended the process before its time.
fn attempt(chip: Chip, request: &Request, from: usize) -> anyhow::Result<(Vec<Said>, Option<String>)> {
    let request = serde_json::to_string(request)?;
    let this = env::current_exe().context("this program's own path")?;
    let mut command = Command::new(root_script());
    command.args(["run", chip.name]).arg(&this).args(["compile", "--from", &from.to_string(), &request]);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {command:?}"))?;
    let mut stderr = child.stderr.take().context("stderr is piped")?;
    let complaints = thread::spawn(move || {
        let mut text = String::new();
        // Text that is not UTF-8 ends the reading, not the work.
        let _ = stderr.read_to_string(&mut text);
        text
    });
    let stdout = child.stdout.take().context("stdout is piped")?;
    let mut said = Vec::new();
    let mut began = false;
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        if line == BEGIN {
            began = true;
        } else {
            said.push(serde_json::from_str(&line).with_context(|| format!("{}: {line:.80}", chip.name))?);
        }
    }
    let status = child.wait()?;
    let complaints = complaints.join().unwrap_or_default();
    for unknown in complaints.lines().filter(|line| line.starts_with("fake-node:")) {
        writeln!(std::io::stderr(), "{}: {unknown}", chip.name)?;
    }
    let last = complaints.lines().rev().find(|line| !line.starts_with("note:")).unwrap_or_default();
    let fault =
        (!status.success()).then(|| format!("{status}{} {last}", if began { ", after it began," } else { "," }));
    Ok((said, fault))
}

/// Makes the root, once, before several processes want it.
fn ready() -> anyhow::Result<()> {
    if !Command::new(root_script()).arg("make").status()?.success() {
        bail!("the lab's root is not to be had, see above");
    }
    Ok(())
}

/// The script that makes the root and enters it.
pub(crate) fn root_script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("root")
}

/// Said when the device is open, so that a fault after it is a kernel's.
const BEGIN: &str = "begin";

/// The other end: compiles on the chip that answers here, from the variant `from` on, one line each.
///
/// # Errors
/// Fails if no driver answers.
pub(crate) fn compile(from: usize, request: &Request) -> anyhow::Result<()> {
    let variants = request.select()?;
    let driver = Driver::open()?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{BEGIN}")?;
    for variant in variants.iter().skip(from) {
        serde_json::to_writer(&mut out, &answer(&driver, variant, request))?;
        writeln!(out)?;
        out.flush()?;
    }
    Ok(())
}

fn answer(driver: &Driver, variant: &Variant, request: &Request) -> Said {
    let missing = variant.benchmark.needs.iter().find(|need| !driver.adapter.features.contains(need));
    if let Some(missing) = missing {
        return Said::Unsupported(format!("needs {missing}"));
    }
    if let Some(why) = variant.misfit(&driver.adapter) {
        return Said::Unsupported(why);
    }
    let variant = &variant.on(&Target::of(&driver.adapter));
    let compiled = request.text(variant).and_then(|text| driver.compile(variant, &text, request.checks()));
    compiled.map_or_else(|error| Said::Failed(format!("{error:#}")), Said::Compiled)
}

fn name(variant: &Variant) -> String {
    format!("{} {}", variant.benchmark.id, variant.name())
}
