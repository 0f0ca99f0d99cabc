//! A page for people: one file that fetches nothing, with the data it was made from.

mod figures;
mod gallery;
mod meanwhile;
mod plot;
mod timeline;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

pub use gallery::{GalleryRow, gallery};

use super::conditions;
use super::explained;
use super::load::load;
use super::peer::beside_peer;
use super::text::{level_row, of_one_block, plain, row};
use super::verdict::{COLUMNS, DISCLAIMER, LEGEND, VARIANT_COLUMNS, answer, facts_of, others, rows, variant_row};
use crate::judge::{Headline, Verdict};
use crate::record::{Entry, Outcome, Record};
use crate::reference::Reference;

const STYLE: &str = include_str!("style.css");

/// One page about some records and their verdicts, the first one's name on top; `left_out` says which others could not be used.
pub fn page(records: &[(&Record, &Verdict)], left_out: &[String], reference: &Reference) -> String {
    let names: Vec<String> = records.iter().map(|(record, _)| plain(&record.adapter.name)).collect();
    let figures = figures::of_all(records, reference);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head(&format!("gpu-assay: {}", names.join(", "))))
            body {
                header { h1 { (names.join(" · ")) } }
                main {
                    @for words in left_out { p class="warning" { (plain(words)) } }
                    @for (record, verdict) in records { (summary(record, verdict)) }
                    section aria-label="Plots" {
                        h2 { "Plots" }
                        @for (title, words, svg) in &figures {
                            figure { figcaption { strong { (plain(title)) } ". " (words) } (PreEscaped(svg)) }
                        }
                    }
                    @for (record, verdict) in records { (details(record, verdict)) }
                }
                footer { "Made by gpu-assay " (env!("CARGO_PKG_VERSION")) ". " (DISCLAIMER) }
            }
        }
    };
    page.into_string()
}

/// The single plots of a page, by file name.
pub fn plots(records: &[(&Record, &Verdict)], reference: &Reference) -> Vec<(String, String)> {
    let figures = figures::of_all(records, reference).into_iter().map(|(title, _, svg)| (title, svg));
    let slug = |title: &str| -> String {
        let letters =
            title.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect::<String>();
        letters.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
    };
    // Alone a plot has no page whose colours it could take, and may lie on a dark one.
    let alone =
        |svg: &str| svg.replace("currentColor", "#222222").replacen("<svg ", "<svg style=\"background:#ffffff\" ", 1);
    figures.map(|(title, svg)| (format!("{}.svg", slug(&title)), alone(&svg))).collect()
}

fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
            title { (title) }
            style { (PreEscaped(STYLE)) }
        }
    }
}

/// The verdict, in one box.
fn summary(record: &Record, verdict: &Verdict) -> Markup {
    let class = match verdict.headline {
        Headline::Restricted => "restricted",
        Headline::NotRestricted => "free",
        Headline::Undecided | Headline::NoVerdict => "undecided",
    };
    html! {
        section class={ "verdict " (class) } aria-label="Verdict" {
            p class="headline" { (answer(verdict)) }
            @if verdict.subject.name != record.adapter.name { p { "Measured on " (plain(&record.adapter.name)) "." } }
            dl { @for (name, value) in facts_of(verdict) { dt { (name) } dd { (value) } } }
            (rules(verdict))
            p class="note" { "Measured " (plain(&record.created)) " with " (plain(&record.tool.name)) " " (plain(&record.tool.version)) "." }
            @for warning in &record.warnings { p class="warning" { (plain(warning.words())) } }
            @if record.synthetic { p class="warning" { "Synthetic: nothing was measured." } }
        }
    }
}

/// The rules that the verdict rests on, or the cards that it may be.
fn rules(verdict: &Verdict) -> Markup {
    html! {
        @if !verdict.variants.is_empty() {
            div class="wide" { table {
                caption { "The cards of that name" }
                thead { tr { @for name in VARIANT_COLUMNS { th scope="col" { (name) } } } }
                tbody { @for variant in &verdict.variants { tr { @for cell in variant_row(variant) { td { (plain(&cell)) } } } } }
            } }
        } @else if !verdict.subject.software {
            div class="wide" { table {
                caption { "Rules in force on that day for that destination" }
                thead { tr { @for name in COLUMNS { th scope="col" { (name) } } } }
                tbody {
                    @for row in rows(verdict) {
                        tr { @for (column, cell) in row.iter().enumerate() {
                            @if column == 0 { th scope="row" { (plain(cell)) } }
                            @else { td class=[(3..6).contains(&column).then_some("number")] { (plain(cell)) } }
                        } }
                    }
                }
            } }
            p class="note" { @for words in others(verdict) { (words) " " } (LEGEND) }
        }
    }
}

