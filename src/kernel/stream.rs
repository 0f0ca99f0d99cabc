//! Passes over device memory.

use std::fmt;

use super::Launch;
use super::shape::{Kernel, Shape, registers_for};
use crate::benchmark::Kind;
use crate::problem::{MemoryPass, READ_GROUP, TRIAD_SCALE};

/// How a pass goes over memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stream {
    /// Invocations in a workgroup.
    pub workgroup: u32,
    /// 16-byte loads that each invocation has in flight (per input array).
    pub loads: u32,
    /// Whether the loads of an invocation lie a grid apart, else a workgroup.
    pub strided: bool,
    /// Workgroups that stay and take block after block; with 0 every block has its own.
    pub resident: u32,
}

const fn stream(workgroup: u32, loads: u32, strided: bool, resident: u32) -> Stream {
    Stream { workgroup, loads, strided, resident }
}

/// Four loads in flight hide latency on most cards, 8 and 16 on the largest; some memory controllers like a grid's stride better, or workgroups
/// that stay.
const SEEDS: [Stream; 9] = [
    stream(256, 4, false, 0),
    stream(1024, 4, false, 0),
    stream(256, 1, false, 0),
    stream(256, 8, false, 0),
    stream(1024, 8, false, 0),
    stream(256, 4, true, 0),
    stream(512, 4, false, 1024),
    stream(256, 16, false, 0),
    stream(256, 4, true, 4096),
];

pub(super) fn seeds() -> impl Iterator<Item = Shape> {
    SEEDS.into_iter().map(Shape::Stream)
}

/// Workgroups from 64 to 1024 invocations, 1 to 16 loads, lying together or apart, in one pass or on a grid that stays.
pub(super) fn space() -> impl Iterator<Item = Shape> {
    let sizes = [64, 128, 256, 512, 1024].into_iter().flat_map(|size| [1, 2, 4, 8, 16].map(|loads| (size, loads)));
    let ways = [false, true].into_iter().flat_map(|strided| [0, 256, 1024, 4096].map(|resident| (strided, resident)));
    let ways: Vec<(bool, u32)> = ways.collect();
    sizes.flat_map(move |(size, loads)| {
        let one = |&(strided, resident): &(bool, u32)| Shape::Stream(stream(size, loads, strided, resident));
        ways.iter().map(one).collect::<Vec<_>>()
    })
}

impl Stream {
    /// `None` where 32 bits do not count the blocks or vectors of the pass.
    pub(super) fn launch(self, pass: &MemoryPass, part: u32) -> Option<Launch> {
        let blocks = self.blocks(pass)?;
        let workgroups = if self.resident > 0 { self.resident.min(blocks) } else { blocks };
        let first = u32::try_from(pass.part_elements() * u64::from(part) / 4).ok()?;
        Some(Launch::new(pass, [workgroups, 1], [blocks, first, TRIAD_SCALE.to_bits(), 0]))
    }

    /// Blocks of one buffer.
    fn blocks(self, pass: &MemoryPass) -> Option<u32> {
        let per_invocation = if pass.operation.sums() { READ_GROUP } else { u64::from(self.loads) * 4 };
        let block = u64::from(self.workgroup) * per_invocation;
        u32::try_from(pass.part_elements() / block).ok()
    }
}

impl Kernel for Stream {
    fn shader(&self, kind: Kind) -> Option<&'static str> {
        Some(if matches!(kind, Kind::Memory(operation) if operation.sums()) {
            "memory/read.wgsl"
        } else {
            "memory/stream.wgsl"
        })
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
        vec![
            ("WORKGROUP", self.workgroup),
            ("LOADS", self.loads),
            ("STRIDED", u32::from(self.strided)),
            ("RESIDENT", self.resident),
        ]
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wg{}/loads{}", self.workgroup, self.loads)?;
        f.write_str(if self.strided { "/strided" } else { "" })?;
        if self.resident > 0 { write!(f, "/x{}", self.resident) } else { Ok(()) }
    }
}
