// out[i] = source[i].
//
// Idea: a workgroup owns WORKGROUP·LOADS neighbouring vectors. Each invocation has LOADS of them in flight before it stores the first.
//
// Expects from the prelude: WORKGROUP, LOADS.

struct Params {
    blocks: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> source: array<vec4<f32>>;

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
    let first = block * WORKGROUP * LOADS + lane;
    var held: array<vec4<f32>, LOADS>;
    for (var i = 0u; i < LOADS; i++) {
        held[i] = source[first + i * WORKGROUP];
    }
    for (var i = 0u; i < LOADS; i++) {
        out[first + i * WORKGROUP] = held[i];
    }
}