/// Tables, the verdict's chain, settings and data of one record.
fn details(record: &Record, verdict: &Verdict) -> Markup {
    let json = serde_json::to_string_pretty(&record.sealed()).unwrap_or_default();
    html! {
        section aria-label={ "Figures of " (plain(&record.adapter.name)) } {
            h2 { "Figures of " (plain(&record.adapter.name)) }
            (table(record))
            (conditions_table(record))
            @if let Some(words) = of_one_block(record) { p class="note" { (words) } }
            @for entry in record.entries.iter().filter(|entry| !entry.levels.is_empty()) { (levels(entry)) }
            @if record.peer.is_some() {
                h3 { "Beside other libraries" }
                pre { (beside_peer(record).join("\n")) }
            }
            h3 { "Each benchmark" }
            @for entry in record.entries.iter().filter(|entry| entry.rates.is_some()) { (benchmark(entry)) }
            @if !verdict.subject.software {
                details { summary { "How the verdict comes about, with sources" } pre { (explained::explanation(verdict)) } }
            }
            h3 { "Settings and provenance" }
            dl {
                @for (name, value) in provenance(record) { dt { (name) } dd { (plain(&value)) } }
            }
            p { a download="record.json" href={ "data:application/json;base64," (BASE64_STANDARD.encode(&json)) } { "The record, as JSON" } }
        }
    }
}

fn table(record: &Record) -> Markup {
    html! {
        div class="wide" { table {
            caption { "Best and median rates, with the 95 % interval of the median" }
            thead { tr { @for name in ["benchmark", "problem", "variant", "best", "median", "± 95 %", "check"] { th scope="col" { (name) } } } }
            tbody {
                @for entry in &record.entries {
                    tr class=(class_of(entry.outcome)) {
                        @for (column, cell) in row(entry).into_iter().enumerate() {
                            @if column == 0 { th scope="row" { (cell) } } @else { td class=[(3..6).contains(&column).then_some("number")] { (cell) } }
                        }
                    }
                }
            }
        } }
    }
}

/// What the card was doing while each figure was taken; nothing where nothing was read.
fn conditions_table(record: &Record) -> Markup {
    let rows = conditions::rows(record);
    html! {
        @if !rows.is_empty() {
            div class="wide" { table {
                caption { "What the card was doing meanwhile: median core clock and that at the fastest sample, mean power, rates for each watt" }
                thead { tr { @for name in conditions::COLUMNS { th scope="col" { (name) } } } }
                tbody {
                    @for row in &rows {
                        tr { @for (column, cell) in row.iter().enumerate() {
                            @if column == 0 { th scope="row" { (cell) } }
                            @else { td class=[(column + 1 < row.len()).then_some("number")] { (cell) } }
                        } }
                    }
                }
            } }
        }
        @for words in conditions::notes(record) { p class="note" { (words) } }
    }
}

fn class_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Measured => "measured",
        Outcome::Wrong | Outcome::Failed => "bad",
        Outcome::Suspect => "suspect",
        Outcome::Unsupported | Outcome::Skipped => "absent",
    }
}

fn levels(entry: &Entry) -> Markup {
    html! {
        div class="wide" { table {
            caption { "Levels of " (plain(&entry.id)) }
            thead { tr { @for name in ["size", "estimate", "95 % from", "to"] { th scope="col" { (name) } } } }
            tbody { @for level in &entry.levels { tr { @for cell in level_row(entry, level) { td class="number" { (cell) } } } } }
        } }
    }
}

fn benchmark(entry: &Entry) -> Markup {
    html! {
        details {
            summary { (plain(&entry.id)) " — " (entry.outcome) }
            @if let Some(reason) = &entry.reason { p class="warning" { (plain(reason.words())) } }
            @if let Some(sustained) = &entry.sustained { p { "Under load: " (load(sustained)) "." } }
            @for note in entry.lower_bound.iter().chain(&entry.findings) { p { (plain(note.words())) } }
            @if let Some(check) = &entry.check { p { "Checked: " (plain(&check.method)) "." } }
            @if let Some(clock) = entry.clock { p { "Clock: " (format!("{clock:?}").to_lowercase()) "; " (entry.samples.len()) " samples" @if let Some(later) = &entry.later { ", and " (later.samples.len()) " later" } "." } }
            @for svg in figures::of_entry(entry) { figure { (PreEscaped(svg)) } }
        }
    }
}

fn provenance(record: &Record) -> Vec<(&'static str, String)> {
    let adapter = &record.adapter;
    let plan = serde_json::to_string(&record.plan).unwrap_or_default();
    vec![
        ("adapter", adapter.name.clone()),
        ("PCI id", adapter.pci_id()),
        ("place", adapter.place().unwrap_or_else(|| "unknown".to_owned())),
        ("kind", format!("{}, {}", adapter.kind, adapter.backend)),
        ("driver", adapter.whole_driver()),
        (
            "program",
            format!(
                "{} {} ({}), wgpu {}, naga {}",
                record.tool.name, record.tool.version, record.tool.git, record.tool.wgpu, record.tool.naga
            ),
        ),
        (
            "host",
            format!("{} {} {}", record.host.os, record.host.arch, record.host.processor.as_deref().unwrap_or_default()),
        ),
        ("settings", plan),
        ("content", record.edited().map_or_else(|| format!("SHA-256 {}", record.content_hash()), str::to_owned)),
    ]
}

/// Foreign text as part of an attribute.
fn escaped_attribute(text: &str) -> String {
    let text = plain(text);
    html! { (text) }.into_string().replace('"', "&quot;")
}
