// Follows addresses: at = next[at], params.steps times, on from where the dispatch before ended.
//
// Idea: one invocation, and each read has to wait for the one before, so that the time of a step is the latency of a read.
//
// Expects from the prelude: UNROLL, a divisor of params.steps.

struct Params {
    steps: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<storage, read> next: array<u32>;

@compute @workgroup_size(1)
fn main() {
    var at = out[0];
    // The mark of an output that was never written lies outside.
    if (at >= arrayLength(&next)) {
        at = 0u;
    }
    for (var step = 0u; step < params.steps; step += UNROLL) {
        for (var i = 0u; i < UNROLL; i++) {
            at = next[at];
        }
    }
    out[0] = at;
}
