//! A probe of the last-level cache, for memory passes over a total footprint that a person chose, where no sweep was made: it may fit the cache.

use std::time::Duration;

use super::extent::{around_the_end, left, sight};
use super::visits::Visits;
use super::working_set;
use crate::benchmark::{Benchmark, Kind};
use crate::measure::levels;
use crate::problem::Problem;
use crate::suite::Suite;
use crate::tune::{Defect, Pool};

/// How often the sets around the end of the cache are visited down and up: others take their part of it for a moment.
const LOOKS: usize = 3;

impl Suite<'_> {
    /// Looks for the last cache within `budget`, where that has not been done and passes over memory need it.
    pub(in crate::suite) fn know_the_last_cache(&mut self, budget: Duration) -> Result<(), Defect> {
        if self.caches.are_known() || self.plan.footprint_bytes.is_none() {
            return Ok(());
        }
        let sweep = Benchmark::of(Kind::Sweep);
        let Ok((pool, _)) = self.candidates(sweep) else { return Ok(()) };
        self.check_all(sweep, &pool)?;
        self.begin("looking for the last-level cache");
        self.probe_the_last_cache(&pool, &self.points(sweep), budget)
    }

    /// Goes down from the largest of a sweep's `sets`, octave by octave, until sets show what the last cache gives, and up until others show memory. The end
    /// of the cache is looked at closely: down and up, in the sweep's own steps.
    fn probe_the_last_cache(&mut self, pool: &Pool, sets: &[Problem], budget: Duration) -> Result<(), Defect> {
        let mut visits = Visits::new(pool, sets.len(), budget);
        visits.times = self.times_for_a_set(pool, &sets[0])?;
        let sets = visits.long_enough(sets.to_vec());
        for set in sets.iter().filter(|set| working_set(set).is_power_of_two()).rev() {
            match self.visit(set, &mut visits) {
                Err(Defect::Fault(fault)) if fault.is_for_want_of_room() => continue,
                visited => visited?,
            };
            // A change of the machine's pace looks like a cache until it is looked at again.
            if sight(&visits).is_of_a_cache() {
                self.look_at_the_end(&sets, &mut visits)?;
                if sight(&visits).is_of_a_cache() {
                    break;
                }
            }
        }
        let before = visits.curve.points.len();
        self.go_further(&mut visits)?;
        if visits.curve.points.len() > before && sight(&visits).is_of_a_cache() {
            self.look_at_the_end(&sets, &mut visits)?;
        }
        self.caches.learn(&levels::find(&visits.ended().visits).levels);
        Ok(())
    }

    /// Visits the sets around the end of the last cache again and again, as far as there is time: those of `sets`, and those beyond that were visited.
    fn look_at_the_end(&mut self, sets: &[Problem], visits: &mut Visits<'_>) -> Result<(), Defect> {
        let beyond = visits.curve.points.iter().map(|point| point.problem).filter(|set| !sets.contains(set));
        let around = around_the_end(&sight(visits), sets.iter().copied().chain(beyond).collect());
        for _ in 0..LOOKS {
            self.go_down_and_up(&around, visits)?;
            if left(visits).is_zero() {
                break;
            }
        }
        Ok(())
    }
}
