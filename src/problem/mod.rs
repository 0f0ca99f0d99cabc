//! What is computed, and how many operations and bytes that is. The only place that counts them.

mod chains;
mod cycle;
mod operands;
pub mod rounding;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use cycle::Cycle;
pub use operands::{Fill, Matrix, Operands};

use crate::units::{Bytes, Ops};

/// An element type of a matrix or array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Element {
    /// IEEE binary16.
    F16,
    /// IEEE binary32.
    F32,
    /// IEEE binary64.
    F64,
    /// BF16, the upper half of binary32, two to a word: along K in a matrix. Matrix units only, as the next two.
    Bf16,
    /// FP8 with 4 bits of exponent and 3 of significand (OCP 8-bit Floating Point Specification 1.0), four to a word.
    E4m3,
    /// FP8 with 5 bits of exponent and 2 of significand (ibid.), four to a word.
    E5m2,
    /// 8-bit signed integer, four to a word: along K in a matrix.
    I8,
    /// 32-bit signed integer.
    I32,
}

impl Element {
    /// Size in bytes.
    pub const fn size(self) -> u64 {
        match self {
            Self::I8 | Self::E4m3 | Self::E5m2 => 1,
            Self::F16 | Self::Bf16 => 2,
            Self::F32 | Self::I32 => 4,
            Self::F64 => 8,
        }
    }

    /// How many values along K a matrix keeps in one element of its buffer.
    pub const fn per_word(self) -> u32 {
        match self {
            Self::I8 | Self::E4m3 | Self::E5m2 => 4,
            Self::Bf16 => 2,
            Self::F16 | Self::F32 | Self::F64 | Self::I32 => 1,
        }
    }

    /// Unit roundoff `u` of round-to-nearest: 2^-p for a significand of p bits; integers do not round.
    pub const fn unit_roundoff(self) -> f64 {
        match self {
            Self::F16 => 1.0 / 2048.0,
            Self::F32 => 1.0 / 16_777_216.0,
            Self::F64 => f64::EPSILON / 2.0,
            Self::Bf16 => 1.0 / 256.0,
            Self::E4m3 => 1.0 / 16.0,
            Self::E5m2 => 1.0 / 8.0,
            Self::I8 | Self::I32 => 0.0,
        }
    }

    /// The largest n such that every integer of magnitude up to n is exact (2^p; less for integers, which would wrap).
    pub const fn exact_integer_limit(self) -> u64 {
        match self {
            Self::F16 => 2048,
            Self::F32 => 16_777_216,
            Self::F64 => 1 << 53,
            Self::Bf16 => 256,
            Self::E4m3 => 16,
            Self::E5m2 => 8,
            Self::I8 => 127,
            Self::I32 => (1 << 31) - 1,
        }
    }

    /// What is sure of sums in this type of products of `input`, on any device.
    ///
    /// Matrix units of Hopper and Ada keep 14 bits of sums of FP8, whatever the type they are stored in (DeepSeek-V3 Technical Report, arXiv 2412.19437,
    /// section 3.5.2), and Vulkan leaves that to the implementation. One of them may be a sign's.
    pub const fn of_sums(self, input: Self) -> Sums {
        match (input, self) {
            (Self::E4m3 | Self::E5m2, Self::F32) => Sums { unit_roundoff: 1.0 / 8192.0, exact_integer_limit: 8192 },
            _ => Sums { unit_roundoff: self.unit_roundoff(), exact_integer_limit: self.exact_integer_limit() },
        }
    }

    /// The type's name, as in ids of benchmarks.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bf16 => "bf16",
            Self::E4m3 => "e4m3",
            Self::E5m2 => "e5m2",
            Self::I8 => "i8",
            Self::F16 | Self::F32 | Self::F64 | Self::I32 => self.wgsl(),
        }
    }

    /// The scalar type's name in WGSL; what it does not have comes packed in words.
    pub const fn wgsl(self) -> &'static str {
        match self {
            Self::F16 => "f16",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Bf16 | Self::E4m3 | Self::E5m2 | Self::I8 => "u32",
            Self::I32 => "i32",
        }
    }
}

