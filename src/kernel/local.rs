//! Reads of workgroup memory.

use std::fmt;

use super::shape::{Form, Shape};
use crate::benchmark::Kind;
use crate::problem::{LOCAL_LANES, LOCAL_STEP, LOCAL_WORDS, Problem};

/// How workgroup memory is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Local {
    /// Words in one read, 1 or 4.
    pub width: u32,
    /// Reads that each invocation has in flight.
    pub loads: u32,
}

/// What the reads of an invocation have to be a multiple of.
pub const LOCAL_LOADS: u32 = 8;

pub(super) fn shapes() -> Vec<Shape> {
    [4, 1].map(|width| Shape::Local(Local { width, loads: LOCAL_LOADS })).to_vec()
}

impl Form for Local {
    fn shader(&self, _: Kind) -> Option<&'static str> {
        Some("memory/workgroup.wgsl")
    }

    fn invocations(&self) -> u32 {
        LOCAL_LANES
    }

    fn unrolled(&self) -> u32 {
        self.loads
    }

    fn registers(&self, _: Kind) -> u64 {
        u64::from(2 * self.loads * self.width)
    }

    fn workgroup_memory_bytes(&self, _: Kind) -> u64 {
        u64::from(LOCAL_WORDS) * 4
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        vec![
            ("WORKGROUP", LOCAL_LANES),
            ("LOADS", self.loads),
            ("SIZE", LOCAL_WORDS / self.width),
            ("STEP", LOCAL_STEP),
        ]
    }

    fn suits(&self, problem: &Problem) -> bool {
        matches!(*problem, Problem::WorkgroupMemory { width, .. } if width == self.width)
    }

    fn workgroups(&self, problem: &Problem) -> [u32; 2] {
        let Problem::WorkgroupMemory { workgroups, .. } = *problem else {
            unreachable!("workgroup memory, not {problem:?}")
        };
        [workgroups, 1]
    }

    fn params(&self, problem: &Problem, _part: u32) -> [u32; 4] {
        let Problem::WorkgroupMemory { stride, workgroups, reads, .. } = *problem else {
            unreachable!("workgroup memory, not {problem:?}")
        };
        [reads, stride, workgroups, 0]
    }
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.width == 1 { "u32" } else { "vec4" };
        write!(f, "{name}/loads{}", self.loads)
    }
}
