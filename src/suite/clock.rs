//! The clock probe: how fast the device's clock runs now, beside its best of this run.

use std::thread;
use std::time::{Duration, Instant};

use super::Suite;
use crate::data::{Fill, Operands};
use crate::kernel::{Benchmark, Target};
use crate::measure::{self, Device, Fault, Reading, Session};
use crate::problem::{Element, Problem};
use crate::record::{Probe, SLOW};
use crate::units::Seconds;

/// One workgroup of dependent multiply-adds, calibrated to last a moment: its time is the inverse of the clock, whatever the memory does.
pub(super) struct ClockProbe {
    session: Box<dyn Session>,
    /// Times of all readings so far, the shortest first.
    readings: Vec<f64>,
}

/// A reading should take this long at the least, so that clocks are fine enough and a submission does not count.
const READING: f64 = 5e-4;

/// Chains of the probe, and their steps: as many as make a reading.
const LANES: u32 = 512;
const STEPS: [u32; 6] = [1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20];

/// Dispatches of a reading, of which the median counts.
const TRIES: usize = 3;

/// Readings this close, relative, confirm each other: one that was short by mistake must not make all others slow.
const CONFIRMED: f64 = 0.05;

/// How long is waited for a clock that fell, and how often it is looked at.
const RECOVERY: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(100);

impl ClockProbe {
    /// Calibrates a probe on `device`.
    ///
    /// # Errors
    /// Where the device fails.
    pub(super) fn new(device: &mut dyn Device, seed: u64) -> Result<Option<Self>, Fault> {
        let seeds = Benchmark::by_id("peak/f32").map(|peak| peak.seeds(&Target::of(device.adapter())));
        let Some(variant) = seeds.and_then(|seeds| seeds.first().copied()) else { return Ok(None) };
        let mut probe = None;
        for steps in STEPS {
            let problem = Problem::Peak { element: Element::F32, lanes: LANES, steps };
            let mut session = device.open(&problem)?;
            session.load(&Operands::new(problem, Fill::Random, seed))?;
            session.select(&variant)?;
            session.time(1)?;
            let seconds = seconds(session.as_mut())?;
            probe = Some(Self { session, readings: vec![seconds] });
            if seconds >= READING {
                break;
            }
        }
        Ok(probe)
    }

    /// The clock now, relative to the best that two readings reached so far; one at the most.
    ///
    /// # Errors
    /// Where the device fails.
    pub(super) fn read(&mut self) -> Result<f64, Fault> {
        let now = seconds(self.session.as_mut())?;
        let place = self.readings.partition_point(|reading| *reading < now);
        self.readings.insert(place, now);
        Ok((self.best() / now).min(1.0))
    }

    /// The shortest time that two readings agree on; where none do, the longest.
    fn best(&self) -> f64 {
        let confirmed = self.readings.windows(2).find(|pair| pair[1] <= pair[0] * (1.0 + CONFIRMED));
        confirmed.map_or_else(|| self.readings.last().copied().unwrap_or(f64::NAN), |pair| pair[0])
    }
}

fn seconds(session: &mut dyn Session) -> Result<f64, Fault> {
    let samples = (0..TRIES).map(|_| session.time(1)).collect::<Result<Vec<_>, Fault>>()?;
    let reading = Reading::of(&samples);
    Ok(measure::median(&reading.times(&samples, Seconds::new(0.0))))
}

impl Suite<'_> {
    /// A reading of the clock before sample number `before_sample`; `None` where there is no probe.
    ///
    /// # Errors
    /// Where the device fails.
    pub(super) fn read_clock(&mut self, before_sample: usize) -> Result<Option<Probe>, Fault> {
        if self.clock.is_none() {
            self.clock = ClockProbe::new(self.device, self.plan.seed)?;
        }
        let Some(clock) = &mut self.clock else { return Ok(None) };
        Ok(Some(Probe { before_sample, relative_clock: clock.read()? }))
    }

    /// Waits a while where the clock is low: what ran before may have heated the device.
    ///
    /// # Errors
    /// Where the device fails.
    pub(super) fn wait_for_the_clock(&mut self) -> Result<(), Fault> {
        // A processor's clock is not this program's to rest.
        if self.device.adapter().software {
            return Ok(());
        }
        let start = Instant::now();
        while let Some(probe) = self.read_clock(0)?
            && probe.relative_clock < SLOW
            && start.elapsed() < RECOVERY
            && !self.stopper()()
        {
            (self.say)("waiting for the clock to recover");
            thread::sleep(LOOK);
        }
        Ok(())
    }
}
