//! A verdict for people who have half a minute: the answer, one line of why, what would change it, and a table of the rules that it rests on.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::text::plain;
use crate::judge::{Change, Finding, Headline, Otherwise, Outcome, Ratio, Term, Truth, Value, Variant, Verdict};

/// What nobody may take this for; said once under each verdict.
pub(super) const DISCLAIMER: &str = "This is arithmetic over published rules, not legal advice.";

/// What the words of the table mean.
pub(super) const LEGEND: &str = "TPP (total processing performance): the fastest dense rate of any number format, in tera-operations a second, times the bits of \
the format. Density: TPP per mm² of die.";

/// The width that every table keeps to.
pub(super) const WIDTH: u16 = 100;

/// The answer first.
pub fn verdict(verdict: &Verdict) -> String {
    let mut parts = vec![wrapped(&answer(verdict)), trimmed(&facts(verdict))];
    if !verdict.variants.is_empty() {
        parts.push(String::new());
        parts.push(trimmed(&variants(&verdict.variants)));
    } else if !verdict.subject.software {
        parts.push(String::new());
        parts.push(trimmed(&rules(verdict)));
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

/// Names of facts with their values, each in a line or more.
pub(super) fn facts_of(verdict: &Verdict) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Why", why(verdict))];
    let changes: Vec<String> = verdict.changes.iter().map(change).collect();
    facts.extend((!changes.is_empty()).then(|| ("Would change it", changes.join("; "))));
    let mut needs: Vec<String> = needs(verdict).map(str::to_owned).collect();
    let alone = verdict.variants.is_empty();
    let areas: Vec<String> =
        verdict.findings.iter().filter(|finding| alone && finding.decides).filter_map(area).collect();
    needs.extend((!areas.is_empty()).then(|| areas.join(", ")));
    if verdict.headline == Headline::Undecided && differ(&verdict.variants) {
        needs.push("which of the cards below it is: --card with its id".to_owned());
    }
    facts.extend((!needs.is_empty()).then(|| ("Would decide it", needs.join("; "))));
    facts.extend(
        verdict
            .history
            .as_ref()
            .map(|history| ("Since", format!("{}; the day before: {}", history.since, history.before))),
    );
    let id = verdict.subject.card.as_ref().map(|id| format!("{id}, ")).unwrap_or_default();
    // The variants are in a table.
    let because = if verdict.variants.is_empty() {
        plain(&verdict.subject.because)
    } else {
        "ambiguous: several cards have the name".to_owned()
    };
    facts.push(("Card", format!("{id}{because}")));
    facts.extend(verdict.subject.device.iter().map(|device| ("Device", plain(device))));
    facts.push(("Rules", format!("as of {}, confirmed through {}", verdict.as_of, verdict.confirmed_through)));
    facts.extend(verdict.warnings.iter().map(|warning| ("Warning", plain(warning))));
    facts
}

fn facts(verdict: &Verdict) -> Table {
    let mut table = table();
    for (name, value) in facts_of(verdict) {
        table.add_row([name, &value]);
    }
    set_width(&mut table, 0, 17);
    table
}

/// What would decide an open question, each once.
fn needs(verdict: &Verdict) -> impl Iterator<Item = &str> {
    let open = verdict.headline == Headline::Undecided && verdict.variants.is_empty();
    let deciding = verdict.findings.iter().filter(move |finding| open && finding.decides);
    let mut seen = Vec::new();
    deciding.flat_map(|finding| &finding.needs).map(String::as_str).filter(move |need| {
        let is_new = !seen.contains(need);
        seen.push(*need);
        is_new
    })
}

/// The largest die with which an open rule is met: `3A090.b is met up to 500 mm²`.
fn area(finding: &Finding) -> Option<String> {
    let edges = finding.break_even.iter().filter(|edge| edge.up_to == Truth::True && edge.above != Truth::True);
    let largest = edges.map(|edge| edge.die_area_mm2).reduce(f64::max)?;
    Some(format!("{} is met up to {largest:.1} mm²", finding.short))
}

/// The reason, with the figures that it rests on.
pub(super) fn why(verdict: &Verdict) -> String {
    let deciding =
        |truth: Truth| verdict.findings.iter().filter(move |finding| finding.decides && finding.result == truth);
    match verdict.headline {
        Headline::Restricted if verdict.variants.is_empty() => {
            let each: Vec<String> = deciding(Truth::True).map(satisfied).collect();
            each.join("; and ")
        }
        Headline::NotRestricted if verdict.variants.is_empty() => match nearest(deciding(Truth::False)) {
            Some((finding, term)) => {
                format!("no rule in force is met; the nearest is {}: {}", finding.short, phrase(term))
            }
            None => "no rule in force for this destination is about it".to_owned(),
        },
        Headline::Undecided if verdict.variants.is_empty() => {
            let unknown: Vec<String> =
                deciding(Truth::Unknown).map(|finding| format!("{}: {}", finding.short, finding.reason)).collect();
            unknown.join("; and ")
        }
        _ if verdict.variants.is_empty() => plain(&verdict.reason),
        _ => of_variants(verdict),
    }
}

/// The rules that decide, in a few words: what a row of many answers has room for.
pub(super) fn briefly(verdict: &Verdict) -> String {
    let with = |truth: Truth| verdict.findings.iter().filter(move |finding| finding.decides && finding.result == truth);
    let short = |finding: &Finding| match &finding.exceptions[..] {
        [] => finding.short.clone(),
        names => format!("{} ({} may be used)", finding.short, names.join(", ")),
    };
    let names = |truth: Truth| with(truth).map(short).collect::<Vec<_>>().join(", ");
    match verdict.headline {
        Headline::Restricted => names(Truth::True),
        Headline::Undecided if verdict.variants.is_empty() => format!("open: {}", names(Truth::Unknown)),
        Headline::Undecided => of_variants(verdict),
        Headline::NotRestricted => nearest(with(Truth::False))
            .map(|(finding, term)| format!("nearest: {}, {} {}", finding.short, term.label, distance(term)))
            .unwrap_or_default(),
        Headline::NoVerdict => plain(&verdict.reason),
    }
}

/// Whether cards of one name have different answers.
fn differ(variants: &[Variant]) -> bool {
    variants.iter().any(|variant| variant.headline != variants[0].headline)
}

/// Why cards of one name are what they are.
fn of_variants(verdict: &Verdict) -> String {
    let number = verdict.variants.len();
    if differ(&verdict.variants) {
        return format!("the name is that of {number} cards, for which the answer differs");
    }
    let wanted = if verdict.headline == Headline::Undecided { Truth::Unknown } else { Truth::True };
    let deciding: Vec<&str> = verdict
        .findings
        .iter()
        .filter(|finding| finding.decides && finding.result == wanted)
        .map(|finding| finding.short.as_str())
        .collect();
    let how = if verdict.headline == Headline::Undecided { "the answer is open:" } else { "by" };
    let by = if deciding.is_empty() { String::new() } else { format!(", {how} {}", deciding.join(", ")) };
    format!("whichever of {number} cards of that name it is{by}")
}

fn satisfied(finding: &Finding) -> String {
    let grounds: Vec<String> = grounds(finding).into_iter().map(phrase).collect();
    let because = if grounds.is_empty() { finding.reason.clone() } else { grounds.join(", ") };
    let exceptions = match &finding.exceptions[..] {
        [] => String::new(),
        names => format!(" (License Exception {} may be used)", names.join(", ")),
    };
    format!("{}: {because}{exceptions}", finding.short)
}

/// The comparison that misses its threshold by least.
fn nearest<'a>(findings: impl Iterator<Item = &'a Finding>) -> Option<(&'a Finding, &'a Term)> {
    let of = |finding: &'a Finding| {
        grounds(finding)
            .into_iter()
            .filter(|term| term.distance.is_some())
            .map(move |term| (finding, term))
            .collect::<Vec<_>>()
    };
    let size = |(_, term): &(&Finding, &Term)| term.distance.map_or(f64::MAX, f64::abs);
    findings.flat_map(of).min_by(|one, other| size(one).total_cmp(&size(other)))
}

