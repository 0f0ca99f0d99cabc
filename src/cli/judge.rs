//! `judge`: does a card, as claimed or measured, fall under the rules of a date?

use std::path::PathBuf;

use anyhow::Context as _;
use jiff::civil::Date;
use serde::Serialize;

use super::Exit;
use super::exit::Usage;
use super::output::{print, print_json, print_report};
use super::reference_arguments::{ReferenceArguments, card};
use crate::judge::{self, Equivalence, Fleet, Given, Headline, Price, Question, Verdict};
use crate::record;
use crate::reference::{Card, Reference};
use crate::report;

/// Judges a record or a card by the rules of a date and destination.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The record to judge.
    #[arg(required_unless_present_any = ["card", "all_cards"])]
    record: Option<PathBuf>,
    /// A card by id, or by a part of its name that fits only one; with a record, the card that it is of.
    #[arg(long, value_name = "ID")]
    card: Option<String>,
    /// Every card of the reference base.
    #[arg(long, conflicts_with_all = ["record", "card", "die_area_mm2", "io_gbs", "datacenter"])]
    all_cards: bool,
    /// The date whose rules apply [default: today].
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// Where the card would go: CN, HK, MO, RU, AE, D1, D4, D5, US or OTHER [default: CN, China].
    #[arg(long, value_name = "CODE")]
    destination: Option<String>,
    /// Only this rule; may be repeated. The headline then rests on these alone.
    #[arg(long, value_name = "ID")]
    rule: Vec<String>,
    #[command(flatten)]
    reference: ReferenceArguments,
    /// The card to compare with [default: nvidia-a100-sxm4-80gb].
    #[arg(long, value_name = "ID")]
    reference_card: Option<String>,
    /// Applicable die area in mm².
    #[arg(long, value_name = "X", value_parser = positive)]
    die_area_mm2: Option<f64>,
    /// Total bidirectional I/O in GB/s, host link included.
    #[arg(long, value_name = "X", value_parser = not_negative)]
    io_gbs: Option<f64>,
    /// Whether the card is designed or marketed for use in datacenters.
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no)]
    datacenter: Option<bool>,
    /// How many of this card equal a fleet: `30000xA100`.
    #[arg(long, value_name = "NxCARD", value_parser = fleet_text)]
    equivalent_to: Option<(f64, String)>,
    /// Price of one card, `82000CNY`, for the cost of that fleet.
    #[arg(long, value_name = "PRICE", value_parser = price, requires = "equivalent_to")]
    price: Option<Price>,
    /// Print JSON (schemas/verdict.schema.json).
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  gpu-assay judge results/RECORD.json
  gpu-assay judge --card h20 --as-of 2025-05-01
  gpu-assay judge --card a800-sxm4 --as-of 2023-01-01 --json
  gpu-assay judge --card rtx-3090 --equivalent-to 10000xA100 --price 1500USD

Exit codes: 0 not restricted, 10 restricted, 11 undecided or a software renderer, 1 a data conflict or an unusable record, 2 usage.";

/// A verdict, and how many cards equal a fleet where that was asked.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Answer {
    /// The verdict.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// How many cards equal the fleet asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equivalence: Option<Equivalence>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut reference = arguments.reference.load()?;
    keep_only(&mut reference, &arguments.rule)?;
    let date = date(arguments.as_of, &reference)?;
    let code = arguments.destination.as_deref().unwrap_or(&reference.policy.default_destination);
    let destination = reference.destination(code).ok_or_else(|| {
        let known: Vec<String> =
            reference.destinations.iter().map(|known| format!("  {:6} {}", known.code, known.name)).collect();
        Usage(format!("there is no destination `{code}`; there are:\n{}", known.join("\n")))
    })?;
    let reference_card =
        card(&reference, arguments.reference_card.as_deref().unwrap_or(&reference.policy.reference_card))?;
    let record = arguments.record.as_deref().map(record::load).transpose()?;
    let named = arguments.card.as_deref().map(|name| card(&reference, name)).transpose()?;
    let given =
        Given { die_area_mm2: arguments.die_area_mm2, io_gbs: arguments.io_gbs, datacenter: arguments.datacenter };
    let question = Question { card: named, record: record.as_ref(), given, date, destination, reference_card };
    if arguments.all_cards {
        return all_cards(arguments, &question, &reference);
    }
    let verdict = judge::judge(&question, &reference);
    let equivalence = equivalence(arguments, &verdict, &reference)?;
    let exit = exit(verdict.headline, verdict.subject.software);
    if arguments.json {
        print_json(&Answer { verdict, equivalence })?;
    } else {
        print_report(&report::verdict(&verdict))?;
        if let Some(equivalence) = equivalence {
            print(&report::equivalence(&equivalence))?;
        }
    }
    Ok(exit)
}

