//! The suite on a scripted device: every fault ends in the right outcome, and what still works goes on.

#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "test data")]

mod double;

use std::rc::Rc;
use std::time::{Duration, Instant};

use double::{Double, Fails};
use gpu_assay::benchmark::{Benchmark, CATALOGUE};
use gpu_assay::measure::{Clock, Device as _, Sample};
use gpu_assay::plan::{Effort, Plan, Tune};
use gpu_assay::problem::{Problem, Sweep};
use gpu_assay::record::{Entry, Note, Outcome, Rates, Remark};
use gpu_assay::suite::Suite;
use gpu_assay::suite::footprint::Footprint;
use gpu_assay::suite::sizes::ascending;
use gpu_assay::tune::{Cache, check_problems};
use gpu_assay::units::{BytesPerSec, OpsPerSec};

/// Enough for every search, however busy the machine is; what is scripted takes no time of its own.
const BUDGET: Duration = Duration::from_secs(30);

/// Larger than one binding of the double.
const FOOTPRINT: u64 = 24 << 20;

fn measure_with(device: &mut Double, id: &str, tune: Tune) -> Entry {
    measure_with_cache(device, id, tune, &mut Cache::none())
}

fn measure_with_cache(device: &mut Double, id: &str, tune: Tune, cache: &mut Cache) -> Entry {
    let plan = Plan { tune, footprint_bytes: Some(FOOTPRINT), ..Plan::new(Effort::Quick) };
    let benchmark = Benchmark::by_id(id).expect("a benchmark of the catalogue");
    Suite::new(device, &plan, &|| false, &|_| {}, cache).measure(benchmark, BUDGET)
}

#[track_caller]
fn check(fails: Fails, id: &str, outcome: Outcome) -> Entry {
    let entry = measure_with(&mut Double::new(fails), id, Tune::Off);
    assert_eq!(entry.outcome, outcome, "{id} with {fails:?}: {:?}", entry.reason);
    if !matches!(outcome, Outcome::Measured | Outcome::Suspect) {
        assert!(entry.rates.is_none() && entry.stats.is_none(), "{id} with {fails:?} keeps a rate");
    }
    entry
}

#[test]
fn a_sound_device_is_measured_at_its_rate() {
    for benchmark in &CATALOGUE {
        let entry = check(Fails::Never, benchmark.id, Outcome::Measured);
        let rates = entry.rates.expect("a measured entry has rates");
        let rate = match rates {
            Rates::Ops(rate) => rate.median.get(),
            Rates::Bytes(rate) => rate.median.get(),
            Rates::Each(time) => 1.0 / time.median.get(),
        };
        assert!((rate / 1e9 - 1.0).abs() < 1e-9, "{}: {rate} of a device that does 1e9", benchmark.id);
        assert_eq!(entry.clock, Some(Clock::Gpu), "{}: the clocks agree", benchmark.id);
        assert!(entry.check.is_some(), "{}: no rate without a check", benchmark.id);
    }
}

#[test]
fn a_device_that_computes_nothing_is_wrong() {
    for benchmark in &CATALOGUE {
        check(Fails::ComputesNothing, benchmark.id, Outcome::Wrong);
    }
}

#[test]
fn one_wrong_element_is_found() {
    for benchmark in &CATALOGUE {
        check(Fails::OneElement, benchmark.id, Outcome::Wrong);
    }
}

#[test]
fn chains_of_fragments_that_end_before_the_timed_ones_do_are_found() {
    for benchmark in CATALOGUE.iter().filter(|benchmark| benchmark.id.starts_with("peak/coop/")) {
        let entry = check(Fails::ChainsEnd(200), benchmark.id, Outcome::Wrong);
        assert!(entry.problem.is_some(), "{}: not on the small problems", benchmark.id);
    }
}

#[test]
fn a_row_that_is_not_written_is_found() {
    for benchmark in &CATALOGUE {
        check(Fails::LastRowUnwritten, benchmark.id, Outcome::Wrong);
    }
}

#[test]
fn a_write_past_the_end_is_found() {
    for benchmark in &CATALOGUE {
        let entry = check(Fails::PastTheEnd, benchmark.id, Outcome::Wrong);
        assert!(entry.why_unsound().contains("past the end"), "{}: the guard is named", benchmark.id);
    }
}

#[test]
fn a_stale_answer_is_found() {
    // What has no inputs, and does not count, has the same answer every time.
    for benchmark in CATALOGUE.iter().filter(|benchmark| benchmark.id != "memory/write") {
        check(Fails::Stale, benchmark.id, Outcome::Wrong);
    }
}

#[test]
fn a_clock_that_lies_makes_the_entry_suspect() {
    for factor in [0.0, -1.0, 0.5, 2.0, f64::NAN, f64::INFINITY] {
        let entry = check(Fails::Clock(factor), "matmul/f32", Outcome::Suspect);
        assert_eq!(entry.clock, Some(Clock::Wall), "factor {factor}: the wall clock is used");
        assert!(!entry.is_sound(), "factor {factor}: the judge must not use it");
    }
}

#[test]
fn a_device_that_answers_in_constant_time_is_suspect() {
    for seconds in [1e-5, 0.01] {
        let entry = check(Fails::Constant(seconds), "matmul/f32", Outcome::Suspect);
        assert!(entry.reason.is_some_and(|reason| reason.code() == Some("not_doubling")), "it is said");
    }
}

