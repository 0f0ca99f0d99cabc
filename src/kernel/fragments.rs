//! Matrix products on matrix units, in fragments that a subgroup holds together.

use std::fmt;

use super::matrix::{self, Fragment};
use super::shape::{Kernel, Shape};
use super::subgroup::Subgroup;
use super::target::Target;
use super::tile::Loading;
use super::{Launch, product};
use crate::adapter::Adapter;
use crate::benchmark::Kind;
use crate::problem::Matmul;

/// How C = A·B is divided into fragments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fragments {
    /// What the units are given at once.
    pub fragment: Fragment,
    /// The subgroups that hold fragments together.
    pub subgroup: Subgroup,
    /// Subgroups of a workgroup along the rows and the columns of C.
    pub subgroups: [u32; 2],
    /// Fragments of C per subgroup, along rows and columns.
    pub fragments: [u32; 2],
    /// Step along K, in words where bytes are packed.
    pub bk: u32,
    /// How the operands come to the fragments.
    pub feed: Feed,
    /// Whether B is read from its transpose.
    pub transposed: bool,
    /// Rows of tiles that workgroups go down before they go right.
    pub raster: u32,
}

/// How operands come to the fragments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feed {
    /// From the buffers.
    Direct,
    /// Through workgroup memory.
    Staged {
        /// When the operands of a step are loaded.
        loading: Loading,
        /// Whether they are loaded as words of 32 bits, else in their own type: which of the two becomes one load differs between compilers.
        words: bool,
    },
}

const OWN_TYPE: Feed = Feed::Staged { loading: Loading::InTime, words: false };
const WORDS: Feed = Feed::Staged { loading: Loading::InTime, words: true };
const AHEAD: Feed = Feed::Staged { loading: Loading::Ahead, words: false };
const AHEAD_DOUBLE: Feed = Feed::Staged { loading: Loading::AheadDouble, words: false };

/// Fragments, subgroups, step along K, way of the operands and raster.
type Seed = ([u32; 2], [u32; 2], u32, Feed, u32);

/// Shapes of packed words, which the step along K counts; B is read from its transpose. Large tiles come first: an H100's second-level cache feeds
/// 128×128 no faster than a third of what its units can do.
const PACKED_SEEDS: [Seed; 8] = [
    ([4, 4], [4, 2], 16, AHEAD, 8),
    ([4, 4], [2, 2], 16, AHEAD_DOUBLE, 8),
    ([4, 4], [2, 4], 16, AHEAD, 8),
    ([4, 4], [4, 2], 8, AHEAD_DOUBLE, 8),
    ([2, 4], [4, 2], 16, AHEAD_DOUBLE, 8),
    ([4, 4], [2, 2], 32, AHEAD, 8),
    ([2, 4], [4, 2], 32, OWN_TYPE, 1),
    ([2, 2], [2, 2], 32, OWN_TYPE, 1),
];

/// For both layouts of B.
const SEEDS: [Seed; 8] = [
    // The laboratory's best on NVIDIA: 2.7 instructions for each of the matrix units'.
    ([2, 4], [4, 2], 64, WORDS, 1),
    // On AMD.
    ([4, 4], [2, 2], 32, Feed::Staged { loading: Loading::Double, words: false }, 1),
    ([4, 4], [2, 2], 32, OWN_TYPE, 1),
    ([4, 4], [2, 2], 16, Feed::Direct, 1),
    ([3, 3], [2, 2], 64, WORDS, 1),
    ([2, 4], [2, 2], 64, Feed::Staged { loading: Loading::Ahead, words: true }, 1),
    // Small parts hold few fragments.
    ([2, 2], [2, 2], 32, OWN_TYPE, 1),
    ([1, 1], [2, 2], 16, OWN_TYPE, 1),
];

/// Fragments of `kind` with every size of subgroup.
fn plain(kind: Kind, target: &Target) -> impl Iterator<Item = (Fragment, Subgroup)> {
    let sizes = Subgroup::each(&target.subgroup_sizes);
    matrix::fragments(kind, target).into_iter().flat_map(move |one| sizes.clone().map(move |size| (one, size)))
}

