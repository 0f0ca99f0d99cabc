//! How long does it take? Sampling, the two clocks and statistics, over a trait that a device implements; no GPU types.

mod clocks;
mod doubling;
pub mod levels;
mod pacing;
mod sampler;
mod stats;

use std::fmt;
use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use clocks::{Clock, Disagreement, Reading, without_fixed};
pub use doubling::{Doubling, Objection};
pub use pacing::Pacer;
pub use sampler::{Sampler, Sampling, sample};
pub use stats::{
    FAR_BELOW, FEWEST_FOR_A_MEDIAN, Interval, RESAMPLES, SEED, Stats, autocorrelation, best_and_median,
    bootstrap_medians, interval_by_order, interval95, median, trend,
};

use crate::adapter::Adapter;
use crate::kernel::Variant;
use crate::problem::{Operands, Problem};
use crate::units::Seconds;

/// A device that can be measured.
pub trait Device {
    /// What the device says of itself.
    fn adapter(&self) -> &Adapter;

    /// Allocates the buffers of `problem`.
    ///
    /// # Errors
    /// Where memory does not suffice or the device is gone.
    fn open(&mut self, problem: &Problem) -> Result<Box<dyn Session>, Fault>;

    /// Makes a fresh device after a loss.
    ///
    /// # Errors
    /// Where the driver refuses.
    fn recover(&mut self) -> Result<(), Fault>;
}

/// One problem in a device's memory, ready to be computed by one variant after another.
pub trait Session {
    /// Uploads the operands and fills the output and its guard with [`crate::check::UNWRITTEN`].
    ///
    /// # Errors
    /// Where the device is gone.
    fn load(&mut self, operands: &Operands) -> Result<(), Fault>;

    /// Fills the output and its guard with [`crate::check::UNWRITTEN`] again, as after [`Session::load`].
    ///
    /// # Errors
    /// Where the device is gone.
    fn clear(&mut self) -> Result<(), Fault>;

    /// Compiles `variant` and makes it the one that [`Session::time`] runs.
    ///
    /// # Errors
    /// Where the driver refuses the kernel.
    fn select(&mut self, variant: &Variant) -> Result<(), Fault>;

    /// Begins to compile `variant` on another thread, so that a later [`Session::select`] has less to wait for; of none, waits until nothing is
    /// compiled there any more.
    fn compile_ahead(&mut self, _variant: Option<&Variant>) {}

    /// Runs `dispatches` dispatches in short submissions, waits for the last, and tells how long they took.
    ///
    /// # Errors
    /// Where the device is lost, hangs, or no variant was selected.
    fn time(&mut self, dispatches: u32) -> Result<Sample, Fault>;

    /// Dispatches since the output was last cleared: some answers grow with them.
    fn dispatched(&self) -> u64;

    /// Reads back a range of bytes of the output. The outputs of all parts follow each other, and after the last one their guards, each of
    /// [`crate::check::GUARD_BYTES`].
    ///
    /// # Errors
    /// Where the device is gone.
    fn output(&mut self, range: Range<u64>) -> Result<Vec<u8>, Fault>;
}

/// One sample: some dispatches, timed by both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
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

/// What can go wrong on a device, as data: a fault ends one benchmark, not the run.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// An allocation failed.
    #[error("out of device memory: {0}")]
    OutOfMemory(String),
    /// The device is gone.
    #[error("the device was lost: {0}")]
    Lost(String),
    /// The driver or the shader compiler refused the kernel.
    #[error("the kernel was refused: {0}")]
    Refused(String),
    /// The device did not finish in time.
    #[error("the device did not finish within {0} s")]
    Hang(u64),
    /// The driver crashed over a kernel, or did not come back from it, in a process that was sent ahead; the text tells all of it.
    #[error("{0}")]
    Crashed(String),
    /// It was not asked of the device, for what others did.
    #[error("not tried, since {0}")]
    Untried(String),
    /// The time was over, or the person asked to stop, while the driver was waited for; the text tells with which kernel.
    #[error("{0}")]
    Awaited(String),
    /// The person asked to stop.
    #[error("interrupted")]
    Interrupted,
}

impl Fault {
    /// Whether it took the device, so that a fresh one is needed.
    pub fn is_loss(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Hang(_))
    }
}

/// Whether a shader keeps the checks that WebGPU prescribes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
