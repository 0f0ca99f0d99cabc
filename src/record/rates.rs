//! Rates that follow from work and times, of one of three kinds.

use std::mem::discriminant;

use serde::{Deserialize, Serialize};

use crate::measure::{Interval, Stats};
use crate::problem::Work;
use crate::units::{BytesPerSec, OpsPerSec, Seconds};

/// Rates of one benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "Keys", into = "Keys")]
pub enum Rates {
    /// Of arithmetic.
    Ops(Rate<OpsPerSec>),
    /// Of memory and transfers.
    Bytes(Rate<BytesPerSec>),
    /// The time of each thing that is counted: a step, an addition, a dispatch.
    Each(Rate<Seconds>),
}

/// One quantity, as three figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate<Q> {
    /// That of the shortest sample that others confirm.
    pub best: Q,
    /// That of the median sample.
    pub median: Q,
    /// 95 % interval of the median.
    pub median_ci95: Interval<Q>,
}

/// [`Rates`] as a file has them. The best belongs to the shortest sample that others confirm, the median to the median one.
#[derive(Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Rates"))]
struct Keys {
    /// Highest arithmetic rate that several samples reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    ops_per_s_best: Option<OpsPerSec>,
    /// Median arithmetic rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    ops_per_s_median: Option<OpsPerSec>,
    /// 95 % interval of the median arithmetic rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    ops_per_s_median_ci95: Option<Interval<OpsPerSec>>,
    /// Highest bandwidth that several samples reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_per_s_best: Option<BytesPerSec>,
    /// Median bandwidth.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_per_s_median: Option<BytesPerSec>,
    /// 95 % interval of the median bandwidth.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_per_s_median_ci95: Option<Interval<BytesPerSec>>,
    /// Shortest time, reached by several samples, of what is counted one by one: a step, an addition, a dispatch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seconds_each_best: Option<Seconds>,
    /// Its median time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seconds_each_median: Option<Seconds>,
    /// 95 % interval of the median time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seconds_each_median_ci95: Option<Interval<Seconds>>,
}

impl<Q> Rate<Q> {
    /// The three figures of a file; `None` where it has none of them.
    fn of_file(best: Option<Q>, median: Option<Q>, median_ci95: Option<Interval<Q>>) -> Result<Option<Self>, String> {
        match (best, median, median_ci95) {
            (Some(best), Some(median), Some(median_ci95)) => Ok(Some(Self { best, median, median_ci95 })),
            (None, None, None) => Ok(None),
            _ => Err("a rate without its best, its median or its interval".to_owned()),
        }
    }

    /// The same rate in other units, or of other work.
    pub fn map<R>(self, convert: impl Fn(Q) -> R) -> Rate<R> {
        Rate { best: convert(self.best), median: convert(self.median), median_ci95: self.median_ci95.map(convert) }
    }
}

impl TryFrom<Keys> for Rates {
    type Error = String;

    fn try_from(keys: Keys) -> Result<Self, String> {
        let ops = Rate::of_file(keys.ops_per_s_best, keys.ops_per_s_median, keys.ops_per_s_median_ci95)?;
        let bytes = Rate::of_file(keys.bytes_per_s_best, keys.bytes_per_s_median, keys.bytes_per_s_median_ci95)?;
        let each = Rate::of_file(keys.seconds_each_best, keys.seconds_each_median, keys.seconds_each_median_ci95)?;
        match (ops, bytes, each) {
            (Some(ops), None, None) => Ok(Self::Ops(ops)),
            (None, Some(bytes), None) => Ok(Self::Bytes(bytes)),
            (None, None, Some(each)) => Ok(Self::Each(each)),
            (None, None, None) => Err("rates of nothing".to_owned()),
            _ => Err("rates of more than one kind".to_owned()),
        }
    }
}

