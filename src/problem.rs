//! What is computed, and how many operations and bytes that is. The only place that counts them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Bytes, Ops};

/// An element type of a matrix or array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Element {
    /// IEEE binary16.
    F16,
    /// IEEE binary32.
    F32,
    /// IEEE binary64.
    F64,
    /// 8-bit signed integer, four to a word: along K in a matrix.
    I8,
    /// 32-bit signed integer.
    I32,
}

impl Element {
    /// Size in bytes.
    pub const fn size(self) -> u64 {
        match self {
            Self::I8 => 1,
            Self::F16 => 2,
            Self::F32 | Self::I32 => 4,
            Self::F64 => 8,
        }
    }

    /// How many values along K a matrix keeps in one element of its buffer.
    pub const fn per_word(self) -> u32 {
        match self {
            Self::I8 => 4,
            Self::F16 | Self::F32 | Self::F64 | Self::I32 => 1,
        }
    }

    /// Unit roundoff `u` of round-to-nearest: 2^-p for a significand of p bits; integers do not round.
    pub const fn unit_roundoff(self) -> f64 {
        match self {
            Self::F16 => 1.0 / 2048.0,
            Self::F32 => 1.0 / 16_777_216.0,
            Self::F64 => f64::EPSILON / 2.0,
            Self::I8 | Self::I32 => 0.0,
        }
    }

    /// The largest n such that every integer of magnitude up to n is exact (2^p; less for integers, which would wrap).
    pub const fn exact_integer_limit(self) -> u64 {
        match self {
            Self::F16 => 2048,
            Self::F32 => 16_777_216,
            Self::F64 => 1 << 53,
            Self::I8 => 127,
            Self::I32 => (1 << 31) - 1,
        }
    }

    /// The scalar type's name in WGSL; bytes come packed in words.
    pub const fn wgsl(self) -> &'static str {
        match self {
            Self::F16 => "f16",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::I8 => "u32",
            Self::I32 => "i32",
        }
    }
}

/// A pass over device memory, with the byte counts of STREAM (McCalpin): write-allocate traffic is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MemoryOp {
    /// Sums an array: one read per element.
    Read,
    /// `a[i] = b[i]`: one read and one write per element.
    Copy,
    /// `a[i] = b[i] + s·c[i]`: two reads and one write per element.
    Triad,
}

impl MemoryOp {
    /// How many arrays the operation reads.
    pub const fn inputs(self) -> usize {
        match self {
            Self::Read | Self::Copy => 1,
            Self::Triad => 2,
        }
    }

    /// Elements read and written per array element, as STREAM counts them.
    const fn accesses(self) -> u64 {
        match self {
            Self::Read => 1,
            Self::Copy => 2,
            Self::Triad => 3,
        }
    }
}

/// One problem instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
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
        /// Length of each array, in 32-bit elements.
        elements: u64,
    },
}

/// How much one execution of a problem does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Work {
    /// Arithmetic operations; absent where they are not the point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ops: Option<Ops>,
    /// Bytes that have to move at the least.
    pub bytes: Bytes,
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
            Self::Memory { .. } => None,
        };
        Work { ops, bytes }
    }

    /// Bytes that count as moved. Sizes from a stranger's record saturate instead of overflowing, here and below.
    fn traffic(&self) -> u64 {
        match *self {
            Self::Matmul { .. } | Self::Peak { .. } | Self::MatrixPeak { .. } => {
                // A second layout of B is not read beside the first.
                self.input_bytes().into_iter().take(2).fold(self.output_bytes(), u64::saturating_add)
            }
            Self::Memory { operation, elements } => elements.saturating_mul(operation.accesses() * Element::F32.size()),
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
            Self::Peak { .. } => vec![self.output_bytes(), PEAK_CONSTANT_BYTES],
            Self::Memory { operation, elements } => {
                vec![elements.saturating_mul(Element::F32.size()); operation.inputs()]
            }
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
            Self::Memory { operation: MemoryOp::Read, elements } => elements / READ_GROUP * 4,
            Self::Memory { elements, .. } => elements.saturating_mul(Element::F32.size()),
        }
    }
}

/// What the columns of a product have to be a multiple of.
pub const COLUMN_STEP: u32 = 16;

/// Right factors of [`Problem::MatrixPeak`]: chain f multiplies with number f modulo this.
pub const PEAK_RIGHTS: u64 = 16;

/// Size of the array that holds a peak's constant, repeated.
pub const PEAK_CONSTANT_BYTES: u64 = 16;

/// How many elements of `memory/read` share one stored sum, so that the stores are 1/64 of the traffic.
pub const READ_GROUP: u64 = 64;

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Matmul { m, n, k, .. } => write!(f, "{m}×{n}×{k}"),
            Self::Peak { lanes, steps, .. } => write!(f, "{lanes} × {steps} steps"),
            Self::MatrixPeak { m, n, k, fragments, steps, .. } => {
                write!(f, "{fragments} × {m}×{n}×{k} × {steps} steps")
            }
            Self::Memory { .. } => {
                let largest = self.input_bytes().into_iter().max().unwrap_or(0);
                #[expect(clippy::cast_precision_loss, reason = "shown with four digits")]
                let bytes = Bytes::new(largest as f64);
                write!(f, "{} × {bytes}", self.input_bytes().len() + usize::from(self.output_bytes() == largest))
            }
        }
    }
}
