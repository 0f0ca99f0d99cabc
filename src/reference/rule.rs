//! A rule: a predicate with its dates, scope and citation.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::card::Problem;
use super::{Predicate, Reference, Threshold, Unit};

/// One rule of one vintage.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Id, also the name of its file.
    pub id: String,
    /// What part it plays in a verdict.
    pub kind: RuleKind,
    /// Title.
    pub title: String,
    /// The title in a few words, for tables; the id where there is none.
    #[serde(default)]
    pub short: String,
    /// Citation of the text.
    pub citation: Option<String>,
    /// Its state on the day the data were confirmed.
    pub status: Status,
    /// Publication, as far as it is known.
    pub published: Option<String>,
    /// First day in force; a rule without one never was.
    pub effective_from: Option<Date>,
    /// Last day in force.
    pub effective_to: Option<Date>,
    /// First day on which it has to be complied with.
    pub compliance_from: Option<Date>,
    /// First day on which it is not enforced any more.
    pub not_enforced_from: Option<Date>,
    /// Whether the text was read.
    pub evidence: Evidence,
    /// The day on which somebody last looked whether it still stands.
    pub last_look: Option<Date>,
    /// Whether the published wording leaves the numbers open.
    #[serde(default)]
    pub approximate: bool,
    /// What follows where it applies.
    pub outcome: String,
    /// What object it is about, where that is not a card.
    pub applies_to: Option<String>,
    /// What else is to be known.
    pub note: Option<String>,
    /// Products it names, as it words them.
    #[serde(default)]
    pub named: Vec<String>,
    /// The cards that those are: what the variable `named` asks for.
    #[serde(default)]
    pub named_cards: Vec<String>,
    /// Ids of sources.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Rules that have to be true as well.
    #[serde(default)]
    pub requires_rule_true: Vec<String>,
    /// Details that were not confirmed.
    #[serde(default)]
    pub unconfirmed: Vec<String>,
    /// Licence exceptions that may be used where their own condition holds.
    #[serde(default)]
    pub exceptions: Vec<Exception>,
    /// The condition.
    pub predicate: Predicate,
    /// Destinations and persons that it holds for.
    pub scope: Scope,
}

/// A licence exception.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Its name.
    pub name: String,
    /// When it may be used.
    pub predicate: Predicate,
}

/// What part a rule plays in a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// Decides while it is in force.
    Control,
    /// Decides for the vendor it is addressed to.
    Letter,
    /// How applications are reviewed.
    Review,
    /// A duty.
    Tariff,
    /// Law that is not enforced.
    Suspended,
    /// A bill.
    Proposed,
    /// What people say.
    Popular,
    /// About something that is not a card.
    OtherObject,
}

impl RuleKind {
    /// Whether a verdict rests on rules of this kind.
    pub const fn decides(self) -> bool {
        matches!(self, Self::Control | Self::Letter)
    }
}

/// State of a rule on the day the data were confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Status {
    InForce,
    Superseded,
    NotEnforced,
    Letter,
    Proposed,
    Tariff,
    Popular,
}

/// Whether a rule's text was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// The text was read.
    Seen,
    /// Only the press tells of it.
    Reported,
    /// From memory.
    Recalled,
    /// The text was read, a date or number recalled.
    Mixed,
}

/// Destinations and persons that a rule holds for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Destinations or country groups; `any` for all.
    pub destinations: Vec<Place>,
    /// Vendors; all where empty.
    #[serde(default)]
    pub vendors: Vec<String>,
    /// The published wording.
    #[serde(default)]
    pub wording: Vec<String>,
    /// Place that exports start from.
    pub from: Option<String>,
    /// For whom it holds, where that is a part of the destination that was not published: a condition that is satisfied then leaves the answer undecided.
    pub partly: Option<String>,
}

/// A destination or group, from a date on.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Place {
    /// For as long as the rule.
    Always(String),
    /// Added later.
    Since {
        /// Code.
        code: String,
        /// First day.
        from: Date,
    },
}

/// A destination of the closed set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Other names and codes.
    #[serde(default)]
    pub names: Vec<String>,
    /// Country groups it belongs to.
    pub groups: Vec<String>,
    /// What else is to be known.
    pub note: Option<String>,
}

