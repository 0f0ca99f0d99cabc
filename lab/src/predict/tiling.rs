//! What the shape of a product says: the tile that a workgroup makes, and the bytes that it moves for it.

use gpu_assay::benchmark::Kind;
use gpu_assay::kernel::{Shape, Variant};
use gpu_assay::problem::Element;

/// A workgroup's tile of C, and one step of it along K.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tiling {
    /// Rows and columns of C.
    pub(crate) rows: f64,
    pub(crate) columns: f64,
    /// Elements along K in a step.
    pub(crate) step: f64,
    /// Bytes of a row (column) of the operands along such a step: in their buffers, and where fragments or sums take them from.
    row_bytes: f64,
    kept_row_bytes: f64,
    /// Different rows and columns that a subgroup reads.
    subgroup: [f64; 2],
    /// Whether operands go through workgroup memory.
    pub(crate) staged: bool,
    /// Whether a step's operands are on their way while the one before is summed.
    pub(crate) ahead: bool,
    /// Rows of tiles that workgroups go down before they go right.
    pub(crate) raster: f64,
}

/// The tiling of `variant` with subgroups of `lanes`; `None` where it is not a product.
pub(crate) fn of(variant: &Variant, lanes: u32) -> Option<Tiling> {
    let (Kind::Matmul { input, accumulator } | Kind::MatrixProduct { input, accumulator }) = variant.benchmark.kind
    else {
        return None;
    };
    match variant.shape {
        Shape::Tile(tile) => {
            let kept = if input == Element::I8 { 4 } else { accumulator.size() };
            let (words, across) = (tile.bk, tile.bn / tile.tn);
            let grid = grid(lanes, across, tile.tm, tile.tn);
            let ahead = variant.name().contains("/ahead");
            Some(tiling(input, [tile.bm, tile.bn], words, kept, grid, true, ahead, tile.raster))
        }
        Shape::Direct(direct) => {
            let grid = grid(lanes, direct.columns, direct.tm, direct.tn);
            let [rows, columns] = [direct.rows * direct.tm, direct.columns * direct.tn];
            Some(tiling(input, [rows, columns], direct.bk, word(input), grid, false, false, 1))
        }
        // A lane loads four words along K of its rows.
        Shape::Broadcast(shape) => {
            let block = [shape.tm, shape.tn * shape.lanes];
            Some(tiling(input, block, 4, word(input), block.map(f64::from), false, false, 1))
        }
        Shape::Fragments(shape) => {
            let [rows, columns] = [shape.fragments[0] * shape.fragment.m, shape.fragments[1] * shape.fragment.n];
            let block = [rows * shape.subgroups[0], columns * shape.subgroups[1]];
            let kept = input.size() * u64::from(shape.fragment.per_word);
            let subgroup = [rows, columns].map(f64::from);
            let name = variant.name();
            let (staged, ahead) = (!name.contains("/direct"), name.contains("/ahead"));
            let tiling = tiling(input, block, shape.bk, kept, subgroup, staged, ahead, shape.raster);
            // Its step counts elements of the buffer, which may hold several values.
            let values = f64::from(shape.bk * shape.fragment.per_word);
            #[expect(clippy::cast_precision_loss, reason = "a few bytes")]
            let bytes = values * input.size() as f64;
            Some(Tiling { step: values, row_bytes: bytes, kept_row_bytes: bytes, ..tiling })
        }
        _ => None,
    }
}

/// Bytes of an element of the buffer.
fn word(input: Element) -> u64 {
    input.size() * u64::from(input.per_word())
}

/// Rows and columns of C that the invocations of a subgroup have, `across` of them side by side.
fn grid(lanes: u32, across: u32, tm: u32, tn: u32) -> [f64; 2] {
    let side_by_side = lanes.min(across).max(1);
    [f64::from(lanes.div_ceil(side_by_side) * tm), f64::from(side_by_side * tn)]
}

