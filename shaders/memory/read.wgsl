// Sums an array of words: out[i] = the sum, modulo 2^32, of the READ_GROUP words that one invocation read.
//
// Idea: an invocation has LOADS vectors in flight before it adds the first; the sum makes every load count, and the stores are 1/64 of the traffic.
// A block of WORKGROUP·READ_GROUP words lies together or is STRIDED, and has a workgroup of its own or one of RESIDENT, as in stream.wgsl.
//
// Expects from the prelude: WORKGROUP, LOADS (a divisor of READ_GROUP/4), STRIDED (0 or 1), RESIDENT, READ_GROUP.
// Uses: shared/workgroup_number.wgsl

struct Params {
    blocks: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<storage, read> source: array<vec4<u32>>;

const VECTORS: u32 = READ_GROUP / 4u;

fn pass_over(block: u32, lane: u32) {
    let first = select(block * WORKGROUP * VECTORS, block * WORKGROUP, STRIDED == 1u) + lane;
    let spacing = select(WORKGROUP, params.blocks * WORKGROUP, STRIDED == 1u);
    var sum = vec4<u32>();
    for (var batch = 0u; batch < VECTORS; batch += LOADS) {
        var held: array<vec4<u32>, LOADS>;
        for (var i = 0u; i < LOADS; i++) {
            held[i] = source[first + (batch + i) * spacing];
        }
        for (var i = 0u; i < LOADS; i++) {
            sum += held[i];
        }
    }
    out[block * WORKGROUP + lane] = sum.x + sum.y + sum.z + sum.w;
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let workgroup = workgroup_number(group, groups);
    if (RESIDENT > 0u) {
        for (var block = workgroup; block < params.blocks; block += RESIDENT) {
            pass_over(block, lane);
        }
    } else if (workgroup < params.blocks) {
        pass_over(workgroup, lane);
    }
}
