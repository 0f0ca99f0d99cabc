//! What is done with an untrusted record; shared with the fuzz target.

use std::sync::OnceLock;

use gpu_assay::analysis::comparison::{compare_records, other_conditions};
use gpu_assay::judge::{Given, Question, judge};
use gpu_assay::record::Record;
use gpu_assay::reference::Reference;
use gpu_assay::report::{FORMATS, html, line};

fn reference() -> &'static Reference {
    static REFERENCE: OnceLock<Reference> = OnceLock::new();
    REFERENCE.get_or_init(Reference::embedded)
}

/// Judges the record, shows it in every form, and compares it with itself.
///
/// # Panics
/// Panics if something reaches the reader that a terminal would act on.
pub(crate) fn use_up(record: &Record) {
    let reference = reference();
    let policy = &reference.policy;
    let question = Question {
        named: Vec::new(),
        called: None,
        record: Some(record),
        given: Given::default(),
        date: jiff::civil::date(2026, 9, 1),
        destination: reference.destination(&policy.default_destination).expect("the base has it"),
        reference_card: reference.cards.get(&policy.reference_card).expect("the base has it"),
        what_if: true,
    };
    let verdict = judge(&question, reference);
    let mut shown = vec![serde_json::to_string(&verdict).expect("a verdict is JSON")];
    shown.extend(FORMATS.map(|format| format.render(record, &verdict)));
    shown.extend(record.entries.iter().map(line));
    for text in shown {
        let acts = text.chars().find(|c| c.is_control() && *c != '\n');
        assert!(acts.is_none(), "{acts:?} reaches the reader");
    }
    let page = html::page(&[(record, &verdict)], &[], reference);
    assert!(!page.contains("<script") && !page.contains("<img"), "an element came of a record's text");
    let row = html::GalleryRow::of(record, &verdict, "an untrusted one".to_owned(), None);
    assert_eq!(html::gallery(&[row], &[]).matches("<script").count(), 1, "the index has its own script only");
    let pairs = compare_records(record, record, 0.01);
    assert!(pairs.len() <= record.entries.len(), "no more pairs than entries");
    assert_eq!(other_conditions(record, record), Vec::<String>::new(), "a record differs from itself");
}
