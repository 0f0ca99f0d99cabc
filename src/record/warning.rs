//! What can be said of a whole run.

use thiserror::Error;

use crate::telemetry::Link;

/// Something that the reader of any figure of a record should know. Its text is the sentence.
#[derive(Debug, Clone, PartialEq, Error)]
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
    /// Others have work on the card.
    #[error("others used the card before the run ({}): the results may suffer", in_use(*busy_percent, *memory_percent, *processes))]
    CardInUse {
        /// Part of the time in which the card was busy, where that was much.
        busy_percent: Option<u32>,
        /// Part of its memory that was in use, where that was much.
        memory_percent: Option<u32>,
        /// How many processes had work on it, where that is known.
        processes: Option<u32>,
    },
    /// The sensors are those that somebody named.
    #[error(
        "the sensors read are those of the card at {0}, as --sensors says: nothing shows that it is the card that was measured"
    )]
    SensorsChosen(String),
    /// The sensors that somebody named cannot be read.
    #[error("no sensors were read of the card at {0}, as --sensors says ({1})")]
    SensorsUnread(String, String),
    /// The card does not become as cool as it was to be before each benchmark.
    #[error("the card stays at {now:.0} °C, above the {target:.0} °C of --wait-for-cool; the run goes on")]
    StaysHot {
        /// Its temperature, in degrees Celsius.
        now: f64,
        /// What was waited for.
        target: f64,
    },
    /// The host link is less than the card's.
    #[error(
        "the card's link to the host is {now} during transfers, where the card can do {most}: they are slower than they could be"
    )]
    LinkReduced {
        /// The most that was seen during the run.
        now: Link,
        /// What the card can do.
        most: Link,
    },
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
            Self::CardInUse { .. } => "card_in_use",
            Self::SensorsChosen(_) => "sensors_chosen",
            Self::SensorsUnread(..) => "sensors_unread",
            Self::StaysHot { .. } => "stays_hot",
            Self::LinkReduced { .. } => "link_reduced",
            Self::DeviceLost(_) => "device_lost",
            Self::NoProduct => "no_product",
        }
    }
}

/// How others use a card, in words.
fn in_use(busy_percent: Option<u32>, memory_percent: Option<u32>, processes: Option<u32>) -> String {
    let busy = busy_percent.map(|percent| format!("busy for {percent} % of the time"));
    let memory = memory_percent.map(|percent| format!("{percent} % of its memory in use"));
    let plural = |count| if count == 1 { "" } else { "es" };
    let processes = processes.map(|count| format!("{count} other process{}", plural(count)));
    [busy, memory, processes].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
