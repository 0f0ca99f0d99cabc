//! The comparisons themselves, without a device: what is right passes, and each of them alone refuses a NaN, an infinity, an element that
//! is off, and a guard word that was touched.

#![allow(clippy::cast_possible_truncation, reason = "rounding is the point")]

mod rounding;

use std::collections::HashMap;

use gpu_assay::benchmark::Benchmark;
use gpu_assay::check::{Check, Expected, GUARD_BYTES, Mismatch, UNWRITTEN, integer_checksum, sampled};
use gpu_assay::kernel::{Target, Variant};
use gpu_assay::problem::rounding::to_half;
use gpu_assay::problem::{Element, Fill, Matmul, Matrix, MatrixPeak, MemoryOp, MemoryPass, Operands, Problem};
use rounding::{Order, Units, cut, in_halves, nearest};

const SEED: u64 = 7;

const PRODUCT: Problem = Problem::Matmul(Matmul {
    m: 8,
    n: 12,
    k: 20,
    input: Element::F32,
    accumulator: Element::F32,
    transposed_too: false,
});
const COPY: Problem = Problem::Memory(MemoryPass { operation: MemoryOp::Copy, elements: 64, parts: 1 });

/// The right answer with its guard.
fn answer(problem: &Problem, fill: Fill) -> Vec<u8> {
    let operands = inputs(problem, fill);
    let mut bytes = match *problem {
        Problem::Matmul(Matmul { m, n, k, input, .. }) => {
            let (a, b) = (Matrix::new(&operands[0], input, k), Matrix::new(&operands[1], input, n));
            let mut bytes = Vec::new();
            for row in 0..m as usize {
                for column in 0..n as usize {
                    let sum = (0..k as usize).map(|i| a.get(row, i) * b.get(i, column)).sum::<f64>();
                    bytes.extend((sum as f32).to_le_bytes());
                }
            }
            bytes
        }
        Problem::Memory(_) => operands[0].clone(),
        _ => unreachable!("tested with the suite"),
    };
    bytes.extend(answer_guard());
    bytes
}

fn answer_guard() -> Vec<u8> {
    UNWRITTEN.to_le_bytes().repeat(usize::try_from(GUARD_BYTES / 4).expect("small"))
}

/// A variant whose answers to problems without chains are compared as those of any other.
fn variant(problem: &Problem) -> Variant {
    let id = if matches!(problem, Problem::Matmul(_)) { "matmul/f32" } else { "memory/copy" };
    Benchmark::by_id(id).expect("a benchmark").seeds(&Target::common())[0]
}

/// The input arrays as a device has them.
fn inputs(problem: &Problem, fill: Fill) -> Vec<Vec<u8>> {
    let operands = operands(problem, fill);
    problem.input_bytes().into_iter().enumerate().map(|(array, size)| operands.bytes(array, 0..size)).collect()
}

fn operands(problem: &Problem, fill: Fill) -> Operands {
    Operands::new(*problem, fill, SEED)
}

/// Reads from an answer that is there in full; what is not there is left out.
fn read(output: &[u8]) -> impl FnMut(std::ops::Range<u64>) -> Result<Vec<u8>, Mismatch> {
    |range| {
        let [start, end] = [range.start, range.end].map(|at| usize::try_from(at).expect("small").min(output.len()));
        Ok(output[start..end].to_vec())
    }
}

type Compare = fn(&Problem, &Variant, &[u8]) -> Result<Check, Mismatch>;

/// Each comparison with the data that it is for.
const COMPARISONS: [(&str, Fill, Compare); 4] = [
    ("every element, integers", Fill::Integers, |problem, variant, output| {
        Expected::new(operands(problem, Fill::Integers)).verify(variant, 1, &mut read(output))
    }),
    ("every element, random", Fill::Random, |problem, variant, output| {
        Expected::new(operands(problem, Fill::Random)).verify(variant, 1, &mut read(output))
    }),
    ("integer checksum", Fill::Integers, |problem, variant, output| {
        integer_checksum(&operands(problem, Fill::Integers), variant, 1, &mut read(output), SEED)
    }),
    // No element is drawn: what is found is found by the corners and the look at every element for NaN.
    ("after timing", Fill::Random, |problem, variant, output| {
        sampled(&operands(problem, Fill::Random), variant, 1, &mut read(output), 0, SEED)
    }),
];

