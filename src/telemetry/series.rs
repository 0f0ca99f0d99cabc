//! The readings beside the samples of one benchmark, and what follows from them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Limit, Reading, Reason};
use crate::units::Seconds;

/// More readings than this are thinned out: every second is kept, or every third, and so on.
pub const MOST_READINGS: usize = 240;

/// The card while something was measured. Times are the meter's, which are zero when the run begins.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Series {
    /// When the load began that the samples continue: with the warm-up before them.
    pub loaded_from_s: Seconds,
    /// When each sample began; of a load, its first one.
    pub began_s: Vec<Seconds>,
    /// The readings, from the warm-up to the last sample.
    pub readings: Vec<Reading>,
    /// Core clock at the fastest sample, in hertz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core_hz_at_best: Option<f64>,
    /// Median core clock during the samples, in hertz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core_hz_median: Option<f64>,
    /// Mean power during the samples, in watts: of the whole board, or of what the sensor covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_w: Option<f64>,
    /// The power limit, in watts: the lowest that was in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_limit_w: Option<f64>,
    /// The highest temperature of the chip during the samples, in degrees Celsius.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_c_highest: Option<f64>,
    /// Power over the median rate of operations, in joules; absent where the card rested between the samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_per_op_j: Option<f64>,
    /// Power over the median rate of bytes, in joules, with the same caveat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_per_byte_j: Option<f64>,
    /// Which limit held the card.
    #[serde(default)]
    pub held_by: Held,
    /// For what part of the time it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_share: Option<f64>,
    /// The samples that were taken while something held the card; they count like the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_samples: Vec<HeldSample>,
}

/// Which limit held a card.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Held {
    /// Its power or a current.
    Power,
    /// Heat.
    Thermal,
    /// Another, such as clocks that were set by hand.
    Other,
    /// None for more than a moment.
    None,
    /// The driver does not say, or too little was read.
    #[default]
    Unknown,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Power => "power",
            Self::Thermal => "thermal",
            Self::Other => "other",
            Self::None => "none",
            Self::Unknown => "unknown",
        })
    }
}

/// A sample that was taken while something held the card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HeldSample {
    /// Its number.
    pub sample: usize,
    /// What held the card.
    pub reasons: Vec<Reason>,
}

/// What was timed, for [`Series::derived`]: times on the meter's clock, and rates.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span<'a> {
    /// How long each sample took, in the order of [`Series::began_s`].
    pub took_s: &'a [Seconds],
    /// The number of the fastest.
    pub best: Option<usize>,
    /// The median rate of operations.
    pub ops_per_s: Option<f64>,
    /// The median rate of bytes.
    pub bytes_per_s: Option<f64>,
    /// [`super::Board::power_averaged_s`].
    pub power_averaged_s: Option<Seconds>,
}

/// A reading no further from a sample than this holds for it: readings are taken ten times a second.
const NEAR_S: f64 = 0.15;

/// An energy counter that moves ten times a second is right within a twentieth after so many seconds, and within an eighth after the fewer, which suffice
/// where the power is stated by nothing else.
const WELL_COUNTED_S: f64 = 2.0;
const LEAST_COUNTED_S: f64 = 0.8;

/// Readings of power, or of reasons, that a figure takes at the least: none rests on a single one.
const LEAST_READINGS: usize = 3;

/// No board draws more, in watts: what a counter that was reset seems to say.
const MOST_WATTS: f64 = 5000.0;

/// The card rested where samples took less than this part of the time from the first to the last.
const LOADED: f64 = 0.9;

/// A limit that held for a smaller part of the time was a moment's.
const HELD: f64 = 0.1;

impl Series {
    /// A series without figures, of no more than [`MOST_READINGS`] readings.
    pub fn new(loaded_from_s: Seconds, began_s: Vec<Seconds>, readings: Vec<Reading>) -> Self {
        let each = readings.len().div_ceil(MOST_READINGS).max(1);
        Self { loaded_from_s, began_s, readings: readings.into_iter().step_by(each).collect(), ..Self::default() }
    }

    /// The figures alone.
    #[must_use]
    pub fn figures(&self) -> Self {
        Self { began_s: Vec::new(), readings: Vec::new(), ..self.clone() }
    }

