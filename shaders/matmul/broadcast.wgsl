// C = A·B, row-major, any M and N that are multiples of 4, any K of whole vectors.
//
// Idea: a workgroup is one subgroup. Its invocations read different rows of A and different columns of B, each value once, and hand A's
// values around by subgroupShuffle (subgroupBroadcast takes constants only, and a loop's index is none): registers take the place of
// workgroup memory. Best on processors, where a subgroup is one vector register, and on Intel, where a broadcast is a way to name a register.
//
// Expects from the prelude: Word4, Tile1, Tile4, Acc4 and multiply_add as in tiled.wgsl; LANES (invocations of a subgroup: the device must have
// that many and no other number), TM (rows of a workgroup, a multiple of LANES) and TN (columns of an invocation).
// Needs: subgroups of LANES invocations.

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
const BLOCKS: u32 = TM / LANES;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_invocation_id) lane: u32) {
    let k4s = params.k / 4u;
    let n4 = params.n / 4u;
    let first_row = group.y * TM;
    let first_column = group.x * LANES * TN4 + lane;
    // Rows and columns past the end repeat the last one; what they give is not stored.
    var rows: array<u32, BLOCKS>;
    for (var i = 0u; i < BLOCKS; i++) {
        rows[i] = min(first_row + lane + i * LANES, params.m - 1u) * k4s;
    }
    var columns: array<u32, TN4>;
    for (var j = 0u; j < TN4; j++) {
        columns[j] = min(first_column + j * LANES, n4 - 1u);
    }
    var sums: array<Acc4, TM * TN4>;
    for (var i = 0u; i < TM * TN4; i++) {
        sums[i] = Acc4(0);
    }

    for (var k4 = 0u; k4 < k4s; k4++) {
        var left: array<Tile4, BLOCKS>;
        for (var i = 0u; i < BLOCKS; i++) {
            left[i] = Tile4(a[rows[i] + k4]);
        }
        for (var k = 0u; k < 4u; k++) {
            let row_of_b = (k4 * 4u + k) * n4;
            for (var j = 0u; j < TN4; j++) {
                let right = Tile4(b[row_of_b + columns[j]]);
                for (var i = 0u; i < TM; i++) {
                    let value = subgroupShuffle(left[i / LANES][k], i % LANES);
                    sums[i * TN4 + j] = multiply_add(value, right, sums[i * TN4 + j]);
                }
            }
        }
    }

    for (var i = 0u; i < TM; i++) {
        for (var j = 0u; j < TN4; j++) {
            let column = first_column + j * LANES;
            if (first_row + i < params.m && column < n4) {
                c[(first_row + i) * n4 + column] = sums[i * TN4 + j];
            }
        }
    }
}
