//! Matrix products on matrix units, in matrices that a workgroup holds together: how they come to the units is the driver's business.

use std::fmt;

use super::matrix::{self, Fragment};
use super::shape::{Kernel, Shape};
use super::target::Target;
use super::{Launch, product};
use crate::adapter::{Adapter, WorkgroupMatrix};
use crate::benchmark::Kind;
use crate::problem::Matmul;

/// How C = A·B is divided into the matrices of workgroups, which read B's transpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GroupFragments {
    /// What a workgroup computes in a step.
    pub fragment: Fragment,
    /// Invocations of a workgroup.
    pub invocations: u32,
    /// Rows of tiles that workgroups go down before they go right.
    pub raster: u32,
    /// How factors are addressed.
    pub addressing: Addressing,
}

/// How the matrices of a workgroup are found in a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Addressing {
    /// By their first row and the distance to the next one, as those of a subgroup are.
    Strided,
    /// By the layout of a tensor, which is how the makers of the extension use it.
    Tensor,
}

use Addressing::{Strided, Tensor};

/// Rows, columns, bytes along K, invocations and addressing. The first one was right on an H100; 128 bytes along K of 128×256 and 128×128 are
/// llama.cpp's (`l_warptile` and `m_warptile` for `coopmat2`), 32 and 64 those of NVIDIA's `vk_cooperative_matrix_perf` for sums of singles and of
/// halves.
const SEEDS: [([u32; 3], u32, Addressing); 10] = [
    ([128, 256, 128], 256, Strided),
    ([128, 256, 128], 256, Tensor),
    ([128, 256, 64], 256, Tensor),
    ([256, 128, 64], 256, Tensor),
    ([128, 256, 32], 256, Tensor),
    ([128, 128, 128], 256, Tensor),
    ([128, 128, 64], 128, Tensor),
    ([256, 256, 64], 256, Tensor),
    ([128, 256, 64], 256, Strided),
    ([128, 128, 128], 256, Strided),
];

/// Registers of an invocation that sums may take: an H100's driver kept so many. NVIDIA's own sample leaves out what takes more, as too slow.
const MOST_FOR_SUMS: u64 = 128;

/// The same of sums and both factors, were they held whole. What took 192 is a suspect of what an H100's driver refused.
const MOST_IN_ALL: u64 = 176;

/// Bytes that rows begin at a multiple of: Vulkan asks it of strided loads and stores, `SPV_NV_cooperative_matrix2` of what tensors are loaded from.
const ALIGNMENT: u64 = 16;

pub(super) fn seeds(kind: Kind, target: &Target) -> Vec<Shape> {
    let seeds = SEEDS.into_iter().filter_map(|(sizes, invocations, addressing)| {
        Some(GroupFragments { fragment: fragment(kind, sizes)?, invocations, raster: 8, addressing })
    });
    fitting(kind, target, seeds)
}

/// Tiles of 64 to 256, steps of 32 to 128 bytes.
pub(super) fn space(kind: Kind, target: &Target) -> Vec<Shape> {
    let sides = [64, 128, 256];
    let mut found = Vec::new();
    for [m, n] in sides.into_iter().flat_map(|m| sides.map(|n| [m, n])) {
        for fragment in [32, 64, 128].into_iter().filter_map(|bytes| fragment(kind, [m, n, bytes])) {
            for (raster, addressing) in
                [1, 4, 8, 16].into_iter().flat_map(|raster| [(raster, Strided), (raster, Tensor)])
            {
                let of = |invocations| GroupFragments { fragment, invocations, raster, addressing };
                found.extend([256, 128].map(of));
            }
        }
    }
    fitting(kind, target, found.into_iter())
}

/// The fragment of these rows, columns and bytes along K; `None` where factors cannot be packed.
fn fragment(kind: Kind, [m, n, bytes]: [u32; 3]) -> Option<Fragment> {
    let per_word = matrix::packing(kind)?.per_word();
    Some(Fragment { m, n, k: bytes / 4 * per_word, per_word })
}

