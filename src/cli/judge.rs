//! `judge`: does a card, as claimed or measured, fall under the rules of a date?

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::civil::Date;
use serde::Serialize;

use super::Exit;
use super::exit::Usage;
use super::inventory;
use super::matrix::Matrix;
use super::output::{print, print_json, print_json_list, print_report};
use super::reference_arguments::{ReferenceArguments, card, cards};
use crate::judge::{self, Caution, Equivalence, Fleet, Given, Headline, Price, Question, Verdict};
use crate::record::{self, Note, Record};
use crate::reference::{Card, Destination, Reference};
use crate::report;

/// Judge a record or a card by the rules for a date and a destination.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Record to judge.
    #[arg(required_unless_present_any = ["card", "all_cards", "cards_from"])]
    record: Option<PathBuf>,
    /// Judge the card of this name or id; with a record, name the card that was measured.
    #[arg(long, value_name = "NAME")]
    card: Option<String>,
    /// Judge every card of the reference base.
    #[arg(long, conflicts_with_all = ["record", "card", "die_area_mm2", "io_gbs", "datacenter"])]
    all_cards: bool,
    /// Judge every card of an inventory: a CSV file with a column `card` and, optionally, a column `count`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["record", "card", "all_cards", "die_area_mm2", "io_gbs", "datacenter", "equivalent_to"])]
    cards_from: Option<PathBuf>,
    /// Judge one card for many destinations and dates: `CN,AE×2022-11-01,2024-01-01` (`x` also works). `all` stands for every
    /// destination, or for every day on which a rule changes.
    #[arg(long, value_name = "DESTINATIONS×DATES", value_parser = Matrix::parse, conflicts_with_all = ["all_cards", "cards_from", "as_of", "destination", "equivalent_to"])]
    matrix: Option<Matrix>,
    /// Show every rule with its figures and sources.
    #[arg(long, conflicts_with_all = ["json", "all_cards", "cards_from", "matrix"])]
    explain: bool,
    /// Apply the rules of this date [default: today].
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<Date>,
    /// Destination of the card: a code or name such as CN, AE, SA, EU or "Saudi Arabia"; D1, D4 or D5 for another country of
    /// that group (15 CFR 740, supplement 1), OTHER for a country of none [default: CN, China].
    #[arg(long, value_name = "CODE")]
    destination: Option<String>,
    /// Apply only this rule, by its id or short title; may be repeated. The headline then rests on these rules alone.
    #[arg(long, value_name = "ID")]
    rule: Vec<String>,
    #[command(flatten)]
    reference: ReferenceArguments,
    /// Card to compare with [default: nvidia-a100-sxm4-80gb].
    #[arg(long, value_name = "ID")]
    reference_card: Option<String>,
    /// Applicable die area in mm².
    #[arg(long, value_name = "X", value_parser = positive)]
    die_area_mm2: Option<f64>,
    /// Total bidirectional I/O in GB/s, host link included.
    #[arg(long, value_name = "X", value_parser = not_negative)]
    io_gbs: Option<f64>,
    /// Whether the card is designed or marketed for datacenters.
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no)]
    datacenter: Option<bool>,
    /// Number of equal devices that the card appears as, if the record covers one of them: 2 for an MI250X, 8 for an MI300X in
    /// CPX mode [default: from the device's name or the reference base].
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    devices_per_card: Option<f64>,
    /// Count how many of this card equal a fleet: `30000xA100`.
    #[arg(long, value_name = "NxCARD", value_parser = fleet_text)]
    equivalent_to: Option<(f64, String)>,
    /// Price of one card, such as `82000CNY`, for the cost of as many as equal the fleet.
    #[arg(long, value_name = "PRICE", value_parser = price, requires = "equivalent_to")]
    price: Option<Price>,
    /// Print JSON (schemas/verdict.schema.json).
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  gpu-assay judge results/RECORD.json
  gpu-assay judge --card 'NVIDIA GeForce RTX 4090'
  gpu-assay judge --card h20 --as-of 2025-05-01 --explain
  gpu-assay judge --card a800-sxm4 --as-of 2023-01-01 --json
  gpu-assay judge --card a800-sxm4 --matrix CN,AE×all
  gpu-assay judge --cards-from inventory.csv
  gpu-assay judge --card rtx-3090 --equivalent-to 10000xA100 --price 1500USD

Exit codes: 0 not restricted; 1 a data conflict or an unusable record; 2 usage; 10 restricted; 11 undecided, or a software renderer.
With --cards-from: 10 if any card is restricted, else 11 if any is undecided or unknown. With --all-cards and --matrix: 0.";

