//! The figures known of a subject: claimed by its maker, measured, or given by the user.

use std::collections::BTreeMap;

use super::part::Part;
use super::truth::Known;
use crate::benchmark::Benchmark;
use crate::measure::{Clock, FEWEST_FOR_A_MEDIAN, Reading, median};
use crate::record::{AtClock, Entry, Outcome, Rates, Record};
use crate::reference::{Card, Reference};
use crate::units::{OpsPerSec, Seconds};

/// A value of a variable and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    /// The value.
    pub(super) known: Known,
    /// Its origin, in words.
    pub(super) origin: String,
    /// Whether that was not confirmed against a document.
    pub(super) unconfirmed: bool,
    /// The number format that decides it, for TPP and what follows from it.
    pub(super) format: Option<String>,
}

/// Figures by variable; a variable that is not there is unknown.
pub(super) type Figures = BTreeMap<String, Figure>;

/// Figures that the user gives instead of known or unknown ones.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Given {
    /// Applicable die area in mm².
    pub die_area_mm2: Option<f64>,
    /// Total bidirectional I/O in GB/s.
    pub io_gbs: Option<f64>,
    /// Whether the card is designed or marketed for use in datacenters.
    pub datacenter: Option<bool>,
    /// Number of equal devices that the card appears as, if the record covers one of them.
    pub devices: Option<f64>,
}

fn figure(value: f64, origin: impl Into<String>, unconfirmed: bool) -> Figure {
    Figure { known: Known::Exactly(value), origin: origin.into(), unconfirmed, format: None }
}

/// The maker's claims for `card`, with what the user gave instead.
pub(super) fn claimed(card: Option<&Card>, given: Given, reference: &Reference) -> Figures {
    let mut figures = Figures::new();
    if let Some(card) = card {
        claims(card, reference, &mut figures);
    }
    let mut give = |name: &str, value: Option<f64>, option: &str| {
        if let Some(value) = value {
            figures.insert(name.to_owned(), figure(value, format!("given ({option})"), false));
        }
    };
    give("io_total_gbs", given.io_gbs, "--io-gbs");
    give("datacenter", given.datacenter.map(|yes| f64::from(u8::from(yes))), "--datacenter");
    add_density(&mut figures, card, given);
    figures
}

fn claims(card: &Card, reference: &Reference, figures: &mut Figures) {
    let source = |field: &str| card.source_of(field).map_or("no source", |id| reference.source(id)).to_owned();
    if let Some((tpp, format)) = card.tpp(reference) {
        let claim =
            Figure { format: Some(format.to_owned()), ..figure(tpp, source(format), card.is_unconfirmed(format)) };
        figures.insert("tpp".to_owned(), claim);
    }
    if let Some(bandwidth) = card.memory.bw_gbs {
        figures.insert("dram_gbs".to_owned(), figure(bandwidth, source("bw_gbs"), card.is_unconfirmed("bw_gbs")));
    }
    if let Some(kind) = &card.memory.kind {
        let has_hbm = f64::from(u8::from(kind.starts_with("HBM")));
        figures
            .insert("has_hbm".to_owned(), figure(has_hbm, format!("memory type {kind}"), card.is_unconfirmed("type")));
    }
    if let Some(io) = &card.io {
        let partial = if io.host_gbs.is_none() { ", host link not established" } else { "" };
        let origin = format!("{} ({}{partial})", source("total_gbs"), io.kind);
        let unconfirmed = card.is_unconfirmed("total_gbs") || card.is_unconfirmed("chip_to_chip_gbs");
        figures.insert("io_total_gbs".to_owned(), figure(io.total_gbs, origin, unconfirmed));
    }
    let marketed = f64::from(u8::from(card.datacenter_marketed));
    figures.insert("datacenter".to_owned(), figure(marketed, "how it is marketed", false));
}

/// Performance density, if TPP and the applicable die area are known.
fn add_density(figures: &mut Figures, card: Option<&Card>, given: Given) {
    let Some(tpp) = figures.get("tpp").cloned() else { return };
    let known = card.and_then(|card| {
        Some((card.applicable_area()?, "die area of the card", card.is_unconfirmed("applicable_mm2")))
    });
    let area = given.die_area_mm2.map(|area| (area, "given (--die-area-mm2)", false)).or(known);
    if let (Some(value), Some((area, origin, unconfirmed))) = (tpp.known.value(), area) {
        let known = if matches!(tpp.known, Known::AtLeast(_)) {
            Known::AtLeast(value / area)
        } else {
            Known::Exactly(value / area)
        };
        let origin = format!("TPP {value:.0} / {area} mm², {origin}");
        let unconfirmed = unconfirmed || tpp.unconfirmed;
        figures.insert("pd".to_owned(), Figure { known, origin, unconfirmed, format: tpp.format });
    }
}

/// The medians that `record` measured, divided by `divisor`: lower bounds of the theoretical maximum, which no single sample can move. A rate of `part` of a
/// card counts as that part of the whole.
pub(super) fn measured(
    record: &Record,
    card: Option<&Card>,
    given: Given,
    part: &Part,
    reference: &Reference,
    divisor: f64,
) -> Figures {
    let mut figures = Figures::new();
    let mut keep = |name: &str, value: f64, share: f64, entry: &Entry, format: Option<&str>| {
        let by_wall = by_the_wall(entry);
        let value = value * by_wall / (divisor * share);
        let better = figures.get(name).and_then(|known: &Figure| known.known.value()).is_none_or(|known| value > known);
        if better {
            let bound = entry.lower_bound.as_ref().map(|bound| format!(", {bound}")).unwrap_or_default();
            let clock = if by_wall < 1.0 { ", by the whole wall time" } else { "" };
            let origin = format!("measured by {}{clock}{}{bound}", entry.id, part.scaled(share));
            let found =
                Figure { known: Known::AtLeast(value), origin, unconfirmed: false, format: format.map(str::to_owned) };
            figures.insert(name.to_owned(), found);
        }
    };
    for entry in record.entries.iter().filter(|entry| objection(entry).is_none()) {
        let (Some(rates), Some(benchmark)) = (entry.rates, entry.benchmark()) else { continue };
        if let (Rates::Ops(rate), Some((format, bits))) = (rates, format_of(benchmark, reference)) {
            keep("tpp", rate.median.get() * 1e-12 * bits, part.rates, entry, Some(format));
        }
        if let (Rates::Bytes(rate), true) = (rates, benchmark.is_device_memory()) {
            keep("dram_gbs", rate.median.get() * 1e-9, part.memory, entry, None);
        }
    }
    add_density(&mut figures, card, given);
    figures
}

