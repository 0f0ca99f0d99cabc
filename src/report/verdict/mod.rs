//! A verdict for people who have half a minute: the answer, one line of why, what would change it, and a table of the rules that it rests on.

mod facts;
mod reasons;
mod rules;

use comfy_table::{ColumnConstraint, Table};

pub(super) use self::facts::facts_of;
pub(super) use self::reasons::briefly;
pub(super) use self::rules::{COLUMNS, others, rows};
use super::layout::{number, number_or_unknown, right, set_width, table, trimmed, wrapped};
use super::text::plain;
use crate::judge::{Ratio, Value, Variant, Verdict};

/// The disclaimer under each verdict.
pub(super) const DISCLAIMER: &str = "This is arithmetic over published rules, not legal advice.";

/// The legend of the table.
pub(super) const LEGEND: &str = "TPP (total processing performance): the fastest dense rate of any number format, in tera-operations a second, times the bits of \
the format. Density: TPP per mm² of die.";

/// The answer first.
pub fn verdict(verdict: &Verdict) -> String {
    let mut parts = vec![wrapped(&answer(verdict)), trimmed(&table_of_facts(verdict))];
    if !verdict.variants.is_empty() {
        parts.push(String::new());
        parts.push(trimmed(&table_of_variants(&verdict.variants)));
        parts.push(wrapped(LEGEND));
    } else if !verdict.subject.software {
        parts.push(String::new());
        parts.extend((!rows(verdict).is_empty()).then(|| trimmed(&table_of_rules(verdict))));
        parts.extend(others(verdict).map(|words| wrapped(&words)));
        parts.push(wrapped(LEGEND));
    }
    parts.extend(beside(verdict));
    let more = if verdict.subject.software { "" } else { " --explain shows every rule with its figures and sources." };
    parts.push(wrapped(&format!("{DISCLAIMER}{more}")));
    parts.join("\n")
}

/// The answer with what it is about.
pub(super) fn answer(verdict: &Verdict) -> String {
    let name = plain(&verdict.subject.name);
    let of =
        if verdict.variants.is_empty() { String::new() } else { format!(" (one of {} cards)", verdict.variants.len()) };
    let answer = verdict.headline.to_string().to_uppercase();
    format!("{answer}: {name}{of}, for {} on {}", verdict.destination, verdict.as_of)
}

fn table_of_facts(verdict: &Verdict) -> Table {
    let mut table = table();
    for (name, value) in facts_of(verdict) {
        table.add_row([name, &value]);
    }
    set_width(&mut table, 0, 17);
    table
}

fn table_of_rules(verdict: &Verdict) -> Table {
    let mut table = table();
    table.set_header(COLUMNS);
    for row in rows(verdict) {
        table.add_row(row);
    }
    right(&mut table, &[3, 4, 5]);
    // Short titles stay in one line.
    if let Some(column) = table.column_mut(0) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    table
}

fn table_of_variants(variants: &[Variant]) -> Table {
    let mut table = table();
    table.set_header(VARIANT_COLUMNS);
    for variant in variants {
        table.add_row(variant_row(variant));
    }
    right(&mut table, &[2, 3]);
    table
}

/// The columns of [`variant_row`].
pub(super) const VARIANT_COLUMNS: [&str; 5] = ["it may be", "card", "TPP", "density", "then"];

/// One card that a name may mean.
pub(super) fn variant_row(variant: &Variant) -> [String; 5] {
    let value = |value: &Option<Value>| number_or_unknown(value.as_ref().map(|value| value.value));
    [variant.name.clone(), variant.card.clone(), value(&variant.tpp), value(&variant.pd), variant.headline.to_string()]
}

/// Measured rates beside the reference card's.
fn beside(verdict: &Verdict) -> Option<String> {
    if verdict.subject.software || verdict.a100.measured.is_empty() {
        return None;
    }
    let title = format!("Measured, beside {}:", verdict.a100.card);
    Some(format!("\n{title}\n{}", trimmed(&ratios(&verdict.a100.measured))))
}

/// Figures beside the reference card's.
pub(super) fn ratios(rows: &[Ratio]) -> Table {
    let mut table = table();
    table.set_header(["", "figure", "of its claim", "of the best published measurement"]);
    for ratio in rows {
        let share = |share: Option<f64>, of: Option<f64>| {
            share.zip(of).map(|(share, of)| format!("{:.2} % of {}", 100.0 * share, number(of))).unwrap_or_default()
        };
        let whole = ratio.whole.map(|times| format!(" × {} in a card", number(times))).unwrap_or_default();
        table.add_row([
            plain(&ratio.figure),
            format!("{} {}{whole}", number(ratio.value), ratio.unit),
            share(ratio.of_claimed, ratio.claimed),
            share(ratio.of_published, ratio.published),
        ]);
    }
    right(&mut table, &[1, 2, 3]);
    table
}