/// A verdict, and how many cards equal a fleet where that was asked.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Answer {
    /// The verdict.
    #[serde(flatten)]
    verdict: Verdict,
    /// How many cards equal the fleet asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    equivalence: Option<Equivalence>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut reference = arguments.reference.load()?;
    let rules = keep_only(&mut reference, &arguments.rule)?;
    let date = date(arguments.as_of, &reference)?;
    let code = arguments.destination.as_deref().unwrap_or(&reference.policy.default_destination);
    let destination = destination(code, &reference)?;
    let reference_card =
        card(&reference, arguments.reference_card.as_deref().unwrap_or(&reference.policy.reference_card))?;
    let record = arguments.record.as_deref().map(|path| load(path, &reference)).transpose()?;
    let named = arguments.card.as_deref().map(|name| cards(&reference, name)).transpose()?.unwrap_or_default();
    let given = Given {
        die_area_mm2: arguments.die_area_mm2,
        io_gbs: arguments.io_gbs,
        datacenter: arguments.datacenter,
        devices: arguments.devices_per_card,
    };
    let record = record.as_ref();
    let called = arguments.card.as_deref();
    let question = Question { named, called, record, given, date, destination, reference_card, what_if: false };
    match (arguments, &arguments.cards_from, &arguments.matrix) {
        (_, Some(path), _) => inventory::judge(path, &question, &reference, arguments.json),
        (_, _, Some(matrix)) => matrix.judge(&question, &reference, arguments.json),
        (Arguments { all_cards: true, .. }, ..) => all_cards(arguments, &question, &reference),
        _ => one(arguments, &Question { what_if: true, ..question }, &reference, rules),
    }
}

/// The record in a file.
///
/// # Errors
/// Fails if it cannot be used; if `path` is a card's name, the error names the option that judges a card.
fn load(path: &Path, reference: &Reference) -> anyhow::Result<Record> {
    let name = path.to_string_lossy();
    if !path.exists() && !reference.named(&name).is_empty() {
        return Err(
            Usage(format!("there is no file `{name}`, but a card of that name: --card '{name}' judges it")).into()
        );
    }
    Ok(record::load(path)?)
}

/// One verdict, and how many cards equal a fleet.
fn one(
    arguments: &Arguments,
    question: &Question<'_>,
    reference: &Reference,
    only: Option<Caution>,
) -> anyhow::Result<Exit> {
    let mut verdict = judge::judge(question, reference);
    verdict.warnings.splice(0..0, only.map(Note::from));
    let equivalence = equivalence(arguments, &verdict, reference)?;
    let exit = exit(&verdict);
    if arguments.json {
        print_json(&Answer { verdict, equivalence })?;
    } else {
        print_report(&report::verdict(&verdict))?;
        if arguments.explain {
            print(&format!("\n{}", report::explanation(&verdict)))?;
        }
        if let Some(equivalence) = equivalence {
            print(&format!("\n{}", report::equivalence(&equivalence)))?;
        }
    }
    Ok(exit)
}

/// The destination of that code or name.
///
/// # Errors
/// Fails if there is none; the error lists those that there are.
pub(super) fn destination<'a>(code: &str, reference: &'a Reference) -> anyhow::Result<&'a Destination> {
    reference.destination(code).ok_or_else(|| {
        let known: Vec<String> =
            reference.destinations.iter().map(|known| format!("  {:6} {}", known.code, known.name)).collect();
        Usage(format!("there is no destination `{code}`; there are:\n{}", known.join("\n"))).into()
    })
}

/// One verdict for each card; the exit code says only that they were made.
fn all_cards(arguments: &Arguments, question: &Question<'_>, reference: &Reference) -> anyhow::Result<Exit> {
    let fleet = fleet(arguments, reference)?;
    let cards: Vec<&Card> = reference.cards.values().collect();
    let answer = |card: &&Card| {
        let verdict = judge::judge(&Question { named: vec![*card], ..question.clone() }, reference);
        let equivalence = fleet.map(|fleet| judge::equivalence(card, fleet, arguments.price.as_ref()));
        Answer { verdict, equivalence }
    };
    if arguments.json {
        print_json_list(&cards, answer)?;
    } else {
        // One after the other: all of them together are tens of megabytes.
        print(&report::verdict_table(cards.iter().map(|card| answer(card).verdict)))?;
    }
    Ok(Exit::Done)
}

