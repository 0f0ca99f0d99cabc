//! Peaks: chains in registers, which wait for nothing but slots and pipes.

use gpu_assay::problem::Element;

use super::cost;
use super::forecast::{Forecast, Unit, middle};
use super::machine::{Machine, Pair, Slots};
use crate::row::Row;

/// The rate of chains of multiply-adds of `element`.
pub(crate) fn vector(machine: &Machine, row: &Row, element: Element) -> Option<Forecast> {
    let code = row.code()?;
    let lanes = f64::from(code.subgroup_size);
    let multiply_adds = f64::from(code.profile.multiply_adds) * lanes;
    let busy = multiply_adds / machine.multiply_adds(element);
    let slots = cost::slots(machine, &code.profile, lanes, 1.0, busy);
    let pipe = match element {
        Element::F16 => "FP16 pipe",
        Element::F64 => "FP64 pipe",
        Element::I8 => "dot products of bytes",
        _ => "FP32 pipe",
    };
    (multiply_adds > 0.0)
        .then(|| of(machine, row, 2.0 * multiply_adds, &[("issue slots", [slots; 2]), (pipe, [busy; 2])]))
}

/// The rate of chains of fragments.
pub(crate) fn matrix(machine: &Machine, row: &Row, input: Element, accumulator: Element) -> Option<Forecast> {
    let code = row.code()?;
    let (rate, operations) = machine.matrix(input, accumulator)?;
    let unit = &machine.figures.unit;
    let done = f64::from(code.profile.matrix) * operations;
    let [most, least] = rate.map(|rate| done / (rate / (unit.count * machine.clock_hz())));
    let slots = cost::slots(machine, &code.profile, f64::from(code.subgroup_size), 1.0, 0.0);
    let slots = if unit.slots == Slots::Vector { [slots + least, slots + most] } else { [slots; 2] };
    (done > 0.0).then(|| of(machine, row, done, &[("issue slots", slots), ("matrix units", [least, most])]))
}

/// `done` operations of a subgroup, whose parts take so many clocks of its unit and work at once.
fn of(machine: &Machine, row: &Row, done: f64, costs: &[(&str, Pair)]) -> Forecast {
    let practice = machine.practice.registers.share;
    let clock = machine.figures.clock.share.map(|share| share * machine.clock_hz());
    let rate = |clocks: f64, hertz: f64| done / clocks * machine.figures.unit.count * hertz;
    let ceiling = |clocks: &Pair| [rate(clocks[1], clock[0]), rate(clocks[0], clock[1])];
    let mut ceilings: Vec<(String, Pair)> =
        costs.iter().map(|(part, clocks)| ((*part).to_owned(), ceiling(clocks))).collect();
    ceilings.sort_by(|one, other| middle(one.1).total_cmp(&middle(other.1)));
    let least = |end: usize| ceilings.iter().map(|(_, range)| range[end]).fold(f64::INFINITY, f64::min);
    // What is known of instructions on matrix units was measured with such loops.
    let below = if costs.iter().any(|(part, _)| *part == "matrix units") { 1.0 } else { practice[0] };
    let range = [least(0) * below, least(1) * practice[1]];
    let limit = cost::tightest(costs.iter().map(|(part, clocks)| (*part, middle(*clocks))));
    Forecast { variant: Some(row.variant.clone()), ceilings, ..Forecast::of(Unit::Operations, range, &limit) }
}
