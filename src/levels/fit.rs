//! Costs and capacities of the greatest likelihood.

use super::{Hierarchy, Level, Measured};
use crate::problem::binary;

/// Which part of a working set a cache does not serve, by how far the set exceeds it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Replacement {
    /// Lines are replaced at random: of a set W, C/W is there.
    Random,
    /// The oldest lines are replaced, so that passes that go around lose all within this many octaves beyond C.
    Oldest(f64),
}

const MODELS: [Replacement; 4] =
    [Replacement::Random, Replacement::Oldest(0.5), Replacement::Oldest(1.0), Replacement::Oldest(2.0)];

impl Replacement {
    /// The part of a set that is `excess` octaves larger than the cache, and goes below.
    fn spilled(self, excess: f64) -> f64 {
        match self {
            _ if excess <= 0.0 => 0.0,
            Self::Random => 1.0 - (-excess).exp2(),
            Self::Oldest(octaves) => (excess / octaves).min(1.0),
        }
    }
}

/// More caches than any processor or card has.
const MOST_CACHES: usize = 5;

/// Degrees of freedom of the noise: heavy tails, for points that something disturbed.
const FREEDOM: f64 = 4.0;

/// Noise that no measurement stays below.
const LEAST_NOISE: f64 = 0.015;

/// Parameters of a level: its capacity, its cost, and two for the choice among all places and forms that it could have had.
const PARAMETERS: f64 = 4.0;

/// Levels whose costs differ by less are one.
const DISTINCT: f64 = 1.1;

/// Places a capacity is looked for at, for each octave.
const PLACES: f64 = 4.0;

/// Fewer points than this say nothing of caches.
const FEWEST_POINTS: usize = 6;

/// How much worse a description may be, in twice the logarithm of the likelihood, to lie within the 95 % interval.
const WITHIN: f64 = 3.84;

/// How much less likely another number of levels has to be before it is no longer spoken of, in the units of the criterion.
const DOUBTFUL: f64 = 4.0;

/// Usable points: sizes as binary logarithms.
struct Curve {
    sizes: Vec<f64>,
    costs: Vec<f64>,
    noise: Vec<f64>,
    /// Each cost, or the middle one of it and its neighbours: what to begin with, whatever a point says.
    smooth: Vec<f64>,
}

/// Capacities (binary logarithms, ascending) with the costs that suit them best.
#[derive(Debug, Clone)]
struct Fit {
    model: Replacement,
    capacities: Vec<f64>,
    /// The first level's cost, then by how much each further one costs more.
    steps: Vec<f64>,
    /// Twice the logarithm of the likelihood, negated.
    deviance: f64,
    /// What is common to all points, as a standard deviation of logarithms.
    noise: f64,
}

pub(super) fn hierarchy(points: &[Measured], known: &[u64]) -> Hierarchy {
    let Some(curve) = Curve::of(points) else { return Hierarchy::default() };
    let known: Vec<f64> = known.iter().map(|bytes| log2(*bytes)).filter(|size| curve.is_within(*size)).collect();
    let mut candidates: Vec<Fit> = MODELS.iter().flat_map(|model| curve.fits(*model, &known)).collect();
    candidates.sort_by(|one, other| curve.criterion(one, &known).total_cmp(&curve.criterion(other, &known)));
    let Some(best) = candidates.first() else { return Hierarchy::default() };
    Hierarchy { levels: curve.levels(best, &known), doubt: curve.doubt(best, &candidates, &known) }
}

impl Curve {
    /// The points that have positive finite costs, by size; `None` where there are none.
    fn of(points: &[Measured]) -> Option<Self> {
        let usable = |point: &&Measured| point.bytes > 0 && point.cost.is_finite() && point.cost > 0.0;
        let mut points: Vec<&Measured> = points.iter().filter(usable).collect();
        points.sort_by_key(|point| point.bytes);
        let costs: Vec<f64> = points.iter().map(|point| point.cost).collect();
        let smooth = (0..costs.len()).map(|at| median(&costs[at.saturating_sub(1)..costs.len().min(at + 2)])).collect();
        (!points.is_empty()).then(|| Self {
            sizes: points.iter().map(|point| log2(point.bytes)).collect(),
            costs,
            smooth,
            noise: points
                .iter()
                .map(|point| if point.noise.is_finite() { point.noise.max(0.0) } else { 1.0 })
                .collect(),
        })
    }

