//! What kernels on matrix units have in common.

use std::fmt;

use super::Target;
use crate::adapter::{Adapter, MatrixShape};
use crate::benchmark::Kind;
use crate::problem::Element;

/// The product that a subgroup gives to the matrix units at once: M×K times K×N.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fragment {
    /// Rows of A and C.
    pub m: u32,
    /// Columns of B and C.
    pub n: u32,
    /// Columns of A, rows of B: a multiple of `per_word`.
    pub k: u32,
    /// Values along K that an element of a buffer holds: four bytes, two of 16 bits that move as words, else one.
    pub per_word: u32,
}

/// Fragments whose factors have a type that WGSL cannot express.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packed {
    /// What the units are given at once.
    pub fragment: Fragment,
    /// What a word holds.
    pub packing: Packing,
}

/// What a word of packed factors holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Four signed bytes; sums are i32.
    Bytes,
    /// Two halves.
    Halves,
    /// Two BF16.
    Bfloats,
    /// Four FP8 of the kind E4M3.
    E4m3,
    /// Four FP8 of the kind E5M2.
    E5m2,
}

impl Packing {
    /// Values in a word.
    pub(super) fn per_word(self) -> u32 {
        match self {
            Self::Bytes | Self::E4m3 | Self::E5m2 => 4,
            Self::Halves | Self::Bfloats => 2,
        }
    }

    /// The values in a word.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Bytes => "four bytes",
            Self::Halves => "two halves",
            Self::Bfloats => "two BF16",
            Self::E4m3 => "four FP8 (E4M3)",
            Self::E5m2 => "four FP8 (E5M2)",
        }
    }
}

/// How factors of a kernel of `kind` are packed where they move as words; `None` where they cannot be.
pub(super) fn packing(kind: Kind) -> Option<Packing> {
    match kind.matrix_elements().0 {
        Element::I8 => Some(Packing::Bytes),
        Element::F16 => Some(Packing::Halves),
        Element::Bf16 => Some(Packing::Bfloats),
        Element::E4m3 => Some(Packing::E4m3),
        Element::E5m2 => Some(Packing::E5m2),
        _ => None,
    }
}

/// What WGSL can express.
const CUBES: [[u32; 3]; 2] = [[16, 16, 16], [8, 8, 8]];

/// Shapes for bytes, whose types are put in after WGSL, so that any can be had: those that drivers list, the larger first, of which as many make a
/// larger tile.
const OF_BYTES: [[u32; 3]; 8] =
    [[16, 16, 32], [16, 8, 32], [16, 16, 16], [8, 16, 32], [8, 8, 32], [16, 8, 16], [8, 8, 16], [8, 8, 8]];

/// The same for FP8. RADV lists cubes; the others are those of bytes.
const OF_FP8: [[u32; 3]; 4] = [[16, 16, 32], [16, 8, 32], [16, 16, 16], [8, 16, 32]];

/// Shapes of halves that only SPIR-V can name: Intel's.
const OF_HALVES: [[u32; 3]; 2] = [[8, 16, 16], [8, 8, 16]];

/// The fragments that kernels of `kind` are written for, the ones to take first before the others.
fn known(kind: Kind) -> impl Iterator<Item = Fragment> {
    let (input, _) = kind.matrix_elements();
    let mut shapes = match input {
        Element::I8 => OF_BYTES.to_vec(),
        Element::E4m3 | Element::E5m2 => OF_FP8.to_vec(),
        Element::F16 => [&CUBES[..], &OF_HALVES].concat(),
        Element::Bf16 => [&CUBES[..1], &OF_HALVES].concat(),
        _ => CUBES.to_vec(),
    };
    // Chains need no operands from elsewhere, and more of them fit where each is smaller.
    if matches!(kind, Kind::MatrixPeak { .. }) && input.size() == 1 {
        shapes.swap(0, 1);
    }
    let named_by_wgsl = move |shape: [u32; 3]| input.per_word() == 1 && CUBES.contains(&shape);
    let words = packing(kind).map_or(1, Packing::per_word);
    shapes.into_iter().map(move |shape| {
        let [m, n, k] = shape;
        Fragment { m, n, k, per_word: if named_by_wgsl(shape) { 1 } else { words } }
    })
}

/// The fragments worth compiling for a target: the one that a device takes, or all there are.
pub(super) fn fragments(kind: Kind, target: &Target) -> Vec<Fragment> {
    target.matrices.as_ref().map_or_else(|| known(kind).collect(), |matrices| vec![Fragment::of(matrices, kind)])
}

