//! The readings beside the samples of one benchmark, and what follows from them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Limit, Reading, Reason};
use crate::units::{Quantity as _, Seconds, median};

/// More readings than this are thinned out: every second is kept, or every third, and so on.
pub const MOST_READINGS: usize = 240;

/// The card while something was measured. Times are the meter's, which are zero when the run begins.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Series {
    /// When the load began that the samples continue: with the warm-up before them.
    pub loaded_from_s: Seconds,
    /// When each sample began; of a load, its first one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub began_s: Vec<Seconds>,
    /// The readings, from the warm-up to the last sample.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<Reading>,
    /// Core clock at the fastest sample, in hertz: of the reading nearest to it, or the median if that is higher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core_hz_at_best: Option<f64>,
    /// Median core clock under load, in hertz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core_hz_median: Option<f64>,
    /// Mean power under load, in watts: of the whole board, or of what the sensor covers. Absent where the counter and the stated power contradict each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_w: Option<f64>,
    /// The same by the energy counter alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_counted_w: Option<f64>,
    /// The same by the power that the card states alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_stated_w: Option<f64>,
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
    /// For what part of the time it did; absent where fewer than ten readings say so.
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

/// What was timed, for [`Series::derived`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Span<'a> {
    /// How long each sample took, in the order of [`Series::began_s`].
    pub took_s: &'a [Seconds],
    /// How long the card was busy, of the time from the first sample to the last.
    pub busy_s: Seconds,
    /// When the time began that the rates are of; absent where it is that of all samples.
    pub rates_from_s: Option<Seconds>,
    /// The number of the fastest sample.
    pub best: Option<usize>,
    /// The median rate of operations.
    pub ops_per_s: Option<f64>,
    /// The median rate of bytes.
    pub bytes_per_s: Option<f64>,
    /// [`super::Board::power_averaged_s`].
    pub power_averaged_s: Option<Seconds>,
}

/// A reading no further from a sample than this holds for it: readings are taken ten times a second. Where they were thinned out, no further than they are
/// from each other, nearly.
const NEAR_S: f64 = 0.15;
const NEAR_IN_SPACING: f64 = 0.75;

/// An energy counter that moves ten times a second is right within a twentieth after so many seconds, and within an eighth after the fewer, which suffice
/// where the power is stated by nothing else.
const WELL_COUNTED_S: f64 = 2.0;
const LEAST_COUNTED_S: f64 = 0.8;

/// Readings that a figure rests on at the least.
const LEAST_READINGS: usize = 3;

/// Readings of which a share is worth a number.
const MANY_READINGS: usize = 10;

/// Power that some board draws, in watts, and how many times its limit it may at the most, for moments.
const WATTS: [f64; 2] = [0.1, 5000.0];
const OVER_THE_LIMIT: f64 = 2.0;

/// The counter and the stated power may differ by this factor: one is of the whole board, the other may be of the chip.
const COUNTER_BESIDE_STATED: f64 = 1.5;

/// The card rested where samples took less than this part of the time from the first to the last.
const LOADED: f64 = 0.9;

/// A limit that held for a smaller part of the time was a moment's.
const HELD: f64 = 0.1;

/// A clock that moved by more than this during the samples, relative, is not that of any one of them.
const STILL: f64 = 0.1;

impl Series {
    /// A series without figures, of no more than [`MOST_READINGS`] readings.
    pub fn new(loaded_from_s: Seconds, began_s: Vec<Seconds>, readings: Vec<Reading>) -> Self {
        let each = readings.len().div_ceil(MOST_READINGS).max(1);
        Self { loaded_from_s, began_s, readings: readings.into_iter().step_by(each).collect(), ..Self::default() }
    }

    /// The figures alone.
    #[must_use]
    pub fn figures(&self) -> Self {
        Self { began_s: Vec::new(), readings: Vec::new(), held_samples: Vec::new(), ..self.clone() }
    }

    /// The readings under load: from the middle of the warm-up on, which is the same load.
    pub fn under_load(&self) -> impl Iterator<Item = &Reading> {
        let from = self.began_s.first().map_or(self.loaded_from_s, |began| self.loaded_from_s.midpoint(*began));
        self.readings.iter().filter(move |reading| reading.at_s >= from)
    }

    /// The clock that the best rate was reached at, in hertz; `None` where the clock moved too much to say.
    pub fn core_hz_of_best(&self) -> Option<f64> {
        let clocks: Vec<f64> = self.under_load().filter_map(|reading| reading.core_hz).collect();
        let [least, most] =
            clocks.iter().fold([f64::INFINITY, 0.0f64], |[least, most], hz| [least.min(*hz), most.max(*hz)]);
        self.core_hz_at_best.filter(|_| most <= least * (1.0 + STILL))
    }

