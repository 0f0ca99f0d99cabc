//! `cargo bench`: the suite under criterion. What criterion measured is what the record holds.
//!
//! `GPU_ASSAY_ADAPTER` chooses the adapter as `--adapter` does, `GPU_ASSAY_SENSORS` the sensors as `run --sensors` does. criterion's own arguments follow `--`: a filter
//! (`cargo bench -- matmul/f32`), `--sample-size`, `--test`, and so on.

use std::cell::RefCell;
use std::panic;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use criterion::measurement::{Measurement, ValueFormatter};
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput};
use gpu_assay::benchmark::{Benchmark, CATALOGUE};
use gpu_assay::cli::measuring::{self, Ahead, Interrupt, Isolate, KERNELS, Recording, Sensors};
use gpu_assay::cli::{Exit, TRY_KERNELS, of_record};
use gpu_assay::measure::{Device as _, Fault, Reading, Sample};
use gpu_assay::plan::{Effort, Harness, Plan};
use gpu_assay::record::{Entry, Outcome, Remark};
use gpu_assay::report::{line, plain};
use gpu_assay::suite::{Prepared, Shares, Suite, Times};
use gpu_assay::telemetry::Meter;
use gpu_assay::threads::on_deep_stack;
use gpu_assay::units::Seconds;

/// Samples of each benchmark, unless `--sample-size` asks for others.
const SAMPLES: usize = 30;

/// How long criterion warms up and measures at the most, and which part of a benchmark's share of the time it gets.
const WARM_UP: Duration = Duration::from_millis(500);
const MEASUREMENT: Duration = Duration::from_secs(6);
const CRITERIONS_PART: f64 = 0.4;

fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|verb| verb == TRY_KERNELS) {
        return gpu_assay::cli::main();
    }
    match on_deep_stack(bench) {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("error: {error:#}");
            Exit::Failed.into()
        }
    }
}

fn bench() -> anyhow::Result<Exit> {
    let mut criterion = criterion();
    if has("--list") {
        return list(&mut criterion);
    }
    anyhow::ensure!(
        !has("--profile-time"),
        "--profile-time takes no samples, so there is nothing to record; leave it out"
    );
    let selected = selected()?;
    // The filter has done its part, and knows no sizes.
    let mut criterion = criterion.with_filter("");
    let mut plan = Plan::new(Effort::Standard).for_some(selected.len(), CATALOGUE.len());
    plan.sampler = Harness::Criterion;
    let adapter = std::env::var("GPU_ASSAY_ADAPTER").ok();
    let interrupt = Interrupt::listen()?;
    let sensors = Sensors::of_environment().map_err(anyhow::Error::msg)?;
    let chosen = measuring::choose(adapter.as_deref(), None, Isolate::default())?;
    let meter = measuring::watch(&sensors, &chosen.adapter);
    let mut gpu = measuring::open(chosen, &plan, KERNELS)?;
    tell(&plan, &selected, &gpu.adapter().name);
    let mut recording = Recording::new(&gpu, &plan, &sensors, &meter);
    let stop = || interrupt.came();
    let mut cache = measuring::tuning_cache(true);
    let guard = Ahead::new(Isolate::default(), gpu.adapter(), &plan, &stop);
    let mut suite = Suite::new(&mut gpu, &plan, &stop, &|_| {}, &mut cache).guarded(&guard).metered(meter.as_ref());
    let mut shares = Shares::new(Instant::now(), plan.budget_s);
    for (number, &benchmark) in selected.iter().enumerate() {
        let (share, start) = (shares.first(&selected[number..]), Instant::now());
        let entry = measure(&mut suite, &mut criterion, benchmark, share);
        shares.learn(benchmark, share, start.elapsed());
        let Some(entry) = entry else { continue };
        if entry.outcome != Outcome::Measured {
            eprintln!("{}", line(&entry));
        }
        if samples_are_kept() && recording.record.entries.is_empty() {
            recording.keep(None)?;
        }
        recording.add(entry)?;
    }
    if samples_are_kept() && !recording.record.entries.is_empty() {
        recording.conclude()?;
    } else {
        eprintln!("no samples were taken that a record could hold, so none was written");
    }
    Ok(of_record(&recording.record, interrupt.came()))
}

/// Says what comes, and how long it may take.
fn tell(plan: &Plan, selected: &[&Benchmark], adapter: &str) {
    let (count, plural) = (selected.len(), if selected.len() == 1 { "" } else { "s" });
    let record = if samples_are_kept() { "; the record grows in results/, the verdict comes last" } else { "" };
    eprintln!("{count} benchmark{plural} on {}, at most {} in all{record}", plain(adapter), plan.budget_s);
}