#[expect(clippy::too_many_arguments, reason = "the numbers of a shape, each used once")]
#[expect(clippy::cast_precision_loss, reason = "a few bytes")]
fn tiling(
    input: Element,
    [rows, columns]: [u32; 2],
    words: u32,
    kept: u64,
    subgroup: [f64; 2],
    staged: bool,
    ahead: bool,
    raster: u32,
) -> Tiling {
    Tiling {
        rows: f64::from(rows),
        columns: f64::from(columns),
        step: f64::from(words * input.per_word()),
        row_bytes: f64::from(words) * word(input) as f64,
        kept_row_bytes: f64::from(words) * kept as f64,
        subgroup,
        staged,
        ahead,
        raster: f64::from(raster),
    }
}

impl Tiling {
    /// Multiply-adds of a workgroup in a step.
    pub(crate) fn multiply_adds(&self) -> f64 {
        self.rows * self.columns * self.step
    }

    /// Bytes that a workgroup brings from beyond its unit in a step.
    pub(crate) fn bytes(&self) -> f64 {
        (self.rows + self.columns) * self.row_bytes
    }

    /// Bytes of a step that a subgroup reads where it computes, each counted once.
    pub(crate) fn subgroup_bytes(&self) -> f64 {
        self.subgroup.iter().sum::<f64>() * self.kept_row_bytes
    }

    /// Bytes that a workgroup's step takes from memory where `together` of them run beside each other on a product of that edge, and the cache
    /// serves all but the first of those that share a row or a column of tiles.
    pub(crate) fn bytes_from_memory(&self, together: f64, edge: f64) -> f64 {
        let across = (edge / self.columns).min((together / self.raster).ceil()).max(1.0);
        let down = (together / across).min(edge / self.rows).max(1.0);
        (down * self.rows + across * self.columns) * self.row_bytes / together.min(down * across).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use gpu_assay::benchmark::Benchmark;
    use gpu_assay::kernel::Target;

    use super::*;

    fn tiling_of(id: &str, name: &str) -> Tiling {
        let seeds = Benchmark::by_id(id).expect("a benchmark").seeds(&Target::common());
        let variant = seeds.iter().find(|one| one.name() == name).expect("a seed");
        of(variant, 32).expect("a product")
    }

    fn same(one: f64, due: f64) {
        assert!((one - due).abs() < 1e-9, "{one}, where {due} is due");
    }

    #[test]
    fn bytes_of_a_tile_of_singles() {
        let tiling = tiling_of("matmul/f32", "128x128x16/8x8");
        assert_eq!((tiling.rows, tiling.columns, tiling.step), (128.0, 128.0, 16.0));
        same(tiling.bytes(), 256.0 * 16.0 * 4.0);
        // Sixteen invocations across, two rows of them in a subgroup: 16 rows and 128 columns.
        same(tiling.subgroup_bytes(), 144.0 * 16.0 * 4.0);
        // 128 tiles in two rows of 64: two rows of operands and 64 columns for all of them.
        same(tiling.bytes_from_memory(128.0, 8192.0), (2.0 + 64.0) * 128.0 * 64.0 / 128.0);
    }

    #[test]
    fn halves_and_bytes_that_move_as_words_count_all_their_values() {
        let halves = tiling_of("matmul/coop/f16-f32", "16x16/4x4/2x2x32/k16/ahead/double/packed/bt/r8");
        assert_eq!((halves.step, halves.raster, halves.ahead), (32.0, 8.0, true));
        same(halves.bytes(), 256.0 * 32.0 * 2.0);
        same(halves.subgroup_bytes(), 128.0 * 32.0 * 2.0);
        let bytes = tiling_of("matmul/i8-i32", "128x128x16/8x8");
        assert_eq!((bytes.step, bytes.bytes()), (64.0, 256.0 * 64.0));
        // Halves that are summed in singles are kept as such.
        let mixed = tiling_of("matmul/f16-f32", "128x128x16/8x8");
        assert_eq!((mixed.bytes(), mixed.subgroup_bytes()), (256.0 * 32.0, 144.0 * 64.0));
    }
}
