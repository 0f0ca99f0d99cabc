//! A verdict for people who have half a minute: the answer, one line of why, what would change it, and a table of the rules that it rests on.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::text::plain;
use crate::judge::{Change, Finding, Headline, Otherwise, Outcome, Ratio, Term, Truth, Value, Variant, Verdict};
use crate::reference::RuleKind;

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
        parts.push(wrapped(LEGEND));
    } else if !verdict.subject.software {
        parts.push(String::new());
        parts.extend((!rows(verdict).is_empty()).then(|| trimmed(&rules(verdict))));
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
    facts.extend(means(verdict).map(|words| ("Means", words)));
    facts.extend(changes(verdict).map(|words| ("Would change it", words)));
    facts.extend(decided_by(verdict).map(|words| ("Would decide it", words)));
    facts.extend(verdict.history.as_ref().map(|history| {
        let by = if history.by.is_empty() { String::new() } else { format!(", by {}", history.by.join(", ")) };
        ("Since", format!("{}{by}; the day before: {}", history.since, history.before))
    }));
    let id = verdict.subject.card.as_ref().map(|id| format!("{id}, ")).unwrap_or_default();
    // The variants are in a table.
    let because = if verdict.variants.is_empty() {
        plain(&verdict.subject.because)
    } else {
        "several cards have that name".to_owned()
    };
    facts.push(("Card", format!("{id}{because}")));
    facts.extend(verdict.subject.device.iter().map(|device| ("Device", plain(device))));
    facts.push((
        "Rules",
        format!("US export rules as confirmed through {}; later changes are not known here", verdict.confirmed_through),
    ));
    facts.extend(doubts(verdict).map(|words| ("Not sure", words)));
    facts.extend(above_the_claim(verdict).into_iter().map(|words| ("Warning", words)));
    facts.extend(verdict.warnings.iter().map(|warning| ("Warning", plain(warning))));
    facts
}

/// What the answer means for who would ship the card.
fn means(verdict: &Verdict) -> Option<String> {
    match verdict.headline {
        Headline::Restricted => {
            let exception = match &exceptions(verdict)[..] {
                [] => String::new(),
                names => {
                    format!("; License Exception {} may take its place where its own conditions hold", names.join(", "))
                }
            };
            Some(format!("a US licence is needed before it is shipped there{exception}"))
        }
        Headline::NotRestricted => {
            let buyers = match on_buyers(verdict) {
                Some(whom) => format!("but for {whom}: who buys is not looked at here"),
                None => "by these rules; who buys is not looked at here".to_owned(),
            };
            Some(format!("no licence is needed for this card there, {buyers}"))
        }
        Headline::Undecided | Headline::NoVerdict => None,
    }
}

/// Licence exceptions that help: against each rule that is met, since one rule's do not help against another.
fn exceptions(verdict: &Verdict) -> Vec<&str> {
    let met: Vec<&Finding> = deciding(verdict, Truth::True).collect();
    let is_in_all = |name: &&String| met.iter().all(|finding| finding.exceptions.contains(name));
    met.first().iter().flat_map(|finding| &finding.exceptions).filter(is_in_all).map(String::as_str).collect()
}

/// The buyers whom a rule asks to have a licence for the card.
fn on_buyers(verdict: &Verdict) -> Option<&str> {
    let holds =
        |finding: &&Finding| finding.applies && finding.kind == RuleKind::OtherObject && finding.result == Truth::True;
    verdict
        .findings
        .iter()
        .filter(holds)
        .find_map(|finding| finding.reason.strip_prefix("it is about ").filter(|whom| whom.starts_with("buyers")))
}

/// What of the rules that decide is itself not confirmed.
fn doubts(verdict: &Verdict) -> Option<String> {
    let truth = match verdict.headline {
        Headline::Restricted => Truth::True,
        Headline::Undecided => Truth::Unknown,
        Headline::NotRestricted | Headline::NoVerdict => return None,
    };
    let all: Vec<&Finding> = deciding(verdict, truth).collect();
    // One rule of which all is known suffices.
    if truth == Truth::True && all.iter().any(|finding| finding.doubts.is_empty()) {
        return None;
    }
    let each: Vec<String> = all
        .into_iter()
        .filter(|finding| !finding.doubts.is_empty())
        .map(|finding| {
            let doubts: Vec<String> = finding.doubts.iter().map(|doubt| doubted(doubt)).collect();
            format!("{}: {}", finding.short, doubts.join("; "))
        })
        .collect();
    (!each.is_empty()).then(|| plain(&each.join("; ")))
}

/// A doubt in words: the base writes what it is about before a colon.
fn doubted(doubt: &str) -> String {
    match doubt.split_once(": ") {
        Some((_, words)) => words.to_owned(),
        None => format!("{} is not confirmed", doubt.replace('_', " ")),
    }
}

/// That a measurement is over a threshold which the claim is under.
fn above_the_claim(verdict: &Verdict) -> Vec<String> {
    let over = |finding: &&Finding| finding.decides && finding.outcome == Outcome::UnderByDatasheetClockAboveRated;
    let words = |finding: &Finding| format!("{}: {}", finding.short, finding.reason);
    verdict.findings.iter().filter(over).map(words).collect()
}

/// The findings that the answer rests on, of one result.
fn deciding(verdict: &Verdict, truth: Truth) -> impl Iterator<Item = &Finding> {
    verdict.findings.iter().filter(move |finding| finding.decides && finding.result == truth)
}

/// What would change the answer, or that no single fact would.
fn changes(verdict: &Verdict) -> Option<String> {
    let changes: Vec<String> = verdict.changes.iter().map(change).collect();
    let is_decided = matches!(verdict.headline, Headline::Restricted | Headline::NotRestricted);
    match &changes[..] {
        [] if is_decided && verdict.variants.is_empty() => {
            Some("no single figure; another day or destination may".to_owned())
        }
        [] => None,
        changes => Some(changes.join("; ")),
    }
}

