//! The judge: how the rules of a date apply to a card. Pure functions over a record, the reference base and a date.
//!
//! A [`Question`] says what is asked: of a card that somebody names, of the device of a record, or of both; for which day and
//! destination. [`judge`] answers with a [`Verdict`]: its [`Headline`], one [`Finding`] for each rule, in force or not, and what would change the
//! answer. The maker's claim decides where the card is known. A measurement is a lower bound, so it can prove that a threshold is
//! exceeded and never that it is not.
//!
//! ```
//! use gpu_assay::judge::{Given, Headline, Question, judge};
//! use gpu_assay::reference::Reference;
//! use gpu_assay::report::{explanation, verdict};
//!
//! let reference = Reference::embedded();
//! let asked = |card: &str, date: &str| -> Result<_, Box<dyn std::error::Error>> {
//!     let question = Question {
//!         // Several cards may share a name: then each is judged.
//!         named: reference.named(card),
//!         called: Some(card),
//!         record: None,
//!         given: Given::default(),
//!         date: date.parse()?,
//!         destination: reference.destination("China").ok_or("no such destination")?,
//!         reference_card: &reference.cards[&reference.policy.reference_card],
//!         what_if: true,
//!     };
//!     Ok(judge(&question, &reference))
//! };
//!
//! let before = asked("A800 SXM4", "2023-01-01")?;
//! assert_eq!(before.headline, Headline::NotRestricted);
//! println!("{}", verdict(&before));
//!
//! let after = asked("A800 SXM4", "2024-01-01")?;
//! assert_eq!(after.headline, Headline::Restricted);
//! assert!(after.findings.iter().any(|finding| finding.decides && finding.rule == "us-3a090a-2023"));
//! println!("{}", explanation(&after));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod conflicts;
mod equivalence;
mod evidence;
mod finding;

mod grounds;
mod identify;
mod part;
mod ratios;
mod truth;
mod variants;
mod warnings;
mod what_if;

use jiff::civil::Date;
use serde::Serialize;

pub use equivalence::{Equivalence, Fleet, Measure, Price, equivalence};
use evidence::claimed;
pub use evidence::{Given, claim, claimed_rate, format_of};
pub use finding::{BreakEven, Conclusion, Finding, Term, Value};

pub use identify::{Confidence, Match, identify, vendor};
pub use part::Part;
pub use ratios::{Comparison, Ratio, beside};
pub use truth::{Known, Truth, evaluate};
pub use variants::Variant;
pub use warnings::Caution;
use what_if::what_if;
pub use what_if::{Change, History, Otherwise};

use crate::adapter::Adapter;
use crate::analysis::{crosscheck, gaps};
use crate::benchmark::Benchmark;
use crate::record::{Gap, Note, Record};
use crate::reference::{Card, Destination, Reference};

/// The answer to the question asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Headline {
    /// A rule in force is true.
    #[serde(rename = "restricted")]
    Restricted,
    /// None is true or unknown.
    #[serde(rename = "not restricted")]
    NotRestricted,
    /// None is true, one is unknown.
    #[serde(rename = "undecided")]
    Undecided,
    /// There is no verdict, for the reason given.
    #[serde(rename = "none")]
    NoVerdict,
}

impl std::fmt::Display for Headline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Restricted => "restricted",
            Self::NotRestricted => "not restricted",
            Self::Undecided => "undecided",
            Self::NoVerdict => "no verdict",
        })
    }
}

/// A verdict with its reasons.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Verdict {
    /// The date asked for.
    pub as_of: String,
    /// The destination asked for.
    pub destination: String,
    /// The day through which the rule data were confirmed.
    pub confirmed_through: String,
    /// The answer.
    pub headline: Headline,
    /// Why, in a sentence.
    pub reason: String,
    /// What would change it, the nearest first; empty where that was not asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// Since when it has been the same; absent where it always was, or where that was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
    /// What the reader should know.
    pub warnings: Vec<Note>,
    /// What was judged.
    pub subject: SubjectSummary,
    /// What each of the cards is that the subject may be, where it may be several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
    /// Total processing performance.
    pub tpp: Sides,
    /// Performance density, per mm².
    pub pd: Sides,
    /// One for every rule, in force or not.
    pub findings: Vec<Finding>,
    /// The comparison with the reference card.
    pub a100: Comparison,
    /// What each measured product reaches of its peak, and that of the claim.
    pub gaps: Vec<Gap>,
}

