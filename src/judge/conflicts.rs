//! Contradictions: between a record and the card that it is called, a given figure and an established one, a measurement and its claim.

use super::Question;
use super::evidence::{self, Given};
use super::finding::{self, Conflict};
use super::identify::{Match, vendor};
use crate::adapter::Adapter;
use crate::analysis::crosscheck::{CLOCKED, MEMORY_CLOCKED};
use crate::reference::{Card, Reference};

/// Contradictory figures, which no verdict may rest on.
pub(super) fn conflicts(
    subject: &finding::Subject<'_>,
    matched: &Match<'_>,
    question: &Question<'_>,
    reference: &Reference,
) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    if let (Some(card), Some(record)) = (matched.card.filter(|_| !question.named.is_empty()), question.record) {
        conflicts.extend(mistaken(card, &record.adapter, reference));
    }
    if let Some(card) = matched.card {
        conflicts.extend(contradicted(card, question.given));
    }
    conflicts.extend(["tpp", "dram_gbs"].into_iter().filter_map(|name| excess(name, subject, matched, reference)));
    conflicts
}

/// A record of one card under the name of another: its PCI id or its name is that of other cards, or it is of another maker.
fn mistaken(card: &Card, adapter: &Adapter, reference: &Reference) -> Option<Conflict> {
    let id = adapter.pci_id();
    let by_id = reference.with_pci_id(&id);
    let by_name = reference.named(&adapter.name);
    let others = |cards: &[&Card]| !cards.is_empty() && cards.iter().all(|other| other.id != card.id);
    let shared = by_id.iter().any(|other| other.shared_pci.contains(&id));
    let other_vendor = vendor(adapter, reference).is_some_and(|vendor| vendor != card.vendor);
    let is_other = others(&by_name) || others(&by_id) && !shared || other_vendor;
    (!adapter.software && is_other).then(|| Conflict {
        variable: "tpp".to_owned(),
        why: format!("the record is of {} ({id}), not of {}", adapter.name, card.name),
    })
}

/// A figure that the user gives instead of an established one.
fn contradicted(card: &Card, given: Given) -> Vec<Conflict> {
    let differ = |given: Option<f64>, known: Option<f64>| {
        Some((given?, known?)).filter(|(given, known)| (given - known).abs() > known * GIVEN_TOLERANCE)
    };
    let established = |field: &str| card.is_sourced(field);
    let area = differ(given.die_area_mm2, card.applicable_area()).filter(|_| established("applicable_mm2"));
    let io = card.io.as_ref().filter(|io| io.host_gbs.is_some() && established("chip_to_chip_gbs"));
    let io = differ(given.io_gbs, io.map(|io| io.total_gbs));
    let conflict = |variable: &str, (given, known): (f64, f64), unit: &str| Conflict {
        variable: variable.to_owned(),
        why: format!(
            "{given} {unit} was given, and {known} {unit} is established for {}; edit a copy of the base (--reference) instead",
            card.name
        ),
    };
    [area.map(|pair| conflict("pd", pair, "mm²")), io.map(|pair| conflict("io_total_gbs", pair, "GB/s of I/O"))]
        .into_iter()
        .flatten()
        .collect()
}

/// A given figure may differ from an established one by this, relative: rounding.
const GIVEN_TOLERANCE: f64 = 0.01;

/// A measurement beyond its claim, or beyond anything that any card claims.
fn excess(name: &str, subject: &finding::Subject<'_>, matched: &Match<'_>, reference: &Reference) -> Option<Conflict> {
    let value = |figures: &evidence::Figures| figures.get(name).and_then(|figure| figure.known.value());
    let measured = value(&subject.measured)?;
    let (most, claim) = match value(&subject.claimed) {
        Some(claimed) => {
            let most = if name == "dram_gbs" { MEMORY_CLOCKED } else { CLOCKED };
            (most * claimed, format!("{claimed:.0} claimed"))
        }
        None if matched.card.is_none() => {
            let largest = largest(name, reference);
            (ABSURD * largest, format!("{largest:.0}, the most that any card of the base claims"))
        }
        None => return None,
    };
    (measured > most).then(|| Conflict {
        variable: name.to_owned(),
        why: format!("{name} measured as {measured:.0} against {claim}"),
    })
}

/// A measurement this many times the largest claim of any card in the base is a broken measurement, whatever the card.
const ABSURD: f64 = 2.0;

fn largest(name: &str, reference: &Reference) -> f64 {
    let of = |card: &Card| match name {
        "tpp" => card.tpp(reference).map(|(tpp, _)| tpp),
        _ => card.memory.bw_gbs,
    };
    reference.cards.values().filter_map(of).fold(0.0, f64::max)
}
