//! What happens between host and device: transfers, and what the API costs.

use super::{Benchmark, Kind, Measures};
use crate::problem::{Direction, OverheadKind};

pub(super) const HOST: [Benchmark; 5] = [
    Benchmark {
        id: "transfer/upload",
        describe: "bandwidth from host to device",
        kind: Kind::Transfer(Direction::Upload),
        needs: &[],
        measures: Measures::HostLink,
        bounds: &[],
    },
    Benchmark {
        id: "transfer/readback",
        describe: "bandwidth from device to host",
        kind: Kind::Transfer(Direction::Readback),
        needs: &[],
        measures: Measures::HostLink,
        bounds: &[],
    },
    Benchmark {
        id: "overhead/dispatch",
        describe: "cost of one more dispatch in a compute pass",
        kind: Kind::Overhead(OverheadKind::Dispatch),
        needs: &[],
        measures: Measures::Time,
        bounds: &[],
    },
    Benchmark {
        id: "overhead/round-trip",
        describe: "time from submitting one dispatch to knowing that it has finished",
        kind: Kind::Overhead(OverheadKind::RoundTrip),
        needs: &[],
        measures: Measures::Time,
        bounds: &[],
    },
    Benchmark {
        id: "overhead/pipeline",
        describe: "time from WGSL source to the first answer, for a new kernel (cold) and for one compiled before (warm)",
        kind: Kind::Overhead(OverheadKind::PipelineCold),
        needs: &[],
        measures: Measures::Time,
        bounds: &[],
    },
];
