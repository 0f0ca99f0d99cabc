//! What follows a fault: the entry that says so, and a fresh device after a loss, or nothing any more where there is none.

use super::Suite;
use super::clock::CoreClock;
use crate::measure::Fault;
use crate::record::{Entry, Outcome, Remark};

impl Suite<'_> {
    /// The entry for a benchmark that `fault` ended; a lost device is replaced for the next one.
    pub(super) fn fault(&mut self, draft: Entry, fault: &Fault) -> Entry {
        self.meter.rest(false);
        let (outcome, reason) = match fault {
            Fault::Interrupted => (Outcome::Skipped, self.why_stopped()),
            Fault::InterruptedWait(what) => {
                (Outcome::Skipped, Remark::Awaited { why: Box::new(self.why_stopped()), what: what.clone() })
            }
            other => (Outcome::Failed, Remark::Fault(other.clone())),
        };
        let mut entry = Entry { outcome, reason: Some(reason.into()), ..draft };
        entry.findings.extend(self.revive_after(fault).map(|gone| Remark::NoFreshDevice(gone).into()));
        entry
    }

    /// Asks for a fresh device where `fault` took this one, and says so where there is none.
    pub(super) fn revive_after(&mut self, fault: &Fault) -> Option<String> {
        let is_there = !fault.is_loss() || self.revive();
        self.gone.clone().filter(|_| !is_there)
    }

    /// Whether a fresh device could be had. Nothing is asked of the device any more if not.
    pub(super) fn revive(&mut self) -> bool {
        self.clock = CoreClock::default();
        if self.gone.is_none() {
            self.gone = self.device.recover().err().map(|fault| format!("no fresh device could be had: {fault}"));
        }
        self.gone.is_none()
    }

    /// Why there is no device any more, once it was lost for good.
    pub fn gone(&self) -> Option<&str> {
        self.gone.as_deref()
    }

    /// Whether a benchmark may still be begun.
    pub fn is_over(&self) -> bool {
        self.gone.is_some() || self.stopper()()
    }

    /// Why no benchmark is begun any more.
    pub(super) fn why_stopped(&self) -> Remark {
        if self.gone.is_some() {
            Remark::DeviceGone
        } else if (self.stop)() {
            Remark::Interrupted
        } else {
            Remark::NoTimeLeft(self.plan.budget_s)
        }
    }
}
