//! Assembly of WGSL text: a generated prelude of `enable`, `alias` and `const` lines before an unchanged body.

use std::fmt::Write as _;

use super::{Kind, Variant};
use crate::adapter::Feature;
use crate::problem::READ_GROUP;

/// Every file below `shaders/`, as (path, text).
static SHADERS: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/shaders.rs"));

/// The complete text of a variant.
///
/// # Panics
/// Where the catalogue names a file that does not exist: a mistake in this program, found by the first test.
pub(super) fn assemble(variant: &Variant) -> String {
    let file = variant.shader();
    let body = SHADERS.iter().find(|(path, _)| *path == file).map(|(_, text)| *text);
    let body = body.unwrap_or_else(|| unreachable!("no shader {file}"));
    prelude(variant) + body
}

/// The lines that go before the body.
pub(super) fn prelude(variant: &Variant) -> String {
    let mut text = String::new();
    if variant.benchmark.needs.contains(&Feature::ShaderF16) {
        text.push_str("enable f16;\n");
    }
    let mut line = |words: std::fmt::Arguments<'_>| writeln!(text, "{words}").expect("a String takes every write");
    line(format_args!(
        "// {} {}; prelude written by kernel::wgsl, body: shaders/{}",
        variant.benchmark.id,
        variant.shape,
        variant.shader()
    ));
    match variant.benchmark.kind {
        Kind::Matmul { input, accumulator } => {
            line(format_args!("alias Elem4 = vec4<{}>;", input.wgsl()));
            line(format_args!("alias Acc4 = vec4<{}>;", accumulator.wgsl()));
        }
        Kind::Memory(_) => line(format_args!("const READ_GROUP: u32 = {READ_GROUP}u;")),
    }
    for (name, value) in variant.shape.constants() {
        line(format_args!("const {name}: u32 = {value}u;"));
    }
    text
}
