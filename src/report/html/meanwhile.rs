//! What a card was doing during a run and a load, as panels over time.

use super::plot::si;
use super::timeline::{Curve, Look, Panel, Span, Timeline};
use crate::measure::Reading as Clocks;
use crate::record::{Entry, Record};
use crate::telemetry::{Reading, Series};
use crate::units::Seconds;

/// No more samples of a benchmark are drawn.
const MOST: usize = 200;

/// Rate, clock, power and heat of a whole run, by the meter's clock. Without any reading there are no panels.
pub(super) fn run(record: &Record) -> Timeline {
    let watched: Vec<(&Entry, &Series)> =
        record.entries.iter().filter_map(|entry| Some((entry, entry.telemetry.as_ref()?))).collect();
    let all: Vec<&Series> = watched.iter().map(|(_, series)| *series).collect();
    let read = of_card(&all, 0.0);
    let (held, free): (Vec<_>, Vec<_>) = watched.iter().map(|(entry, series)| samples(entry, series)).unzip();
    let rate = Panel {
        name: "rate over its best",
        tick: |value| format!("{:.0} %", 100.0 * value),
        curves: vec![
            Curve { name: "sample", look: Look::Circles, stretches: free },
            Curve { name: "while something held the card", look: Look::Triangles, stretches: held },
        ],
    };
    let rate = (!read.is_empty()).then_some(rate);
    Timeline {
        title: format!("The run of {} over time", record.adapter.name),
        time: "seconds since the run began",
        spans: watched.iter().map(|(entry, series)| span(entry, series)).collect(),
        panels: rate.into_iter().chain(read).collect(),
    }
}

/// The same of the load, by the time since it began; `None` where nothing was read meanwhile.
pub(super) fn load(record: &Record) -> Option<Timeline> {
    let (entry, load) = record.entries.iter().find_map(|entry| Some((entry, entry.sustained.as_ref()?)))?;
    let series = load.telemetry.as_ref()?;
    let points = load.points.iter().map(|point| (point.at_s.get(), point.ops_per_s.get())).collect();
    let read = of_card(&[series], series.began_s.first()?.get());
    let rate = Panel {
        name: "operations per second",
        tick: si,
        curves: vec![Curve { name: "rate", look: Look::Circles, stretches: vec![points] }],
    };
    Some(Timeline {
        title: format!("{} of {} under load over time", entry.id, record.adapter.name),
        time: "seconds since the load began",
        spans: Vec::new(),
        panels: if read.is_empty() { Vec::new() } else { std::iter::once(rate).chain(read).collect() },
    })
}

/// The panels of what the sensors said, of which those without a reading are left out; times since `zero`.
fn of_card(all: &[&Series], zero: f64) -> Vec<Panel> {
    let stretches = |value: fn(&Reading) -> Option<f64>| -> Vec<Points> {
        let at = |reading: &Reading| Some((reading.at_s.get() - zero, value(reading)?));
        all.iter().map(|series| series.readings.iter().filter_map(at).collect()).collect()
    };
    let curve = |name, look, value| Curve { name, look, stretches: stretches(value) };
    let whole = |value: f64| format!("{value:.0}");
    let panels = [
        Panel {
            name: "core clock",
            tick: |value| format!("{}Hz", si(value)),
            curves: vec![curve("core clock", Look::Line, |reading| reading.core_hz)],
        },
        Panel {
            name: "power, W",
            tick: whole,
            curves: vec![
                curve("power", Look::Line, |reading| reading.power_w),
                curve("its limit", Look::Dashes, |reading| reading.power_limit_w),
            ],
        },
        Panel {
            name: "temperature, °C",
            tick: whole,
            curves: vec![curve("temperature", Look::Line, |reading| reading.temperature_c)],
        },
    ];
    panels.into_iter().filter(Panel::has_points).collect()
}

/// Times and values.
type Points = Vec<(f64, f64)>;

/// The middle of each sample and its rate over the best: of those that something held, and of the others.
fn samples(entry: &Entry, series: &Series) -> (Points, Points) {
    let (clocks, fixed) = (Clocks::of(&entry.samples), entry.fixed_s.unwrap_or(Seconds::new(0.0)));
    let times = entry.samples.iter().zip(&series.began_s).enumerate().filter_map(|(at, (sample, began))| {
        Some((at, began.get() + sample.wall_s.get() / 2.0, clocks.time(at, sample, fixed)?))
    });
    let times: Vec<(usize, f64, Seconds)> = times.collect();
    let Some(best) = entry.stats.as_ref().map(|stats| stats.best_s) else { return (Points::new(), Points::new()) };
    let each = times.len().div_ceil(MOST).max(1);
    let is_held = |at: usize| series.held_samples.binary_search_by_key(&at, |held| held.sample).is_ok();
    let (held, free): (Vec<_>, Vec<_>) = times.into_iter().step_by(each).partition(|(at, _, _)| is_held(*at));
    let drawn = |samples: Vec<(usize, f64, Seconds)>| {
        samples.into_iter().map(|(_, middle, time)| (middle, best / time)).collect()
    };
    (drawn(held), drawn(free))
}

/// From the warm-up to the end of the last sample.
fn span(entry: &Entry, series: &Series) -> Span {
    let ends = series.began_s.iter().zip(&entry.samples).map(|(began, sample)| began.get() + sample.wall_s.get());
    let from = series.loaded_from_s.get();
    Span { name: entry.id.clone(), at: [from, ends.fold(from, f64::max)] }
}
