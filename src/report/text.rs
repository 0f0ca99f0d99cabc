//! Plain text for a terminal.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::{Render, Text};
use crate::judge::{
    Equivalence, Finding, Headline, Outcome as RuleOutcome, Price, Ratio, Sides, Term, Truth, Value, Verdict,
};
use crate::record::{Entry, Outcome, Record};

impl Render for Text {
    fn render(&self, record: &Record, verdict: &Verdict) -> String {
        let mut parts = vec![heading(record)];
        parts.extend(record.warnings.iter().map(|warning| format!("warning: {}", plain(warning))));
        parts.push(table(record).to_string());
        parts.extend(record.entries.iter().flat_map(remarks));
        parts.push(self::verdict(verdict));
        parts.join("\n")
    }
}

fn heading(record: &Record) -> String {
    let adapter = &record.adapter;
    let synthetic = if record.synthetic { "SYNTHETIC record, not measured: " } else { "" };
    format!(
        "{synthetic}{} — {}, {} {} — {}",
        plain(&adapter.name),
        adapter.backend,
        plain(&adapter.driver),
        plain(&adapter.driver_info),
        plain(&record.created)
    )
}

/// The rates of a record.
fn table(record: &Record) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["benchmark", "problem", "variant", "best", "median", "± MAD", "check"]);
    for entry in &record.entries {
        table.add_row(row(entry));
    }
    for column in 3..=5 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// The cells of one entry; cells that have nothing to show are empty.
pub(super) fn row(entry: &Entry) -> [String; 7] {
    let [best, median] = rates(entry);
    let spread = entry.stats.as_ref().map(|stats| format!("{:.1} %", 100.0 * stats.mad_s.get() / stats.median_s.get()));
    let check = match entry.outcome {
        Outcome::Measured => "passed".to_owned(),
        other => outcome(other).to_owned(),
    };
    [
        plain(&entry.id),
        entry.problem.map(|problem| problem.to_string()).unwrap_or_default(),
        entry.variant.as_ref().map(|variant| plain(&variant.name)).unwrap_or_default(),
        best,
        median,
        spread.unwrap_or_default(),
        check,
    ]
}

/// Best and median rate, with units.
fn rates(entry: &Entry) -> [String; 2] {
    let Some(rates) = entry.rates else { return [String::new(), String::new()] };
    match (rates.ops_per_s_best, rates.ops_per_s_median, rates.bytes_per_s_best, rates.bytes_per_s_median) {
        (Some(best), Some(median), ..) => [best.to_string(), median.to_string()],
        (_, _, Some(best), Some(median)) => [best.to_string(), median.to_string()],
        _ => [String::new(), String::new()],
    }
}

/// What has to be said about an entry beside its row.
fn remarks(entry: &Entry) -> Vec<String> {
    let reason = entry.reason.iter().map(|reason| format!("{}: {}", outcome(entry.outcome), plain(reason)));
    let findings = entry.findings.iter().map(|finding| format!("note: {}", plain(finding)));
    reason.chain(findings).map(|remark| format!("{} — {remark}", plain(&entry.id))).collect()
}

/// One line about an entry, for progress.
pub fn line(entry: &Entry) -> String {
    let [id, problem, variant, _, median, spread, check] = row(entry);
    match &entry.reason {
        Some(reason) => format!("{id}: {check}: {}", plain(reason)),
        None => format!("{id} {problem} {variant}: median {median} ± {spread}, check {check}"),
    }
}

/// The word for an outcome.
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Measured => "measured",
        Outcome::Unsupported => "unsupported",
        Outcome::Skipped => "skipped",
        Outcome::Wrong => "WRONG",
        Outcome::Failed => "failed",
        Outcome::Suspect => "suspect",
    }
}

/// Foreign text with everything replaced that a terminal would act on: control characters and changes of writing direction.
pub fn plain(text: &str) -> String {
    let acts = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if acts(c) { '\u{fffd}' } else { c }).collect()
}

/// What nobody may take this for; said once under each verdict.
const DISCLAIMER: &str = "This is arithmetic over published rules, not legal advice.";

/// The verdict: the answer, why, and the comparison with the reference card.
pub fn verdict(verdict: &Verdict) -> String {
    let headline = match verdict.headline {
        Headline::Restricted => "RESTRICTED",
        Headline::NotRestricted => "NOT RESTRICTED",
        Headline::Undecided => "UNDECIDED",
        Headline::NoVerdict => "NO VERDICT",
    };
    let subject = &verdict.subject;
    let mut lines = vec![
        format!("Judged: {} ({})", plain(&subject.name), plain(&subject.because)),
        format!(
            "For {} on {}; rule data confirmed through {}.",
            verdict.destination, verdict.as_of, verdict.confirmed_through
        ),
    ];
    lines.extend(verdict.warnings.iter().map(|warning| format!("warning: {}", plain(warning))));
    if verdict.headline != Headline::NoVerdict || !subject.software {
        lines.extend(sides("TPP", &verdict.tpp));
        lines.extend(sides("performance density", &verdict.pd));
        lines.extend(verdict.findings.iter().map(finding));
    }
    lines.extend(ratios(verdict));
    lines.push(format!("\n{headline}: {}", plain(&verdict.reason)));
    lines.push(DISCLAIMER.to_owned());
    lines.join("\n")
}

fn sides(name: &str, sides: &Sides) -> Vec<String> {
    let side = |label: &str, value: &Option<Value>| {
        value.as_ref().map(|value| format!("  {name} {label}: {}", described(value)))
    };
    [side("claimed", &sides.claimed), side("measured", &sides.measured)].into_iter().flatten().collect()
}

