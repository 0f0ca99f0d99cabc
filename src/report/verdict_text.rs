//! A verdict in words: the figures it rests on, each rule with its chain of comparisons, and the answer last.

use comfy_table::{Table, presets};

use super::text::plain;
use crate::judge::{BreakEven, Equivalence, Finding, Headline, Price, Ratio, Term, Truth, Value, Verdict};

/// What nobody may take this for; said once under each verdict.
const DISCLAIMER: &str = "This is arithmetic over published rules, not legal advice.";

/// The verdict: what is known, what each rule makes of it, the comparison with the reference card, and the answer.
pub fn verdict(verdict: &Verdict) -> String {
    let subject = &verdict.subject;
    let mut lines = vec![
        format!("Judged: {} ({})", plain(&subject.name), plain(&subject.because)),
        format!(
            "For {} on {}; rule data confirmed through {}.",
            verdict.destination, verdict.as_of, verdict.confirmed_through
        ),
    ];
    lines.extend(verdict.warnings.iter().map(|warning| format!("warning: {}", plain(warning))));
    if !subject.software {
        lines.push("Known:".to_owned());
        lines.extend(figures(verdict));
        lines.push("Rules in force on that date for that destination:".to_owned());
        lines.extend(verdict.findings.iter().filter(|finding| finding.applies).map(chain));
        lines.push("Other rules:".to_owned());
        let others = verdict.findings.iter().filter(|finding| !finding.applies);
        lines.extend(
            others.map(|finding| format!("  {}: {} — {}", truth(finding.result), finding.title, finding.reason)),
        );
    }
    lines.extend(ratios(verdict));
    lines.push(format!("\n{}: {}", headline(verdict.headline).to_uppercase(), plain(&verdict.reason)));
    lines.push(DISCLAIMER.to_owned());
    lines.join("\n")
}

/// The word for a headline.
fn headline(headline: Headline) -> &'static str {
    match headline {
        Headline::Restricted => "restricted",
        Headline::NotRestricted => "not restricted",
        Headline::Undecided => "undecided",
        Headline::NoVerdict => "no verdict",
    }
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
                lines.push(format!("  {} {side}: {}", term.variable, described(value, &term.unit)));
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

/// At most two decimals, none where they are zero.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
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
    format!("      {mark} {} {} {threshold} ({value})", term.variable, term.comparison)
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
        let name = verdict.subject.card.clone().unwrap_or_default();
        table.add_row([
            name,
            value(&verdict.tpp.claimed),
            value(&verdict.pd.claimed),
            headline(verdict.headline).to_owned(),
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
