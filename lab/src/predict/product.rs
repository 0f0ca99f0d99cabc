//! Products: the costs of one step along K of one workgroup, in clocks of its unit, and the rate that follows for the whole chip.

use gpu_assay::benchmark::{Benchmark, Kind};
use gpu_assay::kernel::{Target, Variant};
use gpu_assay::problem::Element;

use super::cost::{self, Cost};
use super::forecast::{Forecast, Unit, middle};
use super::machine::{Machine, Pair, Slots};
use super::tiling::{self, Tiling};
use crate::row::{Code, Row};

/// Edges that the suite tries, the largest first, and what a dispatch may last at the most, in seconds.
const EDGES: [u32; 6] = [8192, 4096, 2048, 1024, 512, 256];
const LONGEST: f64 = 0.1;

/// A step of one workgroup on a unit.
struct Step<'a> {
    machine: &'a Machine,
    code: &'a Code,
    tiling: Tiling,
    kind: Kind,
    /// Invocations of a subgroup, subgroups of a workgroup.
    lanes: f64,
    subgroups: f64,
}

/// The rate of the product that `row` is, on `machine`; `None` where it is none, did not compile, or the chip's figures do not say enough.
pub(crate) fn forecast(machine: &Machine, row: &Row) -> Option<Forecast> {
    let code = row.code()?;
    let variant = variant(&row.kernel, &row.variant)?;
    let tiling = tiling::of(&variant, code.subgroup_size)?;
    let lanes = f64::from(code.subgroup_size);
    let subgroups = (f64::from(variant.shape.invocations()) / lanes).ceil();
    let step = Step { machine, code, tiling, kind: variant.benchmark.kind, lanes, subgroups };
    let of = |edge: u32| step.at(f64::from(edge));
    let long = |forecast: &Forecast, edge: u32| 2.0 * f64::from(edge).powi(3) / forecast.expected() > LONGEST;
    let found = EDGES.iter().find_map(|&edge| of(edge).filter(|forecast| !long(forecast, edge)));
    Some(Forecast { variant: Some(row.variant.clone()), ..found? })
}

fn variant(kernel: &str, name: &str) -> Option<Variant> {
    let benchmark = Benchmark::by_id(kernel)?;
    let of = |variants: Vec<Variant>| variants.into_iter().find(|variant| variant.name() == name);
    // The seeds are few, and all variants many.
    of(benchmark.seeds(&Target::common())).or_else(|| of(benchmark.variants(&Target::common())))
}

