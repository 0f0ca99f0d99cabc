//! Passes over device memory, with the byte counts of STREAM (McCalpin): write-allocate traffic is not counted. All that tells one pass from another
//! stands here: a new one is an operation, its place in [`MemoryOp::ALL`], and its [`Pass`].

use serde::{Deserialize, Serialize};

/// What a pass over device memory does.
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

/// What tells a pass from others.
#[derive(Debug, Clone, Copy)]
pub struct Pass {
    /// Id of the benchmark.
    pub id: &'static str,
    /// What the benchmark shows, in one sentence for people who do not write kernels.
    pub describe: &'static str,
    /// The metric under which others publish it, in `reference/measured/`.
    pub published: Option<&'static str>,
    /// The benchmark that is meant to be no slower on cards.
    pub ceiling_on_cards: Option<&'static str>,
    /// How many arrays it reads.
    pub inputs: usize,
    /// Elements read and written per array element, as STREAM counts them.
    pub accesses: u64,
    /// How the arrays are walked over.
    pub kernel: PassKernel,
}

/// The kernel of a pass.
#[derive(Debug, Clone, Copy)]
pub enum PassKernel {
    /// `shaders/memory/read.wgsl`: sums, of which the check compares the total.
    Sum,
    /// `shaders/memory/stream.wgsl`: a result for each element.
    Stream {
        /// Type of what is held of the inputs, in WGSL.
        held: &'static str,
        /// The expression in WGSL that loads it, of four elements at vector `at` of the arrays `left` and `right`.
        fetched: &'static str,
        /// The expression in WGSL of the result's four words, of what is `held`, `params.scale`, and `params.first + at`, the vector's number.
        result: &'static str,
        /// The bits of the result, from an element's number and what lies there in the arrays: the answer that the check expects.
        expected: fn(u64, f32, f32) -> u32,
    },
}

/// The `s` of [`MemoryOp::Scale`] and [`MemoryOp::Triad`]: a power of two, whose products are exact, so that fused and unfused multiply-adds agree in
/// every bit.
pub const TRIAD_SCALE: f32 = 0.5;

/// What [`MemoryOp::Write`] multiplies the number of a word with: an odd number near 2^32 over the golden ratio, so that every number gets a word of its own
/// and neighbours differ in most bits.
pub const WRITE_FACTOR: u32 = 0x9e37_79b1;

#[expect(clippy::cast_possible_truncation, reason = "the device counts in 32 bits as well")]
fn written(index: u64) -> u32 {
    (index as u32).wrapping_mul(WRITE_FACTOR)
}

const READ: Pass = Pass {
    id: "memory/read",
    describe: "read bandwidth of device memory",
    published: Some("dram_read_gbs"),
    ceiling_on_cards: Some("memory/workgroup"),
    inputs: 1,
    accesses: 1,
    kernel: PassKernel::Sum,
};

const WRITE: Pass = Pass {
    id: "memory/write",
    describe: "write bandwidth of device memory",
    published: Some("dram_write_gbs"),
    ceiling_on_cards: None,
    inputs: 0,
    accesses: 1,
    kernel: PassKernel::Stream {
        held: "u32",
        fetched: "at",
        result: "(vec4(0u, 1u, 2u, 3u) + 4u * (params.first + at)) * WRITE_FACTOR",
        expected: |index, _, _| written(index),
    },
};

const COPY: Pass = Pass {
    id: "memory/copy",
    describe: "copy bandwidth of device memory by a kernel, reads and writes counted",
    published: None,
    ceiling_on_cards: None,
    inputs: 1,
    accesses: 2,
    kernel: PassKernel::Stream {
        held: "vec4<f32>",
        fetched: "left[at]",
        result: "bitcast<vec4<u32>>(held)",
        expected: |_, left, _| left.to_bits(),
    },
};

const SCALE: Pass = Pass {
    id: "memory/scale",
    describe: "STREAM scale, a = s·b: one read and one write",
    published: None,
    ceiling_on_cards: None,
    inputs: 1,
    accesses: 2,
    kernel: PassKernel::Stream {
        held: "vec4<f32>",
        fetched: "left[at]",
        result: "bitcast<vec4<u32>>(params.scale * held)",
        expected: |_, left, _| (TRIAD_SCALE * left).to_bits(),
    },
};

const ADD: Pass = Pass {
    id: "memory/add",
    describe: "STREAM add, a = b + c: two reads and one write",
    published: None,
    ceiling_on_cards: None,
    inputs: 2,
    accesses: 3,
    kernel: PassKernel::Stream {
        held: "Pair",
        fetched: "Pair(left[at], right[at])",
        result: "bitcast<vec4<u32>>(held.left + held.right)",
        expected: |_, left, right| (left + right).to_bits(),
    },
};

const TRIAD: Pass = Pass {
    id: "memory/triad",
    describe: "STREAM triad, a = b + s·c: two reads and one write",
    published: Some("dram_triad_gbs"),
    ceiling_on_cards: Some("memory/read"),
    inputs: 2,
    accesses: 3,
    kernel: PassKernel::Stream {
        held: "Pair",
        fetched: "Pair(left[at], right[at])",
        result: "bitcast<vec4<u32>>(held.left + params.scale * held.right)",
        expected: |_, left, right| (TRIAD_SCALE * right + left).to_bits(),
    },
};

impl MemoryOp {
    /// Every operation, in the order of the suite.
    pub const ALL: [Self; 6] = [Self::Read, Self::Write, Self::Copy, Self::Scale, Self::Add, Self::Triad];

    /// What tells it from others.
    pub const fn pass(self) -> Pass {
        match self {
            Self::Read => READ,
            Self::Write => WRITE,
            Self::Copy => COPY,
            Self::Scale => SCALE,
            Self::Add => ADD,
            Self::Triad => TRIAD,
        }
    }

    /// The last part of its benchmark's id.
    pub fn name(self) -> &'static str {
        self.pass().id.trim_start_matches("memory/")
    }

    /// Whether it leaves one sum for every [`super::READ_GROUP`] elements, else a result for each.
    pub const fn sums(self) -> bool {
        matches!(self.pass().kernel, PassKernel::Sum)
    }

    /// How many arrays the operation touches. The sums of a read are a sixty-fourth.
    pub const fn arrays(self) -> u64 {
        if self.sums() { 1 } else { self.pass().accesses }
    }
}
