//! The real device path, on whatever adapter is present: lavapipe at the least. Without one these tests are ignored, and fail where `REQUIRE_GPU=1`.

mod adapter;
mod on_gpu;
mod trials;

use std::process::ExitCode;
use std::time::Duration;

use gpu_assay::adapter::Feature;
use gpu_assay::benchmark::{Benchmark, CATALOGUE};
use gpu_assay::cli::{Exit, of_record};
use gpu_assay::device::Source;
use gpu_assay::kernel::{Target, Variant};
use gpu_assay::measure::{Fault, Session, ShaderChecks};
use gpu_assay::plan::{Harness, Plan, Tune};
use gpu_assay::record::{Entry, Host, Note, Outcome, Record, SCHEMA_VERSION, Tool};
use gpu_assay::suite::{Suite, warnings};
use gpu_assay::tune::{Cache, Checker, Defect, Pool};
use libtest_mimic::Trial;
use on_gpu::{alone, checked, open, plan, replaced, timed, unsupported};
use trials::{Tested, trial, trials};

fn main() -> ExitCode {
    let mut all = trials![
        every_way_to_load_operands_is_right,
        operands_put_where_those_in_use_are_are_found,
        what_is_measured_has_a_check_and_its_gpu_time_lies_within_the_walls,
        a_wrong_answer_keeps_no_rate_and_ends_with_code_20,
        a_copy_that_leaves_out_one_element_in_a_million_is_found,
        a_device_lost_in_the_middle_fails_one_entry_and_the_next_gets_a_fresh_one,
        more_memory_than_there_is_means_less_and_says_so,
        a_footprint_that_fits_the_cache_is_flagged,
        a_kernel_that_leaves_out_the_last_step_never_wins_the_tuning,
        a_kernel_that_another_thread_compiled_is_the_same,
        what_is_wrong_with_a_kernel_that_another_thread_compiles_is_told_when_it_is_wanted,
        a_kernel_that_does_not_compile_fails_and_names_its_file,
    ];
    all.extend(CATALOGUE.iter().flat_map(every_shape_is_right));
    trials::run(all)
}

fn measure(suite: &mut Suite<'_>, id: &str) -> Entry {
    suite.measure(Benchmark::by_id(id).expect("a benchmark"), Duration::from_secs(2))
}

/// A trial for each way to compile the kernels of `benchmark`.
fn every_shape_is_right(benchmark: &'static Benchmark) -> Vec<Trial> {
    let of_matrix_units = benchmark.needs.contains(&Feature::CooperativeMatrix);
    let kind = if of_matrix_units { "matrix_units_give_right_answers" } else { "every_shape_is_right" };
    // What the run-time checks guard is indices, which are the same for all types.
    let ways = if benchmark.needs.is_empty() {
        &[ShaderChecks::Unchecked, ShaderChecks::Checked][..]
    } else {
        &[ShaderChecks::Unchecked]
    };
    let named = |shaders: &ShaderChecks| (format!("{kind}::{}::{shaders:?}", benchmark.id).to_lowercase(), *shaders);
    ways.iter().map(named).map(|(name, shaders)| trial(&name, move || right(benchmark, shaders))).collect()
}

/// Expects the answers of every seed of `benchmark` to be right.
fn right(benchmark: &'static Benchmark, shaders: ShaderChecks) -> Tested {
    let verifications = checked(shaders, Variant::wgsl, |suite| suite.verify(benchmark))?;
    let verifications = verifications.map_err(|entry| {
        assert_eq!(entry.outcome, Outcome::Unsupported, "{}: {:?}", entry.id, entry.reason);
        unsupported(&entry.id, entry.reason.as_ref().map_or("no reason given", Note::words))
    })?;
    assert!(!verifications.is_empty(), "{} has seeds", benchmark.id);
    for verification in verifications {
        assert_eq!(verification.result, Ok(()), "{} {}", benchmark.id, verification.variant.name());
    }
    Ok(())
}