/// Lets criterion sample one benchmark. `None` where it took no samples, as in its test mode.
fn measure(
    suite: &mut Suite<'_>,
    criterion: &mut Criterion<GpuTime>,
    benchmark: &'static Benchmark,
    budget: Duration,
) -> Option<Entry> {
    if (suite.stop)() {
        return Some(Entry::without_figure(benchmark.id, Outcome::Skipped, Remark::Interrupted));
    }
    let criterions = budget.mul_f64(CRITERIONS_PART);
    let prepared = match suite.prepare(benchmark, budget.saturating_sub(criterions)) {
        Ok(prepared) => prepared,
        Err(entry) => return Some(*entry),
    };
    let problem = prepared.problem;
    let run = RefCell::new(Run { prepared, calls: Vec::new(), began: Vec::new(), fault: None });
    let (name, function) = benchmark.id.split_once('/').unwrap_or((benchmark.id, "all"));
    let mut group = criterion.benchmark_group(name);
    configure(&mut group, benchmark, &run.borrow().prepared);
    limit(&mut group, criterions);
    let sampled = quietly(|| {
        // A run of another size is no change: criterion compares what has the same name.
        group.bench_function(BenchmarkId::new(function, problem), |bencher| {
            bencher.iter_custom(|iterations| run.borrow_mut().time(iterations, suite.stop, suite.meter));
        });
        group.finish();
    });
    let Run { prepared, mut calls, mut began, fault } = run.into_inner();
    let samples = samples_asked();
    match fault {
        Some(Fault::Interrupted) => Some(Entry::without_figure(benchmark.id, Outcome::Skipped, Remark::Interrupted)),
        Some(fault) => Some(Entry::without_figure(benchmark.id, Outcome::Failed, Remark::Fault(fault))),
        None if sampled.is_err() => Some(Entry::without_figure(benchmark.id, Outcome::Failed, Remark::SamplerFailed)),
        None if !samples_are_kept() || calls.len() < samples => None,
        None => {
            let loaded_from = began.first().copied().unwrap_or_default();
            let times = Times { loaded_from, began: began.split_off(began.len() - samples) };
            Some(suite.finish_sampled(prepared, calls.split_off(calls.len() - samples), times))
        }
    }
}

/// Runs `action`; a panic in it becomes an error without a message. criterion panics over the NaN that it gets in place of samples
/// after a fault, which is the one way to keep it from reporting a time.
fn quietly(action: impl FnOnce()) -> std::thread::Result<()> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let outcome = panic::catch_unwind(panic::AssertUnwindSafe(action));
    panic::set_hook(hook);
    outcome
}

fn configure(group: &mut BenchmarkGroup<'_, GpuTime>, benchmark: &Benchmark, prepared: &Prepared) {
    group.sampling_mode(SamplingMode::Flat);
    let work = prepared.problem.work();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts are whole numbers far below 2^53"
    )]
    match (work.events, work.ops) {
        (Some(_), _) => {}
        (None, Some(ops)) => drop(group.throughput(Throughput::Elements(ops.get() as u64))),
        (None, None) => drop(group.throughput(Throughput::BytesDecimal(work.bytes.get() as u64))),
    }
    eprintln!("{} — {}: {}", benchmark.id, benchmark.describe, prepared.problem);
}

/// Lets criterion take no longer than `time`, as far as its samples allow; what the command line asks for stays.
fn limit(group: &mut BenchmarkGroup<'_, GpuTime>, time: Duration) {
    // criterion refuses to measure for no time at all.
    let least = Duration::from_millis(100);
    if !has("--warm-up-time") {
        group.warm_up_time(WARM_UP.min(time / 8).max(least));
    }
    if !has("--measurement-time") {
        group.measurement_time(MEASUREMENT.min(time - time / 8).max(least));
    }
}

/// A benchmark while criterion samples it: every call's sample, in order, warm-up first.
struct Run {
    prepared: Prepared,
    calls: Vec<Sample>,
    /// When each began, by the meter's clock.
    began: Vec<Seconds>,
    fault: Option<Fault>,
}

impl Run {
    /// Runs `iterations` dispatches. After a fault criterion still asks for the rest of its samples, and gets NaN.
    fn time(&mut self, iterations: u64, stop: &dyn Fn() -> bool, meter: &dyn Meter) -> f64 {
        if self.fault.is_none() && stop() {
            self.fault = Some(Fault::Interrupted);
        }
        if self.fault.is_none() {
            let dispatches = u32::try_from(iterations).unwrap_or(u32::MAX);
            let began = meter.now();
            match self.prepared.session.time(dispatches) {
                Ok(sample) => {
                    self.calls.push(sample);
                    self.began.push(began);
                    return nanoseconds(&sample);
                }
                Err(fault) => self.fault = Some(fault),
            }
        }
        f64::NAN
    }
}

