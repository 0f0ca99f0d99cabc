//! The table of the rules that an answer rests on: a row for each comparison that decides one.

use super::reasons::{distance, grounds, sign, threshold};
use crate::judge::{Conclusion, Finding, Term, Truth, Value, Verdict};
use crate::report::layout::number;

/// The columns of the table of rules.
pub(in crate::report) const COLUMNS: [&str; 7] =
    ["rule", "in force since", "quantity", "value", "threshold", "distance", "result"];

/// The rules in force for the destination, a row for each comparison that decides it.
pub(in crate::report) fn rows(verdict: &Verdict) -> Vec<[String; 7]> {
    verdict.findings.iter().filter(|finding| is_shown(finding)).flat_map(rows_of).collect()
}

fn is_shown(finding: &Finding) -> bool {
    finding.decides && finding.outcome != Conclusion::NotApplicable
}

fn rows_of(finding: &Finding) -> Vec<[String; 7]> {
    let since = finding.in_force_since.clone().unwrap_or_default();
    let result = match (finding.outcome, finding.result) {
        (Conclusion::DataConflict, _) => "conflict",
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

/// What the table leaves out, and what its star means.
pub(in crate::report) fn others(verdict: &Verdict) -> impl Iterator<Item = String> {
    let (beside, rest): (Vec<&Finding>, Vec<&Finding>) =
        verdict.findings.iter().filter(|finding| !is_shown(finding)).partition(|finding| {
            finding.applies && finding.outcome != Conclusion::NotApplicable && finding.result == Truth::True
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
