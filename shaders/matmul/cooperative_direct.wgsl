// C = A·B on matrix units, row-major, M, N and K multiples of a fragment's.
//
// Idea: no workgroup memory and no barriers. Each subgroup loads the fragments of its FM×FN block from the buffers, and leaves it to the caches that
// neighbours load the same.
//
// Expects from the prelude: as in cooperative.wgsl, but for Wide, AHEAD and BUFFERS; Vector (VECTOR elements, no more than a row of a fragment).
// Uses: shared/raster.wgsl, shared/workgroup_number.wgsl
// Needs: matrix units that load vectors (Metal's do not). Any subgroup size gives the right answer, one of LANES the full speed.

struct Params {
    m: u32,
    n: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> c: array<Sum>;
@group(0) @binding(2) var<storage, read> a: array<Vector>;
@group(0) @binding(3) var<storage, read> b: array<Vector>;

const PARTS: u32 = SR * SC;
const INVOCATIONS: u32 = PARTS * LANES;

// Adds EDGE_K columns of A times EDGE_K rows of B, from vector `at` on.
fn multiply(
    at: u32,
    left_at: ptr<function, array<u32, FM>>,
    right_at: ptr<function, array<u32, FN>>,
    sums: ptr<function, array<Sums, FM * FN>>,
) {
    let along_left = params.k / VECTOR;
    var left: array<Left, FM>;
    for (var i = 0u; i < FM; i++) {
        left[i] = coopLoadT<Left>(&a[(*left_at)[i] + at], along_left);
    }
    var right: array<Right, FN>;
    for (var j = 0u; j < FN; j++) {
        if (TRANSPOSED == 1u) {
            right[j] = coopLoad<Right>(&b[(*right_at)[j] + at], along_left);
        } else {
            right[j] = coopLoadT<Right>(&b[(*right_at)[j] + at * params.n], params.n / VECTOR);
        }
    }
    for (var i = 0u; i < FM; i++) {
        for (var j = 0u; j < FN; j++) {
            (*sums)[i * FN + j] = coopMultiplyAdd(left[i], right[j], (*sums)[i * FN + j]);
        }
    }
}

@compute @workgroup_size(INVOCATIONS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    place: Place,
) {
    let subgroup = subgroup_of(place);
    let subgroups = subgroups_of(place);
    let block = block_of(group, groups);
    let row_length = params.k / VECTOR;
    // As in cooperative.wgsl.
    for (var first = 0u; first < PARTS; first += subgroups) {
        let owned = (first + subgroup) % PARTS;
        let row = owned / SC;
        let column = owned % SC;
        var rows: array<u32, FM>;
        var left_at: array<u32, FM>;
        var sums: array<Sums, FM * FN>;
        for (var i = 0u; i < FM; i++) {
            rows[i] = min((block.y * SR + row) * FM + i, params.m / EDGE_M - 1u) * EDGE_M;
            left_at[i] = rows[i] * row_length;
        }
        var columns: array<u32, FN>;
        var right_at: array<u32, FN>;
        for (var j = 0u; j < FN; j++) {
            columns[j] = min((block.x * SC + column) * FN + j, params.n / EDGE_N - 1u) * EDGE_N;
            right_at[j] = select(columns[j] / VECTOR, columns[j] * row_length, TRANSPOSED == 1u);
        }
        for (var i = 0u; i < FM * FN; i++) {
            sums[i] = Sums();
        }
        // What is left of K gets a loop of its own, so that the first one keeps a constant bound and is unrolled.
        let whole = params.k / BK * BK;
        for (var k = 0u; k < whole; k += BK) {
            for (var inner = 0u; inner < BK; inner += EDGE_K) {
                multiply((k + inner) / VECTOR, &left_at, &right_at, &sums);
            }
        }
        for (var k = whole; k < params.k; k += EDGE_K) {
            multiply(k / VECTOR, &left_at, &right_at, &sums);
        }
        for (var i = 0u; i < FM; i++) {
            for (var j = 0u; j < FN; j++) {
                let at = rows[i] * params.n + columns[j];
                let stride = params.n;
                let sum = sums[i * FN + j];
                coopStoreT(sum, &c[at], stride);
            }
        }
    }
}
