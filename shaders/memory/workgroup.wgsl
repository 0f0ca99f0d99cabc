// Sums words of workgroup memory: out[i] = the sum, modulo 2^32, of the words that one invocation read.
//
// Idea: every workgroup has the same memory, and each invocation walks over it from lane · params.stride in odd steps. So the addresses of
// neighbours stay params.stride apart, and banks conflict in every step as in the first.
//
// Expects from the prelude: Held (u32 or vec4<u32>), total(Held) -> u32; WORKGROUP, LOADS (a divisor of params.reads), SIZE (a power of two, in
// Held), STEP (odd).
// Uses: shared/workgroup_number.wgsl

struct Params {
    reads: u32,
    stride: u32,
    workgroups: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<storage, read> source: array<Held>;

var<workgroup> memory: array<Held, SIZE>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    for (var i = lane; i < SIZE; i += WORKGROUP) {
        memory[i] = source[i];
    }
    workgroupBarrier();
    var at = lane * params.stride;
    var sum = Held();
    for (var read = 0u; read < params.reads; read += LOADS) {
        for (var i = 0u; i < LOADS; i++) {
            sum += memory[(at + i * STEP) % SIZE];
        }
        at += LOADS * STEP;
    }
    let workgroup = workgroup_number(group, groups);
    if (workgroup < params.workgroups) {
        out[workgroup * WORKGROUP + lane] = total(sum);
    }
}
