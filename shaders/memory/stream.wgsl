// out[i] = result(fetch(i)), STREAM's passes over memory: write, copy, scale, add, triad.
//
// Idea: an invocation has LOADS vectors of each input in flight before it stores the first. A block of WORKGROUP·LOADS vectors lies together, or,
// STRIDED, a workgroup's width of it here and the next a whole grid further on. RESIDENT workgroups stay and take block after block; with none
// every block has a workgroup of its own.
//
// Expects from the prelude: Held, fetch(at) -> Held, result(held, at) -> vec4<u32>; WORKGROUP, LOADS, STRIDED (0 or 1), RESIDENT.
// Uses: shared/workgroup_number.wgsl

struct Params {
    blocks: u32,
    // Number of the first vector of this buffer.
    first: u32,
    scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> left: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> right: array<vec4<f32>>;

fn pass_over(block: u32, lane: u32) {
    let first = select(block * WORKGROUP * LOADS, block * WORKGROUP, STRIDED == 1u) + lane;
    let spacing = select(WORKGROUP, params.blocks * WORKGROUP, STRIDED == 1u);
    var held: array<Held, LOADS>;
    for (var i = 0u; i < LOADS; i++) {
        held[i] = fetch(first + i * spacing);
    }
    for (var i = 0u; i < LOADS; i++) {
        out[first + i * spacing] = result(held[i], first + i * spacing);
    }
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
