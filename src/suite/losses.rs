//! What follows where a kernel takes the device: the search goes on without it on a fresh device, or nothing goes on where there is none.

use super::{Choice, Prepared, Suite, tuning};
use crate::measure::Fault;
use crate::record::{Entry, Outcome, Remark};
use crate::tune::{Defect, Search};

impl Suite<'_> {
    /// Chooses among the variants of a benchmark; one over which the device is lost or hangs is left out, and the choice is made anew among the
    /// others.
    pub(super) fn choose(&mut self, choice: Choice, draft: &mut Entry) -> Result<Prepared, Defect> {
        let (mut search, blank) = (Search::new(choice.rejected.clone()), draft.clone());
        loop {
            match self.choose_once(&choice, &mut search, draft) {
                Err(Defect::Fault(fault)) => self.survive(&fault, &mut search, draft)?,
                other => return other,
            }
            draft.clone_from(&blank);
        }
    }

    /// Makes ready for another choice after `fault`, without the variant that it is blamed on.
    fn survive(&mut self, fault: &Fault, search: &mut Search, draft: &mut Entry) -> Result<(), Fault> {
        let goes_on = search.survives(fault);
        if goes_on && !self.stopper()() && self.revive() {
            return Ok(());
        }
        if search.has_losses() {
            draft.tuning = Some(tuning(search.clone(), self.plan.tune));
        }
        Err(fault.clone())
    }

    /// The entry for a benchmark that `fault` ended; a lost device is replaced for the next one.
    pub(super) fn fault(&mut self, draft: Entry, fault: &Fault) -> Entry {
        let (outcome, reason) = match fault {
            Fault::Interrupted => (Outcome::Skipped, self.why_stopped()),
            Fault::Awaited(what) => {
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

    /// Whether a fresh device could be had. Where not, nothing is asked of the device any more.
    pub(super) fn revive(&mut self) -> bool {
        (self.clock, self.burner) = (None, None);
        if self.gone.is_none() {
            let gone = |fault| match fault {
                Fault::Lost(why) => why,
                other => other.to_string(),
            };
            self.gone =
                self.device.recover().err().map(|fault| format!("no fresh device could be had: {}", gone(fault)));
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
