// Sums an array of words: out[invocation] = the sum, modulo 2^32, of the READ_GROUP words that the invocation read.
//
// Idea: a workgroup owns WORKGROUP·READ_GROUP neighbouring words. Each invocation has LOADS vectors in flight before it adds the
// first; the sum makes every load count, and the stores are 1/64 of the traffic.
//
// Expects from the prelude: WORKGROUP, LOADS (a divisor of READ_GROUP/4), READ_GROUP.

struct Params {
    blocks: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<storage, read> source: array<vec4<u32>>;

const VECTORS: u32 = READ_GROUP / 4u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let block = group.y * groups.x + group.x;
    if (block >= params.blocks) {
        return;
    }
    let first = block * WORKGROUP * VECTORS + lane;
    var sum = vec4<u32>();
    for (var batch = 0u; batch < VECTORS; batch += LOADS) {
        var held: array<vec4<u32>, LOADS>;
        for (var i = 0u; i < LOADS; i++) {
            held[i] = source[first + (batch + i) * WORKGROUP];
        }
        for (var i = 0u; i < LOADS; i++) {
            sum += held[i];
        }
    }
    out[block * WORKGROUP + lane] = sum.x + sum.y + sum.z + sum.w;
}
