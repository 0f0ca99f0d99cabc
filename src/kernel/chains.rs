//! Chains of dependent multiply-adds.

use std::fmt;

use super::Launch;
use super::recurrence::Recurrence;
use super::shape::{Kernel, Shape, registers_for};
use crate::benchmark::Kind;
use crate::problem::{Element, Peak};

/// What chains compute, and how many of them an invocation carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chains {
    /// What a step computes.
    pub recurrence: Recurrence,
    /// Scalars in a value: 1, 2 or 4.
    pub width: u32,
    /// Independent chains.
    pub chains: u32,
    /// Steps in the body of the loop.
    pub unroll: u32,
    /// Invocations in a workgroup.
    pub workgroup: u32,
}

/// Steps of every chain are a multiple of this, so that every unrolling divides them.
pub const LONGEST_UNROLL: u32 = 64;

/// A width, a number of chains, an unrolling and a workgroup.
type Counts = (u32, u32, u32, u32);

/// Chains that reach 95 % and more of the arithmetic unit in the laboratory; on lavapipe, whose LLVM orders a loop's body chain after
/// chain, as many as there are registers, and a short body.
const SCALARS: [Counts; 6] =
    [(1, 8, 64, 64), (1, 16, 16, 256), (1, 12, 16, 64), (2, 4, 64, 64), (4, 4, 16, 256), (1, 5, 16, 64)];

/// Half precision packs from pairs on.
const PAIRS: [Counts; 5] = [(2, 8, 64, 64), (4, 4, 64, 64), (2, 16, 16, 256), (4, 8, 16, 256), (1, 8, 64, 64)];

/// Dot products of bytes work on words, which are no vectors.
const WORDS: [Counts; 4] = [(1, 8, 64, 64), (1, 16, 16, 256), (1, 12, 4, 64), (1, 4, 64, 64)];

/// Shapes of a recurrence of scalars, the best of the laboratory first. Six chains are as many as all of its compilers unroll 64 steps of.
fn scalars(recurrence: Recurrence) -> &'static [Counts] {
    match recurrence {
        Recurrence::Affine | Recurrence::AffineInRegisters => &[(1, 6, 64, 64), (2, 4, 64, 64)],
        Recurrence::Turn => &[(1, 6, 64, 64), (4, 4, 16, 256), (1, 5, 16, 64)],
        _ => &SCALARS,
    }
}

/// The same for halves.
fn pairs(recurrence: Recurrence) -> &'static [Counts] {
    match recurrence {
        Recurrence::Affine | Recurrence::AffineInRegisters => &[(2, 6, 64, 64), (4, 4, 64, 64)],
        Recurrence::Turn => &[(2, 6, 64, 64), (4, 4, 64, 64), (2, 8, 16, 64)],
        _ => &PAIRS,
    }
}

/// What is known to be good somewhere.
pub(super) fn seeds(element: Element) -> Vec<Shape> {
    let of = match element {
        Element::F16 => pairs,
        Element::F32 | Element::F64 => scalars,
        _ => |_| &WORDS[..],
    };
    let most = recurrences(element).iter().map(|one| of(*one).len()).max().unwrap_or(0);
    let place = |at: usize| recurrences(element).iter().filter_map(move |one| Some(chains(*one, *of(*one).get(at)?)));
    (0..most).flat_map(place).collect()
}

/// Recurrences, widths, numbers of chains, depths and workgroups.
pub(super) fn space(element: Element) -> Vec<Shape> {
    let widths: &[u32] = if element == Element::I8 { &[1] } else { &[1, 2, 4] };
    let values = widths.iter().flat_map(|&width| (1..=24).map(move |count| (width, count)));
    let values = values.filter(|(width, count)| width * count <= 64);
    let counts = values.flat_map(|(width, count)| [64, 128, 256].map(|workgroup| (width, count, workgroup)));
    let shapes = counts.flat_map(|(width, count, workgroup)| {
        let bodies = recurrences(element).iter().flat_map(|one| one.unrolls().iter().map(|unroll| (*one, *unroll)));
        bodies.map(move |(recurrence, unroll)| chains(recurrence, (width, count, unroll, workgroup)))
    });
    shapes.collect()
}

fn recurrences(element: Element) -> &'static [Recurrence] {
    if element == Element::I8 { &[Recurrence::Dot] } else { &Recurrence::OF_VALUES }
}

fn chains(recurrence: Recurrence, (width, chains, unroll, workgroup): Counts) -> Shape {
    Shape::Chains(Chains { recurrence, width, chains, unroll, workgroup })
}

impl Chains {
    pub(super) fn launch(self, peak: &Peak) -> Launch {
        let values = peak.chains / self.width;
        let invocations = values.div_ceil(self.chains);
        let params = [peak.steps / self.unroll, values, invocations, 0];
        Launch::new(peak, [invocations.div_ceil(self.workgroup), 1], params)
    }
}

impl Kernel for Chains {
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
        let values = self.chains * self.recurrence.values() + self.recurrence.constants_in_registers();
        registers_for(self.width * values, kind)
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        vec![("CHAINS", self.chains), ("UNROLL", self.unroll), ("WORKGROUP", self.workgroup)]
    }

    fn numbers(&self) -> Vec<u32> {
        vec![self.recurrence as u32, self.width, self.chains, self.unroll, self.workgroup]
    }

    /// Halves pack from pairs on, some units take vectors where others take scalars, and no recurrence is the fastest everywhere.
    fn subfamily(&self) -> u32 {
        2 * self.recurrence as u32 + u32::from(self.width > 1)
    }
}

impl fmt::Display for Chains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { recurrence, width, chains, unroll, workgroup } = self;
        write!(f, "{recurrence}/v{width}x{chains}/u{unroll}/wg{workgroup}")
    }
}
