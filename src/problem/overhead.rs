//! What the API costs.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Counted;

/// What the API costs. Each dispatch adds one to a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(inline))]
pub struct Overhead {
    /// What is done.
    pub what: OverheadKind,
    /// How often.
    pub times: u32,
}

/// What the API asks for beside the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(rename = "Overhead"))]
pub enum OverheadKind {
    /// Dispatches in one pass, each waiting for the one before.
    Dispatch,
    /// A submission with one dispatch, awaited.
    RoundTrip,
    /// From a kernel's text, never seen before, to its first answer.
    PipelineCold,
    /// The same for a text that was seen before.
    PipelineWarm,
}

impl Counted for Overhead {
    /// What moves is not the point.
    fn traffic(&self) -> u64 {
        0
    }

    fn events(&self) -> Option<u64> {
        Some(u64::from(self.times))
    }

    fn input_bytes(&self) -> Vec<u64> {
        Vec::new()
    }

    /// The counter.
    fn output_bytes(&self) -> u64 {
        4
    }

    fn repeats(&self) -> u32 {
        if self.what == OverheadKind::Dispatch { self.times } else { 1 }
    }
}

impl fmt::Display for Overhead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            OverheadKind::Dispatch => write!(f, "{} dispatches", self.times),
            OverheadKind::RoundTrip => f.write_str("submission"),
            OverheadKind::PipelineCold => f.write_str("cold"),
            OverheadKind::PipelineWarm => f.write_str("warm"),
        }
    }
}
