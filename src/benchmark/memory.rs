//! Memory: its levels, passes over device memory, latency, workgroup memory, atomics.

use super::{Benchmark, Kind, Measures};
use crate::problem::MemoryOp;

/// A pass over device memory; [`MemoryOp`] has the rest.
const fn pass(operation: MemoryOp) -> Benchmark {
    let pass = operation.pass();
    Benchmark {
        id: pass.id,
        describe: pass.describe,
        kind: Kind::Memory(operation),
        needs: &[],
        measures: Measures::DeviceMemory { published: pass.published, ceiling_on_cards: pass.ceiling_on_cards },
        bounds: &[],
    }
}

const fn passes() -> [Benchmark; MemoryOp::ALL.len()] {
    let mut passes = [SWEEP; MemoryOp::ALL.len()];
    let mut at = 0;
    while at < passes.len() {
        passes[at] = pass(MemoryOp::ALL[at]);
        at += 1;
    }
    passes
}

pub(super) const SWEEP: Benchmark = Benchmark {
    id: "memory/sweep",
    describe: "read bandwidth against working-set size: the caches and their capacities",
    kind: Kind::Sweep,
    needs: &[],
    measures: Measures::Caches,
    bounds: &[],
};

pub(super) const PASSES: [Benchmark; MemoryOp::ALL.len()] = passes();

pub(super) const OTHERS: [Benchmark; 4] = [
    Benchmark {
        id: "memory/copy-api",
        describe: "copy bandwidth of device memory by the API, reads and writes counted",
        kind: Kind::CopyCommand,
        needs: &[],
        measures: Measures::DeviceMemory { published: None, ceiling_on_cards: None },
        bounds: &[],
    },
    Benchmark {
        id: "memory/latency",
        describe: "latency of one read against working-set size, by a pointer chase",
        kind: Kind::Latency,
        needs: &[],
        measures: Measures::Caches,
        bounds: &[],
    },
    Benchmark {
        id: "memory/workgroup",
        describe: "read bandwidth of workgroup memory, and the cost of bank conflicts",
        kind: Kind::WorkgroupMemory,
        needs: &[],
        measures: Measures::WorkgroupMemory,
        bounds: &[],
    },
    Benchmark {
        id: "memory/atomic",
        describe: "time of an atomic addition, with one address for all invocations and with one for each",
        kind: Kind::Atomic,
        needs: &[],
        measures: Measures::Time,
        bounds: &[],
    },
];