/// What would decide an open question.
fn decided_by(verdict: &Verdict) -> Option<String> {
    if verdict.headline != Headline::Undecided {
        return None;
    }
    if !verdict.variants.is_empty() {
        return differ(&verdict.variants).then(|| "which of the cards below it is: --card with its id".to_owned());
    }
    let mut needs: Vec<String> = Vec::new();
    for need in deciding(verdict, Truth::Unknown).flat_map(|finding| &finding.needs) {
        if !needs.contains(need) {
            needs.push(need.clone());
        }
    }
    needs.extend(area(verdict));
    (!needs.is_empty()).then(|| needs.join("; "))
}

/// The largest die with which an open rule is met, where nothing but the area is open.
fn area(verdict: &Verdict) -> Option<String> {
    let open: Vec<&Finding> = deciding(verdict, Truth::Unknown).collect();
    let edges = open.iter().flat_map(|finding| &finding.break_even);
    let largest =
        edges.filter(|edge| edge.up_to == Truth::True && edge.above != Truth::True).map(|edge| edge.die_area_mm2);
    let largest = number(largest.reduce(f64::max)?);
    open.iter()
        .all(|finding| finding.outcome == Outcome::NeedsDieArea)
        .then(|| format!("restricted up to {largest} mm² of it, not restricted above"))
}

fn facts(verdict: &Verdict) -> Table {
    let mut table = table();
    for (name, value) in facts_of(verdict) {
        table.add_row([name, &value]);
    }
    set_width(&mut table, 0, 17);
    table
}

/// The reason, with the figures that it rests on.
pub(super) fn why(verdict: &Verdict) -> String {
    match verdict.headline {
        Headline::NoVerdict => plain(&verdict.reason),
        _ if !verdict.variants.is_empty() => of_variants(verdict),
        Headline::Restricted => deciding(verdict, Truth::True).map(satisfied).collect::<Vec<_>>().join("; and "),
        Headline::NotRestricted => match nearest(deciding(verdict, Truth::False)) {
            Some((finding, term)) => {
                format!("no rule in force is met; the nearest is {}: {}", finding.short, missed(term))
            }
            None => "no rule in force there is met".to_owned(),
        },
        Headline::Undecided => {
            let unknown =
                deciding(verdict, Truth::Unknown).map(|finding| format!("{}: {}", finding.short, finding.reason));
            unknown.collect::<Vec<_>>().join("; and ")
        }
    }
}

/// The rules that decide, in a few words: what a row of many answers has room for.
pub(super) fn briefly(verdict: &Verdict) -> String {
    let short = |finding: &Finding| match &finding.exceptions[..] {
        [] => finding.short.clone(),
        names => format!("{} ({} may be used)", finding.short, names.join(", ")),
    };
    let names = |truth: Truth| deciding(verdict, truth).map(short).collect::<Vec<_>>().join(", ");
    match verdict.headline {
        Headline::Restricted => names(Truth::True),
        Headline::Undecided if verdict.variants.is_empty() => format!("open: {}", names(Truth::Unknown)),
        Headline::Undecided => of_variants(verdict),
        Headline::NotRestricted => nearest(deciding(verdict, Truth::False))
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
    format!("{}: {because}", finding.short)
}

/// The comparison that misses its threshold by least, of those that would make a rule true.
fn nearest<'a>(findings: impl Iterator<Item = &'a Finding>) -> Option<(&'a Finding, &'a Term)> {
    let of = |finding: &'a Finding| {
        let terms = finding.decisive.iter().filter_map(|place| finding.terms.get(*place));
        terms.filter(|term| term.distance.is_some()).map(move |term| (finding, term))
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

/// A comparison that holds, in words: `TPP 4992 ≥ 4800 (+4.0 %)`.
fn phrase(term: &Term) -> String {
    let value = term.claimed.as_ref().or(term.measured.as_ref());
    match (value, term.unit.as_str()) {
        (Some(value), "") => format!("{}{}", if value.value == 0.0 { "not " } else { "" }, term.label),
        (Some(value), _) => {
            format!("{} {} {} {} ({})", term.label, number(value.value), sign(term), threshold(term), distance(term))
        }
        (None, _) => format!("{} unknown", term.label),
    }
}

/// One that does not: `TPP 2368, where 2400 is the threshold (-1.3 %)`.
fn missed(term: &Term) -> String {
    let value = term
        .claimed
        .as_ref()
        .or(term.measured.as_ref())
        .map_or_else(|| "unknown".to_owned(), |value| number(value.value));
    format!("{} {value}, where {} is the threshold ({})", term.label, threshold(term), distance(term))
}

fn sign(term: &Term) -> &str {
    match term.comparison.as_str() {
        ">=" => "≥",
        "<=" => "≤",
        other => other,
    }
}

/// A threshold with its unit; that of density is in the legend.
fn threshold(term: &Term) -> String {
    let unit = if term.unit == "GB/s" { " GB/s" } else { "" };
    format!("{}{unit}", number(term.threshold))
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
    let (value, threshold) = if term.unit.is_empty() {
        (
            term.claimed.as_ref().map_or("unknown", |value| yes_or_no(value.value)).to_owned(),
            yes_or_no(term.threshold).to_owned(),
        )
    } else {
        (shown(term), format!("{} {}", sign(term), threshold(term)))
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
    let star = unconfirmed.then(|| "* not read in a document of the maker's, nor in a quotation of one.".to_owned());
    let words =
        "other rules are not in force on that day, not for that destination, or about something else (--explain).";
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
