// C = A·B, row-major, any M, any N that is a multiple of TN, any K of whole vectors.
//
// Idea: no workgroup memory and no barriers. Each invocation reads its TM rows of A and TN columns of B from the buffers, and leaves it
// to the caches that neighbours read the same. For integrated GPUs and processors, where workgroup memory is memory like any other. With
// ROWS of 1 all invocations share their rows of A: AMD then keeps them in scalar registers, which cost no vector load.
//
// Expects from the prelude: Word4, Tile1, Tile4, Acc4 and multiply_add as in tiled.wgsl; ROWS and COLS (invocations of a workgroup), BK (step
// along K in words), TM TN.
// Needs: ROWS·COLS invocations.

struct Params {
    m: u32,
    n: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> c: array<Acc4>;
@group(0) @binding(2) var<storage, read> a: array<Word4>;
@group(0) @binding(3) var<storage, read> b: array<Word4>;

const TN4: u32 = TN / 4u;

// Vectors along K in a turn of the loop.
const STEP: u32 = BK / 4u;

// Rows of B that are loaded at once. The long step is for devices with registers to spare.
const AHEAD: u32 = select(1u, 4u, BK > 4u);

// Adds columns of A, from vector k4 on, times rows of B, from the group of TN columns at `start` on. B and C are read as if such groups were
// their elements, so that the place of each vector in a group is a constant.
fn multiply(
    first: u32,
    start: u32,
    vectors: u32,
    rows: ptr<function, array<u32, TM>>,
    rows_of_b: ptr<function, array<u32, BK>>,
    sums: ptr<function, array<Acc4, TM * TN4>>,
) {
    var left: array<Tile4, TM * STEP>;
    for (var i = 0u; i < TM; i++) {
        for (var k4 = 0u; k4 < vectors; k4++) {
            left[i * STEP + k4] = Tile4(a[(*rows)[i] + first + k4]);
        }
    }
    for (var k4 = 0u; k4 < vectors; k4++) {
        for (var k0 = 0u; k0 < 4u; k0 += AHEAD) {
            var right: array<Tile4, AHEAD * TN4>;
            for (var k = 0u; k < AHEAD; k++) {
                for (var j = 0u; j < TN4; j++) {
                    right[k * TN4 + j] = Tile4(b[(start + (*rows_of_b)[k4 * 4u + k0 + k]) * TN4 + j]);
                }
            }
            // What was loaded last is used first: AMD then waits once, not at every load. Within a row that pays from four vectors on.
            for (var back = 1u; back <= AHEAD; back++) {
                let k = AHEAD - back;
                for (var turn = 0u; turn < TN4; turn++) {
                    let j = select(turn, TN4 - 1u - turn, TN4 > 2u);
                    for (var i = 0u; i < TM; i++) {
                        (*sums)[i * TN4 + j] = multiply_add(left[i * STEP + k4][k0 + k], right[k * TN4 + j], (*sums)[i * TN4 + j]);
                    }
                }
            }
        }
    }
}

@compute @workgroup_size(ROWS * COLS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let k4s = params.k / 4u;
    let groups = params.n / TN;
    // Spelled so that a compiler sees what all invocations share.
    let first_row = (group.y * ROWS + select(lane / COLS, 0u, ROWS == 1u)) * TM;
    let column = group.x * COLS + select(lane % COLS, lane, ROWS == 1u);
    // Rows and columns past the end repeat the last ones; what they give is not stored.
    var rows: array<u32, TM>;
    for (var i = 0u; i < TM; i++) {
        rows[i] = min(first_row + i, params.m - 1u) * k4s;
    }
    var rows_of_b: array<u32, BK>;
    rows_of_b[0] = 0u;
    for (var k = 1u; k < BK; k++) {
        rows_of_b[k] = rows_of_b[k - 1u] + groups;
    }
    var sums: array<Acc4, TM * TN4>;
    for (var i = 0u; i < TM * TN4; i++) {
        sums[i] = Acc4(0);
    }

    let whole = k4s / STEP * STEP;
    let first_of_b = min(column, groups - 1u);
    // Where the step's first row of B begins. Carried from step to step it costs AMD least; Intel has no register left for that.
    var carried = first_of_b;
    for (var k4 = 0u; k4 < whole; k4 += STEP) {
        let start = select(first_of_b + k4 * 4u * groups, carried, AHEAD > 1u);
        multiply(k4, start, STEP, &rows, &rows_of_b, &sums);
        carried += BK * groups;
    }
    for (var k4 = whole; k4 < k4s; k4++) {
        multiply(k4, first_of_b + k4 * 4u * groups, 1u, &rows, &rows_of_b, &sums);
    }

    for (var i = 0u; i < TM; i++) {
        if (first_row + i < params.m && column < groups) {
            for (var j = 0u; j < TN4; j++) {
                c[((first_row + i) * groups + column) * TN4 + j] = sums[i * TN4 + j];
            }
        }
    }
}
