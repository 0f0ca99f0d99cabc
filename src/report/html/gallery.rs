//! An index of many records: one row each, sorted and filtered without anything from elsewhere.

use maud::{DOCTYPE, PreEscaped, html};

use super::head;
use crate::benchmark::{Benchmark, Kind};
use crate::judge::Verdict;
use crate::problem::Element;
use crate::record::Record;
use crate::report::plain;

/// The product that every device has.
const F32_PRODUCT: Kind = Kind::Matmul { input: Element::F32, accumulator: Element::F32 };

const SCRIPT: &str = include_str!("gallery.js");

/// What the index shows of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct GalleryRow {
    /// Path of its page, relative to the index; none if it has no page.
    pub page: Option<String>,
    /// The file it came from.
    pub file: String,
    /// When it was measured.
    created: String,
    adapter: String,
    driver: String,
    verdict: String,
    /// Best rates in base units: f32, matrix units, memory.
    rates: [Option<f64>; 3],
}

impl GalleryRow {
    /// The row of `record`, read from `file`.
    pub fn of(record: &Record, verdict: &Verdict, file: String, page: Option<String>) -> Self {
        let best = |wanted: fn(&Benchmark) -> bool| {
            let sound = record.entries.iter().filter(|entry| entry.is_sound() && entry.benchmark().is_some_and(wanted));
            sound.filter_map(|entry| entry.rates?.best_per_s()).reduce(f64::max)
        };
        Self {
            page,
            file,
            created: record.created.clone(),
            adapter: record.adapter.name.clone(),
            driver: record.adapter.driver_info.clone(),
            verdict: verdict.headline.to_string(),
            rates: [
                best(|benchmark| benchmark.kind == F32_PRODUCT),
                best(|benchmark| benchmark.kind.is_product() && benchmark.kind.uses_matrix_units()),
                best(Benchmark::is_device_memory),
            ],
        }
    }
}

/// The index page, the oldest record first.
pub fn gallery(rows: &[GalleryRow], refused: &[String]) -> String {
    let mut rows: Vec<&GalleryRow> = rows.iter().collect();
    rows.sort_by(|one, other| one.created.cmp(&other.created));
    let tera = |rate: f64| format!("{:.4}", rate * 1e-12);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head("gpu-assay: results"))
            body {
                header { h1 { "Results" } }
                main {
                    p { (rows.len()) " records. A column's heading sorts by it." }
                    p { label { "Only rows with " input id="filter" type="search"; } }
                    div class="wide" { table id="records" {
                        caption { "Best rates of each record" }
                        thead { tr {
                            @for name in ["measured", "adapter", "driver", "verdict", "f32 products TFLOP/s", "matrix units TFLOP/s", "memory TB/s", "file"] {
                                th scope="col" aria-sort="none" { button type="button" { (name) } }
                            }
                        } }
                        tbody { @for row in rows { tr {
                            td { (plain(&row.created)) }
                            th scope="row" { @if let Some(page) = &row.page { a href=(page) { (plain(&row.adapter)) } } @else { (plain(&row.adapter)) } }
                            td { (plain(&row.driver)) }
                            td { (&row.verdict) }
                            @for rate in row.rates { td class="number" { (rate.map(tera).unwrap_or_default()) } }
                            td { (plain(&row.file)) }
                        } } }
                    } }
                    @if !refused.is_empty() {
                        h2 { "Not shown" }
                        ul { @for why in refused { li { (plain(why)) } } }
                    }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}
