//! The record of a run: what is kept, in memory and on disk alike.
//!
//! Base SI units, the unit in the key. A key that is absent means *not established*; there are no zeros or sentinel texts in its
//! place. [`SCHEMA_VERSION`] rises only when a reader of the version before would misread a file, not when keys are added.
//!
//! [`load`] reads a file that nobody vouches for: it refuses what is too large, of a newer version or contradicts itself, and derives every
//! figure anew from the samples. A rate counts only where [`Entry::is_sound`] says so.
//!
//! ```
//! use gpu_assay::judge::{Given, Headline, Question, judge};
//! use gpu_assay::record::load;
//! use gpu_assay::reference::Reference;
//!
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/synthetic-a100.json");
//! let record = load(path.as_ref())?;
//! println!("{}, {}", record.adapter.name, record.created);
//! for entry in record.entries.iter().filter(|entry| entry.is_sound()) {
//!     if let Some(stats) = &entry.stats {
//!         println!("{}: {} for each dispatch, median of {}", entry.id, stats.median_s, stats.samples);
//!     }
//! }
//!
//! let reference = Reference::embedded();
//! let question = Question {
//!     named: Vec::new(),
//!     called: None,
//!     record: Some(&record),
//!     given: Given::default(),
//!     date: "2026-01-01".parse()?,
//!     destination: reference.destination("CN").ok_or("no such destination")?,
//!     reference_card: &reference.cards[&reference.policy.reference_card],
//!     what_if: false,
//! };
//! assert_eq!(judge(&question, &reference).headline, Headline::Restricted);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cut;
pub mod encoding;
mod gap;
mod host;
mod later;
mod note;
mod peer;
mod rates;
mod rederive;
mod remark;
mod seal;
mod store;
mod sustained;
mod telemetry;
mod validate;
mod warning;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use cut::Cut;
pub use gap::{AtClock, Gap};
pub use host::{Host, Tool};
pub use later::Later;
pub use note::Note;
pub use peer::{Peer, PeerEntry, PeerUnit};
pub use rates::{Rate, Rates};
pub use remark::Remark;
pub use seal::Seal;
pub use store::{LoadError, RecordFile, StoreError, load, parse};
pub use sustained::{LONGEST as LONGEST_LOAD, LoadPoint, Sustained};
pub use warning::Warning;

use crate::adapter::Adapter;
use crate::benchmark::Benchmark;
use crate::check::Check;
use crate::measure::levels::Level;
use crate::measure::{Clock, Doubling, Reading, Sample, Stats};
use crate::plan::{Plan, Tune};
use crate::problem::{Problem, Work};
use crate::telemetry::{Board, Series};
use crate::units::Seconds;

/// Version of the file format. In version 1 notes are sentences without codes.
pub const SCHEMA_VERSION: u32 = 2;

/// A run on one adapter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Record {
    /// Version of this format.
    pub schema_version: u32,
    /// When the run began, in UTC (RFC 3339).
    pub created: String,
    /// True for a record that was written by hand, for tests or examples; absent for a measured one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub synthetic: bool,
    /// The program that wrote this.
    pub tool: Tool,
    /// The machine, without anything that identifies its owner.
    pub host: Host,
    /// The device.
    pub adapter: Adapter,
    /// The card by its own sensors; absent where nothing reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub board: Option<Board>,
    /// The settings.
    pub plan: Plan,
    /// What the reader should know about the whole run.
    pub warnings: Vec<Note>,
    /// One for each benchmark of the suite that was asked for.
    pub entries: Vec<Entry>,
    /// What each product reaches of its peak, and that of the claim; made at the end of a run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
    /// SHA-256 of the rest, which shows whether the file was edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_sha256: Option<String>,
    /// What other libraries reached on the card, or why that cannot be used: from a file beside the record, where there is one.
    #[serde(skip)]
    pub peer: Option<Result<Peer, String>>,
}

