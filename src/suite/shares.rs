//! How the time of a run is divided over its benchmarks.

use std::time::{Duration, Instant};

use crate::benchmark::Benchmark;
use crate::units::Seconds;

/// Divides a budget, and learns what benchmarks take beyond their shares.
#[derive(Debug)]
pub struct Shares {
    budget: Seconds,
    start: Instant,
    /// Of light benchmarks, and of others.
    overruns: [Overruns; 2],
}

/// What benchmarks took beyond their shares.
#[derive(Debug, Clone, Copy)]
struct Overruns {
    measured: u32,
    sum: Duration,
}

impl Overruns {
    fn usual(self) -> Duration {
        self.sum / self.measured
    }
}

/// What a benchmark takes beyond its share, before one was measured.
const FIRST_GUESS: Duration = Duration::from_millis(800);

/// A run should end within a tenth of its budget: which part of it may pass beyond, before what is still being measured is given up.
const TOLERANCE: f64 = 0.05;

/// Which part of the budget is kept for second blocks of samples. A first one that still has to be taken goes before them.
const RESERVED: f64 = 0.1;

/// A benchmark of weight one takes no more than this part of the budget, however few are asked for: it would gain nothing.
const LIGHT: f64 = 1.0 / 50.0;

/// What a benchmark gets of the budget at the least while there is any, be it of the time for second blocks: ten short samples need no more.
const LEAST: f64 = 1.0 / 200.0;

impl Shares {
    /// The shares of a run that began at `start`.
    pub fn new(start: Instant, budget: Seconds) -> Self {
        Self { budget, start, overruns: [Overruns { measured: 1, sum: FIRST_GUESS }; 2] }
    }

    /// When the budget is over.
    pub fn deadline(&self) -> Instant {
        self.start + self.part(1.0)
    }

    /// When nothing is measured any more.
    pub fn end(&self) -> Instant {
        self.start + self.part(1.0 + TOLERANCE)
    }

    /// Leaves `time`, which went into something else, out of the budget.
    pub fn put_off(&mut self, time: Duration) {
        self.start += time;
    }

    fn part(&self, part: f64) -> Duration {
        Duration::from_secs_f64(self.budget.get() * part)
    }

    /// Whether the first of `left` can still be measured; if it is a long one, so that half of the light ones after it can: a pass over memory less is
    /// better than none of the many that take a moment, and some passes are better than all of those.
    pub fn suffice(&self, left: &[&Benchmark]) -> bool {
        let Some((first, after)) = left.split_first() else { return false };
        let light = after.iter().filter(|benchmark| !is_light(first) && is_light(benchmark));
        let kept: Duration = light.map(|benchmark| self.usual(benchmark)).sum();
        Instant::now() + self.usual(first) + kept / 2 <= self.end()
    }

    /// Whether there is time for more of `benchmark` than has to be measured.
    pub fn suffice_to_go_on(&self, benchmark: &Benchmark) -> bool {
        self.left() > self.usual(benchmark)
    }

    /// Time until second blocks are to be taken.
    pub fn left(&self) -> Duration {
        (self.start + self.part(1.0 - RESERVED)).saturating_duration_since(Instant::now())
    }

    /// What benchmarks like this one take beyond their shares, on average.
    fn usual(&self, benchmark: &Benchmark) -> Duration {
        self.overruns[usize::from(!is_light(benchmark))].usual()
    }

    /// The share of the first of `left`.
    pub fn first(&self, left: &[&Benchmark]) -> Duration {
        let time = self.left();
        // What compiling and checking take in any case is no share of anybody's.
        let needed: Duration = left.iter().map(|benchmark| self.usual(benchmark)).sum();
        let share = share(time.saturating_sub(needed).max(time / 10), left, self.budget);
        let until_the_end = self.deadline().saturating_duration_since(Instant::now());
        #[expect(clippy::cast_possible_truncation, reason = "benchmarks are few")]
        let least = self.part(LEAST).min(until_the_end / (left.len() as u32).max(1));
        share.max(least)
    }

    /// Notes how long `benchmark` took, which had `share`.
    pub fn learn(&mut self, benchmark: &Benchmark, share: Duration, took: Duration) {
        let overruns = &mut self.overruns[usize::from(!is_light(benchmark))];
        overruns.measured += 1;
        overruns.sum += took.saturating_sub(share);
    }
}

/// Whether a benchmark searches for nothing and makes no large arrays.
fn is_light(benchmark: &Benchmark) -> bool {
    benchmark.kind.weight() == 1
}

/// The first benchmark's share of `time`, when `left` are still to be measured in it: what the light ones need is kept for them, and the others divide
/// the rest by their weights.
fn share(time: Duration, left: &[&Benchmark], budget: Seconds) -> Duration {
    let Some(weight) = left.first().map(|first| first.kind.weight()) else { return time };
    let weights = left.iter().map(|benchmark| benchmark.kind.weight());
    let (light, heavy) =
        weights.fold((0, 0), |(light, heavy), one| if one == 1 { (light + 1, heavy) } else { (light, heavy + one) });
    let each = Duration::from_secs_f64(budget.get() * LIGHT).min(time / (light + heavy).max(1));
    if weight == 1 { each } else { time.saturating_sub(each * light) * weight / heavy }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_benchmark_gives_way_to_half_of_the_light_ones_behind_it() {
        let of = |id| Benchmark::by_id(id).expect("it is in the catalogue");
        let [pass, light] = ["memory/triad", "transfer/upload"].map(of);
        let left = [&[pass][..], &[light; 7]].concat();
        let after = |seconds| Shares::new(Instant::now() - Duration::from_secs_f64(seconds), Seconds::new(54.0));
        assert!(after(52.5).suffice(&left), "of 56.7 seconds enough are left for 0.8 and half of seven times that");
        assert!(!after(53.5).suffice(&left), "more than three of seven would be lost");
        assert!(after(53.5).suffice(&left[1..]), "which go on without it");
        assert!(after(53.5).suffice(&left[..1]), "and it is measured where nothing follows");
        assert!(!after(57.0).suffice(&left[1..]) && !after(1.0).suffice(&[]));
    }
}
