//! Which variant is fastest here: each is checked, then timed briefly on the real problem.

use std::time::{Duration, Instant};

use crate::check::{Expected, Mismatch};
use crate::data::Fill;
use crate::kernel::{Benchmark, Kind, LONGEST_UNROLL, Variant};
use crate::measure::{Device, Fault, Session};
use crate::problem::Problem;
use crate::record::{Rejected, Tried};
use crate::units::Seconds;

/// Dispatches of a probe, beside the one that compiles.
const PROBES: u32 = 5;

/// Problems on which every variant must be right before it is timed: not square, no multiple of any tile, several tiles and steps
/// along K, and the smallest that there is.
pub fn check_problems(benchmark: &Benchmark) -> Vec<Problem> {
    match benchmark.kind {
        Kind::Matmul { .. } => {
            // A vector along K is four words.
            let words = if let Kind::Matmul { input, .. } = benchmark.kind { input.per_word() } else { 1 };
            let products = [(260, 208, 84 * words), (4, 16, 4 * words)];
            products.into_iter().filter_map(|(m, n, k)| benchmark.product(m, n, k)).collect()
        }
        Kind::Peak(element) => vec![
            Problem::Peak { element, lanes: 3012, steps: LONGEST_UNROLL },
            Problem::Peak { element, lanes: 4, steps: 3 * LONGEST_UNROLL },
        ],
        Kind::Memory(operation) => vec![Problem::Memory { operation, elements: 3 << 16 }],
    }
}

/// What is wrong with a variant.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Defect {
    /// Its answer; the text says which element.
    #[error("{0}")]
    Wrong(String),
    /// It cannot be run.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Mismatch> for Defect {
    fn from(mismatch: Mismatch) -> Self {
        Self::Wrong(mismatch.to_string())
    }
}

/// The problems and reference data that the variants of one benchmark are checked on.
pub struct Checker {
    cases: Vec<Case>,
}

struct Case {
    session: Box<dyn Session>,
    expected: [Expected; 2],
}

impl Checker {
    /// Allocates the check problems of `benchmark`.
    ///
    /// # Errors
    /// Where the device has no room for them.
    pub fn new(device: &mut dyn Device, benchmark: &Benchmark, seed: u64) -> Result<Self, Fault> {
        let mut cases = Vec::new();
        for problem in check_problems(benchmark) {
            let expected = [Fill::Integers, Fill::Random].map(|fill| Expected::new(problem, fill, seed));
            cases.push(Case { session: device.open(&problem)?, expected });
        }
        Ok(Self { cases })
    }

    /// Runs `variant` on every check problem, on integers and on random data, and compares every element of its answers.
    ///
    /// # Errors
    /// The first wrong element, or what kept the variant from running.
    pub fn check(&mut self, variant: &Variant) -> Result<(), Defect> {
        for case in &mut self.cases {
            case.session.select(variant)?;
            for expected in &case.expected {
                case.session.load(expected.inputs())?;
                case.session.time(1)?;
                expected.compare(&case.session.output()?)?;
            }
        }
        Ok(())
    }
}

/// The best of a few dispatches of the selected variant, after one that may compile.
///
/// # Errors
/// Where the device fails.
pub fn probe(session: &mut dyn Session, dispatches: u32) -> Result<Seconds, Fault> {
    session.time(1)?;
    let mut best = f64::INFINITY;
    for _ in 0..dispatches {
        // The wall clock: a device whose timestamps lie must not choose the variant.
        best = best.min(session.time(1)?.wall_s.get());
    }
    Ok(Seconds::new(best))
}

/// The outcome of a search: the variants by speed, and those left out.
#[derive(Debug, Default)]
pub struct Search {
    /// What was timed, the fastest first.
    pub tried: Vec<(Variant, Tried)>,
    /// What was not, and why.
    pub rejected: Vec<Rejected>,
    /// The answers that were wrong.
    pub wrong: Vec<String>,
}

impl Search {
    /// Notes why `variant` is left out.
    pub fn reject(&mut self, variant: &Variant, reason: impl Into<String>) {
        self.rejected.push(Rejected { name: variant.name(), reason: reason.into() });
    }

    /// Checks `variant`; a wrong answer, or a kernel that is refused, only leaves it out.
    ///
    /// # Errors
    /// Where the device itself fails.
    pub fn admits(&mut self, checker: &mut Checker, variant: &Variant) -> Result<bool, Fault> {
        match checker.check(variant) {
            Ok(()) => return Ok(true),
            Err(Defect::Fault(fault @ (Fault::Lost(_) | Fault::Hang(_) | Fault::Interrupted))) => return Err(fault),
            Err(Defect::Wrong(mismatch)) => {
                let report = format!("variant {} computes a wrong answer: {mismatch}", variant.name());
                self.reject(variant, format!("wrong: {mismatch}"));
                self.wrong.push(report);
            }
            Err(defect @ Defect::Fault(_)) => self.reject(variant, defect.to_string()),
        }
        Ok(false)
    }

    /// Times each of `candidates` on the problem in `session`, after checking it, until `time` is over.
    ///
    /// # Errors
    /// Where the device itself fails, or `stop` says so.
    pub fn run(
        &mut self,
        session: &mut dyn Session,
        checker: &mut Checker,
        candidates: &[Variant],
        time: Duration,
        stop: &dyn Fn() -> bool,
    ) -> Result<(), Fault> {
        let start = Instant::now();
        for variant in candidates {
            if stop() {
                return Err(Fault::Interrupted);
            }
            if start.elapsed() >= time {
                self.reject(variant, "no time left to try it");
            } else if self.admits(checker, variant)? {
                self.time(session, variant)?;
            }
        }
        self.tried.sort_by(|(_, one), (_, other)| one.seconds_best.get().total_cmp(&other.seconds_best.get()));
        Ok(())
    }

    /// Times a variant that was found right.
    ///
    /// # Errors
    /// Where the device itself fails.
    pub fn time(&mut self, session: &mut dyn Session, variant: &Variant) -> Result<(), Fault> {
        match session.select(variant).and_then(|()| probe(session, PROBES)) {
            Ok(seconds_best) => self.tried.push((*variant, Tried { name: variant.name(), seconds_best })),
            Err(Fault::Refused(reason)) => self.reject(variant, reason),
            Err(fault) => return Err(fault),
        }
        Ok(())
    }
}
