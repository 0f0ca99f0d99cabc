//! Measures what a GPU really does, checks every answer, and judges the result against the A100 and the export-control thresholds.
//!
//! The command `gpu-assay` does all of it; its README says how. As a library the crate answers two questions without a GPU: what do the
//! rules of a day make of a card, and what is in a record that `gpu-assay run` wrote.
//!
//! ```
//! use gpu_assay::judge::{Given, Headline, Question, judge};
//! use gpu_assay::reference::Reference;
//!
//! let reference = Reference::embedded();
//! let question = Question {
//!     named: reference.named("NVIDIA A100-SXM4-80GB"),
//!     called: None,
//!     record: None,
//!     given: Given::default(),
//!     date: "2024-01-01".parse()?,
//!     destination: reference.destination("CN").ok_or("China is a destination")?,
//!     reference_card: &reference.cards[&reference.policy.reference_card],
//!     what_if: false,
//! };
//! let verdict = judge(&question, &reference);
//! assert_eq!(verdict.headline, Headline::Restricted);
//! println!("{}: {}", verdict.subject.name, verdict.reason);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | module | what it is for |
//! |---|---|
//! | [`mod@reference`] | cards and dated rules, each figure with its source; a card by any of its names |
//! | [`record`] | a run as it lies on disk: loaded with limits, validated, figures derived anew from the samples |
//! | [`judge`] | a card, a record or both against the rules of a day, with reasons |
//! | [`report`] | verdicts and records as text, Markdown, CSV and pages |
//! | [`adapter`], [`units`] | what a record says of its device, and in what |
//!
//! These modules may change between versions 0.x as the record's format does not: `schemas/` has that, and the command's `--json` has the
//! verdict's. All other modules are the command's own, hidden here, and change at any time. They measure:
//!
//! ```text
//!  device ──► kernel ──► tune ──► measure ──► record ──► judge ──► report
//!  what is    what to    which    how long,   what we    against    for people
//!  here       run        shape    right?      keep       cards+rules
//!               ▲ problem           ▲ check               ▲ reference
//! ```
//!
//! Without the default feature `gpu` the crate has no GPU stack in it: judging, comparing and reporting stay.
//!
//! ARCHITECTURE.md has the map and the invariants; `tests/layers.rs` keeps them.

pub mod adapter;
#[doc(hidden)]
pub mod analysis;
#[doc(hidden)]
pub mod benchmark;
#[doc(hidden)]
pub mod check;
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "gpu")]
#[doc(hidden)]
pub mod device;
pub mod judge;
#[doc(hidden)]
pub mod kernel;
#[doc(hidden)]
pub mod measure;
#[doc(hidden)]
pub mod name;
#[doc(hidden)]
pub mod plan;
#[doc(hidden)]
pub mod problem;
pub mod record;
pub mod reference;
pub mod report;
#[cfg(feature = "gpu")]
#[doc(hidden)]
pub mod sensors;
#[doc(hidden)]
pub mod suite;
#[doc(hidden)]
pub mod telemetry;
#[doc(hidden)]
pub mod threads;
#[doc(hidden)]
pub mod tune;
pub mod units;
