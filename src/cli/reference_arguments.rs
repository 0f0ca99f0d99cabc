//! The reference base that a command uses, and cards by name.

use std::path::PathBuf;

use super::exit::Usage;
use crate::reference::{Card, Files, Reference};

/// Which reference base to use.
#[derive(Debug, clap::Args)]
pub(super) struct ReferenceArguments {
    /// Read the reference base from an edited copy of `reference/` in place of the built-in one.
    #[arg(long, value_name = "DIR")]
    reference: Option<PathBuf>,
}

impl ReferenceArguments {
    pub(super) fn load(&self) -> anyhow::Result<Reference> {
        match &self.reference {
            None => Ok(Reference::embedded()),
            Some(folder) => Ok(Reference::parse(&Files::read(folder)?)?),
        }
    }
}

/// The card of that id, or the only one that `name` fits: as the whole id less its vendor or the whole product name, else as whole
/// words of the id (`h20` is no `h200`), else as any part.
pub(super) fn card<'a>(reference: &'a Reference, name: &str) -> anyhow::Result<&'a Card> {
    if let Some(card) = reference.cards.get(name) {
        return Ok(card);
    }
    let found = find(reference, name);
    for fits in [is_whole, is_whole_words, |_: &Card, _: &str| true] {
        if let [card] = found.iter().copied().filter(|card| fits(card, name)).collect::<Vec<_>>()[..] {
            return Ok(card);
        }
    }
    if found.is_empty() {
        return Err(Usage(super::nearest::unknown("card", name, reference.cards.keys().map(String::as_str))).into());
    }
    let list: Vec<String> = found.iter().map(|card| format!("  {:28} {}", card.id, card.name)).collect();
    Err(Usage(format!("`{name}` fits several cards; name one by its id:\n{}", list.join("\n"))).into())
}

/// Cards whose id or name contains `name`, whatever its case and separators.
pub(super) fn find<'a>(reference: &'a Reference, name: &str) -> Vec<&'a Card> {
    let wanted = normal(name);
    let fits = |card: &&Card| normal(&card.id).contains(&wanted) || normal(&card.name).contains(&wanted);
    reference.cards.values().filter(fits).collect()
}

fn is_whole(card: &Card, name: &str) -> bool {
    let wanted = normal(name);
    normal(&card.name) == wanted || normal(&card.id).split_once('-').is_some_and(|(_, rest)| rest == wanted)
}

fn is_whole_words(card: &Card, name: &str) -> bool {
    format!("-{}-", normal(&card.id)).contains(&format!("-{}-", normal(name)))
}

fn normal(text: &str) -> String {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}
