//! `cards`: search and show the reference base.

use serde_json::json;

use super::Exit;
use super::exit::Usage;
use super::output::{print, print_json};
use super::reference_arguments::{ReferenceArguments, unknown};
use crate::reference::{Card, Reference};

/// Search the reference cards; a query that matches one card shows all its figures, with sources.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Part of an id or name.
    query: Option<String>,
    #[command(flatten)]
    reference: ReferenceArguments,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let reference = arguments.reference.load()?;
    let cards = match &arguments.query {
        None => reference.cards.values().collect(),
        Some(query) => match reference.cards.get(query) {
            Some(card) => vec![card],
            None => reference.search(query),
        },
    };
    if let ([], Some(query)) = (&cards[..], &arguments.query) {
        return Err(Usage(unknown(&reference, query)).into());
    }
    if arguments.json {
        let all: Vec<_> = cards.iter().map(|card| as_json(card, &reference)).collect();
        print_json(&all)?;
    } else if let [card] = cards[..] {
        print(&show(card, &reference))?;
    } else {
        let tpp = |card: &Card| {
            card.tpp(&reference).map_or_else(|| "TPP ?".to_owned(), |(tpp, format)| format!("TPP {tpp:.0} by {format}"))
        };
        let lines: Vec<String> =
            cards.iter().map(|card| format!("{:28} {:36} {}", card.id, card.name, tpp(card))).collect();
        print(&lines.join("\n"))?;
    }
    Ok(Exit::Done)
}

/// The figures of a card as (name, value, unit).
fn figures(card: &Card) -> Vec<(&str, f64, &'static str)> {
    let mut figures: Vec<(&str, f64, &str)> =
        card.rates.iter().map(|(format, rate)| (format.as_str(), *rate, "TFLOP/s")).collect();
    let mut add = |name, value: Option<f64>, unit| figures.extend(value.map(|value| (name, value, unit)));
    add("size_gb", card.memory.size_gb, "GB");
    add("bw_gbs", card.memory.bw_gbs, "GB/s");
    if let Some(io) = &card.io {
        add("chip_to_chip_gbs", Some(io.chip_to_chip_gbs), "GB/s");
        add("host_gbs", io.host_gbs, "GB/s");
        add("total_gbs", Some(io.total_gbs), "GB/s");
    }
    if let Some(die) = &card.die {
        add("area_mm2", die.area_mm2, "mm²");
        add("applicable_mm2", die.applicable_mm2, "mm²");
    }
    add("tdp_w", card.tdp_w, "W");
    figures
}

fn show(card: &Card, reference: &Reference) -> String {
    let mut lines = vec![
        format!("{} — {} {}", card.id, card.vendor, card.name),
        format!(
            "  chip {}, {:?} market, {} region, marketed for datacenters: {}",
            card.chip, card.market, card.region, card.datacenter_marketed
        ),
        format!("  last looked at on {}", day(card.last_look)),
        format!("  PCI ids: {}", if card.pci.is_empty() { "none known".to_owned() } else { card.pci.join(", ") }),
    ];
    let shared =
        (!card.shared_pci.is_empty()).then(|| format!("  shared with other products: {}", card.shared_pci.join(", ")));
    let names = (!card.names.is_empty()).then(|| format!("  also called: {}", card.names.join(", ")));
    let device = card
        .package
        .device
        .as_ref()
        .map(|device| format!("  shows up as {} devices, each {device}", card.package.devices));
    let each = card
        .package
        .modes
        .iter()
        .map(|(mode, devices)| format!("{mode} (up to {devices} devices)"))
        .collect::<Vec<_>>();
    let modes = (!each.is_empty()).then(|| format!("  modes: {}", each.join(", ")));
    lines.extend([shared, names, device, modes].into_iter().flatten());
    lines.extend(card.tpp(reference).map(|(tpp, format)| format!("  TPP {tpp:.0} by {format}")));
    lines.extend(figures(card).into_iter().map(|(name, value, unit)| {
        let source = card.source_of(name).map_or("no source", |id| reference.source(id));
        let unconfirmed = if card.is_unconfirmed(name) { " — UNCONFIRMED" } else { "" };
        format!("  {name:18} {value:>9} {unit:8} {source}{unconfirmed}")
    }));
    lines.extend(clocks(card, reference));
    let published = reference.published.iter().filter(|row| row.card == card.id);
    lines.extend(
        published.map(|row| format!("  measured {:22} {:>9}  {} ({})", row.metric, row.value, row.tool, row.source)),
    );
    let mut sources: Vec<&str> =
        card.source.values().filter_map(|id| reference.sources.get(id)?.url.as_deref()).collect();
    sources.sort_unstable();
    sources.dedup();
    lines.extend(sources.into_iter().map(|url| format!("  see {url}")));
    lines.extend(card.note.iter().map(|note| format!("  note: {note}")));
    lines.join("\n")
}

/// The clocks that the rates are claimed at, the highest first, each with its formats.
fn clocks(card: &Card, reference: &Reference) -> Vec<String> {
    let source = card.source_of("clock_mhz").map_or("no source", |id| reference.source(id));
    let unconfirmed = if card.is_unconfirmed("clock_mhz") { " — UNCONFIRMED" } else { "" };
    let units = card.units.map(|units| format!("  {:18} {units:>9} {:8} {source}{unconfirmed}", "units", ""));
    let mut clocks: Vec<f64> = card.clock_mhz.values().copied().collect();
    clocks.sort_by(|one, other| other.total_cmp(one));
    clocks.dedup();
    let line = |mhz: f64| {
        let formats: Vec<&str> = card
            .clock_mhz
            .iter()
            .filter(|(_, of)| of.total_cmp(&mhz).is_eq())
            .map(|(format, _)| format.as_str())
            .collect();
        format!("  {:18} {mhz:>9} {:8} {}", "rated clock", "MHz", formats.join(", "))
    };
    units.into_iter().chain(clocks.into_iter().map(line)).collect()
}

fn day(day: Option<jiff::civil::Date>) -> String {
    day.map_or_else(|| "an unknown day".to_owned(), |day| day.to_string())
}

fn as_json(card: &Card, reference: &Reference) -> serde_json::Value {
    let figures: serde_json::Map<_, _> = figures(card)
        .into_iter()
        .map(|(name, value, unit)| {
            let source = card.source_of(name).map(|id| reference.source(id));
            (
                name.to_owned(),
                json!({ "value": value, "unit": unit, "source": source, "unconfirmed": card.is_unconfirmed(name) }),
            )
        })
        .collect();
    let published: Vec<_> = reference
        .published
        .iter()
        .filter(|row| row.card == card.id)
        .map(|row| json!({ "metric": row.metric, "value": row.value, "tool": row.tool, "source": row.source }))
        .collect();
    let tpp = card.tpp(reference).map(|(tpp, format)| json!({ "value": tpp, "format": format }));
    json!({
        "id": card.id, "vendor": card.vendor, "name": card.name, "names": card.names, "chip": card.chip, "pci": card.pci, "shared_pci": card.shared_pci,
        "devices_per_card": card.package.devices, "last_look": card.last_look.map(|day| day.to_string()), "market": card.market,
        "datacenter_marketed": card.datacenter_marketed, "region": card.region, "released": card.released, "tpp": tpp,
        "figures": figures, "units": card.units, "clock_mhz": card.clock_mhz, "published": published, "note": card.note,
    })
}
