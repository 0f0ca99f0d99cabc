//! The clock probe: how fast the device's clock runs now, beside its best of this run.

use std::thread;
use std::time::{Duration, Instant};

use super::Suite;
use super::burner::Burner;
use crate::benchmark::Benchmark;
use crate::kernel::Target;
use crate::measure::{self, Device, Fault, Reading, Session};
use crate::problem::{Element, Fill, Operands, Peak, Problem};
use crate::record::{Probe, SLOW};
use crate::units::Seconds;

/// What reads a device's clock and what raises it; each is made when it is first needed, and anew after a loss.
#[derive(Default)]
pub(super) struct CoreClock {
    probe: Option<ClockProbe>,
    burner: Option<Burner>,
}

/// One workgroup of dependent multiply-adds, calibrated to last a moment: its time is the inverse of the clock, whatever the memory does.
struct ClockProbe {
    session: Box<dyn Session>,
    /// Times of all readings so far, the shortest first.
    readings: Vec<f64>,
    /// The clock that nothing raised, relative to the best.
    given_up: Option<f64>,
}

/// A reading should take this long at the least, so that clocks are fine enough and a submission does not count.
const READING: f64 = 5e-4;

/// Chains of the probe, and their steps: as many as make a reading.
const CHAINS: u32 = 512;
const STEPS: [u32; 6] = [1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20];

/// Dispatches of a reading, of which the median counts.
const TRIES: usize = 3;

/// Readings this close, relative, confirm each other: one that was short by mistake must not make all others slow.
const CONFIRMED: f64 = 0.05;

/// How long is waited for a clock that fell, and how often it is looked at while the device rests.
const RECOVERY: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(100);

/// A load between two looks, and how long all of them may take: an H100 takes half a second from its rest to its best.
const LOAD: Duration = Duration::from_millis(50);
const LONGEST_LOAD: Duration = Duration::from_secs(1);

/// Load before the first reading of a run.
const FIRST_LOAD: Duration = Duration::from_millis(600);

impl ClockProbe {
    /// Calibrates a probe on `device`.
    ///
    /// # Errors
    /// Fails if the device fails.
    pub(super) fn new(device: &mut dyn Device, seed: u64) -> Result<Option<Self>, Fault> {
        let seeds = Benchmark::F32_PEAK.seeds(&Target::of(device.adapter()));
        let Some(variant) = seeds.first().copied() else { return Ok(None) };
        let mut probe = None;
        for steps in STEPS {
            let problem = Problem::Peak(Peak { element: Element::F32, chains: CHAINS, steps });
            let mut session = device.open(&problem)?;
            session.load(&Operands::new(problem, Fill::Random, seed))?;
            session.select(&variant)?;
            session.time(1)?;
            let seconds = seconds(session.as_mut())?;
            probe = Some(Self { session, readings: vec![seconds], given_up: None });
            if seconds >= READING {
                break;
            }
        }
        Ok(probe)
    }

    /// The clock now, relative to the best that two readings reached so far; one at the most.
    ///
    /// # Errors
    /// Fails if the device fails.
    fn read(&mut self) -> Result<f64, Fault> {
        let now = seconds(self.session.as_mut())?;
        let place = self.readings.partition_point(|reading| *reading < now);
        self.readings.insert(place, now);
        Ok((self.best() / now).min(1.0))
    }

    /// Whether a clock about this low could not be raised.
    fn has_given_up(&self, relative_clock: f64) -> bool {
        self.given_up.is_some_and(|low| relative_clock > low * (1.0 - CONFIRMED))
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
    Ok(measure::median(&reading.times(&samples, Seconds::new(0.0))).get())
}

impl Suite<'_> {
    /// A reading of the clock before sample number `before_sample`; `None` where there is no probe.
    ///
    /// # Errors
    /// Fails if the device fails.
    pub(super) fn read_clock(&mut self, before_sample: usize) -> Result<Option<Probe>, Fault> {
        if self.clock.probe.is_none() {
            self.clock.probe = ClockProbe::new(self.device, self.plan.seed)?;
        }
        let Some(clock) = &mut self.clock.probe else { return Ok(None) };
        Ok(Some(Probe { before_sample, relative_clock: clock.read()? }))
    }

    /// Raises a card's clock where it is low, before something is measured for long.
    ///
    /// # Errors
    /// Fails if the device fails.
    pub(super) fn raise_the_clock(&mut self) -> Result<(), Fault> {
        if let Some(clock) = &mut self.clock.probe {
            clock.given_up = None;
        }
        self.keep_the_clock_up()
    }

    /// The same before something short: a clock that could not be raised before is left where it is. It may have fallen because the device rested,
    /// while the host filled arrays: then a load raises it. Or the device is hot: then a rest does.
    ///
    /// # Errors
    /// Fails if the device fails.
    pub(super) fn keep_the_clock_up(&mut self) -> Result<(), Fault> {
        // A processor's clock is not this program's to raise, and more threads do not keep it higher.
        if self.device.adapter().software {
            return Ok(());
        }
        if self.clock.probe.is_none() {
            // Else the first reading, of a device at rest, would pass for its best.
            self.burn(FIRST_LOAD)?;
        }
        let (start, mut loaded) = (Instant::now(), Duration::ZERO);
        while let Some(Probe { relative_clock, .. }) = self.read_clock(0)?
            && relative_clock < SLOW
            && !self.clock.probe.as_ref().is_some_and(|clock| clock.has_given_up(relative_clock))
            && !self.stopper()()
        {
            if loaded < LONGEST_LOAD {
                (self.say)("raising the clock");
                self.burn(LOAD)?;
                loaded += LOAD;
            } else if start.elapsed() < RECOVERY {
                (self.say)("waiting for the clock to recover");
                thread::sleep(LOOK);
            } else if let Some(clock) = &mut self.clock.probe {
                clock.given_up = Some(relative_clock);
            }
        }
        Ok(())
    }

    fn burn(&mut self, time: Duration) -> Result<(), Fault> {
        if self.clock.burner.is_none() {
            self.clock.burner = Burner::new(self.device, self.plan.seed)?;
        }
        self.clock.burner.as_mut().map_or(Ok(()), |burner| burner.run(time))
    }
}
