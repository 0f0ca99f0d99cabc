//! Assembly of WGSL text: a prelude, which is `enable`, `alias` and `const` lines and the shared files that the body
//! names, before the unchanged body.

use std::fmt::Write as _;

use super::tile::WIDE_BYTES;
use super::{Chains, Fragment, Packing, Shape, SweepReads, Variant, WorkgroupReads};
use crate::adapter::Feature;
use crate::benchmark::Kind;
use crate::problem::{Element, PassKernel, READ_GROUP, WRITE_FACTOR};

/// Every file below `shaders/`, as (path, text).
static SHADERS: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/shaders.rs"));

/// The complete text of a variant, empty where it has no kernel.
///
/// # Panics
/// Panics if the catalogue names a file that does not exist: a mistake in this program, found by the first test.
pub(super) fn assemble(variant: &Variant) -> String {
    variant.shader().map_or_else(String::new, |file| prelude(variant) + text_of(file))
}

fn text_of(file: &str) -> &'static str {
    let text = SHADERS.iter().find(|(path, _)| *path == file).map(|(_, text)| *text);
    text.unwrap_or_else(|| unreachable!("no shader {file}"))
}

/// The shared files that the header of `file` names.
fn used_by(file: &str) -> impl Iterator<Item = &'static str> {
    text_of(file).lines().filter_map(|line| line.strip_prefix("// Uses: ")).flat_map(|names| names.split(", "))
}

/// Four columns of C at once, each a dot product of four bytes.
const DOT_PRODUCTS: &str = "sum + Acc4(dot4I8Packed(left, right.x), dot4I8Packed(left, right.y), \
                            dot4I8Packed(left, right.z), dot4I8Packed(left, right.w))";

/// Sixteen bytes of a buffer as one value, and an element of it. Mesa's compiler for NVIDIA makes one load of four words, and nothing of their
/// unpacking; others load two vectors of halves at once, and convert what is unpacked.
fn wide_loads(input: Element, words: bool) -> &'static str {
    match (input, words) {
        (Element::F16, true) => {
            "alias Wide = vec4<u32>;\n\
             fn part(wide: Wide, at: u32) -> f16 {\n    return f16(unpack2x16float(wide[at / 2u])[at % 2u]);\n}"
        }
        (Element::F16, false) => {
            "struct Wide {\n    low: vec4<f16>,\n    high: vec4<f16>,\n}\n\
             fn part(wide: Wide, at: u32) -> f16 {\n    if (at < 4u) {\n        return wide.low[at];\n    }\n    return wide.high[at - 4u];\n}"
        }
        _ => "alias Wide = vec4<f32>;\nfn part(wide: Wide, at: u32) -> f32 {\n    return wide[at];\n}",
    }
}

/// What a pass over memory loads and makes of it.
fn stream_step(kernel: PassKernel) -> String {
    let (held, fetched, result) = match kernel {
        PassKernel::Sum => return format!("const READ_GROUP: u32 = {READ_GROUP}u;"),
        PassKernel::Stream { held, fetched, result, .. } => (held, fetched, result),
    };
    format!(
        "const WRITE_FACTOR: u32 = {WRITE_FACTOR}u;\n\
         struct Pair {{\n    left: vec4<f32>,\n    right: vec4<f32>,\n}}\n\
         alias Held = {held};\n\
         fn fetch(at: u32) -> Held {{\n    return {fetched};\n}}\n\
         fn result(held: Held, at: u32) -> vec4<u32> {{\n    return {result};\n}}"
    )
}

