//! The check of a peak's chains, without a device: what follows every step passes, and what leaves one out, folds two, or takes another constant
//! does not.

#![expect(clippy::cast_possible_truncation, reason = "values are single to begin with")]

use gpu_assay::benchmark::Benchmark;
use gpu_assay::check::{Check, Expected, GUARD_BYTES, Mismatch, UNWRITTEN, integer_checksum, sampled};
use gpu_assay::kernel::{Recurrence, Target, Variant};
use gpu_assay::problem::rounding::to_half;
use gpu_assay::problem::{ChainConstant, Element, Fill, Matrix, Operands, Peak, Problem, STRETCH};
use half::f16;

const SEED: u64 = 7;
const STEPS: u32 = 3 * STRETCH;
const PEAK: Problem = Problem::Peak(Peak { element: Element::F32, chains: 64, steps: STEPS });

/// A variant of each recurrence: the first seeds.
fn variants() -> [(Recurrence, Variant); 4] {
    let seeds = Benchmark::by_id("peak/f32").expect("a benchmark").seeds(&Target::common());
    [Recurrence::Square, Recurrence::Affine, Recurrence::AffineInRegisters, Recurrence::Turn].map(|recurrence| {
        let variant = seeds[..4].iter().find(|seed| seed.recurrence() == Some(recurrence));
        (recurrence, *variant.expect("the first seeds are of every recurrence"))
    })
}

/// A device that multiplies and adds in its own way.
#[derive(Clone, Copy)]
struct Device {
    recurrence: Recurrence,
    multiply_add: fn(f32, f32, f32) -> f32,
    constants: [f32; 8],
}

impl Device {
    /// Rounds once.
    fn new(recurrence: Recurrence, fill: Fill) -> Self {
        let operands = operands(fill);
        let constants = std::array::from_fn(|place| operands.value(1, place as u64) as f32);
        Self { recurrence, multiply_add: f32::mul_add, constants }
    }

    /// One step of a chain, whose second value only a turn has.
    fn step(&self, [x, y]: [f32; 2], number: u32) -> [f32; 2] {
        let k = |constant: ChainConstant| self.constants[constant as usize];
        let ma = self.multiply_add;
        match self.recurrence {
            Recurrence::Square => [ma(x, x, k(ChainConstant::Addend)), y],
            Recurrence::Turn if number.is_multiple_of(2) => [ma(k(ChainConstant::There), y, x), y],
            Recurrence::Turn => [x, ma(k(ChainConstant::Back), x, y)],
            _ if number % 64 == 63 => [ma(x, x, k(ChainConstant::Fold)), y],
            _ if number.is_multiple_of(2) => [ma(k(ChainConstant::Expand), x, k(ChainConstant::Offset)), y],
            _ => [ma(k(ChainConstant::Contract), x, k(ChainConstant::Offset)), y],
        }
    }

    /// An odd and an even step as one, as a compiler would that takes rounding lightly.
    fn folded(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let k = |constant: ChainConstant| self.constants[constant as usize];
        match self.recurrence {
            Recurrence::Square => {
                let (square, c) = (x * x, k(ChainConstant::Addend));
                [square.mul_add(2.0f32.mul_add(c, square), c.mul_add(c, c)), y]
            }
            Recurrence::Turn => {
                let (there, back) = (k(ChainConstant::There), k(ChainConstant::Back));
                [there.mul_add(y, x), back.mul_add(x, back.mul_add(there, 1.0) * y)]
            }
            _ => {
                let (b, contract) = (k(ChainConstant::Offset), k(ChainConstant::Contract));
                [x.mul_add(k(ChainConstant::Expand) * contract, contract.mul_add(b, b)), y]
            }
        }
    }

    /// The answer, with its guard, where a chain goes from its first values to its last as `follow` does.
    fn answer(&self, fill: Fill, follow: impl Fn([f32; 2]) -> [f32; 2]) -> Vec<u8> {
        let operands = operands(fill);
        let first = operands.bytes(0, 0..PEAK.input_bytes()[0]);
        let first = Matrix::new(&first, Element::F32, 1);
        let end = |lane| {
            let [x, y] = follow([first.at(lane) as f32, self.constants[ChainConstant::Start as usize]]);
            if self.recurrence == Recurrence::Turn { y } else { x }
        };
        let guard = UNWRITTEN.to_le_bytes().repeat(usize::try_from(GUARD_BYTES / 4).expect("small"));
        (0..first.len()).flat_map(|lane| end(lane).to_le_bytes()).chain(guard).collect()
    }

    /// Makes the steps of `numbers`.
    fn steps(&self, fill: Fill, numbers: impl Iterator<Item = u32> + Clone) -> Vec<u8> {
        self.answer(fill, |first| numbers.clone().fold(first, |chain, number| self.step(chain, number)))
    }

