//! How far a sweep goes: until memory shows, over as many bindings as that takes.

use std::time::{Duration, Instant};

use super::Suite;
use super::curve::ENOUGH;
use super::visits::{Visits, is_repeated};
use crate::measure::levels::{self, Measured};
use crate::problem::Problem;
use crate::record::{Entry, Remark};
use crate::suite::curves;
use crate::tune::Defect;

/// A larger set costs more than the last level's by this factor where that level is not memory. The step from any cache to memory is larger.
const RISE: f64 = 1.25;

/// Part of the time that a look far ahead may take.
const PART_FOR_A_LOOK: u32 = 3;

/// Sets on either side of the end of a cache that are visited again.
const AROUND: usize = 2;

impl Suite<'_> {
    /// Goes on with larger working sets where those of `draft` do not overflow the last cache by enough, or a look far ahead shows another one. Says why it
    /// ended where memory had not shown by then.
    pub(super) fn go_further(
        &mut self,
        visits: &mut Visits<'_>,
        draft: &mut Entry,
    ) -> Result<Option<&'static str>, Defect> {
        let Some(mut last) = draft.curve.last().map(|point| point.problem) else { return Ok(None) };
        let adapter = self.device.adapter().clone();
        let (mut seen, mut looked) = (sight(visits), false);
        for problem in longer(curves::further(&adapter, size(&last)), visits) {
            if seen.is_of_memory() && !std::mem::replace(&mut looked, true) {
                self.look_ahead(&last, &longer(curves::far_looks(&adapter, size(&last)), visits), visits, draft)?;
                seen = sight(visits);
            }
            if seen.is_of_memory() {
                return Ok(None);
            }
            if expected(visits.last, &last, &problem) > left(visits) {
                return Ok(Some("its share of the time was over"));
            }
            if !self.visit(&problem, visits, draft)? {
                return Ok(Some("there is no more device memory"));
            }
            last = problem;
            seen = sight(visits);
        }
        Ok((!seen.is_of_memory()).then_some("larger sets are not made"))
    }

    /// Goes down and up again over the sets around the end of a cache where some of them are visited once each: the machine may have changed its pace
    /// between two of them.
    pub(super) fn go_back(&mut self, visits: &mut Visits<'_>, draft: &mut Entry) -> Result<(), Defect> {
        let seen = sight(visits);
        let sets = draft.curve.iter().map(|point| point.problem);
        let mut up: Vec<Problem> = sets.filter(|set| size(set) <= seen.end).collect();
        up.sort_by_key(size);
        let beyond = if seen.rises { up.len() } else { up.partition_point(|set| size(set) <= seen.cache) };
        let around = &up[beyond.saturating_sub(AROUND)..up.len().min(beyond + AROUND)];
        if around.iter().all(is_repeated) {
            return Ok(());
        }
        for set in around.iter().rev().chain(around) {
            self.visit(set, visits, draft)?;
        }
        Ok(())
    }

    /// Notes that a sweep ended because of `why`, unless memory shows after all.
    pub(super) fn end_early(&mut self, why: &'static str, visits: &Visits<'_>, draft: &mut Entry) {
        let seen = sight(visits);
        if seen.is_of_memory() {
            return;
        }
        self.not_overflowed = seen.rises.then_some(seen.end);
        draft.findings.push(Remark::SweepEnded { end: seen.end, why }.into());
    }

    /// A look at the largest of `sets` that time allows; another one where it costs more, since the machine may have been busy for a moment.
    fn look_ahead(
        &mut self,
        from: &Problem,
        sets: &[Problem],
        visits: &mut Visits<'_>,
        draft: &mut Entry,
    ) -> Result<(), Defect> {
        let took = visits.last;
        let is_short = |set: &&Problem| expected(took, from, set) < left(visits) / PART_FOR_A_LOOK;
        let Some(set) = sets.iter().find(is_short) else {
            draft.findings.extend((!sets.is_empty()).then(|| Remark::NoLookAhead(*from).into()));
            return Ok(());
        };
        if self.visit(set, visits, draft)? && sight(visits).rises {
            self.visit(set, visits, draft)?;
        }
        visits.last = took;
        Ok(())
    }
}

/// The same sets, each read as often as the others of `visits`.
fn longer(sets: Vec<Problem>, visits: &Visits<'_>) -> Vec<Problem> {
    sets.into_iter().map(|set| curves::longer(set, visits.times)).collect()
}

fn size(problem: &Problem) -> u64 {
    problem.input_bytes().iter().sum()
}

fn left(visits: &Visits<'_>) -> Duration {
    visits.end.saturating_duration_since(Instant::now())
}

/// How long a visit to `problem` will take, when that to `before` took `last`.
#[expect(clippy::cast_precision_loss, reason = "sizes stay far below 2^53")]
fn expected(last: Duration, before: &Problem, problem: &Problem) -> Duration {
    last.mul_f64(size(problem) as f64 / size(before) as f64)
}

/// What a sweep shows of its last level.
struct Sight {
    /// The last cache, in bytes; zero where there is none.
    cache: u64,
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
}

fn sight(visits: &Visits<'_>) -> Sight {
    let points = levels::joined(&visits.made);
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
        end: near.last().map_or(0, |point| point.bytes),
        rises: at_the_end > RISE * memory || far.iter().any(|point| point.cost > RISE * memory),
    }
}