/// The same, moving in words of several values: those always do whose type WGSL does not have, halves can; `None` where a value fills a word.
pub(super) fn in_words(fragment: Fragment, kind: Kind) -> Option<Fragment> {
    packing(kind).map(|packing| Fragment { per_word: packing.per_word(), ..fragment })
}

impl Fragment {
    /// The fragment that a benchmark of `kind` works with on matrix units that do `matrices`; where there is none, one that they do not do.
    ///
    /// # Panics
    /// Panics if the benchmark is not one of matrix units: a mistake in this program.
    pub fn of(matrices: &[MatrixShape], kind: Kind) -> Self {
        let fits = |fragment: &Self| typed(kind, matrices).any(|shape| fragment.is(shape));
        let first = || known(kind).next().expect("every type has fragments");
        known(kind).find(fits).unwrap_or_else(first)
    }

    /// Elements of a buffer along K.
    pub(super) fn k_words(self) -> u32 {
        self.k / self.per_word
    }

    /// Whether the device's units do this product.
    fn is(self, shape: &MatrixShape) -> bool {
        [shape.m, shape.n, shape.k] == [self.m, self.n, self.k]
    }

    /// The sizes, by the names that the bodies know them by.
    pub(super) fn constants(self) -> [(&'static str, u32); 3] {
        [("EDGE_M", self.m), ("EDGE_N", self.n), ("EDGE_K", self.k_words())]
    }

    /// 32-bit registers of an invocation that `left`, `right` and `sums` fragments take in subgroups of `lanes`.
    pub(super) fn registers(self, kind: Kind, lanes: u32, left: u32, right: u32, sums: u32) -> u64 {
        let (input, accumulator) = kind.matrix_elements();
        let words = |elements: u32, bytes: u64| u64::from(elements) * bytes / (4 * u64::from(lanes.max(1)));
        words(left * self.m * self.k + right * self.n * self.k, input.size())
            + words(sums * self.m * self.n, accumulator.size())
    }

    /// Vector operations that one of these products takes in place of: what it adds to a kernel's code.
    pub(super) fn unrolled(self) -> u32 {
        self.m / 4
    }

    /// Why fragments like this in subgroups of `lanes` do not fit the device, or `None` where they do.
    pub(super) fn misfit(self, lanes: u32, kind: Kind, adapter: &Adapter) -> Option<String> {
        let matrices = &adapter.cooperative_matrix;
        let (input, accumulator) = names(kind);
        let list = |shapes: &mut dyn Iterator<Item = &MatrixShape>| {
            shapes.map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        if typed(kind, matrices).next().is_none() {
            let theirs = list(&mut matrices.iter());
            return Some(format!("the device's matrix units do not take {input}→{accumulator}; they take {theirs}"));
        }
        let taken = Self::of(matrices, kind);
        if !typed(kind, matrices).any(|shape| taken.is(shape)) {
            let theirs = list(&mut typed(kind, matrices));
            let in_words = packing(kind).is_some();
            let ours =
                if in_words { "no kernel is written for that" } else { "WGSL can express cubes of 16 and 8 only" };
            return Some(format!("the device's matrix units take {theirs}, and {ours}"));
        }
        if (Self { per_word: taken.per_word, ..self }) != taken {
            let Self { m, n, k, .. } = taken;
            return Some(format!("the device's matrix units are given {m}×{n}×{k} {input}→{accumulator}"));
        }
        if self.per_word > 1 && !adapter.takes_spirv() {
            return Some(format!("fragments of {input} that are loaded as words need Vulkan, and kernels in SPIR-V"));
        }
        let [least, most] = adapter.subgroup_size;
        (!(least..=most).contains(&lanes))
            .then(|| format!("needs subgroups of {lanes} invocations, the device has {least} to {most}"))
    }
}

/// Those of `matrices` that are of the types of `kind`.
fn typed(kind: Kind, matrices: &[MatrixShape]) -> impl Iterator<Item = &MatrixShape> {
    let (input, accumulator) = names(kind);
    matrices.iter().filter(move |shape| shape.input == input && shape.accumulator == accumulator)
}

/// How drivers call the types of `kind`.
pub(super) fn names(kind: Kind) -> (&'static str, &'static str) {
    let (input, accumulator) = kind.matrix_elements();
    (input.name(), accumulator.name())
}

impl fmt::Display for Fragment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { m, n, k, .. } = self;
        if m == n && n == k { write!(f, "{m}x{n}") } else { write!(f, "{m}x{n}x{k}") }
    }
}