fn described(value: &Value) -> String {
    let bound = if value.at_least { "at least " } else { "" };
    let format = value.format.as_ref().map(|format| format!(" by {format}")).unwrap_or_default();
    let unconfirmed = if value.unconfirmed { ", unconfirmed" } else { "" };
    format!("{bound}{}{format} ({}{unconfirmed})", number(value.value), plain(&value.origin))
}

/// At most two decimals, none where they are zero.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// One rule: its result and the chain of comparisons behind it.
fn finding(finding: &Finding) -> String {
    let applies = match (finding.decides, finding.applies) {
        (true, _) => "",
        (false, true) => ", applies but does not decide",
        (false, false) => ", does not apply on that date and destination",
    };
    let truth = match finding.result {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unknown => "unknown",
    };
    let mut lines = vec![format!("• {} — {truth}{applies}: {}", finding.title, finding.reason)];
    if !finding.applies && finding.outcome != RuleOutcome::DataConflict {
        return lines.remove(0);
    }
    lines.push(format!("    {} [{}]", finding.consequence, finding.citation.as_deref().unwrap_or(&finding.rule)));
    lines.extend(finding.terms.iter().map(term));
    lines.extend(finding.break_even.iter().map(|edge| {
        let word = |truth| if truth == Truth::True { "true" } else { "false" };
        format!(
            "    {} up to {} mm² of applicable die area (density {}), {} above",
            word(edge.up_to),
            number(edge.die_area_mm2),
            edge.pd,
            word(edge.above)
        )
    }));
    lines.extend(finding.needs.iter().map(|need| format!("    needs {need}")));
    lines.extend(finding.note.iter().map(|note| format!("    note: {note}")));
    lines.join("\n")
}

fn term(term: &Term) -> String {
    let truth = match term.result {
        Truth::True => "yes",
        Truth::False => "no",
        Truth::Unknown => "unknown",
    };
    let value =
        |label: &str, value: &Option<Value>| value.as_ref().map(|value| format!("{label} {}", described(value)));
    let values: Vec<String> =
        [value("claimed", &term.claimed), value("measured", &term.measured)].into_iter().flatten().collect();
    let values = if values.is_empty() { "not known".to_owned() } else { values.join("; ") };
    let distance = term.distance.map(|distance| format!(", {:+.1} %", 100.0 * distance)).unwrap_or_default();
    format!(
        "    {} {} {} {}? {truth}: {values}{distance}",
        term.variable,
        term.comparison,
        number(term.threshold),
        term.unit
    )
}

/// Rates beside the reference card's.
fn ratios(verdict: &Verdict) -> Vec<String> {
    let share = |share: Option<f64>| share.map(|share| format!("{:.2} %", 100.0 * share));
    let line = |ratio: &Ratio| {
        let claimed = ratio
            .claimed
            .zip(share(ratio.of_claimed))
            .map(|(claimed, share)| format!("{share} of {} claimed", number(claimed)));
        let published = ratio.published.zip(share(ratio.of_published));
        let published =
            published.map(|(published, share)| format!("{share} of {} measured by others", number(published)));
        let parts: Vec<String> = [claimed, published].into_iter().flatten().collect();
        let parts = if parts.is_empty() { "no comparable figure".to_owned() } else { parts.join(", ") };
        format!("  {:18} {:>10} {}: {parts}", plain(&ratio.figure), format!("{:.4}", ratio.value), ratio.unit)
    };
    let rows = if verdict.a100.measured.is_empty() { &verdict.a100.claimed } else { &verdict.a100.measured };
    let kind = if verdict.a100.measured.is_empty() { "claimed" } else { "measured" };
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    if !lines.is_empty() {
        lines.insert(0, format!("Beside {} ({kind} figures of this one):", verdict.a100.card));
    }
    lines
}

/// How many cards equal a fleet.
pub fn equivalence(equivalence: &Equivalence) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header([
        "by",
        "this card",
        "the other",
        "cards for one",
        "cards for the fleet",
        "cost for one",
        "cost of the fleet",
    ]);
    for row in &equivalence.measures {
        let cost = |price: &Option<Price>| {
            price.as_ref().map(|price| format!("{:.0} {}", price.amount, price.currency)).unwrap_or_default()
        };
        table.add_row([
            row.measure.clone(),
            number(row.value),
            number(row.fleet_value),
            format!("{:.2}", row.per_card),
            format!("{:.0}", row.cards),
            cost(&row.cost_per_card),
            cost(&row.cost),
        ]);
    }
    format!(
        "How many {} equal {} × {}, by claimed figures:\n{table}",
        equivalence.card,
        number(equivalence.fleet),
        equivalence.fleet_card
    )
}

/// Many verdicts in one table.
pub fn verdict_table(verdicts: &[&Verdict]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["card", "TPP", "density", "headline", "why"]);
    let value = |side: &Option<Value>| side.as_ref().map_or_else(|| "?".to_owned(), |value| number(value.value));
    for verdict in verdicts {
        let headline = match verdict.headline {
            Headline::Restricted => "restricted",
            Headline::NotRestricted => "not restricted",
            Headline::Undecided => "undecided",
            Headline::NoVerdict => "none",
        };
        let name = verdict.subject.card.clone().unwrap_or_default();
        table.add_row([
            name,
            value(&verdict.tpp.claimed),
            value(&verdict.pd.claimed),
            headline.to_owned(),
            verdict.reason.clone(),
        ]);
    }
    let footer = verdicts.first().map(|first| {
        format!(
            "\nFor {} on {}; rule data confirmed through {}.\n{DISCLAIMER}",
            first.destination, first.as_of, first.confirmed_through
        )
    });
    format!("{table}{}", footer.unwrap_or_default())
}