/// Expects every comparison to refuse an answer whose word at `index` is `word`.
#[track_caller]
fn refused(index: usize, word: u32) {
    for problem in [PRODUCT, COPY] {
        for (name, fill, compare) in COMPARISONS {
            let mut output = answer(&problem, fill);
            output[index * 4..index * 4 + 4].copy_from_slice(&word.to_le_bytes());
            assert!(
                compare(&problem, &variant(&problem), &output).is_err(),
                "{name} passes word {word:#x} at {index} of {problem:?}"
            );
        }
    }
}

#[test]
fn the_right_answer_passes() {
    for problem in [PRODUCT, COPY] {
        for (name, fill, compare) in COMPARISONS {
            let outcome = compare(&problem, &variant(&problem), &answer(&problem, fill));
            assert!(outcome.is_ok(), "{name} refuses a right answer: {outcome:?}");
        }
    }
}

#[test]
fn no_nan_and_no_infinity_passes() {
    for word in [UNWRITTEN, f32::NAN.to_bits(), f32::INFINITY.to_bits(), f32::NEG_INFINITY.to_bits()] {
        refused(17, word);
    }
}

#[test]
fn an_element_that_is_off_does_not_pass() {
    refused(0, 4711f32.to_bits());
}

#[test]
fn a_fraction_too_much_does_not_pass() {
    for problem in [PRODUCT, COPY] {
        for (name, fill, compare) in COMPARISONS {
            let mut output = answer(&problem, fill);
            let right = f32::from_le_bytes([output[0], output[1], output[2], output[3]]);
            // Away from zero: rounding towards zero would give the right integer back.
            output[..4].copy_from_slice(&(right + 0.25f32.copysign(right)).to_le_bytes());
            assert!(
                compare(&problem, &variant(&problem), &output).is_err(),
                "{name} passes a quarter too much in {problem:?}"
            );
        }
    }
}

#[test]
fn a_touched_guard_and_a_short_answer_do_not_pass() {
    for problem in [PRODUCT, COPY] {
        for (name, fill, compare) in COMPARISONS {
            let mut output = answer(&problem, fill);
            *output.last_mut().expect("a guard") ^= 1;
            assert!(compare(&problem, &variant(&problem), &output).is_err(), "{name} passes a touched guard");
            output.truncate(output.len() - 4);
            assert!(compare(&problem, &variant(&problem), &output).is_err(), "{name} passes a short answer");
        }
    }
}

/// Chains of fragments that are small for the test's sake.
fn fragments(accumulator: Element, [side, k]: [u32; 2], steps: u32) -> Problem {
    Problem::MatrixPeak(MatrixPeak { input: Element::F16, accumulator, m: side, n: side, k, fragments: 32, steps })
}

/// An element of a fragment, as it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Made {
    fragment: usize,
    row: usize,
    column: usize,
    steps: u32,
    /// Whether the left factors are read with rows for columns.
    transposed: bool,
}

/// The answer of `units` to chains of fragments, each element made as `made` says of what it should be.
fn chained(problem: &Problem, fill: Fill, units: Units, made: impl Fn(Made) -> Made) -> Vec<u8> {
    let Problem::MatrixPeak(MatrixPeak { input, m, n, k, fragments, steps, .. }) = *problem else {
        unreachable!("fragments")
    };
    let operands = inputs(problem, fill);
    let [left, right] = [0, 1].map(|array: usize| Matrix::new(&operands[array], input, k));
    let [m, n, k, fragments] = [m, n, k, fragments].map(|side| side as usize);
    let element = |made: &Made| {
        let products = [0, 1].map(|turn| {
            let product = |at: usize| {
                let (row, column) = if made.transposed { (at, made.row) } else { (made.row, at) };
                left.get(turn * m + row, column) * right.get(made.fragment % 16 * n + made.column, at)
            };
            (0..k).map(product).collect::<Vec<f64>>()
        });
        (0..made.steps as usize).fold(0.0, |sum, step| units.add(sum, &products[step % 2]))
    };
    let mut known = HashMap::new();
    let mut sum = |at: usize| {
        let right = Made { fragment: at / (m * n), row: at / n % m, column: at % n, steps, transposed: false };
        let made = made(right);
        let made = Made { fragment: made.fragment % 16, ..made };
        *known.entry(made).or_insert_with_key(element)
    };
    let mut bytes: Vec<u8> = (0..fragments * m * n).flat_map(|at| encoded(units.accumulator, sum(at))).collect();
    bytes.extend(answer_guard());
    bytes
}

