//! The benchmarks, each with the shapes worth trying, the safest first.

use super::Variant;
use super::{Target, space};
use crate::adapter::Feature;
use crate::problem::{Direction, Element, MemoryOp, Overhead, Problem};

/// One benchmark of the suite.
#[derive(Debug, PartialEq, Eq)]
pub struct Benchmark {
    /// Identity in records and on the command line: a path, `matmul/f16-f32` for f16 inputs and f32 sums.
    pub id: &'static str,
    /// What it shows, in one sentence for people who do not write kernels.
    pub describe: &'static str,
    /// What is computed.
    pub kind: Kind,
    /// Device features without which it cannot run.
    pub needs: &'static [Feature],
}

/// What a benchmark computes, before a size is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A matrix product on the ordinary arithmetic units.
    Matmul {
        /// Type of A and B.
        input: Element,
        /// Type of the sums and of C.
        accumulator: Element,
    },
    /// Chains of multiply-adds in registers.
    Peak(Element),
    /// A matrix product on matrix units.
    MatrixProduct {
        /// Type of A and B.
        input: Element,
        /// Type of the sums and of C.
        accumulator: Element,
    },
    /// Chains of matrix multiply-adds in registers.
    MatrixPeak {
        /// Type of the factors.
        input: Element,
        /// Type of the sums.
        accumulator: Element,
    },
    /// A pass over device memory.
    Memory(MemoryOp),
    /// A copy in device memory by the API, without a kernel.
    CopyCommand,
    /// Reads within working sets of many sizes.
    Sweep,
    /// The time of a read, in working sets of many sizes.
    Latency,
    /// Reads of workgroup memory.
    WorkgroupMemory,
    /// Atomic additions.
    Atomic,
    /// Bytes between host and device.
    Transfer(Direction),
    /// What the API costs; of a pipeline, cold and warm.
    Overhead(Overhead),
}

impl Kind {
    /// Share of a suite's time, relative to others': kernels with more to choose from need more.
    pub fn weight(self) -> u32 {
        match self {
            // A sweep has sixty points, goes over them again and again, and decides what memory passes go over.
            Self::Sweep => 5,
            Self::Matmul { .. } | Self::MatrixProduct { .. } => 3,
            // Passes over memory make and compare large arrays.
            Self::Peak(_) | Self::MatrixPeak { .. } | Self::Memory(_) | Self::CopyCommand => 2,
            _ => 1,
        }
    }

    /// Whether the figure is one that others are held against, so that the fastest of all shapes has to be among those that are tried.
    pub fn is_ceiling(self) -> bool {
        matches!(self, Self::Peak(_) | Self::MatrixPeak { .. })
    }

    /// Type of what a product keeps in workgroup memory: bytes stay packed, halves are widened where the sums are wider.
    pub(super) fn tile_element(self) -> Element {
        match self {
            Self::Matmul { input: Element::I8, .. } => Element::I8,
            Self::Matmul { accumulator, .. } => accumulator,
            Self::MatrixProduct { input, .. } | Self::MatrixPeak { input, .. } => input,
            Self::Peak(element) => element,
            _ => Element::F32,
        }
    }

    /// Size of an element of workgroup memory in bytes: of a word where bytes are packed.
    pub(super) fn tile_element_bytes(self) -> u64 {
        let element = self.tile_element();
        element.size() * u64::from(element.per_word())
    }
}

impl Kind {
    /// Types of the factors and sums of a kernel on matrix units.
    ///
    /// # Panics
    /// For a kernel on other units: a mistake in this program.
    pub(super) fn matrix_elements(self) -> (Element, Element) {
        match self {
            Self::MatrixProduct { input, accumulator } | Self::MatrixPeak { input, accumulator } => {
                (input, accumulator)
            }
            _ => unreachable!("{self:?} has no fragments"),
        }
    }
}

