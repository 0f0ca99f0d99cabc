//! Kernels that are broken on purpose, each in one way: the checks have to find each of them wrong, on whatever adapter is present.

mod adapter;
mod on_gpu;
mod trials;

use std::process::ExitCode;

use gpu_assay::benchmark::Benchmark;
use gpu_assay::device::Source;
use gpu_assay::kernel::{Recurrence, Target, Variant};
use gpu_assay::measure::ShaderChecks;
use gpu_assay::tune::{Checker, Defect};
use libtest_mimic::Trial;
use on_gpu::{checked, replaced, unsupported};
use trials::{Missing, Tested, trial};

fn main() -> ExitCode {
    let by_file = BROKEN.iter().flat_map(|broken| broken.ids.iter().map(|id| broken.of(id)));
    let by_recurrence = STEPS.iter().flat_map(|(name, all, source)| all.iter().map(|one| step(name, *one, *source)));
    let missing_barriers = MISSING_BARRIERS.iter().map(|(name, id, shader)| missing_barrier(name, id, shader));
    trials::run(by_file.chain(by_recurrence).chain(missing_barriers).collect())
}

/// A file broken in one way.
struct Broken {
    /// What is found.
    name: &'static str,
    /// Benchmarks that it is broken for.
    ids: &'static [&'static str],
    shader: &'static str,
    source: Source,
}

impl Broken {
    fn of(&'static self, id: &'static str) -> Trial {
        let is_broken = |variant: &Variant| variant.shader() == Some(self.shader);
        trial(&format!("{}::{id}::{}", self.name, self.shader), move || is_found(id, &is_broken, self.source))
    }
}

/// Expects the checks to find `id` wrong with the kernels that `source` makes of those variants that `is_broken` names, in the two shapes that compile
/// fastest.
fn is_found(id: &str, is_broken: &dyn Fn(&Variant) -> bool, source: Source) -> Tested {
    checked(ShaderChecks::Unchecked, source, |suite| {
        let benchmark = Benchmark::by_id(id).expect("a benchmark");
        let adapter = suite.device.adapter();
        if let Some(feature) = benchmark.needs.iter().find(|feature| !adapter.has(**feature)) {
            return Err(unsupported(id, &format!("the device lacks {feature}")));
        }
        let mut variants = benchmark.seeds(&Target::of(adapter));
        variants.retain(|variant| is_broken(variant) && variant.misfit(adapter).is_none());
        if variants.is_empty() {
            return Err(unsupported(id, "no variant with what is to be broken fits the device"));
        }
        variants.sort_by_key(|variant| variant.shape.unrolled());
        for variant in variants.iter().take(2) {
            let mut checker = Checker::new(suite.device, benchmark, suite.plan.seed).expect("room for the check");
            let result = checker.check(variant);
            assert!(matches!(result, Err(Defect::Wrong(_))), "{id} {}: {result:?}", variant.name());
        }
        Ok(())
    })?
}

const TILED: &str = "matmul/tiled.wgsl";
const DIRECT: &str = "matmul/direct.wgsl";
const BROADCAST: &str = "matmul/broadcast.wgsl";
const STREAM: &str = "memory/stream.wgsl";
const READ: &str = "memory/read.wgsl";
const CHASE: &str = "memory/chase.wgsl";
const SWEEP: &str = "memory/sweep.wgsl";
const WORKGROUP: &str = "memory/workgroup.wgsl";
const ATOMIC_STORAGE: &str = "memory/atomic_storage.wgsl";
const ATOMIC_WORKGROUP: &str = "memory/atomic_workgroup.wgsl";
const COUNT: &str = "overhead/count.wgsl";
const PEAK: &str = "peak/multiply_add.wgsl";
const MATRIX: &str = "matmul/cooperative.wgsl";
const MATRIX_DIRECT: &str = "matmul/cooperative_direct.wgsl";
const MATRIX_PEAK: &str = "peak/cooperative.wgsl";

