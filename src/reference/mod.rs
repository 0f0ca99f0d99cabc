//! The reference base: cards, published measurements, rules. Hand-kept TOML, compiled in, or read from an edited copy.

mod card;
mod clock;
mod files;
mod lookup;
mod predicate;
mod rule;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::civil::Date;
use serde::Deserialize;

pub use card::{Card, Io, Market, Memory, Package, Published};
pub use files::{Files, ReferenceError};
pub use predicate::{Comparison, Predicate, Threshold};
pub use rule::{Destination, Rule, RuleKind, Status};

use crate::name::Name;

/// Everything known about cards and rules.
#[derive(Debug, Clone)]
pub struct Reference {
    /// Cards by id.
    pub cards: BTreeMap<String, Card>,
    /// Published measurements, in file order.
    pub published: Vec<Published>,
    /// Rules, by the date from which they hold.
    pub rules: Vec<Rule>,
    /// Number formats by id.
    pub formats: BTreeMap<String, Format>,
    /// Variables of predicates by name.
    pub variables: BTreeMap<String, Variable>,
    /// The closed set of destinations.
    pub destinations: Vec<Destination>,
    /// Sources by id.
    pub sources: BTreeMap<String, Source>,
    /// How verdicts are made.
    pub policy: Policy,
    /// The cards' names, read once and only where they are asked for.
    names: OnceLock<Vec<(Name, String)>>,
}

/// A document or table that figures come from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Id.
    pub id: String,
    /// Title, with edition or date.
    pub title: String,
    /// Address at which a reader can open it.
    pub url: Option<String>,
    /// Whether it is a third party's table or reckoning, and neither the maker's document nor a quotation of one: what rests on it is unconfirmed.
    #[serde(default)]
    pub secondary: bool,
}

/// A number format.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Format {
    /// Key in a card's rates: `_mx` for matrix units, `_accNN` for the accumulator's width.
    pub id: String,
    /// Bit length of the inputs to the multiply.
    pub bits: f64,
    /// Bits that carry information, where fewer than the format is held in.
    pub payload_bits: Option<f64>,
}

/// A variable that predicates may name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What people call it; the name where that is missing.
    #[serde(default)]
    pub label: String,
    /// Its unit.
    pub unit: Unit,
    /// What it stands for.
    pub definition: String,
    /// Whether a measurement can say something about it.
    pub measurable: String,
    /// Citation of the definition.
    pub citation: String,
}

/// Units of variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Unit {
    /// Tera-operations per second times bits.
    #[serde(rename = "TOPS*bit")]
    TopsBit,
    /// TPP per square millimetre.
    #[serde(rename = "TPP/mm2")]
    TppPerMm2,
    /// Yes or no.
    #[serde(rename = "bool")]
    Bool,
    /// Gigabytes per second.
    #[serde(rename = "GB/s")]
    GbPerS,
    /// Gigabytes per second and square millimetre.
    #[serde(rename = "GB/s/mm2")]
    GbPerSPerMm2,
    /// Billions.
    #[serde(rename = "1e9")]
    Billion,
}

impl std::fmt::Display for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::TopsBit => "TPP",
            Self::TppPerMm2 => "TPP/mm²",
            Self::Bool => "",
            Self::GbPerS => "GB/s",
            Self::GbPerSPerMm2 => "GB/s/mm²",
            Self::Billion => "billion",
        })
    }
}

/// How verdicts are made.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The day through which the rule data were confirmed.
    pub last_confirmed: Date,
    /// Bills, announcements and suspensions on that day that may change the rules.
    #[serde(default)]
    pub pending: Vec<String>,
    /// Days after which a warning is due.
    pub stale_after_days: i32,
    /// How far real clocks may exceed the rated boost.
    pub boost_headroom: f64,
    /// Code of the destination where none is given.
    pub default_destination: String,
    /// Id of the card that others are compared with.
    pub reference_card: String,
}

impl Reference {
    /// The base that this program was built with.
    ///
    /// # Panics
    /// Panics if that base is broken, which a test of this crate would have found.
    pub fn embedded() -> Self {
        Self::parse(&Files::embedded())
            .unwrap_or_else(|error| unreachable!("the embedded reference base is broken: {error}"))
    }

    /// Reads and checks a base.
    ///
    /// # Errors
    /// Fails at the first thing that is missing, malformed, without a source, twice there, or impossible; with file and line.
    pub fn parse(files: &Files) -> Result<Self, ReferenceError> {
        let formats: Vec<Format> = files.list("formats.toml", "format")?;
        let mut variables: Vec<Variable> = files.list("variables.toml", "variable")?;
        for variable in variables.iter_mut().filter(|variable| variable.label.is_empty()) {
            variable.label.clone_from(&variable.name);
        }
        let mut reference = Self {
            cards: BTreeMap::new(),
            published: Vec::new(),
            rules: Vec::new(),
            sources: BTreeMap::new(),
            formats: files.keyed("formats.toml", formats.into_iter().map(|format| (format.id.clone(), format)))?,
            variables: files
                .keyed("variables.toml", variables.into_iter().map(|variable| (variable.name.clone(), variable)))?,
            destinations: files.list("destinations.toml", "destination")?,
            policy: files.parse("verdict.toml")?,
            names: OnceLock::new(),
        };
        for file in files.below("sources/") {
            for source in files.list::<Source>(file, "source")? {
                if let Some(twin) = reference.sources.insert(source.id.clone(), source) {
                    return Err(files.error_at(
                        file,
                        &format!("\"{}\"", twin.id),
                        format!("`{}` is there twice", twin.id),
                    ));
                }
            }
        }
        for file in files.below("cards/") {
            let mut card: Card = files.parse(file)?;
            card.validate(&reference).map_err(|(key, problem)| files.error_at(file, &key, problem))?;
            card.note_secondary(&reference);
            if let Some(twin) = reference.cards.insert(card.id.clone(), card) {
                return Err(files.error_at(file, "id", format!("there is another card `{}`", twin.id)));
            }
        }
        for file in files.below("measured/") {
            let rows: Vec<Published> = files.list(file, "measured")?;
            for row in &rows {
                row.validate(&reference).map_err(|(key, problem)| files.error_at(file, &key, problem))?;
            }
            reference.published.extend(rows);
        }
        for file in files.below("rules/") {
            let mut rule: Rule = files.parse(file)?;
            if rule.short.is_empty() {
                rule.short.clone_from(&rule.id);
            }
            rule.validate(&reference).map_err(|(key, problem)| files.error_at(file, &key, problem))?;
            if reference.rules.iter().any(|other| other.id == rule.id) {
                return Err(files.error_at(file, "id", format!("there is another rule `{}`", rule.id)));
            }
            reference.rules.push(rule);
        }
        reference.rules.sort_by(|one, other| (one.effective_from, &one.id).cmp(&(other.effective_from, &other.id)));
        reference.check_dependencies(files)?;
        reference.check_whole(files)?;
        Ok(reference)
    }

