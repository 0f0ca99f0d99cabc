//! Warnings beside a verdict.

use jiff::civil::Date;

use super::{Part, Question, evidence, finding};
use crate::adapter::AdapterKind;
use crate::record::{Record, UNFINISHED};
use crate::reference::{Market, Reference};

/// Warnings for the reader of a verdict.
pub(super) fn warnings(
    question: &Question<'_>,
    reference: &Reference,
    subject: &finding::Subject<'_>,
    part: &Part,
) -> Vec<String> {
    let mut warnings = stale(question.date, reference);
    if question.record.is_some_and(|record| record.synthetic) {
        warnings.push("the record is synthetic: it was written by hand, nothing was measured".to_owned());
    }
    warnings.extend(question.record.filter(|record| is_unfinished(record)).map(|_| UNFINISHED.to_owned()));
    warnings.extend(question.record.and_then(|record| evidence::left_out(record, reference)));
    warnings.extend(question.record.and_then(|record| unseen(record, subject)));
    warnings.extend(question.record.and_then(|record| perhaps_a_part(record, subject, part)));
    warnings
}

/// A warning that the rules were last confirmed long before `date`, with what was pending then.
fn stale(date: Date, reference: &Reference) -> Vec<String> {
    let policy = &reference.policy;
    let confirmed = policy.last_confirmed;
    let days = confirmed.until((jiff::Unit::Day, date)).map_or(0, |span| span.get_days());
    if days <= policy.stale_after_days {
        return Vec::new();
    }
    let pending = if policy.pending.is_empty() {
        String::new()
    } else {
        format!("; pending then: {}", policy.pending.join("; "))
    };
    vec![format!("the rule data were confirmed through {confirmed}, {days} days before {date}{pending}")]
}

/// A device with far less memory than its card is hardly the whole of it.
fn perhaps_a_part(record: &Record, subject: &finding::Subject<'_>, part: &Part) -> Option<String> {
    const CLEARLY_LESS: f64 = 0.6;
    let card = subject.card.filter(|_| part.words.is_none())?;
    let (heap, size) = (record.adapter.memory?.heap_gb(), card.memory.size_gb?);
    let is_part =
        record.adapter.kind == AdapterKind::Discrete && card.market != Market::Soc && heap < CLEARLY_LESS * size;
    is_part.then(|| {
        format!(
            "the device has {heap:.0} GB of memory, and {} has {size:.0} GB: it may be a partition or slice, of which figures are a part of the card's \
             (--devices-per-card says how many such devices the card is)",
            card.name
        )
    })
}

fn is_unfinished(record: &Record) -> bool {
    record.warnings.iter().any(|warning| warning == UNFINISHED)
}

/// A warning about the performance that a record cannot show because matrix units were not measured.
fn unseen(record: &Record, subject: &finding::Subject<'_>) -> Option<String> {
    let format = subject.measured.get("tpp")?.format.as_deref()?;
    if format.contains("_mx") {
        return None;
    }
    let skipped = record.entries.iter().filter(|entry| entry.id.contains("/coop/") && !entry.is_sound());
    let absent = if is_unfinished(record) { UNFINISHED } else { "they were not asked for" };
    let why = skipped.filter_map(|entry| entry.reason.as_deref()).next().unwrap_or(absent);
    Some(format!(
        "only vector units were measured (best: {format}), matrix units were not ({why}): of an A100's TPP no more than a quarter is \
         visible that way"
    ))
}
