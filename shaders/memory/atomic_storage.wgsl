// Atomic additions in a buffer: out[i · params.spread] grows by an odd number of the invocation's lane, params.rounds times.
//
// Idea: with a spread of one every invocation has an address of its own, with none all meet at the first. The driver cannot see which, and so
// cannot add up the invocations of a subgroup before.
//
// Expects from the prelude: WORKGROUP.
// Uses: shared/workgroup_number.wgsl

struct Params {
    rounds: u32,
    spread: u32,
    workgroups: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<atomic<u32>>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let workgroup = workgroup_number(group, groups);
    if (workgroup >= params.workgroups) {
        return;
    }
    let address = (workgroup * WORKGROUP + lane) * params.spread;
    for (var round = 0u; round < params.rounds; round++) {
        atomicAdd(&out[address], 2u * lane + 1u);
    }
}