#[test]
fn timestamps_that_come_late_or_jump_are_suspect() {
    check(Fails::Late, "matmul/f32", Outcome::Suspect);
    check(Fails::Jumps, "matmul/f32", Outcome::Suspect);
}

/// The best and the median rate of an entry, relative to the double's.
fn rates(entry: &Entry) -> [f64; 2] {
    let rate = entry.rates.expect("a measured entry has rates").ops().expect("operations");
    [rate.best, rate.median].map(|rate| rate.get() / 1e9)
}

#[test]
fn one_odd_stamp_or_short_submission_decides_no_figure() {
    let mut listed = 0;
    for factor in [0.0, -1.0, 0.05, 1e-6, 3.0, f64::NAN] {
        let entry = check(Fails::OddStamp(13, factor), "matmul/f32", Outcome::Measured);
        assert!(rates(&entry).iter().all(|rate| (rate - 1.0).abs() < 0.01), "factor {factor}: {:?}", entry.rates);
        assert_eq!(entry.clock, Some(Clock::Gpu), "factor {factor}: the others agree");
        listed += entry.odd_samples.len();
    }
    assert!(listed > 0, "odd samples are listed");
    let mut seen = 0;
    for every in [7, 9, 11, 13] {
        let entry = measure_with(&mut Double::new(Fails::ShortSubmission(every, 0.05)), "matmul/f32", Tune::Off);
        assert!(rates(&entry).iter().all(|rate| (rate - 1.0).abs() < 0.01), "one in {every}: {:?}", entry.rates);
        // How many submissions the warm-up makes is the machine's, and with it whether one of the samples is short.
        let usual = entry.stats.as_ref().expect("a measured entry has them").median_s.get();
        let each = |sample: &Sample| sample.wall_s.get() / f64::from(sample.dispatches);
        let short = entry.samples.iter().filter(|sample| each(sample) < usual / 2.0).count();
        let words = entry.findings.iter().filter(|finding| finding.code() == Some("unconfirmed")).count();
        assert_eq!(words, short.min(1), "one in {every}, {short} short samples: {:?}", entry.findings);
        seen += short;
    }
    assert!(seen > 0, "one in seven is among ten samples");
}

#[test]
fn one_short_reading_of_the_clock_does_not_make_the_others_slow() {
    for every in [5, 13, 29] {
        let entry = check(Fails::OddStamp(every, 0.05), "peak/f32", Outcome::Measured);
        assert_eq!(entry.slow_samples, Vec::<usize>::new(), "one in {every}: {:?}", entry.probes);
        let entry = measure_with(&mut Double::new(Fails::ShortSubmission(every, 0.05)), "peak/f32", Tune::Off);
        assert_eq!(entry.slow_samples, Vec::<usize>::new(), "one in {every}, by both: {:?}", entry.probes);
    }
}

#[test]
fn a_clock_that_halves_in_the_middle_moves_no_figure() {
    for after in [30, 60, 70] {
        let entry = measure_with(&mut Double::new(Fails::ClockHalves(after)), "matmul/f32", Tune::Off);
        assert!(rates(&entry).iter().all(|rate| *rate < 1.01), "after {after}: {:?}", entry.rates);
    }
}

#[test]
fn a_busy_machine_is_no_alarm() {
    let entry = check(Fails::Busy, "matmul/f32", Outcome::Measured);
    assert!(rates(&entry).iter().all(|rate| *rate < 1.01), "never above the truth: {:?}", entry.rates);
    assert!(entry.findings.iter().any(|finding| finding.code() == Some("clocks_disagree")), "{:?}", entry.findings);
}

#[test]
fn a_device_that_hangs_fails_the_entry_and_is_replaced() {
    let mut device = Double::new(Fails::Hangs(20));
    let entry = measure_with(&mut device, "matmul/f32", Tune::Off);
    assert_eq!((entry.outcome, device.recovered), (Outcome::Failed, 1), "{:?}", entry.reason);
}

#[test]
fn samples_of_a_throttled_device_are_marked_and_kept() {
    // Late enough that the clock has been read at its best, early enough that samples follow.
    let entry = measure_with(&mut Double::new(Fails::Throttles(60, 0.5)), "matmul/f32", Tune::Off);
    assert!(!entry.slow_samples.is_empty(), "marked: {:?}", entry.probes);
    assert!(entry.findings.iter().any(|finding| finding.code() == Some("slow_clock")), "{:?}", entry.findings);
    assert!(entry.slow_samples.iter().all(|sample| *sample < entry.samples.len()), "none is dropped");
    let steady = check(Fails::Never, "matmul/f32", Outcome::Measured);
    assert_eq!((steady.slow_samples.len(), steady.settled), (0, Some(true)), "a steady device has none");
}

#[test]
fn the_suite_goes_on_after_a_loss() {
    let plan = Plan { tune: Tune::Off, ..Plan::new(Effort::Quick) };
    let (mut device, cache) = (Double::new(Fails::Lost(20)), &mut Cache::none());
    let mut suite = Suite::new(&mut device, &plan, &|| false, &|_| {}, cache);
    let [product, wait] = ["matmul/f32", "overhead/round-trip"].map(|id| Benchmark::by_id(id).expect("a benchmark"));
    assert_eq!(suite.measure(product, BUDGET).outcome, Outcome::Failed, "it is lost in the middle");
    let next = suite.measure(wait, BUDGET);
    assert_eq!(next.outcome, Outcome::Measured, "on a fresh device: {:?}", next.reason);
}

