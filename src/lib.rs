//! Measures what a GPU really does, checks every answer, and judges the result against the A100 and the export-control thresholds.
//!
//! ```text
//!  device ──► kernel ──► tune ──► measure ──► record ──► judge ──► report
//!  what is    what to    which    how long,   what we    against    for people
//!  here       run        shape    right?      keep       cards+rules
//!               ▲ problem           ▲ check               ▲ reference
//! ```
//!
//! ARCHITECTURE.md has the map and the invariants; `tests/layers.rs` keeps them.

pub mod adapter;
pub mod analysis;
pub mod benchmark;
pub mod check;
pub mod cli;
#[cfg(feature = "gpu")]
pub mod device;
pub mod judge;
pub mod kernel;
pub mod measure;
pub mod name;
pub mod plan;
pub mod problem;
pub mod record;
pub mod reference;
pub mod report;
pub mod suite;
pub mod threads;
pub mod tune;
pub mod units;