    fn is_within(&self, size: f64) -> bool {
        self.sizes.first().is_some_and(|first| *first < size) && self.sizes.last().is_some_and(|last| size < *last)
    }

    #[expect(clippy::cast_precision_loss, reason = "points are few")]
    fn count(&self) -> f64 {
        self.sizes.len() as f64
    }

    /// What a description costs: how unlikely the points are, and how many parameters it has. Capacities that are known are free.
    fn criterion(&self, fit: &Fit, known: &[f64]) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "levels are few")]
        let found = fit.capacities.len().saturating_sub(known.len()) as f64;
        fit.deviance + PARAMETERS * found * self.count().ln()
    }

    /// The places where a capacity may be.
    fn places(&self) -> Vec<f64> {
        let (Some(first), Some(last)) = (self.sizes.first(), self.sizes.last()) else { return Vec::new() };
        let steps = std::iter::successors(Some(first + 1.0 / PLACES), |place| Some(place + 1.0 / PLACES));
        steps.take_while(|place| *place < last - 1.0 / PLACES).collect()
    }

    /// The best description for each number of caches, those of `known` capacities always among them.
    fn fits(&self, model: Replacement, known: &[f64]) -> Vec<Fit> {
        let places = self.places();
        let mut fits = vec![self.fit(model, known.to_vec())];
        if self.sizes.len() < FEWEST_POINTS {
            return fits;
        }
        for _ in known.len()..MOST_CACHES.max(known.len()) {
            let Some(before) = fits.last() else { break };
            let more = places.iter().map(|place| self.fit(model, with(&before.capacities, *place)));
            let Some(best) = more.min_by(|one, other| one.deviance.total_cmp(&other.deviance)) else { break };
            fits.push(self.refined(best, known, &places));
        }
        fits
    }

    /// Moves one capacity after the other to where it suits best, as long as that helps, in ever smaller steps; those that are known stay.
    fn refined(&self, fit: Fit, known: &[f64], places: &[f64]) -> Fit {
        let mut best = self.moved(fit, known, |_| places.to_vec());
        for part in [2.0, 4.0, 8.0] {
            let step = 1.0 / (PLACES * part);
            best = self.moved(best, known, |own| vec![own - step, own + step]);
        }
        best
    }

    fn moved(&self, fit: Fit, known: &[f64], places: impl Fn(f64) -> Vec<f64>) -> Fit {
        const TURNS: usize = 4;
        let mut best = fit;
        for _ in 0..TURNS {
            let before = best.deviance;
            for at in 0..best.capacities.len() {
                let own = best.capacities[at];
                if known.iter().any(|known| (known - own).abs() < 1e-9) {
                    continue;
                }
                let others = [&best.capacities[..at], &best.capacities[at + 1..]].concat();
                let moved = places(own).into_iter().map(|place| self.fit(best.model, with(&others, place)));
                let moved = moved.filter(|moved| moved.capacities.len() == best.capacities.len());
                if let Some(moved) = moved.min_by(|one, other| one.deviance.total_cmp(&other.deviance))
                    && moved.deviance < best.deviance
                {
                    best = moved;
                }
            }
            if best.deviance > before - 1e-3 {
                break;
            }
        }
        best
    }

    /// The costs that suit `capacities` best: least squares of relative deviations, reweighted as Student's t asks for.
    fn fit(&self, model: Replacement, capacities: Vec<f64>) -> Fit {
        const ROUNDS: usize = 6;
        let rows: Vec<Vec<f64>> = self.sizes.iter().map(|size| row(model, &capacities, *size)).collect();
        let mut noise: f64 = 0.1;
        let mut expected = self.smooth.clone();
        let mut weights: Vec<f64> =
            self.costs.iter().zip(&expected).map(|(cost, expected)| trust((cost / expected).ln(), noise)).collect();
        let mut steps = vec![0.0; capacities.len() + 1];
        let mut deviance = f64::INFINITY;
        for _ in 0..ROUNDS {
            steps = non_negative(&rows, &self.costs, &expected, &weights);
            expected = rows.iter().map(|row| dot(row, &steps).max(f64::MIN_POSITIVE)).collect();
            let off: Vec<f64> =
                self.costs.iter().zip(&expected).map(|(cost, expected)| (cost / expected).ln()).collect();
            let spread = |own: f64, noise: f64| (noise * noise + own * own).sqrt();
            let own = || off.iter().zip(&self.noise);
            let squares: f64 = own().map(|(off, own)| trust(*off, spread(*own, noise)) * off * off).sum();
            noise = (squares / self.count()).sqrt().max(LEAST_NOISE);
            let variance = |own: &f64| spread(*own, noise).powi(2);
            weights = own().map(|(off, own)| trust(*off, spread(*own, noise)) / variance(own)).collect();
            let unlikely = |off: f64, variance: f64| {
                (FREEDOM + 1.0) * (1.0 + off * off / (FREEDOM * variance)).ln() + variance.ln()
            };
            deviance = own().map(|(off, own)| unlikely(*off, variance(own))).sum();
        }
        Fit { model, capacities, steps, deviance, noise }
    }

    /// The levels of a description, without those that are no slower than the one before.
    fn levels(&self, fit: &Fit, known: &[f64]) -> Vec<Level> {
        let mut levels: Vec<Level> = Vec::new();
        let mut cost = fit.steps[0];
        let mut below = f64::NEG_INFINITY;
        for (at, capacity) in fit.capacities.iter().enumerate() {
            let next = cost + fit.steps[at + 1];
            if next < cost * DISTINCT || cost <= 0.0 {
                // Nothing changes here: one level with the next.
                cost = next;
                continue;
            }
            let [low, high] = self.interval(fit, at);
            levels.push(Level {
                holds_bytes: exp2(low),
                overflows_bytes: Some(exp2(high)),
                capacity_bytes: Some(exp2(*capacity)),
                value: cost,
                range: self.range(fit, cost, below, *capacity),
                of_the_walk_alone: !known.is_empty() && !known.iter().any(|known| (known - capacity).abs() < 1e-9),
            });
            (cost, below) = (next, *capacity);
        }
        let last = self.sizes.last().copied().unwrap_or(0.0);
        levels.push(Level {
            holds_bytes: exp2(last),
            overflows_bytes: None,
            capacity_bytes: None,
            value: cost,
            range: self.range(fit, cost, below, last),
            of_the_walk_alone: false,
        });
        levels
    }

    /// Where a capacity may lie, the others as they are: at least to the places beside it.
    fn interval(&self, fit: &Fit, at: usize) -> [f64; 2] {
        let own = fit.capacities[at];
        let others: Vec<f64> =
            fit.capacities.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, one)| *one).collect();
        let likely = |place: &f64| {
            (place - own).abs() < 1.0 / PLACES + 1e-9
                || self.fit(fit.model, with(&others, *place)).deviance <= fit.deviance + WITHIN
        };
        let places = self.places();
        let down = places.iter().rev().filter(|place| **place <= own).take_while(|place| likely(place)).last();
        let up = places.iter().filter(|place| **place >= own).take_while(|place| likely(place)).last();
        [down.map_or(own - 1.0 / PLACES, |down| down.min(own)), up.map_or(own + 1.0 / PLACES, |up| up.max(own))]
    }

    /// A cost's 95 % interval, by the points of its plateau.
    fn range(&self, fit: &Fit, cost: f64, from: f64, to: f64) -> [f64; 2] {
        let on_it = self.sizes.iter().filter(|size| **size > from && **size <= to).count().max(1);
        #[expect(clippy::cast_precision_loss, reason = "points are few")]
        let error = 2.0 * fit.noise / (on_it as f64).sqrt();
        [cost * (-error).exp(), cost * error.exp()]
    }

    /// Another number of levels that is nearly as likely.
    fn doubt(&self, best: &Fit, all: &[Fit], known: &[f64]) -> Option<String> {
        let distance = |fit: &Fit| self.criterion(fit, known) - self.criterion(best, known);
        let more = all.iter().find(|fit| fit.capacities.len() == best.capacities.len() + 1)?;
        if distance(more) > DOUBTFUL {
            return None;
        }
        let is_new = |place: &&f64| best.capacities.iter().all(|known| (*place - known).abs() > 1.0 / PLACES);
        let further = more.capacities.iter().find(is_new)?;
        Some(format!("a further level near {} cannot be told from its neighbours", binary(exp2(*further))))
    }
}