/// How to end with `verdict`.
pub(super) fn exit(verdict: &Verdict) -> Exit {
    match verdict.headline {
        Headline::NotRestricted => Exit::Done,
        Headline::Restricted => Exit::Exceeds,
        Headline::Undecided => Exit::Undecided,
        Headline::NoVerdict if verdict.subject.software => Exit::Undecided,
        Headline::NoVerdict => Exit::Failed,
    }
}

/// Leaves out all rules but those named, and what they presuppose; says which.
fn keep_only(reference: &mut Reference, names: &[String]) -> anyhow::Result<Option<Caution>> {
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        let Some(rule) = reference.rule_called(name) else {
            let known = reference.rules.iter().map(|rule| rule.id.as_str());
            return Err(Usage(super::nearest::unknown("rule", name, known)).into());
        };
        kept.push(rule.id.clone());
    }
    if kept.is_empty() {
        return Ok(None);
    }
    let caution = Caution::OnlySomeRules(kept.join(" and "));
    let mut next = 0;
    while next < kept.len() {
        let required = reference.rule(&kept[next]).map(|rule| rule.requires_rule_true.clone()).unwrap_or_default();
        kept.extend(required);
        next += 1;
    }
    reference.rules.retain(|rule| kept.contains(&rule.id));
    Ok(Some(caution))
}

/// The date asked for, or today.
///
/// # Errors
/// Fails if it lies before every rule.
pub(super) fn date(asked: Option<Date>, reference: &Reference) -> anyhow::Result<Date> {
    let date = asked.unwrap_or_else(|| jiff::Zoned::now().date());
    let first = reference.rules.iter().filter_map(|rule| rule.effective_from).min();
    match first {
        Some(first) if date < first => {
            Err(Usage(format!("{date} lies before the first rule, which dates from {first}")).into())
        }
        _ => Ok(date),
    }
}

fn equivalence(arguments: &Arguments, verdict: &Verdict, reference: &Reference) -> anyhow::Result<Option<Equivalence>> {
    let Some(fleet) = fleet(arguments, reference)? else { return Ok(None) };
    let card = verdict.subject.card.as_ref().and_then(|id| reference.cards.get(id)).ok_or_else(|| {
        let which = verdict.variants.iter().map(|variant| variant.card.as_str()).collect::<Vec<_>>().join(", ");
        let which = if which.is_empty() { "no card is known".to_owned() } else { format!("the card may be {which}") };
        Usage(format!("--equivalent-to compares claimed figures, and {which}; name one with --card"))
    })?;
    Ok(Some(judge::equivalence(card, fleet, arguments.price.as_ref())))
}

/// The fleet asked for.
fn fleet<'a>(arguments: &Arguments, reference: &'a Reference) -> anyhow::Result<Option<Fleet<'a>>> {
    let Some((count, name)) = &arguments.equivalent_to else { return Ok(None) };
    let card = card(reference, name).context("in --equivalent-to")?;
    Ok(Some(Fleet { count: *count, card }))
}

fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "a day is written YYYY-MM-DD, such as 2024-01-31".to_owned())
}

fn positive(text: &str) -> Result<f64, String> {
    not_negative(text).and_then(|value| if value > 0.0 { Ok(value) } else { Err("must be above zero".to_owned()) })
}

fn not_negative(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value >= 0.0 => Ok(value),
        _ => Err("must be a number, not negative".to_owned()),
    }
}

fn at_least_one(text: &str) -> Result<f64, String> {
    match text.parse::<u32>() {
        Ok(number) if (1..=64).contains(&number) => Ok(number.into()),
        _ => Err("must be a whole number from 1 to 64".to_owned()),
    }
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("expected yes or no".to_owned()),
    }
}

fn fleet_text(text: &str) -> Result<(f64, String), String> {
    let form = "expected a number and a card, such as 30000xA100";
    let (count, card) = text.split_once(['x', '×']).ok_or(form)?;
    let count = positive(&count.replace([',', ' '], "")).ok().filter(|count| *count <= 1e9).ok_or(form)?;
    Ok((count, card.trim().to_owned()))
}

fn price(text: &str) -> Result<Price, String> {
    let form = "expected an amount and a currency, such as 82000CNY";
    let split = text.find(|c: char| c.is_ascii_alphabetic()).ok_or(form)?;
    let (amount, currency) = text.split_at(split);
    if !currency.chars().all(|c| c.is_ascii_alphabetic()) {
        return Err(form.to_owned());
    }
    let amount = positive(&amount.replace([',', ' '], "")).map_err(|_| form)?;
    Ok(Price { amount, currency: currency.to_uppercase() })
}