impl From<Rates> for Keys {
    fn from(rates: Rates) -> Self {
        match rates {
            Rates::Ops(Rate { best, median, median_ci95 }) => Self {
                ops_per_s_best: Some(best),
                ops_per_s_median: Some(median),
                ops_per_s_median_ci95: Some(median_ci95),
                ..Self::default()
            },
            Rates::Bytes(Rate { best, median, median_ci95 }) => Self {
                bytes_per_s_best: Some(best),
                bytes_per_s_median: Some(median),
                bytes_per_s_median_ci95: Some(median_ci95),
                ..Self::default()
            },
            Rates::Each(Rate { best, median, median_ci95 }) => Self {
                seconds_each_best: Some(best),
                seconds_each_median: Some(median),
                seconds_each_median_ci95: Some(median_ci95),
                ..Self::default()
            },
        }
    }
}

/// Rates in a file may differ from those that follow from its samples by this, relative: room for printed digits.
const TOLERANCE: f64 = 1e-6;

impl Rates {
    /// The rates of doing `work` in the times of `stats`.
    pub fn of(work: Work, stats: &Stats) -> Self {
        Self::at(work, Rate { best: stats.best_s, median: stats.median_s, median_ci95: stats.median_ci95_s })
    }

    /// The rates of doing `work` in `times`: the time of each where things are counted one by one, else operations, else bytes.
    fn at(work: Work, times: Rate<Seconds>) -> Self {
        if let Some(events) = work.events {
            #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
            return Self::Each(times.map(|time| time / events as f64));
        }
        let [fast, slow] = times.median_ci95;
        let times = Rate { median_ci95: [slow, fast], ..times };
        match work.ops {
            Some(ops) => Self::Ops(times.map(|time| ops / time)),
            None => Self::Bytes(times.map(|time| work.bytes / time)),
        }
    }

    /// The arithmetic rate, where it is one.
    pub fn ops(&self) -> Option<Rate<OpsPerSec>> {
        if let Self::Ops(rate) = self { Some(*rate) } else { None }
    }

    /// The bandwidth, where it is one.
    pub fn bytes(&self) -> Option<Rate<BytesPerSec>> {
        if let Self::Bytes(rate) = self { Some(*rate) } else { None }
    }

    /// The time of each thing that is counted, where it is one.
    pub fn each(&self) -> Option<Rate<Seconds>> {
        if let Self::Each(time) = self { Some(*time) } else { None }
    }

    /// The best rate, in operations or in bytes per second; `None` where times are the point.
    pub fn best_per_s(&self) -> Option<f64> {
        match self {
            Self::Ops(rate) => Some(rate.best.get()),
            Self::Bytes(rate) => Some(rate.best.get()),
            Self::Each(_) => None,
        }
    }

    /// Whether these are the rates of doing `work` in a best and a median time, but for printed digits.
    pub(super) fn are_those_of(&self, work: Work, best: Seconds, median: Seconds) -> bool {
        let derived = Self::at(work, Rate { best, median, median_ci95: [median; 2] });
        let near = |(stated, derived): (f64, f64)| (stated / derived - 1.0).abs() <= TOLERANCE;
        discriminant(self) == discriminant(&derived) && self.values().into_iter().zip(derived.values()).all(near)
    }

    /// Best and median, in whatever unit.
    fn values(&self) -> [f64; 2] {
        match self {
            Self::Ops(rate) => [rate.best, rate.median].map(OpsPerSec::get),
            Self::Bytes(rate) => [rate.best, rate.median].map(BytesPerSec::get),
            Self::Each(time) => [time.best, time.median].map(Seconds::get),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_rates_of_one_kind_and_all_of_them() {
        let whole = r#"{"seconds_each_best":1.0,"seconds_each_median":2.0,"seconds_each_median_ci95":[1.5,2.5]}"#;
        let rates: Rates = serde_json::from_str(whole).expect("rates");
        assert_eq!(serde_json::to_string(&rates).expect("JSON"), whole, "the hash of a record is over this");
        let mixed =
            whole.replace('}', r#","ops_per_s_best":1.0,"ops_per_s_median":1.0,"ops_per_s_median_ci95":[1.0,1.0]}"#);
        for (text, words) in [
            (mixed.as_str(), "more than one kind"),
            (r#"{"seconds_each_best":1.0}"#, "without its best, its median or its interval"),
            ("{}", "rates of nothing"),
        ] {
            let error = serde_json::from_str::<Rates>(text).expect_err(text).to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
