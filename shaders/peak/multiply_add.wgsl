// The ceiling of the arithmetic units: chains of multiply-adds that never leave the registers.
//
// Idea: each invocation carries CHAINS independent chains through rounds of UNROLL steps. What a step computes is the prelude's (`src/kernel/
// recurrence.rs`): always one multiply-add, which no compiler can fold into the next. The constants decide whether values stay lively (timed) or
// settle (checked).
//
// Expects from the prelude: Value (a scalar or vector), Scalar, Chain (one value or two), Constants, load_constants(lane), begin(Value,
// Constants), the steps odd, even and closing(Chain, Constants), end(Chain), CHAINS UNROLL WORKGROUP.
// Uses: shared/workgroup_number.wgsl
// Needs: CHAINS chains in registers.

struct Params {
    rounds: u32,
    // Values in all, and how many chains apart the values of one invocation lie.
    values: u32,
    stride: u32,
    // What no compiler knows to be zero: constants whose place it is multiplied into are not known to be uniform.
    zero: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> last: array<Value>;
@group(0) @binding(2) var<storage, read> first: array<Value>;
@group(0) @binding(3) var<storage, read> constants: array<Scalar>;

// Steps of a turn of the inner loop: compilers unroll no loop of more than 32 turns.
const NEST: u32 = 4u;

fn odd_and_even(chains: ptr<function, array<Chain, CHAINS>>, k: Constants) {
    for (var i = 0u; i < CHAINS; i++) {
        (*chains)[i] = odd((*chains)[i], k);
    }
    for (var i = 0u; i < CHAINS; i++) {
        (*chains)[i] = even((*chains)[i], k);
    }
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let invocation = workgroup_number(group, groups) * WORKGROUP + lane;
    let k = load_constants(lane);
    var chains: array<Chain, CHAINS>;
    for (var i = 0u; i < CHAINS; i++) {
        chains[i] = begin(first[min(invocation + i * params.stride, params.values - 1u)], k);
    }
    for (var round = 0u; round < params.rounds; round++) {
        for (var step = NEST; step < UNROLL; step += NEST) {
            odd_and_even(&chains, k);
            odd_and_even(&chains, k);
        }
        odd_and_even(&chains, k);
        for (var i = 0u; i < CHAINS; i++) {
            chains[i] = odd(chains[i], k);
        }
        for (var i = 0u; i < CHAINS; i++) {
            chains[i] = closing(chains[i], k);
        }
    }
    for (var i = 0u; i < CHAINS; i++) {
        let place = invocation + i * params.stride;
        if (invocation < params.stride && place < params.values) {
            last[place] = end(chains[i]);
        }
    }
}
