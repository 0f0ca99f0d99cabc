//! The shapes a kernel can take: what the tuner chooses between.

use std::fmt;

use super::Kind;
use crate::problem::{MemoryOp, READ_GROUP};

/// The shape of one variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Of a matrix product that is tiled in workgroup memory.
    Tile(Tile),
    /// Of a pass over memory.
    Stream(Stream),
}

/// Tiles of C = A·B, in elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tile {
    /// Rows of C per workgroup.
    pub bm: u32,
    /// Columns of C per workgroup.
    pub bn: u32,
    /// Step along K.
    pub bk: u32,
    /// Rows of C per invocation.
    pub tm: u32,
    /// Columns of C per invocation.
    pub tn: u32,
}

/// How a pass walks over memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stream {
    /// Invocations in a workgroup.
    pub workgroup: u32,
    /// 16-byte loads that each invocation has in flight (per input array).
    pub loads: u32,
}

impl Stream {
    /// 32-bit elements that one workgroup handles.
    pub fn elements_per_workgroup(self, operation: MemoryOp) -> u64 {
        let per_invocation = match operation {
            MemoryOp::Read => READ_GROUP,
            MemoryOp::Copy | MemoryOp::Triad => u64::from(self.loads) * 4,
        };
        u64::from(self.workgroup) * per_invocation
    }
}

impl Shape {
    /// Invocations in a workgroup.
    pub fn invocations(self) -> u32 {
        match self {
            Self::Tile(tile) => (tile.bm / tile.tm) * (tile.bn / tile.tn),
            Self::Stream(stream) => stream.workgroup,
        }
    }

    /// How much code the shape unrolls into, in vector operations: what its compilation costs.
    pub fn unrolled(self) -> u32 {
        match self {
            Self::Tile(Tile { bk, tm, tn, .. }) => bk * tm * tn / 4,
            Self::Stream(Stream { loads, .. }) => loads,
        }
    }

    /// Workgroup memory in bytes, for a benchmark of `kind`.
    pub fn workgroup_memory_bytes(self, kind: Kind) -> u64 {
        match (self, kind) {
            (Self::Tile(tile), Kind::Matmul { accumulator, .. }) => {
                u64::from((tile.bm + tile.bn) * tile.bk) * accumulator.size()
            }
            _ => 0,
        }
    }

    /// The constants that the WGSL body expects, by name.
    pub(super) fn constants(self) -> Vec<(&'static str, u32)> {
        match self {
            Self::Tile(Tile { bm, bn, bk, tm, tn }) => vec![("BM", bm), ("BN", bn), ("BK", bk), ("TM", tm), ("TN", tn)],
            Self::Stream(Stream { workgroup, loads }) => vec![("WORKGROUP", workgroup), ("LOADS", loads)],
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tile(Tile { bm, bn, bk, tm, tn }) => write!(f, "{bm}x{bn}x{bk}/{tm}x{tn}"),
            Self::Stream(Stream { workgroup, loads }) => write!(f, "wg{workgroup}/loads{loads}"),
        }
    }
}