#[test]
fn less_memory_means_a_smaller_problem_and_says_so() {
    let entry = check(Fails::Memory(6 << 20), "memory/copy", Outcome::Measured);
    assert!(entry.findings.iter().any(|finding| finding.code() == Some("out_of_memory")), "{:?}", entry.findings);
    check(Fails::Memory(0), "memory/triad", Outcome::Failed);
    // So slow that a pass over the footprint is made of several submissions, and there is no room for that either.
    let mut slow = Double::new(Fails::Memory(6 << 20));
    slow.pace.set(0.1);
    let entry = measure_with(&mut slow, "memory/copy", Tune::Off);
    assert_eq!(entry.outcome, Outcome::Measured, "{:?}", entry.reason);
}

#[test]
fn a_binding_limit_means_a_smaller_problem_and_says_so() {
    let (double, plan) = (Double::new(Fails::Never), Plan::new(Effort::Quick));
    let benchmark = Benchmark::by_id("matmul/f32").expect("a benchmark");
    let sizes = ascending(benchmark, double.adapter(), &plan, &Footprint::of(FOOTPRINT)).expect("few parts");
    assert!(matches!(sizes.limited_by, Some(Remark::ArrayLimit { limit: 4_194_304, .. })));
}

#[test]
fn a_size_that_was_not_taken_is_not_said_to_be() {
    let mut notes = 0;
    for pace in [100.0, 1.0, 0.1, 0.01] {
        let mut device = Double::new(Fails::Never);
        device.pace.set(pace);
        let entry = measure_with(&mut device, "matmul/f32", Tune::Off);
        let words: Vec<&str> = entry.findings.iter().map(Note::words).collect();
        let (words, taken) = (words.join("; "), entry.problem.expect("one was timed"));
        let said = words.contains(" was taken");
        assert!(!said || words.contains(&format!("{taken} was taken")), "{taken} at a pace of {pace}: {words}");
        notes += u32::from(said);
    }
    assert!((1..4).contains(&notes), "the fast device meets its limit, the slow one does not: {notes}");
}

#[test]
fn a_footprint_beyond_one_binding_is_split() {
    let entry = check(Fails::Never, "memory/copy", Outcome::Measured);
    let problem = entry.problem.expect("a measured entry has one");
    assert!(problem.parts() > 2 && problem.input_bytes()[0] > 4 << 20, "{problem:?}");
    assert_eq!(entry.findings, [], "nothing was given up");
}

/// What a busy machine took from the samples, it took from bytes of either kind: the half is looked at again, beside the whole.
#[test]
fn a_pace_that_only_the_samples_had_is_no_disproportion() {
    let mut device = Double::new(Fails::Never);
    let pace = Rc::clone(&device.pace);
    let of_the_clock = |phase: &str| phase.contains("the clock ") || phase.ends_with("the clock");
    let say = |phase: &str| match phase {
        "timing" => pace.set(0.4),
        phase if of_the_clock(phase) => {}
        _ => pace.set(1.0),
    };
    let plan = Plan { tune: Tune::Off, footprint_bytes: Some(FOOTPRINT), ..Plan::new(Effort::Quick) };
    let copy = Benchmark::by_id("memory/copy").expect("a benchmark");
    let entry = Suite::new(&mut device, &plan, &|| false, &say, &mut Cache::none()).measure(copy, BUDGET);
    assert_eq!(entry.outcome, Outcome::Measured, "{:?}", entry.reason);
    let rate = entry.rates.and_then(|rates| rates.bytes()).expect("a rate").median;
    assert!((rate.get() / 4e8 - 1.0).abs() < 1e-9, "the samples were slow: {rate}");
}

/// A record is refused whose problem is another benchmark's: each has to know its own.
#[test]
fn problems_are_those_of_their_benchmark_alone() {
    let device = Double::new(Fails::Never);
    for benchmark in &CATALOGUE {
        for problem in check_problems(benchmark, device.adapter()) {
            assert!(benchmark.kind.computes(&problem), "{}: {problem:?}", benchmark.id);
            let of_others =
                CATALOGUE.iter().filter(|other| other.kind != benchmark.kind && other.kind.computes(&problem));
            assert!(of_others.count() <= 1, "{}: {problem:?} is nearly anybody's", benchmark.id);
        }
    }
}

/// The sweep of a scripted card with one cache, whose bindings end at 4 MiB.
fn swept(cache: u64, budget: Duration) -> Entry {
    let plan = Plan { tune: Tune::Off, footprint_bytes: Some(FOOTPRINT), ..Plan::new(Effort::Quick) };
    let benchmark = Benchmark::by_id("memory/sweep").expect("a benchmark of the catalogue");
    let mut device = Double::new(Fails::Cached(cache, 10.0));
    Suite::new(&mut device, &plan, &|| false, &|_| {}, &mut Cache::none()).measure(benchmark, budget)
}

