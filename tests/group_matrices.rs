//! Matrices that a workgroup holds: where they are tried, and that they stay in their buffers. No driver that can be had here has them.

use gpu_assay::adapter::{Adapter, WorkgroupMatrix};
use gpu_assay::benchmark::Benchmark;
use gpu_assay::kernel::{GroupFragments, Shape, Variant};
use gpu_assay::problem::{Matmul, Problem};
use gpu_assay::tune::{Pool, check_problems};
use proptest::prelude::*;

const IDS: [&str; 4] = ["matmul/coop/f16-f32", "matmul/coop/f16", "matmul/coop/bf16-f32", "matmul/coop/i8-i32"];

/// An A100 that is made up, with the matrices of workgroups that an H100's driver (580.159.04) lists where it has `any`.
fn adapter(any: bool) -> Adapter {
    let record: serde_json::Value =
        serde_json::from_str(include_str!("fixtures/synthetic-a100.json")).expect("a fixture");
    let mut adapter: Adapter = serde_json::from_value(record["adapter"].clone()).expect("an adapter");
    let shape = |m, n, k, input: &str, accumulator: &str| gpu_assay::adapter::MatrixShape {
        m,
        n,
        k,
        input: input.to_owned(),
        accumulator: accumulator.to_owned(),
    };
    adapter.cooperative_matrix = vec![
        shape(16, 16, 16, "f16", "f32"),
        shape(16, 16, 16, "f16", "f16"),
        shape(16, 16, 16, "bf16", "f32"),
        shape(16, 16, 32, "i8", "i32"),
    ];
    let matrices = [("f16", "f32", 16), ("f16", "f16", 16), ("bf16", "f32", 16), ("i8", "i32", 32)]
        .into_iter()
        .flat_map(|types| {
            let (input, accumulator, k) = types;
            let sizes = [([16, 16, k], 32), ([16, 16, k], 64), ([32, 16, k], 128), ([32, 32, k], 256)];
            sizes.map(|(granularity, invocations)| WorkgroupMatrix {
                granularity,
                input: input.to_owned(),
                accumulator: accumulator.to_owned(),
                invocations,
                largest_side: 1024,
                reserved_bytes: 1024,
            })
        });
    adapter.workgroup_matrix = matrices.filter(|_| any).collect();
    adapter
}

fn benchmark(id: &str) -> &'static Benchmark {
    Benchmark::by_id(id).expect("a benchmark")
}

fn of_group(variant: &Variant) -> Option<GroupFragments> {
    match variant.shape {
        Shape::GroupFragments(fragments) => Some(fragments),
        _ => None,
    }
}

/// All shapes of `id` for matrices of workgroups.
fn groups(id: &str) -> Vec<(Variant, GroupFragments)> {
    let (pool, _) = Pool::new(benchmark(id), &adapter(true));
    let all = pool.seeds.iter().chain(&pool.all);
    all.filter_map(|variant| Some((*variant, of_group(variant)?))).collect()
}

#[test]
fn nothing_changes_where_the_driver_lists_none() {
    for id in IDS {
        let (pool, _) = Pool::new(benchmark(id), &adapter(false));
        assert!(pool.seeds.iter().chain(&pool.all).all(|variant| of_group(variant).is_none()), "{id}");
        let [with, without] = [true, false].map(|any| Pool::new(benchmark(id), &adapter(any)).0.seeds);
        let others: Vec<Variant> = with.into_iter().filter(|variant| of_group(variant).is_none()).collect();
        assert_eq!(others, without, "{id}: what others there are, and their order");
        let problems = check_problems(benchmark(id), &adapter(true));
        assert_eq!(problems[..problems.len() - 1], check_problems(benchmark(id), &adapter(false)), "{id}");
    }
}

#[test]
fn some_of_the_subgroups_are_tried_before_and_seeds_of_both_ways_to_address_come_soon_after() {
    for id in IDS {
        let (pool, _) = Pool::new(benchmark(id), &adapter(true));
        let first = pool.seeds.iter().position(|variant| of_group(variant).is_some()).expect("seeds");
        assert_eq!(first, 7, "{id}: after six turns, of which each has one of the others, and one more");
        let soon: Vec<_> = pool.seeds[first..first + 3].iter().filter_map(of_group).map(|one| one.addressing).collect();
        assert_eq!(soon.len(), 2, "{id}: {soon:?}");
        assert_ne!(soon[0], soon[1], "{id}");
    }
}

#[test]
fn every_shape_is_one_that_the_driver_lists_keeps_its_registers_and_has_a_name_of_its_own() {
    for id in IDS {
        let adapter = adapter(true);
        let (pool, _) = Pool::new(benchmark(id), &adapter);
        let (input, accumulator) =
            id.rsplit('/').next().and_then(|types| types.split_once('-')).unwrap_or(("f16", "f16"));
        let accumulator_bytes = if accumulator == "f16" { 2 } else { 4 };
        for (variant, group) in groups(id) {
            let name = variant.name();
            let (m, n, k) = (group.fragment.m, group.fragment.n, group.fragment.k);
            let listed = |one: &WorkgroupMatrix| {
                one.input == input
                    && one.accumulator == accumulator
                    && one.invocations == group.invocations
                    && [m, n, k].iter().zip(one.granularity).all(|(size, step)| size % step == 0)
            };
            assert!(adapter.workgroup_matrix.iter().any(listed), "{id} {name}");
            assert!(m * n * accumulator_bytes / 4 / group.invocations <= 128, "{id} {name}: registers of sums");
            // More than that is a suspect of what an H100's driver refused.
            let registers = variant.shape.registers(variant.benchmark.kind);
            assert!(registers <= 176, "{id} {name}: {registers} registers of sums and factors");
            let found = pool.only(std::slice::from_ref(&name)).seeds;
            assert_eq!(found, [variant], "{id} {name}");
        }
        let named = groups(id).into_iter().map(|(variant, _)| variant.name());
        assert!(named.clone().any(|name| name.starts_with("group/128x256x") && name.ends_with("/wg256/r8")), "{id}");
        assert!(named.clone().any(|name| name.ends_with("/wg256/tensor/r8")), "{id}");
    }
}