impl Step<'_> {
    /// The rate on a product of that edge.
    fn at(&self, edge: f64) -> Option<Forecast> {
        let costs = self.costs(edge)?;
        let (clocks, limit) = cost::together(&costs);
        let (clocks, limit) = self.with_latency(clocks, limit);
        let unit = &self.machine.figures.unit;
        let share = whole_waves((edge / self.tiling.rows).ceil() * (edge / self.tiling.columns).ceil(), unit.count);
        let clock = self.machine.figures.clock.share.map(|share| share * self.machine.clock_hz());
        let rate = |clocks: f64, hertz: f64| share * 2.0 * self.tiling.multiply_adds() / clocks * unit.count * hertz;
        let range = [rate(clocks[1], clock[0]), rate(clocks[0], clock[1])];
        let mut ceilings: Vec<(String, Pair)> = costs
            .iter()
            .map(|it| (it.part.clone(), [rate(it.clocks[1], clock[0]), rate(it.clocks[0], clock[1])]))
            .collect();
        ceilings.sort_by(|one, other| middle(one.1).total_cmp(&middle(other.1)));
        let note = Some(format!("{edge:.0}³; workgroups a unit: {:.0}", self.residents()));
        Some(Forecast { ceilings, note, ..Forecast::of(Unit::Operations, range, &limit) })
    }

    /// How often the hot loop turns in a step: the work of a step over the work of a turn.
    fn turns(&self) -> Option<f64> {
        let profile = &self.code.profile;
        let due = self.tiling.multiply_adds() / self.subgroups;
        let turn = match self.kind {
            Kind::MatrixProduct { .. } => f64::from(profile.matrix) * self.matrix()?.1 / 2.0,
            _ => f64::from(profile.multiply_adds) * self.lanes,
        };
        (turn > 0.0).then(|| due / turn)
    }

    fn matrix(&self) -> Option<(Pair, f64)> {
        let Kind::MatrixProduct { input, accumulator } = self.kind else { return None };
        self.machine.matrix(input, accumulator)
    }

    fn costs(&self, edge: f64) -> Option<Vec<Cost>> {
        let machine = self.machine;
        let mut costs = self.arithmetic()?;
        let turns = self.turns()?;
        let (hot, around) = (&self.code.profile, &self.code.around);
        let asked = |space: &str| {
            self.subgroups * (turns * cost::bytes(hot, space, self.lanes) + cost::bytes(around, space, self.lanes))
        };
        let stored = |space: &str| {
            self.subgroups * (turns * cost::stored(hot, space, self.lanes) + cost::stored(around, space, self.lanes))
        };
        let once = self.subgroups * self.tiling.subgroup_bytes();
        // What invocations of a subgroup have in common is at best read once for all of them, at worst for each.
        let shared = |once: f64, each: f64, bytes: Pair| [once.min(each) / bytes[1], each.max(once) / bytes[0]];
        if self.tiling.staged {
            let (least, most) = (once + stored("workgroup"), asked("workgroup"));
            costs.push(Cost::new("workgroup memory", shared(least, most, machine.figures.workgroup.bytes), true));
        } else if let Some(bytes) = machine.figures.l1.bytes {
            costs.push(Cost::new("L1", shared(once, asked("global"), bytes), true));
        }
        let unit = &machine.figures.unit;
        let shuffles = self.subgroups * self.lanes * (turns * f64::from(hot.shuffles) + f64::from(around.shuffles));
        if let Some(lanes) = unit.shuffles.filter(|_| shuffles > 0.0) {
            costs.push(Cost::new("shuffles", [shuffles / lanes; 2], true));
        }
        let a_clock = |bytes_a_second: f64| bytes_a_second / (unit.count * machine.clock_hz());
        if let Some(rate) = machine.figures.l2.as_ref().and_then(|l2| l2.tbs) {
            let [least, most] = rate.map(|rate| self.tiling.bytes() / a_clock(rate * 1e12));
            costs.push(Cost::new("L2", [most, least], true));
        }
        if let Some(rate) = machine.memory() {
            let bytes = self.tiling.bytes_from_memory(self.residents() * unit.count, edge);
            let [least, most] = machine.figures.memory.read.map(|share| bytes / a_clock(share * rate));
            costs.push(Cost::new("device memory", [most, least], true));
        }
        Some(costs)
    }

    /// Slots of the schedulers, and the pipe or the matrix units.
    fn arithmetic(&self) -> Option<Vec<Cost>> {
        let machine = self.machine;
        let turns = self.turns()?;
        let unit = &machine.figures.unit;
        let slots = |busy: f64| {
            let hot = cost::slots(machine, &self.code.profile, self.lanes, turns, busy / self.subgroups);
            self.subgroups * (hot + cost::slots(machine, &self.code.around, self.lanes, 1.0, 0.0))
        };
        if let Some((rate, _)) = self.matrix() {
            let a_clock = rate.map(|rate| rate / (unit.count * machine.clock_hz()));
            let busy = a_clock.map(|operations| 2.0 * self.tiling.multiply_adds() / operations);
            let busy = [busy[1], busy[0]];
            // Matrix instructions are vector instructions if these alone take slots.
            let beside = if unit.slots == Slots::Vector { busy } else { [0.0, 0.0] };
            let slots = slots(0.0);
            let slots = [slots + beside[0], slots + beside[1]];
            return Some(vec![Cost::new("issue slots", slots, false), Cost::new("matrix units", busy, false)]);
        }
        let Kind::Matmul { input, accumulator } = self.kind else { return None };
        let (pipe, element) = pipe(input, accumulator);
        let busy = self.tiling.multiply_adds() / machine.multiply_adds(element);
        Some(vec![Cost::new("issue slots", [slots(busy); 2], false), Cost::new(pipe, [busy; 2], false)])
    }

    /// Workgroups that a unit holds at once.
    fn residents(&self) -> f64 {
        let figures = &self.machine.figures;
        let unit = &figures.unit;
        // AMD's compiler tells what a SIMD holds.
        let of_unit = if unit.slots == Slots::Vector { unit.schedulers } else { 1.0 };
        let told = self.code.occupancy.map_or(unit.subgroups, |count| f64::from(count) * of_unit);
        let by_subgroups = (told.min(unit.subgroups) / self.subgroups).floor();
        let memory = f64::from(self.code.workgroup_memory);
        let by_memory = if memory > 0.0 { (figures.workgroup.kib * 1024.0 / memory).floor() } else { f64::INFINITY };
        by_subgroups.min(by_memory).max(1.0)
    }

    /// A workgroup alone cannot go on faster than its own operands come, and than its own subgroups are issued; those beside it fill the gaps.
    fn with_latency(&self, clocks: Pair, limit: String) -> (Pair, String) {
        let Some(read) = self.machine.figures.l2.as_ref().and_then(|l2| l2.cycles) else { return (clocks, limit) };
        // Fewer subgroups than schedulers leave some of these without work.
        let alone = (self.machine.figures.unit.schedulers / self.subgroups).max(1.0);
        let path = |clocks: f64, read: f64| {
            let busy = clocks * alone;
            let path = if self.tiling.ahead { busy.max(read) } else { busy + read };
            path / self.residents()
        };
        let waits = [path(clocks[0], read[0]), path(clocks[1], read[1])];
        let binding = waits[0] > clocks[0];
        let limit = if binding { format!("latency (workgroups a unit: {:.0})", self.residents()) } else { limit };
        ([clocks[0].max(waits[0]), clocks[1].max(waits[1])], limit)
    }
}

