//! Chains of dependent multiply-adds.

use std::fmt;

use super::Kind;
use super::shape::{Form, Shape, registers_for};
use crate::problem::{Element, Problem};

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

const fn chains(width: u32, chains: u32, unroll: u32, workgroup: u32) -> Chains {
    Chains { width, chains, unroll, workgroup }
}

/// Chains that reach 95 % and more of the arithmetic unit in the laboratory; on lavapipe, whose LLVM orders a loop's body chain after
/// chain, as many as there are registers, and a short body.
const SCALARS: [Chains; 6] = [
    chains(1, 8, 64, 64),
    chains(1, 16, 16, 256),
    chains(1, 12, 16, 64),
    chains(2, 4, 64, 64),
    chains(4, 4, 16, 256),
    chains(1, 5, 16, 64),
];

/// Half precision packs from pairs on.
const PAIRS: [Chains; 5] =
    [chains(2, 8, 64, 64), chains(4, 4, 64, 64), chains(2, 16, 16, 256), chains(4, 8, 16, 256), chains(1, 8, 64, 64)];

/// Dot products of bytes work on words, which are no vectors.
const WORDS: [Chains; 4] = [chains(1, 8, 64, 64), chains(1, 16, 16, 256), chains(1, 12, 4, 64), chains(1, 4, 64, 64)];

pub(super) fn seeds(element: Element) -> impl Iterator<Item = Shape> {
    let seeds = match element {
        Element::F16 => &PAIRS[..],
        Element::I8 | Element::I32 => &WORDS,
        Element::F32 | Element::F64 => &SCALARS,
    };
    seeds.iter().copied().map(Shape::Chains)
}

/// Widths, numbers of chains, depths and workgroups.
pub(super) fn space(element: Element) -> impl Iterator<Item = Shape> {
    let widths: &[u32] = if element == Element::I8 { &[1] } else { &[1, 2, 4] };
    let values = widths.iter().flat_map(|&width| (1..=24).map(move |count| (width, count)));
    let values = values.filter(|(width, count)| width * count <= 64);
    let bodies = values.flat_map(|(width, count)| [4, 8, 16, 32, 64].map(|unroll| (width, count, unroll)));
    bodies
        .flat_map(|(width, count, unroll)| [64, 128, 256].map(|size| Shape::Chains(chains(width, count, unroll, size))))
}

impl Chains {
    fn values_of(problem: &Problem, width: u32) -> [u32; 2] {
        let Problem::Peak { lanes, steps, .. } = *problem else { unreachable!("a peak has chains, not {problem:?}") };
        [lanes / width, steps]
    }
}

impl Form for Chains {
    fn shader(&self, _: Kind) -> Option<&'static str> {
        Some("peak/multiply_add.wgsl")
    }

    fn invocations(&self) -> u32 {
        self.workgroup
    }

    fn unrolled(&self) -> u32 {
        self.width * self.chains * self.unroll / 4
    }

    fn registers(&self, kind: Kind) -> u64 {
        registers_for(self.width * (self.chains + 1), kind)
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        vec![("CHAINS", self.chains), ("UNROLL", self.unroll), ("WORKGROUP", self.workgroup)]
    }

    fn numbers(&self) -> Vec<u32> {
        vec![self.width, self.chains, self.unroll, self.workgroup]
    }

    /// Halves pack from pairs on, and some units take vectors where others take scalars.
    fn family(&self) -> u32 {
        u32::from(self.width > 1)
    }

    fn workgroups(&self, problem: &Problem) -> [u32; 2] {
        let [values, _] = Self::values_of(problem, self.width);
        [values.div_ceil(self.chains).div_ceil(self.workgroup), 1]
    }

    fn params(&self, problem: &Problem, _part: u32) -> [u32; 4] {
        let [values, steps] = Self::values_of(problem, self.width);
        [steps / self.unroll, values, values.div_ceil(self.chains), 0]
    }
}

impl fmt::Display for Chains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width, chains, unroll, workgroup } = self;
        write!(f, "v{width}x{chains}/u{unroll}/wg{workgroup}")
    }
}
