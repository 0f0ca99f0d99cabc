//! Comma-separated values: one line for each benchmark, base units, empty where nothing is established.

use super::Format;
use super::text::plain;
use crate::judge::Verdict;
use crate::record::{Entry, Note, Record};
use crate::telemetry::Series;
use crate::units::{OpsPerSec, Seconds};

const HEADER: [&str; 31] = [
    "created",
    "adapter",
    "backend",
    "driver",
    "id",
    "outcome",
    "problem",
    "variant",
    "samples",
    "seconds_median",
    "ops_per_s_best",
    "ops_per_s_median",
    "bytes_per_s_best",
    "bytes_per_s_median",
    "burst_ops_per_s",
    "level_ops_per_s",
    "settled_after_s",
    "lower_bound",
    "reason",
    "seconds_each_best",
    "seconds_each_median",
    "core_hz_at_best",
    "core_hz_median",
    "power_w",
    "power_limit_w",
    "temperature_c_highest",
    "energy_per_op_j",
    "energy_per_byte_j",
    "held_by",
    "held_share",
    "held_samples",
];

/// For a spreadsheet: one line for each benchmark, base units.
#[derive(Debug, Clone, Copy)]
pub struct Csv;

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn describe(&self) -> &'static str {
        "one line per benchmark, for a spreadsheet"
    }

    fn render(&self, record: &Record, _: &Verdict) -> String {
        csv_of(std::iter::once(HEADER.map(str::to_owned)).chain(rows(record)))
    }

    fn render_next(&self, record: &Record, _: &Verdict) -> String {
        csv_of(rows(record))
    }
}

/// Rows as CSV, without the last line's end.
fn csv_of(rows: impl Iterator<Item = [String; HEADER.len()]>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).expect("memory takes every write, and rows are equally long");
    }
    let text = String::from_utf8(writer.into_inner().expect("memory takes every write"));
    text.expect("fields are text").trim_end_matches('\n').to_owned()
}

fn rows(record: &Record) -> impl Iterator<Item = [String; HEADER.len()]> {
    record.entries.iter().map(|entry| fields(record, entry))
}

fn fields(record: &Record, entry: &Entry) -> [String; HEADER.len()] {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let (ops, bytes) = (entry.rates.and_then(|rates| rates.ops()), entry.rates.and_then(|rates| rates.bytes()));
    let each = entry.rates.and_then(|rates| rates.each());
    let stats = entry.stats.as_ref();
    let load = entry.sustained.as_ref();
    let meanwhile = entry.telemetry.as_ref();
    let read = |figure: fn(&Series) -> Option<f64>| number(meanwhile.and_then(figure));
    [
        disarmed(&record.created),
        disarmed(&record.adapter.name),
        record.adapter.backend.to_string(),
        disarmed(&record.adapter.driver_info),
        disarmed(&entry.id),
        entry.outcome.to_string().to_lowercase(),
        disarmed(&entry.problem.map(|problem| problem.to_string()).unwrap_or_default()),
        disarmed(&entry.variant.as_ref().map(|variant| variant.name.clone()).unwrap_or_default()),
        stats.map(|stats| stats.samples.to_string()).unwrap_or_default(),
        number(stats.map(|stats| stats.median_s.get())),
        number(ops.map(|rate| rate.best.get())),
        number(ops.map(|rate| rate.median.get())),
        number(bytes.map(|rate| rate.best.get())),
        number(bytes.map(|rate| rate.median.get())),
        number(load.and_then(|load| load.burst_ops_per_s).map(OpsPerSec::get)),
        number(load.and_then(|load| load.level_ops_per_s).map(OpsPerSec::get)),
        number(load.and_then(|load| load.settled_after_s).map(Seconds::get)),
        disarmed(entry.lower_bound.as_ref().map(Note::words).unwrap_or_default()),
        disarmed(entry.reason.as_ref().map(Note::words).unwrap_or_default()),
        number(each.map(|time| time.best.get())),
        number(each.map(|time| time.median.get())),
        read(|series| series.core_hz_at_best),
        read(|series| series.core_hz_median),
        read(|series| series.power_w),
        read(|series| series.power_limit_w),
        read(|series| series.temperature_c_highest),
        read(|series| series.energy_per_op_j),
        read(|series| series.energy_per_byte_j),
        meanwhile.map(|series| series.held_by.to_string()).unwrap_or_default(),
        read(|series| series.held_share),
        meanwhile.map(|series| series.held_samples.len().to_string()).unwrap_or_default(),
    ]
}

/// Foreign text without the leading sign that a spreadsheet would take for a formula's.
fn disarmed(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@']);
    format!("{}{}", if formula { "'" } else { "" }, plain(text))
}
