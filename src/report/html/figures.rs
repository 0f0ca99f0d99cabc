//! Which plots a page of records has.

use plotters::chart::SeriesLabelPosition;

use super::meanwhile;
use super::plot::{Axis, Plot, Series, Style, bars, number, si, size};
use crate::benchmark::{Benchmark, Kind};
use crate::judge::{Part, Verdict, claimed_rate};
use crate::problem::{Chase, Element, Problem, Sweep};
use crate::record::{Entry, Point, Record, sound};
use crate::reference::{Card, Reference};
use crate::units::{OpsPerSec, Seconds};

/// The plots over all records of a page, each with its title and what it shows in a sentence.
pub(super) fn of_all(records: &[(&Record, &Verdict)], reference: &Reference) -> Vec<(String, &'static str, String)> {
    let mut figures = Vec::new();
    let mut add = |words: &'static str, plot: Plot| {
        let title = plot.title.clone();
        figures.extend(plot.svg().map(|svg| (title, words, svg)));
    };
    let records_only: Vec<&Record> = records.iter().map(|(record, _)| *record).collect();
    add(ROOFLINE, roofline(&records_only, reference));
    add(CACHES, caches(&records_only));
    add(LATENCY, latency(&records_only));
    add(LOAD, load(&records_only));
    for record in &records_only {
        for (words, timeline) in [(RUN, Some(meanwhile::run(record))), (HEAT, meanwhile::load(record))] {
            let drawn = timeline.and_then(|timeline| Some((timeline.svg()?, timeline.title)));
            figures.extend(drawn.map(|(svg, title)| (title, words, svg)));
        }
    }
    for (record, verdict) in records {
        let name = &record.adapter.name;
        let mut add_bars =
            |title: String, words, rows: Vec<_>| figures.extend(bars(&title, &rows).map(|svg| (title, words, svg)));
        add_bars(format!("{name} beside {}", verdict.a100.card), SHARES, shares(verdict));
        add_bars(format!("Where the rate of {name} goes"), GAPS, gaps(verdict));
        add_bars(
            format!("Single precision: {name} and what makers claim"),
            CLAIMS,
            claims(record, reference, best(record, Benchmark::F32_PEAK.id), "FLOP/s", |card| {
                claimed_rate(Benchmark::F32_PEAK, card, &Part::WHOLE)
            }),
        );
        add_bars(
            format!("Memory bandwidth: {name} and what makers claim"),
            CLAIMS,
            claims(record, reference, best_bandwidth(record), "B/s", |card| card.memory.bw_gbs.map(|rate| rate * 1e9)),
        );
    }
    figures
}

const ROOFLINE: &str = "What limits a kernel: its rate cannot lie above the arithmetic peaks (level) nor above memory's line (slanted). A mark is a \
measured product, at the operations it makes for each byte that at least has to move.";
const CACHES: &str =
    "Bandwidth of reads against the size of what is read. Each plateau is a cache, the last one memory.";
const LATENCY: &str =
    "How long a read takes when each has to wait for the one before, against the size of what is read.";
const LOAD: &str = "The rate of the fastest product over time, from a device that had rested on. Level lines are the burst, which is the rate of the \
first moments, and the rate that it settles at.";
const RUN: &str = "Samples, and readings of the card's sensors while they were taken; what lies between was not timed. Rates are shares of each benchmark's best.";
const HEAT: &str = "The same of the product that was kept under load.";
const SHARES: &str =
    "Best measured rates, as shares of what the maker of the reference card claims for the same kind of figure.";
const GAPS: &str = "What is claimed, what multiply-adds in registers reach, and what a product reaches.";
const CLAIMS: &str = "The best measured rate (first) beside the claims of cards that people ask about.";

/// Cards that a figure is shown beside.
const KNOWN: [&str; 6] =
    ["nvidia-a100-sxm4-80gb", "nvidia-h100-sxm5-80gb", "nvidia-h20", "nvidia-rtx-4090", "nvidia-a10", "amd-mi300x"];

fn axis(name: &'static str, log: bool, tick: fn(f64) -> String) -> Axis {
    Axis { name, log, tick }
}

fn line(name: impl Into<String>, points: Vec<(f64, f64)>) -> Series {
    Series { name: name.into(), points, style: Style::Line }
}

fn best(record: &Record, id: &str) -> Option<f64> {
    sound(&record.entries, id)?.rates?.best_per_s()
}

fn best_bandwidth(record: &Record) -> Option<f64> {
    record
        .entries
        .iter()
        .filter(|entry| entry.benchmark().is_some_and(Benchmark::is_device_memory))
        .filter_map(|entry| best(record, &entry.id))
        .reduce(f64::max)
}

