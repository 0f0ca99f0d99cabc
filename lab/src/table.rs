//! Rows as a table: for people, for pages, for programs.

use std::collections::BTreeMap;

use comfy_table::{Table, presets};

use crate::row::{Code, Outcome, Row};

const HEADER: [&str; 14] = [
    "kernel",
    "chip",
    "fma/ins",
    "of",
    "matrix",
    "moves",
    "conv",
    "waits",
    "loads",
    "stores",
    "registers",
    "spills",
    "memory",
    "in flight",
];

/// As text, or as Markdown.
pub(crate) fn render(rows: &[Row], markdown: bool) -> String {
    let mut table = Table::new();
    table.load_style(if markdown { presets::ASCII_MARKDOWN } else { presets::NOTHING }).set_header(HEADER);
    let mut last = String::new();
    for row in rows {
        let name = row.name();
        let shown = if name == last { String::new() } else { name.clone() };
        last = name;
        let mut cells = vec![shown, row.chip.clone()];
        match &row.outcome {
            Outcome::Compiled(code) => cells.extend(figures(code)),
            Outcome::Unsupported(why) => cells.push(format!("unsupported: {why}")),
            Outcome::Failed(why) => cells.push(format!("failed: {}", one_line(why))),
        }
        table.add_row(cells);
    }
    table.trim_fmt() + "\n"
}

fn figures(code: &Code) -> Vec<String> {
    let profile = &code.profile;
    let spills = match (code.spills, code.scratch) {
        (0, 0) => String::new(),
        (spills, scratch) => format!("{spills}, {scratch} B"),
    };
    vec![
        if profile.multiply_adds > 0 { format!("{:.2}", profile.density()) } else { String::new() },
        format!("{}{}", profile.instructions, if code.is_loop { "" } else { " (all)" }),
        count(profile.matrix),
        count(profile.moves),
        count(profile.conversions),
        count(profile.waits),
        accesses(&profile.loads),
        accesses(&profile.stores),
        format!("{} w{}", code.registers, code.subgroup_size),
        spills,
        count(code.workgroup_memory),
        code.occupancy.map(|count| count.to_string()).unwrap_or_default(),
    ]
}

/// The shaders' own messages draw pictures, which break a table.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(160).collect()
}

fn count(count: u32) -> String {
    if count == 0 { String::new() } else { count.to_string() }
}

/// `16×g32 4×w128`, for global and workgroup memory; constants cost nothing worth a column.
fn accesses(accesses: &BTreeMap<String, u32>) -> String {
    let shown = accesses.iter().filter_map(|(name, count)| {
        let (space, bits) = name.split_once(' ')?;
        (space != "constant").then(|| format!("{count}×{}{bits}", &space[..1]))
    });
    shown.collect::<Vec<_>>().join(" ")
}
