//! The facts beside a verdict's table: why, what it means, what would change it, and what is not confirmed.

use super::reasons::{deciding, differ, why};
use crate::judge::{Change, Conclusion, Finding, Headline, Otherwise, Truth, Verdict};
use crate::reference::RuleKind;
use crate::report::layout::number;
use crate::report::text::plain;

/// Names of facts with their values, each in a line or more.
pub(in crate::report) fn facts_of(verdict: &Verdict) -> Vec<(&'static str, String)> {
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
    facts.extend(verdict.warnings.iter().map(|warning| ("Warning", plain(warning.words()))));
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
                Some(whom) => format!("except for {whom}; who buys is not looked at here"),
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

/// Unconfirmed parts of the rules that decide.
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

/// A note if a measurement is over a threshold that the claim is under.
fn above_the_claim(verdict: &Verdict) -> Vec<String> {
    let over = |finding: &&Finding| finding.decides && finding.outcome == Conclusion::UnderByDatasheetClockAboveRated;
    let words = |finding: &Finding| format!("{}: {}", finding.short, finding.reason);
    verdict.findings.iter().filter(over).map(words).collect()
}

/// The facts that would change the answer, or that no single fact would.
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

/// The fact that would decide an open question.
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
        .all(|finding| finding.outcome == Conclusion::NeedsDieArea)
        .then(|| format!("restricted up to {largest} mm² of it, not restricted above"))
}
