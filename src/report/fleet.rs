//! Many answers in one table: how many cards equal a fleet, every card of the base, an inventory, one card at many times and places.

use jiff::civil::Date;
use serde::Serialize;

use super::layout::{number, number_or_unknown, right, table, trimmed, wrapped};
use super::text::plain;
use super::verdict::{DISCLAIMER, LEGEND, briefly};
use crate::judge::{Equivalence, Headline, Price, Value, Verdict};

/// How many cards equal a fleet.
pub fn equivalence(equivalence: &Equivalence) -> String {
    let mut table = table();
    table.set_header([
        "by",
        "this card",
        "the other",
        "cards for one",
        "cards for the fleet",
        "cost for one",
        "cost of the fleet",
    ]);
    for row in &equivalence.measures {
        let cost = |price: &Option<Price>| {
            price.as_ref().map(|price| format!("{:.0} {}", price.amount, price.currency)).unwrap_or_default()
        };
        table.add_row([
            row.measure.clone(),
            number(row.value),
            number(row.fleet_value),
            format!("{:.2}", row.per_card),
            format!("{:.0}", row.cards),
            cost(&row.cost_per_card),
            cost(&row.cost),
        ]);
    }
    format!(
        "How many {} equal {} × {}, by claimed figures:\n{}",
        equivalence.card,
        number(equivalence.fleet),
        equivalence.fleet_card,
        trimmed(&table)
    )
}

/// Many verdicts in one table.
pub fn verdict_table(verdicts: impl IntoIterator<Item = Verdict>) -> String {
    let mut table = table();
    table.set_header(["card", "TPP", "density", "answer", "why"]);
    let value = |side: &Option<Value>| number_or_unknown(side.as_ref().map(|value| value.value));
    let mut footer = String::new();
    for verdict in verdicts {
        let name = verdict.subject.card.clone().unwrap_or_default();
        let (tpp, density) = (value(&verdict.tpp.claimed), value(&verdict.pd.claimed));
        table.add_row([name, tpp, density, verdict.headline.to_string(), briefly(&verdict)]);
        let Verdict { destination, as_of, confirmed_through, .. } = verdict;
        footer = format!("For {destination} on {as_of}; rule data confirmed through {confirmed_through}.");
    }
    right(&mut table, &[1, 2]);
    format!("{}\n\n{footer}\n{}\n{DISCLAIMER}", trimmed(&table), wrapped(LEGEND))
}

/// The lines of an inventory, and their sum.
#[derive(Debug, Serialize)]
pub struct Inventory {
    /// One for each line.
    pub rows: Vec<InventoryRow>,
    /// Destination and date asked for.
    destination: String,
    as_of: String,
    /// Cards of all lines.
    cards: u64,
    /// Cards of each answer.
    restricted: u64,
    not_restricted: u64,
    undecided: u64,
    /// Cards of names that no card of the base has.
    pub unknown: u64,
    /// TPP of all cards whose TPP is known.
    tpp: f64,
    /// Cards whose TPP is not known.
    without_tpp: u64,
}

/// One line of an inventory.
#[derive(Debug, Serialize)]
pub struct InventoryRow {
    line: u64,
    name: String,
    count: u64,
    /// Id of the card; of each card where several share the name.
    cards: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headline: Option<Headline>,
    why: String,
    /// TPP of one card; where several share the name, none is said unless they agree.
    #[serde(skip_serializing_if = "Option::is_none")]
    tpp: Option<f64>,
}

impl InventoryRow {
    /// Of a line with `count` cards called `name`, its verdict, or why there is none.
    pub fn of(line: u64, name: &str, count: u64, answer: Result<&Verdict, &String>) -> Self {
        let known = answer.ok();
        Self {
            line,
            name: name.to_owned(),
            count,
            cards: known.map(cards_of).unwrap_or_default(),
            headline: known.map(|verdict| verdict.headline),
            why: answer.map_or_else(String::clone, briefly),
            tpp: known.and_then(tpp_of),
        }
    }
}

/// The card of a verdict, or those that it may be.
fn cards_of(verdict: &Verdict) -> Vec<String> {
    let variants = || verdict.variants.iter().map(|variant| variant.card.clone()).collect();
    verdict.subject.card.clone().map_or_else(variants, |id| vec![id])
}

/// The TPP of the card of a verdict; of several that it may be where they agree.
fn tpp_of(verdict: &Verdict) -> Option<f64> {
    let of_variants = || {
        let mut each = verdict.variants.iter().map(|variant| variant.tpp.as_ref().map(|tpp| tpp.value));
        let first = each.next()??;
        each.all(|other| other.is_some_and(|other| other.total_cmp(&first).is_eq())).then_some(first)
    };
    verdict.tpp.claimed.as_ref().map(|tpp| tpp.value).or_else(of_variants)
}

impl Inventory {
    /// The sums of `rows`, for the destination and date of a question.
    pub fn of(rows: Vec<InventoryRow>, destination: &str, as_of: Date) -> Self {
        let count =
            |wanted: &dyn Fn(&InventoryRow) -> bool| rows.iter().filter(|row| wanted(row)).map(|row| row.count).sum();
        let of = |headline: Headline| count(&|row| row.headline == Some(headline));
        #[expect(clippy::cast_precision_loss, reason = "numbers of cards")]
        let tpp = rows.iter().filter_map(|row| Some(row.tpp? * row.count as f64)).fold(0.0, |sum, tpp| sum + tpp);
        Self {
            destination: destination.to_owned(),
            as_of: as_of.to_string(),
            cards: count(&|_| true),
            restricted: of(Headline::Restricted),
            not_restricted: of(Headline::NotRestricted),
            undecided: of(Headline::Undecided) + of(Headline::NoVerdict),
            unknown: count(&|row| row.headline.is_none()),
            tpp,
            without_tpp: count(&|row| row.tpp.is_none()),
            rows,
        }
    }
}

/// The lines of an inventory, and their sum, as text.
pub fn inventory(inventory: &Inventory) -> String {
    let mut rows = table();
    rows.set_header(["line", "name", "count", "card", "TPP", "answer", "why"]);
    for row in &inventory.rows {
        rows.add_row([
            row.line.to_string(),
            plain(&row.name),
            row.count.to_string(),
            match &row.cards[..] {
                [] => "?".to_owned(),
                [card] => card.clone(),
                several => format!("one of {}", several.len()),
            },
            number_or_unknown(row.tpp),
            row.headline.map_or_else(|| "not known".to_owned(), |headline| headline.to_string()),
            plain(&row.why),
        ]);
    }
    right(&mut rows, &[0, 2, 4]);
    let Inventory {
        destination, as_of, cards, restricted, not_restricted, undecided, unknown, tpp, without_tpp, ..
    } = inventory;
    let left_out =
        if *without_tpp > 0 { format!(" (without {without_tpp} whose TPP is not known)") } else { String::new() };
    let sum = format!(
        "{cards} cards, for {destination} on {as_of}: {restricted} restricted, {not_restricted} not restricted, {undecided} undecided, {unknown} not known; \
         TPP of all {}{left_out}",
        number(*tpp)
    );
    format!("{}\n\n{}\n{}\n{}", trimmed(&rows), wrapped(&sum), wrapped(LEGEND), DISCLAIMER)
}