/// How a benchmark ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Measured, the answer checked.
    Measured,
    /// The device lacks something.
    Unsupported,
    /// Not run, for the reason given.
    Skipped,
    /// The answer was wrong; no rate is kept.
    Wrong,
    /// It could not be run to its end.
    Failed,
    /// Measured and checked, but something contradicts the figure; the judge does not use it.
    Suspect,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Measured => "measured",
            Self::Unsupported => "unsupported",
            Self::Skipped => "skipped",
            Self::Wrong => "WRONG",
            Self::Failed => "failed",
            Self::Suspect => "suspect",
        })
    }
}

/// One benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Entry {
    /// Id of the benchmark.
    pub id: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, where it did not end as `measured`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Note>,
    /// The problem that was timed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// How much one dispatch does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work: Option<Work>,
    /// The kernel that was timed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<VariantUsed>,
    /// How that kernel was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tuning: Option<Tuning>,
    /// Proof that the answer was right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
    /// The clock that the statistics rest on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// Every sample, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
    /// Numbers of the samples whose two clocks disagree: by the GPU's clock they do not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub odd_samples: Vec<usize>,
    /// What a submission costs by itself, which is taken off where the wall clock is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_s: Option<Seconds>,
    /// Whether the times had settled before the first sample; absent where another than the suite's own sampler warmed up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
    /// Samples of n and of 2n dispatches: twice the work should take twice the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubling: Option<Doubling>,
    /// Readings of the device's clock before, between and after the samples.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probes: Vec<Probe>,
    /// Numbers of the samples that were taken while the clock was below 75 % of its best; they count like the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slow_samples: Vec<usize>,
    /// A second, short block of samples, taken late in the run: of these figures it widens the interval only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub later: Option<Later>,
    /// How many blocks of samples the interval holds: of one alone it has nothing of what differs between runs. Absent in older records, which
    /// have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks: Option<u32>,
    /// Statistics of the time of one dispatch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stats: Option<Stats>,
    /// Rates that follow from the statistics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rates: Option<Rates>,
    /// Of a benchmark whose answer is a curve, its points; the figures above are those of the one that stands for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curve: Vec<Point>,
    /// The levels of the memory hierarchy that the curve shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<Level>,
    /// Of a pass over memory, what share of its traffic the last cache could have served at the most: the cache that the sweep saw, over the
    /// footprint; absent where no sweep saw one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_share: Option<f64>,
    /// Why the figure is only a lower bound of what it is meant to show, where another kernel of the record does more; absent where nothing says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower_bound: Option<Note>,
    /// What the reader should know about this figure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Note>,
    /// What the card was doing meanwhile; absent where nothing reads its sensors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telemetry: Option<Series>,
    /// What a product did that was kept under load after it was measured; absent where none was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sustained: Option<Sustained>,
    /// The phases that the time went into.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<Phase>,
}

/// A part of the work on one benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Phase {
    /// What was done: `checking`, `tuning`, `timing` and the like.
    pub name: String,
    /// How long it took, by the wall clock.
    pub took_s: Seconds,
}

/// A reading of the device's clock.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Probe {
    /// The number of samples that were taken before it.
    pub before_sample: usize,
    /// The clock, relative to the best of the run so far.
    pub relative_clock: f64,
}

/// In seconds, the longest budget that a run takes and as much again.
const LONGEST_RUN_S: f64 = 2e6;

/// Below this part of its best the clock is called low.
pub const SLOW: f64 = 0.75;

/// One point of a curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Point {
    /// The problem that was timed.
    pub problem: Problem,
    /// Name of the kernel's shape.
    pub variant: String,
    /// Proof that the answer was right.
    pub check: Check,
    /// The clock that the statistics rest on.
    pub clock: Clock,
    /// Every sample, in order.
    pub samples: Vec<Sample>,
    /// Statistics of the time of one dispatch.
    pub stats: Stats,
    /// Rates that follow from them.
    pub rates: Rates,
}

