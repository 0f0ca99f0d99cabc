// The ceiling of the matrix units: chains of multiply-adds of fragments that never leave the registers.
//
// Idea: each subgroup carries CHAINS independent sums through rounds of UNROLL steps. All multiply the same two matrices on the left, turn by turn,
// with a matrix of their own on the right, which is kept transposed. What the second matrix on the left adds to the sums undoes what the first added, so that they stay
// small; the operands decide whether all of it (timed) or all but a count (checked).
//
// Expects from the prelude: Left, Right, Sums (fragments of EDGE_M×EDGE_K, EDGE_K×EDGE_N, EDGE_M×EDGE_N), Element and Sum (their types), SUBGROUPS of
// LANES invocations (Place, subgroup_of, subgroups_of: which and how many they are), CHAINS, UNROLL (even). Where bytes are packed an element is a word of four along K, and EDGE_K is counted in words.
// Uses: shared/workgroup_number.wgsl
// Needs: CHAINS fragments of each kind in registers. Any subgroup size gives the right answer, one of LANES the full speed.

struct Params {
    rounds: u32,
    workgroups: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> last: array<Sum>;
@group(0) @binding(2) var<storage, read> left: array<Element>;
@group(0) @binding(3) var<storage, read> right: array<Element>;

const INVOCATIONS: u32 = SUBGROUPS * LANES;
const LEFT: u32 = EDGE_M * EDGE_K;
const RIGHT: u32 = EDGE_N * EDGE_K;
const SUMS: u32 = EDGE_M * EDGE_N;

// Chain f multiplies with the matrix of number f modulo this.
const RIGHTS: u32 = 16u;

// Compilers unroll no loop of more than 32 turns: the steps are nested.
const NEST: u32 = 4u;

@compute @workgroup_size(INVOCATIONS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    place: Place,
) {
    let subgroup = subgroup_of(place);
    let subgroups = subgroups_of(place);
    // Workgroups past the end repeat the last one.
    let workgroup = min(workgroup_number(group, groups), params.workgroups - 1u);
    let even = coopLoadT<Left>(&left[0], EDGE_K);
    let odd = coopLoadT<Left>(&left[LEFT], EDGE_K);
    // Once, where subgroups are as large as expected; smaller ones repeat each other, larger ones come back for what is left.
    for (var first = 0u; first < SUBGROUPS; first += subgroups) {
        let fragment = (workgroup * SUBGROUPS + (first + subgroup) % SUBGROUPS) * CHAINS;
        var factors: array<Right, CHAINS>;
        var sums: array<Sums, CHAINS>;
        for (var i = 0u; i < CHAINS; i++) {
            let at = (fragment + i) % RIGHTS * RIGHT;
            factors[i] = coopLoad<Right>(&right[at], EDGE_K);
            sums[i] = Sums();
        }
        for (var round = 0u; round < params.rounds; round++) {
            for (var outer = 0u; outer < UNROLL / (2u * NEST); outer++) {
                for (var inner = 0u; inner < NEST; inner++) {
                    for (var i = 0u; i < CHAINS; i++) {
                        sums[i] = coopMultiplyAdd(even, factors[i], sums[i]);
                    }
                    for (var i = 0u; i < CHAINS; i++) {
                        sums[i] = coopMultiplyAdd(odd, factors[i], sums[i]);
                    }
                }
            }
        }
        for (var i = 0u; i < CHAINS; i++) {
            let at = (fragment + i) * SUMS;
            let sum = sums[i];
            coopStoreT(sum, &last[at], EDGE_N);
        }
    }
}
