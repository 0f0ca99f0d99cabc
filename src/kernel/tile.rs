//! Matrix products tiled in workgroup memory.

use std::fmt;

use super::shape::{Kernel, Shape, registers_for};
use super::{Launch, product};
use crate::benchmark::Kind;
use crate::problem::Matmul;

/// How C = A·B is divided, in elements of C and words along K.
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
    /// When the operands of a step are loaded.
    pub loading: Loading,
    /// Rows of tiles that workgroups go down before they go right.
    pub raster: u32,
}

/// When the operands of a step are loaded, and where they are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Loading {
    /// At the step's beginning, into one buffer of workgroup memory: two barriers a step.
    InTime,
    /// During the step before, into registers.
    Ahead,
    /// At the step's beginning, into the buffer that the step before did not use: one barrier a step.
    Double,
    /// Two steps before into registers, and during the step before into the buffer that it does not use: one barrier a step, and nothing but
    /// sums between two.
    AheadDouble,
}

impl Loading {
    /// Every way.
    pub(super) const ALL: [Self; 4] = [Self::InTime, Self::Ahead, Self::Double, Self::AheadDouble];

    /// Whether a step loads for the next.
    pub(super) fn is_ahead(self) -> bool {
        matches!(self, Self::Ahead | Self::AheadDouble)
    }

    /// Buffers of workgroup memory.
    pub(super) fn buffers(self) -> u32 {
        if matches!(self, Self::Double | Self::AheadDouble) { 2 } else { 1 }
    }

    /// How it shows in a shape's name.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::InTime => "",
            Self::Ahead => "/ahead",
            Self::Double => "/double",
            Self::AheadDouble => "/ahead/double",
        }
    }
}

/// The widest access of an invocation to workgroup memory on every GPU, and the padding of its rows.
pub(super) const WIDE_BYTES: u64 = 16;

const fn tile(bm: u32, bn: u32, bk: u32, tm: u32, tn: u32) -> Tile {
    Tile { bm, bn, bk, tm, tn, loading: Loading::InTime, raster: 1 }
}

/// Tiles from the literature: ggml's portable default, `SGEMM_CUDA`'s register tiles, and smaller ones for small devices. Halves leave room for
/// a longer step, which pays for what surrounds it.
const SEEDS: [Tile; 8] = [
    tile(64, 64, 16, 8, 8),
    tile(128, 128, 16, 8, 8),
    Tile { loading: Loading::Ahead, raster: 8, ..tile(128, 128, 16, 8, 8) },
    Tile { loading: Loading::Double, ..tile(128, 128, 8, 8, 8) },
    tile(128, 128, 32, 8, 8),
    tile(64, 64, 16, 4, 4),
    tile(32, 32, 8, 4, 4),
    tile(128, 128, 8, 16, 8),
];

pub(super) fn seeds() -> impl Iterator<Item = Shape> {
    SEEDS.into_iter().map(Shape::Tile)
}

/// Everything that the body can be written for and that has ever been fast.
pub(super) fn space() -> impl Iterator<Item = Shape> {
    let sums = [(4, 4), (4, 8), (8, 4), (8, 8), (16, 8), (8, 16)];
    let blocks = [32, 64, 128, 256].into_iter().flat_map(|bm| [32, 64, 128, 256].map(|bn| (bm, bn)));
    let stages = Loading::ALL.into_iter().flat_map(|loading| [(loading, 1), (loading, 8)]);
    let blocks = blocks.flat_map(move |(bm, bn)| sums.map(|(tm, tn)| (bm, bn, tm, tn)));
    let steps = blocks.flat_map(|(bm, bn, tm, tn)| [8, 16, 32, 64].map(|bk| tile(bm, bn, bk, tm, tn)));
    let all = steps.flat_map(move |tile| stages.clone().map(move |(loading, raster)| Tile { loading, raster, ..tile }));
    all.filter(|tile| tile.is_whole() && (32..=512).contains(&tile.invocations())).map(Shape::Tile)
}

impl Tile {
    /// Whether tiles nest, and loads divide evenly among the invocations.
    pub fn is_whole(self) -> bool {
        let Self { bm, bn, bk, tm, tn, .. } = self;
        let multiples = bm % tm == 0 && bn % tn == 0 && tn % 4 == 0 && tm % 4 == 0 && bk % 4 == 0;
        let invocations = (bm / tm) * (bn / tn);
        multiples && invocations > 0 && (bm * bk / 4) % invocations == 0 && (bk * bn / 4) % invocations == 0
    }

    pub(super) fn launch(self, product: &Matmul) -> Launch {
        product::launch(product, [self.bm, self.bn], product.input.per_word())
    }
}

impl Kernel for Tile {
    fn shader(&self, _: Kind) -> Option<&'static str> {
        Some("matmul/tiled.wgsl")
    }

    fn invocations(&self) -> u32 {
        (self.bm / self.tm) * (self.bn / self.tn)
    }

    fn unrolled(&self) -> u32 {
        self.bk * self.tm * self.tn / 4
    }

    fn registers(&self, kind: Kind) -> u64 {
        let ahead = if !self.loading.is_ahead() { 0 } else { (self.bm + self.bn) * self.bk / self.invocations() };
        registers_for(self.tm * self.tn + self.tm + 4 + ahead, kind)
    }

    fn workgroup_memory_bytes(&self, kind: Kind) -> u64 {
        let rows = u64::from(self.loading.buffers() * self.bk);
        rows * (u64::from(self.bm + self.bn) * kind.tile_element_bytes() + WIDE_BYTES)
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        vec![
            ("BM", self.bm),
            ("BN", self.bn),
            ("BK", self.bk),
            ("TM", self.tm),
            ("TN", self.tn),
            ("AHEAD", u32::from(self.loading.is_ahead())),
            ("BUFFERS", self.loading.buffers()),
            ("RASTER", self.raster),
        ]
    }

    fn numbers(&self) -> Vec<u32> {
        vec![self.bm, self.bn, self.bk, self.tm, self.tn, self.loading as u32, self.raster]
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bm, bn, bk, tm, tn, .. } = self;
        write!(f, "{bm}x{bn}x{bk}/{tm}x{tn}")?;
        f.write_str(self.loading.suffix())?;
        if self.raster > 1 { write!(f, "/r{}", self.raster) } else { Ok(()) }
    }
}
