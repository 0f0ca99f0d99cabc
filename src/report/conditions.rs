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
        shown(series.core_hz_at_best, megahertz),
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
    held.chain(contradictions(record)).chain(sensors(record)).collect()
}

/// Where the energy counter and the stated power contradict each other, so that neither is a figure.
fn contradictions(record: &Record) -> Option<String> {
    let contradicts = |(name, series): (String, &Series)| {
        let both = series.power_counted_w.zip(series.power_stated_w).filter(|_| series.power_w.is_none());
        both.map(|(counted, stated)| format!("{name} {} by the counter, {} as stated", watts(counted), watts(stated)))
    };
    let all: Vec<String> = each_series(record).filter_map(contradicts).collect();
    (!all.is_empty()).then(|| format!("no power, as the card's own figures contradict each other — {}", all.join("; ")))
}

/// What held the card, and when: `held by its power limit of 300 W` and `for 92 % of the time, in 46 of 50 samples`.
fn held(series: &Series) -> Option<(String, String)> {
    let mut parts = series.shares().into_iter().map(|(limit, share)| held_by(series, limit, share));
    let Some((holder, when)) = parts.next() else { return of_a_moment(series) };
    let others: Vec<String> = parts.map(|(holder, when)| format!("{holder} {when}")).collect();
    let others = if others.is_empty() { String::new() } else { format!(" ({})", others.join("; ")) };
    Some((format!("held by {holder}"), when + &others))
}

/// One kind of limit that held the card for a share of the time: what it was, and when.
fn held_by(series: &Series, limit: Limit, share: f64) -> (String, String) {
    let is_one = |reason: &Reason| reason.limit() == Some(limit);
    let reasons = series.under_load().flat_map(|reading| reading.reasons.iter().flatten().copied());
    let reasons = often_first(reasons.filter(is_one));
    let holder = match series.power_limit_w {
        Some(limit) if reasons.first() == Some(&Reason::PowerCap) => format!("its power limit of {}", watts(limit)),
        _ => listed(&reasons),
    };
    let samples = series.began_s.len();
    let marked = series.held_samples.iter().filter(|sample| sample.reasons.iter().any(is_one)).count();
    // Of few readings a share would say more than they do.
    let time = series.held_share.map(|_| format!("for {:.0} % of the time", 100.0 * share));
    // A load has one sample, which is all of it.
    let marks = (samples > 1).then(|| format!("in {marked} of {samples} samples"));
    (holder, time.into_iter().chain(marks).collect::<Vec<_>>().join(", "))
}

/// What held the card for too short a time, or was seen too seldom, to say for how long.
fn of_a_moment(series: &Series) -> Option<(String, String)> {
    let (samples, marked) = (series.began_s.len(), series.held_samples.len());
    let marks = series.held_samples.iter().flat_map(|sample| &sample.reasons);
    let reasons = listed(&often_first(marks.copied()));
    let how =
        if series.held_by == Held::None { "held for a moment" } else { "held, by too few readings to say how long" };
    (marked > 0).then(|| (how.to_owned(), format!("in {marked} of {samples} samples ({reasons})")))
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
        let by = |held_by: Held, series: Series| Series { held_by, held_share: Some(1.0), ..series };
        let capped = Series { power_limit_w: Some(300.0), ..by(Held::Power, series(9, Reason::PowerCap)) };
        let [holder, when] = held(&capped).map(|(by, when)| [by, when]).expect("held");
        assert_eq!(holder, "held by its power limit of 300 W");
        assert_eq!(when, "for 90 % of the time, in 5 of 5 samples");
        let current = by(Held::Power, series(9, Reason::Current));
        assert_eq!(held(&current).expect("held").0, "held by current limit");
        let set = by(Held::Other, series(10, Reason::ClockSetting));
        assert_eq!(held(&set).expect("held").0, "held by clock setting");
        let few = Series { held_share: None, ..capped };
        assert_eq!(held(&few).expect("held").1, "in 5 of 5 samples");
        let moment = Series { held_by: Held::None, ..series(1, Reason::Thermal) };
        assert_eq!(
            held(&moment).expect("held"),
            ("held for a moment".to_owned(), "in 1 of 5 samples (temperature)".to_owned())
        );
        assert_eq!(held(&series(0, Reason::Thermal)), None);
    }

    #[test]
    fn all_that_held_the_card_is_named_with_its_own_samples() {
        let mut both = series(6, Reason::PowerCap);
        for reading in &mut both.readings[6..] {
            reading.reasons = Some(vec![Reason::Thermal]);
        }
        both.held_samples.extend([3, 4].map(|sample| HeldSample { sample, reasons: vec![Reason::Thermal] }));
        let both = Series { held_by: Held::Power, held_share: Some(0.6), ..both };
        assert_eq!(
            held(&both).expect("held").1,
            "for 60 % of the time, in 3 of 5 samples (temperature for 40 % of the time, in 2 of 5 samples)"
        );
    }

    #[test]
    fn what_was_not_read_is_not_shown() {
        let cells = row("peak/f32".to_owned(), &Series { power_w: Some(4.26), ..Series::default() });
        assert_eq!(cells, ["peak/f32", "", "", "4.3 W", "", "", "", ""]);
    }
}