/// What was judged.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SubjectSummary {
    /// Id of the card; null where none is certain or likely.
    pub card: Option<String>,
    /// Name of the card or adapter.
    pub name: String,
    /// How sure the match is.
    #[serde(rename = "match")]
    pub confidence: Confidence,
    /// Why.
    pub because: String,
    /// Whether the record is a software renderer's.
    pub software: bool,
    /// What the device is, where it is a part of the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

/// Both sides of a variable.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Sides {
    /// By the maker's claim, or given.
    pub claimed: Option<Value>,
    /// As measured: a lower bound.
    pub measured: Option<Value>,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The cards that the user's name may mean; none where none was named.
    pub named: Vec<&'a Card>,
    /// That name.
    pub called: Option<&'a str>,
    /// The record.
    pub record: Option<&'a Record>,
    /// What the user gives.
    pub given: Given,
    /// The date.
    pub date: Date,
    /// The destination.
    pub destination: &'a Destination,
    /// The card to compare with.
    pub reference_card: &'a Card,
    /// Whether to look for what would change the answer, which takes as long as some tens of verdicts.
    pub what_if: bool,
}

/// Judges a card, a record, or both. If several cards share the name, each is judged, and one answer is given if they agree.
pub fn judge(question: &Question<'_>, reference: &Reference) -> Verdict {
    let edited = question.record.and_then(Record::edited).map(|words| Caution::Edited(words).into());
    let examined = question.record.map(examined);
    let question = &Question { record: examined.as_ref(), ..question.clone() };
    let matched = subject_match(question, reference);
    let alone = Question { what_if: question.what_if && matched.variants.is_empty(), ..question.clone() };
    let mut verdict = judge_match(&matched, &alone, reference);
    verdict.warnings.splice(0..0, edited);
    if matched.variants.is_empty() {
        verdict
    } else {
        variants::among(verdict, &matched.variants, |card| {
            let because = matched.because.clone();
            judge_match(&Match::of(card, Confidence::Ambiguous, because), &alone, reference)
        })
    }
}

/// The verdict on the one card, or none, of `matched`.
fn judge_match(matched: &Match<'_>, question: &Question<'_>, reference: &Reference) -> Verdict {
    let adapter = question.record.map(|record| &record.adapter);
    let part = Part::of(matched.card, adapter, question.given.devices);
    let subject = subject(matched, &part, question, reference);
    let (headline, reason, findings) = decide(&subject, question, reference);
    let (changes, history) =
        if question.what_if { what_if(headline, &subject, question, reference) } else { Default::default() };
    let of_maker = |peak: &Benchmark| claim(peak, matched.card?, &part);
    let side = |name: &str| Sides {
        claimed: subject.claimed.get(name).and_then(Value::of),
        measured: subject.measured.get(name).and_then(Value::of),
    };
    Verdict {
        as_of: question.date.to_string(),
        destination: question.destination.name.clone(),
        confirmed_through: reference.policy.last_confirmed.to_string(),
        headline,
        reason,
        changes,
        history,
        warnings: warnings::warnings(question, reference, &subject, &part)
            .into_iter()
            .chain(what_if::by_payload(headline, &subject, question, reference).map(Note::from))
            .collect(),
        variants: Vec::new(),
        tpp: side("tpp"),
        pd: side("pd"),
        findings,
        a100: beside(question.record, &part, matched.card, question.reference_card, reference),
        gaps: question
            .record
            .map(|record| gaps(record, &of_maker, &|entry| entry.telemetry.as_ref()?.core_hz_of_best()))
            .unwrap_or_default(),
        subject: SubjectSummary {
            card: matched.card.map(|card| card.id.clone()),
            name: name(matched, question),
            confidence: matched.confidence,
            because: matched.because.clone(),
            software: adapter.is_some_and(|adapter| adapter.software),
            device: part.words.clone().filter(|_| adapter.is_some()),
        },
    }
}

/// What to call the subject.
fn name(matched: &Match<'_>, question: &Question<'_>) -> String {
    let of_card = matched.card.map(|card| card.name.as_str()).or(question.called);
    of_card.or(question.record.map(|record| record.adapter.name.as_str())).unwrap_or_default().to_owned()
}