    /// For what part of the time each kind of limit was on, the longest first, power before heat before others; nothing where too few readings say so.
    pub fn shares(&self) -> Vec<(Limit, f64)> {
        let told: Vec<&Vec<Reason>> = self.under_load().filter_map(|one| one.reasons.as_ref()).collect();
        if told.len() < LEAST_READINGS {
            return Vec::new();
        }
        #[expect(clippy::cast_precision_loss, reason = "readings are few")]
        let share = |limit: Limit| {
            let on = told.iter().filter(|reasons| reasons.iter().any(|reason| reason.limit() == Some(limit))).count();
            (on > 1).then_some((limit, on as f64 / told.len() as f64))
        };
        let mut shares: Vec<(Limit, f64)> = [Limit::Power, Limit::Thermal, Limit::Other]
            .into_iter()
            .filter_map(share)
            .filter(|(_, share)| *share >= HELD)
            .collect();
        shares.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        shares
    }

    /// The series with the figures that follow from what was timed; stated ones are replaced.
    #[must_use]
    pub fn derived(self, span: &Span<'_>) -> Self {
        let Self { loaded_from_s, began_s, readings, .. } = self;
        let mut bare = Self { loaded_from_s, began_s, readings, ..Self::default() };
        let ends = bare.began_s.iter().zip(span.took_s).map(|(began, took)| began.get() + took.get());
        let until = ends.fold(f64::NEG_INFINITY, f64::max);
        bare.readings.retain(|reading| reading.at_s.get() <= until);
        let Some(from) = bare.began_s.first().map(|began| began.get()) else { return bare };
        let core_hz_median = of_several(bare.values(|one| one.core_hz)).map(|clocks| median(&clocks));
        let nearest = core_hz_median.and_then(|_| bare.nearest(span.best?, span)?.core_hz);
        let power_limit_w = bare.values(|one| one.power_limit_w).into_iter().min_by(f64::total_cmp);
        let power = Power::of(&bare, span, power_limit_w);
        let energy = power.settled().filter(|_| span.busy_s.get() >= LOADED * (until - from));
        let (held_by, held_share) = bare.held();
        Self {
            // The fastest sample had no lower clock than most had; the nearest reading may be of another.
            core_hz_at_best: nearest.zip(core_hz_median).map(|(nearest, median)| nearest.max(median)),
            core_hz_median,
            power_w: power.settled(),
            power_counted_w: power.counted,
            power_stated_w: power.stated,
            power_limit_w,
            temperature_c_highest: bare.values(|one| one.temperature_c).into_iter().max_by(f64::total_cmp),
            energy_per_op_j: energy.zip(span.ops_per_s).map(|(power, rate)| power / rate),
            energy_per_byte_j: energy.zip(span.bytes_per_s).map(|(power, rate)| power / rate),
            held_by,
            held_share,
            held_samples: bare.held_samples(span),
            ..bare
        }
    }

    /// What the readings under load say of a quantity.
    fn values(&self, value: impl Fn(&Reading) -> Option<f64>) -> Vec<f64> {
        self.under_load().filter_map(value).collect()
    }

    /// The reading that holds for a sample: of those under load the nearest to its middle, if it is near.
    fn nearest(&self, sample: usize, span: &Span<'_>) -> Option<&Reading> {
        let (began, took) = (self.began_s.get(sample)?.get(), span.took_s.get(sample)?.get());
        let near = self.near();
        let first = self.readings.partition_point(|one| one.at_s.get() < began - near);
        let around = self.readings[first..].iter().take_while(|one| one.at_s.get() <= began + took + near);
        let away = |one: &&Reading| (one.at_s.get() - began - took / 2.0).abs();
        around.min_by(|one, other| away(one).total_cmp(&away(other)))
    }

    /// How far from a sample a reading may be, in seconds.
    fn near(&self) -> f64 {
        let spacing = match &self.readings[..] {
            [first, .., last] => {
                #[expect(clippy::cast_precision_loss, reason = "readings are few")]
                let gaps = (self.readings.len() - 1) as f64;
                (last.at_s.get() - first.at_s.get()) / gaps
            }
            _ => 0.0,
        };
        NEAR_S.max(NEAR_IN_SPACING * spacing)
    }

