// Atomic additions in workgroup memory: counters[lane · params.spread] grows by an odd number of the lane, params.rounds times; then
// out = counters.
//
// Idea: as in atomic_storage.wgsl.
//
// Expects from the prelude: WORKGROUP.
// Uses: shared/workgroup_number.wgsl

struct Params {
    rounds: u32,
    spread: u32,
    workgroups: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;

var<workgroup> counters: array<atomic<u32>, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let workgroup = workgroup_number(group, groups);
    atomicStore(&counters[lane], 0u);
    workgroupBarrier();
    for (var round = 0u; round < params.rounds; round++) {
        atomicAdd(&counters[lane * params.spread], 2u * lane + 1u);
    }
    workgroupBarrier();
    if (workgroup < params.workgroups) {
        out[workgroup * WORKGROUP + lane] = atomicLoad(&counters[lane]);
    }
}