/// A sample's time by the clock that is to be believed for it.
fn nanoseconds(sample: &Sample) -> f64 {
    let each = Reading::of(std::slice::from_ref(sample)).times(std::slice::from_ref(sample), Seconds::new(0.0));
    each.into_iter().map(Seconds::get).sum::<f64>() * f64::from(sample.dispatches) * 1e9
}

fn criterion() -> Criterion<GpuTime> {
    Criterion::default().with_measurement(GpuTime).sample_size(SAMPLES).configure_from_args()
}

/// Lets criterion list the benchmarks that its filter selects, without touching a GPU.
fn list(criterion: &mut Criterion<GpuTime>) -> anyhow::Result<Exit> {
    for benchmark in &CATALOGUE {
        let (name, function) = benchmark.id.split_once('/').unwrap_or((benchmark.id, "all"));
        criterion.benchmark_group(name).bench_function(function, |_| {});
    }
    Ok(Exit::Done)
}

/// The benchmarks that criterion's filter selects. criterion does not tell, except by listing: so it is asked to, by running this
/// program once more with `--list`. A benchmark that cannot run must never reach criterion, which would report a time for it.
fn selected() -> anyhow::Result<Vec<&'static Benchmark>> {
    // The test mode cannot be combined with a list; both select alike.
    let asked = std::env::args_os().skip(1).filter(|argument| argument != "--test");
    let arguments = asked.chain(["--list", "--format", "terse"].map(Into::into));
    let output =
        Command::new(std::env::current_exe()?).args(arguments).output().context("cannot list the benchmarks")?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    let text = String::from_utf8_lossy(&output.stdout);
    let ids: Vec<&str> = text.lines().filter_map(|line| line.strip_suffix(": benchmark")).collect();
    let selected: Vec<&Benchmark> = CATALOGUE.iter().filter(|benchmark| ids.contains(&benchmark.id)).collect();
    anyhow::ensure!(!selected.is_empty(), "the filter selects no benchmark; `cargo bench -- --list` shows them");
    Ok(selected)
}

/// The number of samples that criterion takes.
fn samples_asked() -> usize {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |(i, argument): (usize, &String)| match argument.strip_prefix("--sample-size") {
        Some("") => arguments.get(i + 1)?.parse().ok(),
        Some(rest) => rest.strip_prefix('=')?.parse().ok(),
        None => None,
    };
    arguments.iter().enumerate().find_map(value).unwrap_or(SAMPLES)
}

/// Whether criterion takes samples that a record can hold: not in its test mode (asked for, or without cargo's `--bench`), which calls
/// each benchmark once, and not with `--quick`, which leaves no equal samples.
fn samples_are_kept() -> bool {
    has("--bench") && !has("--test") && !has("--quick")
}

/// Whether the command line has `option`.
fn has(option: &str) -> bool {
    std::env::args().any(|argument| argument.split('=').next() == Some(option))
}

/// criterion's measurement: nanoseconds by the GPU's clock where it has one that agrees with the wall's.
struct GpuTime;

impl Measurement for GpuTime {
    type Intermediate = Instant;
    type Value = f64;

    fn start(&self) -> Instant {
        Instant::now()
    }

    #[expect(clippy::cast_precision_loss, reason = "nanoseconds of a benchmark stay below 2^53")]
    fn end(&self, start: Instant) -> f64 {
        start.elapsed().as_nanos() as f64
    }

    fn add(&self, one: &f64, other: &f64) -> f64 {
        one + other
    }

    fn zero(&self) -> f64 {
        0.0
    }

    fn to_f64(&self, value: &f64) -> f64 {
        *value
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        self
    }
}

impl ValueFormatter for GpuTime {
    fn scale_values(&self, typical: f64, values: &mut [f64]) -> &'static str {
        let (scale, unit) = match typical {
            t if t < 1e3 => (1.0, "ns"),
            t if t < 1e6 => (1e3, "µs"),
            t if t < 1e9 => (1e6, "ms"),
            _ => (1e9, "s"),
        };
        values.iter_mut().for_each(|value| *value /= scale);
        unit
    }

    fn scale_throughputs(&self, typical: f64, throughput: &Throughput, values: &mut [f64]) -> &'static str {
        let (amount, units) = match *throughput {
            Throughput::BytesDecimal(bytes) => (bytes, ["GB/s", "TB/s"]),
            Throughput::Elements(ops) => (ops, ["GFLOP/s", "TFLOP/s"]),
            _ => (0, ["?/s", "?/s"]),
        };
        // Work per nanosecond is giga-work per second.
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        let amount = amount as f64;
        let (scale, unit) = if amount / typical < 1e3 { (1.0, units[0]) } else { (1e3, units[1]) };
        values.iter_mut().for_each(|value| *value = amount / *value / scale);
        unit
    }

    fn scale_for_machines(&self, _: &mut [f64]) -> &'static str {
        "ns"
    }
}
