//! What the shapes of matrix products have in common.

use crate::problem::Problem;

/// Workgroups along the columns and the rows of C, each for a block of `rows`×`columns`.
pub(super) fn workgroups(problem: &Problem, rows: u32, columns: u32) -> [u32; 2] {
    let Problem::Matmul { m, n, .. } = *problem else {
        unreachable!("a product has rows and columns, not {problem:?}")
    };
    [n.div_ceil(columns), m.div_ceil(rows)]
}

/// M, N, and K in words: a word holds four values where bytes are packed.
pub(super) fn params(problem: &Problem) -> [u32; 4] {
    let Problem::Matmul { input, .. } = *problem else { unreachable!("a product has inputs, not {problem:?}") };
    params_in_words(problem, input.per_word())
}

/// M, N, and K in words of `per_word` values.
pub(super) fn params_in_words(problem: &Problem, per_word: u32) -> [u32; 4] {
    let Problem::Matmul { m, n, k, .. } = *problem else { unreachable!("a product has sizes, not {problem:?}") };
    [m, n, k / per_word, 0]
}