    fn held_samples(&self, span: &Span<'_>) -> Vec<HeldSample> {
        if self.readings.iter().all(|reading| reading.reasons.is_none()) {
            return Vec::new();
        }
        let held = |sample: usize| {
            let reasons = self.nearest(sample, span)?.reasons.as_ref()?;
            let reasons: Vec<Reason> = reasons.iter().copied().filter(|reason| reason.limit().is_some()).collect();
            (!reasons.is_empty()).then_some(HeldSample { sample, reasons })
        };
        (0..self.began_s.len()).filter_map(held).collect()
    }

    /// What held the card, and for which part of the time. A limit of power or heat goes before a setting, which may be on all the time and take nothing.
    fn held(&self) -> (Held, Option<f64>) {
        let told = self.under_load().filter(|one| one.reasons.is_some()).count();
        let shares = self.shares();
        let longest = shares.iter().find(|(limit, _)| *limit != Limit::Other).or(shares.first());
        let share = longest.map(|(_, share)| *share).filter(|_| told >= MANY_READINGS);
        match longest {
            _ if told < LEAST_READINGS => (Held::Unknown, None),
            Some((limit, _)) => (Held::from(*limit), share),
            None => (Held::None, None),
        }
    }
}

impl From<Limit> for Held {
    fn from(limit: Limit) -> Self {
        match limit {
            Limit::Power => Self::Power,
            Limit::Thermal => Self::Thermal,
            Limit::Other => Self::Other,
        }
    }
}

/// Mean power in watts, by what the card counts and by what it states.
struct Power {
    counted: Option<f64>,
    /// Whether the counter is well known.
    is_well_counted: bool,
    stated: Option<f64>,
}

impl Power {
    fn of(series: &Series, span: &Span<'_>, limit_w: Option<f64>) -> Self {
        let from = span.rates_from_s.unwrap_or_default();
        let readings: Vec<&Reading> = series.under_load().filter(|one| one.at_s >= from).collect();
        let most = limit_w.map_or(WATTS[1], |limit| WATTS[1].min(OVER_THE_LIMIT * limit));
        let (time, energy) = counted(&readings);
        let counted = (time >= LEAST_COUNTED_S).then_some(energy / time);
        // A mean holds what was before it.
        let settled = series.loaded_from_s.get() + span.power_averaged_s.map_or(0.0, Seconds::get);
        let stated = readings.iter().filter(|one| one.at_s.get() >= settled).filter_map(|one| one.power_w).collect();
        Self {
            counted: counted.filter(|power| (WATTS[0]..=most).contains(power)),
            is_well_counted: time >= WELL_COUNTED_S,
            stated: of_several(stated).map(|powers| mean(&powers)),
        }
    }

    /// The figure; none where the two contradict each other.
    fn settled(&self) -> Option<f64> {
        match (self.counted, self.stated) {
            (Some(counted), Some(stated)) => {
                let agree = counted <= stated * COUNTER_BESIDE_STATED && stated <= counted * COUNTER_BESIDE_STATED;
                agree.then_some(if self.is_well_counted { counted } else { stated })
            }
            (counted, stated) => counted.or(stated),
        }
    }
}

/// Seconds and joules by the energy counter. Steps that no board makes are left out with their time: the counter began anew.
fn counted(readings: &[&Reading]) -> (f64, f64) {
    let counted: Vec<[f64; 2]> = readings.iter().filter_map(|one| Some([one.at_s.get(), one.energy_j?])).collect();
    let steps = counted.windows(2).map(|pair| [pair[1][0] - pair[0][0], pair[1][1] - pair[0][1]]);
    let sound = steps.filter(|[time, energy]| *energy >= 0.0 && *energy <= WATTS[1] * time.max(NEAR_S));
    sound.fold((0.0, 0.0), |(time, energy), step| (time + step[0], energy + step[1]))
}

/// Values that are enough for a figure.
fn of_several(values: Vec<f64>) -> Option<Vec<f64>> {
    (values.len() >= LEAST_READINGS).then_some(values)
}

