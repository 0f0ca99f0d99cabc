//! Memory, caches and the link: rates that figures of the chip give, and no machine code but to see whether it keeps enough reads on their way.

use gpu_assay::problem::MemoryOp;

use super::forecast::{Forecast, Prediction, Unit, middle};
use super::machine::{Cache, Machine, Pair};
use crate::row::{Code, Row};

/// A pass over device memory.
pub(crate) fn pass(machine: &Machine, row: Option<&Row>, operation: MemoryOp) -> Result<Forecast, String> {
    let claim = machine.memory().ok_or("the card's bandwidth is not known")?;
    let memory = &machine.figures.memory;
    let inputs = operation.pass().inputs;
    let share = match inputs {
        _ if operation.sums() => memory.read,
        0 => memory.write,
        1 => memory.copy,
        _ => memory.triad,
    };
    let range = share.map(|share| share * claim);
    let mut forecast = Forecast::of(Unit::Bytes, range, "device memory");
    let code = row.and_then(|row| Some((row, row.code()?)));
    if let Some((row, code)) = code.filter(|_| inputs > 0) {
        forecast.variant = Some(row.variant.clone());
        forecast.ceilings = vec![("device memory".to_owned(), range)];
        if let Some(enough) = in_flight(machine, code, &row.variant) {
            forecast.ceilings.push(("reads in flight".to_owned(), [enough; 2]));
            if enough < middle(range) {
                forecast.limit = "reads in flight".to_owned();
                forecast.range = [range[0].min(enough), range[1].min(enough)];
            }
        }
    }
    Ok(forecast)
}

/// Bytes a second that the loads of all subgroups in flight bring at the memory's latency, by Little's law.
fn in_flight(machine: &Machine, code: &Code, variant: &str) -> Option<f64> {
    let [_, ns] = machine.figures.memory.ns?;
    let at_once: f64 = variant.split('/').find_map(|part| part.strip_prefix("loads")?.parse().ok())?;
    let unit = &machine.figures.unit;
    let subgroups = code.occupancy.map_or(unit.subgroups, f64::from).min(unit.subgroups);
    Some(subgroups * f64::from(code.subgroup_size) * at_once * 16.0 * unit.count / (ns * 1e-9))
}

/// The levels of a sweep of reads.
pub(crate) fn sweep(machine: &Machine) -> Vec<Prediction> {
    let all_units = |cache: &Cache| cache.bytes.map(|bytes| machine.of_all_units(bytes));
    let of_chip = |cache: &Cache| cache.tbs.map(|rate| rate.map(|rate| rate * 1e12));
    let clocked = |rate: Pair| [rate[0] * machine.figures.clock.share[0], rate[1] * machine.figures.clock.share[1]];
    let mut levels: Vec<Prediction> = caches(machine)
        .into_iter()
        .map(|(name, cache)| {
            let rate = all_units(cache).map(clocked).or_else(|| of_chip(cache));
            let forecast = rate.map(|rate| Forecast::of(Unit::Bytes, rate, &format!("{name} bandwidth")));
            level("memory/sweep", name, cache, forecast)
        })
        .collect();
    let memory = machine.memory().map(|claim| machine.figures.memory.read.map(|share| share * claim));
    let memory = memory.map(|rate| Forecast::of(Unit::Bytes, rate, "device memory"));
    levels.push(beyond("memory/sweep", memory));
    levels
}

/// The levels of a walk.
pub(crate) fn walk(machine: &Machine) -> Vec<Prediction> {
    let clock = machine.clock_hz();
    let step = machine.figures.step.as_ref().map_or([0.0, 0.0], |step| step.cycles);
    let with_step = |seconds: Pair| [seconds[0] + step[0] / clock, seconds[1] + step[1] / clock];
    let time = |cache: &Cache| {
        let cycles = cache.cycles.map(|cycles| cycles.map(|cycles| cycles / clock));
        cycles.or_else(|| cache.ns.map(|ns| ns.map(|ns| ns * 1e-9))).map(with_step)
    };
    let mut levels: Vec<Prediction> = caches(machine)
        .into_iter()
        .map(|(name, cache)| {
            let forecast = time(cache).map(|time| Forecast::of(Unit::Seconds, time, &format!("{name} latency")));
            level("memory/latency", name, cache, forecast)
        })
        .collect();
    let memory = machine.figures.memory.ns.map(|ns| with_step(ns.map(|ns| ns * 1e-9)));
    let memory = memory.map(|time| Forecast::of(Unit::Seconds, time, "latency of memory and translation"));
    levels.push(beyond("memory/latency", memory));
    levels
}

fn caches(machine: &Machine) -> Vec<(&str, &Cache)> {
    let figures = &machine.figures;
    let named = [("L1", Some(&figures.l1)), ("L2", figures.l2.as_ref()), ("L3", figures.l3.as_ref())];
    named
        .into_iter()
        .filter_map(|(name, cache)| cache.map(|cache| (cache.name.as_deref().unwrap_or(name), cache)))
        .collect()
}

fn level(id: &str, name: &str, cache: &Cache, forecast: Option<Forecast>) -> Prediction {
    let (size, bytes) = match (cache.kib, cache.mib) {
        (Some(kib), _) => (format!("{kib} KiB"), kib * 1024.0),
        (_, Some(mib)) => (format!("{mib} MiB"), mib * 1024.0 * 1024.0),
        _ => (String::new(), 0.0),
    };
    let forecast = forecast.ok_or_else(|| "no published figure of this path".to_owned());
    Prediction { benchmark: format!("{id}: {name} ({size})"), holds: Some(bytes), forecast }
}

fn beyond(id: &str, forecast: Option<Forecast>) -> Prediction {
    let forecast = forecast.ok_or_else(|| "no published figure of this path".to_owned());
    Prediction { benchmark: format!("{id}: memory"), holds: Some(f64::INFINITY), forecast }
}

/// Reads of workgroup memory without conflicts.
pub(crate) fn workgroup(machine: &Machine) -> Forecast {
    let practice = machine.practice.workgroup.share;
    let clock = machine.figures.clock.share;
    let [least, most] = machine.of_all_units(machine.figures.workgroup.bytes);
    let range = [least * practice[0] * clock[0], most * practice[1] * clock[1]];
    Forecast::of(Unit::Bytes, range, "workgroup-memory bandwidth")
}

/// What the device itself moves over the link, one way.
pub(crate) fn link(machine: &Machine) -> Result<Forecast, String> {
    let claim = machine.link().ok_or("the card's link is not known")?;
    let range = machine.figures.link.share.map(|share| share * claim);
    let note = "the path `direct`; the others are a core's, which is the host's".to_owned();
    Ok(Forecast { note: Some(note), ..Forecast::of(Unit::Bytes, range, "link") })
}