    fn right(&self, fill: Fill) -> Vec<u8> {
        self.steps(fill, 0..STEPS)
    }
}

fn operands(fill: Fill) -> Operands {
    Operands::new(PEAK, fill, SEED)
}

type Compare = fn(&Variant, &[u8]) -> Result<Check, Mismatch>;

/// Each comparison with the data that it is for.
const COMPARISONS: [(&str, Fill, Compare); 4] = [
    ("every chain, settling", Fill::Integers, |variant, output| {
        Expected::new(operands(Fill::Integers)).verify(variant, 1, &mut read(output))
    }),
    ("every chain, lively", Fill::Random, |variant, output| {
        Expected::new(operands(Fill::Random)).verify(variant, 1, &mut read(output))
    }),
    ("before timing", Fill::Integers, |variant, output| {
        integer_checksum(&operands(Fill::Integers), variant, 1, &mut read(output), SEED)
    }),
    ("after timing", Fill::Random, |variant, output| {
        sampled(&operands(Fill::Random), variant, 1, &mut read(output), 0, SEED)
    }),
];

fn read(output: &[u8]) -> impl FnMut(std::ops::Range<u64>) -> Result<Vec<u8>, Mismatch> {
    |range| {
        let [start, end] = [range.start, range.end].map(|at| usize::try_from(at).expect("small").min(output.len()));
        Ok(output[start..end].to_vec())
    }
}

/// Calls `test` for every recurrence with every comparison, and the device that is right.
fn each(test: impl Fn(&str, Fill, Device, &dyn Fn(&[u8]) -> Result<Check, Mismatch>)) {
    for (recurrence, variant) in variants() {
        for (name, fill, compare) in COMPARISONS {
            let compare = |output: &[u8]| compare(&variant, output);
            test(&format!("{recurrence}, {name}"), fill, Device::new(recurrence, fill), &compare);
        }
    }
}

#[test]
fn chains_that_make_every_step_pass_however_they_round() {
    each(|name, fill, device, compare| {
        let twice = Device { multiply_add: |a, b, c| a * b + c, ..device };
        for answer in [device.right(fill), twice.right(fill)] {
            let outcome = compare(&answer);
            assert!(outcome.is_ok(), "{name} refuses a right answer: {outcome:?}");
        }
    });
}

#[test]
fn affine_chains_whose_squares_are_rounded_otherwise_pass() {
    each(|name, fill, device, compare| {
        if !matches!(device.recurrence, Recurrence::Affine | Recurrence::AffineInRegisters) {
            return;
        }
        let twice = Device { multiply_add: |a, b, c| a * b + c, ..device };
        for (steps, folds) in [(device, twice), (twice, device)] {
            let by = |number: u32| if number % STRETCH == STRETCH - 1 { folds } else { steps };
            let answer =
                device.answer(fill, |first| (0..STEPS).fold(first, |chain, number| by(number).step(chain, number)));
            let outcome = compare(&answer);
            assert!(outcome.is_ok(), "{name} refuses a right answer: {outcome:?}");
        }
    });
}

#[test]
fn chains_of_both_kinds_of_rounding_do_not_pass() {
    each(|name, fill, device, compare| {
        let twice = Device { multiply_add: |a, b, c| a * b + c, ..device };
        let (once, twice) = (device.right(fill), twice.right(fill));
        let mixed = [&once[..128], &twice[128..]].concat();
        // Both are the same if all products are exact.
        assert!(once == twice || compare(&mixed).is_err(), "{name} passes chains that were rounded in two ways");
    });
}

#[test]
fn chains_that_leave_out_a_step_do_not_pass() {
    each(|name, fill, device, compare| {
        for left_out in [0, 62, 63, 64, 100, STEPS - 2, STEPS - 1] {
            let answer = device.steps(fill, (0..STEPS).filter(|number| *number != left_out));
            assert!(compare(&answer).is_err(), "{name} passes without step {left_out}");
        }
        for fewer in [2, 4, 16, 64] {
            assert!(compare(&device.steps(fill, 0..STEPS - fewer)).is_err(), "{name} passes without the last {fewer}");
        }
    });
}

#[test]
fn chains_in_which_two_steps_were_made_one_do_not_pass() {
    each(|name, fill, device, compare| {
        if fill == Fill::Integers {
            // What is exact is so in any order.
            return;
        }
        let answer = device.answer(fill, |first| {
            (0..STEPS / 2).fold(first, |chain, pair| match pair % (STRETCH / 2) {
                31 => device.step(device.step(chain, 62), 63),
                _ => device.folded(chain),
            })
        });
        assert!(compare(&answer).is_err(), "{name} passes folded steps");
    });
}