/// The same, moving as words.
fn packed(kind: Kind, target: &Target) -> impl Iterator<Item = (Fragment, Subgroup)> {
    plain(kind, target).filter_map(move |(one, size)| Some((matrix::in_words(one, kind)?, size)))
}

pub(super) fn seeds(kind: Kind, target: &Target) -> Vec<Shape> {
    let packed = packed(kind, target).flat_map(|shape| PACKED_SEEDS.map(|seed| (shape, seed, true)));
    let layouts = || SEEDS.into_iter().flat_map(|seed| [true, false].map(|transposed| (seed, transposed)));
    let plain =
        plain(kind, target).flat_map(|shape| layouts().map(move |(seed, transposed)| (shape, seed, transposed)));
    let made = |((fragment, subgroup), seed, transposed)| {
        let (fragments, subgroups, bk, feed, raster) = seed;
        Fragments { fragment, subgroup, subgroups, fragments, bk, feed, transposed, raster }
    };
    packed.chain(plain).map(made).filter(|shape| shape.is_whole()).map(Shape::Fragments).collect()
}

/// Everything that the bodies can be written for and that has ever been fast.
pub(super) fn space(kind: Kind, target: &Target) -> Vec<Shape> {
    let mut found = Vec::new();
    let staged =
        Loading::ALL.into_iter().flat_map(|loading| [true, false].map(|words| Feed::Staged { loading, words }));
    let ways: Vec<Feed> = staged.chain([Feed::Direct]).collect();
    let fragments = [[1, 1], [2, 2], [2, 4], [4, 2], [3, 3], [4, 4], [4, 8], [8, 4]];
    let subgroups = [[1, 1], [2, 2], [4, 2], [2, 4], [4, 4]];
    let in_their_type = plain(kind, target).filter(|(one, _)| one.per_word == 1);
    for (fragment, subgroup) in in_their_type.chain(packed(kind, target)) {
        for (fragments, subgroups) in fragments.into_iter().flat_map(|one| subgroups.map(|other| (one, other))) {
            for (bk, &feed) in [8, 16, 32, 64].into_iter().flat_map(|bk| ways.iter().map(move |way| (bk, way))) {
                for (transposed, raster) in [(true, 1), (true, 8), (false, 1), (false, 8)] {
                    found.push(Fragments { fragment, subgroup, subgroups, fragments, bk, feed, transposed, raster });
                }
            }
        }
    }
    found.into_iter().filter(|shape| shape.is_whole()).map(Shape::Fragments).collect()
}

/// Bytes of one load, and what pads a row of a staged tile so that rows begin in different banks.
const WIDE_BYTES: u64 = 16;

impl Fragments {
    fn block(self) -> [u32; 2] {
        let Fragment { m, n, .. } = self.fragment;
        [self.subgroups[0] * self.fragments[0] * m, self.subgroups[1] * self.fragments[1] * n]
    }

    /// Whether loads of 16 bytes (eight halves or four singles) divide evenly among the invocations, and those of one invocation lie below
    /// each other.
    fn is_whole(self) -> bool {
        let invocations = self.invocations();
        // Four bytes of one column are a word only where K runs along B's rows.
        let sensible = self.bk.is_multiple_of(self.fragment.k_words())
            && invocations <= 512
            && (self.fragment.per_word == 1 || self.transposed && !self.loads_words());
        let packed = self.fragment.per_word > 1;
        let even = |wide: u32| {
            let pieces = self.bk / wide;
            let divided = self.block().iter().all(|side| (side * pieces).is_multiple_of(invocations));
            divided && invocations.is_multiple_of(pieces)
        };
        sensible && (self.feed == Feed::Direct || (packed || even(8)) && even(4))
    }

    /// Size of an element of workgroup memory in bytes: of a word where elements are packed.
    fn element_bytes(self, kind: Kind) -> u64 {
        let (input, _) = kind.matrix_elements();
        input.size() * u64::from(self.fragment.per_word)
    }

    fn loading(self) -> Loading {
        match self.feed {
            Feed::Staged { loading, .. } => loading,
            Feed::Direct => Loading::InTime,
        }
    }

    /// Whether operands are loaded as words of 32 bits.
    pub(super) fn loads_words(self) -> bool {
        matches!(self.feed, Feed::Staged { words: true, .. })
    }