/// One verdict for each card; the exit code says only that they were made.
fn all_cards(arguments: &Arguments, question: &Question<'_>, reference: &Reference) -> anyhow::Result<Exit> {
    let verdicts = reference.cards.values().map(|card| {
        let verdict = judge::judge(&Question { card: Some(card), ..question.clone() }, reference);
        let equivalence = equivalence_of(arguments, card, reference)?;
        Ok(Answer { verdict, equivalence })
    });
    let answers = verdicts.collect::<anyhow::Result<Vec<Answer>>>()?;
    if arguments.json {
        print_json(&answers)?;
    } else {
        let verdicts: Vec<&Verdict> = answers.iter().map(|answer| &answer.verdict).collect();
        print(&report::verdict_table(&verdicts))?;
    }
    Ok(Exit::Done)
}

fn exit(headline: Headline, software: bool) -> Exit {
    match headline {
        Headline::NotRestricted => Exit::Done,
        Headline::Restricted => Exit::Exceeds,
        Headline::Undecided => Exit::Undecided,
        Headline::NoVerdict if software => Exit::Undecided,
        Headline::NoVerdict => Exit::Failed,
    }
}

/// Leaves out all rules but those named, and what they presuppose.
fn keep_only(reference: &mut Reference, ids: &[String]) -> anyhow::Result<()> {
    for id in ids {
        if reference.rule(id).is_none() {
            let known = reference.rules.iter().map(|rule| rule.id.as_str());
            return Err(Usage(super::nearest::unknown("rule", id, known)).into());
        }
    }
    if !ids.is_empty() {
        let mut kept = ids.to_vec();
        let mut next = 0;
        while next < kept.len() {
            let required = reference.rule(&kept[next]).map(|rule| rule.requires_rule_true.clone()).unwrap_or_default();
            kept.extend(required);
            next += 1;
        }
        reference.rules.retain(|rule| kept.contains(&rule.id));
    }
    Ok(())
}

fn date(asked: Option<Date>, reference: &Reference) -> anyhow::Result<Date> {
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
    match verdict.subject.card.as_ref().and_then(|id| reference.cards.get(id)) {
        Some(card) => equivalence_of(arguments, card, reference),
        None if arguments.equivalent_to.is_some() => Err(Usage(
            "--equivalent-to compares claimed figures, and no card is known; name one with --card".to_owned(),
        )
        .into()),
        None => Ok(None),
    }
}

fn equivalence_of(arguments: &Arguments, of: &Card, reference: &Reference) -> anyhow::Result<Option<Equivalence>> {
    let Some((count, name)) = &arguments.equivalent_to else { return Ok(None) };
    // "A100" alone is the reference card, of which there are several forms.
    let default = reference.cards.get(&reference.policy.reference_card);
    let fleet_card = match default.filter(|_| name.eq_ignore_ascii_case("a100")) {
        Some(card) => card,
        None => card(reference, name).context("in --equivalent-to")?,
    };
    Ok(Some(judge::equivalence(of, Fleet { count: *count, card: fleet_card }, arguments.price.as_ref())))
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

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("expected yes or no".to_owned()),
    }
}

fn fleet_text(text: &str) -> Result<(f64, String), String> {
    let (count, card) = text.split_once('x').ok_or("expected a number and a card, such as 30000xA100")?;
    Ok((positive(count)?, card.to_owned()))
}

fn price(text: &str) -> Result<Price, String> {
    let split =
        text.find(|c: char| c.is_ascii_alphabetic()).ok_or("expected an amount and a currency, such as 82000CNY")?;
    let (amount, currency) = text.split_at(split);
    if !currency.chars().all(|c| c.is_ascii_alphabetic()) {
        return Err("expected an amount and a currency, such as 82000CNY".to_owned());
    }
    Ok(Price { amount: positive(amount.trim())?, currency: currency.to_uppercase() })
}
