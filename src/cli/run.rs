//! `run`: measures, records, judges.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::cooling::{self, Cool, Cooling};
use super::exit::of_record;
use super::measuring::{self, Ahead, Interrupt, Isolate, KERNELS, Recording};
use super::output::{in_colour_of, print, print_json, say};
use super::progress::Progress;
use super::sensors::{self, Sensors};
use super::{Exit, choices, exit::Usage, second_blocks, under_load};
use crate::adapter::Backend;
use crate::analysis::crosscheck;
use crate::benchmark::{Benchmark, CATALOGUE};
use crate::device::Found;
use crate::measure::{Device as _, ShaderChecks};
use crate::plan::{Effort, Plan, Tune};
use crate::record::{Entry, LONGEST_LOAD, Note, Warning};
use crate::report;
use crate::suite::sizes::EDGE_STEP;
use crate::suite::{Shares, Suite};
use crate::telemetry::Series;
use crate::units::Seconds;

/// Measure a GPU, write a record and judge it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) device: DeviceArguments,
    /// Run only benchmarks whose id matches, such as `matmul/*`; may be repeated.
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Finish within a minute, on any device.
    #[arg(long, conflicts_with = "full")]
    quick: bool,
    /// Take more samples, and search for the fastest variants until nothing near the fastest is left to try.
    #[arg(long)]
    full: bool,
    /// Spend this many seconds in all [default: 270; 54 with --quick, 900 with --full; a quarter of that per benchmark if
    /// fewer than four are run].
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    budget: Option<u32>,
    /// Afterwards keep the fastest product under load for this many seconds, beyond the budget, and report the rate at which
    /// it settles.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=i64::from(LONGEST_LOAD)))]
    sustain: Option<u32>,
    /// How to choose the variant of each kernel [default: quick; full with --full].
    #[arg(long, value_parser = choices::tune())]
    tune: Option<Tune>,
    /// Search anew, ignoring what an earlier run found fastest.
    #[arg(long)]
    retune: bool,
    /// Edge of the square matrices to multiply, a multiple of 32 [default: grown to suit the device].
    #[arg(long, value_name = "N", value_parser = edge)]
    edge: Option<u32>,
    /// Total footprint of each memory benchmark in MiB, all its arrays together [default: a multiple of the last-level cache].
    ///
    /// The default is 8 times the last-level cache, and at least 64 MiB; on discrete cards at least 1 GiB, and 32 times the
    /// cache if they report their memory. With --quick these figures are 4 times, 64 MiB, 256 MiB and 8 times. The default
    /// never exceeds a quarter of the free memory.
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=LARGEST_FOOTPRINT))]
    footprint: Option<u64>,
    /// Keep WebGPU's run-time checks in the shaders, to see what they cost.
    #[arg(long)]
    checked: bool,
    /// File to write the record to [default: `results/DATE_ADAPTER_BACKEND.json`].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Sensors to read meanwhile (clocks, power, temperature): those of the card that is measured, none, or those of the card at this
    /// PCI address, where the graphics driver does not say which it is.
    #[arg(long, value_name = "auto|off|PCI", default_value = "auto", value_parser = sensors::parse)]
    sensors: Sensors,
    /// Before each benchmark wait until the card is no hotter than this, in degrees Celsius, as in `--wait-for-cool=60` [default: 5 above what
    /// it was before the run].
    ///
    /// A wait ends after two minutes, or when the card has not become cooler for 15 seconds. It is no part of the budget. Second blocks of
    /// samples and a load (--sustain) are waited for too.
    #[arg(long, value_name = "CELSIUS", num_args = 0..=1, require_equals = true, default_missing_value = "as-before",
        value_parser = cooling::parse)]
    wait_for_cool: Option<Cool>,
    /// Print no progress on stderr.
    #[arg(long)]
    quiet: bool,
    /// Print the record on stdout instead of the table.
    #[arg(long)]
    json: bool,
    /// Print a line of JSON on stdout as each benchmark ends, and another after its second block of samples, instead of the
    /// table.
    #[arg(long, conflicts_with = "json")]
    json_lines: bool,
}

const EXAMPLES: &str = "\
Examples:
  gpu-assay run --quick                                  a first look, in under a minute
  gpu-assay run --adapter a100 --out a100.json           the whole suite on one of several GPUs
  gpu-assay run --adapter 0000:3b:00.0                   one of several equal cards, by PCI address
  gpu-assay run --only 'memory/*' --only 'transfer/*'    part of the suite
  gpu-assay run --full --retune                          tight intervals, a fresh search
  gpu-assay run --only matmul/f32 --sustain 600          the rate at first and after ten minutes
  gpu-assay run --quick --quiet --json-lines             for use by other programs

