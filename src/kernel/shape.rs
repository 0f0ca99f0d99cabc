//! The shapes a kernel can take: what the tuner chooses between.

use std::fmt;

use super::Kind;
use crate::problem::{MemoryOp, READ_GROUP};

/// The shape of one variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Of a matrix product that is tiled in workgroup memory.
    Tile(Tile),
    /// Of a matrix product that reads its operands from the buffers.
    Direct(Direct),
    /// Of a matrix product whose operands go around in a subgroup.
    Broadcast(Broadcast),
    /// Of chains of multiply-adds.
    Chains(Chains),
    /// Of a pass over memory.
    Stream(Stream),
}

/// The widest access of an invocation to workgroup memory on every GPU, and the padding of its rows.
pub(super) const WIDE_BYTES: u64 = 16;

/// Tiles of C = A·B, in elements of C and words along K.
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

/// How a product without workgroup memory is divided; `rows` of 1 let a subgroup share its rows of A.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Direct {
    /// Invocations of a workgroup along the rows of C.
    pub rows: u32,
    /// Invocations of a workgroup along the columns of C.
    pub columns: u32,
    /// Rows of C per invocation.
    pub tm: u32,
    /// Columns of C per invocation.
    pub tn: u32,
    /// Step along K, in words.
    pub bk: u32,
}

/// How a product is divided over the invocations of a subgroup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Broadcast {
    /// Invocations of a subgroup, and of the workgroup.
    pub lanes: u32,
    /// Rows of C per workgroup.
    pub tm: u32,
    /// Columns of C per invocation.
    pub tn: u32,
}

/// How many chains an invocation carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chains {
    /// Scalars in a value: 1, 2 or 4.
    pub width: u32,
    /// Independent values.
    pub chains: u32,
    /// Steps in the body of the loop.
    pub unroll: u32,
    /// Invocations in a workgroup.
    pub workgroup: u32,
}

/// Steps of every chain are a multiple of this, so that every unrolling divides them.
pub const LONGEST_UNROLL: u32 = 64;

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

impl Tile {
    /// Whether tiles nest, and loads divide evenly among the invocations.
    pub fn is_whole(self) -> bool {
        let Self { bm, bn, bk, tm, tn } = self;
        let multiples = bm % tm == 0 && bn % tn == 0 && tn % 4 == 0 && tm % 4 == 0 && bk % 4 == 0;
        let invocations = (bm / tm) * (bn / tn);
        multiples && invocations > 0 && (bm * bk / 4) % invocations == 0 && (bk * bn / 4) % invocations == 0
    }
}

impl Shape {
    /// Invocations in a workgroup.
    pub fn invocations(self) -> u32 {
        match self {
            Self::Tile(tile) => (tile.bm / tile.tm) * (tile.bn / tile.tn),
            Self::Direct(direct) => direct.rows * direct.columns,
            Self::Broadcast(broadcast) => broadcast.lanes,
            Self::Chains(chains) => chains.workgroup,
            Self::Stream(stream) => stream.workgroup,
        }
    }

    /// Rows and columns of C that a workgroup computes; `None` for what is no product.
    pub fn block(self) -> Option<[u32; 2]> {
        match self {
            Self::Tile(tile) => Some([tile.bm, tile.bn]),
            Self::Direct(Direct { rows, columns, tm, tn, .. }) => Some([rows * tm, columns * tn]),
            Self::Broadcast(Broadcast { lanes, tm, tn }) => Some([tm, lanes * tn]),
            Self::Chains(_) | Self::Stream(_) => None,
        }
    }

    /// How much code the shape unrolls into, in vector operations: what its compilation costs.
    pub fn unrolled(self) -> u32 {
        match self {
            Self::Tile(Tile { bk, tm, tn, .. }) => bk * tm * tn / 4,
            Self::Direct(Direct { tm, tn, bk, .. }) => bk * tm * tn / 4,
            Self::Broadcast(Broadcast { tm, tn, .. }) => tm * tn,
            Self::Chains(Chains { width, chains, unroll, .. }) => width * chains * unroll / 4,
            Self::Stream(Stream { loads, .. }) => loads,
        }
    }

    /// 32-bit registers that the sums and operands of an invocation take at the least, when each is of `bytes` bytes.
    pub fn registers(self, bytes: u64) -> u64 {
        let values = match self {
            Self::Tile(Tile { tm, tn, .. }) => tm * tn + tm + 4,
            Self::Direct(Direct { tm, tn, bk, .. }) => tm * tn + bk * tm + 4,
            Self::Broadcast(Broadcast { lanes, tm, tn }) => tm * tn + 4 * tm / lanes + 4,
            Self::Chains(Chains { width, chains, .. }) => width * (chains + 1),
            Self::Stream(Stream { loads, .. }) => 8 * loads,
        };
        (u64::from(values) * bytes).div_ceil(4)
    }

    /// Workgroup memory in bytes, for a benchmark of `kind`.
    pub fn workgroup_memory_bytes(self, kind: Kind) -> u64 {
        match (self, kind) {
            (Self::Tile(tile), Kind::Matmul { .. }) => {
                let bytes = kind.tile_element_bytes();
                (u64::from((tile.bm + tile.bn) * tile.bk) * bytes) + WIDE_BYTES * u64::from(tile.bk)
            }
            _ => 0,
        }
    }

    /// The constants that the WGSL body expects, by name.
    pub(super) fn constants(self) -> Vec<(&'static str, u32)> {
        match self {
            Self::Tile(Tile { bm, bn, bk, tm, tn }) => vec![("BM", bm), ("BN", bn), ("BK", bk), ("TM", tm), ("TN", tn)],
            Self::Direct(Direct { rows, columns, tm, tn, bk }) => {
                vec![("ROWS", rows), ("COLS", columns), ("TM", tm), ("TN", tn), ("BK", bk)]
            }
            Self::Broadcast(Broadcast { lanes, tm, tn }) => vec![("LANES", lanes), ("TM", tm), ("TN", tn)],
            Self::Chains(Chains { chains, unroll, workgroup, .. }) => {
                vec![("CHAINS", chains), ("UNROLL", unroll), ("WORKGROUP", workgroup)]
            }
            Self::Stream(Stream { workgroup, loads }) => vec![("WORKGROUP", workgroup), ("LOADS", loads)],
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tile(Tile { bm, bn, bk, tm, tn }) => write!(f, "{bm}x{bn}x{bk}/{tm}x{tn}"),
            Self::Direct(Direct { rows, columns, tm, tn, bk }) => write!(f, "direct/{rows}x{columns}x{bk}/{tm}x{tn}"),
            Self::Broadcast(Broadcast { lanes, tm, tn }) => write!(f, "broadcast/{lanes}/{tm}x{tn}"),
            Self::Chains(Chains { width, chains, unroll, workgroup }) => {
                write!(f, "v{width}x{chains}/u{unroll}/wg{workgroup}")
            }
            Self::Stream(Stream { workgroup, loads }) => write!(f, "wg{workgroup}/loads{loads}"),
        }
    }
}