#[test]
fn a_cache_that_no_binding_overflows_is_found_over_several() {
    for cache in [3 << 20, 12 << 20] {
        let entry = swept(cache, Duration::from_secs(600));
        assert_eq!(entry.outcome, Outcome::Measured, "{:?}", entry.reason);
        let found: Vec<u64> = entry.levels.iter().filter_map(|level| level.capacity_bytes).collect();
        assert_eq!(found.len(), 1, "{:?}", entry.levels);
        assert!(found[0] > cache / 3 * 2 && found[0] < cache / 2 * 3, "{} of {cache}", found[0]);
        assert_eq!(entry.findings, [], "nothing was left open");
        let (level, rate) =
            (entry.levels[1].value, entry.rates.and_then(|rates| rates.bytes()).map(|rate| rate.median));
        assert!((level / 1e9 - 1.0).abs() < 0.1, "memory is as fast as the card: {level}");
        assert!(rate.is_some_and(|rate| (rate.get() / 1e9 - 1.0).abs() < 0.01), "memory stands for all: {rate:?}");
    }
}

/// Sets that are visited once each show a cache that is none, where the machine changes its pace between two of them, or before the first.
#[test]
fn a_change_of_pace_between_large_sets_is_no_cache() {
    let plan = Plan { tune: Tune::Off, ..Plan::new(Effort::Quick) };
    let sweep = Benchmark::by_id("memory/sweep").expect("a benchmark");
    for fast in [70 << 20, 140 << 20] {
        let mut device = Double::new(Fails::SlowsDown(fast, 0.6)).in_software().with_arrays_of(512 << 20);
        let cache = &mut Cache::none();
        let entry = Suite::new(&mut device, &plan, &|| false, &|_| {}, cache).measure(sweep, Duration::from_millis(1));
        assert_eq!(entry.outcome, Outcome::Measured, "{:?}", entry.reason);
        assert_eq!(entry.levels.len(), 1, "{fast}: {:?}", entry.levels);
        assert!(!entry.findings.iter().any(|finding| finding.code() == Some("sweep_ended")), "{:?}", entry.findings);
    }
}

/// The sweep sees a cache that is hardly faster than memory through a kernel that something else limits, and may be wrong by far; of a processor's caches
/// others may have the better part.
#[test]
fn a_cache_that_is_not_sure_makes_no_footprint_smaller() {
    let plan = Plan { tune: Tune::Off, ..Plan::new(Effort::Quick) };
    for (speed, is_card, footprint) in [(10.0, true, 256 << 20), (1.3, true, 512 << 20), (10.0, false, 128 << 20)] {
        let card = Double::new(Fails::Cached(1 << 20, speed));
        let mut device = if is_card { card } else { card.in_software() };
        // So fast that no pass is too long for a quick run.
        device.pace.set(4.0);
        let cache = &mut Cache::none();
        let mut suite = Suite::new(&mut device, &plan, &|| false, &|_| {}, cache);
        let [sweep, copy] = ["memory/sweep", "memory/copy"].map(|id| Benchmark::by_id(id).expect("a benchmark"));
        let levels = suite.measure(sweep, Duration::from_secs(600)).levels;
        assert_eq!(levels.len(), 2, "{levels:?}");
        let pass = suite.measure(copy, BUDGET);
        let bytes = 2 * pass.problem.expect("a pass").input_bytes()[0];
        assert!(bytes.abs_diff(footprint) < footprint / 10, "{speed} times as fast: {bytes} bytes of {footprint}");
        let share = pass.cache_share.expect("a sweep saw the cache");
        let held = share * pass.work.expect("a pass").bytes.get() / f64::from(1 << 20);
        assert!((held - 1.0).abs() < 0.5, "1 MiB of {bytes} bytes: {share}");
    }
}

/// The working sets that a device was swept with, beside those of the check.
fn sets_swept(device: &Double) -> Vec<u64> {
    let of = |problem: &Problem| match *problem {
        Problem::Sweep(Sweep { bytes, workgroups: 4096.., .. }) => Some(bytes),
        _ => None,
    };
    device.opened.iter().filter_map(of).collect()
}

/// A footprint that a person chose may fit the last cache, be there a sweep or not: without one only what shows that cache is measured.
#[test]
fn a_chosen_footprint_is_held_against_the_last_cache_that_a_probe_finds() {
    for (cache, outcome, words) in [
        (1 << 20, Outcome::Measured, None),
        (8 << 20, Outcome::Measured, Some("the footprint is small beside the cache")),
        (16 << 20, Outcome::Suspect, Some("the footprint fits the cache")),
    ] {
        let mut device = Double::new(Fails::Cached(cache, 10.0));
        let entry = measure_with(&mut device, "memory/copy", Tune::Off);
        assert_eq!(entry.outcome, outcome, "{cache}: {:?}", entry.reason);
        let said: Vec<&str> = entry.findings.iter().chain(&entry.reason).map(Note::words).collect();
        assert_eq!(said.len(), usize::from(words.is_some()), "{cache}: {said:?}");
        assert!(said.iter().all(|said| words.is_some_and(|words| said.starts_with(words))), "{cache}: {said:?}");
        let held = entry.cache_share.expect("a probe saw the cache") * FOOTPRINT as f64;
        assert!((0.75..1.5).contains(&(held / cache as f64)), "{held} of {cache}");
        if cache == 1 << 20 {
            // The smallest says how often a set has to be read.
            let far_below = sets_swept(&device).into_iter().filter(|bytes| *bytes < cache / 8).count();
            assert_eq!(far_below, 1, "{:?}", sets_swept(&device));
        }
    }
}