const CHAINS: &[&str] = &["peak/f32", "peak/f16", "peak/f64", "peak/i8"];
const OVERHEADS: &[&str] = &["overhead/dispatch", "overhead/round-trip", "overhead/pipeline"];
const ON_MATRIX_UNITS: &[&str] = &[
    "matmul/coop/f16-f32",
    "matmul/coop/i8-i32",
    "matmul/coop/bf16-f32",
    "matmul/coop/e4m3-f32",
    "matmul/coop/e5m2-f32",
];

const BROKEN: &[Broken] = &[
    Broken {
        name: "a_wrong_row_is_found",
        ids: &["matmul/f32"],
        shader: TILED,
        source: |variant| replaced(variant, "* A_STRIDE + row + i]", "* A_STRIDE + row]"),
    },
    Broken {
        name: "a_wrong_row_is_found",
        ids: &["matmul/f32"],
        shader: DIRECT,
        source: |variant| replaced(variant, "left[i * STEP + k4]", "left[k4]"),
    },
    Broken {
        name: "a_wrong_lane_is_found",
        ids: &["matmul/i8-i32"],
        shader: BROADCAST,
        source: |variant| replaced(variant, "i % LANES)", "(i + 1u) % LANES)"),
    },
    Broken {
        name: "a_wrong_block_is_found",
        ids: &["memory/copy"],
        shader: STREAM,
        source: |variant| replaced(variant, "block * WORKGROUP", "0u * block * WORKGROUP"),
    },
    Broken {
        name: "a_row_left_unwritten_is_found",
        ids: &["matmul/f32", "matmul/f16-f32"],
        shader: TILED,
        source: |variant| replaced(variant, "out_row < params.m &&", "out_row + 1u < params.m &&"),
    },
    Broken {
        name: "a_row_left_unwritten_is_found",
        ids: &["matmul/f64"],
        shader: DIRECT,
        source: |variant| replaced(variant, "first_row + i < params.m &&", "first_row + i + 1u < params.m &&"),
    },
    Broken {
        name: "a_write_outside_is_found",
        ids: &["matmul/f32"],
        shader: TILED,
        source: |variant| {
            replaced(variant, "out_row < params.m && out_column", "out_row < params.m + 1u && out_column")
        },
    },
    Broken {
        name: "a_last_step_along_k_left_out_is_found",
        ids: &["matmul/f16"],
        shader: TILED,
        source: |variant| replaced(variant, "if (rest > 0u)", "if (rest > 1000u)"),
    },
    Broken {
        name: "a_last_step_along_k_left_out_is_found",
        ids: &["matmul/f32"],
        shader: BROADCAST,
        source: |variant| replaced(variant, "k4 < k4s; k4++", "k4 + 1u < k4s; k4++"),
    },
    Broken {
        name: "a_chain_with_a_round_less_is_found",
        ids: CHAINS,
        shader: PEAK,
        source: |variant| replaced(variant, "round < params.rounds", "round + 1u < params.rounds"),
    },
    Broken {
        name: "a_chain_of_another_value_is_found",
        ids: CHAINS,
        shader: PEAK,
        source: |variant| replaced(variant, "odd((*chains)[i], k)", "odd((*chains)[0], k)"),
    },
    Broken {
        name: "matrix_units_with_rows_for_columns_are_found",
        ids: ON_MATRIX_UNITS,
        shader: MATRIX,
        source: |variant| replaced(variant, "coopLoadT<Left>", "coopLoad<Left>"),
    },
    Broken {
        name: "matrix_units_with_columns_for_rows_are_found",
        ids: &["matmul/coop/f16"],
        shader: MATRIX,
        source: |variant| replaced(variant, "coopLoad<Right>", "coopLoadT<Right>"),
    },
    Broken {
        name: "matrix_units_that_store_rows_for_columns_are_found",
        ids: &["matmul/coop/f16-f32"],
        shader: MATRIX_DIRECT,
        source: |variant| replaced(variant, "coopStoreT(sum", "coopStore(sum"),
    },
    Broken {
        name: "matrix_units_with_columns_for_rows_are_found",
        ids: &["peak/coop/f16"],
        shader: MATRIX_PEAK,
        source: |variant| replaced(variant, "coopLoad<Right>", "coopLoadT<Right>"),
    },
    Broken {
        name: "matrix_units_that_leave_out_the_last_step_are_found",
        ids: &["matmul/coop/f16"],
        shader: MATRIX,
        source: |variant| replaced(variant, "if (rest > 0u)", "if (rest > 1000u)"),
    },
    Broken {
        name: "matrix_units_that_leave_out_the_last_step_are_found",
        ids: &["matmul/coop/f16-f32"],
        shader: MATRIX_DIRECT,
        source: |variant| replaced(variant, "k < params.k; k += EDGE_K", "k + EDGE_K < params.k; k += EDGE_K"),
    },
    Broken {
        name: "matrix_units_with_a_round_less_are_found",
        ids: &["peak/coop/f16", "peak/coop/f16-f32", "peak/coop/i8-i32"],
        shader: MATRIX_PEAK,
        source: |variant| replaced(variant, "round < params.rounds", "round + 1u < params.rounds"),
    },
    Broken {
        name: "an_element_read_twice_is_found",
        ids: &["memory/read"],
        shader: READ,
        source: |variant| replaced(variant, " + (batch + i) * spacing", ""),
    },
    Broken {
        name: "an_array_read_for_another_is_found",
        ids: &["memory/triad"],
        shader: STREAM,
        source: |variant| replaced(variant, "Pair(left[at], right[at])", "Pair(left[at], left[at] + 0.0 * right[at])"),
    },
    Broken {
        name: "a_cycle_shorter_than_its_buffer_is_found",
        ids: &["memory/latency"],
        shader: CHASE,
        source: |variant| replaced(variant, "at = next[at]", "at = next[at] & 0x1ffu"),
    },
    Broken {
        name: "steps_left_out_of_a_chase_are_found",
        ids: &["memory/latency"],
        shader: CHASE,
        source: |variant| replaced(variant, "step += UNROLL", "step += UNROLL + 7u"),
    },
    Broken {
        name: "a_pass_left_out_is_found",
        ids: &["memory/sweep"],
        shader: SWEEP,
        source: |variant| replaced(variant, "step < params.steps", "step + 1u < params.steps"),
    },
    Broken {
        name: "blocks_left_out_are_found",
        ids: &["memory/sweep"],
        shader: SWEEP,
        source: |variant| replaced(variant, "block + 1u == params.blocks", "true"),
    },
    Broken {
        name: "one_place_read_again_is_found",
        ids: &["memory/workgroup"],
        shader: WORKGROUP,
        source: |variant| replaced(variant, "at += LOADS * STEP;", ""),
    },
    Broken {
        name: "a_wrong_stride_is_found",
        ids: &["memory/workgroup"],
        shader: WORKGROUP,
        source: |variant| replaced(variant, "lane * params.stride", "lane"),
    },
    Broken {
        name: "a_round_of_counts_left_out_is_found",
        ids: &["memory/atomic"],
        shader: ATOMIC_STORAGE,
        source: |variant| replaced(variant, "round < params.rounds", "round + 1u < params.rounds"),
    },
    Broken {
        name: "a_round_of_counts_left_out_is_found",
        ids: &["memory/atomic"],
        shader: ATOMIC_WORKGROUP,
        source: |variant| replaced(variant, "round < params.rounds", "round + 1u < params.rounds"),
    },
    Broken {
        name: "counts_in_a_wrong_place_are_found",
        ids: &["memory/atomic"],
        shader: ATOMIC_STORAGE,
        source: |variant| replaced(variant, "* params.spread", "* (1u - params.spread)"),
    },
    Broken {
        name: "counts_in_a_wrong_place_are_found",
        ids: &["memory/atomic"],
        shader: ATOMIC_WORKGROUP,
        source: |variant| replaced(variant, "* params.spread", "* (1u - params.spread)"),
    },
    Broken {
        name: "a_count_that_begins_anew_is_found",
        ids: OVERHEADS,
        shader: COUNT,
        source: |variant| replaced(variant, "out[0] += select", "out[0] = select"),
    },
];