/// How sums are rounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sums {
    /// Unit roundoff of round-to-nearest, as [`Element::unit_roundoff`].
    pub unit_roundoff: f64,
    /// The largest n such that every integer of magnitude up to n is exact.
    pub exact_integer_limit: u64,
}

/// A pass over device memory, with the byte counts of STREAM (McCalpin): write-allocate traffic is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum MemoryOp {
    /// Sums an array: one read per element.
    Read,
    /// `a[i] = h(i)`, words that differ from each other: one write per element.
    Write,
    /// `a[i] = b[i]`: one read and one write per element.
    Copy,
    /// `a[i] = s·b[i]`: one read and one write per element.
    Scale,
    /// `a[i] = b[i] + c[i]`: two reads and one write per element.
    Add,
    /// `a[i] = b[i] + s·c[i]`: two reads and one write per element.
    Triad,
}

impl MemoryOp {
    /// How many arrays the operation reads.
    pub const fn inputs(self) -> usize {
        match self {
            Self::Write => 0,
            Self::Read | Self::Copy | Self::Scale => 1,
            Self::Add | Self::Triad => 2,
        }
    }

    /// Elements read and written per array element, as STREAM counts them.
    const fn accesses(self) -> u64 {
        match self {
            Self::Read | Self::Write => 1,
            Self::Copy | Self::Scale => 2,
            Self::Add | Self::Triad => 3,
        }
    }

    /// How many arrays the operation touches.
    pub const fn arrays(self) -> u64 {
        match self {
            // The sums it leaves are a sixty-fourth.
            Self::Read => 1,
            _ => self.accesses(),
        }
    }
}

/// Where atomics are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// In a storage buffer.
    Storage,
    /// In the memory of a workgroup.
    Workgroup,
}

/// Which way bytes go between host and device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// To the device.
    Upload,
    /// To the host.
    Readback,
}

/// How they go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TransferMethod {
    /// As the API's convenience has it: `write_buffer`, or a staging buffer made for each readback.
    Queue,
    /// Through a staging buffer that is kept, and mapped each time.
    Mapped,
    /// By the device alone, from or into memory of the host that it reaches and that no processor touches meanwhile: what the bus carries.
    Direct,
}

/// What the API asks for beside the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Overhead {
    /// Dispatches in one pass, each waiting for the one before.
    Dispatch,
    /// A submission with one dispatch, awaited.
    RoundTrip,
    /// From a kernel's text, never seen before, to its first answer.
    PipelineCold,
    /// The same for a text that was seen before.
    PipelineWarm,
}

