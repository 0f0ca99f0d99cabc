//! What decides, beside the benchmark, which shapes are worth trying.

use crate::adapter::{Adapter, MatrixShape, WorkgroupMatrix};

/// What a device offers to shapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Invocations of a subgroup, where there are subgroups and all have the same size.
    pub lanes: Option<u32>,
    /// Sizes that a subgroup can have.
    pub subgroup_sizes: Vec<u32>,
    /// What its matrix units do; `None` where no device is at hand.
    pub matrices: Option<Vec<MatrixShape>>,
    /// What its workgroups hold together.
    pub workgroup_matrices: Vec<WorkgroupMatrix>,
}

impl Target {
    /// What `adapter` offers.
    pub fn of(adapter: &Adapter) -> Self {
        let [least, most] = adapter.subgroup_size.map(|size| size.clamp(1, 128));
        let sizes = std::iter::successors(Some(most), |size| Some(size / 2)).take_while(|size| *size >= least.max(1));
        let matrices = Some(adapter.cooperative_matrix.clone());
        Self {
            lanes: adapter.lanes(),
            subgroup_sizes: sizes.collect(),
            matrices,
            workgroup_matrices: adapter.workgroup_matrix.clone(),
        }
    }

    /// The target if no device is at hand: subgroups as NVIDIA and AMD have them, and all fragments.
    pub fn common() -> Self {
        Self { lanes: Some(32), subgroup_sizes: vec![64, 32], matrices: None, workgroup_matrices: vec![] }
    }
}
