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
/// Where the file or the marks are missing.
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
    let mut names: Vec<String> = rows.iter().map(Row::name).collect();
    names.dedup();
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(std::iter::once("kernel").chain(families.iter().copied()));
    for name in names {
        let cells = families.iter().map(|family| {
            let members: Vec<_> = chips::all().into_iter().filter(|chip| chip.family() == *family).collect();
            let codes =
                rows.iter().filter(|row| row.name() == name && members.iter().any(|chip| chip.name == row.chip));
            cell(&codes.map(Row::code).collect::<Vec<_>>())
        });
        table.add_row(std::iter::once(name.clone()).chain(cells));
    }
    table.trim_fmt()
}

/// From the worst chip of the family to the best.
fn cell(codes: &[Option<&Code>]) -> String {
    let compiled: Vec<&Code> = codes.iter().copied().flatten().collect();
    if compiled.is_empty() {
        return "—".to_owned();
    }
    let mut text = if compiled.iter().any(|code| code.profile.multiply_adds > 0) {
        let densities: Vec<f64> = compiled.iter().map(|code| code.profile.density()).collect();
        let (least, most) =
            densities.iter().fold((f64::MAX, 0.0f64), |(least, most), &one| (least.min(one), most.max(one)));
        if most - least < 0.01 { format!("{most:.2}") } else { format!("{least:.2}–{most:.2}") }
    } else {
        let loads = |code: &&Code| {
            let global = code.profile.loads.iter().filter(|(name, _)| name.starts_with("global"));
            global.map(|(name, count)| format!("{count}×{}", &name["global ".len()..])).collect::<Vec<_>>().join(" ")
        };
        let mut kinds: Vec<String> = compiled.iter().map(loads).collect();
        kinds.sort();
        kinds.dedup();
        kinds.join(", ")
    };
    let spilling = compiled.iter().filter(|code| code.spills > 0).count();
    if spilling > 0 {
        text += &format!(" ({spilling} of {} spill)", compiled.len());
    }
    if compiled.len() < codes.len() {
        text += &format!(" ({} of {} cannot)", codes.len() - compiled.len(), codes.len());
    }
    text
}
