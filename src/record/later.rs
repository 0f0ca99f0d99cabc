//! A second, short block of samples, taken late in the run: what differs between runs differs between the blocks too, in part.

use serde::{Deserialize, Serialize};

use super::{Entry, Rates, Remark};
use crate::measure::{Clock, FEWEST_FOR_A_MEDIAN, Reading, Sample, Stats, best_and_median};
use crate::units::Seconds;

/// Samples of the kernel and problem of an entry, taken anew late in the run, in memory that was allocated anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Later {
    /// From the end of the first block to the beginning of this one, by the wall clock.
    pub after_s: Seconds,
    /// Every sample, in order.
    pub samples: Vec<Sample>,
}

/// Medians of the two blocks that are further apart than this, relative, are worth a word.
const APART: f64 = 0.05;

impl Later {
    /// The median time of a dispatch by `clock`, that of the first block, less `fixed` for each submission by the wall's. Samples whose clocks
    /// disagree do not count by the GPU's.
    ///
    /// # Errors
    /// Why the block does not count.
    fn median(&self, clock: Clock, fixed: Seconds) -> Result<Seconds, String> {
        let reading = Reading::of(&self.samples);
        if (clock, reading.clock) == (Clock::Gpu, Clock::Wall) {
            let none = || "it has no GPU timestamps, and the first block has".to_owned();
            return Err(reading.disagreement.map_or_else(none, |disagreement| disagreement.to_string()));
        }
        let times = Reading { clock, ..reading }.times(&self.samples, fixed);
        if times.len() < FEWEST_FOR_A_MEDIAN {
            return Err(format!("{} of {} samples count", times.len(), self.samples.len()));
        }
        best_and_median(&times).map(|(_, median)| median).ok_or_else(|| "the clocks gave no positive times".to_owned())
    }

    /// What is to be said where the medians of the two blocks, `first` and `later`, are far apart.
    fn apart(&self, first: Seconds, later: Seconds) -> Option<Remark> {
        let change = later / first;
        (!(1.0 / (1.0 + APART)..=1.0 + APART).contains(&change)).then_some(Remark::BlocksApart {
            change,
            samples: self.samples.len(),
            after: self.after_s,
        })
    }
}

impl Entry {
    /// Takes up a second block: the interval then holds both.
    pub fn take_up(&mut self, later: Later) {
        self.later = Some(later);
        let (Some(first), Some(work)) = (self.stats.clone(), self.work) else { return };
        let stats = self.over_blocks(first);
        self.rates = Some(Rates::of(work, &stats));
        self.stats = Some(stats);
    }

    /// The median time of a dispatch in the later block, where there is one that counts.
    pub fn later_median(&self) -> Option<Seconds> {
        self.later.as_ref()?.median(self.clock?, self.fixed_s.unwrap_or(Seconds::new(0.0))).ok()
    }

    /// `first`, the statistics of the first block, with an interval that holds the later block's median as well. Says what the later block shows, and
    /// how many blocks there are.
    pub(super) fn over_blocks(&mut self, first: Stats) -> Stats {
        self.blocks = Some(1);
        let (Some(later), Some(clock)) = (&self.later, self.clock) else { return first };
        match later.median(clock, self.fixed_s.unwrap_or(Seconds::new(0.0))) {
            Ok(median) => {
                let apart = later.apart(first.median_s, median);
                self.blocks = Some(2);
                apart.into_iter().for_each(|apart| self.say(apart));
                first.reaching(median)
            }
            Err(words) => {
                self.say(Remark::LaterUncounted(words));
                first
            }
        }
    }
}