/// One problem instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Problem {
    /// C = A·B with A of shape M×K and B of K×N, row-major; N is a multiple of 16, the words along K one of four. Bytes are packed along K:
    /// a word of B holds four rows of one column.
    Matmul {
        /// Rows of A and C.
        m: u32,
        /// Columns of B and C.
        n: u32,
        /// Columns of A, rows of B.
        k: u32,
        /// Type of A and B.
        input: Element,
        /// Type that sums are kept in, and type of C.
        accumulator: Element,
        /// Whether B is there as its transpose as well (N×K, row-major), for kernels that would rather read that.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        transposed_too: bool,
    },
    /// Chains of multiply-adds of matrix fragments in registers. All chains multiply the same two matrices on the left, turn by turn, with one
    /// of [`PEAK_RIGHTS`] on the right, which are kept transposed.
    #[serde(rename = "matrix-peak")]
    MatrixPeak {
        /// Type of the factors.
        input: Element,
        /// Type of the sums.
        accumulator: Element,
        /// Rows of the left factor and the sum.
        m: u32,
        /// Columns of the right factor and the sum.
        n: u32,
        /// Columns of the left factor, rows of the right one.
        k: u32,
        /// Independent chains.
        fragments: u32,
        /// Steps of each chain, an even number.
        steps: u32,
    },
    /// Chains of dependent multiply-adds in registers.
    Peak {
        /// Type of the values; for bytes, dot products of four with 32-bit sums.
        element: Element,
        /// Independent chains: scalars, or words of four bytes.
        lanes: u32,
        /// Steps of each chain.
        steps: u32,
    },
    /// One pass over arrays of 32-bit floats.
    Memory {
        /// What the pass does.
        operation: MemoryOp,
        /// Length of each array, in 32-bit elements: a multiple of [`MEMORY_BLOCK`] times `parts`.
        elements: u64,
        /// Buffers of equal size that each array is made of, one after the other: bindings have a limit, memory has not.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        parts: u32,
    },
    /// Reads within a working set. Workgroups begin at blocks spread over it, and read on from there, around its end. Of a set in parts one is read
    /// after the other.
    Sweep {
        /// The working set in bytes, a multiple of [`SWEEP_BLOCK`] times `parts`; less than 2^20 blocks a part.
        bytes: u64,
        /// Workgroups of [`SWEEP_LANES`] sums, for each part.
        workgroups: u32,
        /// Blocks that each of them reads.
        blocks: u32,
        /// Buffers of equal size that the set is made of: bindings have a limit, caches have another.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        parts: u32,
        /// Whether only one word of each [`LINE`] is read, which moves the line.
        lines: bool,
    },
    /// A walk along a random cycle through all entries of an array, each the address of the next. It goes on where it ended before.
    Chase {
        /// Size of the array in bytes.
        bytes: u64,
        /// Distance of entries in bytes.
        stride: u32,
        /// Steps of one dispatch.
        steps: u32,
    },
    /// Reads of workgroup memory.
    #[serde(rename = "workgroup-memory")]
    WorkgroupMemory {
        /// 32-bit words in one read of an invocation, 1 or 4.
        width: u32,
        /// Distance of the reads of neighbouring invocations, in reads.
        stride: u32,
        /// Workgroups of [`LOCAL_LANES`] invocations, all with the same memory.
        workgroups: u32,
        /// Reads of each invocation.
        reads: u32,
    },
    /// Atomic additions.
    Atomic {
        /// Where.
        place: Place,
        /// Whether each invocation has an address of its own, else all have the same.
        spread: bool,
        /// Workgroups of [`LOCAL_LANES`] invocations.
        workgroups: u32,
        /// Additions of each invocation.
        rounds: u32,
    },
    /// Bytes between host and device.
    Transfer {
        /// Which way.
        direction: Direction,
        /// How.
        path: TransferMethod,
        /// How many.
        bytes: u64,
    },
    /// What the API costs. Each dispatch adds one to a counter.
    Overhead {
        /// What is done.
        what: Overhead,
        /// How often.
        times: u32,
    },
}

/// Bytes of a block of [`Problem::Sweep`].
pub const SWEEP_BLOCK: u64 = 4096;

/// Sums that a workgroup of [`Problem::Sweep`] leaves, whatever its size.
pub const SWEEP_LANES: u32 = 64;

/// Bytes that move together, at the least, in the caches of processors and most GPUs.
pub const LINE: u64 = 64;

/// Invocations of a workgroup that reads its memory or makes atomics.
pub const LOCAL_LANES: u32 = 256;

/// 32-bit words of workgroup memory that [`Problem::WorkgroupMemory`] reads from.
pub const LOCAL_WORDS: u32 = 4096;

/// How far apart the reads of one invocation lie in workgroup memory, in reads: an odd number, so that all are reached.
pub const LOCAL_STEP: u32 = 257;

/// How much one execution of a problem does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Work {
    /// Arithmetic operations; absent where they are not the point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ops: Option<Ops>,
    /// Bytes that have to move at the least.
    pub bytes: Bytes,
    /// Things that are done one after the other, or are counted one by one, and whose time is the point: steps of a walk, atomics, dispatches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<u64>,
}