    pub(super) fn launch(self, product: &Matmul) -> Launch {
        // The first two operands are A and B, the third is B's transpose.
        let inputs = vec![0, if self.transposed { 2 } else { 1 }];
        Launch { inputs, ..product::launch(product, self.block(), self.fragment.per_word) }
    }
}

impl Kernel for Fragments {
    fn shader(&self, _: Kind) -> Option<&'static str> {
        Some(if self.feed == Feed::Direct { "matmul/cooperative_direct.wgsl" } else { "matmul/cooperative.wgsl" })
    }

    fn invocations(&self) -> u32 {
        self.subgroups[0] * self.subgroups[1] * self.subgroup.lanes
    }

    fn unrolled(&self) -> u32 {
        self.bk / self.fragment.k_words() * self.fragments[0] * self.fragments[1] * self.fragment.unrolled()
    }

    fn registers(&self, kind: Kind) -> u64 {
        let [rows, columns] = self.fragments;
        let [bm, bn] = self.block();
        let loaded = match self.feed {
            Feed::Staged { .. } => {
                u64::from((bm + bn) * self.bk) * self.element_bytes(kind) / (4 * u64::from(self.invocations()))
            }
            Feed::Direct => 0,
        };
        let held = |left, right, sums| self.fragment.registers(kind, self.subgroup.lanes, left, right, sums);
        let beside = match self.loading() {
            // The next fragments come while these are multiplied.
            Loading::AheadDouble => held(2 * rows, 2 * columns, 0) + loaded,
            // What is loaded ahead is held while fragments are multiplied.
            Loading::Ahead => held(rows, columns, 0) + loaded,
            Loading::InTime | Loading::Double => held(rows, columns, 0).max(loaded),
        };
        held(0, 0, rows * columns) + beside
    }

    fn workgroup_memory_bytes(&self, kind: Kind) -> u64 {
        let [bm, bn] = self.block();
        let row = u64::from(self.bk) * self.element_bytes(kind) + WIDE_BYTES;
        match self.feed {
            Feed::Direct => 0,
            Feed::Staged { .. } => u64::from(self.loading().buffers() * (bm + bn)) * row,
        }
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        let mut constants = self.fragment.constants().to_vec();
        constants.extend([
            ("LANES", self.subgroup.lanes),
            ("SR", self.subgroups[0]),
            ("SC", self.subgroups[1]),
            ("FM", self.fragments[0]),
            ("FN", self.fragments[1]),
            ("BK", self.bk),
            ("RASTER", self.raster),
            ("TRANSPOSED", u32::from(self.transposed)),
        ]);
        if let Feed::Staged { loading, .. } = self.feed {
            constants.extend([("AHEAD", u32::from(loading.is_ahead())), ("BUFFERS", loading.buffers())]);
        }
        constants
    }

    fn numbers(&self) -> Vec<u32> {
        let feed = match self.feed {
            Feed::Direct => [0, 0],
            Feed::Staged { loading, words } => [1 + loading as u32, u32::from(words)],
        };
        let Self { fragment, subgroup: Subgroup { lanes, .. }, subgroups, fragments, bk, raster, .. } = *self;
        let Fragment { m, n, k, .. } = fragment;
        [&[m, n, k, lanes, bk, u32::from(self.transposed), raster], &subgroups[..], &fragments, &feed].concat()
    }

    fn misfit(&self, kind: Kind, adapter: &Adapter) -> Option<String> {
        self.fragment.misfit(self.subgroup.lanes, kind, adapter)
    }
}

impl fmt::Display for Fragments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fragment, subgroup: Subgroup { lanes, .. }, subgroups: [sr, sc], fragments: [fm, fn_], bk, .. } =
            self;
        write!(f, "{fragment}/{fm}x{fn_}/{sr}x{sc}x{lanes}/k{bk}")?;
        f.write_str(match self.feed {
            Feed::Direct => "/direct",
            Feed::Staged { loading, .. } => loading.suffix(),
        })?;
        f.write_str(if self.loads_words() { "/words" } else { "" })?;
        f.write_str(if self.fragment.per_word == 2 { "/packed" } else { "" })?;
        f.write_str(if self.transposed { "/bt" } else { "" })?;
        if self.raster > 1 { write!(f, "/r{}", self.raster) } else { Ok(()) }
    }
}