#[test]
fn a_driver_that_keeps_all_workgroup_memory_or_takes_small_sides_only_gets_none() {
    for (largest_side, reserved_bytes) in [(64, 1024), (1024, 1 << 20)] {
        let mut adapter = adapter(true);
        for matrix in &mut adapter.workgroup_matrix {
            (matrix.largest_side, matrix.reserved_bytes) = (largest_side, reserved_bytes);
        }
        let (pool, _) = Pool::new(benchmark("matmul/coop/f16-f32"), &adapter);
        let large = |variant: &Variant| of_group(variant).is_some_and(|group| group.fragment.n > 64);
        assert!(!pool.seeds.iter().chain(&pool.all).any(large), "{largest_side} {reserved_bytes}");
    }
}

#[test]
fn every_shape_is_checked_on_a_problem_of_several_tiles_and_steps() {
    for id in IDS {
        let problems = check_problems(benchmark(id), &adapter(true));
        for (variant, group) in groups(id) {
            let suits: Vec<_> = problems.iter().filter(|problem| variant.suits(problem)).collect();
            let several = suits.iter().any(|problem| match **problem {
                Problem::Matmul(Matmul { m, n, k, .. }) => {
                    m > group.fragment.m && n > group.fragment.n && k > group.fragment.k
                }
                _ => false,
            });
            assert!(several, "{id} {}: {suits:?}", variant.name());
        }
    }
}

/// What the body of `shaders/matmul/cooperative_group.wgsl` does with its parameters stays inside of its buffers, and covers all of C.
fn stays_inside(variant: &Variant, group: GroupFragments, problem: &Problem) -> Result<(), TestCaseError> {
    let Problem::Matmul(Matmul { m, n, k, accumulator, .. }) = *problem else { unreachable!("a product") };
    let tile = group.fragment;
    let launch = variant.launch(problem, 0).expect("it suits");
    let [rows, columns, depth, _] = launch.params;
    prop_assert_eq!([rows, columns], [m, n]);
    let [across, down, _] = launch.grid(65535);
    // An element of the buffers of factors has 16 bytes: four words.
    let (row_length, step) = (depth / 4, tile.k / tile.per_word / 4);
    prop_assert_eq!(row_length * 4 * tile.per_word, k, "a row of a factor is whole");
    prop_assert!(step > 0 && row_length % step == 0, "the last step ends with the row");
    inside(m, tile.m, down, row_length)?;
    inside(n, tile.n, across, row_length)?;
    prop_assert_eq!(u64::from(n) * accumulator.size() % 16, 0, "rows of sums begin where they may");
    for index in 0..across {
        let column = (index * tile.n).min(n - tile.n);
        prop_assert_eq!(u64::from(column) * accumulator.size() % 16, 0, "and so do tiles");
    }
    Ok(())
}

/// The same of the `count` tiles along a `side` that is one of C, and of the factor that has as many rows of `row_length` elements.
fn inside(side: u32, tile: u32, count: u32, row_length: u32) -> Result<(), TestCaseError> {
    let mut covered = 0;
    for index in 0..count {
        prop_assert!(tile <= side, "a tile fits");
        let at = (index * tile).min(side - tile);
        prop_assert!(at <= covered, "nothing is left out");
        covered = at + tile;
        let end = u64::from(covered) * u64::from(row_length);
        prop_assert!(end <= u64::from(side) * u64::from(row_length), "loads end with their buffer");
        prop_assert!(end <= u64::from(u32::MAX), "an index has 32 bits");
    }
    prop_assert_eq!(covered, side);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_load_or_store_leaves_its_buffer(id in 0..IDS.len(), m in 1..2200_u32, n in 1..2200_u32, k in 1..600_u32, whole in any::<bool>()) {
        let benchmark = benchmark(IDS[id]);
        // Few sizes are multiples of anything.
        let (n, k) = if whole { (n / 8 * 8, k / 128 * 128) } else { (n, k) };
        let Some(problem) = benchmark.product(m, n, k) else { return Ok(()) };
        for (variant, group) in groups(IDS[id]) {
            if variant.suits(&problem) {
                stays_inside(&variant, group, &problem)?;
            } else {
                let small = m < group.fragment.m || n < group.fragment.n;
                let ragged = k == 0 || k % group.fragment.k != 0 || n % 8 != 0;
                prop_assert!(small || ragged, "{} and {problem}", variant.name());
            }
        }
    }
}

#[test]
fn every_edge_that_a_search_times_is_inside() {
    for id in IDS {
        for edge in [256, 512, 1024, 2048, 4096, 8192] {
            let problem = benchmark(id).product(edge, edge, edge).expect("a product");
            for (variant, group) in groups(id) {
                assert!(variant.suits(&problem), "{id} {} {edge}", variant.name());
                stays_inside(&variant, group, &problem)
                    .unwrap_or_else(|error| panic!("{id} {}: {error}", variant.name()));
            }
        }
    }
}