/// The kernel that was timed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct VariantUsed {
    /// Name of the shape.
    pub name: String,
    /// File that holds the kernel; absent where the API does it without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shader: Option<String>,
    /// Invocations in a workgroup.
    pub workgroup_invocations: u32,
    /// Memory shared by a workgroup, in bytes.
    pub workgroup_memory_bytes: u64,
}

/// How a variant was chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tuning {
    /// The mode asked for.
    pub mode: Tune,
    /// Whether an earlier search was taken up: only what it found fastest was timed again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_cache: bool,
    /// The problem that variants were timed on, which may be smaller than the winner's; absent where none were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// How far the search came, where time ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
    /// The variants that were timed, the fastest first: the winner, the runner-up, and the spread down to the slowest.
    pub tried: Vec<Tried>,
    /// The variants that were not, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<Rejected>,
}

/// A variant that was timed briefly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tried {
    /// Name of the shape.
    pub name: String,
    /// Best time of one dispatch.
    pub seconds_best: Seconds,
}

/// A variant that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Rejected {
    /// Name of the shape.
    pub name: String,
    /// Why.
    pub reason: String,
}

impl Record {
    /// Whether the run goes on, or was ended without being asked.
    pub fn is_unfinished(&self) -> bool {
        self.warns_of(&Warning::Unfinished.into())
    }

    /// Whether it has this warning.
    pub fn warns_of(&self, warning: &Note) -> bool {
        self.warnings.iter().any(|known| known.says(warning))
    }
}

/// The entry of the benchmark `id` whose figure may be compared and judged.
pub fn sound<'e>(entries: &'e [Entry], id: &str) -> Option<&'e Entry> {
    entries.iter().find(|entry| entry.id == id && entry.is_sound())
}

impl Entry {
    /// An entry without a figure, for `reason`.
    pub fn without_figure(id: &str, outcome: Outcome, reason: impl Into<Note>) -> Self {
        Self { reason: Some(reason.into()), ..Self::empty(id, outcome) }
    }

    /// An entry that has nothing yet.
    pub fn empty(id: &str, outcome: Outcome) -> Self {
        Self {
            id: id.to_owned(),
            outcome,
            reason: None,
            problem: None,
            work: None,
            variant: None,
            tuning: None,
            check: None,
            clock: None,
            samples: Vec::new(),
            odd_samples: Vec::new(),
            fixed_s: None,
            settled: None,
            doubling: None,
            probes: Vec::new(),
            slow_samples: Vec::new(),
            later: None,
            blocks: None,
            stats: None,
            rates: None,
            curve: Vec::new(),
            levels: Vec::new(),
            cache_share: None,
            lower_bound: None,
            findings: Vec::new(),
            telemetry: None,
            sustained: None,
            phases: Vec::new(),
        }
    }

    /// The entry without any figure, where something that came later ended it as `outcome`.
    #[must_use]
    pub fn turned_out(self, outcome: Outcome, reason: impl Into<Note>) -> Self {
        let Self { problem, work, variant, tuning, findings, phases, .. } = self;
        Self { problem, work, variant, tuning, findings, phases, ..Self::without_figure(&self.id, outcome, reason) }
    }

    /// The time of one dispatch in every sample that counts, by the clock that the samples themselves speak for.
    pub fn times(&self) -> Vec<Seconds> {
        Reading::of(&self.samples).times(&self.samples, self.fixed_s.unwrap_or(Seconds::new(0.0)))
    }

    /// The benchmark of its id; `None` for one that this version does not have.
    pub fn benchmark(&self) -> Option<&'static Benchmark> {
        Benchmark::by_id(&self.id)
    }

    /// Why the figure may not be compared and judged, of one that is not sound.
    pub fn why_unsound(&self) -> &str {
        self.reason.as_ref().map_or("no reason given", Note::words)
    }

    /// Whether the figure may be compared and judged: measured, not suspect, with its check.
    pub fn is_sound(&self) -> bool {
        self.outcome == Outcome::Measured && self.check.is_some() && self.rates.is_some()
    }
}
