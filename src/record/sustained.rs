//! A product kept under load: its rate over time, and what follows from it.

use serde::{Deserialize, Serialize};

use crate::measure::{Clock, Interval, interval_by_order, median};
use crate::telemetry::Series;
use crate::units::{Ops, OpsPerSec, Seconds};

/// What a device that had rested did while it was kept under load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Sustained {
    /// How long the load was meant to last.
    pub wanted_s: Seconds,
    /// How long the device had rested before.
    pub rested_s: Seconds,
    /// From the first submission to the last, by the wall clock, with the pauses in which answers were checked.
    pub took_s: Seconds,
    /// How much of that it was under load.
    pub loaded_s: Seconds,
    /// How often the answer was compared, and right.
    pub answers_checked: usize,
    /// The clock that the rates rest on; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// The rate over time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<LoadPoint>,
    /// The rate of the first moments: the median of the points of the first second, three at the least; absent where there are too few points to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst_ops_per_s: Option<OpsPerSec>,
    /// 95 % interval of that median.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst_ops_per_s_ci95: Option<Interval<OpsPerSec>>,
    /// The rate in the end: the median of the points of the last third of the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level_ops_per_s: Option<OpsPerSec>,
    /// Its 95 % interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level_ops_per_s_ci95: Option<Interval<OpsPerSec>>,
    /// When it came to that rate: all later points lie within 2 % and their noise of it. Absent where it did not settle before the last third.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_after_s: Option<Seconds>,
    /// What the card was doing meanwhile; absent where nothing reads its sensors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telemetry: Option<Series>,
    /// Why there is less than was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The rate in one stretch of the load.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LoadPoint {
    /// Its middle, since the first submission.
    pub at_s: Seconds,
    /// The rate of its median sample.
    pub ops_per_s: OpsPerSec,
    /// Samples that count in it.
    pub samples: usize,
    /// The device's clock at its end, relative to the best of the run so far, where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relative_clock: Option<f64>,
}

/// The first moments, in seconds.
const FIRST: f64 = 1.0;

/// Points that make a figure, so that one alone decides none.
const FEWEST: usize = 3;

/// How far from its level a rate may be that has settled, relative, beside three times the noise of a point.
const NEAR: f64 = 0.02;
const SIGMAS: f64 = 3.0;

/// Longest load, in seconds: a day.
pub const LONGEST: u32 = 86_400;

/// More points and samples than a load of a day has.
const MOST_POINTS: usize = 1000;
const MOST_SAMPLES: usize = 10_000_000;

/// Rates that some device may have, in operations per second.
const RATES: std::ops::RangeInclusive<f64> = 1.0..=1e24;

/// How far a load may last beyond the longest, as a factor: the last sample and its check.
const BEYOND: f64 = 2.0;

impl Sustained {
    /// A load that has not begun.
    pub fn of(wanted_s: Seconds) -> Self {
        let nothing = Seconds::new(0.0);
        Self {
            wanted_s,
            rested_s: nothing,
            took_s: nothing,
            loaded_s: nothing,
            answers_checked: 0,
            clock: None,
            points: Vec::new(),
            burst_ops_per_s: None,
            burst_ops_per_s_ci95: None,
            level_ops_per_s: None,
            level_ops_per_s_ci95: None,
            settled_after_s: None,
            telemetry: None,
            reason: None,
        }
    }

    /// The same with burst and level as they follow from the points, where a dispatch makes `ops` operations.
    #[must_use]
    pub fn derived(self, ops: Ops) -> Self {
        let times: Vec<Seconds> = self.points.iter().map(|point| ops / point.ops_per_s).collect();
        let interval = |times: &[Seconds]| interval_by_order(times).map(|[fast, slow]| [ops / slow, ops / fast]);
        let Some([first, last]) = self.ends() else {
            return Self {
                burst_ops_per_s: None,
                burst_ops_per_s_ci95: None,
                level_ops_per_s: None,
                level_ops_per_s_ci95: None,
                settled_after_s: None,
                ..self
            };
        };
        let level = median(&times[last..]);
        let settled = settled(&times, last, level).map(|at| self.points[at].at_s);
        Self {
            burst_ops_per_s: Some(ops / median(&times[..first])),
            burst_ops_per_s_ci95: interval(&times[..first]),
            level_ops_per_s: Some(ops / level),
            level_ops_per_s_ci95: interval(&times[last..]),
            settled_after_s: settled,
            ..self
        }
    }

