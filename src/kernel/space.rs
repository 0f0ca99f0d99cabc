//! The shapes worth trying: seeds that are known to be good somewhere, and the neighbours of any shape.

use super::Kind;
use super::shape::{Broadcast, Chains, Direct, Shape, Stream, Tile};
use crate::problem::Element;

const fn tile(bm: u32, bn: u32, bk: u32, tm: u32, tn: u32) -> Shape {
    Shape::Tile(Tile { bm, bn, bk, tm, tn })
}

const fn direct(rows: u32, columns: u32, bk: u32, tm: u32, tn: u32) -> Shape {
    Shape::Direct(Direct { rows, columns, tm, tn, bk })
}

const fn broadcast(lanes: u32, tm: u32, tn: u32) -> Shape {
    Shape::Broadcast(Broadcast { lanes, tm, tn })
}

const fn chains(width: u32, chains: u32, unroll: u32, workgroup: u32) -> Shape {
    Shape::Chains(Chains { width, chains, unroll, workgroup })
}

const fn stream(workgroup: u32, loads: u32) -> Shape {
    Shape::Stream(Stream { workgroup, loads })
}

/// Tiles from the literature: ggml's portable default, `SGEMM_CUDA`'s register tiles, and smaller ones for small devices; then what reads its
/// operands straight from the buffers.
const PRODUCTS: [Shape; 10] = [
    tile(64, 64, 16, 8, 8),
    tile(128, 128, 16, 8, 8),
    tile(64, 64, 16, 4, 4),
    tile(32, 32, 8, 4, 4),
    tile(128, 128, 8, 16, 8),
    direct(1, 64, 8, 8, 8),
    direct(1, 64, 8, 8, 16),
    direct(16, 16, 4, 8, 8),
    direct(8, 8, 4, 4, 4),
    direct(1, 8, 4, 8, 4),
];

/// Halves leave room for a longer step, which pays for what surrounds it.
const HALF_PRODUCT: Shape = tile(128, 128, 32, 8, 8);

/// Rows and columns where operands go around in a subgroup: as many rows as registers hold, because a row costs one broadcast and a column
/// a load.
const BROADCASTS: [[u32; 2]; 4] = [[32, 4], [24, 8], [16, 4], [8, 8]];

/// Chains that reach 95 % and more of the arithmetic unit in the laboratory; on lavapipe, whose LLVM orders a loop's body chain after
/// chain, many chains and a short body.
const SCALAR_CHAINS: [Shape; 6] = [
    chains(1, 8, 64, 64),
    chains(1, 16, 16, 256),
    chains(1, 12, 4, 64),
    chains(2, 4, 64, 64),
    chains(4, 4, 16, 256),
    chains(1, 5, 16, 64),
];

/// Half precision packs from pairs on.
const PAIRED_CHAINS: [Shape; 5] =
    [chains(2, 8, 64, 64), chains(4, 4, 64, 64), chains(2, 16, 16, 256), chains(4, 8, 16, 256), chains(1, 8, 64, 64)];

/// Dot products of bytes work on words, which are no vectors.
const WORD_CHAINS: [Shape; 4] =
    [chains(1, 8, 64, 64), chains(1, 16, 16, 256), chains(1, 12, 4, 64), chains(1, 4, 64, 64)];

/// One pass, 16-byte loads: 4 in flight hide latency on most cards, 8 and 16 on the largest.
const STREAMS: [Shape; 5] = [stream(256, 4), stream(256, 1), stream(256, 8), stream(1024, 4), stream(256, 16)];

/// The shapes to begin with for a benchmark of `kind`, the safest first. `lanes` are the invocations of a subgroup, where the device has
/// subgroups of one size.
pub(super) fn seeds(kind: Kind, lanes: Option<u32>) -> Vec<Shape> {
    let shared = match kind {
        Kind::Matmul { .. } => &PRODUCTS[..],
        Kind::Peak(Element::F16) => &PAIRED_CHAINS,
        Kind::Peak(Element::I8) => &WORD_CHAINS,
        Kind::Peak(_) => &SCALAR_CHAINS,
        Kind::Memory(_) => &STREAMS,
    };
    let mut shapes = shared.to_vec();
    if let Kind::Matmul { accumulator: Element::F16, .. } = kind {
        shapes.push(HALF_PRODUCT);
    }
    if let (Kind::Matmul { .. }, Some(lanes)) = (kind, lanes) {
        let blocks = BROADCASTS.map(|[tm, tn]| broadcast(lanes, tm.next_multiple_of(lanes), tn));
        shapes.extend(blocks.into_iter().filter(|shape| is_sensible(*shape)));
        shapes.dedup();
    }
    shapes
}