/// What is found of the ways to load operands, in the tiles that compile fastest.
fn ways_to_load(source: Source, way: &str, test: impl Fn(&Variant, Result<(), Defect>)) -> Tested {
    checked(ShaderChecks::Unchecked, source, |suite| {
        let benchmark = Benchmark::by_id("matmul/f32").expect("a benchmark");
        let variants = benchmark.variants(&Target::of(suite.device.adapter())).into_iter();
        let smallest: Vec<_> = variants.filter(|one| one.name().starts_with(&format!("32x32x8/4x4{way}"))).collect();
        assert!(smallest.len() >= 2, "both rasters");
        let mut checker = Checker::new(suite.device, benchmark, suite.plan.seed).expect("room for the check");
        for variant in smallest {
            test(&variant, checker.check(&variant));
        }
    })
}

fn every_way_to_load_operands_is_right() -> Tested {
    ways_to_load(Variant::wgsl, "", |variant, result| assert_eq!(result, Ok(()), "{}", variant.name()))
}

fn operands_put_where_those_in_use_are_are_found() -> Tested {
    let broken = |variant: &Variant| replaced(variant, "(step + LEAD) % BUFFERS", "step % BUFFERS");
    ways_to_load(broken, "/ahead/double", |variant, result| {
        assert!(matches!(result, Err(Defect::Wrong(_))), "{}: {result:?}", variant.name());
    })
}

fn what_is_measured_has_a_check_and_its_gpu_time_lies_within_the_walls() -> Tested {
    timed(Variant::wgsl, |suite| {
        for id in ["matmul/f32", "memory/copy"] {
            let entry = measure(suite, id);
            // Of clocks that disagree an entry is suspect: see `tests/suite.rs`.
            assert_eq!(entry.outcome, Outcome::Measured, "{id}: {:?}", entry.reason);
            assert!(entry.check.is_some() && entry.rates.is_some() && entry.samples.len() >= 5, "{id}: {entry:?}");
            if suite.device.adapter().has(Feature::TimestampQuery) {
                let stamped =
                    entry.samples.iter().filter(|sample| sample.gpu_s.is_some_and(|gpu| gpu <= sample.wall_s));
                assert_eq!(stamped.count(), entry.samples.len(), "{id}: {:?}", entry.samples);
            }
        }
    })
}

fn record(suite: &Suite<'_>, entry: Entry) -> Record {
    Record {
        schema_version: SCHEMA_VERSION,
        created: "2026-11-22T00:00:00Z".to_owned(),
        synthetic: false,
        tool: Tool::this(),
        host: Host::this(),
        adapter: suite.device.adapter().clone(),
        board: None,
        plan: Plan { sampler: Harness::Own, ..plan() },
        warnings: warnings(suite.device.adapter(), suite.plan).into_iter().map(Note::from).collect(),
        entries: vec![entry],
        gaps: vec![],
        content_sha256: None,
        peer: None,
    }
}

fn a_wrong_answer_keeps_no_rate_and_ends_with_code_20() -> Tested {
    timed(
        |variant| replaced(variant, "block * WORKGROUP", "0u * block * WORKGROUP"),
        |suite| {
            let entry = measure(suite, "memory/copy");
            assert_eq!(entry.outcome, Outcome::Wrong, "{:?}", entry.reason);
            assert!(entry.rates.is_none() && entry.samples.is_empty(), "no rate without a right answer");
            assert_eq!(of_record(&record(suite, entry), false), Exit::Wrong, "exit code 20");
        },
    )
}

fn a_copy_that_leaves_out_one_element_in_a_million_is_found() -> Tested {
    // The small problems of the check have fewer elements; the timed size is compared word by word.
    let skipping: Source = |variant| {
        replaced(
            variant,
            "out[first + i * spacing] = result(held[i], first + i * spacing);",
            "if ((params.first + first + i * spacing) % 250000u != 249999u) { out[first + i * spacing] = result(held[i], first + i * spacing); }",
        )
    };
    timed(skipping, |suite| {
        let entry = measure(suite, "memory/copy");
        assert_eq!(entry.outcome, Outcome::Wrong, "{:?}", entry.reason);
    })
}

fn a_device_lost_in_the_middle_fails_one_entry_and_the_next_gets_a_fresh_one() -> Tested {
    let _alone = alone();
    let plan = plan();
    let mut gpu = open(plan.shaders, Variant::wgsl)?;
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
    Ok(())
}

