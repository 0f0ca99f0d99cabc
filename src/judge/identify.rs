//! Which card is an adapter? By PCI id and by name; said where it is not clear, never guessed.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::adapter::Adapter;
use crate::reference::{Card, Reference};

/// How sure the match of an adapter to a card is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Named by the user.
    Given,
    /// PCI id and name agree on one card.
    Certain,
    /// One card fits, by PCI id or by its whole name, and nothing speaks against it.
    Likely,
    /// Several cards fit.
    Ambiguous,
    /// No card fits.
    None,
}

/// The outcome of matching an adapter.
#[derive(Debug, Clone)]
pub struct Match<'a> {
    /// The card, where one is certain or likely.
    pub card: Option<&'a Card>,
    /// How sure that is.
    pub confidence: Confidence,
    /// Why, in words.
    pub because: String,
}

/// Matches an adapter to a card of the base.
pub fn identify<'a>(adapter: &Adapter, reference: &'a Reference) -> Match<'a> {
    let id = format!("{:04x}:{:04x}", adapter.vendor_id, adapter.device_id);
    let words = words(&adapter.name);
    let by_id: Vec<&Card> = reference.cards.values().filter(|card| card.pci.contains(&id)).collect();
    let by_name = best_named(&words, reference.cards.values());
    match by_id[..] {
        [] => named_only(&by_name, adapter, vendor(adapter, reference), &id),
        [card] if by_name.iter().any(|named| named.id == card.id) => Match {
            card: Some(card),
            confidence: Confidence::Certain,
            because: format!("PCI id {id} and the name are those of {}", card.name),
        },
        // Drivers leave out what goes without saying: "NVIDIA A10" is the A10 PCIe 24GB.
        [card] if !words.is_empty() && words.is_subset(&self::words(&card.name)) => Match {
            card: Some(card),
            confidence: Confidence::Likely,
            because: format!("PCI id {id} is that of {}", card.name),
        },
        [card] => Match {
            card: None,
            confidence: Confidence::Ambiguous,
            because: format!("PCI id {id} is that of {}, but the name `{}` is not", card.name, adapter.name),
        },
        _ => among(&best_named(&words, by_id.iter().copied()), &by_id, &id),
    }
}

/// No PCI id fits: a whole name may.
fn named_only<'a>(by_name: &[&'a Card], adapter: &Adapter, vendor: Option<&str>, id: &str) -> Match<'a> {
    let of_vendor = |card: &&&Card| vendor.is_none_or(|vendor| card.vendor == vendor);
    let fitting: Vec<&&Card> = by_name.iter().filter(of_vendor).collect();
    match fitting[..] {
        // The base lists this card's ids, and the device has another: a variant of it at best.
        [card] if !card.pci.is_empty() && vendor.is_some() => Match {
            card: None,
            confidence: Confidence::Ambiguous,
            because: format!(
                "the name is that of {}, but its PCI ids are {}, not {id}",
                card.name,
                card.pci.join(", ")
            ),
        },
        [card] => Match {
            card: Some(card),
            confidence: Confidence::Likely,
            because: format!("the name is that of {} ({id})", card.name),
        },
        [] => Match {
            card: None,
            confidence: Confidence::None,
            because: format!("no card of the base has the name `{}` or PCI id {id}", adapter.name),
        },
        _ => ambiguous(&fitting.into_iter().copied().collect::<Vec<_>>(), "the name"),
    }
}

/// Several cards share the PCI id: the name decides, where it can.
fn among<'a>(named: &[&'a Card], by_id: &[&'a Card], id: &str) -> Match<'a> {
    match named {
        [card] => Match {
            card: Some(card),
            confidence: Confidence::Certain,
            because: format!("PCI id {id} fits several cards, the name only {}", card.name),
        },
        [] => ambiguous(by_id, &format!("PCI id {id}")),
        several => ambiguous(several, &format!("PCI id {id} and the name")),
    }
}

fn ambiguous<'a>(cards: &[&'a Card], what: &str) -> Match<'a> {
    let names: Vec<String> = cards.iter().map(|card| format!("{} ({})", card.name, card.id)).collect();
    Match {
        card: None,
        confidence: Confidence::Ambiguous,
        because: format!("{what} may be {}; choose with --card", names.join(" or ")),
    }
}

/// Cards whose whole name is in `words` with nothing of weight left over; of those, the ones with the longest names.
fn best_named<'a>(words: &BTreeSet<String>, cards: impl Iterator<Item = &'a Card>) -> Vec<&'a Card> {
    let mut best: Vec<&Card> = Vec::new();
    let mut longest = 0;
    for card in cards {
        let name = self::words(&card.name);
        if !name.is_subset(words) || name.is_empty() {
            continue;
        }
        if name.len() > longest {
            (longest, best) = (name.len(), vec![card]);
        } else if name.len() == longest {
            best.push(card);
        }
    }
    let whole = best.iter().map(|card| self::words(&card.name)).reduce(|all, name| all.union(&name).cloned().collect());
    let left_over = words.difference(&whole.unwrap_or_default()).count();
    if left_over == 0 { best } else { Vec::new() }
}

/// Words that makers and drivers add to a name without changing what it means.
const DECORATION: [&str; 20] = [
    "nvidia", "amd", "intel", "apple", "r", "tm", "tesla", "geforce", "radeon", "instinct", "graphics", "gpu",
    "series", "edition", "hbm2", "hbm2e", "hbm3", "hbm3e", "gddr6", "gddr7",
];

/// The words of a name that tell one product from another: lower case, without what stands in parentheses.
fn words(name: &str) -> BTreeSet<String> {
    let mut depth = 0u32;
    let outside = name.chars().filter(|&c| {
        match c {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                return false;
            }
            _ => {}
        }
        depth == 0
    });
    let outside: String = outside.collect::<String>().to_lowercase();
    let split = outside.split(|c: char| !c.is_alphanumeric());
    split.filter(|word| !word.is_empty() && !DECORATION.contains(word)).map(str::to_owned).collect()
}

/// The maker behind the adapter's PCI vendor id, as the base's cards name it.
pub fn vendor<'a>(adapter: &Adapter, reference: &'a Reference) -> Option<&'a str> {
    let prefix = format!("{:04x}:", adapter.vendor_id);
    let made = |card: &&Card| card.pci.iter().any(|id| id.starts_with(&prefix));
    reference.cards.values().find(made).map(|card| card.vendor.as_str())
}