    /// How many points make the first moments, and the first point of the last third of the time; `None` where there are too few.
    fn ends(&self) -> Option<[usize; 2]> {
        let end = self.points.last()?.at_s.get();
        let before = |time: f64| self.points.partition_point(|point| point.at_s.get() <= time);
        let (first, last) = (before(FIRST.min(end / 3.0)).max(FEWEST), before(end * 2.0 / 3.0));
        (first <= last && last + FEWEST <= self.points.len()).then_some([first, last])
    }

    /// Level over burst, less one: below zero where the rate fell.
    pub fn change(&self) -> Option<f64> {
        Some(self.level_ops_per_s? / self.burst_ops_per_s? - 1.0)
    }

    /// Whether burst and level may be the same: their intervals overlap.
    pub fn is_within_noise(&self) -> bool {
        let both = self.burst_ops_per_s_ci95.zip(self.level_ops_per_s_ci95);
        both.is_some_and(|(burst, level)| burst[0] <= level[1] && level[0] <= burst[1])
    }

    /// Whether the rate was at its level from the first point on.
    pub fn is_steady(&self) -> bool {
        self.settled_after_s.is_some() && self.settled_after_s == self.points.first().map(|point| point.at_s)
    }

    /// Whether a load from an untrusted file is one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn validate(&self) -> Result<(), String> {
        let longest = f64::from(LONGEST);
        let within = |time: Seconds, most: f64| (0.0..=most).contains(&time.get());
        let lengths = within(self.wanted_s, longest)
            && within(self.rested_s, longest)
            && within(self.took_s, BEYOND * longest)
            && within(self.loaded_s, self.took_s.get());
        if !lengths {
            return Err("a load of a length that none has".to_owned());
        }
        if self.points.len() > MOST_POINTS || self.answers_checked > MOST_SAMPLES {
            return Err("more points or checks than any load has".to_owned());
        }
        if !self.points.is_empty() && (self.answers_checked == 0 || self.clock.is_none()) {
            return Err("a rate under load without a passed check, or without its clock".to_owned());
        }
        if !self.points.iter().all(|point| point.is_sound() && point.at_s <= self.took_s) {
            return Err("a point under load that is none".to_owned());
        }
        if !self.points.windows(2).all(|pair| pair[0].at_s < pair[1].at_s) {
            return Err("points under load that do not follow each other".to_owned());
        }
        Ok(())
    }
}

impl LoadPoint {
    fn is_sound(&self) -> bool {
        let clock = self.relative_clock.is_none_or(|clock| clock > 0.0 && clock <= 1.0);
        self.at_s.is_plausible()
            && RATES.contains(&self.ops_per_s.get())
            && (1..=MOST_SAMPLES).contains(&self.samples)
            && clock
    }
}

/// The first of `times` from which on all are near `level`, each as the median of itself and its neighbours: one point alone is no change. `None`
/// where one of the last third, from `last` on, is not.
fn settled(times: &[Seconds], last: usize, level: Seconds) -> Option<usize> {
    let near = NEAR + noise(&times[last..]) * SIGMAS / level;
    let smooth = |at: usize| {
        let from = at.saturating_sub(1).min(times.len() - FEWEST);
        median(&times[from..from + FEWEST])
    };
    let far = (0..times.len()).rev().find(|&at| !((smooth(at) / level - 1.0).abs() <= near));
    let settled = far.map_or(0, |far| far + 1);
    (settled <= last).then_some(settled)
}

