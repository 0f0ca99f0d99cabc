//! What can be said of an entry: why it has no figure, what speaks against it, why it is a lower bound, and what the reader should know of it.

use thiserror::Error;

use super::{Cut, SLOW};
use crate::adapter::Memory;
use crate::measure::levels::Doubt;
use crate::measure::{Disagreement, Fault, Objection};
use crate::problem::{Problem, binary};
use crate::units::{OpsPerSec, Seconds};

/// Something that is said of an entry. Its text is the sentence.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Remark {
    /// The device lacks these features.
    #[error("the device lacks {0}")]
    LacksFeatures(String),
    /// No variant fits the device; why one of them does not.
    #[error("{0}")]
    NoVariantFits(String),
    /// An element differs from what it should be.
    #[error("{0}")]
    WrongAnswer(String),
    /// The same, after a first block of samples whose answers were right.
    #[error("right at first, wrong in the second block of samples: {0}")]
    WrongLater(String),
    /// The device or its driver failed.
    #[error("{0}")]
    Fault(Fault),
    /// The run ended, and the driver had not come back from a kernel.
    #[error("{why}; {what}")]
    Awaited {
        /// Why the run ended.
        why: Box<Self>,
        /// What the driver was at.
        what: String,
    },
    /// There is no device any more.
    #[error("the device is gone")]
    DeviceGone,
    /// Somebody asked the run to stop.
    #[error("interrupted")]
    Interrupted,
    /// The budget of so much was used up.
    #[error("no time was left of {0} (--budget)")]
    NoTimeLeft(Seconds),
    /// Another sampler than the suite's own gave up.
    #[error("criterion panicked")]
    SamplerFailed,
    /// The clocks gave nothing that is a time.
    #[error("the clocks gave no positive times")]
    NoTimes,

    /// Twice the work does not take twice the time.
    #[error("{0}")]
    NotDoubling(Objection),
    /// The clocks disagree in some samples.
    #[error("{0}")]
    ClocksDisagree(Disagreement),
    /// Time does not grow with the bytes.
    #[error(
        "time does not grow with the bytes: {problem} takes {time:.2} times as long as {smaller}, with {bytes:.2} times the bytes"
    )]
    NotProportional {
        /// The pass.
        problem: Problem,
        /// A smaller one.
        smaller: Problem,
        /// How many times as long it takes.
        time: f64,
        /// How many times as many bytes it moves.
        bytes: f64,
    },
    /// A pass over `footprint` bytes may be served by a `cache`.
    #[error(
        "the footprint fits the cache, or nearly: it goes over {}, and the last cache holds up to {}",
        binary(*footprint), binary(*cache)
    )]
    FitsCache {
        /// Bytes of all arrays.
        footprint: u64,
        /// Bytes of the last cache.
        cache: u64,
    },
    /// The same in part.
    #[error(
        "the footprint is small beside the cache: it goes over {}, and the last cache holds up to {}",
        binary(*footprint), binary(*cache)
    )]
    SmallBesideCache {
        /// Bytes of all arrays.
        footprint: u64,
        /// Bytes of the last cache.
        cache: u64,
    },
    /// No unit does this beside another benchmark.
    #[error("implausible: {why}, yet it is {times:.2} times {beside}")]
    ImplausibleBeside {
        /// The law.
        why: &'static str,
        /// Rate over the other's.
        times: f64,
        /// Id of the other benchmark.
        beside: &'static str,
    },
    /// No clock explains such a rate.
    #[error(
        "implausible: {times:.2} times what the maker claims, and no clock beyond {most} times the rated one is known"
    )]
    ImplausibleClock {
        /// Rate over the claim.
        times: f64,
        /// The highest clock over the rated one.
        most: f64,
    },

    /// Time ended the search for the fastest variant.
    #[error("a lower bound: {0} (--full)")]
    SearchCut(Cut),
    /// Another kernel does more than what should be its ceiling.
    #[error("a lower bound: {by}, which was checked too, reaches {times:.2} times as much")]
    Exceeded {
        /// Id of the other benchmark.
        by: &'static str,
        /// Its rate over this one's.
        times: f64,
    },
    /// A pass over memory is faster than a cache of the sweep.
    #[error("a lower bound: {by} passes over memory faster than it reads the cache of {cache}")]
    CacheBelowMemory {
        /// Id of the pass.
        by: &'static str,
        /// The cache's size, in words.
        cache: String,
    },

    /// Fewer samples than wanted.
    #[error("cut short: {samples} samples, where at least {wanted} are wanted")]
    CutShort {
        /// Samples taken.
        samples: usize,
        /// Samples wanted.
        wanted: usize,
    },
    /// The device's clock was low.
    #[error(
        "{slow} of {samples} samples were taken while the device's clock was below {:.0} % of its best", 100.0 * SLOW
    )]
    SlowClock {
        /// Samples near a low reading.
        slow: usize,
        /// All samples.
        samples: usize,
    },
    /// How much longer the last third of the samples takes than the first, relative.
    #[error("times drift: {:+.1} % from the first third of the samples to the last", 100.0 * .0)]
    Drift(f64),
    /// The autocorrelation of samples that are not independent.
    #[error("samples resemble those before them (autocorrelation {0:.2}): the interval of the median is too narrow")]
    Autocorrelated(f64),
    /// Older versions derived what follows from readings in another way, or somebody changed it.
    #[error(
        "the figures of the card's clock, power and limits were derived anew from the readings, by the rules of this version"
    )]
    TelemetryRederived,
    /// The clock probe between samples, and the card's own clock in them, as parts of their best.
    #[error(
        "the clock probe between the samples read {:.0} % of its best, the card's own clock during them was {:.0} % of the run's highest median: the card {}",
        100.0 * probe, 100.0 * clock,
        if probe > clock { "slowed down under this load, which the probe did not see" } else { "ran faster under this load than the probe did" }
    )]
    ProbeDiffers {
        /// By the probe.
        probe: f64,
        /// By the card.
        clock: f64,
    },
    /// Samples so short that no others confirm them.
    #[error("{}", unconfirmed(*alone, *samples))]
    Unconfirmed {
        /// These samples.
        alone: usize,
        /// All samples.
        samples: usize,
    },
    /// A variant that was left out, since its answer was wrong.
    #[error("variant {variant} computes a wrong answer: {mismatch}")]
    WrongVariant {
        /// Name of its shape.
        variant: String,
        /// What is wrong.
        mismatch: String,
    },
    /// Variants that the driver or the device did not survive.
    #[error("{first}{}", ended_alike(*others))]
    CrashedVariants {
        /// What the first of them did.
        first: String,
        /// How many others there are.
        others: usize,
    },
    /// The device has no room for a larger size.
    #[error("{wanted} does not fit into device memory; {taken} was taken")]
    OutOfMemory {
        /// What has no room.
        wanted: Problem,
        /// What was timed.
        taken: Problem,
    },
    /// A pass that suffices would take too long.
    #[error("a pass over {wanted} would take longer than {limit}; {taken} was taken")]
    PassTooLong {
        /// What suffices.
        wanted: Problem,
        /// The longest pass.
        limit: Seconds,
        /// What was timed.
        taken: Problem,
    },
    /// The device has too little free memory for passes that suffice.
    #[error(
        "passes go over {}, where {} are wanted: {}, of which a quarter is taken",
        binary(*taken), binary(*wanted), room(memory)
    )]
    LittleMemory {
        /// Bytes of what was timed.
        taken: u64,
        /// Bytes that suffice.
        wanted: u64,
        /// The device's memory.
        memory: Memory,
    },
    /// A larger size exceeds what one array may have.
    #[error("{wanted} exceeds the device's limit of {limit} bytes for one array; {taken} was taken")]
    ArrayLimit {
        /// What exceeds it.
        wanted: Problem,
        /// The limit.
        limit: u64,
        /// What was timed.
        taken: Problem,
    },
    /// Levels of the memory hierarchy that cannot be told apart.
    #[error("{0}")]
    LevelsDoubtful(Doubt),
    /// What a dispatch costs among others.
    #[error(
        "one dispatch more costs {each} and a pass of none {}, by the slope of the best times over up to {most} dispatches",
        of_none(*pass)
    )]
    DispatchSlope {
        /// One dispatch more.
        each: Seconds,
        /// A pass of none.
        pass: Seconds,
        /// Dispatches of the longest pass.
        most: f64,
    },
    /// Points of a curve were visited once.
    #[error("no time was left to see all points twice")]
    SeenOnce,
    /// A point of a curve that does not count.
    #[error("{problem} with {variant} is left out: {why}")]
    PointLeftOut {
        /// Its problem.
        problem: Problem,
        /// Name of the kernel's shape.
        variant: String,
        /// What speaks against it.
        why: Box<Self>,
    },
    /// The curve ends, since the device has no room for more.
    #[error("{0} does not fit into device memory, nor does more")]
    CurveOutOfMemory(Problem),
    /// A sweep that ended before memory showed.
    #[error(
        "the sweep ended at {} before memory showed ({why}): what is called memory may be a cache, or in part",
        binary(*end)
    )]
    SweepEnded {
        /// Its largest set, in bytes.
        end: u64,
        /// Why it ended.
        why: &'static str,
    },
    /// Nothing was read that is far larger than this.
    #[error("no time was left to look for a cache larger than {0}")]
    NoLookAhead(Problem),
    /// The clocks disagree in some samples under load.
    #[error("under load: {0}")]
    ClocksDisagreeUnderLoad(Disagreement),
    /// The second block of samples failed.
    #[error("no second block of samples could be taken: {0}")]
    NoSecondBlock(Fault),
    /// After a loss no device could be had, in words.
    #[error("{0}")]
    NoFreshDevice(String),
    /// The two blocks of samples lie apart.
    #[error(
        "{} in the block of {samples} samples {:.0} s later: two runs may differ by as much", faster_or_slower(*change), after.get()
    )]
    BlocksApart {
        /// The later median time over the first.
        change: f64,
        /// Samples of the later block.
        samples: usize,
        /// From the end of the first block to the later one.
        after: Seconds,
    },
    /// Why the second block of samples does not count.
    #[error("the later block of samples does not count: {0}")]
    LaterUncounted(String),
    /// A file's figures follow from its samples in an older way.
    #[error("its figures were derived anew from its samples: the file has others")]
    FiguresRederived,
    /// The same of burst and level.
    #[error("its burst and level were derived anew from their points: the file has others")]
    LoadRederived,
    /// Matrix units that ordinary ones surpass.
    #[error("matrix units are advertised, but slower: {advertised} where {ordinary} reaches {plain}")]
    SlowMatrixUnits {
        /// Their rate.
        advertised: OpsPerSec,
        /// Id of the benchmark on ordinary units.
        ordinary: &'static str,
        /// Its rate.
        plain: OpsPerSec,
    },
    /// A clock above the rated one.
    #[error("{times:.2} times what the maker claims: that takes at least {times:.2} times the rated {clock}")]
    AboveClaim {
        /// Rate over the claim.
        times: f64,
        /// Which clock.
        clock: &'static str,
    },
}

