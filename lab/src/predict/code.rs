//! The machine code that predictions rest on, kept in predictions/code, so that tables can be made where no driver compiles.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use gpu_assay::benchmark::CATALOGUE;

use super::machine::{self, Machine};
use super::{held, of_row};
use crate::chips::{self, Chip};
use crate::request::Request;
use crate::row::Row;
use crate::sandbox;

/// So many of a benchmark are kept: the runners-up take over where a changed figure makes another one the best.
const KEPT: usize = 5;

fn path(chip: &str) -> PathBuf {
    machine::folder().join("code").join(format!("{chip}.jsonl"))
}

/// Compiles every kernel on the chips of `machines`, and keeps the best of each, and what the records of a card took.
///
/// # Errors
/// Fails if the lab's root does not work, a record is none, or the files cannot be written.
pub(super) fn compile(machines: &[Machine]) -> anyhow::Result<()> {
    let chip_of = |machine: &Machine| Ok(chips::select(std::slice::from_ref(&machine.chip))?[0]);
    let all = machines.iter().map(chip_of).collect::<anyhow::Result<Vec<Chip>>>()?;
    let rows = sandbox::rows(&all, &Request::default())?;
    for (machine, &chip) in machines.iter().zip(&all) {
        let mut kept: Vec<Row> = select(machine, &rows).into_iter().cloned().collect();
        for (kernel, variant) in held::taken(&held::load(machine, &machine.named_records())?) {
            let is_it = |row: &&Row| row.kernel == kernel && row.variant == variant && row.chip == machine.chip;
            if kept.iter().any(|row| is_it(&row)) {
                continue;
            }
            match rows.iter().find(is_it) {
                Some(row) => kept.push(row.clone()),
                None => kept.extend(sandbox::rows(&[chip], &Request::of(&kernel, &variant))?.into_iter().take(1)),
            }
        }
        let path = path(&machine.chip);
        std::fs::write(&path, print(&kept)?).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// The rows that are kept of a chip.
///
/// # Errors
/// Fails if there are none, or if the file says something else.
pub(super) fn load(chip: &str) -> anyhow::Result<Vec<Row>> {
    let path = path(chip);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}; `lab predict {chip} --compile` makes it", path.display()))?;
    let rows = text.lines().map(serde_json::from_str).collect::<Result<Vec<Row>, _>>();
    let rows = rows.with_context(|| format!("{} is not as expected", path.display()))?;
    match rows.iter().find(|row| row.chip != chip) {
        Some(row) => bail!("{} has code of {}: `lab predict {chip} --compile` makes it anew", path.display(), row.chip),
        None => Ok(rows),
    }
}

/// A row a line.
///
/// # Errors
/// None that rows can cause.
fn print(rows: &[Row]) -> anyhow::Result<String> {
    let lines = rows.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    Ok(lines.join("\n") + "\n")
}

/// Of each benchmark the best rows, the fastest first; the first of those that have no figure, or tell why there is none.
fn select<'a>(machine: &Machine, rows: &'a [Row]) -> Vec<&'a Row> {
    let mut kept = Vec::new();
    for benchmark in &CATALOGUE {
        let own = || rows.iter().filter(|row| row.kernel == benchmark.id && row.chip == machine.chip);
        let rated = own().filter_map(|row| Some((row, of_row(machine, benchmark.kind, row)?.expected())));
        let sound = |row: &Row| row.code().is_some_and(|code| code.spills == 0);
        let mut rated: Vec<(&Row, f64)> = rated.collect();
        rated.sort_by(|(one, rate), (other, than)| sound(other).cmp(&sound(one)).then(than.total_cmp(rate)));
        rated.dedup_by(|(one, _), (other, _)| one.variant == other.variant);
        let compiled = || own().find(|row| row.code().is_some());
        match rated[..] {
            [] => kept.extend(compiled().or_else(|| own().next())),
            _ => kept.extend(rated.iter().take(KEPT).map(|(row, _)| *row)),
        }
    }
    kept
}