impl Problem {
    /// Operations and bytes of one execution: 2·M·N·K operations for a product, 2 for each multiply-add of a peak, STREAM's counts for
    /// a memory pass.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub fn work(&self) -> Work {
        let bytes = Bytes::new(self.traffic() as f64);
        let ops = match *self {
            Self::Matmul { m, n, k, .. } => Some(Ops::new(2.0 * f64::from(m) * f64::from(n) * f64::from(k))),
            Self::Peak { element, lanes, steps } => {
                let multiply_adds = f64::from(lanes) * f64::from(steps) * f64::from(element.per_word());
                Some(Ops::new(2.0 * multiply_adds))
            }
            Self::MatrixPeak { m, n, k, fragments, steps, .. } => {
                let multiply_adds = f64::from(m) * f64::from(n) * f64::from(k);
                Some(Ops::new(2.0 * multiply_adds * f64::from(fragments) * f64::from(steps)))
            }
            _ => None,
        };
        Work { ops, bytes, events: self.events() }
    }

    /// What is counted one by one.
    fn events(&self) -> Option<u64> {
        match *self {
            Self::Chase { steps, .. } => Some(u64::from(steps)),
            Self::Atomic { workgroups, rounds, .. } => {
                Some((u64::from(workgroups) * u64::from(rounds)).saturating_mul(u64::from(LOCAL_LANES)))
            }
            Self::Overhead { times, .. } => Some(u64::from(times)),
            _ => None,
        }
    }

    /// Bytes that count as moved. Sizes from a stranger's record saturate instead of overflowing, here and below.
    fn traffic(&self) -> u64 {
        match *self {
            Self::Peak { .. } => self.output_bytes().saturating_mul(2).saturating_add(CHAIN_CONSTANT_COUNTED),
            Self::Matmul { .. } | Self::MatrixPeak { .. } => {
                // A second layout of B is not read beside the first.
                self.input_bytes().into_iter().take(2).fold(self.output_bytes(), u64::saturating_add)
            }
            Self::Memory { operation, elements, .. } => {
                elements.saturating_mul(operation.accesses() * Element::F32.size())
            }
            // Every block is read whole, or every line of it moved.
            Self::Sweep { workgroups, blocks, parts, .. } => {
                (u64::from(workgroups) * u64::from(blocks)).saturating_mul(SWEEP_BLOCK).saturating_mul(u64::from(parts))
            }
            Self::WorkgroupMemory { width, workgroups, reads, .. } => {
                (u64::from(workgroups) * u64::from(reads)).saturating_mul(u64::from(width) * 4 * u64::from(LOCAL_LANES))
            }
            Self::Transfer { bytes, .. } => bytes,
            // What moves is not the point.
            Self::Chase { .. } | Self::Atomic { .. } | Self::Overhead { .. } => 0,
        }
    }

    /// Size of each input array in bytes.
    pub fn input_bytes(&self) -> Vec<u64> {
        match *self {
            Self::Matmul { m, n, k, input, transposed_too, .. } => {
                let (m, n, k) = (u64::from(m), u64::from(n), u64::from(k));
                let b = (k * n).saturating_mul(input.size());
                let mut sizes = vec![(m * k).saturating_mul(input.size()), b];
                sizes.extend(transposed_too.then_some(b));
                sizes
            }
            Self::MatrixPeak { input, m, n, k, .. } => {
                let bytes = |side: u32| (u64::from(side) * u64::from(k)).saturating_mul(input.size());
                vec![bytes(m).saturating_mul(2), bytes(n).saturating_mul(PEAK_RIGHTS)]
            }
            Self::Peak { .. } => vec![self.output_bytes(), CHAIN_CONSTANT_BYTES],
            Self::Memory { operation, elements, .. } => {
                vec![elements.saturating_mul(Element::F32.size()); operation.inputs()]
            }
            Self::Sweep { bytes, .. } | Self::Chase { bytes, .. } | Self::Transfer { bytes, .. } => vec![bytes],
            Self::WorkgroupMemory { .. } => vec![u64::from(LOCAL_WORDS) * 4],
            Self::Atomic { .. } | Self::Overhead { .. } => Vec::new(),
        }
    }

    /// Size of the output array in bytes. A read leaves one 32-bit sum for every [`READ_GROUP`] elements.
    pub fn output_bytes(&self) -> u64 {
        match *self {
            Self::Matmul { m, n, accumulator, .. } => (u64::from(m) * u64::from(n)).saturating_mul(accumulator.size()),
            Self::MatrixPeak { accumulator, m, n, fragments, .. } => {
                (u64::from(m) * u64::from(n)).saturating_mul(u64::from(fragments) * accumulator.size())
            }
            Self::Peak { element, lanes, .. } => u64::from(lanes) * element.size() * u64::from(element.per_word()),
            Self::Memory { operation: MemoryOp::Read, elements, .. } => elements / READ_GROUP * 4,
            Self::Memory { elements, .. } => elements.saturating_mul(Element::F32.size()),
            Self::Sweep { workgroups, parts, .. } => {
                (u64::from(workgroups) * u64::from(parts)).saturating_mul(u64::from(SWEEP_LANES) * 4)
            }
            Self::WorkgroupMemory { workgroups, .. } | Self::Atomic { workgroups, .. } => {
                u64::from(workgroups) * u64::from(LOCAL_LANES) * 4
            }
            Self::Transfer { bytes, .. } => bytes,
            Self::Chase { .. } | Self::Overhead { .. } => 4,
        }
    }
}