const SQUARE: &[Recurrence] = &[Recurrence::Square];
const AFFINE: &[Recurrence] = &[Recurrence::Affine, Recurrence::AffineInRegisters];
const TURN: &[Recurrence] = &[Recurrence::Turn];
const ALL: &[Recurrence] = &[Recurrence::Square, Recurrence::Affine, Recurrence::AffineInRegisters, Recurrence::Turn];

/// Chains of single precision broken in one way, for these recurrences.
const STEPS: &[(&str, &[Recurrence], Source)] = &[
    ("a_step_left_out_is_found", ALL, |variant| replaced(variant, "chains[i] = closing(chains[i], k);", "")),
    ("another_constant_is_found", SQUARE, |variant| replaced(variant, "at + 0u", "at + 4u")),
    ("another_constant_is_found", AFFINE, |variant| replaced(variant, "at + 4u", "at + 0u")),
    ("another_constant_is_found", TURN, |variant| replaced(variant, "at + 7u", "at + 5u")),
    ("two_steps_folded_are_found", AFFINE, |variant| {
        let odd = "fma(k.expand * k.contract, chain, fma(k.contract, k.offset, k.offset))";
        let last = "chains[i] = odd(chains[i], k);";
        let text = replaced(variant, last, "chains[i] = fma(k.expand, chains[i], k.offset);");
        let text = text.replace("return fma(k.expand, chain, k.offset)", &format!("return {odd}"));
        text.replace("return fma(k.contract, chain, k.offset)", "return chain")
    }),
    ("two_steps_folded_are_found", TURN, |variant| {
        let both =
            "Chain(fma(k.there, chain.y, chain.x), fma(k.back, chain.x, fma(k.back, k.there, Value(1.0)) * chain.y))";
        let text = replaced(variant, "Chain(fma(k.there, chain.y, chain.x), chain.y)", both);
        text.replace("Chain(chain.x, fma(k.back, chain.x, chain.y))", "chain")
    }),
];

