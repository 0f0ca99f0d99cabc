//! The readings beside the samples of an entry, and the figures that follow from both.

use super::{Entry, LONGEST_RUN_S, Rates, Remark, Sustained};
use crate::measure::{Reading, Sample};
use crate::telemetry::{MOST_READINGS, Series, Span};
use crate::units::Seconds;

/// Clocks are read at slightly different moments.
const TOLERANCE_S: f64 = 1e-3;

/// The rate at which a load settles is that of so much of its time, the last.
const LAST_PART: f64 = 1.0 / 3.0;

impl Entry {
    /// Takes up the readings beside the samples. `power_averaged_s` is the board's.
    pub fn watched(mut self, series: Series, power_averaged_s: Option<Seconds>) -> Self {
        self.telemetry = Some(self.derived_telemetry(series, power_averaged_s));
        self
    }

    /// The median core clock in hertz, where the figure follows the clock.
    pub fn core_hz_median(&self) -> Option<f64> {
        let follows = self.benchmark().is_some_and(|benchmark| benchmark.kind.follows_the_clock());
        self.telemetry.as_ref().filter(|_| follows)?.core_hz_median
    }

    /// Derives what follows from the readings, and from those under load, by the rules of this version. Says so where it replaces anything.
    pub(super) fn rederive_telemetry(&mut self, power_averaged_s: Option<Seconds>) {
        let mut replaces = false;
        if let Some(stated) = self.telemetry.take() {
            let derived = self.derived_telemetry(stated.clone(), power_averaged_s);
            replaces |= derived != stated;
            self.telemetry = Some(derived);
        }
        if let Some(stated) = self.sustained.take() {
            let derived = stated.clone().with_telemetry_derived(power_averaged_s);
            replaces |= derived != stated;
            self.sustained = Some(derived);
        }
        if replaces {
            self.say(Remark::TelemetryRederived);
        }
    }

    fn derived_telemetry(&self, series: Series, power_averaged_s: Option<Seconds>) -> Series {
        let took_s: Vec<Seconds> = self.samples.iter().map(|sample| sample.wall_s).collect();
        let rates = self.rates.as_ref();
        series.derived(&Span {
            took_s: &took_s,
            busy_s: Seconds::new(took_s.iter().map(|took| took.get()).sum()),
            rates_from_s: None,
            best: self.fastest_sample(),
            ops_per_s: rates.and_then(Rates::ops).map(|rate| rate.median.get()),
            bytes_per_s: rates.and_then(Rates::bytes).map(|rate| rate.median.get()),
            power_averaged_s,
        })
    }

    /// The number of the sample with the shortest time of a dispatch.
    fn fastest_sample(&self) -> Option<usize> {
        let reading = Reading::of(&self.samples);
        let fixed = self.fixed_s.unwrap_or(Seconds::new(0.0));
        let time = |(at, sample): (usize, &Sample)| Some((at, reading.time(at, sample, fixed)?.get()));
        let times = self.samples.iter().enumerate().filter_map(time);
        times.min_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(at, _)| at)
    }

    /// What makes the readings unusable, in words.
    pub(super) fn validate_telemetry(&self) -> Result<(), String> {
        if let Some(series) = &self.telemetry {
            let took_s: Vec<Seconds> = self.samples.iter().map(|sample| sample.wall_s).collect();
            validate(series, &took_s)?;
        }
        match &self.sustained {
            Some(Sustained { telemetry: Some(series), took_s, .. }) => validate(series, &[*took_s]),
            _ => Ok(()),
        }
    }
}

impl Sustained {
    /// The load as one sample, from its first submission to its last.
    #[must_use]
    pub fn with_telemetry_derived(self, power_averaged_s: Option<Seconds>) -> Self {
        let Some(series) = self.telemetry else { return self };
        let began = series.began_s.first().copied();
        let span = Span {
            took_s: &[self.took_s],
            busy_s: self.loaded_s,
            rates_from_s: began.map(|began| began + Seconds::new(self.took_s.get() * (1.0 - LAST_PART))),
            best: None,
            ops_per_s: self.level_ops_per_s.map(|level| level.get()),
            bytes_per_s: None,
            power_averaged_s,
        };
        Self { telemetry: Some(series.derived(&span)), ..self }
    }
}

/// Whether a series can be that of samples that took so long.
fn validate(series: &Series, took_s: &[Seconds]) -> Result<(), String> {
    let Series { loaded_from_s, began_s, readings, .. } = series;
    if readings.len() > MOST_READINGS {
        return Err(format!("{} readings, where no record has more than {MOST_READINGS}", readings.len()));
    }
    if began_s.len() != took_s.len() {
        return Err(format!("{} samples, and {} times at which they began", took_s.len(), began_s.len()));
    }
    let times = began_s.iter().chain([loaded_from_s]).chain(readings.iter().map(|one| &one.at_s));
    if let Some(time) = times.map(|time| time.get()).find(|time| !(0.0..=LONGEST_RUN_S).contains(time)) {
        return Err(format!("a reading or a sample {time} s after the beginning, which no run has"));
    }
    if !readings.is_sorted_by(|one, next| one.at_s < next.at_s) {
        return Err("readings that do not follow each other".to_owned());
    }
    let ended = began_s.iter().zip(took_s).map(|(began, took)| began.get() + took.get() - TOLERANCE_S);
    if began_s.first().is_some_and(|began| began < loaded_from_s)
        || began_s.iter().skip(1).zip(ended).any(|(next, ended)| next.get() < ended)
    {
        return Err("samples that began before the one before them had ended".to_owned());
    }
    readings.iter().try_for_each(|reading| reading.implausible().map_or(Ok(()), Err))
}
