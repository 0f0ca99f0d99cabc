//! Matrix products whose operands go around in a subgroup.

use std::fmt;

use super::shape::{Kernel, Shape, registers_for};
use super::{Launch, product};
use crate::adapter::Adapter;
use crate::benchmark::Kind;
use crate::problem::Matmul;

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

/// Rows and columns of the seeds: as many rows as registers hold, because a row costs one broadcast and a column a load.
const SEEDS: [[u32; 2]; 4] = [[32, 4], [24, 8], [16, 4], [8, 8]];

pub(super) fn seeds(lanes: u32) -> impl Iterator<Item = Shape> {
    let blocks = SEEDS.map(|[tm, tn]| Broadcast { lanes, tm: tm.next_multiple_of(lanes), tn });
    blocks.into_iter().filter(|shape| shape.is_sensible()).map(Shape::Broadcast)
}

/// Everything that registers can hold.
pub(super) fn space(lanes: u32) -> impl Iterator<Item = Shape> {
    let all = (1..=6).flat_map(move |blocks| [4, 8, 12, 16].map(|tn| Broadcast { lanes, tm: blocks * lanes, tn }));
    all.filter(|shape| shape.is_sensible()).map(Shape::Broadcast)
}

impl Broadcast {
    fn is_sensible(self) -> bool {
        self.tm * self.tn <= 256
    }

    pub(super) fn launch(self, product: &Matmul) -> Launch {
        product::launch(product, [self.tm, self.lanes * self.tn], product.input.per_word())
    }
}

impl Kernel for Broadcast {
    fn shader(&self, _: Kind) -> Option<&'static str> {
        Some("matmul/broadcast.wgsl")
    }

    fn invocations(&self) -> u32 {
        self.lanes
    }

    fn unrolled(&self) -> u32 {
        self.tm * self.tn
    }

    fn registers(&self, kind: Kind) -> u64 {
        registers_for(self.tm * self.tn + 4 * self.tm / self.lanes + 4, kind)
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        vec![("LANES", self.lanes), ("TM", self.tm), ("TN", self.tn)]
    }

    fn misfit(&self, _: Kind, adapter: &Adapter) -> Option<String> {
        let [least, most] = adapter.subgroup_size;
        (adapter.lanes() != Some(self.lanes))
            .then(|| format!("needs {} invocations in every subgroup, the device has {least} to {most}", self.lanes))
    }
}

impl fmt::Display for Broadcast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "broadcast/{}/{}x{}", self.lanes, self.tm, self.tn)
    }
}
