//! What kernels on matrix units have in common.

use super::Kind;
use crate::adapter::{Adapter, MatrixShape};

/// Edges of the fragments that WGSL can express, all of them cubes.
pub(super) const EDGES: [u32; 2] = [16, 8];

/// The edge of the fragments that `adapter` has, the larger where it has both.
pub fn fragment_edge(adapter: &Adapter) -> u32 {
    let has = |edge: &u32| adapter.cooperative_matrix.iter().any(|shape| [shape.m, shape.n, shape.k] == [*edge; 3]);
    EDGES.into_iter().find(has).unwrap_or(EDGES[0])
}

/// Why fragments of `edge`³ in subgroups of `lanes` do not fit the device, or `None` where they do.
pub(super) fn misfit(edge: u32, lanes: u32, kind: Kind, adapter: &Adapter) -> Option<String> {
    let (input, accumulator) = kind.matrix_elements();
    let (input, accumulator) = (input.wgsl(), accumulator.wgsl());
    let list = |shapes: &mut dyn Iterator<Item = &MatrixShape>| {
        let list: Vec<String> = shapes.map(ToString::to_string).collect();
        if list.is_empty() { "nothing that WGSL knows".to_owned() } else { list.join(", ") }
    };
    let typed = |shape: &&MatrixShape| shape.input == input && shape.accumulator == accumulator;
    let mut of_type = adapter.cooperative_matrix.iter().filter(typed).peekable();
    if of_type.peek().is_none() {
        let theirs = list(&mut adapter.cooperative_matrix.iter());
        return Some(format!("the device's matrix units do not take {input}→{accumulator}; they take {theirs}"));
    }
    let has = |edge: u32| of_type.clone().any(|shape| [shape.m, shape.n, shape.k] == [edge; 3]);
    if !EDGES.into_iter().any(has) {
        let theirs = list(&mut of_type);
        return Some(format!("the device's matrix units take {theirs}, and WGSL can express cubes of 16 and 8 only"));
    }
    if !has(edge) {
        return Some(format!("the device's matrix units have no {edge}×{edge}×{edge} {input}→{accumulator}"));
    }
    let [least, most] = adapter.subgroup_size;
    (!(least..=most).contains(&lanes))
        .then(|| format!("needs subgroups of {lanes} invocations, the device has {least} to {most}"))
}
