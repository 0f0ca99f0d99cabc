//! The shapes worth trying: seeds that are known to be good somewhere, all there are, and the neighbours of any.

use std::collections::HashSet;

use super::target::Target;
use super::{
    Shape, Variant, atomic_adds, broadcast, chains, chase_steps, command, counter, direct, fragment_chains, fragments,
    group_fragments, stream, sweep_reads, tile, workgroup_reads,
};
use crate::benchmark::{Benchmark, Kind};

impl Benchmark {
    /// The variants to begin with on a device, the first one the one to take unseen.
    pub fn seeds(&'static self, target: &Target) -> Vec<Variant> {
        seeds(self.kind, target).into_iter().map(|shape| Variant { benchmark: self, shape }).collect()
    }

    /// Every variant on a device.
    pub fn variants(&'static self, target: &Target) -> Vec<Variant> {
        all(self.kind, target).into_iter().map(|shape| Variant { benchmark: self, shape }).collect()
    }
}

/// The shapes to begin with for a benchmark of `kind`, the safest first.
pub(super) fn seeds(kind: Kind, target: &Target) -> Vec<Shape> {
    let mut shapes = listed(kind, target, Extent::Seeds);
    // Wide subgroups leave some of them the same rows, and what always moves as words is packed already.
    let mut seen = HashSet::new();
    shapes.retain(|shape| seen.insert(*shape));
    shapes
}

/// Every shape, seeds among them.
pub(super) fn all(kind: Kind, target: &Target) -> Vec<Shape> {
    listed(kind, target, Extent::All)
}

/// Which shapes are listed.
#[derive(Clone, Copy)]
enum Extent {
    Seeds,
    All,
}

fn listed(kind: Kind, target: &Target, extent: Extent) -> Vec<Shape> {
    match (kind, extent) {
        (Kind::Matmul { .. }, Extent::Seeds) => {
            let broadcasts = target.lanes.into_iter().flat_map(broadcast::seeds);
            tile::seeds().chain(direct::seeds()).chain(broadcasts).collect()
        }
        (Kind::Matmul { .. }, Extent::All) => {
            let broadcasts = target.lanes.into_iter().flat_map(broadcast::space);
            tile::space().chain(direct::space()).chain(broadcasts).collect()
        }
        (Kind::Peak(element), Extent::Seeds) => chains::seeds(element),
        (Kind::Peak(element), Extent::All) => chains::space(element),
        (Kind::MatrixProduct { .. }, Extent::Seeds) => {
            [fragments::seeds(kind, target), group_fragments::seeds(kind, target)].concat()
        }
        (Kind::MatrixProduct { .. }, Extent::All) => {
            [fragments::space(kind, target), group_fragments::space(kind, target)].concat()
        }
        (Kind::MatrixPeak { .. }, Extent::Seeds) => fragment_chains::seeds(kind, target),
        (Kind::MatrixPeak { .. }, Extent::All) => fragment_chains::space(kind, target),
        (Kind::Memory(_), Extent::Seeds) => stream::seeds().collect(),
        (Kind::Memory(_), Extent::All) => stream::space().collect(),
        // The others are not searched for the fastest.
        (Kind::Sweep, _) => sweep_reads::shapes(),
        (Kind::Latency, _) => chase_steps::shapes(),
        (Kind::WorkgroupMemory, _) => workgroup_reads::shapes(),
        (Kind::Atomic, _) => atomic_adds::shapes(),
        (Kind::CopyCommand, _) => command::copies(),
        (Kind::Transfer(_), _) => command::transfers(),
        (Kind::Overhead(_), _) => counter::shapes(),
    }
}

/// The shapes of `all` that differ from `shape` in one number, by one step.
pub(super) fn neighbours(shape: Shape, all: impl Iterator<Item = Shape>) -> Vec<Shape> {
    let numbers = shape.numbers();
    let kin = all.filter(|other| std::mem::discriminant(other) == std::mem::discriminant(&shape));
    // Which number alone differs, whether it is larger, and by how much.
    let step = |other: &Shape| {
        let others = other.numbers();
        let mut differing = (0..numbers.len()).filter(|&at| others[at] != numbers[at]);
        let at = differing.next()?;
        differing.next().is_none().then(|| ((at, others[at] > numbers[at]), others[at].abs_diff(numbers[at])))
    };
    let mut nearest = std::collections::BTreeMap::new();
    for other in kin {
        let Some((direction, distance)) = step(&other) else { continue };
        let known = nearest.entry(direction).or_insert((distance, other));
        if distance < known.0 {
            *known = (distance, other);
        }
    }
    nearest.into_values().map(|(_, shape)| shape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark::CATALOGUE;
    use crate::problem::{Element, MemoryOp};

    fn kinds() -> Vec<Kind> {
        let elements = [Element::F32, Element::F16, Element::F64, Element::I8];
        let products = elements.map(|input| Kind::Matmul { input, accumulator: Element::F32 });
        let peaks = elements.map(Kind::Peak);
        let (input, accumulator) = (Element::F16, Element::F32);
        let others = [
            Kind::MatrixProduct { input, accumulator },
            Kind::MatrixPeak { input, accumulator },
            Kind::MatrixProduct { input: Element::I8, accumulator: Element::I32 },
            Kind::MatrixPeak { input: Element::I8, accumulator: Element::I32 },
            Kind::MatrixProduct { input: Element::Bf16, accumulator },
            Kind::MatrixPeak { input: Element::E4m3, accumulator },
            Kind::Memory(MemoryOp::Read),
        ];
        products.into_iter().chain(peaks).chain(others).collect()
    }

    #[test]
    fn every_seed_is_one_of_all_and_all_are_distinct() {
        for kind in kinds() {
            let all = all(kind, &Target::common());
            assert!(seeds(kind, &Target::common()).iter().all(|seed| all.contains(seed)), "{kind:?}");
            let names: std::collections::BTreeSet<String> = all.iter().map(ToString::to_string).collect();
            assert_eq!(names.len(), all.len(), "{kind:?}");
        }
    }

    #[test]
    fn neighbours_differ_in_one_step() {
        let kind = kinds()[0];
        let all = all(kind, &Target::common());
        let shape = all.iter().copied().find(|shape| shape.to_string() == "128x128x16/8x8").expect("a known shape");
        let mut names: Vec<String> = neighbours(shape, all.into_iter()).iter().map(ToString::to_string).collect();
        names.sort();
        assert_eq!(
            names,
            [
                "128x128x16/16x8",
                "128x128x16/4x8",
                "128x128x16/8x16",
                "128x128x16/8x4",
                "128x128x16/8x8/ahead",
                "128x128x16/8x8/r8",
                "128x128x32/8x8",
                "128x128x8/8x8",
                "128x256x16/8x8",
                "128x64x16/8x8",
                "256x128x16/8x8",
                "64x128x16/8x8"
            ]
        );
    }

    #[test]
    fn no_seed_is_tried_twice() {
        for lanes in [4, 8, 16, 32, 64, 128] {
            let target = Target { lanes: Some(lanes), subgroup_sizes: vec![lanes], ..Target::common() };
            for benchmark in &CATALOGUE {
                for variants in [benchmark.seeds(&target), benchmark.variants(&target)] {
                    let names: Vec<String> = variants.iter().map(Variant::name).collect();
                    let distinct: HashSet<&String> = names.iter().collect();
                    assert_eq!(distinct.len(), names.len(), "{} with {lanes} lanes: {names:?}", benchmark.id);
                }
            }
        }
    }
}
