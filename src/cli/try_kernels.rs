//! `try-kernels`: the process that meets a driver first. It lists its device, or compiles and runs what it is told to, and may die over it.

use std::io;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::listing::{self, Listing};
use super::measuring::KERNELS;
use super::output::print;
use super::planted;
use super::{Exit, VERSION};
use crate::adapter::Adapter;
use crate::benchmark::Benchmark;
use crate::device::{Found, Gpu};
use crate::kernel::Variant;
use crate::measure::{Device as _, Fault, ShaderChecks};
use crate::plan::{Effort, Plan};
use crate::problem::Problem;
use crate::tune::{Checker, Defect, Pool};

/// The verb's name, which `--help` does not show.
pub const TRY_KERNELS: &str = "try-kernels";

/// Compiles and runs the kernels that stdin names, or lists a device, as gpu-assay itself asks it to.
#[derive(Debug, clap::Args)]
#[command(name = TRY_KERNELS, hide = true)]
pub(super) struct Arguments {}

/// What is to be tried, and where.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Beginning {
    /// The program that asks.
    pub(super) version: String,
    pub(super) adapter: Adapter,
    pub(super) shaders: ShaderChecks,
    pub(super) seed: u64,
}

/// The first line of stdin.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum First {
    Kernels(Box<Beginning>),
    Listing(Listing),
}

/// A kernel to be tried. Every other line of stdin.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Question {
    pub(super) benchmark: String,
    pub(super) variant: String,
    /// What it is to survive beside the problems of the check.
    pub(super) problem: Option<Problem>,
}

/// A line of stdout.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Answer {
    /// The device is open.
    Ready,
    /// The driver has come back from the kernel, be its answer right or wrong.
    Survived,
    /// The device was lost over the kernel, or hangs.
    Lost(String),
}

pub(super) fn run(_: &Arguments) -> anyhow::Result<Exit> {
    let mut first = String::new();
    io::stdin().read_line(&mut first)?;
    let first: First = serde_json::from_str(&first)
        .with_context(|| format!("`{TRY_KERNELS}` is for gpu-assay itself, not for people"))?;
    let lines = lines()?;
    let beginning = match first {
        First::Kernels(beginning) => beginning,
        First::Listing(listing) => {
            ensure_same(&listing.version)?;
            return answer(&listing::list(&listing)).map(|()| Exit::Done);
        }
    };
    ensure_same(&beginning.version)?;
    let plan = Plan { shaders: beginning.shaders, seed: beginning.seed, ..Plan::new(Effort::Quick) };
    let mut gpu = Gpu::open(find(&beginning.adapter)?, plan.shaders, plan.submission_s, KERNELS)?;
    answer(&Answer::Ready)?;
    let mut current: Option<(&'static Benchmark, Checker<'_>)> = None;
    for line in lines {
        let question: Question = serde_json::from_str(&line)?;
        let variant = variant(&question, gpu.adapter())?;
        planted::spring(&format!("{} {}", variant.benchmark.id, variant.name()));
        let checker = match current.take().filter(|(benchmark, _)| benchmark.id == variant.benchmark.id) {
            Some((_, checker)) => Ok(checker),
            None => Checker::new(&mut gpu, variant.benchmark, plan.seed),
        };
        let result = checker.map_err(Defect::from).and_then(|mut checker| {
            let result = checker.check(&variant);
            current = Some((variant.benchmark, checker));
            result
        });
        let result = match question.problem {
            Some(problem) if result.is_ok() => run_on(&mut gpu, &variant, &problem).map_err(Defect::from),
            _ => result,
        };
        match result {
            Err(Defect::Fault(fault)) if fault.is_loss() => {
                answer(&Answer::Lost(fault.to_string()))?;
                return Ok(Exit::Failed);
            }
            _ => answer(&Answer::Survived)?,
        }
    }
    Ok(Exit::Done)
}

/// Runs `variant` on `problem` as a search would, whatever it computes.
fn run_on(gpu: &mut Gpu, variant: &Variant, problem: &Problem) -> Result<(), Fault> {
    let mut session = gpu.open(problem)?;
    session.select(variant)?;
    session.time(1)?;
    session.time(TIMES).map(|_| ())
}

/// Dispatches of a problem as large as the search's, after the first.
const TIMES: u32 = 4;

fn ensure_same(version: &str) -> anyhow::Result<()> {
    anyhow::ensure!(version == VERSION, "the program was replaced while it ran");
    Ok(())
}

fn answer(answer: &Answer) -> anyhow::Result<()> {
    print(&serde_json::to_string(answer)?)
}

/// The lines of stdin. When they end, nobody waits for an answer any more, and this process ends, whatever it is doing.
fn lines() -> io::Result<Receiver<String>> {
    let (sender, lines) = channel();
    thread::Builder::new().name("questions".to_owned()).spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
        signal_hook::low_level::exit(Exit::Failed.code().into());
    })?;
    Ok(lines)
}

/// The adapter that another process describes.
fn find(wanted: &Adapter) -> anyhow::Result<Found> {
    let alike = |other: &Adapter| {
        let identity = |one: &Adapter| (one.name.clone(), one.driver.clone(), one.driver_info.clone());
        let place = |one: &Adapter| (one.vendor_id, one.device_id, one.pci_address.clone(), one.backend);
        identity(other) == identity(wanted) && place(other) == place(wanted)
    };
    let mut found = listing::adapters_beside(&wanted.name, &[wanted.backend]).into_iter();
    found.find(|found| alike(&found.adapter)).with_context(|| format!("{} does not answer here", wanted.name))
}

fn variant(question: &Question, adapter: &Adapter) -> anyhow::Result<Variant> {
    let Question { benchmark, variant, .. } = question;
    let known = Benchmark::by_id(benchmark).with_context(|| format!("there is no benchmark {benchmark}"))?;
    let (pool, _) = Pool::new(known, adapter);
    let named = pool.only(std::slice::from_ref(variant)).seeds.first().copied();
    named.with_context(|| format!("{benchmark} has no variant {variant}"))
}