/// GPU times that are a smaller part of the wall's are confirmed by no other clock.
const CONFIRMED_BY_THE_WALL: f64 = 0.8;

/// Samples whose GPU time is a smaller part of the wall's are mostly submission.
const MOSTLY_WORK: f64 = 0.5;

/// Why no verdict rests on the median of `entry`; `None` if it may.
fn objection(entry: &Entry) -> Option<String> {
    let is_work = entry.clock != Some(Clock::Gpu) || share_of_the_wall(entry) >= MOSTLY_WORK;
    if !entry.is_sound() {
        Some(format!("{}: {}", entry.outcome, entry.why_unsound()))
    } else if entry.times().len() < FEWEST_FOR_A_MEDIAN {
        Some(format!("fewer than {FEWEST_FOR_A_MEDIAN} samples count"))
    } else if !is_work {
        Some("its samples are mostly submission".to_owned())
    } else {
        None
    }
}

/// Entries of `record` about TPP and memory bandwidth that are no evidence, with the reasons; `None` if there are none.
pub(super) fn left_out(record: &Record, reference: &Reference) -> Option<String> {
    let would_tell = |entry: &&Entry| {
        entry.benchmark().is_some_and(|one| one.is_device_memory() || format_of(one, reference).is_some())
    };
    let was_run = |entry: &&Entry| !matches!(entry.outcome, Outcome::Unsupported | Outcome::Skipped);
    let all: Vec<String> = record
        .entries
        .iter()
        .filter(was_run)
        .filter(would_tell)
        .filter_map(|entry| Some(format!("{} ({})", entry.id, objection(entry)?)))
        .collect();
    (!all.is_empty()).then(|| format!("the verdict rests on none of: {}", all.join(", ")))
}

/// The part of its median rate that `entry` has by the whole wall time, if a verdict has to rest on that. The fixed cost of submissions, which the wall clock
/// includes, is known from a few pairs of samples only, and no verdict rests on so few. Nor does it rest on GPU times of which the wall confirms too little: a
/// GPU clock that runs at half its rate hides behind the time that short samples may wait.
fn by_the_wall(entry: &Entry) -> f64 {
    if entry.clock == Some(Clock::Gpu) {
        let share = share_of_the_wall(entry);
        return if share < CONFIRMED_BY_THE_WALL { share } else { 1.0 };
    }
    let reading = Reading::of(&entry.samples);
    let [work, all] =
        [entry.fixed_s.unwrap_or(NOTHING), NOTHING].map(|fixed| median(&reading.times(&entry.samples, fixed)));
    work / all
}

/// GPU time over wall time, the median of the samples that have both.
fn share_of_the_wall(entry: &Entry) -> f64 {
    let shares = entry.samples.iter().filter_map(|sample| Some(sample.gpu_s? / sample.wall_s));
    median(&shares.collect::<Vec<_>>())
}

const NOTHING: Seconds = Seconds::new(0.0);

/// The format whose rate a benchmark measures, and its bit length.
pub fn format_of<'a>(benchmark: &Benchmark, reference: &'a Reference) -> Option<(&'a str, f64)> {
    reference.formats.get(benchmark.format()?).map(|known| (known.id.as_str(), known.bits))
}

/// The format in which the maker of `card` claims the rate that a benchmark measures. A card on which the accumulator's width changes nothing has one figure
/// for all.
fn claimed_format<'a>(benchmark: &'a Benchmark, card: &Card) -> Option<&'a str> {
    let format = benchmark.format()?;
    let whatever_the_sums = format.split_once("_acc").map(|(plain, _)| plain);
    [Some(format), whatever_the_sums].into_iter().flatten().find(|format| card.rates.contains_key(*format))
}

/// The rate that the maker of `card` claims in the format that a benchmark measures, in tera-operations per second.
pub(super) fn claim_of(benchmark: &Benchmark, card: &Card) -> Option<f64> {
    card.rates.get(claimed_format(benchmark, card)?).copied()
}

/// The rate that the maker of `card` claims for what a benchmark measures, for `part` of the card, in operations or bytes per second.
pub fn claimed_rate(benchmark: &Benchmark, card: &Card, part: &Part) -> Option<f64> {
    if benchmark.is_device_memory() {
        return card.memory.bw_gbs.map(|bandwidth| bandwidth * 1e9 * part.memory);
    }
    claim_of(benchmark, card).map(|rate| rate * 1e12 * part.rates)
}

/// The rate of operations that the maker of `card` claims for what a benchmark measures, for `part` of the card, with the clock that the claim holds at.
pub fn claim(benchmark: &Benchmark, card: &Card, part: &Part) -> Option<AtClock> {
    let format = claimed_format(benchmark, card)?;
    let ops_per_s = OpsPerSec::stated(claimed_rate(benchmark, card, part)?);
    Some(AtClock { ops_per_s, core_hz: card.rated_hz(format) })
}