fn encoded(element: Element, value: f64) -> Vec<u8> {
    match element {
        Element::F16 => to_half(value).to_le_bytes().to_vec(),
        _ => (value as f32).to_le_bytes().to_vec(),
    }
}

/// Units that cut off, as they are known or may be.
fn cutting(accumulator: Element) -> impl Iterator<Item = Units> {
    let widths = [(4, 0), (4, 1), (8, 1), (8, 2), (16, 0), (16, 2)];
    let held = if accumulator == Element::F16 { &[true, false][..] } else { &[false] };
    let each =
        move |(terms, extra_bits)| held.iter().map(move |&nearest| Units { terms, extra_bits, accumulator, nearest });
    widths.into_iter().flat_map(each)
}

fn compared(problem: &Problem, fill: Fill, output: &[u8]) -> Result<Check, Mismatch> {
    Expected::new(operands(problem, fill)).verify(&variant(problem), 1, &mut read(output))
}

/// The longest chains of fragments that are timed.
const LONGEST: u32 = 2048;

#[test]
fn matrix_units_that_cut_off_stay_below_half_of_the_bound_however_long_they_go_on() {
    for units in [Element::F32, Element::F16].into_iter().flat_map(cutting) {
        for steps in [256, LONGEST] {
            let problem = fragments(units.accumulator, [4, 16], steps);
            let check = compared(&problem, Fill::Random, &chained(&problem, Fill::Random, units, |made| made));
            let check = check.unwrap_or_else(|wrong| panic!("{units:?} are right: {wrong}"));
            assert!(check.max_error < 0.5 * check.bound, "{units:?}, {steps} steps: {check:?}");
        }
    }
}

/// How a fault makes an element.
type Fault = fn(Made) -> Made;

/// What can go wrong with a fragment.
const FAULTS: [(&str, Fault); 4] = [
    ("a step less", |made| Made { steps: made.steps - 1, ..made }),
    ("a round less", |made| Made { steps: made.steps - 16, ..made }),
    ("the factor of another", |made| Made { fragment: made.fragment + 1, ..made }),
    ("rows for columns", |made| Made { transposed: true, ..made }),
];

#[test]
fn a_fault_of_all_fragments_is_found_by_integers_and_a_missing_step_by_single_precision_too() {
    for units in [Element::F32, Element::F16].into_iter().flat_map(|accumulator| cutting(accumulator).step_by(5)) {
        let problem = fragments(units.accumulator, [8, 8], LONGEST / 8);
        let outcome = compared(&problem, Fill::Integers, &chained(&problem, Fill::Integers, units, |made| made));
        assert!(outcome.is_ok(), "{units:?} count: {outcome:?}");
        for (name, fault) in FAULTS {
            let output = chained(&problem, Fill::Integers, units, fault);
            assert!(compared(&problem, Fill::Integers, &output).is_err(), "{name} passes with {units:?}");
        }
    }
    for units in cutting(Element::F32) {
        let problem = fragments(Element::F32, [4, 16], LONGEST);
        let output = chained(&problem, Fill::Random, units, FAULTS[0].1);
        assert!(compared(&problem, Fill::Random, &output).is_err(), "a step less passes with {units:?}");
    }
}

#[test]
fn a_fault_of_one_fragment_is_found_with_any_numbers() {
    for units in [Element::F32, Element::F16].into_iter().flat_map(|accumulator| cutting(accumulator).step_by(5)) {
        let problem = fragments(units.accumulator, [8, 8], LONGEST / 8);
        for (name, fault) in FAULTS {
            // Errors of halves may cancel in every second step, so that a round more or less changes nothing.
            let fills = if name == "a round less" { &[Fill::Integers][..] } else { &[Fill::Integers, Fill::Random] };
            for &fill in fills {
                let one = |made: Made| if made.fragment == 21 { fault(made) } else { made };
                let output = chained(&problem, fill, units, one);
                assert!(compared(&problem, fill, &output).is_err(), "{name}, {fill:?}, passes with {units:?}");
            }
        }
    }
}