/// What the columns of a product have to be a multiple of.
pub const COLUMN_STEP: u32 = 16;

impl Problem {
    /// How often a dispatch is made where one is asked for.
    pub fn repeats(&self) -> u32 {
        match *self {
            Self::Overhead { what: Overhead::Dispatch, times } => times,
            _ => 1,
        }
    }

    /// Size in bytes of each input array's part in one buffer.
    pub fn part_input_bytes(&self) -> Vec<u64> {
        self.input_bytes().into_iter().map(|bytes| bytes / u64::from(self.parts())).collect()
    }

    /// Size in bytes of the output's part in one buffer.
    pub fn part_output_bytes(&self) -> u64 {
        self.output_bytes() / u64::from(self.parts())
    }

    /// Buffers of equal size that each array is made of.
    pub fn parts(&self) -> u32 {
        match *self {
            // A stranger's record may say 0.
            Self::Memory { parts, .. } | Self::Sweep { parts, .. } => parts.max(1),
            _ => 1,
        }
    }
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_one(parts: &u32) -> bool {
    *parts == 1
}

/// What the length of a buffer of a memory pass has to be a multiple of, in elements, so that every shape divides it.
pub const MEMORY_BLOCK: u64 = 1 << 16;

/// Right factors of [`Problem::MatrixPeak`]: chain f multiplies with number f modulo this.
pub const PEAK_RIGHTS: u64 = 16;

/// Size of the array that holds a peak's constants.
const CHAIN_CONSTANT_BYTES: u64 = 64;

/// What counts as moved of them, however many there are: records that were written when there was one have to stay right.
const CHAIN_CONSTANT_COUNTED: u64 = 16;

/// The constants of a peak's chains, at their places in its second array. Which are used, and how, is the kernel's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainConstant {
    /// c of x² + c; of bytes, the four factors.
    Addend,
    /// a of the odd steps a·x + b, in magnitude above one.
    Expand,
    /// a of the even steps, the inverse.
    Contract,
    /// b of both.
    Offset,
    /// c of the square after a [`STRETCH`] of them.
    Fold,
    /// e of x ← e·y + x.
    There,
    /// -e of y ← -e·x + y.
    Back,
    /// The first y.
    Start,
}

