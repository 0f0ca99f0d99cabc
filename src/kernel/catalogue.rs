//! The benchmarks, each with the shapes worth trying, the safest first.

use super::Variant;
use super::shape::{Shape, Stream, Tile};
use crate::adapter::Feature;
use crate::problem::{Element, MemoryOp, Problem};

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
    /// A pass over device memory.
    Memory(MemoryOp),
}

/// Every benchmark, in the order of the suite.
pub static CATALOGUE: [Benchmark; 6] = [
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
        id: "memory/read",
        describe: "how fast device memory is read",
        kind: Kind::Memory(MemoryOp::Read),
        needs: &[],
    },
    Benchmark {
        id: "memory/copy",
        describe: "how fast device memory is copied, reads and writes counted",
        kind: Kind::Memory(MemoryOp::Copy),
        needs: &[],
    },
    Benchmark {
        id: "memory/triad",
        describe: "STREAM's triad a = b + s·c, two reads and one write",
        kind: Kind::Memory(MemoryOp::Triad),
        needs: &[],
    },
];

const fn tile(bm: u32, bn: u32, bk: u32, tm: u32, tn: u32) -> Shape {
    Shape::Tile(Tile { bm, bn, bk, tm, tn })
}

const fn stream(workgroup: u32, loads: u32) -> Shape {
    Shape::Stream(Stream { workgroup, loads })
}

/// Tiles from the literature: ggml's portable default, `SGEMM_CUDA`'s register tiles, and smaller ones for small devices.
const TILES: [Shape; 5] = [
    tile(64, 64, 16, 8, 8),
    tile(128, 128, 16, 8, 8),
    tile(64, 64, 16, 4, 4),
    tile(32, 32, 8, 4, 4),
    tile(128, 128, 8, 16, 8),
];

/// One pass, 16-byte loads: 4 in flight hide latency on most cards, 8 and 16 on the largest.
const STREAMS: [Shape; 5] = [stream(256, 4), stream(256, 1), stream(256, 8), stream(1024, 4), stream(256, 16)];

impl Benchmark {
    /// The benchmark of that id.
    pub fn by_id(id: &str) -> Option<&'static Self> {
        CATALOGUE.iter().find(|benchmark| benchmark.id == id)
    }

    /// The shapes to choose from, the first one the one to take unseen.
    pub fn variants(&'static self) -> Vec<Variant> {
        let shapes = match self.kind {
            Kind::Matmul { .. } => &TILES[..],
            Kind::Memory(_) => &STREAMS[..],
        };
        shapes.iter().map(|&shape| Variant { benchmark: self, shape }).collect()
    }

    /// File below `shaders/` that holds the body.
    pub fn shader(&self) -> &'static str {
        match self.kind {
            Kind::Matmul { .. } => "matmul/tiled.wgsl",
            Kind::Memory(MemoryOp::Read) => "memory/read.wgsl",
            Kind::Memory(MemoryOp::Copy) => "memory/copy.wgsl",
            Kind::Memory(MemoryOp::Triad) => "memory/triad.wgsl",
        }
    }

    /// The product of the given dimensions; `None` where the benchmark is not a product.
    pub fn product(&self, m: u32, n: u32, k: u32) -> Option<Problem> {
        match self.kind {
            Kind::Matmul { input, accumulator } => Some(Problem::Matmul { m, n, k, input, accumulator }),
            Kind::Memory(_) => None,
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
    fn every_tile_divides_evenly_among_its_invocations() {
        for shape in TILES {
            let Shape::Tile(tile) = shape else { unreachable!("TILES holds tiles") };
            let vectors = [tile.bm * tile.bk / 4, tile.bk * tile.bn / 4];
            assert!(
                vectors.iter().all(|count| count % shape.invocations() == 0),
                "{shape}: a load per invocation must be whole"
            );
            assert!(tile.bm % tile.tm == 0 && tile.bn % tile.tn == 0 && tile.tn % 4 == 0, "{shape}: tiles nest");
        }
    }
}