    /// The clock that the best rate was reached at, in hertz, as far as ten readings a second tell it: the fastest sample had no lower one than most had.
    pub fn core_hz_of_best(&self) -> Option<f64> {
        let [at_best, median] = [self.core_hz_at_best, self.core_hz_median];
        at_best.map(|hz| median.map_or(hz, |median| hz.max(median)))
    }

    /// The series with the figures that follow from what was timed; stated ones are replaced.
    #[must_use]
    pub fn derived(self, span: &Span<'_>) -> Self {
        let Self { loaded_from_s, began_s, readings, .. } = self;
        let bare = Self { loaded_from_s, began_s, readings, ..Self::default() };
        let Some([from, until]) = bare.loaded(span) else { return bare };
        let inside: Vec<&Reading> = bare.readings.iter().filter(|one| is_within(one.at_s.get(), from, until)).collect();
        let clocks = values(&inside, |one| one.core_hz);
        let power_w = counted(&inside, WELL_COUNTED_S)
            .or_else(|| bare.stated(&inside, span.power_averaged_s))
            .or_else(|| counted(&inside, LEAST_COUNTED_S));
        let busy: f64 = span.took_s.iter().map(|took| took.get()).sum();
        let energy = power_w.filter(|_| busy >= LOADED * (until - from));
        let (held_by, held_share) = held(&inside);
        Self {
            core_hz_at_best: span.best.and_then(|best| bare.nearest(best, span)?.core_hz),
            core_hz_median: middle(clocks),
            power_w,
            power_limit_w: values(&inside, |one| one.power_limit_w).into_iter().min_by(f64::total_cmp),
            temperature_c_highest: values(&inside, |one| one.temperature_c).into_iter().max_by(f64::total_cmp),
            energy_per_op_j: energy.zip(span.ops_per_s).map(|(power, rate)| power / rate),
            energy_per_byte_j: energy.zip(span.bytes_per_s).map(|(power, rate)| power / rate),
            held_by,
            held_share,
            held_samples: bare.held_samples(span),
            ..bare
        }
    }

    /// From the beginning of the first sample to the end of the last.
    fn loaded(&self, span: &Span<'_>) -> Option<[f64; 2]> {
        let ends = self.began_s.iter().zip(span.took_s).map(|(began, took)| began.get() + took.get());
        Some([self.began_s.first()?.get(), ends.fold(f64::NEG_INFINITY, f64::max)])
    }

    /// The reading that holds for a sample: of those under load the nearest to its middle, if it is near.
    fn nearest(&self, sample: usize, span: &Span<'_>) -> Option<&Reading> {
        let [from, until] = self.loaded(span)?;
        let (began, took) = (self.began_s.get(sample)?.get(), span.took_s.get(sample)?.get());
        let away = |one: &&Reading| (one.at_s.get() - began - took / 2.0).abs();
        let near = self.readings.iter().filter(|one| {
            is_within(one.at_s.get(), from, until) && is_within(one.at_s.get(), began - NEAR_S, began + took + NEAR_S)
        });
        near.min_by(|one, other| away(one).total_cmp(&away(other)))
    }

    /// Mean power by the sensor's own readings, of those that hold nothing of the time before the load.
    fn stated(&self, inside: &[&Reading], averaged: Option<Seconds>) -> Option<f64> {
        let from = self.loaded_from_s.get() + averaged.map_or(0.0, Seconds::get);
        let settled: Vec<&Reading> = inside.iter().copied().filter(|one| one.at_s.get() >= from).collect();
        let powers = values(&settled, |one| one.power_w);
        #[expect(clippy::cast_precision_loss, reason = "readings are few")]
        let count = powers.len() as f64;
        (powers.len() >= LEAST_READINGS).then(|| powers.iter().sum::<f64>() / count)
    }

    fn held_samples(&self, span: &Span<'_>) -> Vec<HeldSample> {
        let held = |sample: usize| {
            let reasons = self.nearest(sample, span)?.reasons.as_ref()?;
            let reasons: Vec<Reason> = reasons.iter().copied().filter(|reason| reason.limit().is_some()).collect();
            (!reasons.is_empty()).then_some(HeldSample { sample, reasons })
        };
        (0..self.began_s.len()).filter_map(held).collect()
    }
}

fn is_within(at: f64, from: f64, until: f64) -> bool {
    (from..=until).contains(&at)
}