/// Shapes that differ from `shape` in one number.
pub(super) fn neighbours(shape: Shape) -> Vec<Shape> {
    let doubled_and_halved = |value: u32| [value * 2, value / 2];
    let mut found = Vec::new();
    match shape {
        Shape::Tile(tile) => {
            let parts: [fn(&mut Tile) -> &mut u32; 5] = [
                |tile| &mut tile.tm,
                |tile| &mut tile.tn,
                |tile| &mut tile.bm,
                |tile| &mut tile.bn,
                |tile| &mut tile.bk,
            ];
            for part in parts {
                let mut changed = tile;
                found.extend(doubled_and_halved(*part(&mut changed)).map(|value| {
                    *part(&mut changed) = value;
                    Shape::Tile(changed)
                }));
            }
        }
        Shape::Direct(Direct { rows, columns, tm, tn, bk }) => {
            found.extend(doubled_and_halved(rows).map(|rows| direct(rows, columns, bk, tm, tn)));
            found.extend(doubled_and_halved(columns).map(|columns| direct(rows, columns, bk, tm, tn)));
            found.extend(doubled_and_halved(tm).map(|tm| direct(rows, columns, bk, tm, tn)));
            found.extend(doubled_and_halved(tn).map(|tn| direct(rows, columns, bk, tm, tn)));
            found.extend(doubled_and_halved(bk).map(|bk| direct(rows, columns, bk, tm, tn)));
        }
        Shape::Broadcast(Broadcast { lanes, tm, tn }) => {
            found.extend([tm + lanes, tm.saturating_sub(lanes)].map(|tm| broadcast(lanes, tm, tn)));
            found.extend([tn + 4, tn.saturating_sub(4)].map(|tn| broadcast(lanes, tm, tn)));
        }
        Shape::Chains(Chains { width, chains: count, unroll, workgroup }) => {
            found.extend([count + 1, count - 1, count * 2].map(|count| chains(width, count, unroll, workgroup)));
            found.extend(doubled_and_halved(unroll).map(|unroll| chains(width, count, unroll, workgroup)));
            found.extend(doubled_and_halved(workgroup).map(|workgroup| chains(width, count, unroll, workgroup)));
        }
        Shape::Stream(Stream { workgroup, loads }) => {
            found.extend(doubled_and_halved(loads).map(|loads| stream(workgroup, loads)));
            found.extend(doubled_and_halved(workgroup).map(|workgroup| stream(workgroup, loads)));
        }
    }
    found.retain(|shape| is_sensible(*shape));
    found
}

/// Within what the bodies can be written for, and what has ever been fast.
fn is_sensible(shape: Shape) -> bool {
    match shape {
        Shape::Tile(tile) => tile.is_whole() && tile.tm <= 16 && tile.tn <= 16 && (4..=64).contains(&tile.bk),
        Shape::Direct(Direct { rows, columns, tm, tn, bk }) => {
            rows > 0 && columns > 0 && (1..=16).contains(&tm) && [4, 8, 16].contains(&tn) && [4, 8].contains(&bk)
        }
        Shape::Broadcast(Broadcast { tm, tn, .. }) => tm > 0 && tn > 0 && tm * tn <= 256,
        Shape::Chains(Chains { chains, unroll, workgroup, .. }) => {
            (1..=32).contains(&chains)
                && (4..=super::LONGEST_UNROLL).contains(&unroll)
                && (32..=1024).contains(&workgroup)
        }
        Shape::Stream(Stream { workgroup, loads }) => (32..=1024).contains(&workgroup) && (1..=16).contains(&loads),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_is_sensible() {
        for shape in PRODUCTS.into_iter().chain(SCALAR_CHAINS).chain(PAIRED_CHAINS).chain(WORD_CHAINS).chain(STREAMS) {
            assert!(is_sensible(shape), "{shape}");
        }
    }

    #[test]
    fn neighbours_are_sensible_and_others() {
        for shape in PRODUCTS.into_iter().chain(SCALAR_CHAINS).chain(STREAMS).chain([broadcast(8, 16, 4)]) {
            let found = neighbours(shape);
            assert!(!found.is_empty() && !found.contains(&shape), "{shape}: {found:?}");
        }
    }
}
