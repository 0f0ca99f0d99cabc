//! What can be said of a whole run.

use thiserror::Error;

/// Something that the reader of any figure of a record should know. Its text is the sentence.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Warning {
    /// Whatever ends a process without asking it leaves this in its record.
    #[error("the run did not come to its end: what is missing was not measured")]
    Unfinished,
    /// The adapter of this name is a processor.
    #[error(
        "{0} is a software renderer: these are figures of the processor, less what else uses its caches, and get no verdict"
    )]
    SoftwareRenderer(String),
    /// Only the wall clock tells the time.
    #[error("the device has no GPU timestamps: times are the wall clock's and include the cost of submission")]
    NoTimestamps,
    /// The driver's compiler is not the one that it should be.
    #[error("{0}")]
    Compiler(&'static str),
    /// Shaders have checks that cost speed.
    #[error("shaders were compiled with WebGPU's run-time checks (--checked), which cost speed")]
    CheckedShaders,
    /// Another process measures on the adapter of this name.
    #[error("another gpu-assay measures on {0} at the same time: the results disturb each other")]
    Disturbed(String),
    /// The device was lost, and why there is no other.
    #[error(
        "the device was lost, and {0}. What is left was not measured; where another run fails too, restart the machine"
    )]
    DeviceLost(String),
    /// Nothing could be kept under load.
    #[error("no product was measured that could be kept under load (--sustain)")]
    NoProduct,
}

impl Warning {
    /// The word for it in a record; it never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::SoftwareRenderer(_) => "software_renderer",
            Self::NoTimestamps => "no_timestamps",
            Self::Compiler(_) => "compiler",
            Self::CheckedShaders => "checked_shaders",
            Self::Disturbed(_) => "disturbed",
            Self::DeviceLost(_) => "device_lost",
            Self::NoProduct => "no_product",
        }
    }
}
