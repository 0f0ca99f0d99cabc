//! The levels of a memory hierarchy behind a curve over working sets.

mod fit;
mod pace;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::problem::binary;

/// One level of the hierarchy, as a curve shows it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Level {
    /// What it holds for certain: the lower end of the capacity's 95 % interval. Of memory, the largest working set that was measured.
    pub holds_bytes: u64,
    /// What it does not hold: the upper end; absent for the last level, memory itself, whose end was not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overflows_bytes: Option<u64>,
    /// The likeliest capacity; absent for the last level, and in records of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_bytes: Option<u64>,
    /// What the level itself gives, in the unit of the curve: bytes per second, or seconds for a read.
    pub value: f64,
    /// Its 95 % interval.
    pub range: [f64; 2],
    /// Whether the pointer chase shows it and the sweep of the same caches does not: a cache, or the reach of address translation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_the_walk_alone: bool,
}

/// A point of a curve, or a visit to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The working set, in bytes.
    pub bytes: u64,
    /// The time that a byte or a read takes, in any unit.
    pub cost: f64,
    /// The standard error of its logarithm, by the point's own samples.
    pub noise: f64,
}

/// Levels that cannot be told apart. Its text is the sentence; sizes are in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Doubt {
    /// There may be one more near this size.
    #[error("a further level near {} cannot be told from its neighbours", binary(*.0))]
    OneMore(u64),
    /// Two of these ends are as near to each other as they may be, which says that they would be nearer, or one.
    #[error(
        "the levels that end near {} and {} cannot be told apart: they may be one, or end elsewhere",
        binary(.0[0]), binary(.0[1])
    )]
    TooNear([u64; 2]),
}

/// What a curve shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hierarchy {
    /// The levels, the smallest first, with costs as values; memory is the last.
    pub levels: Vec<Level>,
    /// What cannot be told apart.
    pub doubts: Vec<Doubt>,
}

impl Level {
    /// Whether a level from an untrusted file is one.
    ///
    /// # Errors
    /// Fails with what is wrong with it.
    pub fn validate(&self) -> Result<(), String> {
        let numbers = [self.value, self.range[0], self.range[1]];
        // Rates in bytes per second and times in seconds.
        let is_rate = numbers.iter().all(|number| (1e-15..=1e24).contains(number));
        let is_within = self.range[0] <= self.value && self.value <= self.range[1];
        let capacity = self.capacity_bytes.unwrap_or(self.holds_bytes);
        let holds = self.holds_bytes <= capacity && self.overflows_bytes.is_none_or(|overflows| capacity <= overflows);
        match (is_rate && is_within, holds) {
            (false, _) => Err("a level without a positive rate inside its interval".to_owned()),
            (_, false) => Err("a level whose capacity lies outside its interval".to_owned()),
            _ => Ok(()),
        }
    }

    /// Its size in words: what it holds for certain, and what it does not.
    pub fn size(&self) -> String {
        let alone = if self.of_the_walk_alone { ", or translation" } else { "" };
        match self.overflows_bytes {
            Some(overflows) => format!("{} to {}{alone}", binary(self.holds_bytes), binary(overflows)),
            None => format!("memory (seen up to {})", binary(self.holds_bytes)),
        }
    }

    /// The level with its cost in another unit: `of` of it, which rises where costs fall.
    #[must_use]
    pub fn inverted(self, of: impl Fn(f64) -> f64) -> Self {
        let [low, high] = self.range;
        Self { value: of(self.value), range: [of(high), of(low)], ..self }
    }
}

/// The levels that `visits` to working sets of a sweep show, in the order of time.
///
/// Capacities follow from what sets cost beside each other, by visits that followed each other, so that a pace which the whole machine takes for a while
/// cancels; costs from the fastest visit to each set, since whatever disturbs a machine slows it.
///
/// A cache of capacity C serves a working set W as far as it fits; the rest costs what the next level does. Each cache has the likeliest of the
/// seven ways of replacement in `levels/fit.rs`. Costs and capacities have the greatest likelihood under Student's t, heavier where a point is slow, so
/// that what disturbs a few points does not count; the number of levels costs the least by the Bayesian information criterion (Schwarz 1978).
/// A capacity is the mean over all replacements, and its interval what holds 95 %, half an octave on either side at the least.
pub fn find(visits: &[Measured]) -> Hierarchy {
    fit::hierarchy(visits, &[])
}

/// The cost of each set beside the next smaller one, by pairs of `visits` that followed each other in time, the smallest set first: the changing pace of the
/// whole machine cancels.
pub fn joined(visits: &[Measured]) -> Vec<Measured> {
    pace::joined(visits)
}

/// The levels that `visits` of a pointer chase show: the caches that a sweep found, whose capacities are `known` in bytes, and further ones of the chase
/// alone.
///
/// A known capacity is good to half an octave in 95 of 100, normally distributed, and moves to where both curves say.
pub fn find_beside(visits: &[Measured], known: &[u64]) -> Hierarchy {
    fit::hierarchy(visits, known)
}

/// The middle one of `values`, of which there is one at the least; the mean of the middle two.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2])
}