/// How much a point counts that is `off` by so much, in logarithms, where the noise is `noise`.
fn trust(off: f64, noise: f64) -> f64 {
    (FREEDOM + 1.0) / (FREEDOM + (off / noise).powi(2))
}

/// What a set of `size` is served by: all of it by the first level, and what spills from each.
fn row(model: Replacement, capacities: &[f64], size: f64) -> Vec<f64> {
    std::iter::once(1.0).chain(capacities.iter().map(|capacity| model.spilled(size - capacity))).collect()
}

/// The middle one; the lower of the middle two.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(sorted.len() - 1) / 2]
}

fn dot(row: &[f64], steps: &[f64]) -> f64 {
    row.iter().zip(steps).map(|(part, step)| part * step).sum()
}

/// The non-negative steps whose costs deviate the least from `costs`, relative to what was `expected`: normal equations, one step after the other.
fn non_negative(rows: &[Vec<f64>], costs: &[f64], expected: &[f64], weights: &[f64]) -> Vec<f64> {
    const TURNS: usize = 60;
    /// Beyond this factor a point only says that it is off.
    const FAR: f64 = 3.0;
    let unknowns = rows.first().map_or(0, Vec::len);
    let mut products = vec![vec![0.0; unknowns]; unknowns];
    let mut sums = vec![0.0; unknowns];
    for (((row, cost), expected), weight) in rows.iter().zip(costs).zip(expected).zip(weights) {
        let target = (cost / expected).clamp(1.0 / FAR, FAR);
        for one in 0..unknowns {
            sums[one] += weight * row[one] / expected * target;
            for other in 0..unknowns {
                products[one][other] += weight * row[one] * row[other] / (expected * expected);
            }
        }
    }
    let mut steps = vec![0.0; unknowns];
    for _ in 0..TURNS {
        for one in 0..unknowns {
            let others: f64 =
                (0..unknowns).filter(|other| *other != one).map(|other| products[one][other] * steps[other]).sum();
            steps[one] =
                if products[one][one] > 0.0 { ((sums[one] - others) / products[one][one]).max(0.0) } else { 0.0 };
        }
    }
    steps
}

