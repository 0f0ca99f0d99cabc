//! How far a sweep goes: until memory shows, over as many bindings as that takes.

use std::time::{Duration, Instant};

use super::visits::{Visits, is_repeated};
use super::{ENOUGH, points};
use crate::measure::levels::{self, Measured};
use crate::problem::Problem;
use crate::record::Remark;
use crate::suite::Suite;
use crate::tune::Defect;

/// A larger set costs more than the last level's by this factor where that level is not memory. The step from any cache to memory is larger.
const RISE: f64 = 1.25;

/// Part of the time that a look far ahead may take.
const PART_FOR_A_LOOK: u32 = 3;

/// Sets on either side of the end of a cache that are visited again.
const AROUND: usize = 2;

impl Suite<'_> {
    /// Goes on from the points of a sweep until memory shows, and looks at the end of the last cache again.
    pub(super) fn extend(&mut self, visits: &mut Visits<'_>) -> Result<(), Defect> {
        let ended = self.go_further(visits)?;
        let around = around_the_end(&sight(visits), visited(visits));
        if !around.iter().all(is_repeated) {
            self.go_down_and_up(&around, visits)?;
        }
        ended.into_iter().for_each(|why| self.end_early(why, visits));
        Ok(())
    }

    /// Goes on with larger working sets where those that were visited do not overflow the last cache by enough, or a look far ahead shows another one. Says
    /// why it ended where memory had not shown by then.
    pub(super) fn go_further(&mut self, visits: &mut Visits<'_>) -> Result<Option<&'static str>, Defect> {
        let Some(mut last) = visited(visits).into_iter().max_by_key(size) else { return Ok(None) };
        let adapter = self.device.adapter().clone();
        let (mut seen, mut looked) = (sight(visits), false);
        for problem in visits.long_enough(points::further(&adapter, size(&last))) {
            if seen.is_of_memory() && !std::mem::replace(&mut looked, true) {
                self.look_ahead(&last, &visits.long_enough(points::far_looks(&adapter, size(&last))), visits)?;
                seen = sight(visits);
            }
            if seen.is_of_memory() {
                return Ok(None);
            }
            if expected(visits.took(&last), &last, &problem) > left(visits) {
                return Ok(Some("its share of the time was over"));
            }
            if !self.visit(&problem, visits)? {
                return Ok(Some("there is no more device memory"));
            }
            last = problem;
            seen = sight(visits);
        }
        Ok((!seen.is_of_memory()).then_some("larger sets are not made"))
    }

    /// Goes down and up again over the sets `around` the end of a cache: the machine may have changed its pace between two of them that were visited once.
    pub(super) fn go_down_and_up(&mut self, around: &[Problem], visits: &mut Visits<'_>) -> Result<(), Defect> {
        for set in around.iter().rev().chain(around) {
            self.visit(set, visits)?;
        }
        Ok(())
    }

    /// Notes that a sweep ended because of `why`, unless memory shows after all.
    fn end_early(&mut self, why: &'static str, visits: &mut Visits<'_>) {
        let seen = sight(visits);
        if seen.is_of_memory() {
            return;
        }
        self.caches.ended_inside(seen.rises.then_some(seen.end));
        visits.curve.findings.push(Remark::SweepEnded { end: seen.end, why });
    }

    /// A look at the largest of `sets` that time allows; another one where it costs more, since the machine may have been busy for a moment.
    fn look_ahead(&mut self, from: &Problem, sets: &[Problem], visits: &mut Visits<'_>) -> Result<(), Defect> {
        let took = visits.took(from);
        let is_short = |set: &&Problem| expected(took, from, set) < left(visits) / PART_FOR_A_LOOK;
        let Some(set) = sets.iter().find(is_short) else {
            visits.curve.findings.extend((!sets.is_empty()).then_some(Remark::NoLookAhead(*from)));
            return Ok(());
        };
        if self.visit(set, visits)? && sight(visits).rises {
            self.visit(set, visits)?;
        }
        Ok(())
    }
}

impl Visits<'_> {
    /// The same `sets`, each read so often that a dispatch is long enough.
    pub(super) fn long_enough(&self, sets: Vec<Problem>) -> Vec<Problem> {
        sets.into_iter().map(|set| points::longer(set, self.times)).collect()
    }
}

/// The sets that were visited.
fn visited(visits: &Visits<'_>) -> Vec<Problem> {
    visits.curve.points.iter().map(|point| point.problem).collect()
}

/// The `sets` on either side of the end of the last cache, the smallest first.
pub(super) fn around_the_end(seen: &Sight, mut sets: Vec<Problem>) -> Vec<Problem> {
    sets.retain(|set| size(set) <= seen.end);
    sets.sort_by_key(size);
    let beyond = if seen.rises { sets.len() } else { sets.partition_point(|set| size(set) <= seen.cache) };
    sets[beyond.saturating_sub(AROUND)..sets.len().min(beyond + AROUND)].to_vec()
}

fn size(problem: &Problem) -> u64 {
    problem.input_bytes().iter().sum()
}

/// Time for further visits.
pub(super) fn left(visits: &Visits<'_>) -> Duration {
    visits.end.saturating_duration_since(Instant::now())
}

/// How long a visit to `problem` will take, when that to `before` took `last`.
#[expect(clippy::cast_precision_loss, reason = "sizes stay far below 2^53")]
fn expected(last: Duration, before: &Problem, problem: &Problem) -> Duration {
    last.mul_f64(size(problem) as f64 / size(before) as f64)
}

/// What a sweep shows of its last level.
pub(super) struct Sight {
    /// The last cache, in bytes; zero where there is none.
    cache: u64,
    /// The smallest working set.
    start: u64,
    /// The largest working set, without what a look far ahead saw.
    end: u64,
    /// Whether sets at the end or far ahead cost more than the last level.
    rises: bool,
}

impl Sight {
    /// Whether the last level is memory: it begins two octaves before the end, or earlier, and far larger sets cost no more.
    fn is_of_memory(&self) -> bool {
        self.cache <= self.end / ENOUGH && !self.rises
    }

    /// Whether there is a last cache, and sets that it holds with ease: two octaves smaller, or less.
    pub(super) fn is_of_a_cache(&self) -> bool {
        self.cache / ENOUGH >= self.start && self.cache > 0
    }
}

pub(super) fn sight(visits: &Visits<'_>) -> Sight {
    let points = levels::joined(&visits.curve.visits);
    // What a look far ahead saw lies more than an octave beyond the others.
    let gap = points.windows(2).position(|pair| pair[1].bytes / 2 > pair[0].bytes);
    let (near, far) = points.split_at(gap.map_or(points.len(), |gap| gap + 1));
    let levels = levels::find(near).levels;
    let memory = levels.last().map_or(f64::INFINITY, |level| level.value);
    let least = |points: &[Measured]| points.iter().map(|point| point.cost).fold(f64::INFINITY, f64::min);
    // One point alone may have been disturbed.
    let at_the_end = least(&near[near.len().saturating_sub(2)..]);
    Sight {
        cache: levels.iter().rev().find_map(|level| level.capacity_bytes).unwrap_or(0),
        start: near.first().map_or(0, |point| point.bytes),
        end: near.last().map_or(0, |point| point.bytes),
        rises: at_the_end > RISE * memory || far.iter().any(|point| point.cost > RISE * memory),
    }
}