fn values(readings: &[&Reading], value: impl Fn(&Reading) -> Option<f64>) -> Vec<f64> {
    readings.iter().filter_map(|one| value(one)).collect()
}

fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[half]),
        _ => Some(f64::midpoint(values[half - 1], values[half])),
    }
}

/// Mean power by the energy counter, over `least` seconds or more. Steps that no board makes are left out with their time: the counter began anew.
fn counted(inside: &[&Reading], least: f64) -> Option<f64> {
    let counted: Vec<[f64; 2]> = inside.iter().filter_map(|one| Some([one.at_s.get(), one.energy_j?])).collect();
    let steps = counted.windows(2).map(|pair| [pair[1][0] - pair[0][0], pair[1][1] - pair[0][1]]);
    let sound = steps.filter(|[time, energy]| *energy >= 0.0 && *energy <= MOST_WATTS * time.max(NEAR_S));
    let [time, energy] = sound.fold([0.0; 2], |sum, step| [sum[0] + step[0], sum[1] + step[1]]);
    (time >= least && energy > 0.0).then(|| energy / time)
}

/// What held the card for the longest part of the readings, and for which.
fn held(inside: &[&Reading]) -> (Held, Option<f64>) {
    let told: Vec<&Vec<Reason>> = inside.iter().filter_map(|one| one.reasons.as_ref()).collect();
    if told.len() < LEAST_READINGS {
        return (Held::Unknown, None);
    }
    #[expect(clippy::cast_precision_loss, reason = "readings are few")]
    let share = |limit: Limit| {
        let on = told.iter().filter(|reasons| reasons.iter().any(|reason| reason.limit() == Some(limit))).count();
        (on, on as f64 / told.len() as f64)
    };
    let limits = [(Held::Power, Limit::Power), (Held::Thermal, Limit::Thermal), (Held::Other, Limit::Other)];
    // Of several the first: each is on in part of the same readings.
    let longest = limits.map(|(held, limit)| (held, share(limit))).into_iter().rev().max_by_key(|(_, (on, _))| *on);
    match longest {
        Some((held, (on, share))) if on > 1 && share >= HELD => (held, Some(share)),
        _ => (Held::None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten samples of a second each, after a warm-up of one, and a reading in the middle of each tenth of a second.
    fn series(reading: impl Fn(f64) -> Reading) -> Series {
        let began_s = (0..10).map(|sample| Seconds::new(1.0 + f64::from(sample))).collect();
        let at = (0..110).map(|tenth| f64::from(tenth) / 10.0 + 0.05);
        let readings = at.map(|at| Reading { at_s: Seconds::new(at), ..reading(at) }).collect();
        let took = [Seconds::new(1.0); 10];
        let span = Span { took_s: &took, best: Some(2), ops_per_s: Some(1e12), ..Span::default() };
        Series::new(Seconds::new(0.0), began_s, readings).derived(&span)
    }

    #[track_caller]
    fn is(found: Option<f64>, wanted: f64) {
        let found = found.expect("a figure");
        assert!((found / wanted - 1.0).abs() < 1e-9, "{found}, not {wanted}");
    }

    #[test]
    fn clock_and_power_are_those_of_the_samples() {
        let card = |at: f64| Reading {
            // Of the warm-up, of the fastest sample, of the others.
            core_hz: Some(if at < 1.0 {
                5e8
            } else if (3.0..4.0).contains(&at) {
                2e9
            } else {
                1.5e9
            }),
            power_w: Some(if at < 1.0 { 50.0 } else { 300.0 }),
            power_limit_w: Some(300.0),
            ..Reading::default()
        };
        let series = series(card);
        is(series.core_hz_at_best, 2e9);
        is(series.core_hz_median, 1.5e9);
        is(series.core_hz_of_best(), 2e9);
        let beside = Series { core_hz_at_best: Some(1e9), ..series.clone() };
        is(beside.core_hz_of_best(), 1.5e9);
        is(series.power_w, 300.0);
        is(series.energy_per_op_j, 300.0 / 1e12);
        assert_eq!((series.held_by, series.energy_per_byte_j), (Held::Unknown, None));
    }

    #[test]
    fn the_energy_counter_goes_before_the_stated_power_and_may_begin_anew() {
        let counter = |at: f64| 100.0 * at;
        let with = |energy: fn(f64) -> f64| {
            series(|at| Reading { power_w: Some(77.0), energy_j: Some(energy(at)), ..Reading::default() }).power_w
        };
        is(with(counter), 100.0);
        is(with(|at| if at < 5.0 { 1e6 + 100.0 * at } else { 100.0 * at }), 100.0);
        is(with(|at| if at < 5.0 { 100.0 * at } else { 1e9 + 100.0 * at }), 100.0);
        // A counter that stands still is none.
        is(with(|_| 5.0), 77.0);
        let short = |energy: fn(f64) -> Reading| {
            let took = [Seconds::new(0.1); 10];
            let began_s = (0..10).map(|sample| Seconds::new(f64::from(sample) / 10.0)).collect();
            let at = (0..10).map(|tenth| f64::from(tenth) / 10.0 + 0.05);
            let readings = at.map(|at| Reading { at_s: Seconds::new(at), ..energy(at) }).collect();
            let span = Span { took_s: &took, ..Span::default() };
            Series::new(Seconds::new(0.0), began_s, readings).derived(&span).power_w
        };
        let both = |at| Reading { power_w: Some(77.0), energy_j: Some(100.0 * at), ..Reading::default() };
        is(short(both), 77.0);
        is(short(|at| Reading { energy_j: Some(100.0 * at), ..Reading::default() }), 100.0);
    }

    #[test]
    fn a_power_that_is_a_mean_holds_nothing_from_before_the_load() {
        let card = |at: f64| Reading { power_w: Some(if at < 5.0 { 100.0 } else { 300.0 }), ..Reading::default() };
        let alone = series(card);
        let took = [Seconds::new(1.0); 10];
        let averaged =
            |seconds| Span { took_s: &took, power_averaged_s: Some(Seconds::new(seconds)), ..Span::default() };
        is(alone.clone().derived(&averaged(5.0)).power_w, 300.0);
        assert_eq!(alone.derived(&averaged(10.8)).power_w, None, "two readings are left");
    }

    #[test]
    fn no_energy_is_counted_where_the_card_rested() {
        let rested = series(|_| Reading { power_w: Some(300.0), ..Reading::default() });
        let took = [Seconds::new(0.5); 10];
        let span = Span { took_s: &took, ops_per_s: Some(1e12), ..Span::default() };
        let rested = rested.derived(&span);
        assert_eq!((rested.power_w, rested.energy_per_op_j), (Some(300.0), None));
    }

    #[test]
    fn the_limit_that_held_longest_is_named_and_samples_are_marked() {
        let held =
            |reasons: fn(f64) -> Vec<Reason>| series(|at| Reading { reasons: Some(reasons(at)), ..Reading::default() });
        let capped = held(|at| if at < 8.0 { vec![Reason::PowerCap] } else { vec![Reason::Idle] });
        assert_eq!((capped.held_by, capped.held_share), (Held::Power, Some(0.7)));
        let marked: Vec<usize> = capped.held_samples.iter().map(|held| held.sample).collect();
        assert_eq!(marked, (0..7).collect::<Vec<_>>());
        let heated = held(|at| if at < 6.0 { vec![Reason::PowerCap] } else { vec![Reason::HardwareThermal] });
        assert_eq!(heated.held_by, Held::Power, "both for half of the time");
        let heated = held(|at| if at < 5.0 { vec![Reason::PowerCap] } else { vec![Reason::HardwareThermal] });
        assert_eq!((heated.held_by, heated.held_share), (Held::Thermal, Some(0.6)));
        let moment = held(|at| if (2.0..2.1).contains(&at) { vec![Reason::PowerCap] } else { vec![] });
        assert_eq!((moment.held_by, moment.held_share), (Held::None, None));
        assert_eq!(held(|_| vec![Reason::ClockSetting]).held_by, Held::Other);
    }

    #[test]
    fn a_series_of_hours_is_thinned_out_evenly() {
        let readings =
            (0..36_000).map(|tenth| Reading { at_s: Seconds::new(f64::from(tenth) / 10.0), ..Reading::default() });
        let series = Series::new(Seconds::new(0.0), vec![], readings.collect());
        assert_eq!(series.readings.len(), MOST_READINGS);
        let gaps = series.readings.windows(2).map(|pair| pair[1].at_s.get() - pair[0].at_s.get());
        assert!(gaps.into_iter().all(|gap| (gap - 15.0).abs() < 1e-6));
    }
}
