//! The reference base that a command uses, and cards by name.

use std::path::PathBuf;

use super::exit::Usage;
use crate::reference::{Card, Files, Reference};

/// Which reference base to use.
#[derive(Debug, clap::Args)]
pub(super) struct ReferenceArguments {
    /// Read the reference base from an edited copy of `reference/` instead of the built-in one.
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

/// The cards that `name` may mean: one, or several that share it.
///
/// # Errors
/// Fails if there is none; the error names the nearest ones.
pub(super) fn cards<'a>(reference: &'a Reference, name: &str) -> anyhow::Result<Vec<&'a Card>> {
    let cards = reference.named(name);
    if cards.is_empty() { Err(Usage(unknown(reference, name)).into()) } else { Ok(cards) }
}

/// The one card that `name` means. If several share it (`A100`), the base's reference card stands for the rest.
///
/// # Errors
/// Fails if there is none, or if there are several.
pub(super) fn card<'a>(reference: &'a Reference, name: &str) -> anyhow::Result<&'a Card> {
    let cards = cards(reference, name)?;
    let chosen = cards.iter().find(|card| cards.len() == 1 || card.id == reference.policy.reference_card);
    chosen.copied().ok_or_else(|| {
        let list: Vec<String> = cards.iter().map(|card| listed(card)).collect();
        Usage(format!("`{name}` is the name of several cards; choose one by its id:\n{}", list.join("\n"))).into()
    })
}

/// "No card is called `name`", with the nearest ones.
pub(super) fn unknown(reference: &Reference, name: &str) -> String {
    let near: Vec<String> = reference.nearest(name).into_iter().map(listed).collect();
    let words = if near.is_empty() {
        "none is near; `gpu-assay cards WORD` searches".to_owned()
    } else {
        format!("the nearest are:\n{}", near.join("\n"))
    };
    format!("no card of the base is called `{name}`; {words}")
}

/// A card as lists show it.
fn listed(card: &Card) -> String {
    format!("  {:28} {}", card.id, card.name)
}
