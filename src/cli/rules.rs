//! `rules`: show the rules.

use serde_json::json;

use super::Exit;
use super::exit::Usage;
use super::output::{print, print_json};
use super::reference_arguments::ReferenceArguments;
use crate::reference::{Predicate, Rule};

/// List the rules, or show one with its predicate.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Id of a rule.
    id: Option<String>,
    #[command(flatten)]
    reference: ReferenceArguments,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let reference = arguments.reference.load()?;
    let rules: Vec<&Rule> = match &arguments.id {
        None => reference.rules.iter().collect(),
        Some(id) => match reference.rule_called(id) {
            Some(rule) => vec![rule],
            None => {
                let known = reference.rules.iter().map(|rule| rule.id.as_str());
                return Err(Usage(super::nearest::unknown("rule", id, known)).into());
            }
        },
    };
    if arguments.json {
        print_json(&rules.iter().map(|rule| as_json(rule)).collect::<Vec<_>>())?;
    } else if arguments.id.is_some() {
        print(&rules.iter().map(|rule| show(rule)).collect::<Vec<_>>().join("\n"))?;
    } else {
        let line =
            |rule: &&Rule| format!("{:24} {:10}  {:12}  {}", rule.short, since(rule), word(rule.status), rule.id);
        print(&rules.iter().map(line).collect::<Vec<_>>().join("\n"))?;
        print(&format!("confirmed through {}", reference.policy.last_confirmed))?;
    }
    Ok(Exit::Done)
}

fn since(rule: &Rule) -> String {
    rule.effective_from.map_or_else(|| "-".to_owned(), |date| date.to_string())
}

fn show(rule: &Rule) -> String {
    let mut lines = vec![
        format!("{} — {}", rule.id, rule.title),
        format!("  {}", rule.citation.as_deref().unwrap_or("no citation")),
        format!("  kind {}, status {}, evidence {}", word(rule.kind), word(rule.status), word(rule.evidence)),
        format!(
            "  in force from {} to {}",
            since(rule),
            rule.effective_to.map_or_else(|| "further notice".to_owned(), |date| date.to_string())
        ),
        format!("  condition: {}", words(&rule.predicate)),
        format!("  then: {}", rule.outcome),
    ];
    let presupposes =
        (!rule.requires_rule_true.is_empty()).then(|| format!("  presupposes: {}", rule.requires_rule_true.join(", ")));
    let unconfirmed = (!rule.unconfirmed.is_empty()).then(|| format!("  UNCONFIRMED: {}", rule.unconfirmed.join("; ")));
    lines.extend(rule.last_look.map(|day| format!("  last looked at on {day}")));
    lines.extend(
        [presupposes, unconfirmed, rule.note.as_ref().map(|note| format!("  note: {note}"))].into_iter().flatten(),
    );
    lines.join("\n")
}

/// The word that the base uses for a value of a closed set.
fn word(value: impl serde::Serialize) -> String {
    json!(value).as_str().unwrap_or_default().replace('_', " ")
}

/// A predicate in words.
fn words(predicate: &Predicate) -> String {
    let list =
        |parts: &[Predicate], word: &str| format!("({})", parts.iter().map(words).collect::<Vec<_>>().join(word));
    match predicate {
        Predicate::All(parts) => list(parts, " and "),
        Predicate::Any(parts) => list(parts, " or "),
        Predicate::Not(part) => format!("not {}", words(part)),
        Predicate::Compare { variables, comparison, threshold } => {
            format!("{} {comparison} {}", variables.join(" + "), threshold.number())
        }
    }
}

fn as_json(rule: &Rule) -> serde_json::Value {
    json!({
        "id": rule.id, "title": rule.title, "kind": rule.kind, "status": rule.status, "citation": rule.citation,
        "effective_from": rule.effective_from.map(|date| date.to_string()),
        "effective_to": rule.effective_to.map(|date| date.to_string()),
        "not_enforced_from": rule.not_enforced_from.map(|date| date.to_string()),
        "evidence": rule.evidence, "condition": words(&rule.predicate), "presupposes": rule.requires_rule_true,
        "short": rule.short, "last_look": rule.last_look.map(|day| day.to_string()), "sources": rule.sources,
        "outcome": rule.outcome, "note": rule.note, "unconfirmed": rule.unconfirmed,
    })
}
