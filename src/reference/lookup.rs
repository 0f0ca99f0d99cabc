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
        // What the base explains in brackets, people may copy.
        let is_copied = |card: &&Card| card.name.contains('(') && card.name.eq_ignore_ascii_case(text.trim());
        if let Some(card) = self.cards.values().find(is_copied) {
            return vec![card];
        }
        let readings = Name::readings(text);
        let mut known = vec![false; readings.len()];
        let mut cards: Vec<&Card> = Vec::new();
        for (name, id) in self.names() {
            let Some(card) = self.cards.get(id) else { continue };
            for (_, known) in readings.iter().zip(&mut known).filter(|(reading, _)| means(reading, card, name)) {
                *known = true;
                if cards.last().is_none_or(|last| last.id != card.id) {
                    cards.push(card);
                }
            }
        }
        // Of several products in one text, one that the base lacks may be the one.
        if known.iter().all(|known| *known) { cards } else { Vec::new() }
    }

    /// The cards that have that PCI id.
    pub fn with_pci_id(&self, id: &str) -> Vec<&Card> {
        self.cards.values().filter(|card| card.pci.iter().any(|own| own == id)).collect()
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
                let own = Name::of_base(&card.name);
                let whole = own.first().cloned().unwrap_or_default();
                let others =
                    card.names.iter().flat_map(|text| Name::of_base(text)).map(move |name| name.completed_by(&whole));
                own.into_iter().chain(others).map(|name| (name, card.id.clone()))
            });
            all.collect()
        })
    }
}

/// Whether what was `asked` for means `card`, of which `name` is one name.
fn means(asked: &Name, card: &Card, name: &Name) -> bool {
    // "Tesla" is a line of NVIDIA's, and a maker.
    let of_maker = asked
        .maker()
        .is_none_or(|maker| card.vendor.to_lowercase().contains(maker) || maker == "nvidia" && card.vendor == "Tesla");
    let of_series = !asked.has_series() || name.has_series();
    let of_generation = asked.generation().is_none_or(|asked| {
        name.generation() == Some(asked) || generation(&card.chip).is_some_and(|known| known == asked)
    });
    // A system on a chip shares its memory, whose size is the buyer's choice.
    let fixed = !matches!(card.market, Market::Soc | Market::Embedded);
    let size = card.memory.size_gb.filter(|_| fixed && name.memory_gb().is_none());
    let of_size =
        |gb: u32| size.is_none_or(|size| is_about(size, gb) || is_about(size / f64::from(card.package.devices), gb));
    let kind = card.memory.kind.as_deref().filter(|_| name.memory_kind().is_none());
    let of_kind = |asked: &str| kind.is_none_or(|kind| kind.to_lowercase() == asked);
    asked.is(name)
        && of_maker
        && of_series
        && of_generation
        && asked.memory_gb().is_none_or(of_size)
        && asked.memory_kind().is_none_or(of_kind)
}

/// The architecture of a chip of NVIDIA's, by its code.
fn generation(chip: &str) -> Option<&'static str> {
    const CODES: [(&str, &str); 13] = [
        ("GB1", "blackwell"),
        ("GB2", "blackwell"),
        ("GB3", "blackwell"),
        ("AD10", "lovelace"),
        ("GH100", "hopper"),
        ("GA10", "ampere"),
        ("TU1", "turing"),
        ("GV100", "volta"),
        ("GP10", "pascal"),
        ("GM20", "maxwell"),
        ("GK", "kepler"),
        ("Navi", "rdna"),
        ("Aldebaran", "cdna"),
    ];
    CODES.iter().find(|(code, _)| chip.starts_with(code)).map(|(_, generation)| *generation)
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
