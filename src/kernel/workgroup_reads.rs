//! Reads of workgroup memory.

use std::fmt;

use super::Launch;
use super::shape::{Kernel, Shape};
use crate::benchmark::Kind;
use crate::problem::{WORKGROUP_INVOCATIONS, WORKGROUP_STEP, WORKGROUP_WORDS, WorkgroupMemory};

/// How workgroup memory is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WorkgroupReads {
    /// Words in one read, 1 or 4.
    pub width: u32,
    /// Reads that each invocation has in flight.
    pub loads: u32,
}

/// What the reads of an invocation have to be a multiple of.
pub const WORKGROUP_LOADS: u32 = 8;

pub(super) fn shapes() -> Vec<Shape> {
    [4, 1].map(|width| Shape::WorkgroupReads(WorkgroupReads { width, loads: WORKGROUP_LOADS })).to_vec()
}

impl WorkgroupReads {
    /// `None` where the kernel's reads have another width.
    pub(super) fn launch(self, memory: &WorkgroupMemory) -> Option<Launch> {
        let WorkgroupMemory { width, stride, workgroups, reads } = *memory;
        (width == self.width).then(|| Launch::new(memory, [workgroups, 1], [reads, stride, workgroups, 0]))
    }
}

impl Kernel for WorkgroupReads {
    fn shader(&self, _: Kind) -> Option<&'static str> {
        Some("memory/workgroup.wgsl")
    }

    fn invocations(&self) -> u32 {
        WORKGROUP_INVOCATIONS
    }

    fn unrolled(&self) -> u32 {
        self.loads
    }

    fn registers(&self, _: Kind) -> u64 {
        u64::from(2 * self.loads * self.width)
    }

    fn workgroup_memory_bytes(&self, _: Kind) -> u64 {
        u64::from(WORKGROUP_WORDS) * 4
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        vec![
            ("WORKGROUP", WORKGROUP_INVOCATIONS),
            ("LOADS", self.loads),
            ("SIZE", WORKGROUP_WORDS / self.width),
            ("STEP", WORKGROUP_STEP),
        ]
    }
}

impl fmt::Display for WorkgroupReads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.width == 1 { "u32" } else { "vec4" };
        write!(f, "{name}/loads{}", self.loads)
    }
}
