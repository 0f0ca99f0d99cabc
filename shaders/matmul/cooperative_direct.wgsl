// C = A·B on matrix units, row-major, M, N and K multiples of EDGE.
//
// Idea: no workgroup memory and no barriers. Each subgroup loads the fragments of its FM×FN block from the buffers, and leaves it to the caches that
// neighbours load the same.
//
// Expects from the prelude: as in cooperative.wgsl, but for AHEAD and BUFFERS.
// Needs: matrix units that load vectors (Metal's do not). Any subgroup size gives the right answer, one of LANES the full speed.

struct Params {
    m: u32,
    n: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> c: array<Sum>;
@group(0) @binding(2) var<storage, read> a: array<vec4<Element>>;
@group(0) @binding(3) var<storage, read> b: array<vec4<Element>>;

const PARTS: u32 = SR * SC;
const INVOCATIONS: u32 = PARTS * LANES;

// Adds EDGE columns of A times EDGE rows of B, from vector k4 on.
fn multiply(
    k4: u32,
    left_at: ptr<function, array<u32, FM>>,
    right_at: ptr<function, array<u32, FN>>,
    sums: ptr<function, array<Sums, FM * FN>>,
) {
    let along_left = params.k / 4u;
    var left: array<Left, FM>;
    for (var i = 0u; i < FM; i++) {
        left[i] = coopLoadT<Left>(&a[(*left_at)[i] + k4], along_left);
    }
    var right: array<Right, FN>;
    for (var j = 0u; j < FN; j++) {
        if (TRANSPOSED == 1u) {
            right[j] = coopLoad<Right>(&b[(*right_at)[j] + k4], along_left);
        } else {
            right[j] = coopLoadT<Right>(&b[(*right_at)[j] + k4 * params.n], params.n / 4u);
        }
    }
    for (var i = 0u; i < FM; i++) {
        for (var j = 0u; j < FN; j++) {
            (*sums)[i * FN + j] = coopMultiplyAdd(left[i], right[j], (*sums)[i * FN + j]);
        }
    }
}

// Which tile of C a workgroup computes.
fn block_of(group: vec3<u32>, groups: vec3<u32>) -> vec2<u32> {
    if (RASTER == 1u) {
        return group.xy;
    }
    let index = group.y * groups.x + group.x;
    let first = index / (groups.x * RASTER) * RASTER;
    let height = min(groups.y - first, RASTER);
    let within = index % (groups.x * RASTER);
    return vec2(within / height, first + within % height);
}

@compute @workgroup_size(INVOCATIONS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(num_subgroups) subgroups: u32,
) {
    let block = block_of(group, groups);
    let k4s = params.k / 4u;
    // As in cooperative.wgsl.
    for (var first = 0u; first < PARTS; first += subgroups) {
        let owned = (first + subgroup) % PARTS;
        let row = owned / SC;
        let column = owned % SC;
        var rows: array<u32, FM>;
        var left_at: array<u32, FM>;
        var sums: array<Sums, FM * FN>;
        for (var i = 0u; i < FM; i++) {
            rows[i] = min((block.y * SR + row) * FM + i, params.m / EDGE - 1u) * EDGE;
            left_at[i] = rows[i] * k4s;
        }
        var columns: array<u32, FN>;
        var right_at: array<u32, FN>;
        for (var j = 0u; j < FN; j++) {
            columns[j] = min((block.x * SC + column) * FN + j, params.n / EDGE - 1u) * EDGE;
            right_at[j] = select(columns[j] / 4u, columns[j] * k4s, TRANSPOSED == 1u);
        }
        for (var i = 0u; i < FM * FN; i++) {
            sums[i] = Sums();
        }
        // What is left of K gets a loop of its own, so that the first one keeps a constant bound and is unrolled.
        let whole = params.k / BK * BK;
        for (var k = 0u; k < whole; k += BK) {
            for (var inner = 0u; inner < BK; inner += EDGE) {
                multiply((k + inner) / 4u, &left_at, &right_at, &sums);
            }
        }
        for (var k = whole; k < params.k; k += EDGE) {
            multiply(k / 4u, &left_at, &right_at, &sums);
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