#[test]
fn chains_with_a_constant_that_is_off_by_its_last_place_do_not_pass() {
    each(|name, fill, device, compare| {
        let mut found = 0;
        for place in 0..device.constants.len() {
            let mut constants = device.constants;
            constants[place] = constants[place].next_up();
            let off = Device { constants, ..device }.right(fill);
            found += usize::from(off != device.right(fill));
            assert!(off == device.right(fill) || compare(&off).is_err(), "{name} passes with another constant {place}");
        }
        let used = match device.recurrence {
            Recurrence::Square => 1,
            Recurrence::Turn => 3,
            _ => 4,
        };
        assert_eq!(found, used, "{name}: every constant that is used counts");
    });
}

#[test]
fn chains_of_another_recurrence_do_not_pass() {
    each(|name, fill, device, compare| {
        for (other, _) in variants().into_iter().filter(|(other, _)| *other != device.recurrence) {
            let same = |recurrence| Device { recurrence, ..device }.right(fill);
            let alike = same(other) == device.right(fill);
            assert!(alike || compare(&same(other)).is_err(), "{name} passes {other}");
        }
    });
}

#[test]
fn chains_that_left_their_reach_do_not_pass() {
    each(|name, fill, device, compare| {
        for word in [UNWRITTEN, f32::NAN.to_bits(), f32::INFINITY.to_bits(), 2.2f32.to_bits()] {
            let mut output = device.right(fill);
            output[68..72].copy_from_slice(&word.to_le_bytes());
            assert!(compare(&output).is_err(), "{name} passes word {word:#x}");
        }
    });
}

#[test]
fn timed_chains_stay_lively_and_within_bounds() {
    const LONG: u32 = 1 << 16;
    for (recurrence, _) in variants() {
        let device = Device::new(recurrence, Fill::Random);
        for lane in 0..8 {
            let first = operands(Fill::Random).value(0, lane) as f32;
            let mut chain = [first, device.constants[ChainConstant::Start as usize]];
            let mut significands = Vec::new();
            for number in 0..LONG {
                chain = device.step(chain, number);
                let changed = if recurrence == Recurrence::Turn { chain[(number % 2) as usize] } else { chain[0] };
                assert!(changed.abs() < 2.1, "{recurrence} is {changed} after step {number}");
                significands.push(changed.to_bits() & 0x7f_ffff);
            }
            let flips: u32 = significands.windows(2).map(|pair| (pair[0] ^ pair[1]).count_ones()).sum();
            let activity = f64::from(flips) / f64::from(23 * (LONG - 1));
            let distinct = significands.into_iter().collect::<std::collections::BTreeSet<_>>().len();
            assert!((0.4..0.6).contains(&activity) && distinct > 100, "{recurrence}: {activity} of {distinct} values");
        }
    }
}

/// Turns of halves, fused, of a device that makes zero of what is below the smallest normal half where it `flushes`.
fn turns_of_halves(operands: &Operands, flushes: bool) -> Vec<f64> {
    let fused = |a: f64, b: f64, c: f64| {
        let half = to_half(a.mul_add(b, c)).to_f64();
        if flushes && half.abs() < f16::MIN_POSITIVE.to_f64() { 0.0 } else { half }
    };
    let [there, back, start] =
        [ChainConstant::There, ChainConstant::Back, ChainConstant::Start].map(|k| operands.value(1, k as u64));
    let Problem::Peak(Peak { chains, steps, .. }) = *operands.problem() else { unreachable!("a peak") };
    let turn = |[x, y]: [f64; 2]| {
        let x = fused(there, y, x);
        [x, fused(back, x, y)]
    };
    let end = |lane| (0..steps / 2).fold([operands.value(0, lane), start], |chain, _| turn(chain))[1];
    (0..u64::from(chains)).map(end).collect()
}

#[test]
fn a_device_may_make_zero_of_small_halves() {
    let problem = Problem::Peak(Peak { element: Element::F16, chains: 1 << 15, steps: STRETCH });
    let operands = Operands::new(problem, Fill::Random, SEED);
    let [kept, flushed] = [false, true].map(|flushes| turns_of_halves(&operands, flushes));
    assert!(kept != flushed, "some chains end near zero");
    let turn = variants()[3].1;
    let compare = |ends: &[f64]| {
        let guard = UNWRITTEN.to_le_bytes().repeat(256);
        let output: Vec<u8> = ends.iter().flat_map(|end| to_half(*end).to_le_bytes()).chain(guard).collect();
        Expected::new(operands.clone()).verify(&turn, 1, &mut read(&output))
    };
    for ends in [&kept, &flushed] {
        let outcome = compare(ends);
        assert!(outcome.is_ok(), "{outcome:?}");
    }
    let normal = kept.iter().position(|end| end.abs() > 0.1).expect("most ends");
    let mut wrong = kept;
    wrong[normal] = 0.0;
    assert!(compare(&wrong).is_err(), "zero is not the end of every chain");
}
