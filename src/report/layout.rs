//! Tables and lines of text that fit a terminal.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};

/// The width that every table keeps to.
pub(super) const WIDTH: u16 = 100;

/// A table without lines, as wide as its content, and never wider than [`WIDTH`].
pub(super) fn table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table
}

pub(super) fn set_width(table: &mut Table, column: usize, width: u16) {
    if let Some(column) = table.column_mut(column) {
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
    }
}

pub(super) fn right(table: &mut Table, columns: &[usize]) {
    for column in columns {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// `text` in lines of at most [`WIDTH`] columns.
pub(super) fn wrapped(text: &str) -> String {
    wrapped_to(text, WIDTH)
}

/// `text` in lines of at most `width` columns.
pub(super) fn wrapped_to(text: &str, width: u16) -> String {
    let mut table = table();
    table.set_width(width).add_row([text]);
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 0));
    }
    trimmed(&table)
}

/// A table without spaces at the ends of its lines.
pub(super) fn trimmed(table: &Table) -> String {
    table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// A figure, or that it is not known.
pub(super) fn number_or_unknown(value: Option<f64>) -> String {
    value.map_or_else(|| "?".to_owned(), number)
}

/// At most two decimals, none where they are zero; small figures with three digits.
pub(super) fn number(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.1 {
        return format!("{value:.2e}");
    }
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