#[test]
fn nothing_is_swept_for_a_pass_whose_footprint_nobody_chose() {
    let plan = Plan { tune: Tune::Off, ..Plan::new(Effort::Quick) };
    let mut device = Double::new(Fails::Never);
    let copy = Benchmark::by_id("memory/copy").expect("a benchmark");
    let entry = Suite::new(&mut device, &plan, &|| false, &|_| {}, &mut Cache::none()).measure(copy, BUDGET);
    assert_eq!((entry.outcome, entry.cache_share), (Outcome::Measured, None), "{:?}", entry.reason);
    assert_eq!(sets_swept(&device), Vec::<u64>::new());
}

/// Another program may have filled the memory: one message, and a smaller footprint.
#[test]
fn passes_take_a_quarter_of_the_memory_that_is_free() {
    let plan = Plan { tune: Tune::Off, ..Plan::new(Effort::Standard) };
    let mut device = Double::new(Fails::Never).with_memory(8 << 30, 96 << 20);
    let cache = &mut Cache::none();
    let mut suite = Suite::new(&mut device, &plan, &|| false, &|_| {}, cache);
    for id in ["memory/copy", "memory/copy-api", "memory/triad"] {
        let entry = suite.measure(Benchmark::by_id(id).expect("a benchmark"), BUDGET);
        assert_eq!(entry.outcome, Outcome::Measured, "{id}: {:?}", entry.reason);
        let problem = entry.problem.expect("a pass");
        let bytes = problem.work().bytes.get();
        assert!(bytes <= f64::from(24 << 20) && bytes > f64::from(20 << 20), "{id}: {bytes} bytes");
        assert_eq!(entry.findings.len(), 1, "{id}: {:?}", entry.findings);
        assert!(entry.findings[0].words().contains("96 MiB of the device's 8 GiB are free"), "{:?}", entry.findings);
    }
    let sweep = suite.measure(Benchmark::by_id("memory/sweep").expect("a benchmark"), BUDGET);
    let largest = sweep.curve.iter().map(|point| point.problem.input_bytes()[0]).max();
    assert!(largest.is_some_and(|bytes| bytes <= 24 << 20), "a sweep neither: {largest:?}");
}

/// An H100 falls to a sixth of its clock while the host fills arrays, and takes hundreds of milliseconds of work to come up again.
#[test]
fn a_card_that_rests_while_the_host_works_is_measured_at_its_best() {
    let plan = Plan { tune: Tune::Off, footprint_bytes: Some(FOOTPRINT), ..Plan::new(Effort::Quick) };
    for id in ["memory/sweep", "memory/latency", "memory/copy", "matmul/f32"] {
        let (mut device, cache) = (Double::new(Fails::Never), &mut Cache::none());
        let script = Rc::clone(&device.fails);
        let mut suite = Suite::new(&mut device, &plan, &|| false, &|_| {}, cache);
        // The clock is read at its best before.
        suite.measure(Benchmark::by_id("peak/f32").expect("a benchmark"), BUDGET);
        script.set(Fails::Rests(15));
        let entry = suite.measure(Benchmark::by_id(id).expect("a benchmark"), BUDGET);
        assert_eq!(entry.outcome, Outcome::Measured, "{id}: {:?}", entry.reason);
        assert_eq!(entry.slow_samples, Vec::<usize>::new(), "{id}: {:?}", entry.probes);
        assert_eq!(entry.findings, check(Fails::Never, id, Outcome::Measured).findings, "{id}");
        for point in &entry.curve {
            let each = || point.rates.each().map(|time| 1.0 / time.best.get());
            let rate = point.rates.best_per_s().or_else(each);
            assert!(rate.is_some_and(|rate| (rate / 1e9 - 1.0).abs() < 1e-6), "{}: {rate:?}", point.problem);
            assert!((point.stats.median_s.get() / point.stats.best_s.get() - 1.0).abs() < 1e-6, "{}", point.problem);
        }
    }
}

/// What the host's clock measures is right whatever the device's: no alarm.
#[test]
fn a_low_clock_is_no_word_on_a_transfer() {
    for (id, is_marked) in [("transfer/upload", false), ("overhead/round-trip", false), ("overhead/dispatch", true)] {
        let device = &mut Double::new(Fails::Never);
        let pace = Rc::clone(&device.pace);
        // The clock is read at its best before.
        let plan = Plan { tune: Tune::Off, footprint_bytes: Some(FOOTPRINT), ..Plan::new(Effort::Quick) };
        let cache = &mut Cache::none();
        let mut suite = Suite::new(device, &plan, &|| false, &|_| {}, cache);
        suite.measure(Benchmark::by_id("peak/f32").expect("a benchmark"), BUDGET);
        pace.set(0.5);
        let entry = suite.measure(Benchmark::by_id(id).expect("a benchmark"), BUDGET);
        assert!(entry.probes.iter().all(|probe| probe.relative_clock < 0.6), "{id}: {:?}", entry.probes);
        let said = entry.findings.iter().any(|finding| finding.code() == Some("slow_clock"));
        assert_eq!((said, !entry.slow_samples.is_empty()), (is_marked, is_marked), "{id}: {:?}", entry.findings);
    }
}

