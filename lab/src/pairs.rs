//! Interleaved pairs of runs on the default adapter: does `compare` call the same build the same, and one that is slower slower?

use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use gpu_assay::adapter::{Adapter, Backend, select};
use gpu_assay::analysis::comparison::{Change, MINIMUM_EFFECT, MINIMUM_EFFECT_IN_SOFTWARE, compare_entries};
use gpu_assay::benchmark::Benchmark;
use gpu_assay::device::{Gpu, enumerate};
use gpu_assay::kernel::Variant;
use gpu_assay::measure::{Device, Fault, Sample, Session};
use gpu_assay::plan::{Effort, Plan, Tune};
use gpu_assay::problem::{Operands, Problem};
use gpu_assay::record::Entry;
use gpu_assay::suite::Suite;
use gpu_assay::tune::Cache;
use gpu_assay::units::Seconds;

/// What the slowed runs are slowed by.
const SLOWDOWN: f64 = 1.2;

const IDS: [&str; 2] = ["peak/f32", "matmul/f32"];

/// Measures `pairs` pairs, and one slowed run with each; says how they compare. An error where one comes out wrong.
pub(crate) fn run(pairs: usize) -> anyhow::Result<()> {
    let mut found = enumerate(&Backend::NATIVE);
    let adapters: Vec<_> = found.iter().map(|found| found.adapter.clone()).collect();
    let chosen = found.swap_remove(select(&adapters, None, None)?);
    // One size for all: a slower device would take a smaller one.
    let plan = Plan { tune: Tune::Off, edge: Some(512), ..Plan::new(Effort::Standard) };
    let mut gpu = Gpu::open(chosen, plan.shaders, plan.submission_s, Variant::wgsl)?;
    let effect = if gpu.adapter().software { MINIMUM_EFFECT_IN_SOFTWARE } else { MINIMUM_EFFECT };
    let mut wrong = 0;
    for id in IDS {
        let benchmark = Benchmark::by_id(id).context("a benchmark of the catalogue")?;
        let (mut same, mut slower) = (0, 0);
        for _ in 0..pairs {
            let base = measure(&mut gpu, &plan, benchmark);
            let again = measure(&mut gpu, &plan, benchmark);
            let slowed = measure(&mut Slowed(&mut gpu), &plan, benchmark);
            let change = |new: &Entry| compare_entries(id, Some(&base), Some(new), effect).change;
            same += usize::from(matches!(change(&again), Some(Change::Same | Change::Ambiguous)));
            slower += usize::from(change(&slowed) == Some(Change::Slower));
        }
        let text =
            format!("{id}: {same} of {pairs} pairs same or ambiguous, {slower} of {pairs} slowed by 20 % slower\n");
        crate::say(&text)?;
        wrong += 2 * pairs - same - slower;
    }
    if wrong > 0 { bail!("{wrong} comparisons came out wrong") } else { Ok(()) }
}

fn measure(device: &mut dyn Device, plan: &Plan, benchmark: &'static Benchmark) -> Entry {
    let cache = &mut Cache::none();
    Suite::new(device, plan, &|| false, &|_| {}, cache).measure(benchmark, Duration::from_secs(3))
}

/// A device that is slower by [`SLOWDOWN`]: it idles after each submission, and its timestamps say so.
struct Slowed<'g>(&'g mut Gpu);

impl Device for Slowed<'_> {
    fn adapter(&self) -> &Adapter {
        self.0.adapter()
    }

    fn open(&mut self, problem: &Problem) -> Result<Box<dyn Session>, Fault> {
        Ok(Box::new(SlowedSession(self.0.open(problem)?)))
    }

    fn recover(&mut self) -> Result<(), Fault> {
        self.0.recover()
    }
}

struct SlowedSession(Box<dyn Session>);

impl Session for SlowedSession {
    fn load(&mut self, operands: &Operands) -> Result<(), Fault> {
        self.0.load(operands)
    }

    fn clear(&mut self) -> Result<(), Fault> {
        self.0.clear()
    }

    fn select(&mut self, variant: &Variant) -> Result<(), Fault> {
        self.0.select(variant)
    }

    fn time(&mut self, dispatches: u32) -> Result<Sample, Fault> {
        let start = Instant::now();
        let sample = self.0.time(dispatches)?;
        let idle = start.elapsed().mul_f64(SLOWDOWN);
        while start.elapsed() < idle {
            std::hint::spin_loop();
        }
        let slowed = |time: Seconds| Seconds::new(time.get() * SLOWDOWN);
        Ok(Sample { gpu_s: sample.gpu_s.map(slowed), wall_s: slowed(sample.wall_s), ..sample })
    }

    fn dispatched(&self) -> u64 {
        self.0.dispatched()
    }

    fn output(&mut self, range: Range<u64>) -> Result<Vec<u8>, Fault> {
        self.0.output(range)
    }
}
