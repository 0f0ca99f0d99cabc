//! Which cards a name may mean, and which ones are near to a name that means none.

use std::cmp::Reverse;

use super::{Card, Market, Reference};
use crate::name::Name;

/// Names to suggest at the most.
const SUGGESTIONS: usize = 3;

/// Spellings less near than this, of 1000, have nothing to do with each other.
const NEAR: u32 = 600;

impl Reference {
    /// The cards that `text` may mean: the one with that id, or all that have the name. Several where they share it.
    pub fn named(&self, text: &str) -> Vec<&Card> {
        if let Some(card) = self.cards.get(text) {
            return vec![card];
        }
        let readings = Name::readings(text);
        let mut cards: Vec<&Card> = Vec::new();
        for (name, id) in self.names() {
            let Some(card) = self.cards.get(id) else { continue };
            let is_new = cards.last().is_none_or(|last| last.id != card.id);
            if is_new && readings.iter().any(|reading| means(reading, card, name)) {
                cards.push(card);
            }
        }
        cards
    }

    /// The cards of whose names or ids `text` is a part: by its words, or as it stands.
    pub fn search(&self, text: &str) -> Vec<&Card> {
        let readings = Name::readings(text);
        let plain = |text: &str| text.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "");
        let wanted = plain(text);
        let within = |reading: &Name, name: &Name| reading.words().iter().all(|word| name.words().contains(word));
        let mut ids: Vec<&str> = Vec::new();
        for (name, id) in self.names() {
            let as_it_stands = || {
                plain(id).contains(&wanted)
                    || self.cards.get(id).is_some_and(|card| plain(&card.name).contains(&wanted))
            };
            if ids.last() != Some(&id.as_str())
                && (readings.iter().any(|reading| within(reading, name)) || as_it_stands())
            {
                ids.push(id);
            }
        }
        ids.into_iter().filter_map(|id| self.cards.get(id)).collect()
    }

    /// The cards whose names are nearest to `text`: by the words that they share, then by spelling. None where none is near.
    pub fn nearest(&self, text: &str) -> Vec<&Card> {
        let readings = Name::readings(text);
        let mut near: Vec<(u32, u32, &str)> = Vec::new();
        for (name, id) in self.names() {
            let shared = readings.iter().map(|reading| shared(reading, name)).max().unwrap_or(0);
            let without_maker = id.split_once('-').map_or(id.as_str(), |(_, product)| product);
            let spelling = [id, without_maker].map(|id| spelling(text, id)).into_iter().max().unwrap_or(0);
            let spelling = spelling.max(self.cards.get(id).map_or(0, |card| self::spelling(text, &card.name)));
            match near.last_mut() {
                Some((most, best, of)) if of == id => (*most, *best) = (shared.max(*most), spelling.max(*best)),
                _ => near.push((shared, spelling, id)),
            }
        }
        near.retain(|(shared, spelling, _)| *shared > 0 || *spelling >= NEAR);
        near.sort_by_key(|(shared, spelling, id)| (Reverse((*shared, *spelling)), *id));
        near.into_iter().take(SUGGESTIONS).filter_map(|(.., id)| self.cards.get(id)).collect()
    }

    /// Every name of every card, with the card's id; those of one card stand together.
    fn names(&self) -> &[(Name, String)] {
        self.names.get_or_init(|| {
            let all = self.cards.values().flat_map(|card| {
                let own = Name::readings(&card.name);
                let whole = own.first().cloned().unwrap_or_default();
                let others =
                    card.names.iter().flat_map(|text| Name::readings(text)).map(move |name| name.completed_by(&whole));
                own.into_iter().chain(others).map(|name| (name, card.id.clone()))
            });
            all.collect()
        })
    }
}

/// Whether what was `asked` for means `card`, of which `name` is one name.
fn means(asked: &Name, card: &Card, name: &Name) -> bool {
    let of_maker = asked.maker().is_none_or(|maker| card.vendor.to_lowercase().contains(maker));
    // A system on a chip shares its memory, whose size is the buyer's choice.
    let fixed = !matches!(card.market, Market::Soc | Market::Embedded);
    let size = card.memory.size_gb.filter(|_| fixed && name.memory_gb().is_none());
    let of_size =
        |gb: u32| size.is_none_or(|size| is_about(size, gb) || is_about(size / f64::from(card.package.devices), gb));
    let kind = card.memory.kind.as_deref().filter(|_| name.memory_kind().is_none());
    let of_kind = |asked: &str| kind.is_none_or(|kind| kind.to_lowercase() == asked);
    asked.is(name) && of_maker && asked.memory_gb().is_none_or(of_size) && asked.memory_kind().is_none_or(of_kind)
}

fn is_about(size: f64, gb: u32) -> bool {
    (size - f64::from(gb)).abs() < 1.0
}

/// How much two names share: words by their length, less what only one of them has.
fn shared(one: &Name, other: &Name) -> u32 {
    let weight = |word: &String| 10 * u32::try_from(word.len()).unwrap_or(u32::MAX);
    let mut left: Vec<&String> = other.words().iter().collect();
    let mut common = 0;
    for word in one.words() {
        if let Some(at) = left.iter().position(|other| *other == word) {
            common += weight(left.swap_remove(at));
        }
    }
    let extra = u32::try_from(left.len()).unwrap_or(u32::MAX);
    common.saturating_sub(extra)
}

/// Nearness of two spellings, from 0 to 1000.
fn spelling(one: &str, other: &str) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 1000")]
    let near = (1000.0 * strsim::normalized_damerau_levenshtein(&one.to_lowercase(), &other.to_lowercase())) as u32;
    near
}
