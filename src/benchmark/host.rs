//! What happens between host and device: transfers, and what the API costs.

use super::{Benchmark, Kind, Measures};
use crate::problem::{Direction, Overhead};

pub(super) const HOST: [Benchmark; 5] = [
    Benchmark {
        id: "transfer/upload",
        describe: "how fast bytes go from the host to the device",
        kind: Kind::Transfer(Direction::Upload),
        needs: &[],
        measures: Measures::HostLink,
        bounds: &[],
    },
    Benchmark {
        id: "transfer/readback",
        describe: "how fast bytes come back from the device to the host",
        kind: Kind::Transfer(Direction::Readback),
        needs: &[],
        measures: Measures::HostLink,
        bounds: &[],
    },
    Benchmark {
        id: "overhead/dispatch",
        describe: "what one more dispatch in a pass costs",
        kind: Kind::Overhead(Overhead::Dispatch),
        needs: &[],
        measures: Measures::Time,
        bounds: &[],
    },
    Benchmark {
        id: "overhead/round-trip",
        describe: "from a submission to the knowledge that it is done",
        kind: Kind::Overhead(Overhead::RoundTrip),
        needs: &[],
        measures: Measures::Time,
        bounds: &[],
    },
    Benchmark {
        id: "overhead/pipeline",
        describe: "from a kernel's text to its first answer, for a text that is new and for one that was seen before",
        kind: Kind::Overhead(Overhead::PipelineCold),
        needs: &[],
        measures: Measures::Time,
        bounds: &[],
    },
];