/// The comparisons that a result follows from, each once.
fn grounds(finding: &Finding) -> Vec<&Term> {
    let mut terms: Vec<&Term> = Vec::new();
    for term in finding.grounds.iter().filter_map(|place| finding.terms.get(*place)) {
        let is_known = |known: &Term| {
            known.variable == term.variable
                && known.comparison == term.comparison
                && known.threshold.total_cmp(&term.threshold).is_eq()
        };
        if !terms.iter().any(|known| is_known(known)) {
            terms.push(term);
        }
    }
    terms
}

/// A comparison in words: `TPP 4992 where 4800 is the threshold (+4.0 %)`.
fn phrase(term: &Term) -> String {
    let value = term.claimed.as_ref().or(term.measured.as_ref());
    match (value, term.unit.as_str()) {
        (Some(value), "") => format!("{}{}", if value.value == 0.0 { "not " } else { "" }, term.label),
        (None, "") => format!("{} unknown", term.label),
        (Some(value), unit) => {
            let unit = if term.label == unit { String::new() } else { format!(" {unit}") };
            let distance = distance(term);
            format!("{} {}{unit}, threshold {} ({distance})", term.label, number(value.value), number(term.threshold))
        }
        (None, _) => format!("{} unknown, threshold {}", term.label, number(term.threshold)),
    }
}

/// A change of the facts and the answer then.
fn change(change: &Change) -> String {
    let what = match &change.what {
        Otherwise::ForDatacenters(true) => "if it were for datacenters (--datacenter yes)".to_owned(),
        Otherwise::ForDatacenters(false) => "if it were not for datacenters (--datacenter no)".to_owned(),
        Otherwise::Quantity { label, unit, threshold, reaches, distance } => {
            let unit = if unit == label { String::new() } else { format!(" {unit}") };
            let side = if *reaches { "at" } else { "below" };
            format!("{label} {side} {}{unit} ({:+.1} %)", number(*threshold), 100.0 * distance)
        }
    };
    format!("{what}: {}", change.headline)
}

