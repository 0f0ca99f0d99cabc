//! The table of machine-code quality in shaders/README.md: kernels against families of chips.

use std::path::Path;

use anyhow::Context as _;
use comfy_table::{Table, presets};

use crate::chips;
use crate::row::{Code, Row};

const BEGIN: &str = "<!-- lab readme: begin -->";
const END: &str = "<!-- lab readme: end -->";

/// Puts the table of `rows` between the two marks.
///
/// # Errors
/// Fails if the file or the marks are missing.
pub(crate) fn write(rows: &[Row]) -> anyhow::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shaders/README.md");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let marks = text.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = marks.with_context(|| format!("{} lacks `{BEGIN}` and `{END}`", path.display()))?;
    std::fs::write(&path, format!("{before}{BEGIN}\n{}\n{END}{after}", table(rows)))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn table(rows: &[Row]) -> String {
    let mut families: Vec<&str> = chips::all().into_iter().map(chips::Chip::family).collect();
    families.dedup();
    let mut kernels: Vec<&str> = rows.iter().map(|row| row.kernel.as_str()).collect();
    kernels.dedup();
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(std::iter::once("kernel").chain(families.iter().copied()));
    for kernel in kernels {
        let cells = families.iter().map(|family| cell(kernel, family, rows));
        table.add_row(std::iter::once(kernel.to_owned()).chain(cells));
    }
    table.trim_fmt()
}

/// The variant whose worst chip of the family is the best, from the worst chip to the best.
fn cell(kernel: &str, family: &str, rows: &[Row]) -> String {
    let members: Vec<_> = chips::all().into_iter().filter(|chip| chip.family() == family).collect();
    let of_family =
        |row: &&Row| row.kernel == kernel && members.iter().any(|chip| chip.name == row.chip) && row.code().is_some();
    let compiled: Vec<&Row> = rows.iter().filter(of_family).collect();
    let mut variants: Vec<&str> = compiled.iter().map(|row| row.variant.as_str()).collect();
    variants.sort_unstable();
    variants.dedup();
    let range = |variant: &str| {
        let codes = compiled.iter().filter(|row| row.variant == variant).filter_map(|row| row.code());
        // What spills is worth nothing, whatever its loop looks like.
        let figures = codes.map(|code| if code.spills == 0 { figure(code) } else { 0.0 });
        figures.fold((f64::MAX, 0.0f64), |(least, most), one| (least.min(one), most.max(one)))
    };
    let ranges = variants.into_iter().map(|variant| (variant, range(variant)));
    match ranges.max_by(|(_, one), (_, other)| one.0.total_cmp(&other.0)) {
        None => "—".to_owned(),
        Some((variant, (least, most))) if most - least < 0.005 => format!("{most:.2} {variant}"),
        Some((variant, (least, most))) => format!("{least:.2}–{most:.2} {variant}"),
    }
}

/// Matrix instructions, else multiply-adds, per instruction; where nothing is computed, loads of 128 bits of all.
fn figure(code: &Code) -> f64 {
    let profile = &code.profile;
    if profile.matrix > 0 {
        return f64::from(profile.matrix) / f64::from(profile.instructions.max(1));
    }
    if profile.multiply_adds > 0 {
        return profile.density();
    }
    let loads = profile.loads.iter().filter(|(name, _)| name.starts_with("global"));
    let (wide, all) = loads.fold((0, 0), |(wide, all), (name, count)| {
        (wide + if name.ends_with("128") { *count } else { 0 }, all + *count)
    });
    f64::from(wide) / f64::from(all.max(1))
}
