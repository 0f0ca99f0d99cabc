//! A verdict with all its reasons: the figures it rests on with their sources, each rule with its chain of comparisons.

use super::layout::{WIDTH, number, trimmed, wrapped_to};
use super::text::plain;
use super::verdict::ratios;
use crate::judge::{BreakEven, Finding, Term, Truth, Value, Verdict};

/// The chain behind a verdict: what is known, what each rule makes of it, and where that stands.
pub fn explanation(verdict: &Verdict) -> String {
    if verdict.subject.software {
        return String::new();
    }
    let mut lines = vec!["Known:".to_owned()];
    lines.extend(figures(verdict));
    lines.push("Rules in force on that date for that destination:".to_owned());
    lines.extend(verdict.findings.iter().filter(|finding| finding.applies).map(chain));
    lines.push("Other rules:".to_owned());
    let others = verdict.findings.iter().filter(|finding| !finding.applies);
    lines.extend(others.map(|finding| format!("  {}: {} — {}", truth(finding.result), finding.title, finding.reason)));
    if verdict.a100.measured.is_empty() && !verdict.a100.claimed.is_empty() {
        lines.push(format!("Claimed, beside {}:", verdict.a100.card));
        lines.push(trimmed(&ratios(&verdict.a100.claimed)));
    }
    lines.iter().flat_map(|line| line.lines()).map(indented).collect::<Vec<_>>().join("\n")
}

/// A long line in several, as far in as it begins.
fn indented(line: &str) -> String {
    let text = line.trim_start();
    let indent = line.len() - text.len();
    let width = u16::try_from(indent).map_or(WIDTH, |indent| WIDTH.saturating_sub(indent + 2));
    let lines = wrapped_to(text, width);
    let lines = lines
        .lines()
        .enumerate()
        .map(|(place, part)| format!("{}{part}", " ".repeat(indent + 2 * usize::from(place > 0))));
    lines.collect::<Vec<_>>().join("\n")
}

fn truth(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unknown => "unknown",
    }
}

/// Every figure that a comparison rests on, once, with its source.
fn figures(verdict: &Verdict) -> Vec<String> {
    let mut lines = Vec::new();
    let terms = verdict.findings.iter().flat_map(|finding| &finding.terms).filter(|term| !term.variable.contains('+'));
    for term in terms {
        for (side, value) in [("claimed", &term.claimed), ("measured", &term.measured)] {
            if let Some(value) = value {
                lines.push(format!("  {} {side}: {}", term.label, described(value, &term.unit)));
            }
        }
    }
    lines.sort();
    lines.dedup();
    if lines.is_empty() { vec!["  nothing".to_owned()] } else { lines }
}

fn described(value: &Value, unit: &str) -> String {
    let shown = match (unit, value.value) {
        ("", 0.0) => "no".to_owned(),
        ("", _) => "yes".to_owned(),
        (unit, value) => format!("{} {unit}", number(value)),
    };
    let bound = if value.at_least { "at least " } else { "" };
    let format = value.format.as_ref().map(|format| format!(" by {format}")).unwrap_or_default();
    let unconfirmed = if value.unconfirmed { " — unconfirmed" } else { "" };
    format!("{bound}{shown}{format} — {}{unconfirmed}", plain(&value.origin))
}

/// One rule with the chain of comparisons behind its result.
fn chain(finding: &Finding) -> String {
    let weight = if finding.decides { "" } else { " (does not decide)" };
    let mut lines = vec![
        format!("  {}: {}{weight} — {}", truth(finding.result), finding.title, finding.reason),
        format!("      {} [{}]", finding.consequence, finding.citation.as_deref().unwrap_or(&finding.rule)),
    ];
    for line in finding.terms.iter().map(term) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.extend(finding.break_even.iter().map(break_even));
    lines.extend(finding.needs.iter().map(|need| format!("      would be decided by {need}")));
    lines.extend(finding.doubts.iter().map(|doubt| format!("      not confirmed: {doubt}")));
    lines.extend(finding.note.iter().map(|note| format!("      note: {note}")));
    lines.join("\n")
}

fn term(term: &Term) -> String {
    let mark = match term.result {
        Truth::True => "✓",
        Truth::False => "✗",
        Truth::Unknown => "?",
    };
    let threshold = match (term.unit.as_str(), term.threshold) {
        ("", 0.0) => "no".to_owned(),
        ("", _) => "yes".to_owned(),
        (unit, threshold) => format!("{} {unit}", number(threshold)),
    };
    let value = term
        .claimed
        .as_ref()
        .map(|value| ("claimed", value))
        .or(term.measured.as_ref().map(|value| ("measured", value)));
    let distance = term.distance.map(|distance| format!(", {:+.1} %", 100.0 * distance)).unwrap_or_default();
    let value = match (value, term.unit.as_str()) {
        (None, _) => "not known".to_owned(),
        (Some((side, _)), "") => side.to_owned(),
        (Some((side, value)), _) => format!("{} {side}{distance}", number(value.value)),
    };
    format!("      {mark} {} {} {threshold} ({value})", term.label, term.comparison)
}

fn break_even(edge: &BreakEven) -> String {
    format!(
        "      {} up to {} mm² of applicable die area (density {}), {} above",
        truth(edge.up_to),
        number(edge.die_area_mm2),
        edge.pd,
        truth(edge.above)
    )
}