    /// Checks what no single file shows: makers whom no card has, destinations twice there, a policy that lets anything pass.
    fn check_whole(&self, files: &Files) -> Result<(), ReferenceError> {
        for rule in &self.rules {
            let unknown = |vendor: &&String| self.cards.values().all(|card| card.vendor != **vendor);
            if let Some(vendor) = rule.scope.vendors.iter().find(unknown) {
                let problem = format!("no card is of `{vendor}`");
                return Err(files.error_at(&format!("rules/{}.toml", rule.id), "vendors", problem));
            }
        }
        if self.rules.is_empty() {
            return Err(ReferenceError::Missing("rules/".to_owned()));
        }
        for (place, destination) in self.destinations.iter().enumerate() {
            if destination.code == "any"
                || self.destinations[..place].iter().any(|other| other.code == destination.code)
            {
                let problem = format!("`{}` is there twice, or stands for all", destination.code);
                return Err(files.error_at("destinations.toml", &format!("\"{}\"", destination.code), problem));
            }
        }
        if !(1.0..=2.0).contains(&self.policy.boost_headroom) {
            return Err(files.error_at("verdict.toml", "boost_headroom", "between 1 and 2 is possible"));
        }
        Ok(())
    }

    /// Every rule that another presupposes must be there, and none may presuppose itself through others.
    fn check_dependencies(&self, files: &Files) -> Result<(), ReferenceError> {
        for rule in &self.rules {
            let file = format!("rules/{}.toml", rule.id);
            let mut reached = vec![rule];
            let mut next = 0;
            while next < reached.len() {
                for id in &reached[next].requires_rule_true {
                    let Some(required) = self.rule(id) else {
                        return Err(files.error_at(&file, "requires_rule_true", format!("there is no rule `{id}`")));
                    };
                    if required.id == rule.id {
                        let problem = format!("`{}` presupposes itself through `{}`", rule.id, reached[next].id);
                        return Err(files.error_at(&file, "requires_rule_true", problem));
                    }
                    // Each path to a rule is followed when it is judged.
                    if reached.len() > MOST_PRESUPPOSED {
                        let problem = format!("`{}` presupposes others in too many ways", rule.id);
                        return Err(files.error_at(&file, "requires_rule_true", problem));
                    }
                    reached.push(required);
                }
                next += 1;
            }
        }
        Ok(())
    }

    /// The rule of that id, or of that short title, whatever its case.
    pub fn rule_called(&self, text: &str) -> Option<&Rule> {
        self.rule(text).or_else(|| self.rules.iter().find(|rule| rule.short.eq_ignore_ascii_case(text)))
    }

    /// The rule of that id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// The destination of that code, or of any of its names, whatever their case.
    pub fn destination(&self, word: &str) -> Option<&Destination> {
        let same = |text: &str| text.to_lowercase() == word.trim().to_lowercase();
        let called = |destination: &&Destination| destination.names.iter().any(|name| same(name));
        let is = |destination: &&Destination| same(&destination.code) || same(&destination.name) || called(destination);
        self.destinations.iter().find(is)
    }

    /// The title of a source; the id itself where there is none.
    pub fn source<'a>(&'a self, id: &'a str) -> &'a str {
        self.sources.get(id).map_or(id, |source| &source.title)
    }
}

/// Rules that one presupposes, by whatever way.
const MOST_PRESUPPOSED: usize = 20;

/// The source id that stands for "not confirmed against a document".
pub const RECALL: &str = "recall";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_base_is_complete() {
        let reference = Reference::embedded();
        assert!(reference.cards.len() >= 170, "cards");
        assert!(reference.published.len() >= 74, "published measurements");
        assert!(reference.rules.len() >= 26, "rules");
        for card in reference.cards.values() {
            assert!(card.last_look.is_some(), "{}: the day of the last look", card.id);
        }
        for rule in &reference.rules {
            assert!(
                rule.last_look.is_some() && rule.short != rule.id,
                "{}: the day of the last look, and a short title",
                rule.id
            );
        }
        assert!(reference.cards.contains_key(&reference.policy.reference_card), "the reference card is a card");
        assert!(
            reference.destination(&reference.policy.default_destination).is_some(),
            "the default destination exists"
        );
    }
}
