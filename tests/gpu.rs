//! The real device path, on whatever adapter is present: lavapipe at the least. Without one these tests say so loudly, and fail where
//! `REQUIRE_GPU=1`.

#![cfg(feature = "gpu")]

mod adapter;

use std::sync::Mutex;
use std::time::Duration;

use gpu_assay::adapter::{Backend, Feature, select};
use gpu_assay::benchmark::{Benchmark, CATALOGUE};
use gpu_assay::cli::{Exit, of_record};
use gpu_assay::device::{Gpu, Source, enumerate};
use gpu_assay::kernel::{Recurrence, Target, Variant};
use gpu_assay::measure::{Fault, Sample, Session, ShaderChecks};
use gpu_assay::plan::{Effort, Harness, Plan, Tune};
use gpu_assay::record::{Entry, Host, Note, Outcome, Record, SCHEMA_VERSION, Tool};
use gpu_assay::suite::{Suite, warnings};
use gpu_assay::tune::{Cache, Checker, Defect, Pool};

/// Two runs on one GPU disturb each other.
static GPU: Mutex<()> = Mutex::new(());

/// Says aloud that something is not tested here. Where `REQUIRE_MATRIX_UNITS=1` the device is known to have them, so that nothing of theirs may
/// be left out.
fn not_tested(id: &str, why: &str) {
    let required = std::env::var_os("REQUIRE_MATRIX_UNITS").is_some_and(|value| value == "1");
    // Of lavapipe, which is the device that has the others.
    let missing = ["coop/f32", "bf16-f32", "e4m3-f32", "e5m2-f32"];
    let known_to_be_missing = missing.iter().any(|types| id.ends_with(types));
    assert!(!(required && id.contains("coop") && !known_to_be_missing), "{id}: {why}");
    eprintln!("*** NOT TESTED: {id}: {why} ***");
}

fn plan() -> Plan {
    Plan { tune: Tune::Off, ..Plan::new(Effort::Quick) }
}