/// The pipe that a product's multiply-adds take, and the type by which its rate goes.
fn pipe(input: Element, accumulator: Element) -> (&'static str, Element) {
    match (input, accumulator) {
        (Element::I8, _) => ("dot products of bytes", Element::I8),
        (_, Element::F64) => ("FP64 pipe", Element::F64),
        (_, Element::F16) => ("FP16 pipe", Element::F16),
        _ => ("FP32 pipe", Element::F32),
    }
}

/// The share of the units that has work on average, where the last tiles do not fill all of them.
fn whole_waves(tiles: f64, units: f64) -> f64 {
    tiles / (units * (tiles / units).ceil())
}

#[cfg(test)]
mod tests {
    use super::super::machine;
    use super::*;
    use crate::machine_code::Profile;
    use crate::row::Outcome;

    /// 128×128 tiles of singles on an H100, by hand. The loop does 8 of 16 steps: 512 multiply-adds, 32 loads of 16 bytes; around it 86
    /// instructions, 4 loads of 16 bytes, 2 stores of 16 and 8 of 4 bytes. Eight subgroups, 20 in flight: two workgroups.
    fn singles() -> Row {
        let access = |name: &str, count| (name.to_owned(), count);
        let profile = Profile {
            instructions: 551,
            multiply_adds: 512,
            arithmetic: 512,
            loads: [access("workgroup 128", 32)].into(),
            ..Profile::default()
        };
        let around = Profile {
            instructions: 86,
            loads: [access("global 128", 4)].into(),
            stores: [access("workgroup 128", 2), access("workgroup 32", 8)].into(),
            ..Profile::default()
        };
        let code = Code {
            subgroup_size: 32,
            program: 1459,
            is_loop: true,
            profile,
            around,
            registers: 96,
            spills: 0,
            scratch: 0,
            workgroup_memory: 16640,
            occupancy: Some(20),
        };
        Row {
            kernel: "matmul/f32".to_owned(),
            variant: "128x128x16/8x8".to_owned(),
            chip: "gh100".to_owned(),
            outcome: Outcome::Compiled(code),
        }
    }

    fn chip(name: &str) -> Machine {
        machine::all().expect("machines.toml").into_iter().find(|one| one.chip == name).expect("a chip")
    }

    #[test]
    fn a_product_of_singles_worked_by_hand() {
        let forecast = forecast(&chip("gh100"), &singles()).expect("a forecast");
        // Slots: 8 subgroups × (2 × 551 + 86) instructions over 4 schedulers = 2376 clocks for 128·128·16 multiply-adds.
        // 4096 tiles on 132 SMs: 31.03 of 32 waves. 132 SMs × 1.98 GHz.
        let waves = 4096.0 / (132.0 * 32.0);
        let of = |clocks: f64| waves * 2.0 * 128.0 * 128.0 * 16.0 / clocks * 66.9e12 / 256.0;
        assert!((forecast.range[1] / of(2376.0) - 1.0).abs() < 1e-9, "{forecast:?}");
        assert_eq!(forecast.limit, "issue slots");
        // Workgroup memory at worst: 8 × (2 × 32 × 512 + 2 × 512 + 8 × 128) bytes over 128 = 2176 clocks.
        let ceiling = |part: &str| forecast.ceilings.iter().find(|(name, _)| name == part).expect("a ceiling").1;
        assert!((ceiling("workgroup memory")[0] / of(2176.0) - 1.0).abs() < 1e-9, "{forecast:?}");
        // At best 8 × (144 × 64 + 2048) bytes: 704 clocks. The pipe: 2048.
        assert!((ceiling("workgroup memory")[1] / of(704.0) - 1.0).abs() < 1e-9, "{forecast:?}");
        assert!((ceiling("FP32 pipe")[1] / of(2048.0) - 1.0).abs() < 1e-9, "{forecast:?}");
        // L2: 256 × 16 × 4 bytes a step.
        let l2 = 7.0e12 / (256.0 * 64.0) * 2.0 * 128.0 * 128.0 * 16.0 * waves;
        assert!((ceiling("L2")[0] / l2 - 1.0).abs() < 1e-9, "{forecast:?}");
        // In turns: 2376 clocks of slots, then 2176 of workgroup memory.
        assert!((forecast.range[0] / of(2376.0 + 2176.0) - 1.0).abs() < 1e-9, "{forecast:?}");
    }

    #[test]
    fn one_workgroup_a_unit_waits_for_what_it_does_not_load_ahead() {
        let mut row = singles();
        if let Outcome::Compiled(code) = &mut row.outcome {
            code.occupancy = Some(8);
        }
        let forecast = forecast(&chip("gh100"), &row).expect("a forecast");
        assert_eq!(forecast.limit, "latency (workgroups a unit: 1)");
        let waves = 4096.0 / (132.0 * 32.0);
        let due = waves * 2.0 * 128.0 * 128.0 * 16.0 / (2376.0 + 260.0) * 66.9e12 / 256.0;
        assert!((forecast.range[1] / due - 1.0).abs() < 1e-9, "{forecast:?}");
    }
}
