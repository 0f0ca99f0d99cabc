// The ceiling of the arithmetic units: chains of multiply-adds that never leave the registers.
//
// Idea: each invocation carries CHAINS independent values through rounds of UNROLL steps. A step squares its value (or multiplies it by itself as
// bytes), so that no compiler can fold two steps into one. The constants decide whether values stay lively (timed) or settle (checked).
//
// Expects from the prelude: Value (a scalar or vector), Scalar, next(Value, Value) (one step), CHAINS UNROLL WORKGROUP.
// Needs: CHAINS values in registers.

struct Params {
    rounds: u32,
    // Values in all, and how many chains apart the values of one invocation lie.
    values: u32,
    stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> last: array<Value>;
@group(0) @binding(2) var<storage, read> first: array<Value>;
@group(0) @binding(3) var<storage, read> constants: array<Scalar>;

// Compilers unroll no loop of more than 32 turns: the steps are nested.
const NEST: u32 = 4u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let invocation = (group.y * groups.x + group.x) * WORKGROUP + lane;
    let constant = Value(constants[0]);
    var x: array<Value, CHAINS>;
    for (var i = 0u; i < CHAINS; i++) {
        x[i] = first[min(invocation + i * params.stride, params.values - 1u)];
    }
    for (var round = 0u; round < params.rounds; round++) {
        for (var outer = 0u; outer < UNROLL / NEST; outer++) {
            for (var inner = 0u; inner < NEST; inner++) {
                for (var i = 0u; i < CHAINS; i++) {
                    x[i] = next(x[i], constant);
                }
            }
        }
    }
    for (var i = 0u; i < CHAINS; i++) {
        let place = invocation + i * params.stride;
        if (invocation < params.stride && place < params.values) {
            last[place] = x[i];
        }
    }
}