/// Those of `shapes` that the target's workgroups hold; none where no device is at hand.
fn fitting(kind: Kind, target: &Target, shapes: impl Iterator<Item = GroupFragments>) -> Vec<Shape> {
    let held = |shape: &GroupFragments| target.workgroup_matrices.iter().any(|one| shape.is_one_of(one, kind));
    shapes.filter(|shape| shape.is_modest(kind)).filter(held).map(Shape::GroupFragments).collect()
}

impl GroupFragments {
    /// Whether the driver lists it.
    fn is_one_of(self, matrix: &WorkgroupMatrix, kind: Kind) -> bool {
        let (input, accumulator) = matrix::names(kind);
        let sizes = [self.fragment.m, self.fragment.n, self.fragment.k];
        let listed = |(size, step): (&u32, u32)| step > 0 && size.is_multiple_of(step) && *size <= matrix.largest_side;
        sizes.iter().zip(matrix.granularity).all(listed)
            && self.invocations == matrix.invocations
            && matrix.input == input
            && matrix.accumulator == accumulator
    }

    /// Whether it takes no more registers than drivers are known to have for it.
    fn is_modest(self, kind: Kind) -> bool {
        let sums = self.fragment.registers(kind, self.invocations, 0, 0, 1);
        sums <= MOST_FOR_SUMS && self.registers(kind) <= MOST_IN_ALL
    }

    /// Tiles lie inside of C, steps inside of K, and every row begins where it may.
    fn covers(self, product: &Matmul) -> bool {
        let Matmul { m, n, k, input, accumulator, transposed_too } = *product;
        let aligned = |length: u32, bytes: u64| (u64::from(length) * bytes).is_multiple_of(ALIGNMENT);
        transposed_too
            && m >= self.fragment.m
            && n >= self.fragment.n
            && k >= self.fragment.k
            && k.is_multiple_of(self.fragment.k)
            && aligned(k, input.size())
            && aligned(n, accumulator.size())
    }

    pub(super) fn launch(self, product: &Matmul) -> Option<Launch> {
        let Fragment { m, n, per_word, .. } = self.fragment;
        // A and B's transpose.
        let launch = || Launch { inputs: vec![0, 2], ..product::launch(product, [m, n], per_word) };
        self.covers(product).then(launch)
    }
}

impl Kernel for GroupFragments {
    fn shader(&self, _: Kind) -> Option<&'static str> {
        Some("matmul/cooperative_group.wgsl")
    }

    fn invocations(&self) -> u32 {
        self.invocations
    }

    fn unrolled(&self) -> u32 {
        self.fragment.m * self.fragment.n * self.fragment.k_words() / (4 * self.invocations)
    }

    fn registers(&self, kind: Kind) -> u64 {
        self.fragment.registers(kind, self.invocations, 1, 1, 1)
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        let own = [("INVOCATIONS", self.invocations), ("RASTER", self.raster)];
        [&self.fragment.constants()[..], &own].concat()
    }

    fn numbers(&self) -> Vec<u32> {
        let Self { fragment: Fragment { m, n, k, .. }, invocations, raster, addressing } = *self;
        vec![m, n, k, invocations, raster, addressing as u32]
    }

    fn subfamily(&self) -> u32 {
        self.addressing as u32
    }

    fn is_new_ground(&self) -> bool {
        true
    }

    fn misfit(&self, kind: Kind, adapter: &Adapter) -> Option<String> {
        let Some(held) = adapter.workgroup_matrix.iter().find(|one| self.is_one_of(one, kind)) else {
            return Some("the device's workgroups do not hold such matrices together".to_owned());
        };
        let has = adapter.limits.workgroup_memory_bytes;
        (held.reserved_bytes > has).then(|| {
            format!(
                "the driver keeps {} bytes of workgroup memory for itself, the device has {has}",
                held.reserved_bytes
            )
        })
    }
}

impl fmt::Display for GroupFragments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fragment: Fragment { m, n, k, .. }, invocations, raster, addressing } = self;
        write!(f, "group/{m}x{n}x{k}/wg{invocations}")?;
        f.write_str(if *addressing == Tensor { "/tensor" } else { "" })?;
        if *raster > 1 { write!(f, "/r{raster}") } else { Ok(()) }
    }
}