/// Every benchmark, in the order of the suite.
pub static CATALOGUE: [Benchmark; 39] = [
    Benchmark {
        id: "peak/f32",
        describe: "the ceiling of single-precision arithmetic: multiply-adds in registers",
        kind: Kind::Peak(Element::F32),
        needs: &[],
    },
    Benchmark {
        id: "peak/f16",
        describe: "the ceiling of half-precision arithmetic, packed where the device packs",
        kind: Kind::Peak(Element::F16),
        needs: &[Feature::ShaderF16],
    },
    Benchmark {
        id: "peak/f64",
        describe: "the ceiling of double-precision arithmetic",
        kind: Kind::Peak(Element::F64),
        needs: &[Feature::ShaderF64],
    },
    Benchmark {
        id: "peak/i8",
        describe: "the ceiling of dot products of four bytes with 32-bit sums",
        kind: Kind::Peak(Element::I8),
        needs: &[],
    },
    Benchmark {
        id: "peak/coop/f16-f32",
        describe: "the ceiling of the matrix units: multiply-adds of fragments in registers, half-precision inputs, single-precision sums",
        kind: Kind::MatrixPeak { input: Element::F16, accumulator: Element::F32 },
        needs: &[Feature::ShaderF16, Feature::CooperativeMatrix],
    },
    Benchmark {
        id: "peak/coop/f16",
        describe: "the ceiling of the matrix units: multiply-adds of fragments in registers, half precision",
        kind: Kind::MatrixPeak { input: Element::F16, accumulator: Element::F16 },
        needs: &[Feature::ShaderF16, Feature::CooperativeMatrix],
    },
    Benchmark {
        id: "peak/coop/bf16-f32",
        describe: "the ceiling of the matrix units: multiply-adds of fragments in registers, BF16 inputs, single-precision sums",
        kind: Kind::MatrixPeak { input: Element::Bf16, accumulator: Element::F32 },
        needs: &[Feature::CooperativeMatrix, Feature::PassthroughShaders, Feature::ShaderBfloat16],
    },
    Benchmark {
        id: "peak/coop/e4m3-f32",
        describe: "the ceiling of the matrix units: multiply-adds of fragments in registers, FP8 inputs of 4 bits of exponent, single-precision sums",
        kind: Kind::MatrixPeak { input: Element::E4m3, accumulator: Element::F32 },
        needs: &[Feature::CooperativeMatrix, Feature::PassthroughShaders, Feature::ShaderFloat8],
    },
    Benchmark {
        id: "peak/coop/e5m2-f32",
        describe: "the ceiling of the matrix units: multiply-adds of fragments in registers, FP8 inputs of 5 bits of exponent, single-precision sums",
        kind: Kind::MatrixPeak { input: Element::E5m2, accumulator: Element::F32 },
        needs: &[Feature::CooperativeMatrix, Feature::PassthroughShaders, Feature::ShaderFloat8],
    },
    Benchmark {
        id: "peak/coop/f32",
        describe: "the ceiling of the matrix units: multiply-adds of fragments in registers, single precision",
        kind: Kind::MatrixPeak { input: Element::F32, accumulator: Element::F32 },
        needs: &[Feature::CooperativeMatrix],
    },
    Benchmark {
        id: "peak/coop/i8-i32",
        describe: "the ceiling of the matrix units: multiply-adds of fragments in registers, bytes with 32-bit sums",
        kind: Kind::MatrixPeak { input: Element::I8, accumulator: Element::I32 },
        needs: &[Feature::CooperativeMatrix, Feature::PassthroughShaders],
    },
    Benchmark {
        id: "matmul/f32",
        describe: "matrix product in single precision",
        kind: Kind::Matmul { input: Element::F32, accumulator: Element::F32 },
        needs: &[],
    },
    Benchmark {
        id: "matmul/f16",
        describe: "matrix product in half precision, sums in half precision",
        kind: Kind::Matmul { input: Element::F16, accumulator: Element::F16 },
        needs: &[Feature::ShaderF16],
    },
    Benchmark {
        id: "matmul/f16-f32",
        describe: "matrix product of half-precision inputs with single-precision sums",
        kind: Kind::Matmul { input: Element::F16, accumulator: Element::F32 },
        needs: &[Feature::ShaderF16],
    },
    Benchmark {
        id: "matmul/f64",
        describe: "matrix product in double precision",
        kind: Kind::Matmul { input: Element::F64, accumulator: Element::F64 },
        needs: &[Feature::ShaderF64],
    },
    Benchmark {
        id: "matmul/i8-i32",
        describe: "matrix product of bytes with 32-bit sums",
        kind: Kind::Matmul { input: Element::I8, accumulator: Element::I32 },
        needs: &[],
    },
    Benchmark {
        id: "matmul/coop/f16-f32",
        describe: "matrix product on the matrix units, half-precision inputs, single-precision sums",
        kind: Kind::MatrixProduct { input: Element::F16, accumulator: Element::F32 },
        needs: &[Feature::ShaderF16, Feature::CooperativeMatrix],
    },
    Benchmark {
        id: "matmul/coop/f16",
        describe: "matrix product on the matrix units, half precision",
        kind: Kind::MatrixProduct { input: Element::F16, accumulator: Element::F16 },
        needs: &[Feature::ShaderF16, Feature::CooperativeMatrix],
    },
    Benchmark {
        id: "matmul/coop/bf16-f32",
        describe: "matrix product on the matrix units, BF16 inputs, single-precision sums",
        kind: Kind::MatrixProduct { input: Element::Bf16, accumulator: Element::F32 },
        needs: &[Feature::CooperativeMatrix, Feature::PassthroughShaders, Feature::ShaderBfloat16],
    },
    Benchmark {
        id: "matmul/coop/e4m3-f32",
        describe: "matrix product on the matrix units, FP8 inputs of 4 bits of exponent, single-precision sums",
        kind: Kind::MatrixProduct { input: Element::E4m3, accumulator: Element::F32 },
        needs: &[Feature::CooperativeMatrix, Feature::PassthroughShaders, Feature::ShaderFloat8],
    },
    Benchmark {
        id: "matmul/coop/e5m2-f32",
        describe: "matrix product on the matrix units, FP8 inputs of 5 bits of exponent, single-precision sums",
        kind: Kind::MatrixProduct { input: Element::E5m2, accumulator: Element::F32 },
        needs: &[Feature::CooperativeMatrix, Feature::PassthroughShaders, Feature::ShaderFloat8],
    },
    Benchmark {
        id: "matmul/coop/f32",
        describe: "matrix product on the matrix units, single precision",
        kind: Kind::MatrixProduct { input: Element::F32, accumulator: Element::F32 },
        needs: &[Feature::CooperativeMatrix],
    },
    Benchmark {
        id: "matmul/coop/i8-i32",
        describe: "matrix product on the matrix units, bytes with 32-bit sums",
        kind: Kind::MatrixProduct { input: Element::I8, accumulator: Element::I32 },
        needs: &[Feature::CooperativeMatrix, Feature::PassthroughShaders],
    },
    Benchmark {
        id: "memory/sweep",
        describe: "bandwidth of reads against the size of what is read: the caches and their sizes",
        kind: Kind::Sweep,
        needs: &[],
    },
    Benchmark {
        id: "memory/read",
        describe: "how fast device memory is read",
        kind: Kind::Memory(MemoryOp::Read),
        needs: &[],
    },
    Benchmark {
        id: "memory/write",
        describe: "how fast device memory is written",
        kind: Kind::Memory(MemoryOp::Write),
        needs: &[],
    },
    Benchmark {
        id: "memory/copy",
        describe: "how fast device memory is copied, reads and writes counted",
        kind: Kind::Memory(MemoryOp::Copy),
        needs: &[],
    },
    Benchmark {
        id: "memory/scale",
        describe: "STREAM's scale a = s·b, a read and a write",
        kind: Kind::Memory(MemoryOp::Scale),
        needs: &[],
    },
    Benchmark {
        id: "memory/add",
        describe: "STREAM's add a = b + c, two reads and a write",
        kind: Kind::Memory(MemoryOp::Add),
        needs: &[],
    },
    Benchmark {
        id: "memory/triad",
        describe: "STREAM's triad a = b + s·c, two reads and one write",
        kind: Kind::Memory(MemoryOp::Triad),
        needs: &[],
    },
    Benchmark {
        id: "memory/copy-api",
        describe: "how fast device memory is copied by the API itself, reads and writes counted",
        kind: Kind::CopyCommand,
        needs: &[],
    },
    Benchmark {
        id: "memory/latency",
        describe: "how long one read takes, against the size of what is read",
        kind: Kind::Latency,
        needs: &[],
    },
    Benchmark {
        id: "memory/workgroup",
        describe: "how fast the memory of workgroups is read, and what conflicts of its banks cost",
        kind: Kind::WorkgroupMemory,
        needs: &[],
    },
    Benchmark {
        id: "memory/atomic",
        describe: "how long an atomic addition takes, with one address for all and with one for each",
        kind: Kind::Atomic,
        needs: &[],
    },
    Benchmark {
        id: "transfer/upload",
        describe: "how fast bytes go from the host to the device",
        kind: Kind::Transfer(Direction::Upload),
        needs: &[],
    },
    Benchmark {
        id: "transfer/readback",
        describe: "how fast bytes come back from the device to the host",
        kind: Kind::Transfer(Direction::Readback),
        needs: &[],
    },
    Benchmark {
        id: "overhead/dispatch",
        describe: "what one more dispatch in a pass costs",
        kind: Kind::Overhead(Overhead::Dispatch),
        needs: &[],
    },
    Benchmark {
        id: "overhead/round-trip",
        describe: "from a submission to the knowledge that it is done",
        kind: Kind::Overhead(Overhead::RoundTrip),
        needs: &[],
    },
    Benchmark {
        id: "overhead/pipeline",
        describe: "from a kernel's text to its first answer, for a text that is new and for one that was seen before",
        kind: Kind::Overhead(Overhead::PipelineCold),
        needs: &[],
    },
];

