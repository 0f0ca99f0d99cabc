//! Warnings beside a verdict.

use jiff::civil::Date;
use thiserror::Error;

use super::{Headline, Part, Question, evidence, finding};
use crate::adapter::AdapterKind;
use crate::record::{Entry, Note, Record, Warning};
use crate::reference::{Market, Reference};

/// Something that the reader of a verdict should know. Its text is the sentence.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Caution {
    /// The file is not as it was written, in words.
    #[error("{0}")]
    Edited(&'static str),
    /// The user asked for these rules alone.
    #[error("only {0} was asked for: other rules may give another answer")]
    OnlySomeRules(String),
    /// The rules were last looked at long before.
    #[error("the rule data were confirmed through {confirmed}, {days} days before {date}{}", then(pending))]
    StaleRules {
        /// The day through which they were confirmed.
        confirmed: Date,
        /// Days since then.
        days: i32,
        /// The day asked for.
        date: Date,
        /// What was pending then.
        pending: Vec<String>,
    },
    /// Nothing was measured.
    #[error("the record is synthetic: it was written by hand, nothing was measured")]
    Synthetic,
    /// Entries that are no evidence, with the reasons.
    #[error("{0}")]
    NoEvidence(String),
    /// Matrix units were not measured.
    #[error(
        "only vector units were measured (best: {format}), matrix units were not ({why}): of an A100's TPP no more than a quarter is visible that way"
    )]
    VectorUnitsOnly {
        /// The format that decides what was measured.
        format: String,
        /// Why.
        why: String,
    },
    /// The device has far less memory than its card, both in gigabytes.
    #[error(
        "the device has {heap:.0} GB of memory, and {card} has {size:.0} GB: it may be a partition or slice, of which figures are a part of the card's \
         (--devices-per-card says how many such devices the card is)"
    )]
    PerhapsAPart {
        /// The device's memory.
        heap: f64,
        /// Name of the card.
        card: String,
        /// The card's memory.
        size: f64,
    },
    /// The answer rests on counting a format with all bits that it is held in.
    #[error(
        "TPP {tpp:.0} counts {format} with the {bits} bits it is held in; with the {carried} that it carries TPP is {payload:.0}, and the answer {then}"
    )]
    ByPayload {
        /// TPP with all bits.
        tpp: f64,
        /// The format.
        format: String,
        /// Bits that it is held in.
        bits: f64,
        /// Bits that carry something.
        carried: f64,
        /// TPP with these.
        payload: f64,
        /// The answer then.
        then: Headline,
    },
}

impl Caution {
    /// The word for it in a verdict; it never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Edited(_) => "edited",
            Self::OnlySomeRules(_) => "only_some_rules",
            Self::StaleRules { .. } => "stale_rules",
            Self::Synthetic => "synthetic",
            Self::NoEvidence(_) => "no_evidence",
            Self::VectorUnitsOnly { .. } => "vector_units_only",
            Self::PerhapsAPart { .. } => "perhaps_a_part",
            Self::ByPayload { .. } => "by_payload",
        }
    }
}

impl From<Caution> for Note {
    fn from(caution: Caution) -> Self {
        Self::new(caution.code(), &caution)
    }
}

fn then(pending: &[String]) -> String {
    if pending.is_empty() { String::new() } else { format!("; pending then: {}", pending.join("; ")) }
}

/// Warnings for the reader of a verdict.
pub(super) fn warnings(
    question: &Question<'_>,
    reference: &Reference,
    subject: &finding::Subject<'_>,
    part: &Part,
) -> Vec<Note> {
    let mut warnings: Vec<Note> = stale(question.date, reference).map(Note::from).into_iter().collect();
    let Some(record) = question.record else { return warnings };
    warnings.extend(record.synthetic.then(|| Caution::Synthetic.into()));
    warnings.extend(record.is_unfinished().then(|| Warning::Unfinished.into()));
    let cautions = [
        evidence::left_out(record, reference).map(Caution::NoEvidence),
        unseen(record, subject),
        perhaps_a_part(record, subject, part),
    ];
    warnings.extend(cautions.into_iter().flatten().map(Note::from));
    warnings
}

/// A warning that the rules were last confirmed long before `date`, with what was pending then.
fn stale(date: Date, reference: &Reference) -> Option<Caution> {
    let policy = &reference.policy;
    let confirmed = policy.last_confirmed;
    let days = confirmed.until((jiff::Unit::Day, date)).map_or(0, |span| span.get_days());
    let pending = || policy.pending.clone();
    (days > policy.stale_after_days).then(|| Caution::StaleRules { confirmed, days, date, pending: pending() })
}

/// A device with far less memory than its card is hardly the whole of it.
fn perhaps_a_part(record: &Record, subject: &finding::Subject<'_>, part: &Part) -> Option<Caution> {
    const CLEARLY_LESS: f64 = 0.6;
    let card = subject.card.filter(|_| part.words.is_none())?;
    let (heap, size) = (record.adapter.memory?.heap_gb(), card.memory.size_gb?);
    let is_part =
        record.adapter.kind == AdapterKind::Discrete && card.market != Market::Soc && heap < CLEARLY_LESS * size;
    is_part.then(|| Caution::PerhapsAPart { heap, card: card.name.clone(), size })
}

/// A warning about the performance that a record cannot show because matrix units were not measured.
fn unseen(record: &Record, subject: &finding::Subject<'_>) -> Option<Caution> {
    let format = subject.measured.get("tpp")?.format.as_deref()?;
    if format.contains("_mx") {
        return None;
    }
    let on_matrix_units = |entry: &&Entry| entry.benchmark().is_some_and(|one| one.kind.uses_matrix_units());
    let skipped = record.entries.iter().filter(on_matrix_units).filter(|entry| !entry.is_sound());
    let absent =
        if record.is_unfinished() { Warning::Unfinished.to_string() } else { "they were not asked for".to_owned() };
    let why = skipped.filter_map(|entry| Some(entry.reason.as_ref()?.words().to_owned())).next().unwrap_or(absent);
    Some(Caution::VectorUnitsOnly { format: format.to_owned(), why })
}