fn more_memory_than_there_is_means_less_and_says_so() -> Tested {
    timed(Variant::wgsl, |suite| {
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
    })
}

fn a_footprint_that_fits_the_cache_is_flagged() -> Tested {
    timed(Variant::wgsl, |suite| {
        let plan = Plan { footprint_bytes: Some(2 << 20), ..plan() };
        let cache = &mut Cache::none();
        let mut suite = Suite::new(suite.device, &plan, &|| false, &|_| {}, cache);
        let entry = measure(&mut suite, "memory/copy");
        assert_eq!(entry.outcome, Outcome::Suspect, "{:?}", entry.reason);
        assert!(entry.reason.is_some_and(|reason| reason.code() == Some("fits_cache")), "the reason is said");
    })
}

const TILED: &str = "matmul/tiled.wgsl";
const DIRECT: &str = "matmul/direct.wgsl";
const BROADCAST: &str = "matmul/broadcast.wgsl";

/// Faster than the right ones, and wrong: no last step along K.
fn short_products(variant: &Variant) -> String {
    match variant.shader() {
        Some(BROADCAST) => replaced(variant, "k4 < k4s; k4++", "k4 + 1u < k4s; k4++"),
        Some(TILED) => replaced(variant, "let rest = (params.k % BK) / 4u;", "let rest = 0u;"),
        _ => variant.wgsl(),
    }
}

fn a_kernel_that_leaves_out_the_last_step_never_wins_the_tuning() -> Tested {
    timed(short_products, |suite| {
        let plan = Plan { tune: Tune::Quick, ..plan() };
        let cache = &mut Cache::none();
        let mut suite = Suite::new(suite.device, &plan, &|| false, &|_| {}, cache);
        let entry = suite.measure(Benchmark::by_id("matmul/f32").expect("a benchmark"), Duration::from_secs(4));
        assert_eq!(entry.outcome, Outcome::Measured, "{:?}", entry.reason);
        assert_eq!(entry.variant.expect("a winner").shader.as_deref(), Some(DIRECT), "the one that is right");
        assert!(entry.findings.iter().any(|finding| finding.code() == Some("wrong_variant")), "it is reported");
        let tuning = entry.tuning.expect("a search");
        assert!(tuning.tried.iter().all(|one| one.name.starts_with("direct")), "no wrong kernel is timed: {tuning:?}");
    })
}

/// The seeds of a product, and the session that computes one.
fn product_on(suite: &mut Suite<'_>) -> (Vec<Variant>, Box<dyn Session>) {
    let benchmark = Benchmark::by_id("matmul/f32").expect("a benchmark");
    let (pool, _) = Pool::new(benchmark, suite.device.adapter());
    let problem = benchmark.product(64, 64, 64).expect("a product");
    (pool.seeds, suite.device.open(&problem).expect("it is small"))
}

fn a_kernel_that_another_thread_compiled_is_the_same() -> Tested {
    checked(ShaderChecks::Unchecked, Variant::wgsl, |suite| {
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
    })
}

fn what_is_wrong_with_a_kernel_that_another_thread_compiles_is_told_when_it_is_wanted() -> Tested {
    timed(
        |variant| replaced(variant, "fn main", "fn main("),
        |suite| {
            let (seeds, mut session) = product_on(suite);
            session.compile_ahead(seeds.first());
            let refused = session.select(&seeds[0]).expect_err("it does not compile");
            assert!(matches!(&refused, Fault::KernelRefused(why) if why.contains("shaders/matmul/")), "{refused:?}");
            // Dropped while it compiles.
            session.compile_ahead(seeds.last());
        },
    )
}

fn a_kernel_that_does_not_compile_fails_and_names_its_file() -> Tested {
    timed(
        |variant| replaced(variant, "fn main", "fn main("),
        |suite| {
            let entry = measure(suite, "memory/copy");
            assert_eq!(entry.outcome, Outcome::Failed, "{:?}", entry.reason);
            assert!(entry.why_unsound().contains("shaders/memory/stream.wgsl"), "the file is named");
        },
    )
}
