//! Who is asked before the driver of this process meets a kernel.

use std::time::Duration;

use crate::kernel::Variant;
use crate::measure::Fault;
use crate::problem::Problem;

/// Keeps kernels away that a driver may crash over: no fault of a device tells of that, since it ends the process.
pub trait Guard {
    /// Whether `variant` needs no question, nor has ever needed one.
    fn knows(&self, variant: &Variant) -> bool;

    /// Finds out whether the driver survives `variant`, by compiling and running it elsewhere.
    ///
    /// # Errors
    /// [`Fault::NotSurvived`] where it does not, [`Fault::InterruptedWait`] or [`Fault::Interrupted`] where the run is to end.
    fn ask(&self, variant: &Variant) -> Result<(), Fault>;

    /// What is asked of from now on is to be timed on `problem`.
    fn expect(&self, _problem: &Problem) {}

    /// Waits longer for what is asked of, since so much of the run's time went into something else.
    fn put_off(&self, _by: Duration) {}

    /// Nothing is asked for a while: what is timed now wants the device for itself.
    fn rest(&self);
}

/// Lets everything pass.
#[derive(Debug, Clone, Copy)]
pub struct Unguarded;

impl Guard for Unguarded {
    fn knows(&self, _: &Variant) -> bool {
        true
    }

    fn ask(&self, _: &Variant) -> Result<(), Fault> {
        Ok(())
    }

    fn rest(&self) {}
}
