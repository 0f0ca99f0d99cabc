//! Settings of a run: how much effort, within which time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::measure::{Sampling, ShaderChecks};
use crate::units::Seconds;

/// How thorough a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// A look: within a minute even on a software renderer.
    Quick,
    /// A few minutes.
    Standard,
    /// As long as it takes for tight intervals.
    Full,
}

/// How variants are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Tune {
    /// The first variant that fits the device.
    Off,
    /// Known-good variants, then what is near the fastest, as far as the time goes.
    Quick,
    /// The same until nothing near the fastest is left to try.
    Full,
}

/// All settings that influence what is measured. Stored in the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Plan {
    /// How thorough the run is.
    pub effort: Effort,
    /// How variants are chosen.
    pub tune: Tune,
    /// Whether shaders keep the run-time checks of WebGPU.
    pub shaders: ShaderChecks,
    /// Seed of all operands.
    pub seed: u64,
    /// Time for the whole run, divided over its benchmarks.
    pub budget_s: Seconds,
    /// Longest submission aimed at.
    pub submission_s: Seconds,
    /// Who took the samples.
    pub sampler: Harness,
    /// The only edge of products, where one was asked for; absent where the size follows from the device's speed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge: Option<u32>,
    /// Bytes that a memory pass goes over, over all its arrays, where asked for; absent where it follows from the caches and the kind of device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footprint_bytes: Option<u64>,
    /// How cool the card had to be before each benchmark, in degrees Celsius; absent where nothing was waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_for_cool_c: Option<f64>,
}

/// Who took the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Harness {
    /// The suite's own sampler.
    Own,
    /// criterion, under `cargo bench`.
    Criterion,
}

/// Longest submission aimed at: far below the two seconds after which drivers reset a GPU.
const SUBMISSION: Seconds = Seconds::new(0.1);

impl Plan {
    /// The plan for an effort, its budget and tuning mode by default.
    pub fn new(effort: Effort) -> Self {
        let (budget_s, tune) = match effort {
            Effort::Quick => (54.0, Tune::Quick),
            Effort::Standard => (270.0, Tune::Quick),
            Effort::Full => (900.0, Tune::Full),
        };
        Self {
            effort,
            tune,
            shaders: ShaderChecks::Unchecked,
            seed: 20_220_826,
            budget_s: Seconds::new(budget_s),
            submission_s: SUBMISSION,
            sampler: Harness::Own,
            edge: None,
            footprint_bytes: None,
            wait_for_cool_c: None,
        }
    }

    /// The plan for `some` of `all` benchmarks: each may take up to a quarter of the whole suite's time, since a few have more use for it than many.
    #[must_use]
    pub fn for_some(self, some: usize, all: usize) -> Self {
        if some >= all {
            return self;
        }
        #[expect(clippy::cast_precision_loss, reason = "benchmarks are few")]
        let quarters = some as f64 / 4.0;
        Self { budget_s: Seconds::new(self.budget_s.get() * quarters.min(1.0)), ..self }
    }

    /// How a benchmark is sampled when `budget` is its share of the time.
    pub fn sampling(&self, budget: Duration) -> Sampling {
        let (at_least, at_most, longest, warm_up, sample): (u32, usize, _, _, _) = match self.effort {
            Effort::Quick => (10, 20, 3, 60, 25),
            Effort::Standard => (10, 50, 10, 500, 100),
            Effort::Full => (20, 200, 60, 1000, 100),
        };
        Sampling {
            warm_up: Duration::from_millis(warm_up).min(budget / 5),
            sample: Duration::from_millis(sample).min((budget / at_least).max(SHORTEST_SAMPLE)),
            at_least: at_least as usize,
            at_most,
            budget: budget.min(Duration::from_secs(longest)),
        }
    }

    /// Time for choosing a variant when `left` is what is left of the benchmark's share: a quick run keeps what its samples and checks need.
    pub fn tuning_time(&self, left: Duration) -> Duration {
        match (self.tune, self.effort) {
            (Tune::Off, _) => Duration::ZERO,
            (Tune::Quick, Effort::Quick) => left.saturating_sub(QUICK_REST).max(left / 3),
            (Tune::Quick, _) => left / 2,
            (Tune::Full, _) => Duration::MAX,
        }
    }

    /// How long a pass over memory may last where it is submitted in parts: it has to go over more than the caches hold, however slow the device is.
    pub fn longest_pass(&self) -> Duration {
        if self.effort == Effort::Quick { Duration::from_millis(400) } else { Duration::from_secs(1) }
    }
}

/// Length of a sample that clocks and submissions still measure to a part in a thousand; shorter ones are not taken where time is short.
const SHORTEST_SAMPLE: Duration = Duration::from_millis(5);

/// What is needed of a quick run's share after the search.
const QUICK_REST: Duration = Duration::from_millis(1200);
