//! Why the answer is what it is, in a line or in a few words.

use crate::judge::{Finding, Headline, Term, Truth, Variant, Verdict};
use crate::report::layout::number;
use crate::report::text::plain;

/// The reason, with the figures that it rests on.
pub(in crate::report) fn why(verdict: &Verdict) -> String {
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
pub(in crate::report) fn briefly(verdict: &Verdict) -> String {
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

/// Whether cards of one name have different answers.
pub(super) fn differ(variants: &[Variant]) -> bool {
    variants.iter().any(|variant| variant.headline != variants[0].headline)
}

/// The findings that the answer rests on, of one result.
pub(super) fn deciding(verdict: &Verdict, truth: Truth) -> impl Iterator<Item = &Finding> {
    verdict.findings.iter().filter(move |finding| finding.decides && finding.result == truth)
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
pub(super) fn grounds(finding: &Finding) -> Vec<&Term> {
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

pub(super) fn sign(term: &Term) -> &str {
    match term.comparison.as_str() {
        ">=" => "≥",
        "<=" => "≤",
        other => other,
    }
}

/// A threshold with its unit; that of density is in the legend.
pub(super) fn threshold(term: &Term) -> String {
    let unit = if term.unit == "GB/s" { " GB/s" } else { "" };
    format!("{}{unit}", number(term.threshold))
}

pub(super) fn distance(term: &Term) -> String {
    term.distance.map(|distance| format!("{:+.1} %", 100.0 * distance)).unwrap_or_default()
}
