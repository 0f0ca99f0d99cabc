// Sums words of a working set: out[i] = the sum, modulo 2^32, of the words that one invocation read.
//
// Idea: each workgroup begins somewhere else in the set and reads params.steps blocks of 4 KiB from there, around its end; so every cache sees all
// of a set that fits into it again and again, and none sees much of a larger one twice.
//
// Expects from the prelude: Held (u32 or vec4<u32>), total(Held) -> u32; WORKGROUP, LOADS, SPACING (between reads, in Held), SUMS (a workgroup's).
// Uses: shared/workgroup_number.wgsl

struct Params {
    // Blocks in the working set.
    blocks: u32,
    steps: u32,
    workgroups: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<storage, read> source: array<Held>;

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
    // 2^32 over the golden ratio: multiples of it lie evenly.
    var block = (((workgroup * 2654435769u) >> 20u) * params.blocks) >> 12u;
    var sum = Held();
    for (var step = 0u; step < params.steps; step++) {
        let first = block * WORKGROUP * LOADS * SPACING + lane * SPACING;
        var held: array<Held, LOADS>;
        for (var i = 0u; i < LOADS; i++) {
            held[i] = source[first + i * WORKGROUP * SPACING];
        }
        for (var i = 0u; i < LOADS; i++) {
            sum += held[i];
        }
        block = select(block + 1u, 0u, block + 1u == params.blocks);
    }
    for (var i = lane; i < SUMS; i += WORKGROUP) {
        out[workgroup * SUMS + i] = select(0u, total(sum), i == lane);
    }
}
