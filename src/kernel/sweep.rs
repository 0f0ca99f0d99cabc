//! Reads within a working set.

use std::fmt;

use super::shape::{Form, Shape};
use crate::benchmark::Kind;
use crate::problem::{LINE, Problem, SWEEP_BLOCK, SWEEP_LANES};

/// How a block of the working set is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sweep {
    /// Invocations in a workgroup.
    pub workgroup: u32,
    /// Reads that each invocation has in flight.
    pub loads: u32,
    /// Words in one read.
    pub width: u32,
    /// Whether only one word of each line is read: a processor that makes vectors of invocations is else busy with the reading.
    pub lines: bool,
}

/// A block is 64 × 4 vectors, or a word of each of 16 × 4 lines.
const SHAPES: [Sweep; 2] = [
    Sweep { workgroup: 64, loads: 4, width: 4, lines: false },
    Sweep { workgroup: 16, loads: 4, width: 1, lines: true },
];

pub(super) fn shapes() -> Vec<Shape> {
    SHAPES.map(Shape::Sweep).to_vec()
}

impl Form for Sweep {
    fn shader(&self, _: Kind) -> Option<&'static str> {
        Some("memory/sweep.wgsl")
    }

    fn invocations(&self) -> u32 {
        self.workgroup
    }

    fn unrolled(&self) -> u32 {
        self.loads
    }

    fn registers(&self, _: Kind) -> u64 {
        u64::from(2 * self.loads * self.width)
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        let bytes = u32::try_from(SWEEP_BLOCK).unwrap_or(0) / (self.workgroup * self.loads);
        vec![
            ("WORKGROUP", self.workgroup),
            ("LOADS", self.loads),
            ("SPACING", bytes / (4 * self.width)),
            ("SUMS", SWEEP_LANES),
        ]
    }

    fn suits(&self, problem: &Problem) -> bool {
        matches!(*problem, Problem::Sweep { lines, .. } if lines == self.lines)
    }

    fn workgroups(&self, problem: &Problem) -> [u32; 2] {
        let Problem::Sweep { workgroups, .. } = *problem else { unreachable!("a sweep, not {problem:?}") };
        [workgroups, 1]
    }

    fn params(&self, problem: &Problem, _part: u32) -> [u32; 4] {
        let Problem::Sweep { bytes, workgroups, blocks, .. } = *problem else {
            unreachable!("a sweep, not {problem:?}")
        };
        let held = bytes / u64::from(problem.parts()) / SWEEP_BLOCK;
        [u32::try_from(held).unwrap_or(u32::MAX), blocks, workgroups, 0]
    }
}

impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.lines { format!("word-of-{LINE}") } else { "whole".to_owned() };
        write!(f, "wg{}/loads{}/{what}", self.workgroup, self.loads)
    }
}