#[test]
fn a_sweep_that_ends_before_memory_shows_says_so() {
    for (cache, code) in [(2 << 20, "sweep_ended"), (12 << 20, "no_look_ahead")] {
        let entry = swept(cache, Duration::ZERO);
        assert!(entry.findings.iter().any(|note| note.code() == Some(code)), "{code}: {:?}", entry.findings);
    }
}

#[test]
fn a_lost_device_fails_the_entry_and_is_replaced() {
    let mut device = Double::new(Fails::Lost(20));
    let entry = measure_with(&mut device, "matmul/f32", Tune::Off);
    assert_eq!(entry.outcome, Outcome::Failed, "{:?}", entry.reason);
    assert!(entry.rates.is_none(), "no rate from a lost device");
    assert_eq!(device.recovered, 1, "the next benchmark gets a fresh device");
    assert_eq!(device.adapter().name, "Test double", "it is the same adapter");
}

#[test]
fn a_variant_that_is_fast_and_wrong_never_wins() {
    let entry = measure_with(&mut Double::new(Fails::OneVariant), "matmul/f32", Tune::Full);
    assert_eq!(entry.outcome, Outcome::Measured, "{:?}", entry.reason);
    assert_ne!(entry.variant.expect("a winner").name, "128x128x16/8x8", "the wrong one must not win");
    let rejected = entry.tuning.expect("a search").rejected;
    assert!(rejected.iter().any(|one| one.name == "128x128x16/8x8" && one.reason.starts_with("wrong")), "{rejected:?}");
    assert!(entry.findings.iter().any(|finding| finding.code() == Some("wrong_variant")), "it is reported");
}

#[test]
fn the_search_climbs_from_the_seeds_to_what_is_fastest_near_them() {
    let entry = measure_with(&mut Double::new(Fails::NeverOnAHill), "memory/copy", Tune::Full);
    assert_eq!(entry.outcome, Outcome::Measured, "{:?}", entry.reason);
    let tuning = entry.tuning.expect("a search");
    assert_eq!(entry.variant.expect("a winner").name, "wg64/loads4", "{:?}", tuning.tried);
    assert_eq!((tuning.tried[0].name.as_str(), tuning.tried[1].name.as_str()), ("wg64/loads4", "wg128/loads4"));
    assert!(tuning.problem.is_some() && !tuning.from_cache, "a search of its own");
}

#[test]
fn the_next_kernel_is_compiled_while_one_is_timed_on_a_card_only() {
    let mut card = Double::new(Fails::Never);
    let tried = measure_with(&mut card, "memory/copy", Tune::Full).tuning.expect("a search").tried;
    let ahead = card.ahead.borrow();
    let is_asked_for = |name: &str| ahead.iter().flatten().any(|asked| asked == name);
    let unasked: Vec<_> = tried.iter().filter(|one| !is_asked_for(&one.name)).collect();
    assert!(tried.len() > 4 && unasked.len() <= 2, "all but the first two: {unasked:?}");
    assert_eq!(ahead.last(), Some(&None), "nothing is compiled while samples are taken");

    let mut processor = Double::new(Fails::Never).in_software();
    measure_with(&mut processor, "memory/copy", Tune::Full);
    assert!(processor.ahead.borrow().iter().all(Option::is_none), "it would be disturbed");
}

#[test]
fn a_second_run_takes_up_what_the_first_found_and_checks_it_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tuning.json");
    let open = || Cache::open(file.clone(), true);
    let mut double = Double::new(Fails::NeverOnAHill);
    let first = measure_with_cache(&mut double, "memory/copy", Tune::Full, &mut open()).tuning.expect("a search");
    let second = measure_with_cache(&mut double, "memory/copy", Tune::Quick, &mut open());
    let tuning = second.tuning.expect("the search before");
    assert!(tuning.from_cache && tuning.tried.len() == 3 && first.tried.len() > 3, "{tuning:?}");
    assert_eq!(second.variant.expect("a winner").name, "wg64/loads4", "the same winner");

    let mut broken = Double::new(Fails::OneVariant);
    let mut cache = open();
    let remember = |names: &[&str], cache: &mut Cache| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let benchmark = Benchmark::by_id("matmul/f32").expect("a benchmark");
        let shaders = gpu_assay::measure::ShaderChecks::Unchecked;
        cache.remember(benchmark, broken.adapter(), shaders, Tune::Quick, names);
    };
    remember(&["128x128x16/8x8", "a shape of an older version"], &mut cache);
    let entry = measure_with_cache(&mut broken, "matmul/f32", Tune::Quick, &mut cache);
    assert_eq!(entry.outcome, Outcome::Measured, "{:?}", entry.reason);
    assert!(entry.findings.iter().any(|finding| finding.code() == Some("wrong_variant")), "{:?}", entry.findings);
    let tuning = entry.tuning.expect("a search");
    assert!(!tuning.from_cache, "what was fastest before is wrong now, so a search was made: {tuning:?}");
}

