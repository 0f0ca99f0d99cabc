//! The readings beside the samples of an entry, and the figures that follow from both.

use super::{Entry, Rates, Sustained};
use crate::measure::{Reading, Sample};
use crate::telemetry::{Series, Span};
use crate::units::Seconds;

/// More readings than this are in no record of this program.
const MOST_READINGS: usize = 2000;

impl Entry {
    /// Takes up the readings beside the samples. `power_averaged_s` is the board's.
    pub fn watched(self, series: Series, power_averaged_s: Option<Seconds>) -> Self {
        Self { telemetry: Some(series), ..self }.with_telemetry_derived(power_averaged_s)
    }

    /// The entry with what follows from its readings, and from those under load, by the rules of this version.
    pub(super) fn with_telemetry_derived(mut self, power_averaged_s: Option<Seconds>) -> Self {
        if let Some(series) = self.telemetry.take() {
            let took_s: Vec<Seconds> = self.samples.iter().map(|sample| sample.wall_s).collect();
            let rates = self.rates.as_ref();
            let span = Span {
                took_s: &took_s,
                best: self.fastest_sample(),
                ops_per_s: rates.and_then(Rates::ops).map(|rate| rate.median.get()),
                bytes_per_s: rates.and_then(Rates::bytes).map(|rate| rate.median.get()),
                power_averaged_s,
            };
            self.telemetry = Some(series.derived(&span));
        }
        self.sustained = self.sustained.take().map(|load| load.with_telemetry_derived(power_averaged_s));
        self
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
            if series.began_s.len() != self.samples.len() {
                return Err(format!(
                    "{} samples, and {} times at which they began",
                    self.samples.len(),
                    series.began_s.len()
                ));
            }
            validate(series)?;
        }
        self.sustained.iter().filter_map(|load| load.telemetry.as_ref()).try_for_each(validate)
    }
}

impl Sustained {
    /// The load as one sample, from its first submission to its last.
    pub fn with_telemetry_derived(self, power_averaged_s: Option<Seconds>) -> Self {
        let Some(series) = self.telemetry else { return self };
        let span = Span {
            took_s: &[self.took_s],
            best: None,
            ops_per_s: self.level_ops_per_s.map(|level| level.get()),
            bytes_per_s: None,
            power_averaged_s,
        };
        Self { telemetry: Some(series.derived(&span)), ..self }
    }
}

fn validate(series: &Series) -> Result<(), String> {
    if series.readings.len() > MOST_READINGS {
        return Err(format!("{} readings, where no record has more than {MOST_READINGS}", series.readings.len()));
    }
    let times = series.began_s.iter().chain([&series.loaded_from_s]).chain(series.readings.iter().map(|one| &one.at_s));
    if let Some(time) = times.map(|time| time.get()).find(|time| !(0.0..=super::LONGEST_RUN_S).contains(time)) {
        return Err(format!("a reading or a sample {time} s after the beginning, which no run has"));
    }
    if !series.readings.is_sorted_by(|one, next| one.at_s <= next.at_s) {
        return Err("readings that are not in their order".to_owned());
    }
    series.readings.iter().try_for_each(|reading| reading.implausible().map_or(Ok(()), Err))
}