impl Remark {
    /// The word for it in a record; it never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::LacksFeatures(_) => "lacks_features",
            Self::NoVariantFits(_) => "no_variant_fits",
            Self::WrongAnswer(_) => "wrong_answer",
            Self::WrongLater(_) => "wrong_later",
            Self::Fault(_) => "fault",
            Self::Awaited { .. } => "awaited",
            Self::DeviceGone => "device_gone",
            Self::Interrupted => "interrupted",
            Self::NoTimeLeft(_) => "no_time_left",
            Self::SamplerFailed => "sampler_failed",
            Self::NoTimes => "no_times",
            Self::NotDoubling(_) => "not_doubling",
            Self::ClocksDisagree(_) => "clocks_disagree",
            Self::NotProportional { .. } => "not_proportional",
            Self::FitsCache { .. } => "fits_cache",
            Self::SmallBesideCache { .. } => "small_beside_cache",
            Self::ImplausibleBeside { .. } => "implausible_beside",
            Self::ImplausibleClock { .. } => "implausible_clock",
            Self::SearchCut(_) => "search_cut",
            Self::Exceeded { .. } => "exceeded",
            Self::CacheBelowMemory { .. } => "cache_below_memory",
            Self::CutShort { .. } => "cut_short",
            Self::SlowClock { .. } => "slow_clock",
            Self::Drift(_) => "drift",
            Self::Autocorrelated(_) => "autocorrelated",
            Self::TelemetryRederived => "telemetry_rederived",
            Self::ProbeDiffers { .. } => "probe_differs",
            Self::Unconfirmed { .. } => "unconfirmed",
            Self::WrongVariant { .. } => "wrong_variant",
            Self::CrashedVariants { .. } => "crashed_variants",
            Self::OutOfMemory { .. } => "out_of_memory",
            Self::PassTooLong { .. } => "pass_too_long",
            Self::LittleMemory { .. } => "little_memory",
            Self::ArrayLimit { .. } => "array_limit",
            Self::LevelsDoubtful(_) => "levels_doubtful",
            Self::DispatchSlope { .. } => "dispatch_slope",
            Self::SeenOnce => "seen_once",
            Self::PointLeftOut { .. } => "point_left_out",
            Self::CurveOutOfMemory(_) => "curve_out_of_memory",
            Self::SweepEnded { .. } => "sweep_ended",
            Self::NoLookAhead(_) => "no_look_ahead",
            Self::ClocksDisagreeUnderLoad(_) => "clocks_disagree_under_load",
            Self::NoSecondBlock(_) => "no_second_block",
            Self::NoFreshDevice(_) => "no_fresh_device",
            Self::BlocksApart { .. } => "blocks_apart",
            Self::LaterUncounted(_) => "later_uncounted",
            Self::FiguresRederived => "figures_rederived",
            Self::LoadRederived => "load_rederived",
            Self::SlowMatrixUnits { .. } => "slow_matrix_units",
            Self::AboveClaim { .. } => "above_claim",
        }
    }
}

fn unconfirmed(alone: usize, samples: usize) -> String {
    if alone == 1 {
        format!("one of {samples} samples is so short that no other confirms it: it is not the best")
    } else {
        format!("{alone} of {samples} samples are so short that no others confirm them: they are not the best")
    }
}

fn ended_alike(others: usize) -> String {
    match others {
        0 => String::new(),
        1 => " (one other variant ended alike)".to_owned(),
        several => format!(" ({several} other variants ended alike)"),
    }
}

fn room(memory: &Memory) -> String {
    let heap = binary(memory.heap_bytes);
    memory.free_bytes.map_or_else(
        || format!("the device has {heap}"),
        |free| format!("{} of the device's {heap} are free", binary(free)),
    )
}

fn of_none(pass: Seconds) -> String {
    if pass.is_plausible() { pass.to_string() } else { "an amount too small to tell".to_owned() }
}

/// By how much what takes `change` times as long is slower or faster.
fn faster_or_slower(change: f64) -> String {
    if change > 1.0 {
        format!("{:.1} % slower", 100.0 * (1.0 - 1.0 / change))
    } else {
        format!("{:.1} % faster", 100.0 * (1.0 / change - 1.0))
    }
}
