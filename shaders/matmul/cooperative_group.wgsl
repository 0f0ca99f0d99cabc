// C = A·B on matrix units, row-major, M and N at least a tile, K a multiple of a step.
//
// Idea: a workgroup holds one matrix of EDGE_M×EDGE_N together, and asks for whole tiles of A and B. How they come, through workgroup memory,
// ahead of their use, is the driver's business (VK_NV_cooperative_matrix2). The last tiles lie against the edges of C, and compute some of it
// twice.
//
// Expects from the prelude: Left, Right, Sums (which become matrices of EDGE_M×EDGE_K, EDGE_K×EDGE_N, EDGE_M×EDGE_N of a workgroup), Sum (their
// type), Wide (WIDE elements in 16 bytes), INVOCATIONS. An element is a word of two halves or four bytes along K, and K is counted in words; b
// is B's transpose.
// Uses: shared/raster.wgsl, shared/workgroup_number.wgsl
// Needs: matrices of a workgroup.

struct Params {
    m: u32,
    n: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> c: array<Sum>;
@group(0) @binding(2) var<storage, read> a: array<Wide>;
@group(0) @binding(3) var<storage, read> b: array<Wide>;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let block = block_of(group, groups);
    let row = min(block.y * EDGE_M, params.m - EDGE_M);
    let column = min(block.x * EDGE_N, params.n - EDGE_N);
    let row_length = params.k / WIDE;
    let left_at = row * row_length;
    let right_at = column * row_length;
    var sum = Sums();
    for (var k = 0u; k < row_length; k += EDGE_K / WIDE) {
        let left = coopLoadT<Left>(&a[left_at + k], row_length);
        let right = coopLoad<Right>(&b[right_at + k], row_length);
        sum = coopMultiplyAdd(left, right, sum);
    }
    let at = row * params.n + column;
    let stride = params.n;
    coopStoreT(sum, &c[at], stride);
}
