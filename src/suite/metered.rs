//! What the card was doing meanwhile: readings of its sensors beside the samples.

use super::Suite;
use crate::record::{Entry, Sustained};
use crate::telemetry::{Board, Meter, Reading, Series};
use crate::units::Seconds;

/// Readings of the warm-up are kept for so many seconds before the first sample: they show the clock rise, and whether it had.
const WARM_UP_S: f64 = 2.0;

/// No sensors.
#[derive(Debug, Clone, Copy)]
pub struct Unmetered;

impl Meter for Unmetered {
    fn now(&self) -> Seconds {
        Seconds::new(0.0)
    }

    fn since(&self, _from: Seconds) -> Vec<Reading> {
        Vec::new()
    }

    fn board(&self) -> Option<Board> {
        None
    }
}

/// When a load began, and each of its samples, by the meter's clock.
#[derive(Debug, Clone, Default)]
pub struct Times {
    /// The warm-up before the first sample.
    pub loaded_from: Seconds,
    /// Each sample.
    pub began: Vec<Seconds>,
}

impl<'a> Suite<'a> {
    /// The same, with `meter` reading the card's sensors.
    #[must_use]
    pub fn metered(self, meter: &'a dyn Meter) -> Self {
        Self { meter, ..self }
    }

    /// The entry with the readings beside its samples, if there are any.
    pub(super) fn with_readings(&self, entry: Entry, times: Times) -> Entry {
        let last = times.began.last().zip(entry.samples.last()).map(|(began, sample)| *began + sample.wall_s);
        let has_rate = entry.rates.is_some() && times.began.len() == entry.samples.len();
        let Some(series) = last.filter(|_| has_rate).and_then(|end| self.series(times, end)) else { return entry };
        entry.watched(series, self.power_averaged())
    }

    /// The load with the readings since `began`, if there are any.
    pub(super) fn load_with_readings(&self, load: Sustained, began: Seconds) -> Sustained {
        let end = began + load.took_s;
        let has_rate = !load.points.is_empty();
        let times = Times { loaded_from: began, began: vec![began] };
        let telemetry = has_rate.then(|| self.series(times, end)).flatten();
        Sustained { telemetry, ..load }.with_telemetry_derived(self.power_averaged())
    }

    /// The readings from the warm-up to `end`.
    fn series(&self, times: Times, end: Seconds) -> Option<Series> {
        let Times { loaded_from, began } = times;
        let first = Seconds::new(loaded_from.get().max(began.first()?.get() - WARM_UP_S));
        let mut readings = self.meter.since(first);
        readings.retain(|reading| reading.at_s <= end);
        (!readings.is_empty()).then(|| Series::new(loaded_from, began, readings))
    }

    fn power_averaged(&self) -> Option<Seconds> {
        self.meter.board()?.power_averaged_s
    }
}