/// The standard deviation of `times` by the differences of neighbours, of which a slow drift is no part; 1.4826 makes a standard deviation of a median
/// deviation.
fn noise(times: &[Seconds]) -> Seconds {
    let steps: Vec<Seconds> = times.windows(2).map(|pair| Seconds::new((pair[1] - pair[0]).get().abs())).collect();
    median(&steps) * 1.4826 / std::f64::consts::SQRT_2
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPS: Ops = Ops::new(1e9);

    /// A load with a point each `step` seconds, at `rate` of the time and of the point's number.
    fn load(points: u32, step: f64, rate: impl Fn(f64, u32) -> f64) -> Sustained {
        let point = |number: u32| {
            let at = step * (f64::from(number) + 0.5);
            let time = Seconds::new(1.0 / rate(at, number));
            LoadPoint { at_s: Seconds::new(at), ops_per_s: OPS / time, samples: 3, relative_clock: None }
        };
        let took_s = Seconds::new(step * f64::from(points));
        Sustained {
            rested_s: Seconds::new(1.0),
            took_s,
            loaded_s: took_s,
            answers_checked: 24,
            clock: Some(Clock::Gpu),
            points: (0..points).map(point).collect(),
            ..Sustained::of(took_s)
        }
        .derived(OPS)
    }

    /// Burst and level, in units of the rate.
    fn figures(load: &Sustained) -> [f64; 2] {
        [load.burst_ops_per_s, load.level_ops_per_s].map(|rate| rate.expect("a figure").get() / 1e9)
    }

    /// Up and down by a part of one.
    fn noise_of(part: f64) -> impl Fn(u32) -> f64 {
        move |number| 1.0 + part * f64::from(number * 7 % 5) / 2.0 - part
    }

    #[track_caller]
    fn near(found: f64, wanted: f64) {
        assert!((found / wanted - 1.0).abs() < 0.005, "{found}, not {wanted}");
    }

    #[test]
    fn a_rate_that_falls_has_both_figures_and_the_time_between() {
        let noise = noise_of(0.003);
        let load = load(120, 1.0, |at, number| noise(number) * if at < 42.0 { 1.0 } else { 0.9 });
        let [burst, level] = figures(&load);
        near(burst, 1.0);
        near(level, 0.9);
        assert!((load.change().expect("a change") + 0.1).abs() < 0.01, "a tenth less");
        assert!(!load.is_within_noise(), "more than noise: {load:?}");
        let [low, high] = load.level_ops_per_s_ci95.expect("an interval").map(|rate| rate.get() / 1e9);
        assert!(low < level && level < high && high - low < 0.01, "{low} to {high} around {level}");
        let settled = load.settled_after_s.expect("it settles").get();
        assert!((41.0..44.0).contains(&settled), "after {settled} s");
    }

    #[test]
    fn a_steady_rate_settles_at_once() {
        let load = load(60, 0.5, |_, number| noise_of(0.01)(number));
        assert!(load.is_steady() && load.is_within_noise(), "{load:?}");
    }

    #[test]
    fn a_slow_drift_is_no_noise() {
        let falling = load(100, 1.0, |at, number| noise_of(0.002)(number) * (1.0 - at * 0.003));
        assert_eq!(falling.settled_after_s, None, "it falls by 10 % in the last third");
        let late = load(100, 1.0, |at, _| if at < 80.0 { 1.0 } else { 0.8 });
        assert_eq!(late.settled_after_s, None, "it falls within the last third");
    }

    #[test]
    fn one_odd_point_moves_nothing() {
        for odd in [0, 1, 2, 30, 70, 99] {
            for factor in [0.05, 20.0] {
                let one =
                    load(100, 0.3, |_, number| noise_of(0.003)(number) * if number == odd { factor } else { 1.0 });
                let [burst, level] = figures(&one);
                near(burst, 1.0);
                near(level, 1.0);
                assert!(one.is_steady(), "point {odd} times {factor}: {:?}", one.settled_after_s);
            }
        }
    }

    #[test]
    fn few_points_tell_nothing() {
        let short = load(6, 0.1, |_, _| 1.0);
        assert!(short.burst_ops_per_s.is_none() && short.level_ops_per_s.is_none(), "{short:?}");
        let enough = load(9, 0.1, |_, _| 1.0);
        assert!(enough.burst_ops_per_s.is_some() && enough.is_steady(), "{enough:?}");
    }

    #[test]
    fn what_no_load_has_is_refused() {
        let sound = load(30, 1.0, |_, _| 1.0);
        assert_eq!(sound.validate(), Ok(()));
        let refused = |change: &dyn Fn(&mut Sustained)| {
            let mut changed = sound.clone();
            change(&mut changed);
            assert!(changed.validate().is_err(), "{changed:?}");
        };
        for bad in [f64::NAN, f64::INFINITY, -1.0, 1e9] {
            refused(&|load| load.wanted_s = Seconds::new(bad));
            refused(&|load| load.rested_s = Seconds::new(bad));
            refused(&|load| load.took_s = Seconds::new(bad));
            refused(&|load| load.loaded_s = Seconds::new(bad));
            refused(&|load| load.points[3].at_s = Seconds::new(bad));
        }
        for bad in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e-300] {
            refused(&|load| load.points[3].ops_per_s = OPS / Seconds::new(1.0 / bad));
        }
        for bad in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1.5] {
            refused(&|load| load.points[3].relative_clock = Some(bad));
        }
        refused(&|load| load.points.swap(3, 4));
        refused(&|load| load.points[3].at_s = load.points[4].at_s);
        refused(&|load| load.points[3].samples = 0);
        refused(&|load| load.answers_checked = 0);
        refused(&|load| load.clock = None);
        refused(&|load| load.points = vec![load.points[0]; 2000]);
    }
}
