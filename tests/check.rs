//! The comparisons themselves, without a device: what is right passes, and each of them alone refuses a NaN, an infinity, an element that
//! is off, and a guard word that was touched.

use gpu_assay::check::{Check, Expected, GUARD_BYTES, Mismatch, UNWRITTEN, integer_checksum, sampled};
use gpu_assay::data::{Fill, Matrix, Operands};
use gpu_assay::problem::{Element, MemoryOp, Problem};

const SEED: u64 = 7;

const PRODUCT: Problem =
    Problem::Matmul { m: 8, n: 12, k: 20, input: Element::F32, accumulator: Element::F32, transposed_too: false };
const COPY: Problem = Problem::Memory { operation: MemoryOp::Copy, elements: 64, parts: 1 };

/// The right answer with its guard.
fn answer(problem: &Problem, fill: Fill) -> Vec<u8> {
    let operands = inputs(problem, fill);
    let mut bytes = match *problem {
        Problem::Matmul { m, n, k, input, .. } => {
            let (a, b) = (Matrix::new(&operands[0], input, k), Matrix::new(&operands[1], input, n));
            let mut bytes = Vec::new();
            for row in 0..m as usize {
                for column in 0..n as usize {
                    let sum = (0..k as usize).map(|i| a.get(row, i) * b.get(i, column)).sum::<f64>();
                    #[expect(clippy::cast_possible_truncation, reason = "rounded as a device would")]
                    bytes.extend((sum as f32).to_le_bytes());
                }
            }
            bytes
        }
        Problem::Memory { .. } => operands[0].clone(),
        // Not fused, as on lavapipe.
        Problem::Peak { .. } => chains(problem, fill, |x, constant| x * x + constant),
        _ => unreachable!("tested with the suite"),
    };
    bytes.extend(answer_guard());
    bytes
}

fn answer_guard() -> Vec<u8> {
    UNWRITTEN.to_le_bytes().repeat(usize::try_from(GUARD_BYTES / 4).expect("small"))
}

/// The answer of a device that makes each step as `step` does.
fn chains(problem: &Problem, fill: Fill, step: fn(f32, f32) -> f32) -> Vec<u8> {
    let Problem::Peak { steps, .. } = *problem else { unreachable!("a peak has chains") };
    let operands = inputs(problem, fill);
    let [first, constants] = [0, 1].map(|array: usize| Matrix::new(&operands[array], Element::F32, 1));
    #[expect(clippy::cast_possible_truncation, reason = "f32 to begin with")]
    let follow = |lane| (0..steps).fold(first.at(lane) as f32, |x, _| step(x, constants.at(0) as f32));
    (0..first.len()).flat_map(|lane| follow(lane).to_le_bytes()).collect()
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

type Compare = fn(&Problem, &[u8]) -> Result<Check, Mismatch>;

/// Each comparison with the data that it is for.
const COMPARISONS: [(&str, Fill, Compare); 4] = [
    ("every element, integers", Fill::Integers, |problem, output| {
        Expected::new(operands(problem, Fill::Integers)).compare(1, &mut read(output))
    }),
    ("every element, random", Fill::Random, |problem, output| {
        Expected::new(operands(problem, Fill::Random)).compare(1, &mut read(output))
    }),
    ("integer checksum", Fill::Integers, |problem, output| {
        integer_checksum(&operands(problem, Fill::Integers), 1, &mut read(output), SEED)
    }),
    // No element is drawn: what is found is found by the corners and the look at every element for NaN.
    ("after timing", Fill::Random, |problem, output| {
        sampled(&operands(problem, Fill::Random), 1, &mut read(output), 0, SEED)
    }),
];

/// Expects every comparison to refuse an answer whose word at `index` is `word`.
#[track_caller]
fn refused(index: usize, word: u32) {
    for problem in [PRODUCT, COPY] {
        for (name, fill, compare) in COMPARISONS {
            let mut output = answer(&problem, fill);
            output[index * 4..index * 4 + 4].copy_from_slice(&word.to_le_bytes());
            assert!(compare(&problem, &output).is_err(), "{name} passes word {word:#x} at {index} of {problem:?}");
        }
    }
}

#[test]
fn the_right_answer_passes() {
    for problem in [PRODUCT, COPY] {
        for (name, fill, compare) in COMPARISONS {
            let outcome = compare(&problem, &answer(&problem, fill));
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
            assert!(compare(&problem, &output).is_err(), "{name} passes a quarter too much in {problem:?}");
        }
    }
}

#[test]
fn a_touched_guard_and_a_short_answer_do_not_pass() {
    for problem in [PRODUCT, COPY] {
        for (name, fill, compare) in COMPARISONS {
            let mut output = answer(&problem, fill);
            *output.last_mut().expect("a guard") ^= 1;
            assert!(compare(&problem, &output).is_err(), "{name} passes a touched guard");
            output.truncate(output.len() - 4);
            assert!(compare(&problem, &output).is_err(), "{name} passes a short answer");
        }
    }
}

const PEAK: Problem = Problem::Peak { element: Element::F32, lanes: 64, steps: 192 };

#[test]
fn chains_that_make_every_step_pass() {
    for (name, fill, compare) in COMPARISONS {
        let outcome = compare(&PEAK, &answer(&PEAK, fill));
        assert!(outcome.is_ok(), "{name} refuses a right answer: {outcome:?}");
    }
}

#[test]
fn fused_chains_pass_and_chains_of_both_kinds_do_not() {
    for (name, fill, compare) in COMPARISONS {
        let guard = |answer: Vec<u8>| [answer, answer_guard()].concat();
        let (fused, rounded) = (chains(&PEAK, fill, |x, c| x.mul_add(x, c)), chains(&PEAK, fill, |x, c| x * x + c));
        let outcome = compare(&PEAK, &guard(fused.clone()));
        assert!(outcome.is_ok(), "{name} refuses fused multiply-adds: {outcome:?}");
        let mixed = [&fused[..fused.len() / 2], &rounded[rounded.len() / 2..]].concat();
        assert!(compare(&PEAK, &guard(mixed)).is_err(), "{name} passes chains that were rounded in two ways");
    }
}

#[test]
fn chains_that_make_a_step_less_do_not_pass() {
    let short = Problem::Peak { element: Element::F32, lanes: 64, steps: 191 };
    for (name, fill, compare) in COMPARISONS {
        assert!(compare(&PEAK, &answer(&short, fill)).is_err(), "{name} passes 191 steps for 192");
    }
}

#[test]
fn chains_that_left_their_reach_do_not_pass() {
    for (name, fill, compare) in COMPARISONS {
        for word in [UNWRITTEN, f32::NAN.to_bits(), f32::INFINITY.to_bits(), 1.9f32.to_bits()] {
            let mut output = answer(&PEAK, fill);
            output[68..72].copy_from_slice(&word.to_le_bytes());
            assert!(compare(&PEAK, &output).is_err(), "{name} passes word {word:#x}");
        }
    }
}
