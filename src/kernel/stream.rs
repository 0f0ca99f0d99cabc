//! Passes over device memory.

use std::fmt;

use super::shape::{Form, Shape, registers_for};
use super::{Kind, TRIAD_SCALE};
use crate::problem::{MemoryOp, Problem, READ_GROUP};

/// How a pass walks over memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stream {
    /// Invocations in a workgroup.
    pub workgroup: u32,
    /// 16-byte loads that each invocation has in flight (per input array).
    pub loads: u32,
}

const fn stream(workgroup: u32, loads: u32) -> Stream {
    Stream { workgroup, loads }
}

/// One pass, 16-byte loads: 4 in flight hide latency on most cards, 8 and 16 on the largest.
const SEEDS: [Stream; 5] = [stream(256, 4), stream(256, 1), stream(256, 8), stream(1024, 4), stream(256, 16)];

pub(super) fn seeds() -> impl Iterator<Item = Shape> {
    SEEDS.into_iter().map(Shape::Stream)
}

/// Workgroups from 64 to 1024 invocations, 1 to 16 loads.
pub(super) fn space() -> impl Iterator<Item = Shape> {
    let all = [64, 128, 256, 512, 1024].into_iter().flat_map(|size| [1, 2, 4, 8, 16].map(|loads| stream(size, loads)));
    all.map(Shape::Stream)
}

impl Form for Stream {
    fn shader(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Memory(MemoryOp::Copy) => "memory/copy.wgsl",
            Kind::Memory(MemoryOp::Triad) => "memory/triad.wgsl",
            _ => "memory/read.wgsl",
        }
    }

    fn invocations(&self) -> u32 {
        self.workgroup
    }

    fn unrolled(&self) -> u32 {
        self.loads
    }

    fn registers(&self, kind: Kind) -> u64 {
        registers_for(8 * self.loads, kind)
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        vec![("WORKGROUP", self.workgroup), ("LOADS", self.loads)]
    }

    fn workgroups(&self, problem: &Problem) -> [u32; 2] {
        let Problem::Memory { operation, elements } = *problem else {
            unreachable!("a pass has arrays, not {problem:?}")
        };
        let per_invocation = match operation {
            MemoryOp::Read => READ_GROUP,
            MemoryOp::Copy | MemoryOp::Triad => u64::from(self.loads) * 4,
        };
        [u32::try_from(elements / (u64::from(self.workgroup) * per_invocation)).unwrap_or(u32::MAX), 1]
    }

    fn params(&self, problem: &Problem) -> [u32; 4] {
        [self.workgroups(problem)[0], TRIAD_SCALE.to_bits(), 0, 0]
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wg{}/loads{}", self.workgroup, self.loads)
    }
}
