//! What each benchmark of the suite should reach on a card, and what limits it, before it ran there.

mod code;
mod cost;
mod forecast;
mod held;
mod machine;
mod memory;
mod page;
mod peak;
mod product;
mod tiling;

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use gpu_assay::benchmark::{Benchmark, CATALOGUE, Kind};
use gpu_assay::problem::{Element, OverheadKind};

use crate::row::{Outcome, Row};
use forecast::{Forecast, Prediction, Unit};
use machine::Machine;

/// What `lab predict` was asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A chip with a card; without one, --compile and --write go over all
    chip: Option<String>,
    /// Hold the predictions against records of the card, the best figure of each benchmark
    #[arg(long, value_name = "RECORD", num_args = 1..)]
    against: Vec<PathBuf>,
    /// Compile the kernels anew (in the lab's root), and keep what the predictions take of it below predictions/code
    #[arg(long)]
    compile: bool,
    /// Write predictions/CHIP.md, held against the records that machines.toml names for the chip
    #[arg(long, conflicts_with = "against")]
    write: bool,
}

/// The text that was asked for.
///
/// # Errors
/// A chip that has no card, a record that is none, or of another card; files that are missing or say something else.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<String> {
    let machines = chosen(machine::all()?, arguments)?;
    if arguments.compile {
        code::compile(&machines)?;
    }
    let mut text = String::new();
    for machine in &machines {
        let rows = code::load(&machine.chip)?;
        let named = machine.named_records();
        let records = held::load(machine, if arguments.write { &named } else { &arguments.against })?;
        let page = page::render(machine, &of(machine, &rows), &rows, &records);
        if arguments.write {
            let path = machine::folder().join(format!("{}.md", machine.chip));
            std::fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
        } else {
            text += &page;
        }
    }
    Ok(text)
}

fn chosen(machines: Vec<Machine>, arguments: &Arguments) -> anyhow::Result<Vec<Machine>> {
    let known = || -> Vec<String> {
        machines
            .iter()
            .map(|machine| format!("{} ({} {})", machine.chip, machine.card.vendor, machine.card.name))
            .collect()
    };
    match &arguments.chip {
        None if (arguments.compile || arguments.write) && arguments.against.is_empty() => Ok(machines),
        None => bail!("name the chip to predict; there are figures and a card for {}", known().join(", ")),
        Some(name) if !machines.iter().any(|machine| machine.chip == *name) => {
            bail!("no figures and no card for `{name}`; there are for {}", known().join(", "))
        }
        Some(name) => Ok(machines.into_iter().filter(|machine| machine.chip == *name).collect()),
    }
}

/// One prediction for each benchmark, or for each level of its curve, in the order of the suite.
fn of(machine: &Machine, rows: &[Row]) -> Vec<Prediction> {
    CATALOGUE.iter().flat_map(|benchmark| of_benchmark(machine, benchmark, rows)).collect()
}

fn of_benchmark(machine: &Machine, benchmark: &Benchmark, rows: &[Row]) -> Vec<Prediction> {
    let own = || rows.iter().filter(|row| row.kernel == benchmark.id);
    let forecast = match benchmark.kind {
        Kind::Sweep => return memory::sweep(machine),
        Kind::Latency => return memory::walk(machine),
        Kind::Peak(_) | Kind::MatrixPeak { .. } | Kind::Matmul { .. } | Kind::MatrixProduct { .. } => {
            let own_code = best(machine, benchmark.kind, own());
            own_code.or_else(|| as_of_halves(machine, benchmark, rows)).ok_or_else(|| missing(own()))
        }
        Kind::Memory(operation) => memory::pass(machine, own().next(), operation),
        Kind::WorkgroupMemory => Ok(memory::workgroup(machine)),
        Kind::Transfer(_) => memory::link(machine),
        Kind::Overhead(OverheadKind::Dispatch) => dispatch(machine),
        Kind::CopyCommand => {
            Err("whether the driver copies by a kernel or by its copy engines is not known".to_owned())
        }
        Kind::Atomic => Err("no published rate of atomic additions on this chip".to_owned()),
        Kind::Overhead(_) => Err("the host's and the driver's time; no published figure for both".to_owned()),
    };
    vec![Prediction::new(benchmark.id, forecast)]
}

/// The fastest of `rows`: without spilled registers, where there is such a one.
fn best<'a>(machine: &Machine, kind: Kind, rows: impl Iterator<Item = &'a Row>) -> Option<Forecast> {
    let spills = |row: &Row| row.code().is_some_and(|code| code.spills > 0);
    let all: Vec<(bool, Forecast)> = rows.filter_map(|row| Some((spills(row), of_row(machine, kind, row)?))).collect();
    let sound = all.iter().any(|(spills, _)| !spills);
    let fit = all.into_iter().filter(|(spills, _)| !(sound && *spills)).map(|(_, forecast)| forecast);
    fit.max_by(|one, other| one.expected().total_cmp(&other.expected()))
}

