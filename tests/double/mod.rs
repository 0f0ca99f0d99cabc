//! A device that is scripted: it computes on the processor, on a clock of its own, and fails as it is told to.

mod answer;

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use gpu_assay::adapter::{Adapter, AdapterKind, Backend, Feature, Limits, MatrixShape, Memory};
use gpu_assay::check::{GUARD_BYTES, UNWRITTEN};
use gpu_assay::kernel::Variant;
use gpu_assay::measure::{Device, Fault, Sample, Session};
use gpu_assay::problem::{Matmul, MatrixPeak, Operands, Peak, Problem};
use gpu_assay::units::Seconds;

use answer::answer;

/// What the device does wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(dead_code, reason = "not every test file uses every fault")]
pub(crate) enum Fails {
    Never,
    /// Returns zeros at once, with timestamps of zero, as a fake card does.
    ComputesNothing,
    /// One element of every large answer is wrong.
    OneElement,
    /// The last row is never written.
    LastRowUnwritten,
    /// Writes a word past the end.
    PastTheEnd,
    /// The answer of the timed run is stale: the operands of the run before.
    Stale,
    /// Timestamps are multiplied by this.
    Clock(f64),
    /// Every allocation above this many bytes fails.
    Memory(u64),
    /// The device is lost after that many dispatches.
    Lost(u64),
    /// Chains of fragments end after so many steps if there are more than small problems have.
    ChainsEnd(u32),
    /// Wrong for one shape only, and fast there.
    OneVariant,
    /// Both clocks give this many seconds, whatever is done.
    Constant(f64),
    /// Timestamps are those of the sample before.
    Late,
    /// Every third timestamp is ten times too long.
    Jumps,
    /// One timestamp in that many is multiplied by this.
    OddStamp(u64, f64),
    /// One submission in that many takes this part of its time, by both clocks.
    ShortSubmission(u64, f64),
    /// Timestamps run half as fast from that many submissions on.
    ClockHalves(u64),
    /// The wall clock of two submissions in three is stretched, each by another factor, as on a busy machine.
    Busy,
    /// The device never comes back, from that many dispatches on.
    Hangs(u64),
    /// Every device is lost over variants whose names begin so, where the problem has more operations than this: those of checks have few.
    LostOver(&'static str, f64),
    /// The same, and there is no fresh one.
    LostForGood(&'static str, f64),
    /// From that many submissions on the whole device has this part of its speed.
    Throttles(u64, f64),
    /// Answers are zeros, from that many submissions on.
    WrongFrom(u64),
    /// Never; times vary by this, relative, from this seed, and are longer by this factor.
    Noisy(f64, u64, f64),
    /// Never; sweeps over no more than this many bytes are so many times as fast.
    Cached(u64, f64),
    /// Never; but once a session of more than this many bytes was opened the whole device has this part of its speed.
    SlowsDown(u64, f64),
    /// Never; but while the host fills more than 1 MiB the clock falls, and that many submissions of arithmetic for the whole device raise it again.
    Rests(u64),
    /// Never; two shapes are faster than the others: a neighbour of a seed, and one that only that neighbour leads to.
    NeverOnAHill,
}

/// A scripted device of a steady rate.
pub(crate) struct Double {
    adapter: Adapter,
    /// What the sessions opened from now on do wrong.
    pub(crate) fails: Rc<Cell<Fails>>,
    /// Times the device was made anew.
    pub(crate) recovered: u32,
    /// Submissions of all sessions.
    submissions: Rc<Cell<u64>>,
    /// What part of its speed the device has for now.
    pub(crate) pace: Rc<Cell<f64>>,
    /// Submissions of arithmetic until the clock is up again.
    asleep: Rc<Cell<u64>>,
    /// Its time, in seconds: what was timed so far.
    pub(crate) now: Rc<Cell<f64>>,
    /// The variants that were asked to be compiled ahead, and none where that was to end.
    pub(crate) ahead: Rc<RefCell<Vec<Option<String>>>>,
    /// The problems of all sessions, in their order.
    #[allow(dead_code, reason = "not every test file asks for them")]
    pub(crate) opened: Vec<Problem>,
}

/// What part of its speed a device has that has rested.
const ASLEEP: f64 = 0.2;

/// Operations, or bytes, per second.
const RATE: f64 = 1e9;

impl Double {
    pub(crate) fn new(fails: Fails) -> Self {
        Self {
            adapter: adapter(),
            fails: Rc::new(Cell::new(fails)),
            recovered: 0,
            submissions: Rc::default(),
            pace: Rc::new(Cell::new(1.0)),
            asleep: Rc::default(),
            now: Rc::default(),
            ahead: Rc::default(),
            opened: Vec::new(),
        }
    }

    /// The same as a driver that computes on the processor.
    #[allow(dead_code, reason = "not every test file needs one")]
    pub(crate) fn in_software(mut self) -> Self {
        self.adapter.software = true;
        self
    }

    /// The same with arrays up to so many bytes.
    #[allow(dead_code, reason = "not every test file needs one")]
    pub(crate) fn with_arrays_of(mut self, bytes: u64) -> Self {
        let limits = &mut self.adapter.limits;
        [limits.buffer_bytes, limits.storage_binding_bytes] = [bytes; 2];
        self
    }

    /// The same with so much memory, of which so much is free, in bytes.
    #[allow(dead_code, reason = "not every test file needs one")]
    pub(crate) fn with_memory(mut self, heap_bytes: u64, free_bytes: u64) -> Self {
        self.adapter.memory = Some(Memory { heap_bytes, free_bytes: Some(free_bytes) });
        self
    }

    /// Fails as `fault` says, which is told how many submissions there were so far.
    #[allow(dead_code, reason = "not every test file changes a device's mind")]
    pub(crate) fn goes_wrong(&mut self, fault: impl FnOnce(u64) -> Fails) {
        self.fails.set(fault(self.submissions.get()));
    }
}

/// Matrix units that take fragments of 16.
fn cube((input, accumulator): (&str, &str)) -> MatrixShape {
    MatrixShape { m: 16, n: 16, k: 16, input: input.to_owned(), accumulator: accumulator.to_owned() }
}

/// What its matrix units take, and their sums.
const TYPES: [(&str, &str); 7] =
    [("f16", "f16"), ("f16", "f32"), ("f32", "f32"), ("i8", "i32"), ("bf16", "f32"), ("e4m3", "f32"), ("e5m2", "f32")];

/// A card that nobody sells.
fn adapter() -> Adapter {
    Adapter {
        name: "Test double".to_owned(),
        vendor_id: 0xffff,
        device_id: 1,
        pci_address: None,
        uuid: None,
        kind: AdapterKind::Discrete,
        software: false,
        backend: Backend::Vulkan,
        driver: "double".to_owned(),
        driver_info: "1".to_owned(),
        subgroup_size: [32, 32],
        features: vec![
            Feature::ShaderF16,
            Feature::ShaderF64,
            Feature::TimestampQuery,
            Feature::CooperativeMatrix,
            Feature::PassthroughShaders,
            Feature::ShaderBfloat16,
            Feature::ShaderFloat8,
        ],
        limits: Limits {
            buffer_bytes: 4 << 20,
            storage_binding_bytes: 4 << 20,
            storage_bindings: 8,
            workgroup_memory_bytes: 32768,
            workgroup_invocations: 1024,
            workgroups_per_dimension: 65535,
        },
        workgroup_matrix: vec![],
        cooperative_matrix: TYPES.into_iter().map(cube).collect(),
        memory: None,
    }
}

impl Device for Double {
    fn adapter(&self) -> &Adapter {
        &self.adapter
    }

    fn open(&mut self, problem: &Problem) -> Result<Box<dyn Session>, Fault> {
        self.opened.push(*problem);
        let bytes: u64 = problem.input_bytes().iter().sum();
        if let Fails::SlowsDown(limit, part) = self.fails.get()
            && bytes > limit
        {
            self.pace.set(part);
        }
        match self.fails.get() {
            Fails::Memory(limit) if bytes > limit => Err(Fault::OutOfMemory("scripted".to_owned())),
            fails => Ok(Box::new(DoubleSession {
                problem: *problem,
                fails,
                inputs: vec![],
                dispatches: 0,
                submissions: Rc::clone(&self.submissions),
                pace: Rc::clone(&self.pace),
                asleep: Rc::clone(&self.asleep),
                now: Rc::clone(&self.now),
                ahead: Rc::clone(&self.ahead),
                late: 0.0,
                dispatched: 0,
                forgotten: 0,
                variant: None,
                computes: false,
                output: vec![],
            })),
        }
    }

    fn recover(&mut self) -> Result<(), Fault> {
        self.recovered += 1;
        match self.fails.get() {
            Fails::LostOver(..) => {}
            Fails::LostForGood(..) => return Err(Fault::NoDevice("it does not answer".to_owned())),
            // A fresh device is a sound one.
            _ => self.fails.set(Fails::Never),
        }
        Ok(())
    }
}

struct DoubleSession {
    problem: Problem,
    fails: Fails,
    inputs: Vec<Vec<u8>>,
    dispatches: u64,
    submissions: Rc<Cell<u64>>,
    pace: Rc<Cell<f64>>,
    asleep: Rc<Cell<u64>>,
    now: Rc<Cell<f64>>,
    ahead: Rc<RefCell<Vec<Option<String>>>>,
    /// What the next late timestamp says.
    late: f64,
    /// Since the output was last cleared.
    dispatched: u64,
    /// Those before, of a device that did not clear it.
    forgotten: u64,
    variant: Option<Variant>,
    /// Whether a dispatch was made since the output was last looked at.
    computes: bool,
    output: Vec<u8>,
}

impl DoubleSession {
    fn is_large(&self) -> bool {
        self.problem.output_bytes() > 1000 || matches!(self.problem, Problem::Chase(_) | Problem::Overhead(_))
    }

    /// Whether the selected variant is the one that is wrong.
    fn is_the_wrong_variant(&self) -> bool {
        self.fails == Fails::OneVariant && self.variant.is_some_and(|variant| variant.name() == "128x128x16/8x8")
    }
}

impl Session for DoubleSession {
    fn load(&mut self, operands: &Operands) -> Result<(), Fault> {
        if self.fails != Fails::Stale || self.inputs.is_empty() {
            self.inputs = bytes(operands);
        }
        if let Fails::Rests(submissions) = self.fails
            && self.problem.input_bytes().iter().sum::<u64>() > 1 << 20
        {
            self.asleep.set(submissions);
        }
        self.clear()
    }

    fn clear(&mut self) -> Result<(), Fault> {
        if self.fails == Fails::Stale && !self.output.is_empty() {
            self.forgotten += self.dispatched;
        }
        self.dispatched = 0;
        let bytes = self.problem.output_bytes() + GUARD_BYTES * u64::from(self.problem.parts());
        self.output = UNWRITTEN.to_le_bytes().repeat(usize::try_from(bytes / 4).expect("small"));
        Ok(())
    }

    fn select(&mut self, variant: &Variant) -> Result<(), Fault> {
        self.variant = Some(*variant);
        Ok(())
    }

    fn compile_ahead(&mut self, variant: Option<&Variant>) {
        self.ahead.borrow_mut().push(variant.map(Variant::name));
    }

    fn time(&mut self, dispatches: u32) -> Result<Sample, Fault> {
        self.dispatches += u64::from(dispatches);
        self.dispatched += u64::from(dispatches);
        self.computes = true;
        self.survive()?;
        self.submissions.set(self.submissions.get() + 1);
        if matches!(self.problem, Problem::Peak(Peak { chains: 65536.., .. })) {
            self.asleep.set(self.asleep.get().saturating_sub(1));
        }
        let work = self.problem.work();
        let amount = work.ops.map_or(work.bytes.get(), gpu_assay::units::Ops::get);
        let cost = work.events.and_then(|events| u32::try_from(events).ok()).map_or(amount, f64::from);
        let speed = match (self.fails, self.variant.map(|variant| variant.name()).as_deref()) {
            _ if self.asleep.get() > 0 => ASLEEP,
            (Fails::Throttles(after, part), _) if self.submissions.get() > after => part,
            (Fails::OneVariant, _) if self.is_the_wrong_variant() => 4.0,
            (Fails::Cached(holds, speed), _)
                if matches!(self.problem, Problem::Sweep(_)) && self.problem.input_bytes()[0] <= holds =>
            {
                speed
            }
            (Fails::NeverOnAHill, Some("wg128/loads4")) => 2.0,
            (Fails::NeverOnAHill, Some("wg64/loads4")) => 3.0,
            _ => 1.0,
        };
        let seconds = cost * f64::from(dispatches) / (RATE * speed * self.pace.get());
        let sample = |gpu: f64, wall: f64| Sample {
            gpu_s: Some(Seconds::new(gpu)),
            wall_s: Seconds::new(wall),
            dispatches,
            submissions: 1,
        };
        let timed = match self.fails {
            Fails::ComputesNothing => sample(0.0, 1e-5),
            Fails::Noisy(noise, seed, factor) => {
                let mut random = fastrand::Rng::with_seed(seed ^ self.submissions.get().wrapping_mul(0x9e37_79b9));
                let noisy = seconds * factor * (1.0 + noise * (random.f64() + random.f64() - 1.0));
                sample(noisy, noisy * 1.001)
            }
            Fails::Constant(seconds) => sample(seconds, seconds),
            Fails::Late => sample(std::mem::replace(&mut self.late, seconds), seconds * 1.001),
            Fails::Jumps if self.submissions.get().is_multiple_of(3) => sample(10.0 * seconds, seconds * 1.001),
            Fails::OddStamp(every, factor) if self.submissions.get().is_multiple_of(every) => {
                sample(seconds * factor, seconds * 1.001)
            }
            Fails::ShortSubmission(every, factor) if self.submissions.get().is_multiple_of(every) => {
                sample(seconds * factor, seconds * factor * 1.001)
            }
            Fails::ClockHalves(after) if self.submissions.get() > after => sample(seconds / 2.0, seconds * 1.001),
            Fails::Busy if !self.submissions.get().is_multiple_of(3) => {
                let stretch = 1.3 + f64::from((self.submissions.get() % 7) as u32) / 3.0;
                sample(seconds, seconds * stretch + 0.01)
            }
            Fails::Clock(factor) => sample(seconds * factor, seconds * 1.001),
            _ => sample(seconds, seconds * 1.001),
        };
        self.now.set(self.now.get() + timed.wall_s.get());
        Ok(timed)
    }

    fn dispatched(&self) -> u64 {
        self.dispatched
    }

    fn output(&mut self, range: Range<u64>) -> Result<Vec<u8>, Fault> {
        if std::mem::take(&mut self.computes) {
            self.compute();
        }
        let [start, end] = [range.start, range.end].map(|at| usize::try_from(at).expect("small"));
        Ok(self.output[start..end].to_vec())
    }
}

impl DoubleSession {
    /// Fails where the device is to be lost or to hang.
    fn survive(&self) -> Result<(), Fault> {
        let is_fatal = |fatal: &str, ops: f64| {
            self.variant.is_some_and(|variant| variant.name().starts_with(fatal))
                && self.problem.work().ops.is_none_or(|work| work.get() > ops)
        };
        match self.fails {
            Fails::Hangs(after) if self.dispatches > after => Err(Fault::Hang(60)),
            Fails::Lost(after) if self.dispatches > after => Err(Fault::Lost("scripted".to_owned())),
            Fails::LostOver(fatal, ops) | Fails::LostForGood(fatal, ops) if is_fatal(fatal, ops) => {
                Err(Fault::Lost("scripted".to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn compute(&mut self) {
        let size = usize::try_from(self.problem.output_bytes()).expect("small");
        if self.fails == Fails::ComputesNothing {
            self.output[..size].fill(0);
            return;
        }
        let mut problem = self.problem;
        if let (Fails::ChainsEnd(after), Problem::MatrixPeak(MatrixPeak { fragments: 257.., steps, .. })) =
            (self.fails, &mut problem)
        {
            *steps = after.min(*steps);
        }
        let recurrence = self.variant.and_then(|variant| variant.recurrence());
        let right = answer(&problem, &self.inputs, recurrence, self.forgotten + self.dispatched);
        let row = match self.problem {
            Problem::Matmul(Matmul { n, accumulator, .. }) => {
                n as usize * usize::try_from(accumulator.size()).expect("small")
            }
            _ => 16.min(size),
        };
        let written = if self.fails == Fails::LastRowUnwritten { size - row } else { size };
        self.output[..written].copy_from_slice(&right[..written]);
        if matches!(self.fails, Fails::WrongFrom(after) if self.submissions.get() > after) {
            self.output[..size].fill(0);
        }
        if self.fails == Fails::OneElement && self.is_large() || self.is_the_wrong_variant() {
            self.output[(row + 1) % size] ^= 0x40;
        }
        if self.fails == Fails::PastTheEnd {
            self.output[size + 8] = 0;
        }
    }
}

/// Every input array as the device has it.
fn bytes(operands: &Operands) -> Vec<Vec<u8>> {
    let sizes = operands.problem().input_bytes();
    sizes.into_iter().enumerate().map(|(array, size)| operands.bytes(array, 0..size)).collect()
}