/// The longest short title: what a table of 100 columns has room for.
const MOST_SHORT: usize = 30;

/// The code for every destination.
const ANYWHERE: &str = "any";

impl Reference {
    /// Days on which a rule begins, ends, or reaches further: on others no answer changes.
    pub fn turning_days(&self) -> Vec<Date> {
        let of_rule = |rule: &Rule| {
            let after = rule.effective_to.and_then(|last| last.tomorrow().ok());
            let added = rule.scope.destinations.iter().filter_map(|place| match place {
                Place::Since { from, .. } => Some(*from),
                Place::Always(_) => None,
            });
            [rule.effective_from, after, rule.not_enforced_from].into_iter().flatten().chain(added).collect::<Vec<_>>()
        };
        let mut days: Vec<Date> = self.rules.iter().flat_map(of_rule).collect();
        days.sort_unstable();
        days.dedup();
        days
    }
}

impl Rule {
    /// Whether the rule is in force and enforced on `date`.
    pub fn is_in_force(&self, date: Date) -> bool {
        let began = self.effective_from.is_some_and(|from| from <= date);
        let ended =
            self.effective_to.is_some_and(|to| to < date) || self.not_enforced_from.is_some_and(|from| from <= date);
        began && !ended
    }

    /// Whether an export to `destination` on `date` is in the rule's scope.
    pub fn reaches(&self, destination: &Destination, date: Date) -> bool {
        let named = |code: &str| {
            code == ANYWHERE || code == destination.code || destination.groups.iter().any(|group| group == code)
        };
        self.scope.destinations.iter().any(|place| match place {
            Place::Always(code) => named(code),
            Place::Since { code, from } => named(code) && *from <= date,
        })
    }

    /// Whether the rule is for cards of `vendor`; a letter binds its addressee only.
    pub fn addresses(&self, vendor: Option<&str>) -> bool {
        self.scope.vendors.is_empty()
            || vendor.is_some_and(|vendor| self.scope.vendors.iter().any(|named| named == vendor))
    }

    pub(super) fn validate(&self, reference: &Reference) -> Result<(), Problem> {
        let mut problem = None;
        let mut check = |variables: &[String], _, threshold: Threshold| {
            for name in variables {
                let place = format!("\"{name}\"");
                match reference.variables.get(name) {
                    None => problem = Some((place, format!("`{name}` is no variable of variables.toml"))),
                    Some(variable) if (variable.unit == Unit::Bool) != matches!(threshold, Threshold::Bool(_)) => {
                        problem = Some((place, format!("`{name}` cannot be compared with {threshold:?}")));
                    }
                    Some(_) => {}
                }
            }
            if !threshold.number().is_finite() {
                problem = Some(("value".to_owned(), "a threshold is a finite number".to_owned()));
            }
        };
        self.predicate.comparisons(&mut check);
        self.exceptions.iter().for_each(|exception| exception.predicate.comparisons(&mut check));
        for place in &self.scope.destinations {
            let (Place::Always(code) | Place::Since { code, .. }) = place;
            if code != ANYWHERE && reference.destinations.iter().all(|destination| destination.code != *code) {
                problem = Some(("destinations".to_owned(), format!("`{code}` is no destination of destinations.toml")));
            }
        }
        if let Some(id) = self.named_cards.iter().find(|id| !reference.cards.contains_key(*id)) {
            problem = Some((format!("\"{id}\""), format!("there is no card `{id}`")));
        }
        if self.kind.decides() && self.effective_from.is_none() {
            problem =
                Some(("kind".to_owned(), "a control or letter has a first day in force: `effective_from`".to_owned()));
        }
        if let Some(id) = self.sources.iter().find(|id| !reference.sources.contains_key(*id)) {
            problem = Some((format!("\"{id}\""), format!("`{id}` is no source of sources/")));
        }
        if self.short.chars().count() > MOST_SHORT {
            problem = Some(("short".to_owned(), format!("a short title has at most {MOST_SHORT} letters")));
        }
        if self.effective_to.is_some() && self.effective_from > self.effective_to {
            problem = Some(("effective_to".to_owned(), "the rule ends before it begins".to_owned()));
        }
        problem.map_or(Ok(()), Err)
    }
}
