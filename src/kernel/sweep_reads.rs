//! Reads within a working set.

use std::fmt;

use super::Launch;
use super::shape::{Kernel, Shape};
use crate::benchmark::Kind;
use crate::problem::{LINE, SWEEP_BLOCK, SWEEP_SUMS, Sweep};

/// How a block of the working set is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SweepReads {
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
const SHAPES: [SweepReads; 2] = [
    SweepReads { workgroup: 64, loads: 4, width: 4, lines: false },
    SweepReads { workgroup: 16, loads: 4, width: 1, lines: true },
];

pub(super) fn shapes() -> Vec<Shape> {
    SHAPES.map(Shape::SweepReads).to_vec()
}

impl SweepReads {
    /// `None` where the kernel reads lines and the sweep does not, or the other way round, and where 32 bits do not count the blocks.
    pub(super) fn launch(self, sweep: &Sweep) -> Option<Launch> {
        let held = u32::try_from(sweep.part_blocks()).ok()?;
        let params = [held, sweep.blocks, sweep.workgroups, 0];
        (sweep.lines == self.lines).then(|| Launch::new(sweep, [sweep.workgroups, 1], params))
    }
}

impl Kernel for SweepReads {
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
        let bytes = SWEEP_BLOCK / (self.workgroup * self.loads);
        vec![
            ("WORKGROUP", self.workgroup),
            ("LOADS", self.loads),
            ("SPACING", bytes / (4 * self.width)),
            ("SUMS", SWEEP_SUMS),
        ]
    }
}

impl fmt::Display for SweepReads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.lines { format!("word-of-{LINE}") } else { "whole".to_owned() };
        write!(f, "wg{}/loads{}/{what}", self.workgroup, self.loads)
    }
}
