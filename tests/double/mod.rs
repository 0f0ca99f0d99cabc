//! A device that is scripted: it computes on the processor, on a clock of its own, and fails as it is told to.

use std::ops::Range;

use gpu_assay::adapter::{Adapter, AdapterKind, Backend, Feature, Limits, MatrixShape};
use gpu_assay::check::{GUARD_BYTES, UNWRITTEN};
use gpu_assay::data::{Matrix, Operands};
use gpu_assay::kernel::{TRIAD_SCALE, Variant};
use gpu_assay::measure::{Device, Fault, Sample, Session};
use gpu_assay::problem::{Element, MemoryOp, Problem};
use gpu_assay::units::Seconds;
use half::f16;

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
    Lost(u32),
    /// Wrong for one shape only, and fast there.
    OneVariant,
    /// Never; two shapes are faster than the others: a neighbour of a seed, and one that only that neighbour leads to.
    NeverOnAHill,
}

/// A scripted device of a steady rate.
pub(crate) struct Double {
    adapter: Adapter,
    fails: Fails,
    /// Times the device was made anew.
    pub(crate) recovered: u32,
}

/// Operations, or bytes, per second.
const RATE: f64 = 1e9;

impl Double {
    pub(crate) fn new(fails: Fails) -> Self {
        Self { adapter: adapter(), fails, recovered: 0 }
    }
}

/// Matrix units that take fragments of 16.
fn cube((input, accumulator): (&str, &str)) -> MatrixShape {
    MatrixShape { m: 16, n: 16, k: 16, input: input.to_owned(), accumulator: accumulator.to_owned() }
}

/// A card that nobody sells.
fn adapter() -> Adapter {
    Adapter {
        name: "Test double".to_owned(),
        vendor_id: 0xffff,
        device_id: 1,
        pci_address: None,
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
        ],
        limits: Limits {
            buffer_bytes: 32 << 20,
            storage_binding_bytes: 32 << 20,
            storage_bindings: 8,
            workgroup_memory_bytes: 32768,
            workgroup_invocations: 1024,
            workgroups_per_dimension: 65535,
        },
        cooperative_matrix: [("f16", "f16"), ("f16", "f32"), ("f32", "f32"), ("i8", "i32")]
            .into_iter()
            .map(cube)
            .collect(),
    }
}

impl Device for Double {
    fn adapter(&self) -> &Adapter {
        &self.adapter
    }

    fn open(&mut self, problem: &Problem) -> Result<Box<dyn Session>, Fault> {
        let bytes: u64 = problem.input_bytes().iter().sum();
        match self.fails {
            Fails::Memory(limit) if bytes > limit => Err(Fault::OutOfMemory("scripted".to_owned())),
            fails => Ok(Box::new(DoubleSession {
                problem: *problem,
                fails,
                inputs: vec![],
                dispatches: 0,
                variant: None,
                computes: false,
                output: vec![],
            })),
        }
    }

    fn recover(&mut self) -> Result<(), Fault> {
        self.recovered += 1;
        Ok(())
    }
}

struct DoubleSession {
    problem: Problem,
    fails: Fails,
    inputs: Vec<Vec<u8>>,
    dispatches: u32,
    variant: Option<Variant>,
    /// Whether a dispatch was made since the output was last looked at.
    computes: bool,
    output: Vec<u8>,
}

impl DoubleSession {
    fn is_large(&self) -> bool {
        self.problem.output_bytes() > 1000
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
        let bytes = self.problem.output_bytes() + GUARD_BYTES;
        self.output = UNWRITTEN.to_le_bytes().repeat(usize::try_from(bytes / 4).expect("small"));
        Ok(())
    }

    fn select(&mut self, variant: &Variant) -> Result<(), Fault> {
        self.variant = Some(*variant);
        Ok(())
    }