/// A product that is as deep as the deepest ones that are timed, of halves.
fn deep(accumulator: Element, k: u32) -> Problem {
    Problem::Matmul(Matmul { m: 32, n: 16, k, input: Element::F16, accumulator, transposed_too: false })
}

/// The answer of a device that adds up the products of a row and a column as `sum` does.
fn added(problem: &Problem, fill: Fill, sum: impl Fn(&[f64]) -> f64) -> Vec<u8> {
    let Problem::Matmul(Matmul { input, .. }) = *problem else { unreachable!("a product") };
    added_as(problem, fill, input, sum)
}

/// The same of one that takes the factors for such of type `taken`.
fn added_as(problem: &Problem, fill: Fill, taken: Element, sum: impl Fn(&[f64]) -> f64) -> Vec<u8> {
    let Problem::Matmul(Matmul { m, n, k, accumulator, transposed_too, .. }) = *problem else {
        unreachable!("a product")
    };
    let operands = inputs(problem, fill);
    let a = Matrix::new(&operands[0], taken, k);
    let b = if transposed_too { Matrix::new(&operands[2], taken, k) } else { Matrix::new(&operands[1], taken, n) };
    let of_b = |at: usize, column: usize| if transposed_too { b.get(column, at) } else { b.get(at, column) };
    let products = |row: usize, column: usize| (0..k as usize).map(|at| a.get(row, at) * of_b(at, column)).collect();
    let places = (0..m as usize).flat_map(|row| (0..n as usize).map(move |column| (row, column)));
    let sums = places.map(|(row, column)| {
        let products: Vec<f64> = products(row, column);
        sum(&products)
    });
    sums.flat_map(|sum| encoded(accumulator, sum)).chain(answer_guard()).collect()
}

#[test]
fn products_on_matrix_units_that_cut_off_stay_below_half_of_the_bound_however_deep_they_are() {
    for units in [Element::F32, Element::F16].into_iter().flat_map(cutting) {
        for k in [16, 80, 8192] {
            let problem = deep(units.accumulator, k);
            let check =
                compared(&problem, Fill::Random, &added(&problem, Fill::Random, |products| units.add(0.0, products)));
            let check = check.unwrap_or_else(|wrong| panic!("{units:?} are right: {wrong}"));
            assert!(check.max_error < 0.5 * check.bound, "{units:?}, {k} deep: {check:?}");
        }
    }
}

const ORDERS: [Order; 9] = [
    Order::Along,
    Order::Unfused,
    Order::Blocks(16),
    Order::Blocks(256),
    Order::ThroughSingle(2),
    Order::ThroughSingle(64),
    Order::Sums(4),
    Order::Sums(128),
    Order::Tree,
];

#[test]
fn sums_in_halves_pass_in_any_order_however_they_are_rounded() {
    for (order, k) in ORDERS.into_iter().flat_map(|order| [64, 8192].map(|k| (order, k))) {
        let problem = deep(Element::F16, k);
        for (name, half) in [("rounded", nearest as fn(f64) -> f64), ("cut off", cut)] {
            let outcome = compared(
                &problem,
                Fill::Random,
                &added(&problem, Fill::Random, |products| in_halves(products, order, half)),
            );
            assert!(outcome.is_ok(), "{order:?}, {name}, {k} deep: {outcome:?}");
        }
    }
}

/// FP8 products as Hopper's units add them up: 32 at once, and no more than 14 bits of the sum (DeepSeek-V3 Technical Report, section 3.5.2).
const SHORT_SUMS: Units = Units { terms: 32, extra_bits: -10, accumulator: Element::F32, nearest: false };

/// The same in single precision, as AMD's.
const WHOLE_SUMS: Units = Units { terms: 16, extra_bits: 0, accumulator: Element::F32, nearest: true };

const FP8: [Element; 2] = [Element::E4m3, Element::E5m2];

