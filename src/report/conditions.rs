//! What the card was doing while each figure was taken, for people. Nothing where nothing was read.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};

use super::text::{WIDTH, plain};
use crate::record::{Entry, Record};
use crate::telemetry::{Held, Limit, Reason, Series};
use crate::units::{BytesPerSec, OpsPerSec};

/// The columns of [`rows`]; all but the first and the last are numbers.
pub(super) const COLUMNS: [&str; 8] = ["meanwhile", "MHz", "at best", "power", "limit", "°C", "per watt", "held by"];

/// The readings beside each benchmark and each load, by name.
fn each_series(record: &Record) -> impl Iterator<Item = (String, &Series)> {
    record.entries.iter().flat_map(|entry: &Entry| {
        let id = plain(&entry.id);
        let load = entry.sustained.as_ref().and_then(|load| load.telemetry.as_ref());
        let load = load.map(|series| (format!("{id}, load"), series));
        entry.telemetry.as_ref().map(|series| (id, series)).into_iter().chain(load)
    })
}

/// The cells of each benchmark and each load beside which anything was read; cells that have nothing to show are empty.
pub(super) fn rows(record: &Record) -> Vec<[String; 8]> {
    let filled = |cells: &[String; 8]| cells[1..].iter().any(|cell| !cell.is_empty());
    each_series(record).map(|(name, series)| row(name, series)).filter(filled).collect()
}

fn row(name: String, series: &Series) -> [String; 8] {
    let shown = |value: Option<f64>, show: fn(f64) -> String| value.map(show).unwrap_or_default();
    let megahertz = |hertz: f64| format!("{:.0}", hertz / 1e6);
    let per_op = series.energy_per_op_j.map(|energy| OpsPerSec::stated(1.0 / energy).to_string());
    let per_byte = series.energy_per_byte_j.map(|energy| BytesPerSec::stated(1.0 / energy).to_string());
    let share = series.held_share.map(|share| format!(" {:.0} %", 100.0 * share)).unwrap_or_default();
    [
        name,
        shown(series.core_hz_median, megahertz),
        shown(series.core_hz_of_best(), megahertz),
        shown(series.power_w, watts),
        shown(series.power_limit_w, watts),
        shown(series.temperature_c_highest, |degrees| format!("{degrees:.0}")),
        per_op.or(per_byte).unwrap_or_default(),
        if series.held_by == Held::Unknown { String::new() } else { format!("{}{share}", series.held_by) },
    ]
}

/// Watts as people say them: those of a small chip with a decimal.
fn watts(watts: f64) -> String {
    let decimals = usize::from(watts < 10.0);
    format!("{watts:.decimals$} W")
}