/// The matrix units' peak that most cards have.
const F16_MATRIX_PEAK: Kind = Kind::MatrixPeak { input: Element::F16, accumulator: Element::F32 };

/// From an operation for each byte to more than any product makes.
const INTENSITIES: [f64; 2] = [1.0, 4096.0];

/// The lower one of memory's line and a peak.
fn roof(name: String, peak: f64, bandwidth: f64) -> Series {
    let ridge = (peak / bandwidth).clamp(INTENSITIES[0], INTENSITIES[1]);
    let points = [INTENSITIES[0], ridge, INTENSITIES[1]].map(|x| (x, (x * bandwidth).min(peak)));
    Series { name, points: points.to_vec(), style: Style::Ceiling }
}

fn roofline(records: &[&Record], reference: &Reference) -> Plot {
    let mut series = Vec::new();
    for record in records {
        let name = &record.adapter.name;
        let products = record
            .entries
            .iter()
            .filter(|entry| entry.is_sound() && entry.benchmark().is_some_and(|benchmark| benchmark.kind.is_product()));
        let mark = |entry: &Entry| {
            let work = entry.work?;
            Some((work.ops?.get() / work.bytes.get(), best(record, &entry.id)?))
        };
        let marks = Series {
            name: format!("products of {name}"),
            points: products.filter_map(mark).collect(),
            style: Style::Marks,
        };
        series.push(marks);
        let Some(bandwidth) = best_bandwidth(record) else { continue };
        for (kind, what) in [(Benchmark::F32_PEAK.kind, "f32 peak"), (F16_MATRIX_PEAK, "matrix units, f16")] {
            series.extend(
                best(record, Benchmark::of(kind).id).map(|peak| roof(format!("{what} of {name}"), peak, bandwidth)),
            );
        }
    }
    let a100 = reference.cards.get(&reference.policy.reference_card);
    series.extend(a100.and_then(|card| {
        Some(roof(format!("{}, claimed, f32", card.name), card.rates.get("fp32")? * 1e12, card.memory.bw_gbs? * 1e9))
    }));
    Plot {
        title: "Roofline".to_owned(),
        x: axis("operations for each byte", true, number),
        y: axis("operations per second", true, si),
        series,
        key: SeriesLabelPosition::UpperLeft,
    }
}

fn curve(records: &[&Record], kind: Kind, value: fn(&Point) -> Option<f64>) -> Vec<Series> {
    let set = |problem: &Problem| match *problem {
        #[expect(clippy::cast_precision_loss, reason = "drawn")]
        Problem::Sweep(Sweep { bytes, .. }) | Problem::Chase(Chase { bytes, .. }) => Some((bytes as f64).log2()),
        _ => None,
    };
    let mut series = Vec::new();
    for record in records {
        let Some(entry) = record.entries.iter().find(|entry| entry.id == Benchmark::of(kind).id) else { continue };
        let points = entry.curve.iter().filter_map(|point| Some((set(&point.problem)?, value(point)?)));
        series.push(line(record.adapter.name.clone(), points.collect()));
        let mut from = 12.0;
        for level in &entry.levels {
            #[expect(clippy::cast_precision_loss, reason = "drawn")]
            let to = (level.capacity_bytes.unwrap_or(level.holds_bytes) as f64).log2();
            if records.len() == 1 {
                let points = vec![(from, level.value), (to, level.value)];
                series.push(Series { name: format!("level: {}", level.size()), points, style: Style::Ceiling });
            }
            from = to;
        }
    }
    series
}

fn caches(records: &[&Record]) -> Plot {
    Plot {
        title: "Bandwidth against working set".to_owned(),
        x: axis("working set", false, size),
        y: axis("bytes per second", true, si),
        series: curve(records, Kind::Sweep, |point| Some(point.rates.bytes()?.best.get())),
        key: SeriesLabelPosition::LowerLeft,
    }
}

fn latency(records: &[&Record]) -> Plot {
    Plot {
        title: "Latency against working set".to_owned(),
        x: axis("working set", false, size),
        y: axis("seconds for a read", true, si),
        series: curve(records, Kind::Latency, |point| Some(point.rates.each()?.best.get())),
        key: SeriesLabelPosition::UpperLeft,
    }
}