/// What is known of the card of `matched` and of the record.
fn subject<'a>(
    matched: &Match<'a>,
    part: &Part,
    question: &Question<'_>,
    reference: &'a Reference,
) -> finding::Subject<'a> {
    let figures = |divisor: f64| {
        let measured = |record| evidence::measured(record, matched.card, question.given, part, reference, divisor);
        question.record.filter(|record| !record.adapter.software).map(measured).unwrap_or_default()
    };
    let of_adapter = question.record.and_then(|record| vendor(&record.adapter, reference));
    let mut subject = finding::Subject {
        claimed: claimed(matched.card, question.given, reference),
        measured: figures(1.0),
        measured_at_rated_clock: figures(reference.policy.boost_headroom),
        card: matched.card,
        vendor: matched.card.map(|card| card.vendor.as_str()).or(of_adapter),
        conflicts: Vec::new(),
    };
    subject.conflicts = conflicts::conflicts(&subject, matched, question, reference);
    subject
}

/// What every rule makes of `subject`, and the answer.
fn decide(
    subject: &finding::Subject<'_>,
    question: &Question<'_>,
    reference: &Reference,
) -> (Headline, String, Vec<Finding>) {
    let find = |rule| finding::find(rule, subject, reference, question.destination, question.date);
    let findings: Vec<Finding> = reference.rules.iter().map(find).collect();
    let (headline, reason) = headline(&findings, subject, question.record.map(|record| &record.adapter));
    (headline, reason, findings)
}

/// The record with what no card can do marked, whoever wrote it.
fn examined(record: &Record) -> Record {
    let mut examined = record.clone();
    crosscheck::examine(&mut examined.entries, record.adapter.software, &|_| None);
    examined
}

fn subject_match<'a>(question: &Question<'a>, reference: &'a Reference) -> Match<'a> {
    match (&question.named[..], question.record) {
        ([card], _) => Match::of(card, Confidence::Given, "named by the user".to_owned()),
        ([_, ..], record) => {
            // A record may tell which of them it is.
            let seen = record.and_then(|record| identify(&record.adapter, reference).card);
            match seen.filter(|card| question.named.iter().any(|named| named.id == card.id)) {
                Some(card) => Match::of(
                    card,
                    Confidence::Given,
                    "named by the user, and told from others by the record".to_owned(),
                ),
                None => Match::one_of(question.named.clone(), "the name"),
            }
        }
        ([], Some(record)) if record.adapter.software => {
            Match::no_card(Confidence::None, format!("{} is a software renderer, not a card", record.adapter.name))
        }
        ([], Some(record)) => identify(&record.adapter, reference),
        ([], None) => Match::no_card(Confidence::None, "nothing was named".to_owned()),
    }
}

fn headline(findings: &[Finding], subject: &finding::Subject<'_>, adapter: Option<&Adapter>) -> (Headline, String) {
    if adapter.is_some_and(|adapter| adapter.software) {
        let reason = "a software renderer is not a card: what it measures is the processor, and no rule is about that";
        return (Headline::NoVerdict, reason.to_owned());
    }
    if !subject.conflicts.is_empty() {
        let why: Vec<&str> = subject.conflicts.iter().map(|conflict| conflict.why.as_str()).collect();
        return (Headline::NoVerdict, format!("data conflict: {}; no verdict rests on such data", why.join("; ")));
    }
    if let Some(conflict) =
        findings.iter().find(|finding| finding.decides && finding.outcome == Conclusion::DataConflict)
    {
        return (Headline::NoVerdict, format!("data conflict: {}: {}", conflict.title, conflict.reason));
    }
    let deciding = |truth: Truth| findings.iter().filter(move |finding| finding.decides && finding.result == truth);
    let satisfied: Vec<String> = deciding(Truth::True).map(Finding::title_with_exceptions).collect();
    if !satisfied.is_empty() {
        return (Headline::Restricted, satisfied.join("; "));
    }
    match deciding(Truth::Unknown).next() {
        Some(unknown) => (Headline::Undecided, format!("{}: {}", unknown.title, unknown.reason)),
        None => (Headline::NotRestricted, "no rule in force for this destination is satisfied".to_owned()),
    }
}
