//! How long does it take? Sampling, the two clocks and statistics, over a trait that a device implements; no GPU types.

mod clocks;
mod doubling;
mod fault;
pub mod levels;
mod pacing;
mod sampler;
mod stats;

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use clocks::{Clock, Disagreement, Reading, without_fixed};
pub use doubling::{Doubling, Objection};
pub use fault::{Fault, counted};
pub use pacing::Pacer;
pub use sampler::{Sampler, Sampling, sample};
pub use stats::{
    FAR_BELOW, FEWEST_FOR_A_MEDIAN, Interval, RESAMPLES, SEED, Stats, autocorrelation, best_and_median,
    bootstrap_medians, interval_by_order, interval95, trend,
};

use crate::adapter::Adapter;
use crate::kernel::Variant;
use crate::problem::{Operands, Problem};
use crate::units::Seconds;
pub use crate::units::median;

/// A device that can be measured.
pub trait Device {
    /// What the device says of itself.
    fn adapter(&self) -> &Adapter;

    /// Allocates the buffers of `problem`.
    ///
    /// # Errors
    /// Fails if memory does not suffice or the device is gone.
    fn open(&mut self, problem: &Problem) -> Result<Box<dyn Session>, Fault>;

    /// Makes a fresh device after a loss.
    ///
    /// # Errors
    /// Fails if the driver refuses.
    fn recover(&mut self) -> Result<(), Fault>;
}

/// One problem in a device's memory, ready to be computed by one variant after another.
pub trait Session {
    /// Uploads the operands and fills the output and its guard with [`crate::check::UNWRITTEN`].
    ///
    /// # Errors
    /// Fails if the device is gone.
    fn load(&mut self, operands: &Operands) -> Result<(), Fault>;

    /// Fills the output and its guard with [`crate::check::UNWRITTEN`] again, as after [`Session::load`].
    ///
    /// # Errors
    /// Fails if the device is gone.
    fn clear(&mut self) -> Result<(), Fault>;

    /// Compiles `variant` and makes it the one that [`Session::time`] runs.
    ///
    /// # Errors
    /// Fails if the driver refuses the kernel.
    fn select(&mut self, variant: &Variant) -> Result<(), Fault>;

    /// Begins to compile `variant` on another thread, so that a later [`Session::select`] has less to wait for; of none, waits until nothing is
    /// compiled there any more.
    fn compile_ahead(&mut self, _variant: Option<&Variant>) {}

    /// Runs `dispatches` dispatches in short submissions, waits for the last, and tells how long they took.
    ///
    /// # Errors
    /// Fails if the device is lost, hangs, or no variant was selected.
    fn time(&mut self, dispatches: u32) -> Result<Sample, Fault>;

    /// Dispatches since the output was last cleared: some answers grow with them.
    fn dispatched(&self) -> u64;

    /// Reads back a range of bytes of the output. The outputs of all parts follow each other, and after the last one their guards, each of
    /// [`crate::check::GUARD_BYTES`].
    ///
    /// # Errors
    /// Fails if the device is gone.
    fn output(&mut self, range: Range<u64>) -> Result<Vec<u8>, Fault>;
}

/// One sample: some dispatches, timed by both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Sample {
    /// Time by the GPU's timestamps, over all dispatches; absent where the device has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpu_s: Option<Seconds>,
    /// Time by the processor's monotonic clock, from before the submission to after the wait.
    pub wall_s: Seconds,
    /// Dispatches timed.
    pub dispatches: u32,
    /// Submissions that they were split into, none meant to last longer than the plan allows.
    pub submissions: u32,
}

impl Sample {
    /// This sample and a later one as one. A timestamp that is absent or no positive time in either is so in the sum: it must
    /// not hide behind good ones.
    #[must_use]
    pub fn and(self, later: Self) -> Self {
        let gpu_s = match (self.gpu_s, later.gpu_s) {
            (Some(one), Some(_)) if !one.is_plausible() => Some(one),
            (Some(_), Some(other)) if !other.is_plausible() => Some(other),
            (Some(one), Some(other)) => Some(one + other),
            _ => None,
        };
        Self {
            gpu_s,
            wall_s: self.wall_s + later.wall_s,
            dispatches: self.dispatches + later.dispatches,
            submissions: self.submissions + later.submissions,
        }
    }
}

/// Whether a shader keeps the checks that WebGPU prescribes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ShaderChecks {
    /// Bounds checks, loop bounding and zero-initialised workgroup memory, as in a browser.
    Checked,
    /// None of these: what the device can do.
    Unchecked,
}

impl fmt::Display for ShaderChecks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Checked => "checked",
            Self::Unchecked => "unchecked",
        })
    }
}