impl Benchmark {
    /// The benchmark of that id.
    pub fn by_id(id: &str) -> Option<&'static Self> {
        CATALOGUE.iter().find(|benchmark| benchmark.id == id)
    }

    /// The variants to begin with on a device, the first one the one to take unseen.
    pub fn seeds(&'static self, target: &Target) -> Vec<Variant> {
        space::seeds(self.kind, target).into_iter().map(|shape| Variant { benchmark: self, shape }).collect()
    }

    /// Every variant on a device.
    pub fn variants(&'static self, target: &Target) -> Vec<Variant> {
        space::all(self.kind, target).into_iter().map(|shape| Variant { benchmark: self, shape }).collect()
    }

    /// The product of the given dimensions; `None` where the benchmark is not a product.
    pub fn product(&self, m: u32, n: u32, k: u32) -> Option<Problem> {
        match self.kind {
            Kind::Matmul { input, accumulator } => {
                Some(Problem::Matmul { m, n, k, input, accumulator, transposed_too: false })
            }
            Kind::MatrixProduct { input, accumulator } => {
                Some(Problem::Matmul { m, n, k, input, accumulator, transposed_too: true })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique() {
        for (i, one) in CATALOGUE.iter().enumerate() {
            assert!(CATALOGUE[i + 1..].iter().all(|other| other.id != one.id), "{} is there twice", one.id);
        }
    }

    #[test]
    fn no_seed_is_tried_twice() {
        for lanes in [4, 8, 16, 32, 64, 128] {
            let target = Target { lanes: Some(lanes), subgroup_sizes: vec![lanes], ..Target::common() };
            for benchmark in &CATALOGUE {
                for variants in [benchmark.seeds(&target), benchmark.variants(&target)] {
                    let names: Vec<String> = variants.iter().map(Variant::name).collect();
                    let distinct: std::collections::HashSet<&String> = names.iter().collect();
                    assert_eq!(distinct.len(), names.len(), "{} with {lanes} lanes: {names:?}", benchmark.id);
                }
            }
        }
    }
}
