//! Records of different cards beside each other.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::markdown::escaped;
use super::text::{best_rate, plain};
use crate::record::{Record, sound};

/// A column for each record, with the best rate of each benchmark that one of them measured soundly; as text or as Markdown.
pub fn side_by_side(records: &[&Record], markdown: bool) -> String {
    let mut ids: Vec<&str> = Vec::new();
    for entry in records.iter().flat_map(|record| &record.entries) {
        if entry.is_sound() && !ids.contains(&entry.id.as_str()) {
            ids.push(&entry.id);
        }
    }
    let best = |record: &Record, id: &str| sound(&record.entries, id).map_or_else(|| "–".to_owned(), best_rate);
    let row = |id: &&str| std::iter::once(plain(id)).chain(records.iter().map(|record| best(record, id))).collect();
    let rows: Vec<Vec<String>> = ids.iter().map(row).collect();
    let header: Vec<String> =
        std::iter::once("best of".to_owned()).chain(records.iter().map(|record| plain(&record.adapter.name))).collect();
    if markdown {
        let line = |cells: &Vec<String>| {
            format!("| {} |", cells.iter().map(|cell| escaped(cell)).collect::<Vec<_>>().join(" | "))
        };
        let rule = format!("|---|{}", "--:|".repeat(records.len()));
        return [line(&header), rule].into_iter().chain(rows.iter().map(line)).collect::<Vec<_>>().join("\n");
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).set_header(header);
    table.add_rows(rows);
    for column in 1..=records.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}
