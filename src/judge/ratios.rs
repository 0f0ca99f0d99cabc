//! Each measured rate beside the reference card's: its claim, and the best published measurement of the same kind of kernel.

use serde::Serialize;

use super::evidence::{claim_of, format_of};
use super::part::Part;
use crate::benchmark::Benchmark;
use crate::record::{Entry, Rates, Record};
use crate::reference::{Card, Published, Reference};

/// The comparison with the reference card.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Comparison {
    /// Id of the reference card.
    pub card: String,
    /// Claimed figures of the card judged, as shares of the reference card's.
    pub claimed: Vec<Ratio>,
    /// Measured figures, as shares of the reference card's claims and of published measurements.
    pub measured: Vec<Ratio>,
}

/// One figure beside the reference card's.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Ratio {
    /// The benchmark, or the key of the claimed figure.
    pub figure: String,
    /// Unit of the figures.
    pub unit: String,
    /// The figure of the subject, of the device as measured.
    pub value: f64,
    /// How many times that the whole card has, where the device is a part of it; shares are of this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole: Option<f64>,
    /// The reference card's claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed: Option<f64>,
    /// Share of that claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of_claimed: Option<f64>,
    /// The best published measurement of the same kind of kernel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<f64>,
    /// Share of that measurement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of_published: Option<f64>,
    /// Source of that measurement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_by: Option<String>,
}

/// Compares a record, of `part` of a card, or a card with the reference card.
pub fn beside(
    record: Option<&Record>,
    part: &Part,
    card: Option<&Card>,
    reference_card: &Card,
    reference: &Reference,
) -> Comparison {
    let measured = record.map(|record| {
        record.entries.iter().filter_map(|entry| ratio(entry, part, reference_card, reference)).collect()
    });
    Comparison {
        card: reference_card.id.clone(),
        claimed: card.map(|card| claims(card, reference_card)).unwrap_or_default(),
        measured: measured.unwrap_or_default(),
    }
}

fn claims(card: &Card, reference_card: &Card) -> Vec<Ratio> {
    let both = |figure: &str, unit: &str, value: Option<f64>, claimed: Option<f64>| {
        let (value, claimed) = (value?, claimed.filter(|claimed| *claimed > 0.0)?);
        Some(Ratio {
            figure: figure.to_owned(),
            unit: unit.to_owned(),
            value,
            whole: None,
            claimed: Some(claimed),
            of_claimed: Some(value / claimed),
            published: None,
            of_published: None,
            published_by: None,
        })
    };
    let rates = card
        .rates
        .iter()
        .filter_map(|(format, rate)| both(format, "TFLOP/s", Some(*rate), reference_card.rates.get(format).copied()));
    let memory = [
        both("memory bandwidth", "GB/s", card.memory.bw_gbs, reference_card.memory.bw_gbs),
        both("memory size", "GB", card.memory.size_gb, reference_card.memory.size_gb),
    ];
    rates.chain(memory.into_iter().flatten()).collect()
}

/// `None` for an entry without a sound rate, or of a kind that cards make no claims about.
fn ratio(entry: &Entry, part: &Part, card: &Card, reference: &Reference) -> Option<Ratio> {
    let rates = entry.rates.filter(|_| entry.is_sound())?;
    let benchmark = entry.benchmark()?;
    let (value, unit, claimed) = match rates {
        Rates::Ops(rate) => {
            format_of(benchmark, reference)?;
            (rate.best.get() * 1e-12, "TFLOP/s", claim_of(benchmark, card))
        }
        Rates::Bytes(rate) if benchmark.is_device_memory() => (rate.best.get() * 1e-9, "GB/s", card.memory.bw_gbs),
        _ => return None,
    };
    let share = if benchmark.is_device_memory() { part.memory } else { part.rates };
    let whole = value / share;
    let published = published(benchmark, card, claimed, reference);
    Some(Ratio {
        figure: entry.id.clone(),
        unit: unit.to_owned(),
        value,
        whole: (share < 1.0).then_some(1.0 / share),
        claimed,
        of_claimed: claimed.map(|claimed| whole / claimed),
        published: published.map(|row| row.whole(reference)),
        of_published: published.map(|row| whole / row.whole(reference)),
        published_by: published.map(|row| format!("{}, {} ({})", row.card, row.tool, row.source)),
    })
}

/// The best published measurement of the same kind of kernel: register-resident with register-resident, products with products,
/// triad with triad. Of the card itself, or else of one with the same chip and the same claim.
fn published<'a>(
    benchmark: &Benchmark,
    card: &Card,
    claimed: Option<f64>,
    reference: &'a Reference,
) -> Option<&'a Published> {
    let metric = benchmark.published()?;
    let same_claim = |other: &Card| match metric.strip_suffix("_gbs") {
        Some(_) => other.memory.bw_gbs == claimed,
        None => claim_of(benchmark, other) == claimed,
    };
    let comparable = |row: &&Published| {
        row.metric == metric
            && reference
                .cards
                .get(&row.card)
                .is_some_and(|other| other.id == card.id || other.chip == card.chip && same_claim(other))
    };
    let own = |row: &&Published| row.card == card.id;
    let best = |rows: Vec<&'a Published>| {
        rows.into_iter().max_by(|one, other| one.whole(reference).total_cmp(&other.whole(reference)))
    };
    let rows: Vec<&Published> = reference.published.iter().filter(comparable).collect();
    best(rows.iter().copied().filter(own).collect()).or_else(|| best(rows))
}
