//! Matrix products on matrix units, in fragments that a workgroup holds together.

use std::fmt;

use super::matrix::Fragment;
use super::shape::{Form, Shape};
use super::target::Target;
use super::{Kind, matrix, product};
use crate::adapter::{Adapter, WorkgroupMatrix};
use crate::problem::Problem;

/// How C = A·B is divided into the fragments of workgroups, which read B's transpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GroupFragments {
    /// What a workgroup computes in a step.
    pub fragment: Fragment,
    /// Invocations of a workgroup.
    pub invocations: u32,
    /// Rows of tiles that workgroups go down before they go right.
    pub raster: u32,
}

/// Rows, columns, and bytes along K.
const SEEDS: [[u32; 3]; 6] =
    [[128, 256, 128], [128, 128, 128], [256, 128, 128], [128, 256, 64], [128, 128, 64], [128, 64, 128]];

pub(super) fn seeds(kind: Kind, target: &Target) -> Vec<Shape> {
    with(kind, target, &SEEDS, &[8])
}

/// Tiles of 64 to 256, steps of 32 to 256 bytes.
pub(super) fn space(kind: Kind, target: &Target) -> Vec<Shape> {
    let sides = [64, 128, 256];
    let sizes: Vec<_> = sides
        .into_iter()
        .flat_map(|m| sides.map(|n| (m, n)))
        .flat_map(|(m, n)| [32, 64, 128, 256].map(|bytes| [m, n, bytes]))
        .collect();
    with(kind, target, &sizes, &[1, 4, 8, 16])
}

fn with(kind: Kind, target: &Target, sizes: &[[u32; 3]], rasters: &[u32]) -> Vec<Shape> {
    let Some(per_word) = matrix::packing(kind).map(|packing| packing.per_word()) else { return Vec::new() };
    let mut found = Vec::new();
    for &[m, n, bytes] in sizes {
        let fragment = Fragment { m, n, k: bytes / 4 * per_word, per_word };
        for &invocations in &[256, 128] {
            for &raster in rasters {
                let shape = GroupFragments { fragment, invocations, raster };
                // Where no device is at hand there is no knowing.
                if target.workgroup_matrices.iter().any(|one| shape.is_one_of(one, kind)) {
                    found.push(Shape::GroupFragments(shape));
                }
            }
        }
    }
    found
}

/// Registers of an invocation that factors on their way take, at the least.
const PASSING: u64 = 32;

impl GroupFragments {
    fn is_one_of(self, matrix: &WorkgroupMatrix, kind: Kind) -> bool {
        let (input, accumulator) = matrix::names(kind);
        let sizes = [self.fragment.m, self.fragment.n, self.fragment.k];
        let whole = sizes.iter().zip(matrix.granularity).all(|(size, step)| step > 0 && size.is_multiple_of(step));
        whole && self.invocations == matrix.invocations && matrix.input == input && matrix.accumulator == accumulator
    }
}

impl Form for GroupFragments {
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
        // Factors lie in workgroup memory, and pass through registers. Where sums alone filled those of an H100, its driver lost the device.
        self.fragment.registers(kind, self.invocations, 0, 0, 1) + PASSING
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        let own = [("INVOCATIONS", self.invocations), ("RASTER", self.raster)];
        [&self.fragment.constants()[..], &own].concat()
    }

    fn suits(&self, problem: &Problem) -> bool {
        let Problem::Matmul { m, n, k, .. } = *problem else { return false };
        m >= self.fragment.m && n >= self.fragment.n && k.is_multiple_of(self.fragment.k)
    }

    fn workgroups(&self, problem: &Problem) -> [u32; 2] {
        product::workgroups(problem, self.fragment.m, self.fragment.n)
    }

    fn params(&self, problem: &Problem, _part: u32) -> [u32; 4] {
        let [m, n, ..] = product::params(problem);
        [m, n, product::depth(problem) / self.fragment.per_word, 0]
    }

    /// A and B's transpose.
    fn inputs(&self, _: &Problem) -> Vec<usize> {
        vec![0, 2]
    }

    fn misfit(&self, kind: Kind, adapter: &Adapter) -> Option<String> {
        let fits = adapter.workgroup_matrix.iter().any(|one| self.is_one_of(one, kind));
        (!fits).then(|| "the device's workgroups hold no matrices together".to_owned())
    }
}

impl fmt::Display for GroupFragments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fragment: Fragment { m, n, k, .. }, invocations, raster } = self;
        write!(f, "group/{m}x{n}x{k}/wg{invocations}")?;
        if *raster > 1 { write!(f, "/r{raster}") } else { Ok(()) }
    }
}