fn step(name: &str, recurrence: Recurrence, source: Source) -> Trial {
    let is_broken = move |variant: &Variant| variant.recurrence() == Some(recurrence);
    trial(&format!("{name}::peak/f32::{recurrence}"), move || is_found("peak/f32", &is_broken, source))
}

/// Found with certainty only on a device with one subgroup size: where there are several, a subgroup may hold the whole workgroup, which then needs no
/// barrier.
const MISSING_BARRIERS: &[(&str, &str, &str)] = &[
    ("a_missing_barrier_is_found_where_subgroups_have_one_size", "matmul/f32", TILED),
    ("matrix_units_without_a_barrier_are_found_where_subgroups_have_one_size", "matmul/coop/f16-f32", MATRIX),
];

fn missing_barrier(name: &str, id: &'static str, shader: &'static str) -> Trial {
    let is_broken = move |variant: &Variant| variant.shader() == Some(shader);
    trial(&format!("{name}::{id}::{shader}"), move || {
        let one_size = |suite: &mut gpu_assay::suite::Suite<'_>| suite.device.adapter().lanes().is_some();
        if !checked(ShaderChecks::Unchecked, Variant::wgsl, one_size)? {
            let why =
                "subgroups of this device have several sizes: one may hold the workgroup, which then needs no barrier";
            return Err(Missing::new(why));
        }
        is_found(id, &is_broken, |variant| replaced(variant, "workgroupBarrier();", ""))
    })
}
