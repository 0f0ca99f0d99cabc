//! The phases that the time of a benchmark goes into.

use std::cell::RefCell;
use std::time::Instant;

use crate::record::Phase;
use crate::units::Seconds;

/// A stopwatch over the phases of one benchmark.
#[derive(Default)]
pub(super) struct Phases {
    laps: RefCell<Laps>,
}

#[derive(Default)]
struct Laps {
    done: Vec<Phase>,
    running: Option<(&'static str, Instant)>,
}

impl Phases {
    /// Ends the phase before and begins `name`. A phase that was there already goes on.
    pub(super) fn begin(&self, name: &'static str) {
        let mut laps = self.laps.borrow_mut();
        laps.end();
        laps.running = Some((name, Instant::now()));
    }

    /// Ends the last phase; all of them, in the order in which they began.
    pub(super) fn take(&self) -> Vec<Phase> {
        let mut laps = self.laps.borrow_mut();
        laps.end();
        std::mem::take(&mut laps.done)
    }
}

impl Laps {
    fn end(&mut self) {
        let Some((name, since)) = self.running.take() else { return };
        let took = Seconds::from(since.elapsed());
        match self.done.iter_mut().find(|phase| phase.name == name) {
            Some(phase) => phase.took_s = phase.took_s + took,
            None => self.done.push(Phase { name: name.to_owned(), took_s: took }),
        }
    }
}