/// Capacities this close, in octaves, are one cache's: each is at least several times as large as the one before.
const APART: f64 = 1.0;

/// Capacities with one more, ascending; the same where one is as good as there.
fn with(capacities: &[f64], place: f64) -> Vec<f64> {
    let mut all = capacities.to_vec();
    if all.iter().all(|one| (one - place).abs() > APART) {
        all.push(place);
    }
    all.sort_by(f64::total_cmp);
    all
}

#[expect(clippy::cast_precision_loss, reason = "sizes stay far below 2^53")]
fn log2(bytes: u64) -> f64 {
    (bytes as f64).log2()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive size")]
fn exp2(size: f64) -> u64 {
    size.exp2().round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A made-up hierarchy: capacities in bytes, and the costs of all levels.
    struct MadeUp {
        capacities: Vec<f64>,
        costs: Vec<f64>,
        model: Replacement,
    }

    impl MadeUp {
        fn draw(random: &mut fastrand::Rng, caches: usize, steepest: f64) -> Self {
            let mut capacities = Vec::new();
            let mut costs = vec![1.0];
            let mut size = 14.0 + 2.0 * random.f64();
            for _ in 0..caches {
                capacities.push(size.exp2());
                size += 3.0 + 2.0 * random.f64();
                costs.push(costs[costs.len() - 1] * (1.5 + (steepest - 1.5) * random.f64()));
            }
            Self { capacities, costs, model: MODELS[random.usize(..MODELS.len())] }
        }

        /// Sizes in steps of √2 up to eight times the last cache, with noise; one point in 30 was disturbed.
        fn curve(&self, random: &mut fastrand::Rng, noise: f64) -> Vec<Measured> {
            let last = self.capacities.last().map_or(20.0, |last| last.log2()) + 3.0;
            let sizes = std::iter::successors(Some(12.0), |size| Some(size + 0.5)).take_while(|size| *size <= last);
            sizes
                .map(|size: f64| {
                    let spilled = |capacity: &f64| self.model.spilled(size - capacity.log2());
                    let steps = self.costs.windows(2).map(|pair| pair[1] - pair[0]);
                    let more: f64 =
                        self.capacities.iter().zip(steps).map(|(capacity, step)| spilled(capacity) * step).sum();
                    let disturbed = if random.usize(..30) == 0 { 1.5 + random.f64() } else { 1.0 };
                    let normal = (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
                    let cost = (self.costs[0] + more) * (noise * normal).exp() * disturbed;
                    Measured { bytes: exp2(size), cost, noise: noise / 2.0 }
                })
                .collect()
        }

        fn number_is_right(&self, found: &Hierarchy) -> bool {
            found.levels.len() == self.costs.len()
        }

        fn sizes_are_right(&self, found: &Hierarchy) -> bool {
            let near = |capacity: &f64| {
                let off = |level: &Level| level.capacity_bytes.map(|bytes| (log2(bytes) - capacity.log2()).abs());
                found.levels.iter().filter_map(off).any(|off| off <= 0.5 + 1e-6)
            };
            self.capacities.iter().all(near)
        }
    }

    #[test]
    fn levels_of_made_up_hierarchies_are_found() {
        let mut random = fastrand::Rng::with_seed(11);
        for (noise, least) in [(0.02, 95), (0.05, 95), (0.15, 50)] {
            let (mut numbers, mut sizes) = (0, 0);
            for draw in 0..100 {
                let made_up = MadeUp::draw(&mut random, draw % 4, 4.0);
                let found = find_from(&made_up.curve(&mut random, noise));
                numbers += usize::from(made_up.number_is_right(&found));
                sizes += usize::from(made_up.sizes_are_right(&found));
            }
            assert!(
                numbers >= least && sizes >= least,
                "noise {noise}: {numbers} numbers and {sizes} sizes of 100 are right"
            );
        }
    }

    fn find_from(points: &[Measured]) -> Hierarchy {
        hierarchy(points, &[])
    }

    #[test]
    fn one_absurd_point_makes_no_level() {
        let mut random = fastrand::Rng::with_seed(3);
        let made_up = MadeUp { capacities: vec![65536.0, 4e6], costs: vec![1.0, 2.5, 6.0], model: Replacement::Random };
        for factor in [1e-6, 0.05, 20.0, 1e6] {
            let mut points = made_up.curve(&mut random, 0.03);
            points[9].cost *= factor;
            let found = find_from(&points);
            assert!(made_up.number_is_right(&found) && made_up.sizes_are_right(&found), "times {factor}: {found:?}");
        }
    }

    #[test]
    fn little_or_nothing_is_no_panic() {
        let point = |bytes, cost| Measured { bytes, cost, noise: 0.01 };
        assert_eq!(find_from(&[]), Hierarchy::default());
        assert_eq!(find_from(&[point(0, 1.0), point(4096, f64::NAN), point(4096, -1.0)]), Hierarchy::default());
        let few = find_from(&[point(4096, 1.0), point(8192, 1.0), point(16384, 5.0)]);
        assert_eq!(few.levels.len(), 1, "three points show one level: {few:?}");
        let same = find_from(&vec![point(4096, 1.0); 20]);
        assert_eq!(same.levels.len(), 1, "one size shows one level: {same:?}");
    }

    #[test]
    fn a_walk_shows_the_caches_of_the_sweep_and_what_is_its_own() {
        let mut random = fastrand::Rng::with_seed(5);
        let made_up = MadeUp {
            capacities: vec![32768.0, 1_048_576.0, 8e6, 3.5e7],
            costs: vec![1.0, 2.5, 8.0, 20.0, 60.0],
            model: Replacement::Random,
        };
        let found = hierarchy(&made_up.curve(&mut random, 0.02), &[1 << 20, 35_000_000]);
        let alone: Vec<bool> = found.levels.iter().map(|level| level.of_the_walk_alone).collect();
        assert_eq!(alone, [true, false, true, false, false], "{found:?}");
    }
}
