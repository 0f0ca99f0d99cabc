// Counts dispatches: out[0] grows by one.
//
// Idea: as little work as an answer can show. NOVELTY only makes the text a new one.
//
// Expects from the prelude: NOVELTY, which params.never never is.

struct Params {
    never: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(1)
fn main() {
    out[0] += select(1u, 2u, params.never == NOVELTY);
}
