//! Comma-separated values: one line for each benchmark, base units, empty where nothing is established.

use super::text::plain;
use super::{Csv, Render};
use crate::judge::Verdict;
use crate::record::{Entry, Record};
use crate::units::{BytesPerSec, OpsPerSec, Seconds};

const HEADER: &str = "created,adapter,backend,driver,id,outcome,problem,variant,samples,seconds_median,\
ops_per_s_best,ops_per_s_median,bytes_per_s_best,bytes_per_s_median,burst_ops_per_s,level_ops_per_s,settled_after_s,lower_bound,reason";

impl Render for Csv {
    fn render(&self, record: &Record, _: &Verdict) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(HEADER.split(',')).expect("memory takes every write");
        for entry in &record.entries {
            writer
                .write_record(fields(record, entry))
                .expect("memory takes every write, and rows are as long as the header");
        }
        let text = String::from_utf8(writer.into_inner().expect("memory takes every write"));
        text.expect("fields are text").trim_end_matches('\n').to_owned()
    }
}

fn fields(record: &Record, entry: &Entry) -> [String; 19] {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let rates = entry.rates.unwrap_or_default();
    let stats = entry.stats.as_ref();
    let load = entry.sustained.as_ref();
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
        number(rates.ops_per_s_best.map(OpsPerSec::get)),
        number(rates.ops_per_s_median.map(OpsPerSec::get)),
        number(rates.bytes_per_s_best.map(BytesPerSec::get)),
        number(rates.bytes_per_s_median.map(BytesPerSec::get)),
        number(load.and_then(|load| load.burst_ops_per_s).map(OpsPerSec::get)),
        number(load.and_then(|load| load.level_ops_per_s).map(OpsPerSec::get)),
        number(load.and_then(|load| load.settled_after_s).map(Seconds::get)),
        disarmed(entry.lower_bound.as_deref().unwrap_or_default()),
        disarmed(entry.reason.as_deref().unwrap_or_default()),
    ]
}

/// Foreign text without the leading sign that a spreadsheet would take for a formula's.
fn disarmed(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@']);
    format!("{}{}", if formula { "'" } else { "" }, plain(text))
}