#[test]
fn products_of_bfloats_and_fp8_pass_as_units_are_known_to_add_them_up_and_not_without_their_last_tile() {
    let bfloats = cutting(Element::F32).step_by(3).map(|units| (Element::Bf16, units));
    let fp8 = FP8.into_iter().flat_map(|input| [SHORT_SUMS, WHOLE_SUMS].map(|units| (input, units)));
    for ((input, units), k) in bfloats.chain(fp8).flat_map(|one| [256, 4096].map(|k| (one, k))) {
        let problem =
            Problem::Matmul(Matmul { m: 32, n: 16, k, input, accumulator: Element::F32, transposed_too: true });
        for fill in [Fill::Random, Fill::Integers] {
            let outcome = compared(&problem, fill, &added(&problem, fill, |products| units.add(0.0, products)));
            let check = outcome.unwrap_or_else(|wrong| panic!("{input:?}, {k} deep, {fill:?}, {units:?}: {wrong}"));
            assert!(fill == Fill::Integers || check.max_error < 0.5 * check.bound, "{input:?}, {k} deep: {check:?}");
            let short = |products: &[f64]| units.add(0.0, &products[..products.len() - 16]);
            let outcome = compared(&problem, fill, &added(&problem, fill, short));
            assert!(outcome.is_err(), "{input:?}, {k} deep, {fill:?}, without its last tile: {outcome:?}");
        }
    }
}

#[test]
fn factors_that_are_taken_for_another_type_do_not_pass() {
    let types = [(Element::Bf16, Element::F16), (Element::E4m3, Element::E5m2), (Element::E5m2, Element::E4m3)];
    for (input, taken) in types {
        let problem =
            Problem::Matmul(Matmul { m: 32, n: 16, k: 256, input, accumulator: Element::F32, transposed_too: true });
        for fill in [Fill::Random, Fill::Integers] {
            let output = added_as(&problem, fill, taken, |products| products.iter().sum());
            assert!(compared(&problem, fill, &output).is_err(), "{input:?} taken for {taken:?}, {fill:?}");
        }
    }
}

#[test]
fn a_fault_in_chains_of_fp8_is_found_by_integers() {
    for (input, units) in FP8.into_iter().flat_map(|input| [SHORT_SUMS, WHOLE_SUMS].map(|units| (input, units))) {
        let accumulator = Element::F32;
        // What many steps do is the same in every fragment.
        let problem =
            Problem::MatrixPeak(MatrixPeak { input, accumulator, m: 16, n: 16, k: 16, fragments: 32, steps: LONGEST });
        for fill in [Fill::Random, Fill::Integers] {
            let outcome = compared(&problem, fill, &chained(&problem, fill, units, |made| made));
            assert!(outcome.is_ok(), "{input:?}, {fill:?}, {units:?}: {outcome:?}");
        }
        for (name, fault) in FAULTS {
            let output = chained(&problem, Fill::Integers, units, fault);
            assert!(compared(&problem, Fill::Integers, &output).is_err(), "{name} passes: {input:?}, {units:?}");
        }
    }
}

#[test]
fn sums_in_halves_without_their_last_tile_do_not_pass() {
    for (order, k) in ORDERS.into_iter().flat_map(|order| [256, 8192].map(|k| (order, k))) {
        let problem = deep(Element::F16, k);
        let short = |products: &[f64]| in_halves(&products[..products.len() - 16], order, nearest);
        let outcome = compared(&problem, Fill::Random, &added(&problem, Fill::Random, short));
        assert!(outcome.is_err(), "{order:?}, {k} deep: {outcome:?}");
    }
}

#[test]
fn one_of_4096_products_in_halves_left_out_is_found_by_integers() {
    let problem = deep(Element::F16, 4096);
    let judged = |output: &[u8]| {
        integer_checksum(&operands(&problem, Fill::Integers), &variant(&problem), 1, &mut read(output), SEED)
    };
    for (order, half) in ORDERS.into_iter().flat_map(|order| [nearest as fn(f64) -> f64, cut].map(|half| (order, half)))
    {
        let outcome = judged(&added(&problem, Fill::Integers, |products| in_halves(products, order, half)));
        assert!(outcome.is_ok(), "{order:?}: {outcome:?}");
    }
    let short = |products: &[f64]| products[1..].iter().sum();
    assert!(judged(&added(&problem, Fill::Integers, short)).is_err(), "one product less");
}
