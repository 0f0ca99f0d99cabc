//! The card that an adapter is, by PCI id and by name; an unclear match is reported, never guessed.

use serde::Serialize;

use crate::adapter::{Adapter, AdapterKind};
use crate::name::Name;
use crate::reference::{Card, Reference};

/// How sure the match of an adapter to a card is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Named by the user.
    Given,
    /// PCI id and name agree on one card.
    Certain,
    /// One card fits, by PCI id or by its whole name, and nothing speaks against it.
    Likely,
    /// Several cards fit, or one in part.
    Ambiguous,
    /// No card fits.
    None,
}

/// The outcome of matching an adapter.
#[derive(Debug, Clone)]
pub struct Match<'a> {
    /// The card, if one is certain or likely.
    pub card: Option<&'a Card>,
    /// The cards that share what was matched, if the match is ambiguous for that.
    pub variants: Vec<&'a Card>,
    /// How sure that is.
    pub confidence: Confidence,
    /// Why, in words.
    pub because: String,
}

impl<'a> Match<'a> {
    pub(super) const fn of(card: &'a Card, confidence: Confidence, because: String) -> Self {
        Self { card: Some(card), variants: Vec::new(), confidence, because }
    }

    pub(super) const fn no_card(confidence: Confidence, because: String) -> Self {
        Self { card: None, variants: Vec::new(), confidence, because }
    }

    /// One of several cards that cannot be told apart.
    pub(super) fn one_of(variants: Vec<&'a Card>, what: &str) -> Self {
        let names: Vec<String> = variants.iter().map(|card| format!("{} ({})", card.name, card.id)).collect();
        let because = format!("{what} fits several cards, {}; choose with --card", names.join(" or "));
        Self { card: None, variants, confidence: Confidence::Ambiguous, because }
    }
}

/// Matches an adapter to a card of the base.
pub fn identify<'a>(adapter: &Adapter, reference: &'a Reference) -> Match<'a> {
    let id = adapter.pci_id();
    let by_id = reference.with_pci_id(&id);
    let of_vendor = vendor(adapter, reference);
    let is_of_vendor = |card: &&Card| of_vendor.is_none_or(|vendor| card.vendor == vendor);
    let by_name: Vec<&Card> = reference.named(&adapter.name).into_iter().filter(is_of_vendor).collect();
    // A card without known ids may be one that shares another's.
    let is_shared = by_id.iter().any(|card| card.shared_pci.contains(&id));
    let fits = |card: &&Card| card.pci.contains(&id) || is_shared && card.pci.is_empty();
    let both = of_size(by_name.iter().copied().filter(fits).collect(), adapter);
    match (&by_id[..], &both[..]) {
        ([], _) => named_only(by_name, adapter, of_vendor, &id),
        (_, [card]) => {
            Match::of(card, Confidence::Certain, format!("PCI id {id} and the name are those of {}", card.name))
        }
        ([_, ..], [_, _, ..]) => Match::one_of(both, &format!("PCI id {id} with the name `{}`", adapter.name)),
        // Some drivers know no name.
        ([card], []) if says_nothing(&adapter.name) && !card.shared_pci.contains(&id) => {
            Match::of(card, Confidence::Likely, format!("PCI id {id} is that of {}", card.name))
        }
        ([_, _, ..], []) if says_nothing(&adapter.name) => Match::one_of(by_id, &format!("PCI id {id}")),
        ([..], []) => {
            let names: Vec<&str> = by_id.iter().map(|card| card.name.as_str()).collect();
            let because =
                format!("PCI id {id} is that of {}, but the name `{}` is not", names.join(" and "), adapter.name);
            Match::no_card(Confidence::Ambiguous, because)
        }
    }
}

/// The `cards` whose memory matches the adapter's, if it reports that and any matches.
fn of_size<'a>(cards: Vec<&'a Card>, adapter: &Adapter) -> Vec<&'a Card> {
    /// A driver keeps some for itself, and a gigabyte is not always a billion bytes.
    const TOLERANCE: f64 = 0.15;
    let is_about = |card: &Card| {
        let (heap, size) = (adapter.memory?.heap_gb(), card.memory.size_gb?);
        Some((heap / size - 1.0).abs() < TOLERANCE)
    };
    let fitting: Vec<&Card> = cards.iter().copied().filter(|card| is_about(card) == Some(true)).collect();
    if fitting.is_empty() || adapter.kind != AdapterKind::Discrete { cards } else { fitting }
}

/// Whether a name tells no product from others.
fn says_nothing(name: &str) -> bool {
    Name::readings(name).is_empty()
}

/// The match by whole name, when no PCI id fits.
fn named_only<'a>(by_name: Vec<&'a Card>, adapter: &Adapter, vendor: Option<&str>, id: &str) -> Match<'a> {
    // The base lists a card's ids, and the device has another: a variant of it at best.
    let (other, open): (Vec<&Card>, Vec<&Card>) =
        by_name.into_iter().partition(|card| !card.pci.is_empty() && vendor.is_some());
    match open[..] {
        [] if !other.is_empty() => {
            let each: Vec<String> =
                other.iter().map(|card| format!("{} ({})", card.name, card.pci.join(", "))).collect();
            let because = format!("the name is that of {}, whose PCI ids are others than {id}", each.join(" and "));
            Match::no_card(Confidence::Ambiguous, because)
        }
        [card] => Match::of(card, Confidence::Likely, format!("the name is that of {} ({id})", card.name)),
        [] => {
            let because = format!("no card of the base has the name `{}` or PCI id {id}", adapter.name);
            Match::no_card(Confidence::None, because)
        }
        _ => Match::one_of(open, &format!("the name `{}`", adapter.name)),
    }
}

/// The maker behind the adapter's PCI vendor id, as the base's cards name it.
pub fn vendor<'a>(adapter: &Adapter, reference: &'a Reference) -> Option<&'a str> {
    let prefix = format!("{:04x}:", adapter.vendor_id);
    let made = |card: &&Card| card.pci.iter().any(|id| id.starts_with(&prefix));
    reference.cards.values().find(made).map(|card| card.vendor.as_str())
}