fn mean(values: &[f64]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "readings are few")]
    let count = values.len() as f64;
    values.iter().sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples of a second each.
    const TOOK: [Seconds; 10] = [Seconds::new(1.0); 10];

    fn span() -> Span<'static> {
        Span { took_s: &TOOK, busy_s: Seconds::new(10.0), best: Some(2), ops_per_s: Some(1e12), ..Span::default() }
    }

    /// Ten samples of a second each, after a warm-up of one, and a reading in the middle of each tenth of a second.
    fn series(reading: impl Fn(f64) -> Reading) -> Series {
        let began_s = (0..10).map(|sample| Seconds::new(1.0 + f64::from(sample))).collect();
        let at = (0..110).map(|tenth| f64::from(tenth) / 10.0 + 0.05);
        let readings = at.map(|at| Reading { at_s: Seconds::new(at), ..reading(at) }).collect();
        Series::new(Seconds::new(0.0), began_s, readings).derived(&span())
    }

    /// Ten samples of a tenth of a second each, without a warm-up, and a reading in each.
    fn short(reading: impl Fn(f64) -> Reading) -> Series {
        let took = [Seconds::new(0.1); 10];
        let began_s = (0..10).map(|sample| Seconds::new(f64::from(sample) / 10.0)).collect();
        let at = (0..10).map(|tenth| f64::from(tenth) / 10.0 + 0.05);
        let readings = at.map(|at| Reading { at_s: Seconds::new(at), ..reading(at) }).collect();
        let span = Span { took_s: &took, busy_s: Seconds::new(1.0), ..span() };
        Series::new(Seconds::new(0.0), began_s, readings).derived(&span)
    }

    #[track_caller]
    fn is(found: Option<f64>, wanted: f64) {
        let found = found.expect("a figure");
        assert!((found / wanted - 1.0).abs() < 1e-9, "{found}, not {wanted}");
    }

    #[test]
    fn clock_and_power_are_those_under_load() {
        let card = |at: f64| Reading {
            // Of the first half of the warm-up, of the fastest sample, of the rest.
            core_hz: Some(match at {
                ..0.5 => 5e8,
                3.0..4.0 => 1.6e9,
                _ => 1.5e9,
            }),
            power_w: Some(if at < 0.5 { 50.0 } else { 300.0 }),
            power_limit_w: Some(300.0),
            ..Reading::default()
        };
        let series = series(card);
        is(series.core_hz_at_best, 1.6e9);
        is(series.core_hz_median, 1.5e9);
        is(series.core_hz_of_best(), 1.6e9);
        is(series.power_w, 300.0);
        is(series.energy_per_op_j, 300.0 / 1e12);
        assert_eq!((series.held_by, series.energy_per_byte_j), (Held::Unknown, None));
    }

    #[test]
    fn a_clock_that_moved_or_was_hardly_read_is_that_of_no_sample() {
        let moved = series(|at| Reading { core_hz: Some(if at < 6.0 { 2e9 } else { 1.5e9 }), ..Reading::default() });
        is(moved.core_hz_at_best, 2e9);
        assert_eq!(moved.core_hz_of_best(), None);
        let beside = series(|at| Reading {
            core_hz: Some(if (3.0..4.0).contains(&at) { 1e9 } else { 2e9 }),
            ..Reading::default()
        });
        is(beside.core_hz_at_best, 2e9);
        let twice = series(|at| Reading { core_hz: (3.0..3.2).contains(&at).then_some(2e9), ..Reading::default() });
        assert_eq!((twice.core_hz_at_best, twice.core_hz_median), (None, None));
    }

    #[test]
    fn the_energy_counter_goes_before_the_stated_power_and_may_begin_anew() {
        let with = |energy: fn(f64) -> f64| {
            series(|at| Reading { power_w: Some(90.0), energy_j: Some(energy(at)), ..Reading::default() }).power_w
        };
        is(with(|at| 100.0 * at), 100.0);
        is(with(|at| if at < 5.0 { 1e6 + 100.0 * at } else { 100.0 * at }), 100.0);
        is(with(|at| if at < 5.0 { 100.0 * at } else { 1e9 + 100.0 * at }), 100.0);
        // A counter that stands still is none.
        is(with(|_| 5.0), 90.0);
        is(short(|at| Reading { power_w: Some(90.0), energy_j: Some(100.0 * at), ..Reading::default() }).power_w, 90.0);
        is(short(|at| Reading { energy_j: Some(100.0 * at), ..Reading::default() }).power_w, 100.0);
    }

    #[test]
    fn a_counter_and_a_power_that_contradict_each_other_give_none() {
        let crawls = series(|at| Reading { power_w: Some(163.0), energy_j: Some(15.0 * at), ..Reading::default() });
        assert_eq!((crawls.power_w, crawls.energy_per_op_j), (None, None));
        is(crawls.power_counted_w, 15.0);
        is(crawls.power_stated_w, 163.0);
        let beyond =
            |limit| series(|at| Reading { energy_j: Some(900.0 * at), power_limit_w: limit, ..Reading::default() });
        is(beyond(None).power_w, 900.0);
        assert_eq!(beyond(Some(165.0)).power_w, None, "more than twice the limit");
        assert_eq!(series(|at| Reading { energy_j: Some(1e-12 * at), ..Reading::default() }).power_w, None);
    }

    #[test]
    fn a_power_that_is_a_mean_holds_nothing_from_before_the_load() {
        let card = |at: f64| Reading { power_w: Some(if at < 5.0 { 100.0 } else { 300.0 }), ..Reading::default() };
        let averaged = |seconds| Span { power_averaged_s: Some(Seconds::new(seconds)), ..span() };
        is(series(card).derived(&averaged(5.0)).power_w, 300.0);
        assert_eq!(series(card).derived(&averaged(10.8)).power_w, None, "two readings are left");
    }

    #[test]
    fn the_power_of_a_load_is_that_of_the_time_that_its_rate_is_of() {
        let card = |at: f64| Reading { power_w: Some(if at < 8.0 { 300.0 } else { 200.0 }), ..Reading::default() };
        is(series(card).derived(&Span { rates_from_s: Some(Seconds::new(8.0)), ..span() }).power_w, 200.0);
    }

    #[test]
    fn no_energy_is_counted_where_the_card_rested() {
        let rested = series(|_| Reading { power_w: Some(300.0), ..Reading::default() });
        let rested = rested.derived(&Span { busy_s: Seconds::new(8.0), ..span() });
        assert_eq!((rested.power_w, rested.energy_per_op_j), (Some(300.0), None));
    }

    #[test]
    fn the_limit_that_held_longest_is_named_and_samples_are_marked() {
        let held =
            |reasons: fn(f64) -> Vec<Reason>| series(|at| Reading { reasons: Some(reasons(at)), ..Reading::default() });
        // Of 10.5 seconds under load.
        let of = |seconds: f64| Some(seconds / 10.5);
        let capped = held(|at| if at < 8.0 { vec![Reason::PowerCap] } else { vec![Reason::Idle] });
        assert_eq!((capped.held_by, capped.held_share), (Held::Power, of(7.5)));
        let marked: Vec<usize> = capped.held_samples.iter().map(|held| held.sample).collect();
        assert_eq!(marked, (0..7).collect::<Vec<_>>());
        assert_eq!(held_until(5.0).held_by, Held::Thermal);
        assert_eq!(held_until(6.0).held_by, Held::Power);
        assert_eq!(held_until(6.0).shares().len(), 2, "both are told");
        let moment = held(|at| if (2.0..2.1).contains(&at) { vec![Reason::PowerCap] } else { vec![] });
        assert_eq!((moment.held_by, moment.held_share), (Held::None, None));
        assert_eq!(held(|_| vec![Reason::ClockSetting]).held_by, Held::Other);
        let both =
            held(|at| if at < 3.0 { vec![Reason::PowerCap, Reason::ClockSetting] } else { vec![Reason::ClockSetting] });
        assert_eq!((both.held_by, both.held_share), (Held::Power, of(2.5)), "a setting may take nothing");
    }

    /// A card that its power holds, and heat later.
    fn held_until(until: f64) -> Series {
        series(|at| {
            let reason = if at < until { Reason::PowerCap } else { Reason::HardwareThermal };
            Reading { reasons: Some(vec![reason]), ..Reading::default() }
        })
    }

    #[test]
    fn few_readings_make_no_share() {
        let few = |count: usize| {
            let mut few = short(|_| Reading { reasons: Some(vec![Reason::PowerCap]), ..Reading::default() });
            few.readings.truncate(count);
            let took = [Seconds::new(0.1); 10];
            let few = few.derived(&Span { took_s: &took, ..span() });
            (few.held_by, few.held_share)
        };
        assert_eq!(few(10), (Held::Power, Some(1.0)));
        assert_eq!(few(9), (Held::Power, None));
        assert_eq!(few(2), (Held::Unknown, None));
    }

    #[test]
    fn a_series_of_hours_is_thinned_out_evenly_and_its_samples_are_still_marked() {
        let readings = (0..36_000).map(|tenth| Reading {
            at_s: Seconds::new(f64::from(tenth) / 10.0),
            reasons: Some(vec![Reason::PowerCap]),
            ..Reading::default()
        });
        let began_s: Vec<Seconds> = (0..3600).map(|second| Seconds::new(f64::from(second))).collect();
        let took = vec![Seconds::new(0.9); began_s.len()];
        let series = Series::new(Seconds::new(0.0), began_s, readings.collect());
        assert_eq!(series.readings.len(), MOST_READINGS);
        let gaps = series.readings.windows(2).map(|pair| pair[1].at_s.get() - pair[0].at_s.get());
        assert!(gaps.into_iter().all(|gap| (gap - 15.0).abs() < 1e-6));
        let marked = series.derived(&Span { took_s: &took, ..span() }).held_samples.len();
        assert!(marked > took.len() * 99 / 100, "{marked} of {}", took.len());
    }
}
