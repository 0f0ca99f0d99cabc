//! What the shapes of matrix products have in common.

use super::Launch;
use crate::problem::Matmul;

/// The launch over blocks of `rows`×`columns` of C, with M, N, and K in words of `per_word` values.
pub(super) fn launch(product: &Matmul, [rows, columns]: [u32; 2], per_word: u32) -> Launch {
    let Matmul { m, n, k, .. } = *product;
    Launch::new(product, [n.div_ceil(columns), m.div_ceil(rows)], [m, n, k / per_word, 0])
}
