//! How many cards equal a fleet of others, measure by measure, and what that costs.

use serde::Serialize;

use crate::reference::Card;

/// A number of cards of one kind.
#[derive(Debug, Clone, Copy)]
pub struct Fleet<'a> {
    /// How many.
    pub count: f64,
    /// The card.
    pub card: &'a Card,
}

/// A price of one card.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Price {
    /// Amount.
    pub amount: f64,
    /// Currency, as the user wrote it.
    pub currency: String,
}

/// How many cards equal a fleet.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Equivalence {
    /// Id of the card counted.
    pub card: String,
    /// Size of the fleet.
    pub fleet: f64,
    /// Id of the fleet's card.
    pub fleet_card: String,
    /// One row for each measure that both cards claim.
    pub measures: Vec<Measure>,
}

/// The count by one measure.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Measure {
    /// What is compared.
    pub measure: String,
    /// The card's figure, in TFLOP/s, GB/s or GB.
    pub value: f64,
    /// The fleet card's figure.
    pub fleet_value: f64,
    /// Cards that equal the fleet, rounded up.
    pub cards: f64,
    /// Cards for one of the fleet's, not rounded.
    pub per_card: f64,
    /// Price of what equals one card of the fleet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_per_card: Option<Price>,
    /// Price of what equals the fleet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Price>,
}

/// The best claimed rate among `formats`.
fn best(card: &Card, formats: &[&str]) -> Option<f64> {
    formats.iter().filter_map(|format| card.rates.get(*format)).copied().reduce(f64::max)
}

type Read = fn(&Card) -> Option<f64>;

/// Figures that fleets are compared by. f16 counts on matrix units in either of the 16-bit formats.
const MEASURES: [(&str, Read); 6] = [
    ("FP16/BF16 matrix", |card| best(card, &["fp16_mx_acc16", "fp16_mx_acc32", "bf16_mx"])),
    ("FP32", |card| best(card, &["fp32"])),
    ("FP64", |card| best(card, &["fp64"])),
    ("FP64 matrix", |card| best(card, &["fp64_mx", "fp64"])),
    ("memory bandwidth", |card| card.memory.bw_gbs),
    ("memory size", |card| card.memory.size_gb),
];

/// How many of `card` equal `fleet`.
pub fn equivalence(card: &Card, fleet: Fleet<'_>, price: Option<&Price>) -> Equivalence {
    let row = |(measure, read): (&str, Read)| {
        let (value, fleet_value) = (read(card).filter(|value| *value > 0.0)?, read(fleet.card)?);
        let per_card = fleet_value / value;
        // A hair's breadth of rounding must not cost a card: 3 times a third is 1.
        let cards = (fleet.count * per_card - 1e-9).ceil().max(0.0);
        let times =
            |count: f64| price.map(|price| Price { amount: price.amount * count, currency: price.currency.clone() });
        Some(Measure {
            measure: measure.to_owned(),
            value,
            fleet_value,
            cards,
            per_card,
            cost_per_card: times(per_card),
            cost: times(cards),
        })
    };
    Equivalence {
        card: card.id.clone(),
        fleet: fleet.count,
        fleet_card: fleet.card.id.clone(),
        measures: MEASURES.into_iter().filter_map(row).collect(),
    }
}