/// Runs `test` on the default adapter with kernels from `source`; says so where there is none.
fn on_gpu(shaders: ShaderChecks, source: Source, test: impl FnOnce(&mut Suite<'_>)) {
    let _alone = GPU.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !adapter::answers(&Backend::NATIVE) {
        return;
    }
    let mut found = enumerate(&Backend::NATIVE);
    let adapters: Vec<_> = found.iter().map(|found| found.adapter.clone()).collect();
    let index = select(&adapters, None, None).expect("an adapter answers");
    let plan = Plan { shaders, ..plan() };
    let mut gpu = Gpu::open(found.swap_remove(index), shaders, plan.submission_s, source).expect("the device opens");
    test(&mut Suite::new(&mut gpu, &plan, &|| false, &|_| {}, &mut Cache::none()));
}

fn measure(suite: &mut Suite<'_>, id: &str) -> Entry {
    suite.measure(Benchmark::by_id(id).expect("a benchmark"), Duration::from_secs(2))
}

/// Expects the answers of every seed of `benchmark` to be right.
#[track_caller]
fn right(suite: &mut Suite<'_>, benchmark: &'static Benchmark, what: &str) {
    let verifications = suite.verify(benchmark).unwrap_or_else(|entry| {
        assert_eq!(entry.outcome, Outcome::Unsupported, "{}: {:?}", entry.id, entry.reason);
        not_tested(&entry.id, entry.why_unsound());
        Vec::new()
    });
    for verification in verifications {
        let name = verification.variant.name();
        assert_eq!(verification.result, Ok(()), "{} {name}, {what}", benchmark.id);
    }
}

#[test]
fn every_kernel_in_every_shape_is_right() {
    for (shaders, what) in [(ShaderChecks::Unchecked, "unchecked"), (ShaderChecks::Checked, "checked")] {
        on_gpu(shaders, Variant::wgsl, |suite| {
            // What the run-time checks guard is indices, which are the same for all types.
            let every_type = |benchmark: &&Benchmark| shaders == ShaderChecks::Unchecked || benchmark.needs.is_empty();
            let ordinary = |benchmark: &&Benchmark| !benchmark.needs.contains(&Feature::CooperativeMatrix);
            for benchmark in CATALOGUE.iter().filter(ordinary).filter(every_type) {
                right(suite, benchmark, what);
            }
        });
    }
}

/// What is found of the ways to load operands, in the tiles that compile fastest.
fn ways_to_load(source: Source, way: &str, test: impl Fn(&Variant, Result<(), Defect>)) {
    on_gpu(ShaderChecks::Unchecked, source, |suite| {
        let benchmark = Benchmark::by_id("matmul/f32").expect("a benchmark");
        let variants = benchmark.variants(&Target::of(suite.device.adapter())).into_iter();
        let smallest: Vec<_> = variants.filter(|one| one.name().starts_with(&format!("32x32x8/4x4{way}"))).collect();
        assert!(smallest.len() >= 2, "both rasters");
        let mut checker = Checker::new(suite.device, benchmark, suite.plan.seed).expect("room for the check");
        for variant in smallest {
            test(&variant, checker.check(&variant));
        }
    });
}

#[test]
fn every_way_to_load_operands_is_right() {
    ways_to_load(Variant::wgsl, "", |variant, result| assert_eq!(result, Ok(()), "{}", variant.name()));
}

#[test]
fn operands_put_where_those_in_use_are_are_found() {
    let broken = |variant: &Variant| replaced(variant, "(step + LEAD) % BUFFERS", "step % BUFFERS");
    ways_to_load(broken, "/ahead/double", |variant, result| {
        assert!(matches!(result, Err(Defect::Wrong(_))), "{}: {result:?}", variant.name());
    });
}

#[test]
fn what_is_measured_has_a_check_and_two_clocks_that_agree() {
    on_gpu(ShaderChecks::Unchecked, Variant::wgsl, |suite| {
        for id in ["matmul/f32", "memory/copy"] {
            let entry = measure(suite, id);
            assert_eq!(entry.outcome, Outcome::Measured, "{id}: {:?}", entry.reason);
            assert!(entry.check.is_some() && entry.rates.is_some() && entry.samples.len() >= 5, "{id}: {entry:?}");
            if !suite.device.adapter().has(Feature::TimestampQuery) {
                continue;
            }
            // What a submission costs, and another program's turn, lengthen the wall's time alone: the sample with the least of both tells of the
            // clocks. Of twice the work a submission's cost is half the part.
            let twice = entry.doubling.as_ref().expect("it was looked at").double.iter();
            let apart = |sample: &Sample| 1.0 - sample.gpu_s.map_or(f64::NAN, |gpu| gpu.get()) / sample.wall_s.get();
            let least = entry.samples.iter().chain(twice).map(apart).min_by(f64::total_cmp).expect("samples");
            assert!(least.abs() < 0.02, "{id}: the clocks are {least} apart");
        }
    });
}

/// Expects the checks to find `id` wrong with the kernels that `source` makes of `shader`, in the two shapes that compile fastest.
#[track_caller]
fn broken(id: &str, shader: &str, source: Source) {
    broken_where(id, |variant| variant.shader() == Some(shader), source);
}

/// The same for those variants that `kind` names.
#[track_caller]
fn broken_where(id: &str, kind: impl Fn(&Variant) -> bool, source: Source) {
    on_gpu(ShaderChecks::Unchecked, source, |suite| {
        let benchmark = Benchmark::by_id(id).expect("a benchmark");
        let adapter = suite.device.adapter();
        let mut variants = benchmark.seeds(&Target::of(adapter));
        variants.retain(|variant| kind(variant) && variant.misfit(adapter).is_none());
        if variants.is_empty() || !benchmark.needs.iter().all(|feature| adapter.has(*feature)) {
            not_tested(id, "what is to be broken cannot run here");
            return;
        }
        variants.sort_by_key(|variant| variant.shape.unrolled());
        for variant in variants.iter().take(2) {
            let mut checker = Checker::new(suite.device, benchmark, suite.plan.seed).expect("room for the check");
            let result = checker.check(variant);
            assert!(matches!(result, Err(Defect::Wrong(_))), "{id} {}: {result:?}", variant.name());
        }
    });
}

fn record(suite: &Suite<'_>, entry: Entry) -> Record {
    Record {
        schema_version: SCHEMA_VERSION,
        created: "2026-11-22T00:00:00Z".to_owned(),
        synthetic: false,
        tool: Tool::this(),
        host: Host::this(),
        adapter: suite.device.adapter().clone(),
        plan: Plan { sampler: Harness::Own, ..plan() },
        warnings: warnings(suite.device.adapter(), suite.plan).into_iter().map(Note::from).collect(),
        entries: vec![entry],
        gaps: vec![],
        content_sha256: None,
        peer: None,
    }
}

fn replaced(variant: &Variant, from: &str, to: &str) -> String {
    let text = variant.wgsl();
    assert!(text.contains(from), "{} has no `{from}` to break", variant.shader().unwrap_or_default());
    text.replace(from, to)
}

#[test]
fn a_wrong_answer_keeps_no_rate_and_ends_with_code_20() {
    on_gpu(
        ShaderChecks::Unchecked,
        |variant| replaced(variant, "block * WORKGROUP", "0u * block * WORKGROUP"),
        |suite| {
            let entry = measure(suite, "memory/copy");
            assert_eq!(entry.outcome, Outcome::Wrong, "{:?}", entry.reason);
            assert!(entry.rates.is_none() && entry.samples.is_empty(), "no rate without a right answer");
            assert_eq!(of_record(&record(suite, entry), false), Exit::Wrong, "exit code 20");
        },
    );
}

const TILED: &str = "matmul/tiled.wgsl";
const DIRECT: &str = "matmul/direct.wgsl";
const BROADCAST: &str = "matmul/broadcast.wgsl";
const STREAM: &str = "memory/stream.wgsl";
const PEAK: &str = "peak/multiply_add.wgsl";
const MATRIX: &str = "matmul/cooperative.wgsl";
const MATRIX_DIRECT: &str = "matmul/cooperative_direct.wgsl";
const MATRIX_PEAK: &str = "peak/cooperative.wgsl";

#[test]
fn a_wrong_index_is_found() {
    broken("matmul/f32", TILED, |variant| replaced(variant, "* A_STRIDE + row + i]", "* A_STRIDE + row]"));
    broken("matmul/f32", DIRECT, |variant| replaced(variant, "left[i * STEP + k4]", "left[k4]"));
    broken("matmul/i8-i32", BROADCAST, |variant| replaced(variant, "i % LANES)", "(i + 1u) % LANES)"));
    broken("memory/copy", STREAM, |variant| replaced(variant, "block * WORKGROUP", "0u * block * WORKGROUP"));
}

#[test]
fn a_missing_barrier_is_found() {
    broken("matmul/f32", TILED, |variant| replaced(variant, "workgroupBarrier();", ""));
}

#[test]
fn a_row_left_unwritten_is_found() {
    for id in ["matmul/f32", "matmul/f16-f32"] {
        broken(id, TILED, |variant| replaced(variant, "out_row < params.m &&", "out_row + 1u < params.m &&"));
    }
    broken("matmul/f64", DIRECT, |variant| {
        replaced(variant, "first_row + i < params.m &&", "first_row + i + 1u < params.m &&")
    });
}

#[test]
fn a_write_outside_is_found() {
    broken("matmul/f32", TILED, |variant| {
        replaced(variant, "out_row < params.m && out_column", "out_row < params.m + 1u && out_column")
    });
}

#[test]
fn the_last_step_along_k_cannot_be_left_out() {
    broken("matmul/f16", TILED, |variant| replaced(variant, "if (rest > 0u)", "if (rest > 1000u)"));
    broken("matmul/f32", BROADCAST, |variant| replaced(variant, "k4 < k4s; k4++", "k4 + 1u < k4s; k4++"));
}

#[test]
fn a_chain_with_a_round_less_or_of_another_value_is_found() {
    for id in ["peak/f32", "peak/f16", "peak/f64", "peak/i8"] {
        broken(id, PEAK, |variant| replaced(variant, "round < params.rounds", "round + 1u < params.rounds"));
        broken(id, PEAK, |variant| replaced(variant, "odd((*chains)[i], k)", "odd((*chains)[0], k)"));
    }
}

#[test]
fn a_step_left_out_two_folded_or_another_constant_is_found_in_every_recurrence() {
    let every = |recurrences: &[Recurrence], source: Source| {
        for recurrence in recurrences {
            broken_where("peak/f32", |variant| variant.recurrence() == Some(*recurrence), source);
        }
    };
    let [square, affine, turn] =
        [&[Recurrence::Square][..], &[Recurrence::Affine, Recurrence::AffineInRegisters], &[Recurrence::Turn]];
    for all in [square, affine, turn] {
        every(all, |variant| replaced(variant, "chains[i] = closing(chains[i], k);", ""));
    }
    every(square, |variant| replaced(variant, "at + 0u", "at + 4u"));
    every(affine, |variant| replaced(variant, "at + 4u", "at + 0u"));
    every(turn, |variant| replaced(variant, "at + 7u", "at + 5u"));
    every(affine, |variant| {
        let odd = "fma(k.expand * k.contract, chain, fma(k.contract, k.offset, k.offset))";
        let last = "chains[i] = odd(chains[i], k);";
        let text = replaced(variant, last, "chains[i] = fma(k.expand, chains[i], k.offset);");
        let text = text.replace("return fma(k.expand, chain, k.offset)", &format!("return {odd}"));
        text.replace("return fma(k.contract, chain, k.offset)", "return chain")
    });
    every(turn, |variant| {
        let both =
            "Chain(fma(k.there, chain.y, chain.x), fma(k.back, chain.x, fma(k.back, k.there, Value(1.0)) * chain.y))";
        let text = replaced(variant, "Chain(fma(k.there, chain.y, chain.x), chain.y)", both);
        text.replace("Chain(chain.x, fma(k.back, chain.x, chain.y))", "chain")
    });
}

#[test]
fn matrix_units_give_right_answers() {
    on_gpu(ShaderChecks::Unchecked, Variant::wgsl, |suite| {
        let on_matrix_units = |benchmark: &&Benchmark| benchmark.needs.contains(&Feature::CooperativeMatrix);
        for benchmark in CATALOGUE.iter().filter(on_matrix_units) {
            right(suite, benchmark, "unchecked");
        }
    });
}

#[test]
fn matrix_units_with_rows_for_columns_are_found() {
    broken("matmul/coop/f16-f32", MATRIX, |variant| replaced(variant, "coopLoadT<Left>", "coopLoad<Left>"));
    broken("matmul/coop/f16", MATRIX, |variant| replaced(variant, "coopLoad<Right>", "coopLoadT<Right>"));
    broken("matmul/coop/f16-f32", MATRIX_DIRECT, |variant| replaced(variant, "coopStoreT(sum", "coopStore(sum"));
    broken("peak/coop/f16", MATRIX_PEAK, |variant| replaced(variant, "coopLoad<Right>", "coopLoadT<Right>"));
    for id in ["matmul/coop/i8-i32", "matmul/coop/bf16-f32", "matmul/coop/e4m3-f32", "matmul/coop/e5m2-f32"] {
        broken(id, MATRIX, |variant| replaced(variant, "coopLoadT<Left>", "coopLoad<Left>"));
    }
}

#[test]
fn matrix_units_without_a_barrier_are_found() {
    broken("matmul/coop/f16-f32", MATRIX, |variant| replaced(variant, "workgroupBarrier();", ""));
}

#[test]
fn matrix_units_that_leave_out_the_last_step_are_found() {
    broken("matmul/coop/f16", MATRIX, |variant| replaced(variant, "if (rest > 0u)", "if (rest > 1000u)"));
    broken("matmul/coop/f16-f32", MATRIX_DIRECT, |variant| {
        replaced(variant, "k < params.k; k += EDGE_K", "k + EDGE_K < params.k; k += EDGE_K")
    });
    for id in ["peak/coop/f16", "peak/coop/f16-f32", "peak/coop/i8-i32"] {
        broken(id, MATRIX_PEAK, |variant| replaced(variant, "round < params.rounds", "round + 1u < params.rounds"));
    }
}

#[test]
fn an_element_read_twice_is_found() {
    broken("memory/read", "memory/read.wgsl", |variant| replaced(variant, " + (batch + i) * spacing", ""));
    broken("memory/triad", STREAM, |variant| {
        replaced(variant, "Pair(left[at], right[at])", "Pair(left[at], left[at] + 0.0 * right[at])")
    });
}

#[test]
fn a_copy_that_leaves_out_one_element_in_a_million_is_found() {
    // The small problems of the check have fewer elements; the timed size is compared word by word.
    let skipping: Source = |variant| {
        replaced(
            variant,
            "out[first + i * spacing] = result(held[i], first + i * spacing);",
            "if ((params.first + first + i * spacing) % 250000u != 249999u) { out[first + i * spacing] = result(held[i], first + i * spacing); }",
        )
    };
    on_gpu(ShaderChecks::Unchecked, skipping, |suite| {
        let entry = measure(suite, "memory/copy");
        assert_eq!(entry.outcome, Outcome::Wrong, "{:?}", entry.reason);
    });
}

#[test]
fn a_walk_on_a_cycle_shorter_than_its_buffer_is_found() {
    broken("memory/latency", "memory/chase.wgsl", |variant| {
        replaced(variant, "at = next[at]", "at = next[at] & 0x1ffu")
    });
    broken("memory/latency", "memory/chase.wgsl", |variant| replaced(variant, "step += UNROLL", "step += UNROLL + 7u"));
}

#[test]
fn reads_that_are_left_out_are_found() {
    broken("memory/sweep", "memory/sweep.wgsl", |variant| {
        replaced(variant, "step < params.steps", "step + 1u < params.steps")
    });
    broken("memory/sweep", "memory/sweep.wgsl", |variant| replaced(variant, "block + 1u == params.blocks", "true"));
    broken("memory/workgroup", "memory/workgroup.wgsl", |variant| replaced(variant, "at += LOADS * STEP;", ""));
    broken("memory/workgroup", "memory/workgroup.wgsl", |variant| replaced(variant, "lane * params.stride", "lane"));
}

#[test]
fn counts_that_are_not_made_are_found() {
    for shader in ["memory/atomic_storage.wgsl", "memory/atomic_workgroup.wgsl"] {
        broken("memory/atomic", shader, |variant| {
            replaced(variant, "round < params.rounds", "round + 1u < params.rounds")
        });
        broken("memory/atomic", shader, |variant| replaced(variant, "* params.spread", "* (1u - params.spread)"));
    }
    for id in ["overhead/dispatch", "overhead/round-trip", "overhead/pipeline"] {
        broken(id, "overhead/count.wgsl", |variant| replaced(variant, "out[0] += select", "out[0] = select"));
    }
}

#[test]
fn a_device_lost_in_the_middle_fails_one_entry_and_the_next_gets_a_fresh_one() {
    let _alone = GPU.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !adapter::answers(&Backend::NATIVE) {
        return;
    }
    let mut found = enumerate(&Backend::NATIVE);
    let adapters: Vec<_> = found.iter().map(|found| found.adapter.clone()).collect();
    let index = select(&adapters, None, None).expect("an adapter answers");
    let plan = plan();
    let mut gpu =
        Gpu::open(found.swap_remove(index), plan.shaders, plan.submission_s, Variant::wgsl).expect("the device opens");
    let lose = gpu.destroyer();
    let timing = std::cell::Cell::new(false);
    let say = |what: &str| {
        if what == "timing" && !timing.replace(true) {
            lose();
        }
    };
    let cache = &mut Cache::none();
    let mut suite = Suite::new(&mut gpu, &plan, &|| false, &say, cache);
    let lost = measure(&mut suite, "overhead/round-trip");
    assert_eq!(lost.outcome, Outcome::Failed, "{:?}", lost.reason);
    assert!(lost.rates.is_none() && lost.why_unsound().contains("lost"), "it is said: {:?}", lost.reason);
    let next = measure(&mut suite, "overhead/round-trip");
    assert_eq!(next.outcome, Outcome::Measured, "on a fresh device: {:?}", next.reason);
}

#[test]
fn more_memory_than_there_is_means_less_and_says_so() {
    on_gpu(ShaderChecks::Unchecked, Variant::wgsl, |suite| {
        let plan = Plan { footprint_bytes: Some(1 << 40), ..plan() };
        let cache = &mut Cache::none();
        let mut suite = Suite::new(suite.device, &plan, &|| false, &|_| {}, cache);
        let entry = measure(&mut suite, "memory/write");
        assert_eq!(entry.outcome, Outcome::Measured, "{:?}", entry.reason);
        let said = entry.findings.iter().any(|note| {
            let words = note.words();
            words.contains("was taken") || words.contains("small beside")
        });
        assert!(said, "a smaller footprint is said: {:?}", entry.findings);
    });
}

#[test]
fn a_footprint_that_fits_the_cache_is_flagged() {
    on_gpu(ShaderChecks::Unchecked, Variant::wgsl, |suite| {
        let plan = Plan { footprint_bytes: Some(2 << 20), ..plan() };
        let cache = &mut Cache::none();
        let mut suite = Suite::new(suite.device, &plan, &|| false, &|_| {}, cache);
        let entry = measure(&mut suite, "memory/copy");
        assert_eq!(entry.outcome, Outcome::Suspect, "{:?}", entry.reason);
        assert!(entry.reason.is_some_and(|reason| reason.code() == Some("fits_cache")), "the reason is said");
    });
}

/// Faster than the right ones, and wrong: no last step along K.
fn short_products(variant: &Variant) -> String {
    match variant.shader() {
        Some(BROADCAST) => replaced(variant, "k4 < k4s; k4++", "k4 + 1u < k4s; k4++"),
        Some(TILED) => replaced(variant, "let rest = (params.k % BK) / 4u;", "let rest = 0u;"),
        _ => variant.wgsl(),
    }
}

#[test]
fn a_kernel_that_leaves_out_the_last_step_never_wins_the_tuning() {
    on_gpu(ShaderChecks::Unchecked, short_products, |suite| {
        let plan = Plan { tune: Tune::Quick, ..plan() };
        let cache = &mut Cache::none();
        let mut suite = Suite::new(suite.device, &plan, &|| false, &|_| {}, cache);
        let entry = suite.measure(Benchmark::by_id("matmul/f32").expect("a benchmark"), Duration::from_secs(4));
        assert_eq!(entry.outcome, Outcome::Measured, "{:?}", entry.reason);
        assert_eq!(entry.variant.expect("a winner").shader.as_deref(), Some(DIRECT));
        assert!(entry.findings.iter().any(|finding| finding.code() == Some("wrong_variant")), "it is reported");
        let tuning = entry.tuning.expect("a search");
        assert!(tuning.tried.iter().all(|one| one.name.starts_with("direct")), "no wrong kernel is timed: {tuning:?}");
    });
}

/// The seeds of a product, and the session that computes one.
fn product_on(suite: &mut Suite<'_>) -> (Vec<Variant>, Box<dyn Session>) {
    let benchmark = Benchmark::by_id("matmul/f32").expect("a benchmark");
    let (pool, _) = Pool::new(benchmark, suite.device.adapter());
    let problem = benchmark.product(64, 64, 64).expect("a product");
    (pool.seeds, suite.device.open(&problem).expect("it is small"))
}

#[test]
fn a_kernel_that_another_thread_compiled_is_the_same() {
    on_gpu(ShaderChecks::Unchecked, Variant::wgsl, |suite| {
        let benchmark = Benchmark::by_id("matmul/f32").expect("a benchmark");
        let (seeds, mut session) = product_on(suite);
        let mut checker = Checker::new(suite.device, benchmark, 1).expect("small problems");
        // Of three: one asked for, one not, and one asked for while the first may still be compiled.
        for three in seeds.chunks(3) {
            session.compile_ahead(three.first());
            session.compile_ahead(three.last());
            for variant in three {
                checker.check(variant).unwrap_or_else(|defect| panic!("{}: {defect}", variant.name()));
                session.select(variant).expect("it compiles");
                session.time(1).expect("it runs");
            }
        }
        session.compile_ahead(seeds.first());
        session.compile_ahead(None);
    });
}

#[test]
fn what_is_wrong_with_a_kernel_that_another_thread_compiles_is_told_when_it_is_wanted() {
    on_gpu(
        ShaderChecks::Unchecked,
        |variant| replaced(variant, "fn main", "fn main("),
        |suite| {
            let (seeds, mut session) = product_on(suite);
            session.compile_ahead(seeds.first());
            let refused = session.select(&seeds[0]).expect_err("it does not compile");
            assert!(matches!(&refused, Fault::KernelRefused(why) if why.contains("shaders/matmul/")), "{refused:?}");
            // Dropped while it compiles.
            session.compile_ahead(seeds.last());
        },
    );
}

#[test]
fn a_kernel_that_does_not_compile_fails_and_names_its_file() {
    on_gpu(
        ShaderChecks::Unchecked,
        |variant| replaced(variant, "fn main", "fn main("),
        |suite| {
            let entry = measure(suite, "memory/copy");
            assert_eq!(entry.outcome, Outcome::Failed, "{:?}", entry.reason);
            assert!(entry.why_unsound().contains("shaders/memory/stream.wgsl"), "the file is named");
        },
    );
}