/// Steps from one square of an affine chain to the next, of which it is the last.
pub const STRETCH: u32 = 64;

/// How many elements of `memory/read` share one stored sum, so that the stores are 1/64 of the traffic.
pub const READ_GROUP: u64 = 64;

/// A size of a cache or transfer, in binary units as these have them.
#[expect(clippy::cast_precision_loss, reason = "shown with few digits")]
pub fn binary(bytes: u64) -> String {
    let (scale, unit) = match bytes {
        0..1_048_576 => (1024.0, "KiB"),
        1_048_576..1_073_741_824 => (1_048_576.0, "MiB"),
        _ => (1_073_741_824.0, "GiB"),
    };
    let scaled = bytes as f64 / scale;
    let decimals = usize::from(scaled < 100.0 && scaled.fract() > 0.0);
    format!("{scaled:.decimals$} {unit}")
}

impl Problem {
    /// Whether the benchmark called `id` has problems of this kind and these types.
    pub fn is_of(&self, id: &str) -> bool {
        let types = |input: Element, sum: Element| {
            if input == sum { input.name().to_owned() } else { format!("{}-{}", input.name(), sum.name()) }
        };
        let (group, kind) = id.split_once('/').unwrap_or((id, ""));
        match *self {
            Self::Matmul { input, accumulator, .. } => {
                group == "matmul" && kind.strip_prefix("coop/").unwrap_or(kind) == types(input, accumulator)
            }
            Self::Peak { element, .. } => group == "peak" && kind == element.name(),
            Self::MatrixPeak { input, accumulator, .. } => {
                group == "peak" && kind.strip_prefix("coop/") == Some(&types(input, accumulator))
            }
            Self::Memory { operation, .. } => {
                group == "memory"
                    && kind.strip_suffix("-api").unwrap_or(kind) == format!("{operation:?}").to_lowercase()
            }
            Self::Sweep { .. } => id == "memory/sweep",
            Self::Chase { .. } => id == "memory/latency",
            Self::WorkgroupMemory { .. } => id == "memory/workgroup",
            Self::Atomic { .. } => id == "memory/atomic",
            Self::Transfer { direction, .. } => group == "transfer" && kind == format!("{direction:?}").to_lowercase(),
            Self::Overhead { .. } => group == "overhead",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Matmul { m, n, k, .. } => write!(f, "{m}×{n}×{k}"),
            Self::Peak { lanes, steps, .. } => write!(f, "{lanes} × {steps} steps"),
            Self::MatrixPeak { m, n, k, fragments, steps, .. } => {
                write!(f, "{fragments} × {m}×{n}×{k} × {steps} steps")
            }
            Self::Memory { operation, elements, .. } => {
                #[expect(clippy::cast_precision_loss, reason = "shown with four digits")]
                let bytes = Bytes::new(elements as f64 * 4.0);
                write!(f, "{} × {bytes}", operation.arrays())
            }
            Self::Sweep { bytes, .. } => write!(f, "{}", binary(bytes)),
            Self::Chase { bytes, stride, .. } => write!(f, "{} by {stride} B", binary(bytes)),
            Self::WorkgroupMemory { width, stride, .. } => write!(f, "{} B, stride {stride}", 4 * width),
            Self::Atomic { place, spread, .. } => {
                let place = if place == Place::Storage { "storage" } else { "workgroup" };
                write!(f, "{place}, {}", if spread { "spread" } else { "one address" })
            }
            Self::Transfer { bytes, path, .. } => {
                write!(f, "{}, {}", binary(bytes), format!("{path:?}").to_lowercase())
            }
            Self::Overhead { what, times } => match what {
                Overhead::Dispatch => write!(f, "{times} dispatches"),
                Overhead::RoundTrip => f.write_str("submission"),
                Overhead::PipelineCold => f.write_str("cold"),
                Overhead::PipelineWarm => f.write_str("warm"),
            },
        }
    }
}