fn load(records: &[&Record]) -> Plot {
    let mut series = Vec::new();
    for record in records {
        for entry in &record.entries {
            let Some(load) = &entry.sustained else { continue };
            let points = load.points.iter().map(|point| (point.at_s.get(), point.ops_per_s.get()));
            series.push(line(format!("{} of {}", entry.id, record.adapter.name), points.collect()));
            let ceiling = |what: &str, rate: OpsPerSec, from: f64| Series {
                name: format!("{what}: {rate}"),
                points: vec![(from, rate.get()), (load.took_s.get(), rate.get())],
                style: Style::Ceiling,
            };
            series.extend(load.burst_ops_per_s.map(|rate| ceiling("burst", rate, 0.0)));
            let settled = load.settled_after_s.map_or(load.took_s.get() * 2.0 / 3.0, Seconds::get);
            series.extend(load.level_ops_per_s.map(|rate| ceiling("level", rate, settled)));
        }
    }
    Plot {
        title: "Rate under load over time".to_owned(),
        x: axis("seconds since the load began", false, number),
        y: axis("operations per second", false, si),
        series,
        key: SeriesLabelPosition::LowerLeft,
    }
}

fn shares(verdict: &Verdict) -> Vec<(String, f64, String)> {
    let row = |ratio: &crate::judge::Ratio| {
        let share = ratio.of_claimed?;
        Some((ratio.figure.clone(), share, format!("{:.2} %", 100.0 * share)))
    };
    verdict.a100.measured.iter().filter_map(row).collect()
}

fn gaps(verdict: &Verdict) -> Vec<(String, f64, String)> {
    let mut rows = Vec::new();
    for gap in &verdict.gaps {
        let mut row = |what: &str, rate: Option<OpsPerSec>| {
            let rate = rate.map(OpsPerSec::get);
            rows.extend(rate.map(|rate| (format!("{} {what}", gap.product), rate, format!("{}FLOP/s", si(rate)))));
        };
        row("claimed", gap.claimed_ops_per_s);
        row("claimed, at the peak's clock", gap.claimed_at_clock());
        row("peak", gap.peak_ops_per_s_best);
        row("product", gap.product_ops_per_s_best);
    }
    rows
}

/// The record's own figure beside what makers claim, both in `unit`; no bars where it has none.
fn claims(
    record: &Record,
    reference: &Reference,
    own: Option<f64>,
    unit: &str,
    claim: impl Fn(&Card) -> Option<f64>,
) -> Vec<(String, f64, String)> {
    let Some(own) = own else { return Vec::new() };
    let row = |name: String, rate: f64| (name, rate, format!("{}{unit}", si(rate)));
    let known = KNOWN.iter().filter_map(|id| reference.cards.get(*id));
    let mut rows = vec![row(record.adapter.name.chars().take(30).collect(), own)];
    rows.extend(known.filter_map(|card| Some(row(card.name.clone(), claim(card)?))));
    rows
}

/// The plots of one benchmark: its samples over time with the clock, and the variants that were tried.
pub(super) fn of_entry(entry: &Entry) -> Vec<String> {
    [samples(entry).svg(), tuning(entry).svg()].into_iter().flatten().collect()
}

fn samples(entry: &Entry) -> Plot {
    #[expect(clippy::cast_precision_loss, reason = "drawn")]
    let number_of = |at: usize| at as f64;
    let median = entry.stats.as_ref().map_or(Seconds::new(1.0), |stats| stats.median_s);
    let times = entry.times();
    let later = entry.later_median().map(|later| (number_of(times.len() + 1), later / median));
    let times = times.into_iter().enumerate().map(|(at, time)| (number_of(at + 1), time / median)).collect();
    let probes =
        entry.probes.iter().map(|probe| (number_of(probe.before_sample) + 0.5, probe.relative_clock)).collect();
    let mut series = vec![line("time of a dispatch", times), line("clock probe", probes)];
    let mark = |point| Series { name: "median of a later block".to_owned(), points: vec![point], style: Style::Marks };
    series.extend(later.map(mark));
    Plot {
        title: format!("Samples of {} over time", entry.id),
        x: axis("sample", false, number),
        y: axis("time over median; clock over its best", false, number),
        series,
        key: SeriesLabelPosition::LowerLeft,
    }
}

fn tuning(entry: &Entry) -> Plot {
    let tried = entry.tuning.as_ref().map(|tuning| &tuning.tried[..]).unwrap_or_default();
    let fastest = tried.first().map_or(Seconds::new(1.0), |tried| tried.seconds_best);
    #[expect(clippy::cast_precision_loss, reason = "drawn")]
    let mark = |(at, tried): (usize, &crate::record::Tried)| ((at + 1) as f64, fastest / tried.seconds_best);
    let points = if tried.len() > 1 { tried.iter().enumerate().map(mark).collect() } else { Vec::new() };
    Plot {
        title: format!("Variants tried for {}", entry.id),
        x: axis("variant, the fastest first", false, number),
        y: axis("rate over the fastest's", false, number),
        series: vec![Series { name: "variant".to_owned(), points, style: Style::Marks }],
        key: SeriesLabelPosition::LowerLeft,
    }
}
