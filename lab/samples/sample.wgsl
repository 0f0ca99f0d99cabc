// What the samples of assembly beside this file are compiled from: a loop with one load from a buffer, one from workgroup memory, one
// conversion and four multiply-adds a turn. `README.md` says how.
enable f16;

@group(0) @binding(1) var<storage, read_write> sums: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> values: array<f16>;

var<workgroup> tile: array<vec4<f32>, 64>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    tile[lane] = sums[lane];
    workgroupBarrier();
    var sum = vec4<f32>(0);
    for (var i = 0u; i < arrayLength(&values); i++) {
        sum = fma(vec4<f32>(f32(values[i * 64u + lane])), tile[(i + lane) % 64u], sum);
    }
    sums[lane] = sum;
}
