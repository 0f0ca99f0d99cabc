//! Markdown for a pull request or a wiki.

use super::conditions;
use super::peer::beside_peer;
use super::text::{notes, of_one_block, plain, row};
use super::{Format, gaps, verdict};
use crate::judge::Verdict;
use crate::record::Record;

/// For a pull request or a wiki.
#[derive(Debug, Clone, Copy)]
pub struct Markdown;

impl Format for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn describe(&self) -> &'static str {
        "for a pull request or a wiki"
    }

    fn remark(&self, words: &str) -> Option<String> {
        Some(escaped(words))
    }

    fn render(&self, record: &Record, verdict: &Verdict) -> String {
        let mut lines = vec![
            format!("## {}", escaped(&record.adapter.name)),
            String::new(),
            "| benchmark | problem | variant | best | median | ± 95 % | check |".to_owned(),
            "|---|---|---|--:|--:|--:|---|".to_owned(),
        ];
        lines.extend(
            record.entries.iter().map(|entry| format!("| {} |", row(entry).map(|cell| escaped(&cell)).join(" | "))),
        );
        let meanwhile = conditions::rows(record);
        if !meanwhile.is_empty() {
            lines.extend([
                String::new(),
                format!("| {} |", conditions::COLUMNS.join(" | ")),
                "|---|--:|--:|--:|--:|--:|--:|---|".to_owned(),
            ]);
            lines.extend(
                meanwhile.iter().map(|row| format!("| {} |", row.each_ref().map(|cell| escaped(cell)).join(" | "))),
            );
        }
        let warnings = record.warnings.iter().map(|warning| format!("warning: {warning}"));
        let notes = warnings.chain(conditions::notes(record)).chain(notes(record));
        lines.extend(notes.flat_map(|note| [String::new(), escaped(&note)]));
        lines.extend(of_one_block(record).into_iter().flat_map(|words| [String::new(), escaped(&words)]));
        lines.extend(table_of_gaps(gaps::HEAD, verdict.gaps.iter().map(gaps::row)));
        let with_clocks = verdict.gaps.iter().filter(|gap| gap.is_at_clock());
        lines.extend(table_of_gaps(gaps::HEAD_AT_CLOCKS, with_clocks.map(gaps::row_at_clocks)));
        lines.extend(beside_peer(record).iter().flat_map(|line| [String::new(), escaped(line.trim())]));
        lines.extend([
            String::new(),
            "```text".to_owned(),
            verdict::verdict(verdict).replace("```", "'''"),
            "```".to_owned(),
        ]);
        lines.join("\n")
    }
}

/// The lines of a table of gaps; none where it has no rows.
fn table_of_gaps(head: [&str; 6], rows: impl Iterator<Item = [String; 6]>) -> Vec<String> {
    let line = |cells: &str| format!("| {cells} |");
    let rows: Vec<String> = rows.map(|row| line(&row.join(" | "))).collect();
    if rows.is_empty() {
        return rows;
    }
    let head = [String::new(), line(&head.join(" | ")), "|---|--:|--:|--:|--:|--:|".to_owned()];
    head.into_iter().chain(rows).collect()
}

/// Foreign text that stays text in Markdown and in a table cell.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in plain(text).chars() {
        match c {
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '#' => escaped.extend(['\\', c]),
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            _ => escaped.push(c),
        }
    }
    escaped
}
