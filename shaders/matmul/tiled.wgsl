// C = A·B, row-major, any M and N that are multiples of 4, any K of whole vectors.
//
// Idea: a workgroup owns a BM×BN tile of C. It walks along K in steps of BK, keeps the BM×BK and BK×BN operands in workgroup
// memory, and each invocation sums TM×TN elements in registers, so that every value read from workgroup memory is used TM or
// TN times. A is transposed on its way in, so that one step along K needs TM + TN values in registers and no more. Operands are
// converted to the tile's type once, while filling: NVIDIA has no free conversion. With AHEAD of 1 the next step's operands are on their
// way while a step is summed; with BUFFERS of 2 they have a place of their own, and a step needs one barrier and not two; with both, a step puts
// away the operands of the next and loads those after them, all beside its sums.
//
// Expects from the prelude: Word4 (four neighbours of A along K, or of B along N, in memory), Tile1 and Tile4 (one and four of them in
// workgroup memory), Acc4 (four sums; four neighbours of C), multiply_add(Tile1, Tile4, Acc4), BM BN BK TM TN AHEAD BUFFERS, WIDE
// (Tile1 in 16 bytes). A word holds one value, or four i8 along K; K and BK count words.
// Uses: shared/raster.wgsl, shared/workgroup_number.wgsl
// Needs: BUFFERS·(BM + WIDE + BN)·BK tile elements of workgroup memory; BM·BN/(TM·TN) invocations.

