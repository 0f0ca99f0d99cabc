//! Matrix products that read their operands from the buffers.

use std::fmt;

use super::shape::{Kernel, Shape, registers_for};
use super::{Launch, product};
use crate::benchmark::Kind;
use crate::problem::Matmul;

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

const fn direct(rows: u32, columns: u32, bk: u32, tm: u32, tn: u32) -> Direct {
    Direct { rows, columns, tm, tn, bk }
}

/// The first two are AMD's, which reads what a subgroup shares through its scalar cache; the last is a processor's.
const SEEDS: [Direct; 5] = [
    direct(1, 64, 8, 8, 8),
    direct(1, 64, 8, 8, 16),
    direct(16, 16, 4, 8, 8),
    direct(8, 8, 4, 4, 4),
    direct(1, 8, 4, 8, 4),
];

pub(super) fn seeds() -> impl Iterator<Item = Shape> {
    SEEDS.into_iter().map(Shape::Direct)
}

/// Everything that the body can be written for and that has ever been fast.
pub(super) fn space() -> impl Iterator<Item = Shape> {
    let workgroups = [(1, 8), (1, 32), (1, 64), (1, 256), (2, 32), (4, 16), (8, 8), (16, 16)];
    let sums = [(4, 4), (8, 4), (4, 8), (8, 8), (16, 4), (16, 8), (8, 16)];
    let all =
        workgroups.into_iter().flat_map(move |(rows, columns)| sums.map(|(tm, tn)| direct(rows, columns, 4, tm, tn)));
    all.flat_map(|shape| [4, 8].map(|bk| Direct { bk, ..shape })).map(Shape::Direct)
}

impl Direct {
    pub(super) fn launch(self, product: &Matmul) -> Launch {
        product::launch(product, [self.rows * self.tm, self.columns * self.tn], product.input.per_word())
    }
}

impl Kernel for Direct {
    fn shader(&self, _: Kind) -> Option<&'static str> {
        Some("matmul/direct.wgsl")
    }

    fn invocations(&self) -> u32 {
        self.rows * self.columns
    }

    fn unrolled(&self) -> u32 {
        self.bk * self.tm * self.tn / 4
    }

    fn registers(&self, kind: Kind) -> u64 {
        // What all invocations share can be kept in one place.
        let left = if self.rows == 1 { 0 } else { self.bk * self.tm };
        registers_for(self.tm * self.tn + left + 4, kind)
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        vec![("ROWS", self.rows), ("COLS", self.columns), ("TM", self.tm), ("TN", self.tn), ("BK", self.bk)]
    }
}

impl fmt::Display for Direct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, columns, tm, tn, bk } = self;
        write!(f, "direct/{rows}x{columns}x{bk}/{tm}x{tn}")
    }
}
