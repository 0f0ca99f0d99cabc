//! Facts that would change the answer (another figure, another purpose, another day), each tried by judging again.

use serde::Serialize;

use super::evidence::{Figure, Figures};
use super::truth::{Known, Truth};
use super::{Caution, Headline, Question, decide, finding};
use crate::reference::{Reference, Threshold};

/// Something that would change the answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Change {
    /// What would have to be otherwise.
    pub what: Otherwise,
    /// The answer then.
    pub headline: Headline,
}

/// A fact that is otherwise.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// Whether the card is for datacenters.
    ForDatacenters(bool),
    /// A quantity at a threshold, or below it.
    Quantity {
        /// What people call it.
        label: String,
        /// Its unit.
        unit: String,
        /// The threshold.
        threshold: f64,
        /// Whether it reaches the threshold, and does not stay below.
        reaches: bool,
        /// Threshold over what is known, less one.
        distance: f64,
    },
}

impl Otherwise {
    /// What is otherwise, and in which direction.
    fn kind(&self) -> (String, bool) {
        match self {
            Self::ForDatacenters(yes) => (String::new(), *yes),
            Self::Quantity { label, reaches, .. } => (label.clone(), *reaches),
        }
    }

    fn distance(&self) -> f64 {
        match self {
            Self::ForDatacenters(_) => 0.0,
            Self::Quantity { distance, .. } => distance.abs(),
        }
    }
}

/// Since when the answer has been what it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct History {
    /// Its first day.
    pub since: String,
    /// The rules that made it so on that day.
    pub by: Vec<String>,
    /// The answer on the day before.
    pub before: Headline,
}

/// Other facts to name at the most.
const MOST: usize = 3;

/// Facts that would change the answer to `question`, which is `now`, the nearest first, and since when it has been the same. Nothing if there is no verdict.
pub(super) fn what_if(
    now: Headline,
    subject: &finding::Subject<'_>,
    question: &Question<'_>,
    reference: &Reference,
) -> (Vec<Change>, Option<History>) {
    if now == Headline::NoVerdict {
        return (Vec::new(), None);
    }
    let then = |figures: Figures| {
        let subject = finding::Subject { claimed: figures, conflicts: Vec::new(), ..subject.clone() };
        decide(&subject, question, reference).0
    };
    let decided = |headline: Headline| matches!(headline, Headline::Restricted | Headline::NotRestricted);
    let mut changes: Vec<Change> = tries(&subject.claimed, question, reference)
        .into_iter()
        .map(|(what, figures)| Change { what, headline: then(figures) })
        .filter(|change| change.headline != now && decided(change.headline))
        .collect();
    changes.sort_by(|one, other| one.what.distance().total_cmp(&other.what.distance()));
    // What is further in the same direction says nothing more.
    let mut seen: Vec<(String, bool)> = Vec::new();
    changes.retain(|change| {
        let kind = change.what.kind();
        let is_new = !seen.contains(&kind);
        seen.push(kind);
        is_new
    });
    changes.truncate(MOST);
    (changes, history(now, subject, question, reference))
}

/// Figures that are otherwise in one thing.
fn tries(claimed: &Figures, question: &Question<'_>, reference: &Reference) -> Vec<(Otherwise, Figures)> {
    let mut tries = Vec::new();
    let value_of = |name: &str| claimed.get(name).and_then(|figure| figure.known.value());
    if let Some(marketed) = value_of("datacenter") {
        tries.push((Otherwise::ForDatacenters(marketed == 0.0), with(claimed, "datacenter", 1.0 - marketed)));
    }
    for (name, threshold) in thresholds(question, reference) {
        let known = value_of(&name).filter(|value| *value > 0.0).zip(reference.variables.get(&name));
        let Some((value, variable)) = known else { continue };
        // No card is a hundredth of another.
        if threshold < value * 0.01 {
            continue;
        }
        let reaches = threshold > value;
        let new = if reaches { threshold } else { threshold * (1.0 - 1e-9) };
        let mut figures = with(claimed, &name, new);
        // The die stays what it is.
        if let (true, Some(density)) = (name == "tpp", value_of("pd")) {
            figures = with(&figures, "pd", density * new / value);
        }
        let distance = threshold / value - 1.0;
        let (label, unit) = (variable.label.clone(), variable.unit.to_string());
        tries.push((Otherwise::Quantity { label, unit, threshold, reaches, distance }, figures));
    }
    tries
}

/// A warning if the answer, which is `now`, rests on counting a format with all bits that it is held in: TF32 has 32, of which 19 carry information.
pub(super) fn by_payload(
    now: Headline,
    subject: &finding::Subject<'_>,
    question: &Question<'_>,
    reference: &Reference,
) -> Option<Caution> {
    let (card, figure) = (subject.card?, subject.claimed.get("tpp")?);
    let (tpp, payload) = (figure.known.value()?, card.tpp_by_payload(reference)?);
    let density = subject.claimed.get("pd").and_then(|figure| figure.known.value());
    let mut figures = with(&subject.claimed, "tpp", payload);
    if let Some(density) = density {
        figures = with(&figures, "pd", density * payload / tpp);
    }
    let then = decide(&finding::Subject { claimed: figures, ..subject.clone() }, question, reference).0;
    let format = reference.formats.get(figure.format.as_deref()?)?;
    let (bits, carried) = (format.bits, format.payload_bits?);
    let format = format.id.clone();
    (then != now).then_some(Caution::ByPayload { tpp, format, bits, carried, payload, then })
}

fn with(figures: &Figures, name: &str, value: f64) -> Figures {
    let mut figures = figures.clone();
    let figure = Figure { known: Known::Exactly(value), origin: String::new(), unconfirmed: false, format: None };
    figures.insert(name.to_owned(), figure);
    figures
}

/// The thresholds that the controls and letters in force set for single quantities.
fn thresholds(question: &Question<'_>, reference: &Reference) -> Vec<(String, f64)> {
    let mut thresholds = Vec::new();
    let in_force = reference.rules.iter().filter(|rule| {
        rule.kind.decides() && rule.is_in_force(question.date) && rule.reaches(question.destination, question.date)
    });
    for rule in in_force {
        rule.predicate.comparisons(&mut |variables, _, threshold| {
            if let ([name], Threshold::Number(number)) = (variables, threshold) {
                let pair = (name.clone(), number);
                if !thresholds.contains(&pair) {
                    thresholds.push(pair);
                }
            }
        });
    }
    thresholds
}

/// Since when the answer has been `now`: the days on which rules begin or end, backwards from the day asked for.
fn history(
    now: Headline,
    subject: &finding::Subject<'_>,
    question: &Question<'_>,
    reference: &Reference,
) -> Option<History> {
    let days = reference.turning_days().into_iter().rev().filter(|day| *day <= question.date);
    days.filter_map(|since| {
        let before = since.yesterday().ok()?;
        let (headline, ..) = decide(subject, &Question { date: before, ..question.clone() }, reference);
        (headline != now).then(|| {
            let (.., findings) = decide(subject, &Question { date: since, ..question.clone() }, reference);
            let true_then = findings.into_iter().filter(|finding| finding.decides && finding.result == Truth::True);
            History { since: since.to_string(), by: true_then.map(|finding| finding.short).collect(), before: headline }
        })
    })
    .next()
}
