//! Kernels are valid WGSL in every shape, without a GPU.

use std::collections::BTreeMap;
use std::fs;
use std::thread;

use gpu_assay::adapter::WorkgroupMatrix;
use gpu_assay::benchmark::CATALOGUE;
use gpu_assay::kernel::{Target, Variant};
use naga::Module;
use naga::valid::{Capabilities, ValidationFlags, Validator};

/// Every seed, and of everything else every 17th: spaces have thousands of shapes, made of the same few pieces.
fn variants() -> impl Iterator<Item = Variant> {
    let matrix = |(input, accumulator): (&str, &str)| WorkgroupMatrix {
        granularity: [32; 3],
        input: input.to_owned(),
        accumulator: accumulator.to_owned(),
        invocations: 256,
        largest_side: 1024,
        reserved_bytes: 0,
    };
    let workgroup_matrices = [("f16", "f32"), ("f16", "f16"), ("i8", "i32")].map(matrix).to_vec();
    let target = Target { workgroup_matrices, ..Target::common() };
    CATALOGUE.iter().flat_map(move |benchmark| {
        let others = benchmark.variants(&target).into_iter().step_by(17);
        benchmark.seeds(&target).into_iter().chain(others).filter(|variant| variant.shader().is_some())
    })
}

fn parse(variant: &Variant) -> Module {
    let text = variant.wgsl();
    let module = naga::front::wgsl::parse_str(&text);
    module
        .unwrap_or_else(|error| panic!("{} {}:\n{}", variant.benchmark.id, variant.name(), error.emit_to_string(&text)))
}

/// Each is parsed once: most of the time goes there.
#[test]
fn every_variant_is_valid_and_the_catalogue_knows_its_workgroup_and_its_workgroup_memory() {
    let variants: Vec<Variant> = variants().collect();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for part in variants.chunks(variants.len().div_ceil(threads)) {
            scope.spawn(move || {
                for variant in part {
                    let module = parse(variant);
                    is_valid(variant, &module);
                    has_the_workgroup_that_is_known(variant, &module);
                    has_the_workgroup_memory_that_is_known(variant, &module);
                }
            });
        }
    });
}

fn is_valid(variant: &Variant, module: &Module) {
    let outcome = Validator::new(ValidationFlags::all(), Capabilities::all()).validate(module);
    assert!(outcome.is_ok(), "{} {}: {outcome:?}", variant.benchmark.id, variant.name());
}

fn has_the_workgroup_that_is_known(variant: &Variant, module: &Module) {
    let [entry] = &module.entry_points[..] else { panic!("{} has one entry point", variant.name()) };
    let invocations: u32 = entry.workgroup_size.iter().product();
    assert_eq!(invocations, variant.shape.invocations(), "{} {}", variant.benchmark.id, variant.name());
}

fn has_the_workgroup_memory_that_is_known(variant: &Variant, module: &Module) {
    let mut layouter = naga::proc::Layouter::default();
    layouter.update(module.to_ctx()).expect("types have layouts");
    let workgroup = module.global_variables.iter().filter(|(_, global)| global.space == naga::AddressSpace::WorkGroup);
    let bytes: u64 = workgroup.map(|(_, global)| u64::from(layouter[global.ty].size)).sum();
    let stated = variant.shape.workgroup_memory_bytes(variant.benchmark.kind);
    assert_eq!(bytes, stated, "{} {}", variant.benchmark.id, variant.name());
}

#[test]
fn the_body_stands_unchanged_behind_the_prelude() {
    for variant in variants() {
        let file = variant.shader().expect("a kernel");
        let body = fs::read_to_string(format!("shaders/{file}")).expect("the shader is a file");
        assert!(variant.wgsl().ends_with(&body), "{file} is changed");
        assert_eq!(
            variant.wgsl().lines().count(),
            variant.prelude_lines() + body.lines().count(),
            "lines of the prelude"
        );
    }
}

#[test]
fn a_shared_file_stands_unchanged_before_each_of_several_bodies() {
    let of_bodies: BTreeMap<_, _> = variants().map(|variant| (variant.shader(), variant)).collect();
    let texts: Vec<String> = of_bodies.values().map(Variant::wgsl).collect();
    for file in fs::read_dir("shaders/shared").expect("a folder") {
        let file = file.expect("an entry").path();
        let shared = fs::read_to_string(&file).expect("the shared file is text");
        let users = texts.iter().filter(|text| text.contains(&shared)).count();
        assert!(users > 1, "{} bodies use {}", users, file.display());
    }
}