struct Params {
    m: u32,
    n: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> c: array<Acc4>;
@group(0) @binding(2) var<storage, read> a: array<Word4>;
@group(0) @binding(3) var<storage, read> b: array<Word4>;

// Widths in vectors of four.
const BN4: u32 = BN / 4u;
const BK4: u32 = BK / 4u;
const TN4: u32 = TN / 4u;

// The invocations form a ROWS×COLS grid. An invocation's rows are neighbours, which it reads as vectors; its columns are groups of 16 bytes
// that are COLS groups apart, so that reads of b_tile and writes of c are wide, and contiguous over a subgroup.
const ROWS: u32 = BM / TM;
const COLS: u32 = BN / TN;
const INVOCATIONS: u32 = ROWS * COLS;
const A_LOADS: u32 = BM * BK4 / INVOCATIONS;
const B_LOADS: u32 = BK * BN4 / INVOCATIONS;

const GROUP: u32 = max(min(WIDE / 4u, TN4), 1u);

// A row of the transposed tile is padded: the stores that transpose would meet in one bank.
const A_STRIDE: u32 = BM + WIDE;

// Compilers unroll a loop of a few hundred instructions and not one of a thousand: the steps along K are nested by this many vectors.
const NEST: u32 = select(2u, 1u, BK4 % 2u == 1u);

// Steps between the one whose operands are put into a tile and the one that is summed meanwhile.
const LEAD: u32 = AHEAD * (BUFFERS - 1u);

var<workgroup> a_tile: array<Tile1, BUFFERS * BK * A_STRIDE>;
var<workgroup> b_tile: array<Tile4, BUFFERS * BK * BN4>;

// Loads the operands that begin at column (row) 4·k4. Rows and columns past the end repeat the last one: what they contribute to is never
// stored. Along K the caller leaves out what lies past the end.
fn fetch(
    k4: u32,
    lane: u32,
    block: vec2<u32>,
    left: ptr<function, array<Word4, A_LOADS>>,
    right: ptr<function, array<Word4, B_LOADS>>,
) {
    let last_row = params.m - 1u;
    let last_k4 = params.k / 4u - 1u;
    for (var i = 0u; i < A_LOADS; i++) {
        let slot = lane + i * INVOCATIONS;
        let row = min(block.y * BM + slot / BK4, last_row);
        (*left)[i] = a[row * (params.k / 4u) + min(k4 + slot % BK4, last_k4)];
    }
    let last_k = params.k - 1u;
    let last_column = params.n / 4u - 1u;
    for (var i = 0u; i < B_LOADS; i++) {
        let slot = lane + i * INVOCATIONS;
        let column = min(block.x * BN4 + slot % BN4, last_column);
        (*right)[i] = b[min(k4 * 4u + slot / BN4, last_k) * (params.n / 4u) + column];
    }
}

// Puts what was loaded into a buffer of the tiles.
fn keep(
    buffer: u32,
    lane: u32,
    left: ptr<function, array<Word4, A_LOADS>>,
    right: ptr<function, array<Word4, B_LOADS>>,
) {
    for (var i = 0u; i < A_LOADS; i++) {
        let slot = lane + i * INVOCATIONS;
        let values = Tile4((*left)[i]);
        for (var k = 0u; k < 4u; k++) {
            a_tile[(buffer * BK + slot % BK4 * 4u + k) * A_STRIDE + slot / BK4] = values[k];
        }
    }
    for (var i = 0u; i < B_LOADS; i++) {
        b_tile[buffer * BK * BN4 + lane + i * INVOCATIONS] = Tile4((*right)[i]);
    }
}

// Where the invocation's vector j is in a row of a tile.
fn place(column: u32, j: u32) -> u32 {
    return (j / GROUP * COLS + column) * GROUP + j % GROUP;
}

// Adds four columns of the A tile times four rows of the B tile, from row `first` of both buffers on.
fn multiply(first: u32, row: u32, column: u32, sums: ptr<function, array<Acc4, TM * TN4>>) {
    for (var i4 = 0u; i4 < 4u; i4++) {
        let k = first + i4;
        var left: array<Tile1, TM>;
        for (var i = 0u; i < TM; i++) {
            left[i] = a_tile[k * A_STRIDE + row + i];
        }
        for (var j = 0u; j < TN4; j++) {
            let right = b_tile[k * BN4 + place(column, j)];
            for (var i = 0u; i < TM; i++) {
                (*sums)[i * TN4 + j] = multiply_add(left[i], right, (*sums)[i * TN4 + j]);
            }
        }
    }
}

@compute @workgroup_size(INVOCATIONS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let block = block_of(group, groups);
    let row = lane / COLS * TM;
    let column = lane % COLS;
    // Set here and not by the declaration: naga's zero value of an array in a function is one more thing to fold.
    var sums: array<Acc4, TM * TN4>;
    for (var i = 0u; i < TM * TN4; i++) {
        sums[i] = Acc4(0);
    }
    var left: array<Word4, A_LOADS>;
    var right: array<Word4, B_LOADS>;
    if (AHEAD == 1u) {
        fetch(0u, lane, block, &left, &right);
    }
    if (LEAD == 1u) {
        keep(0u, lane, &left, &right);
        fetch(BK4, lane, block, &left, &right);
        workgroupBarrier();
    }

    let whole_steps = params.k / BK;
    for (var step = 0u; step < whole_steps; step++) {
        let buffer = step % BUFFERS;
        if (AHEAD == 0u) {
            fetch(step * BK4, lane, block, &left, &right);
        }
        keep((step + LEAD) % BUFFERS, lane, &left, &right);
        if (LEAD == 0u) {
            workgroupBarrier();
        }
        if (AHEAD == 1u) {
            fetch((step + LEAD + 1u) * BK4, lane, block, &left, &right);
        }
        for (var outer = 0u; outer < BK4 / NEST; outer++) {
            for (var inner = 0u; inner < NEST; inner++) {
                multiply(buffer * BK + (outer * NEST + inner) * 4u, row, column, &sums);
            }
        }
        if (LEAD == 1u || BUFFERS == 1u) {
            workgroupBarrier();
        }
    }
    // What is left of K gets a loop of its own, so that the one above keeps a constant bound and is unrolled.
    let rest = (params.k % BK) / 4u;
    if (rest > 0u) {
        let buffer = whole_steps % BUFFERS;
        if (AHEAD == 0u) {
            fetch(whole_steps * BK4, lane, block, &left, &right);
        }
        if (LEAD == 0u) {
            keep(buffer, lane, &left, &right);
            workgroupBarrier();
        }
        for (var k4 = 0u; k4 < rest; k4++) {
            multiply(buffer * BK + k4 * 4u, row, column, &sums);
        }
    }

    for (var i = 0u; i < TM; i++) {
        let out_row = block.y * BM + row + i;
        for (var j = 0u; j < TN4; j++) {
            let out_column = block.x * BN4 + place(column, j);
            if (out_row < params.m && out_column < params.n / 4u) {
                c[out_row * (params.n / 4u) + out_column] = sums[i * TN4 + j];
            }
        }
    }
}