Exit codes: 0 done; 1 something failed, was interrupted, or there was no time for any benchmark; 2 usage; 20 an answer was wrong.";

/// Which adapter to use.
#[derive(Debug, clap::Args)]
pub(super) struct DeviceArguments {
    /// Use this adapter: part of its name, or its index, PCI address (`0000:3b:00.0`) or UUID (the first eight digits suffice) as
    /// listed by `gpu-assay devices`.
    #[arg(long, value_name = "NAME|INDEX|PCI|UUID", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(super) adapter: Option<String>,
    /// Use only adapters of this backend.
    #[arg(long, value_parser = choices::backend())]
    pub(super) backend: Option<Backend>,
    /// Kernels to try in a separate process first, until this driver is known to survive them.
    ///
    /// A separate process also lists the adapters, except with `none`.
    #[arg(long, value_enum, default_value_t)]
    pub(super) isolate: Isolate,
}

impl DeviceArguments {
    /// The adapter that they choose.
    pub(super) fn choose(&self) -> anyhow::Result<Found> {
        measuring::choose(self.adapter.as_deref(), self.backend, self.isolate)
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let start = Instant::now();
    let benchmarks = measuring::benchmarks(&arguments.only)?;
    let sustain = arguments.sustain.map(|seconds| Duration::from_secs(u64::from(seconds)));
    if sustain.is_some() && !benchmarks.iter().any(|benchmark| benchmark.kind.is_product()) {
        return Err(Usage("--sustain needs a product to keep under load, such as --only 'matmul/*'".to_owned()).into());
    }
    let plan = plan(arguments, benchmarks.len());
    if let Some(file) = arguments.out.as_deref().filter(|file| file.exists()) {
        return Err(Usage(format!(
            "{} exists, and records are never overwritten; choose another name",
            file.display()
        ))
        .into());
    }
    let interrupt = Interrupt::listen()?;
    let chosen = arguments.device.choose()?;
    let meter = measuring::watch(&arguments.sensors, &chosen.adapter);
    let mut gpu = measuring::open(chosen, &plan, KERNELS)?;
    let mut recording = Recording::new(&gpu, &plan, &arguments.sensors, &meter);
    recording.keep(arguments.out.as_deref())?;
    let stop = || interrupt.came();
    let progress = Progress::over(&benchmarks, arguments.quiet);
    let step = |what: &str| progress.step(what);
    let mut cache = measuring::tuning_cache(!arguments.retune);
    let shares = Shares::new(start, plan.budget_s);
    let guard = Ahead::new(arguments.device.isolate, gpu.adapter(), &plan, &stop).ending(shares.end());
    let mut suite = Suite::new(&mut gpu, &plan, &stop, &step, &mut cache)
        .ending(shares.end())
        .guarded(&guard)
        .metered(meter.as_ref());
    if !arguments.quiet {
        let load = arguments.sustain.map(|seconds| format!(", then {seconds} s under load (--sustain)"));
        let load = load.unwrap_or_default();
        let plural = if benchmarks.len() == 1 { "" } else { "s" };
        say(&format!("{} benchmark{plural}, at most {} in all (--budget){load}", benchmarks.len(), plan.budget_s));
    }
    let cooling = Cooling::new(arguments.wait_for_cool, meter.clone());
    recording.record.plan.wait_for_cool_c = cooling.target;
    let shares =
        measure_all(&mut suite, &benchmarks, &mut recording, &progress, &cooling, arguments.json_lines, shares)?;
    search_on(&mut suite, &mut recording, &shares)?;
    second_blocks::take(&mut suite, &mut recording, &progress, &cooling, arguments.json_lines, shares.deadline())?;
    tell_of_loss(&suite, &mut recording)?;
    if let Some(time) = sustain.filter(|_| suite.gone().is_none()) {
        rest(&mut suite, &cooling, &mut recording, &progress)?;
        under_load::keep(&mut suite, time, &mut recording, &progress, arguments.json_lines)?;
    }
    progress.finish();
    if arguments.json_lines {
        let verdict = recording.judged()?;
        print(&serde_json::json!({ "verdict": verdict.headline, "reason": verdict.reason }).to_string())?;
        recording.say_where();
    } else if arguments.json {
        recording.judged()?;
        print_json(&recording.record.sealed())?;
        recording.say_where();
    } else {
        recording.conclude()?;
    }
    Ok(of_record(&recording.record, interrupt.came()))
}

/// Measures one benchmark after the other, and records each as it ends.
fn measure_all(
    suite: &mut Suite<'_>,
    benchmarks: &[&'static Benchmark],
    recording: &mut Recording,
    progress: &Progress,
    cooling: &Cooling,
    json_lines: bool,
    mut shares: Shares,
) -> anyhow::Result<Shares> {
    let mut left: Vec<&Benchmark> = benchmarks.iter().copied().filter(|one| suite.can_run(one)).collect();
    for benchmark in benchmarks {
        let was_gone = suite.gone().is_some();
        let can_run = left.first().is_some_and(|first| first.id == benchmark.id);
        let entry = if suite.is_over() || (can_run && !shares.suffice(&left)) {
            suite.skip(benchmark)
        } else {
            progress.line(&format!("{} — {}", benchmark.id, benchmark.describe));
            shares.put_off(rest(suite, cooling, recording, progress)?);
            let (share, start) = (shares.first(&left), Instant::now());
            let entry = suite.measure(benchmark, share);
            if can_run {
                shares.learn(benchmark, share, start.elapsed());
            }
            entry
        };
        if can_run {
            left.remove(0);
        }
        suite.cache.complaints().iter().for_each(|complaint| say(&format!("warning: {}", report::plain(complaint))));
        if json_lines {
            print(&short(&entry).to_string())?;
        }
        let outcome = entry.outcome;
        recording.add(entry)?;
        if !was_gone {
            progress.line(&format!("  {}", in_colour_of(outcome, &recording.last_line())));
        }
        progress.done(benchmark);
        tell_of_loss(suite, recording)?;
    }
    Ok(shares)
}

/// Lets the card cool down where that is wanted; how long it took, by which the run ends later.
pub(super) fn rest(
    suite: &mut Suite<'_>,
    cooling: &Cooling,
    recording: &mut Recording,
    progress: &Progress,
) -> anyhow::Result<Duration> {
    let (rested, warning) = cooling.wait(progress, suite.stop);
    suite.put_off(rested);
    if let Some(warning) = warning.map(Note::from)
        && !recording.record.warns_of(&warning)
    {
        recording.warn(warning)?;
    }
    Ok(rested)
}

/// Says once that there is no device any more.
fn tell_of_loss(suite: &Suite<'_>, recording: &mut Recording) -> anyhow::Result<()> {
    let Some(why) = suite.gone() else { return Ok(()) };
    let warning = Note::from(Warning::DeviceLost(why.to_owned()));
    if recording.record.warns_of(&warning) {
        return Ok(());
    }
    say(&format!("warning: {}", report::plain(warning.words())));
    recording.warn(warning)
}

/// Goes on with the search for peaks that a product exceeds, as long as there is time.
fn search_on(suite: &mut Suite<'_>, recording: &mut Recording, shares: &Shares) -> anyhow::Result<()> {
    for peak in crosscheck::exceeded_peaks(&recording.record.entries) {
        let entry = recording.record.entries.iter().find(|entry| entry.id == peak.id).cloned();
        let has_time = shares.suffice_to_go_on(peak);
        let Some(entry) = entry.filter(|_| has_time && !suite.is_over()) else { break };
        recording.replace(suite.search_on(entry, shares.left()))?;
    }
    Ok(())
}

/// An entry without its samples and readings.
pub(super) fn short(entry: &Entry) -> serde_json::Value {
    let telemetry = entry.telemetry.as_ref().map(Series::figures);
    let variant = entry.variant.as_ref().map(|variant| &variant.name);
    serde_json::json!({
        "id": entry.id,
        "outcome": entry.outcome,
        "reason": entry.reason,
        "problem": entry.problem,
        "variant": variant,
        "check": entry.check,
        "rates": entry.rates,
        "telemetry": telemetry,
    })
}

fn plan(arguments: &Arguments, benchmarks: usize) -> Plan {
    let effort = match (arguments.quick, arguments.full) {
        (true, _) => Effort::Quick,
        (_, true) => Effort::Full,
        _ => Effort::Standard,
    };
    let mut plan = Plan::new(effort).for_some(benchmarks, CATALOGUE.len());
    if let Some(seconds) = arguments.budget {
        plan.budget_s = Seconds::new(f64::from(seconds));
    }
    plan.tune = arguments.tune.unwrap_or(plan.tune);
    plan.edge = arguments.edge;
    plan.footprint_bytes = arguments.footprint.map(|mib| mib << 20);
    if arguments.checked {
        plan.shaders = ShaderChecks::Checked;
    }
    plan
}

/// Largest footprint in MiB: one TiB.
const LARGEST_FOOTPRINT: u64 = 1 << 20;

/// Largest edge: an f32 matrix then takes 16 GiB.
const LARGEST_EDGE: u32 = 65_536;

fn edge(text: &str) -> Result<u32, String> {
    let edge: u32 = text.parse().map_err(|error| format!("{error}"))?;
    if edge == 0 || !edge.is_multiple_of(EDGE_STEP) || edge > LARGEST_EDGE {
        return Err(format!("a multiple of {EDGE_STEP} from {EDGE_STEP} to {LARGEST_EDGE} is needed"));
    }
    Ok(edge)
}
