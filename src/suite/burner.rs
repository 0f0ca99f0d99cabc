//! A load that raises a card's clock: one that rests while the host fills arrays takes hundreds of milliseconds of work to come up again.

use std::time::{Duration, Instant};

use crate::benchmark::Benchmark;
use crate::kernel::Target;
use crate::measure::{Device, Fault, Session};
use crate::problem::{Element, Fill, Operands, Peak, Problem};

/// Multiply-adds by the whole device.
pub(super) struct Burner {
    session: Box<dyn Session>,
    /// Dispatches of the next submission.
    dispatches: u32,
}

/// Chains, and their steps: some milliseconds of a small GPU, a thirtieth of one of a large card, which they fill all the same.
const PROBLEM: Problem = Problem::Peak(Peak { element: Element::F32, chains: 1 << 18, steps: 1 << 12 });

/// Submissions of a load are at least so long, as far as they are several.
const SUBMISSION: f64 = 5e-3;

impl Burner {
    /// `None` where no kernel fits `device`.
    ///
    /// # Errors
    /// Fails if the device fails.
    pub(super) fn new(device: &mut dyn Device, seed: u64) -> Result<Option<Self>, Fault> {
        let seeds = Benchmark::F32_PEAK.seeds(&Target::of(device.adapter()));
        let Some(variant) = seeds.first().copied() else { return Ok(None) };
        let mut session = device.open(&PROBLEM)?;
        session.load(&Operands::new(PROBLEM, Fill::Random, seed))?;
        session.select(&variant)?;
        Ok(Some(Self { session, dispatches: 1 }))
    }

    /// Keeps the device busy for about as long.
    ///
    /// # Errors
    /// Fails if the device fails.
    pub(super) fn run(&mut self, time: Duration) -> Result<(), Fault> {
        let (start, mut busy) = (Instant::now(), 0.0);
        while busy < time.as_secs_f64() && start.elapsed() < time {
            let took = self.session.time(self.dispatches)?.wall_s.get();
            busy += took;
            if took < SUBMISSION {
                self.dispatches = self.dispatches.saturating_mul(2).min(MOST_DISPATCHES);
            }
        }
        Ok(())
    }
}

/// More dispatches than any card needs for a submission.
const MOST_DISPATCHES: u32 = 1 << 10;