fn of_row(machine: &Machine, kind: Kind, row: &Row) -> Option<Forecast> {
    match kind {
        Kind::Peak(element) => peak::vector(machine, row, element),
        Kind::MatrixPeak { input, accumulator } => peak::matrix(machine, row, input, accumulator),
        Kind::Matmul { .. } | Kind::MatrixProduct { .. } => product::forecast(machine, row),
        _ => None,
    }
}

/// BF16 where Mesa's driver has none: what halves reach, whose kernels are the same but for the type, if the card claims as much of both.
fn as_of_halves(machine: &Machine, benchmark: &Benchmark, rows: &[Row]) -> Option<Forecast> {
    let (Kind::MatrixPeak { input: Element::Bf16, accumulator }
    | Kind::MatrixProduct { input: Element::Bf16, accumulator }) = benchmark.kind
    else {
        return None;
    };
    let [claim, claim_of_halves] = [Element::Bf16, Element::F16].map(|input| machine.matrix(input, accumulator));
    let halves = Benchmark::by_id(&benchmark.id.replace("bf16", "f16")).filter(|_| claim == claim_of_halves)?;
    let forecast = best(machine, halves.kind, rows.iter().filter(|row| row.kernel == halves.id))?;
    let note = [Some(format!("the code of {}", halves.id)), forecast.note]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("; ");
    Some(Forecast { note: Some(note), ..forecast })
}

/// What is predicted of one variant of a benchmark, where its code was kept.
fn of_variant(machine: &Machine, rows: &[Row], id: &str, variant: &str) -> Option<Forecast> {
    let kind = Benchmark::by_id(id)?.kind;
    let row = rows.iter().find(|row| row.kernel == id && row.variant == variant)?;
    of_row(machine, kind, row)
}

/// Why no row of a benchmark has a figure.
fn missing<'a>(mut rows: impl Iterator<Item = &'a Row>) -> String {
    match rows.next().map(|row| &row.outcome) {
        Some(Outcome::Unsupported(why)) => format!("not in the suite there: {why}"),
        Some(Outcome::Failed(why)) => format!("does not compile: {why}"),
        _ => "no code, or no claim for the format".to_owned(),
    }
}

fn dispatch(machine: &Machine) -> Result<Forecast, String> {
    let dispatch = machine.figures.dispatch.as_ref().ok_or("no published figure on this chip")?;
    Ok(Forecast::of(Unit::Seconds, dispatch.us.map(|us| us * 1e-6), "the chip's front end"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page_of(machine: &Machine) -> String {
        let rows = code::load(&machine.chip).expect("kept code");
        let records = held::load(machine, &machine.named_records()).expect("records");
        page::render(machine, &of(machine, &rows), &rows, &records)
    }

    #[test]
    fn the_tables_in_the_repository_are_what_is_predicted() {
        for machine in machine::all().expect("machines.toml") {
            let path = machine::folder().join(format!("{}.md", machine.chip));
            let kept = std::fs::read_to_string(&path).expect("a table");
            assert!(kept == page_of(&machine), "{} is not current: lab predict --compile --write", path.display());
        }
    }

    #[test]
    fn every_benchmark_has_a_range_or_a_reason() {
        for machine in machine::all().expect("machines.toml") {
            let predictions = of(&machine, &code::load(&machine.chip).expect("kept code"));
            for benchmark in &CATALOGUE {
                let own = |it: &&Prediction| it.benchmark.split(':').next() == Some(benchmark.id);
                assert!(predictions.iter().any(|it| own(&it)), "{}: {}", machine.chip, benchmark.id);
            }
            for Prediction { benchmark, forecast, .. } in &predictions {
                let Ok(Forecast { range: [low, high], limit, .. }) = forecast else { continue };
                assert!(
                    *low > 0.0 && low <= high && high.is_finite() && !limit.is_empty(),
                    "{} {benchmark}",
                    machine.chip
                );
            }
        }
    }

    #[test]
    fn without_a_chip_and_with_one_that_has_no_card_the_message_lists_those_there_are() {
        for chip in [None, Some("voodoo2".to_owned())] {
            let asked = Arguments { chip, against: Vec::new(), compile: false, write: false };
            let complaint = format!("{:#}", run(&asked).expect_err("no such chip"));
            let listed =
                ["ad102", "bmg", "ga100", "gfx942", "gh100", "navi31"].iter().all(|chip| complaint.contains(chip));
            assert!(listed && complaint.contains("H100 SXM5 80GB") && !complaint.contains('\n'), "{complaint}");
        }
    }
}