#[test]
fn a_budget_too_small_for_one_candidate_measures_the_first_that_is_right() {
    let plan = Plan { tune: Tune::Quick, ..Plan::new(Effort::Quick) };
    let benchmark = Benchmark::by_id("matmul/f32").expect("a benchmark");
    let mut device = Double::new(Fails::Never);
    let cache = &mut Cache::none();
    let mut suite = Suite::new(&mut device, &plan, &|| false, &|_| {}, cache);
    let entry = suite.measure(benchmark, Duration::ZERO);
    assert_eq!(entry.outcome, Outcome::Measured, "{:?}", entry.reason);
    let tuning = entry.tuning.expect("a search");
    assert_eq!(tuning.tried.len(), 1, "{tuning:?}");
    assert!(tuning.rejected.iter().any(|one| one.reason == "no time left to try it"), "{tuning:?}");
    let cut = tuning.cut.expect("the time was over");
    assert!(cut.tried == 1 && cut.of > 3 && cut.families_untried > 0, "{cut:?}");
    assert!(entry.lower_bound.is_some_and(|bound| bound.code() == Some("search_cut")), "it is marked");
}

#[test]
fn a_search_that_was_cut_is_made_again_and_one_that_was_not_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || Cache::open(folder.path().join("tuning.json"), true);
    let benchmark = Benchmark::by_id("peak/f32").expect("a benchmark");
    let run = |budget: Duration| {
        let plan = Plan::new(Effort::Quick);
        let (mut device, mut cache) = (Double::new(Fails::Never), open());
        let entry = Suite::new(&mut device, &plan, &|| false, &|_| {}, &mut cache).measure(benchmark, budget);
        (entry.lower_bound.is_some(), entry.tuning.expect("a search"))
    };
    assert!(run(Duration::ZERO).0, "cut after one");
    let (marked, tuning) = run(Duration::from_secs(1000));
    assert!(!marked && tuning.cut.is_none() && !tuning.from_cache, "the cut one was not taken up: {tuning:?}");
    let (marked, tuning) = run(Duration::ZERO);
    assert!(!marked && tuning.from_cache, "the whole one was: {tuning:?}");
}

#[test]
fn a_search_is_gone_on_with_where_it_was_cut() {
    let plan = Plan::new(Effort::Quick);
    let (mut device, cache) = (Double::new(Fails::Never), &mut Cache::none());
    let benchmark = Benchmark::by_id("peak/f32").expect("a benchmark");
    let mut suite = Suite::new(&mut device, &plan, &|| false, &|_| {}, cache);
    let first = suite.measure(benchmark, Duration::ZERO);
    let seen = first.variant.clone().expect("a variant").name;
    let on = suite.search_on(Entry { rates: None, ..first }, Duration::ZERO);
    assert_ne!(on.variant.expect("another variant").name, seen, "what was tried comes last");
    assert_eq!(on.tuning.expect("a search").tried.len(), 1);
}

/// A sound entry of `id`, and what becomes of it after a second block on a device that `fails` then; also how often the device was made anew.
fn second_block(id: &str, fails: Fails) -> (Entry, Entry, u32) {
    let plan = Plan { tune: Tune::Off, footprint_bytes: Some(1 << 20), edge: Some(256), ..Plan::new(Effort::Quick) };
    let (mut device, cache) = (Double::new(Fails::Never), &mut Cache::none());
    let script = Rc::clone(&device.fails);
    let mut suite = Suite::new(&mut device, &plan, &|| false, &|_| {}, cache);
    let first = suite.measure(Benchmark::by_id(id).expect("a benchmark"), BUDGET);
    assert_eq!((first.outcome, first.blocks), (Outcome::Measured, Some(1)), "{id}: {:?}", first.reason);
    script.set(fails);
    let mut entry = first.clone();
    let hour = Instant::now() + Duration::from_secs(3600);
    assert!(suite.second_block(&mut entry, hour), "{id}: it is sampled once more");
    assert!(!suite.second_block(&mut entry, hour), "{id}: once");
    (first, entry, device.recovered)
}

/// The ends of the interval over the median of the first block.
fn interval(entry: &Entry) -> [f64; 2] {
    let stats = entry.stats.as_ref().expect("a measured entry has statistics");
    stats.median_ci95_s.map(|end| end.get() / stats.median_s.get())
}

#[test]
fn an_interval_holds_what_a_later_block_shows() {
    for id in ["peak/f32", "matmul/f32", "memory/copy", "memory/copy-api"] {
        let (first, entry, _) = second_block(id, Fails::Never);
        assert_eq!((entry.outcome, entry.blocks), (Outcome::Measured, Some(2)), "{id}: {:?}", entry.reason);
        assert_eq!(entry.findings, first.findings, "{id}: nothing differs");
        for (factor, word) in [(1.1, "9.1 % slower"), (1.0 / 1.1, "10.0 % faster")] {
            let (first, entry, _) = second_block(id, Fails::Noisy(0.0, 1, factor));
            let [low, high] = interval(&entry);
            assert!(low <= factor.min(1.0) * 1.001 && high >= factor.max(1.0) * 0.999, "{id}: {low} to {high}");
            assert!(low > 0.9 && high < 1.11, "{id}: no wider than both: {low} to {high}");
            assert!(entry.findings.iter().any(|note| note.words().contains(word)), "{id}: {:?}", entry.findings);
            let [before, now] = [&first, &entry].map(|one| one.stats.as_ref().expect("statistics"));
            assert_eq!((now.median_s, now.best_s), (before.median_s, before.best_s), "{id}: the first block's figures");
            let (later, rates) = (entry.later.as_ref().expect("a later block"), entry.rates.expect("rates"));
            assert!((3..=5).contains(&later.samples.len()) && later.after_s.get() >= 0.0, "{id}: {later:?}");
            assert_eq!(later.samples[0].dispatches, entry.samples[0].dispatches, "{id}: samples alike");
            let of_rate = match rates {
                Rates::Ops(rate) => rate.median_ci95.map(OpsPerSec::get),
                Rates::Bytes(rate) => rate.median_ci95.map(BytesPerSec::get),
                Rates::Each(_) => panic!("{id} has a rate"),
            };
            let reached = of_rate.map(|rate| rate / 1e9);
            assert!(reached[0] <= 1.0 / high * 1.001 && reached[1] >= 1.0 / low * 0.999, "{id}: {reached:?}");
        }
    }
}

