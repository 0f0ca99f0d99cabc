//! What can go wrong on a device, as data, and what follows from each: a fault ends one variant, one benchmark or the run.

use thiserror::Error;

/// What went wrong. Each variant is one thing that happened; the questions below say what follows from it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// The device has no memory left for an allocation.
    #[error("out of device memory: {0}")]
    OutOfMemory(String),
    /// There are more of something than the host or a kernel can count.
    #[error("{count} {what} are too many")]
    TooMany {
        /// How many there are.
        count: u64,
        /// Of what, in the plural.
        what: &'static str,
    },
    /// The driver creates no device; the text tells all of it.
    #[error("{0}")]
    NoDevice(String),
    /// The device is gone.
    #[error("the device was lost: {0}")]
    Lost(String),
    /// The device did not finish within so many seconds.
    #[error("the device did not finish within {0} s")]
    Hang(u64),
    /// The device had finished, and yet the host cannot have one of its buffers.
    #[error("a buffer could not be mapped: {0}")]
    Unmappable(String),
    /// The driver or the shader compiler refused the kernel.
    #[error("the kernel was refused: {0}")]
    KernelRefused(String),
    /// The device refused a call other than one that compiles: a buffer beyond its limits, a binding that does not fit.
    #[error("the device refused a call: {0}")]
    CallRefused(String),
    /// The kernel is not written for the problem, and would leave its buffers; the text names both.
    #[error("{0}")]
    Unsuited(String),
    /// A driver or a device did not survive the kernel, or did not come back from it; the text tells all of it.
    #[error("{0}")]
    NotSurvived(String),
    /// It was not asked of the device, for what others did.
    #[error("not tried, since {0}")]
    Untried(String),
    /// No variant of the benchmark can be run; the text says why.
    #[error("no variant can be run: {0}")]
    NoVariant(String),
    /// No point of the curve could be timed.
    #[error("no point of the curve could be timed")]
    NoPoint,
    /// The program asked a session for what it cannot do yet.
    #[error("a mistake of this program: {0}")]
    Misuse(&'static str),
    /// The person asked to stop, or the time was over.
    #[error("interrupted")]
    Interrupted,
    /// The same, while the driver was waited for; the text tells with which kernel.
    #[error("{0}")]
    InterruptedWait(String),
}

impl Fault {
    /// Whether it took the device, so that what follows needs a fresh one.
    pub fn is_loss(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Hang(_) | Self::Unmappable(_))
    }

    /// Whether the run is to end, and not for anything that the device did.
    pub fn ends_the_run(&self) -> bool {
        matches!(self, Self::Interrupted | Self::InterruptedWait(_))
    }

    /// Whether it speaks against the variant alone that was being tried: others are still worth trying.
    pub fn is_the_variants(&self) -> bool {
        !self.is_loss() && !self.ends_the_run()
    }

    /// Whether a smaller problem may fit where this one does not.
    pub fn is_for_want_of_room(&self) -> bool {
        matches!(self, Self::OutOfMemory(_) | Self::TooMany { .. })
    }
}

/// `count` of `what`, which is in the plural, as a narrower number.
///
/// # Errors
/// [`Fault::TooMany`] where that does not hold it.
pub fn counted<T: TryFrom<u64>>(count: u64, what: &'static str) -> Result<T, Fault> {
    T::try_from(count).map_err(|_| Fault::TooMany { count, what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_too_many() {
        assert_eq!(counted::<u32>(7, "parts"), Ok(7));
        let fault = counted::<u32>(1 << 32, "parts").expect_err("33 bits");
        assert_eq!(fault.to_string(), "4294967296 parts are too many");
        assert!(fault.is_for_want_of_room() && fault.is_the_variants());
    }

    #[test]
    fn a_loss_and_the_end_of_a_run_are_no_variants_fault() {
        let text = || "as scripted".to_owned();
        for loss in [Fault::Lost(text()), Fault::Hang(20), Fault::Unmappable(text())] {
            assert!(loss.is_loss() && !loss.ends_the_run() && !loss.is_the_variants(), "{loss:?}");
        }
        for end in [Fault::Interrupted, Fault::InterruptedWait(text())] {
            assert!(end.ends_the_run() && !end.is_loss() && !end.is_the_variants(), "{end:?}");
        }
    }
}
