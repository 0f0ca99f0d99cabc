//! Comma-separated values: one line for each benchmark, base units, empty where nothing is established.

use super::text::plain;
use super::{Csv, Render};
use crate::judge::Verdict;
use crate::record::{Entry, Note, Record};
use crate::units::{OpsPerSec, Seconds};

const HEADER: &str = "created,adapter,backend,driver,id,outcome,problem,variant,samples,seconds_median,\
ops_per_s_best,ops_per_s_median,bytes_per_s_best,bytes_per_s_median,burst_ops_per_s,level_ops_per_s,settled_after_s,lower_bound,reason";

impl Render for Csv {
    fn render(&self, record: &Record, _: &Verdict) -> String {
        let lines = record.entries.iter().map(|entry| line(record, entry));
        std::iter::once(HEADER.to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
    }
}

fn line(record: &Record, entry: &Entry) -> String {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let (ops, bytes) = (entry.rates.and_then(|rates| rates.ops()), entry.rates.and_then(|rates| rates.bytes()));
    let stats = entry.stats.as_ref();
    let load = entry.sustained.as_ref();
    let fields = [
        quoted(&record.created),
        quoted(&record.adapter.name),
        record.adapter.backend.to_string(),
        quoted(&record.adapter.driver_info),
        quoted(&entry.id),
        entry.outcome.to_string().to_lowercase(),
        quoted(&entry.problem.map(|problem| problem.to_string()).unwrap_or_default()),
        quoted(&entry.variant.as_ref().map(|variant| variant.name.clone()).unwrap_or_default()),
        stats.map(|stats| stats.samples.to_string()).unwrap_or_default(),
        number(stats.map(|stats| stats.median_s.get())),
        number(ops.map(|rate| rate.best.get())),
        number(ops.map(|rate| rate.median.get())),
        number(bytes.map(|rate| rate.best.get())),
        number(bytes.map(|rate| rate.median.get())),
        number(load.and_then(|load| load.burst_ops_per_s).map(OpsPerSec::get)),
        number(load.and_then(|load| load.level_ops_per_s).map(OpsPerSec::get)),
        number(load.and_then(|load| load.settled_after_s).map(Seconds::get)),
        quoted(entry.lower_bound.as_ref().map(Note::words).unwrap_or_default()),
        quoted(entry.reason.as_ref().map(Note::words).unwrap_or_default()),
    ];
    fields.join(",")
}

/// Foreign text in quotes; a leading sign that a spreadsheet would take for a formula is disarmed.
fn quoted(text: &str) -> String {
    let text = plain(text).replace('"', "\"\"");
    let formula = text.starts_with(['=', '+', '-', '@']);
    format!("\"{}{text}\"", if formula { "'" } else { "" })
}