#[test]
fn a_wrong_answer_in_the_later_block_is_wrong() {
    let whole =
        ["peak/f32", "matmul/f32", "memory/copy"].map(|id| [(id, Fails::LastRowUnwritten), (id, Fails::PastTheEnd)]);
    // Of a pass over memory every word is compared.
    for (id, fails) in whole.into_iter().flatten().chain([("memory/copy", Fails::OneElement)]) {
        let (_, entry, _) = second_block(id, fails);
        assert_eq!(entry.outcome, Outcome::Wrong, "{id} with {fails:?}: {:?}", entry.reason);
        assert!(entry.rates.is_none() && entry.stats.is_none() && entry.later.is_none(), "{id}: keeps no figure");
    }
}

#[test]
fn a_device_lost_in_the_later_block_leaves_the_first() {
    for fails in [Fails::Lost(0), Fails::Hangs(0)] {
        let (first, entry, recovered) = second_block("matmul/f32", fails);
        assert_eq!((entry.outcome, entry.blocks), (Outcome::Measured, Some(1)), "{fails:?}");
        assert_eq!((&entry.stats, &entry.rates), (&first.stats, &first.rates), "{fails:?}: the first block's");
        assert!(entry.findings.iter().any(|finding| finding.code() == Some("no_second_block")), "{:?}", entry.findings);
        assert!(recovered > 0, "{fails:?}: what follows gets a fresh device");
    }
    let (_, entry, _) = second_block("memory/copy", Fails::Memory(0));
    assert!(entry.findings.iter().any(|note| note.words().contains("out of device memory")), "{:?}", entry.findings);
    assert_eq!((entry.outcome, entry.blocks), (Outcome::Measured, Some(1)), "another holds the memory now");
}

#[test]
fn stamps_that_disagree_in_the_later_block_move_no_interval() {
    for factor in [0.0, -1.0, 0.05, 3.0, f64::NAN] {
        let (first, entry, _) = second_block("matmul/f32", Fails::Clock(factor));
        assert_eq!((entry.outcome, entry.blocks), (Outcome::Measured, Some(1)), "factor {factor}");
        assert_eq!(entry.stats, first.stats, "factor {factor}: the first block's");
        assert!(entry.findings.iter().any(|finding| finding.code() == Some("later_uncounted")), "{:?}", entry.findings);
    }
    for every in [3, 4, 5] {
        let (_, entry, _) = second_block("matmul/f32", Fails::OddStamp(every, 0.05));
        let [low, high] = interval(&entry);
        assert!(low > 0.999 && high < 1.001, "one in {every}: {low} to {high}");
    }
}

#[test]
fn without_time_or_without_a_figure_there_is_no_second_block() {
    let plan = Plan { tune: Tune::Off, footprint_bytes: Some(FOOTPRINT), ..Plan::new(Effort::Quick) };
    let (mut device, cache) = (Double::new(Fails::Never), &mut Cache::none());
    let mut suite = Suite::new(&mut device, &plan, &|| false, &|_| {}, cache);
    let [product, curve] = ["matmul/f32", "overhead/dispatch"].map(|id| Benchmark::by_id(id).expect("a benchmark"));
    let mut entry = suite.measure(product, BUDGET);
    let before = entry.clone();
    assert!(!suite.second_block(&mut entry, Instant::now()), "no time is left");
    assert_eq!((&entry, entry.blocks), (&before, Some(1)));
    let hour = Instant::now() + Duration::from_secs(3600);
    let mut of_points = suite.measure(curve, BUDGET);
    assert!(!suite.second_block(&mut of_points, hour), "a curve has its points");
    entry.outcome = Outcome::Suspect;
    assert!(!suite.second_block(&mut entry, hour), "a figure that is not used needs no interval");
}

#[test]
fn an_interrupt_ends_a_benchmark_as_skipped() {
    let plan = Plan::new(Effort::Quick);
    let mut device = Double::new(Fails::Never);
    let cache = &mut Cache::none();
    let mut suite = Suite::new(&mut device, &plan, &|| true, &|_| {}, cache);
    let entry = suite.measure(&CATALOGUE[0], BUDGET);
    assert_eq!(entry.outcome, Outcome::Skipped, "{:?}", entry.reason);
}
