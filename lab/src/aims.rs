//! Aims: what the best variant of a kernel has to show on a chip. Kept by hand in aims.toml, looked at with the floors.

use std::path::Path;

use anyhow::Context as _;
use globset::{Glob, GlobMatcher};
use serde::Deserialize;

use crate::row::{Code, Row};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    aim: Vec<Aim>,
}

/// One aim for one kernel on some chips.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Aim {
    /// Id of the benchmark.
    kernel: String,
    /// A glob over variants; all where left out.
    #[serde(default)]
    variants: Option<String>,
    chips: Vec<String>,
    /// Least multiply-adds per instruction of the hot loop.
    #[serde(default)]
    fma: f64,
    /// Least matrix instructions per instruction of it.
    #[serde(default)]
    matrix: f64,
    /// Most conversions in it, where that is part of the aim.
    #[serde(default)]
    conversions: Option<u32>,
    /// For people.
    #[serde(default)]
    why: Option<String>,
}

/// The aims that `rows` miss, in words.
///
/// # Errors
/// Fails if aims.toml is not there or says something else.
pub(crate) fn missed(rows: &[Row]) -> anyhow::Result<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("aims.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let file: File = toml::from_str(&text).with_context(|| format!("{} is not as expected", path.display()))?;
    let mut missed = Vec::new();
    for aim in &file.aim {
        let variants = Glob::new(aim.variants.as_deref().unwrap_or("*"))?.compile_matcher();
        for chip in &aim.chips {
            let best = best(aim, &variants, chip, rows);
            let due = aim.fma.max(aim.matrix);
            if !(best >= due) {
                let why = aim.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
                let what = if aim.matrix > 0.0 { "matrix instructions" } else { "multiply-adds" };
                let found = format!("{best:.3} {what} per instruction at the best where {due} are due{why}");
                missed.push(format!("{} {} on {chip}: {found}", aim.kernel, variants.glob()));
            }
        }
    }
    Ok(missed)
}

/// The most multiply-adds (matrix instructions) per instruction of a variant without spills; 0 where there is none.
fn best(aim: &Aim, variants: &GlobMatcher, chip: &str, rows: &[Row]) -> f64 {
    let fits = |row: &&Row| row.kernel == aim.kernel && row.chip == chip && variants.is_match(&row.variant);
    let codes = rows.iter().filter(fits).filter_map(Row::code);
    let sound = codes.filter(|code| code.spills == 0 && code.scratch == 0);
    let sound = sound.filter(|code| aim.conversions.is_none_or(|most| code.profile.conversions <= most));
    let density = |code: &Code| {
        let profile = &code.profile;
        if aim.matrix > 0.0 {
            f64::from(profile.matrix) / f64::from(profile.instructions.max(1))
        } else {
            profile.density()
        }
    };
    sound.map(density).fold(0.0, f64::max)
}
