//! What the shapes of matrix products have in common.

use crate::problem::Problem;

/// Workgroups along the columns and the rows of C, each for a block of `rows`×`columns`.
pub(super) fn workgroups(problem: &Problem, rows: u32, columns: u32) -> [u32; 2] {
    let Problem::Matmul { m, n, .. } = *problem else {
        unreachable!("a product has rows and columns, not {problem:?}")
    };
    [n.div_ceil(columns), m.div_ceil(rows)]
}

/// K in values.
pub(super) fn depth(problem: &Problem) -> u32 {
    let Problem::Matmul { k, .. } = *problem else { unreachable!("a product has sizes, not {problem:?}") };
    k
}

/// M, N, and K in words: a word holds four values where bytes are packed.
pub(super) fn params(problem: &Problem) -> [u32; 4] {
    let Problem::Matmul { m, n, k, input, .. } = *problem else { unreachable!("a product has sizes, not {problem:?}") };
    [m, n, k / input.per_word(), 0]
}