/// The rows for a terminal, indented like the other tables below the rates; `None` where there are none.
pub(super) fn table(record: &Record) -> Option<Table> {
    let rows = rows(record);
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table.set_header(COLUMNS).add_rows(&rows);
    for (number, column) in table.column_iter_mut().enumerate() {
        column.set_padding((1, 0));
        if number > 0 {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
        if (1..COLUMNS.len() - 1).contains(&number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    (!rows.is_empty()).then_some(table)
}

/// What held the card, by what that was, and what was read and what not.
pub(super) fn notes(record: &Record) -> Vec<String> {
    let mut by_holder: Vec<(String, Vec<String>)> = Vec::new();
    for (name, series) in each_series(record) {
        let Some((holder, when)) = held(series) else { continue };
        let words = format!("{name} {when}");
        match by_holder.iter_mut().find(|(known, _)| *known == holder) {
            Some((_, benchmarks)) => benchmarks.push(words),
            None => by_holder.push((holder, vec![words])),
        }
    }
    let held = by_holder.into_iter().map(|(holder, benchmarks)| format!("{holder} — {}", benchmarks.join("; ")));
    held.chain(sensors(record)).collect()
}

/// What held the card, and when: `held by its power limit of 300 W` and `for 92 % of the time, in 46 of 50 samples`.
fn held(series: &Series) -> Option<(String, String)> {
    let (samples, marked) = (series.began_s.len(), series.held_samples.len());
    let Some(share) = series.held_share else {
        let marks = series.held_samples.iter().flat_map(|sample| &sample.reasons);
        let reasons = listed(&often_first(marks.copied()));
        return (marked > 0)
            .then(|| ("held for a moment".to_owned(), format!("in {marked} of {samples} samples ({reasons})")));
    };
    let reasons = reasons(series);
    let holder = match series.power_limit_w {
        Some(limit) if reasons.first() == Some(&Reason::PowerCap) => format!("its power limit of {}", watts(limit)),
        _ => listed(&reasons),
    };
    // A load has one sample, which is all of it.
    let samples = if samples > 1 { format!(", in {marked} of {samples} samples") } else { String::new() };
    Some((format!("held by {holder}"), format!("for {:.0} % of the time{samples}", 100.0 * share)))
}

/// The reasons of the kind that held the card, the one that did so the longest first.
fn reasons(series: &Series) -> Vec<Reason> {
    let limit = match series.held_by {
        Held::Power => Limit::Power,
        Held::Thermal => Limit::Thermal,
        Held::Other => Limit::Other,
        Held::None | Held::Unknown => return Vec::new(),
    };
    let from = series.began_s.first().copied().unwrap_or(series.loaded_from_s);
    let under_load = series.readings.iter().filter(|reading| reading.at_s >= from);
    let all = under_load.flat_map(|reading| reading.reasons.iter().flatten().copied());
    often_first(all.filter(|reason| reason.limit() == Some(limit)))
}

fn often_first(reasons: impl Iterator<Item = Reason>) -> Vec<Reason> {
    let mut counted: Vec<(usize, Reason)> = Vec::new();
    for reason in reasons {
        match counted.iter_mut().find(|(_, known)| *known == reason) {
            Some((count, _)) => *count += 1,
            None => counted.push((1, reason)),
        }
    }
    counted.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    counted.into_iter().map(|(_, reason)| reason).collect()
}

fn listed(reasons: &[Reason]) -> String {
    reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Where the readings come from, and what could not be read.
fn sensors(record: &Record) -> Option<String> {
    let board = record.board.as_ref()?;
    let read = Some(plain(&board.source)).filter(|source| !source.is_empty());
    let left_out = board.left_out.iter().map(|words| plain(words)).collect::<Vec<_>>().join("; ");
    let not_read = (!left_out.is_empty()).then(|| format!("not read — {left_out}"));
    let parts: Vec<String> = read.map(|source| format!("sensors — {source}")).into_iter().chain(not_read).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::{HeldSample, Reading};
    use crate::units::Seconds;

    /// Ten readings and five samples, with reasons in the first `held` readings.
    fn series(held: u32, reason: Reason) -> Series {
        let reading = |number: u32| Reading {
            at_s: Seconds::new(f64::from(number) / 10.0),
            reasons: Some(if number < held { vec![reason] } else { Vec::new() }),
            ..Reading::default()
        };
        let began_s = (0..5).map(|number| Seconds::new(f64::from(number) / 5.0)).collect();
        let sample = |sample| HeldSample { sample, reasons: vec![reason] };
        Series {
            held_samples: (0..held.div_ceil(2) as usize).map(sample).collect(),
            ..Series::new(Seconds::new(0.0), began_s, (0..10).map(reading).collect())
        }
    }

    #[test]
    fn what_held_the_card_is_named() {
        let capped = Series {
            held_by: Held::Power,
            held_share: Some(0.9),
            power_limit_w: Some(300.0),
            ..series(9, Reason::PowerCap)
        };
        let [by, when] = held(&capped).map(|(by, when)| [by, when]).expect("held");
        assert_eq!(by, "held by its power limit of 300 W");
        assert_eq!(when, "for 90 % of the time, in 5 of 5 samples");
        let current = Series { held_by: Held::Power, held_share: Some(0.9), ..series(9, Reason::Current) };
        assert_eq!(held(&current).expect("held").0, "held by current limit");
        let set = Series { held_by: Held::Other, held_share: Some(1.0), ..series(10, Reason::ClockSetting) };
        assert_eq!(held(&set).expect("held").0, "held by clocks set by hand");
        let moment = Series { held_by: Held::None, ..series(1, Reason::Thermal) };
        assert_eq!(held(&moment).expect("held").1, "in 1 of 5 samples (temperature)");
        assert_eq!(held(&series(0, Reason::Thermal)), None);
    }

    #[test]
    fn what_was_not_read_is_not_shown() {
        let cells = row("peak/f32".to_owned(), &Series { power_w: Some(4.26), ..Series::default() });
        assert_eq!(cells, ["peak/f32", "", "", "4.3 W", "", "", "", ""]);
    }
}
