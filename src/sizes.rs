//! Which problem sizes a benchmark may take on a device, from the smallest to the largest that the limits hold.

use crate::adapter::Adapter;
use crate::kernel::{Benchmark, Fragment, Kind};
use crate::plan::Plan;
use crate::problem::Problem;

/// Sizes to grow through.
#[derive(Debug)]
pub struct Sizes {
    /// Ascending, never empty.
    pub problems: Vec<Problem>,
    /// What kept larger ones out, in words; `None` where the largest of all is there.
    pub limited_by: Option<String>,
}

/// What the edge of a square product has to be a multiple of, for every type and kernel: the longest fragment of a matrix unit.
pub const EDGE_STEP: u32 = 32;

/// Edges of square products: beyond 8192 no card gets faster.
const EDGES: [u32; 6] = [256, 512, 1024, 2048, 4096, 8192];

/// Array lengths of memory passes in 32-bit elements, from 4 MiB to 512 MiB: far above every cache.
const LENGTHS: [u64; 8] = [1 << 20, 1 << 21, 1 << 22, 1 << 23, 1 << 24, 1 << 25, 1 << 26, 1 << 27];

/// The largest length on a software renderer, 64 MiB: larger ones only take time, a processor's caches being smaller.
const SOFTWARE_LENGTH: u64 = 1 << 24;

/// Chains of a peak, and their length: first more of them, up to eight for every invocation that the largest GPU keeps in flight, then
/// longer ones, so that reading and writing the values does not count.
const PEAKS: [(u32, u32); 9] = [
    (1 << 15, 1 << 8),
    (1 << 17, 1 << 8),
    (1 << 20, 1 << 8),
    (1 << 22, 1 << 8),
    (1 << 22, 1 << 10),
    (1 << 22, 1 << 12),
    (1 << 22, 1 << 14),
    (1 << 22, 1 << 16),
    (1 << 22, 1 << 18),
];

/// The same for a processor, whose cores are few.
const SOFTWARE_PEAKS: [(u32, u32); 5] =
    [(1 << 15, 1 << 8), (1 << 15, 1 << 10), (1 << 15, 1 << 12), (1 << 15, 1 << 14), (1 << 15, 1 << 16)];

/// Chains of fragments and their length, which half precision can count exactly. The largest fill 256 MiB.
const FRAGMENTS: [(u32, u32); 7] = [
    (1 << 10, 1 << 8),
    (1 << 12, 1 << 8),
    (1 << 14, 1 << 8),
    (1 << 14, 1 << 11),
    (1 << 16, 1 << 11),
    (1 << 17, 1 << 11),
    (1 << 18, 1 << 11),
];

/// The same for a processor.
const SOFTWARE_FRAGMENTS: [(u32, u32); 4] = [(1 << 7, 1 << 8), (1 << 8, 1 << 9), (1 << 9, 1 << 10), (1 << 10, 1 << 11)];

/// The sizes of `benchmark` that fit the limits of `adapter`.
pub fn ascending(benchmark: &Benchmark, adapter: &Adapter, plan: &Plan) -> Sizes {
    let all: Vec<Problem> = match benchmark.kind {
        Kind::Matmul { .. } | Kind::MatrixProduct { .. } => {
            let edges = plan.edge.as_ref().map_or(&EDGES[..], std::slice::from_ref);
            edges.iter().filter_map(|&edge| benchmark.product(edge, edge, edge)).collect()
        }
        Kind::Peak(element) => {
            let peaks = if adapter.software { &SOFTWARE_PEAKS[..] } else { &PEAKS };
            peaks.iter().map(|&(lanes, steps)| Problem::Peak { element, lanes, steps }).collect()
        }
        Kind::MatrixPeak { input, accumulator } => {
            let Fragment { m, n, k, .. } = Fragment::of(&adapter.cooperative_matrix, benchmark.kind);
            let peaks = if adapter.software { &SOFTWARE_FRAGMENTS[..] } else { &FRAGMENTS };
            let problem = |&(fragments, steps): &(u32, u32)| Problem::MatrixPeak {
                input,
                accumulator,
                m,
                n,
                k,
                fragments,
                steps,
            };
            peaks.iter().map(problem).collect()
        }
        Kind::Memory(operation) => {
            let longest = if adapter.software { SOFTWARE_LENGTH } else { u64::MAX };
            let lengths = LENGTHS.into_iter().filter(|&elements| elements <= longest);
            lengths.map(|elements| Problem::Memory { operation, elements }).collect()
        }
    };
    let limit = adapter.limits.array_bytes();
    let fits = |problem: &Problem| largest_array(problem) <= limit;
    let count = all.iter().filter(|problem| fits(problem)).count().max(1);
    let limited_by = all.get(count).map(|first_out| {
        format!("{first_out} exceeds the device's limit of {limit} bytes for one array; {} was taken", all[count - 1])
    });
    Sizes { problems: all[..count].to_vec(), limited_by }
}

/// How many times longer the larger of two problems takes, from its operations or bytes.
pub fn growth(smaller: &Problem, larger: &Problem) -> f64 {
    let cost = |problem: &Problem| problem.work().ops.map_or(problem.work().bytes.get(), crate::units::Ops::get);
    cost(larger) / cost(smaller)
}

fn largest_array(problem: &Problem) -> u64 {
    // The guard behind the output is bound with it.
    let output = problem.output_bytes() + crate::check::GUARD_BYTES;
    problem.input_bytes().into_iter().fold(output, u64::max)
}