/// The columns of the table of rules.
pub(super) const COLUMNS: [&str; 7] =
    ["rule", "in force since", "quantity", "value", "threshold", "distance", "result"];

/// The rules in force for the destination, a row for each comparison that decides it.
pub(super) fn rows(verdict: &Verdict) -> Vec<[String; 7]> {
    verdict.findings.iter().filter(|finding| is_shown(finding)).flat_map(rows_of).collect()
}

fn is_shown(finding: &Finding) -> bool {
    finding.decides && finding.outcome != Outcome::NotApplicable
}

fn rows_of(finding: &Finding) -> Vec<[String; 7]> {
    let since = finding.in_force_since.clone().unwrap_or_default();
    let result = match (finding.outcome, finding.result) {
        (Outcome::DataConflict, _) => "conflict",
        (_, Truth::True) => "met",
        (_, Truth::False) => "not met",
        (_, Truth::Unknown) => "unknown",
    };
    let mut grounds = grounds(finding);
    if finding.result == Truth::Unknown {
        // What is missing is missing for every threshold: the first of each quantity says it.
        let mut seen: Vec<&str> = Vec::new();
        grounds.retain(|term| {
            let is_new = !seen.contains(&term.variable.as_str());
            seen.push(&term.variable);
            is_new
        });
    }
    let mut rows: Vec<[String; 7]> = grounds.into_iter().map(row).collect();
    if rows.is_empty() {
        rows.push(Default::default());
    }
    rows[0][0].clone_from(&finding.short);
    rows[0][1] = since;
    rows[0][6] = result.to_owned();
    rows
}

fn row(term: &Term) -> [String; 7] {
    // The unit of density is in the legend.
    let unit = if term.unit == "GB/s" { " GB/s" } else { "" };
    let (value, threshold) = if term.unit.is_empty() {
        (
            term.claimed.as_ref().map_or("unknown", |value| yes_or_no(value.value)).to_owned(),
            yes_or_no(term.threshold).to_owned(),
        )
    } else {
        let sign = match term.comparison.as_str() {
            ">=" => "≥",
            "<=" => "≤",
            other => other,
        };
        (shown(term), format!("{sign} {}{unit}", number(term.threshold)))
    };
    [String::new(), String::new(), term.label.clone(), value, threshold, distance(term), String::new()]
}

const fn yes_or_no(value: f64) -> &'static str {
    if value == 0.0 { "no" } else { "yes" }
}

fn shown(term: &Term) -> String {
    let of = |value: &Value, kind: &str| {
        let bound = if value.at_least { "≥ " } else { "" };
        let unconfirmed = if value.unconfirmed { "*" } else { "" };
        format!("{bound}{}{unconfirmed}{kind}", number(value.value))
    };
    match (&term.claimed, &term.measured) {
        (Some(value), _) => of(value, ""),
        (None, Some(value)) => of(value, " measured"),
        (None, None) => "unknown".to_owned(),
    }
}

fn distance(term: &Term) -> String {
    term.distance.map(|distance| format!("{:+.1} %", 100.0 * distance)).unwrap_or_default()
}

fn rules(verdict: &Verdict) -> Table {
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

/// What the table leaves out, and what its star means.
pub(super) fn others(verdict: &Verdict) -> impl Iterator<Item = String> {
    let (beside, rest): (Vec<&Finding>, Vec<&Finding>) =
        verdict.findings.iter().filter(|finding| !is_shown(finding)).partition(|finding| {
            finding.applies && finding.outcome != Outcome::NotApplicable && finding.result == Truth::True
        });
    let names: Vec<&str> = beside.into_iter().map(|finding| finding.short.as_str()).collect();
    let beside = (!names.is_empty()).then(|| format!("Holds too, without deciding: {}.", names.join(", ")));
    let unconfirmed = rows(verdict).iter().any(|row| row[3].contains('*'));
    let star = unconfirmed.then(|| "* not confirmed against a document of the maker's.".to_owned());
    let words = "other rules are not in force on that day, not for that destination, or not about this card.";
    let rest = (!rest.is_empty()).then(|| format!("{} {words}", rest.len()));
    beside.into_iter().chain(rest).chain(star)
}

fn variants(variants: &[Variant]) -> Table {
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
    let value = |value: &Option<Value>| value.as_ref().map_or_else(|| "?".to_owned(), |value| number(value.value));
    [variant.name.clone(), variant.card.clone(), value(&variant.tpp), value(&variant.pd), variant.headline.to_string()]
}

/// Measured rates beside the reference card's.
pub(super) fn beside(verdict: &Verdict) -> Option<String> {
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

/// At most two decimals, none where they are zero; small figures with three digits.
pub(super) fn number(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.1 {
        return format!("{value:.2e}");
    }
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A table without lines, as wide as its content, and never wider than [`WIDTH`].
pub(super) fn table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table
}

fn set_width(table: &mut Table, column: usize, width: u16) {
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
    let mut table = table();
    table.add_row([text]);
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 0));
    }
    trimmed(&table)
}

/// A table without spaces at the ends of its lines.
pub(super) fn trimmed(table: &Table) -> String {
    table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}