/// The types of a kernel on matrix units.
fn fragment_types(variant: &Variant, fragment: Fragment, input: Element, accumulator: Element) -> String {
    let (words, subgroup) = match variant.shape {
        Shape::Fragments(fragments) => (fragments.loads_words(), Some(fragments.subgroup)),
        Shape::FragmentChains(chains) => (false, Some(chains.subgroup)),
        _ => (false, None),
    };
    let mut lines = Vec::new();
    let (mut input, mut accumulator) = (input, accumulator);
    let packed = variant.packed().map(|packed| packed.packing);
    match packed {
        Some(Packing::Bytes) => {
            lines.push(format!(
                "// f32 stands for words of bytes and for i32, which take its place after WGSL, in fragments of {fragment}."
            ));
            (input, accumulator) = (Element::F32, Element::F32);
        }
        Some(packing) => {
            let values = packing.describe();
            lines.push(format!(
                "// f32 in factors stands for {values}, which take its place after WGSL, in fragments of {fragment}."
            ));
            input = Element::F32;
        }
        None => {}
    }
    // Other sizes come in after WGSL.
    let edge = if fragment.m == 8 { 8 } else { 16 };
    for (name, element, role) in [("Left", input, "A"), ("Right", input, "B"), ("Sums", accumulator, "C")] {
        lines.push(format!("alias {name} = coop_mat{edge}x{edge}<{}, {role}>;", element.wgsl()));
    }
    lines.push(format!("alias Element = {};\nalias Sum = {};", input.wgsl(), accumulator.wgsl()));
    // No longer than a row of a fragment, so that every fragment begins with one.
    let vector = fragment.k_words().min(4);
    lines.push(format!("alias Vector = vec{vector}<Element>;\nconst VECTOR: u32 = {vector}u;"));
    lines.push(format!("const WIDE: u32 = {}u;", WIDE_BYTES / input.size()));
    lines.push(wide_loads(input, words).to_owned());
    // A packed tile is filled 16 bytes at a time, where every fragment begins at a multiple of them.
    lines.push(if packed.is_some() && fragment.k_words().is_multiple_of(4) {
        "alias Cell = Wide;\nconst CELL: u32 = WIDE;\nfn cell(wide: Wide, at: u32) -> Cell {\n    return wide;\n}".to_owned()
    } else {
        "alias Cell = Element;\nconst CELL: u32 = 1u;\nfn cell(wide: Wide, at: u32) -> Cell {\n    return part(wide, at);\n}".to_owned()
    });
    lines.extend(subgroup.map(|subgroup| subgroup.wgsl().to_owned()));
    lines.join("\n")
}

/// The lines that go before the body.
pub(super) fn prelude(variant: &Variant) -> String {
    let mut text = String::new();
    if variant.benchmark.needs.contains(&Feature::ShaderF16) {
        text.push_str("enable f16;\n");
    }
    if variant.benchmark.needs.contains(&Feature::CooperativeMatrix) {
        text.push_str("enable wgpu_cooperative_matrix;\n");
    }
    let mut line = |words: std::fmt::Arguments<'_>| writeln!(text, "{words}").expect("a String takes every write");
    line(format_args!(
        "// {} {}; prelude written by kernel::wgsl, body: shaders/{}",
        variant.benchmark.id,
        variant.shape,
        variant.shader().unwrap_or_default()
    ));
    match (variant.benchmark.kind, variant.shape) {
        (Kind::Matmul { input, accumulator }, _) => {
            let tile = variant.benchmark.kind.tile_element();
            line(format_args!("alias Word4 = vec4<{}>;", input.wgsl()));
            line(format_args!("alias Tile1 = {};", tile.wgsl()));
            line(format_args!("alias Tile4 = vec4<{}>;", tile.wgsl()));
            line(format_args!("alias Acc4 = vec4<{}>;", accumulator.wgsl()));
            line(format_args!("const WIDE: u32 = {}u;", WIDE_BYTES / variant.benchmark.kind.tile_element_bytes()));
            let body = if input == Element::I8 { DOT_PRODUCTS } else { "fma(Acc4(left), right, sum)" };
            line(format_args!(
                "fn multiply_add(left: Tile1, right: Tile4, sum: Acc4) -> Acc4 {{\n    return {body};\n}}"
            ));
        }
        (Kind::Peak(element), Shape::Chains(Chains { width, recurrence, .. })) => {
            let scalar = element.wgsl();
            let value = if width == 1 { scalar.to_owned() } else { format!("vec{width}<{scalar}>") };
            line(format_args!("alias Scalar = {scalar};"));
            line(format_args!("alias Value = {value};"));
            line(format_args!("{}", recurrence.wgsl()));
        }
        (Kind::MatrixProduct { input, accumulator } | Kind::MatrixPeak { input, accumulator }, shape) => {
            if let Some(fragment) = shape.fragment() {
                line(format_args!("{}", fragment_types(variant, fragment, input, accumulator)));
            }
        }
        (Kind::Memory(operation), _) => line(format_args!("{}", stream_step(operation.pass().kernel))),
        (
            Kind::Sweep | Kind::WorkgroupMemory,
            Shape::SweepReads(SweepReads { width, .. }) | Shape::WorkgroupReads(WorkgroupReads { width, .. }),
        ) => {
            let (held, total) =
                if width == 1 { ("u32", "held") } else { ("vec4<u32>", "held.x + held.y + held.z + held.w") };
            line(format_args!("alias Held = {held};\nfn total(held: Held) -> u32 {{\n    return {total};\n}}"));
        }
        _ => {}
    }
    for (name, value) in variant.shape.constants() {
        line(format_args!("const {name}: u32 = {value}u;"));
    }
    for file in variant.shader().into_iter().flat_map(used_by) {
        line(format_args!("// shaders/{file}\n{}", text_of(file)));
    }
    text
}