    fn time(&mut self, dispatches: u32) -> Result<Sample, Fault> {
        self.dispatches += dispatches;
        self.computes = true;
        if let Fails::Lost(after) = self.fails
            && self.dispatches > after
        {
            return Err(Fault::Lost("scripted".to_owned()));
        }
        let cost = self.problem.work().ops.map_or(self.problem.work().bytes.get(), gpu_assay::units::Ops::get);
        let speed = match (self.fails, self.variant.map(|variant| variant.name()).as_deref()) {
            (Fails::OneVariant, _) if self.is_the_wrong_variant() => 4.0,
            (Fails::NeverOnAHill, Some("wg128/loads8")) => 2.0,
            (Fails::NeverOnAHill, Some("wg64/loads8")) => 3.0,
            _ => 1.0,
        };
        let seconds = cost * f64::from(dispatches) / (RATE * speed);
        let sample = |gpu: f64, wall: f64| Sample {
            gpu_s: Some(Seconds::new(gpu)),
            wall_s: Seconds::new(wall),
            dispatches,
            submissions: 1,
        };
        Ok(match self.fails {
            Fails::ComputesNothing => sample(0.0, 1e-5),
            Fails::Clock(factor) => sample(seconds * factor, seconds * 1.001),
            _ => sample(seconds, seconds * 1.001),
        })
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
    fn compute(&mut self) {
        let size = usize::try_from(self.problem.output_bytes()).expect("small");
        if self.fails == Fails::ComputesNothing {
            self.output[..size].fill(0);
            return;
        }
        let right = answer(&self.problem, &self.inputs);
        let row = match self.problem {
            Problem::Matmul { n, accumulator, .. } => n as usize * usize::try_from(accumulator.size()).expect("small"),
            Problem::Peak { .. } | Problem::MatrixPeak { .. } | Problem::Memory { .. } => 16,
        };
        let written = if self.fails == Fails::LastRowUnwritten { size - row } else { size };
        self.output[..written].copy_from_slice(&right[..written]);
        if self.fails == Fails::OneElement && self.is_large() || self.is_the_wrong_variant() {
            self.output[row + 1] ^= 0x40;
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

/// The right answer, computed without any of the project's kernels.
fn answer(problem: &Problem, inputs: &[Vec<u8>]) -> Vec<u8> {
    match *problem {
        Problem::Matmul { m, n, k, input, accumulator, .. } => {
            let (a, b) = (Matrix::new(&inputs[0], input, k), Matrix::new(&inputs[1], input, 1));
            // A word of B holds four rows of a column where bytes are packed.
            let packed = input.per_word() as usize;
            let at = |i: usize, j: usize| (i / packed * n as usize + j) * packed + i % packed;
            let right: Vec<Vec<f64>> =
                (0..k as usize).map(|i| (0..n as usize).map(|j| b.at(at(i, j))).collect()).collect();
            let mut bytes = Vec::new();
            for row in 0..m as usize {
                let mut sums = vec![0.0; n as usize];
                for (i, values) in right.iter().enumerate() {
                    let left = a.get(row, i);
                    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += left * value);
                }
                sums.into_iter().for_each(|sum| bytes.extend(encoded(accumulator, sum)));
            }
            bytes
        }
        Problem::MatrixPeak { input, accumulator, m, n, k, fragments, steps } => {
            let (left, right) = (Matrix::new(&inputs[0], input, k), Matrix::new(&inputs[1], input, k));
            let [m, n, k] = [m, n, k].map(|size| size as usize);
            let element = |fragment: usize, row: usize, column: usize| {
                let term = |which: usize, inner: usize| {
                    left.get(which * m + row, inner) * right.get(fragment % 16 * n + column, inner)
                };
                let step = |which: usize| (0..k).map(|inner| term(which, inner)).sum::<f64>();
                f64::from(steps / 2) * (step(0) + step(1))
            };
            let distinct: Vec<u8> =
                (0..16 * m * n).flat_map(|at| encoded(accumulator, element(at / n / m, at / n % m, at % n))).collect();
            distinct.repeat(fragments as usize / 16)
        }
        Problem::Peak { element, steps, .. } => chains(element, steps, inputs),
        Problem::Memory { operation, .. } => {
            let words = |bytes: &[u8]| {
                bytes.chunks_exact(4).map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]])).collect::<Vec<_>>()
            };
            let first = words(&inputs[0]);
            let result: Vec<u32> = match operation {
                MemoryOp::Read => {
                    first.chunks(64).map(|group| group.iter().fold(0u32, |sum, word| sum.wrapping_add(*word))).collect()
                }
                MemoryOp::Copy => first,
                MemoryOp::Triad => first
                    .iter()
                    .zip(words(&inputs[1]))
                    .map(|(left, right)| (f32::from_bits(*left) + TRIAD_SCALE * f32::from_bits(right)).to_bits())
                    .collect(),
            };
            result.into_iter().flat_map(u32::to_le_bytes).collect()
        }
    }
}

fn encoded(element: Element, value: f64) -> Vec<u8> {
    match element {
        Element::F64 => value.to_le_bytes().to_vec(),
        Element::F32 => (value as f32).to_le_bytes().to_vec(),
        Element::F16 => f16::from_f64(value).to_le_bytes().to_vec(),
        Element::I32 => (value as i64 as i32).to_le_bytes().to_vec(),
        Element::I8 => unreachable!("sums are wider than bytes"),
    }
}

/// Every chain, each step rounded to the element's type.
fn chains(element: Element, steps: u32, inputs: &[Vec<u8>]) -> Vec<u8> {
    if element == Element::I8 {
        let factors = [0, 1, 2, 3].map(|byte| i32::from(inputs[1][byte].cast_signed()));
        let step = |x: i32| {
            let products =
                x.to_le_bytes().into_iter().zip(factors).map(|(left, right)| i32::from(left.cast_signed()) * right);
            x.wrapping_add(products.sum())
        };
        let words = inputs[0].chunks_exact(4).map(|w| i32::from_le_bytes([w[0], w[1], w[2], w[3]]));
        return words.flat_map(|word| (0..steps).fold(word, |x, _| step(x)).to_le_bytes()).collect();
    }
    let (values, constant) = (Matrix::new(&inputs[0], element, 1), Matrix::new(&inputs[1], element, 1).at(0));
    let step = |x: f64| match element {
        Element::F32 => f64::from((x as f32).mul_add(x as f32, constant as f32)),
        Element::F16 => f16::from_f64(x.mul_add(x, constant)).to_f64(),
        _ => x.mul_add(x, constant),
    };
    let last = |lane: usize| (0..steps).fold(values.at(lane), |x, _| step(x));
    (0..values.len()).flat_map(|lane| encoded(element, last(lane))).collect()
}
