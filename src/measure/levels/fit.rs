//! Costs and capacities of the greatest likelihood.

use std::sync::LazyLock;

use super::pace::{fastest, joined};
use super::{Doubt, Hierarchy, Level, Measured, median};

/// The part of a working set that a cache does not serve, by how far the set exceeds it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Replacement {
    /// Lines are replaced at random, and are read again at random: of a set W, C/W is there.
    Random,
    /// Lines are replaced at random, by passes that go around: of W a part m misses, and what is there has outlived the misses since its last
    /// use, 1 - m = exp(-m·W/C).
    Passes,
    /// The same in each set of lines by itself. Pages lie anywhere, so that sets get unequal parts of W, by Poisson's law: some overflow before C, some
    /// hold theirs beyond.
    PassesBySet,
    /// The oldest lines are replaced, so that passes that go around lose all soon after C, over this many octaves; sets of a cache fill unevenly,
    /// so that an eighth of these lies before C.
    Oldest(f64),
    /// The same, as bytes beyond C grow, up to this many octaves.
    OldestByBytes(f64),
}

const MODELS: [Replacement; 7] = [
    Replacement::Random,
    Replacement::Passes,
    Replacement::PassesBySet,
    Replacement::Oldest(0.5),
    Replacement::Oldest(1.0),
    Replacement::Oldest(2.0),
    Replacement::OldestByBytes(1.5),
];

impl Replacement {
    /// The part of a set that is `excess` octaves larger than the cache, and goes below.
    fn spilled(self, excess: f64) -> f64 {
        match self {
            Self::Oldest(octaves) => (excess / octaves + 0.125).clamp(0.0, 1.0),
            Self::OldestByBytes(octaves) => ((excess.exp2() - 1.0) / (octaves.exp2() - 1.0)).clamp(0.0, 1.0),
            Self::Random => (1.0 - (-excess).exp2()).max(0.0),
            Self::Passes => {
                if excess > 0.0 {
                    missed(excess.exp2())
                } else {
                    0.0
                }
            }
            Self::PassesBySet => missed_by_sets(excess),
        }
    }
}

/// Lines of a set: from four to sixteen are usual.
const WAYS: u32 = 8;

/// What misses of a set that is `excess` octaves larger than its cache, all its sets of lines together.
fn missed_by_sets(excess: f64) -> f64 {
    const FROM: f64 = -3.0;
    const STEPS: f64 = 16.0;
    static TABLE: LazyLock<Vec<f64>> = LazyLock::new(|| {
        let places = (0u32..176).map(|step| FROM + f64::from(step) / STEPS);
        places.map(|excess| unevenly_missed(f64::from(WAYS) * excess.exp2())).collect()
    });
    let place = (excess - FROM) * STEPS;
    if place < 0.0 {
        return 0.0;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a short table")]
    let at = place as usize;
    let Some([low, high]) = TABLE.get(at..at + 2) else { return 1.0 };
    low + (high - low) * place.fract()
}

/// What misses where a set of lines gets `mean` lines on average: lines are more often in sets that got more.
fn unevenly_missed(mean: f64) -> f64 {
    // Lines that have 0, 1, 2 … others in their set.
    let mut likely = (-mean).exp();
    let mut others = 0;
    let mut misses = 0.0;
    while f64::from(others) < mean + 10.0 * mean.sqrt() + 10.0 {
        if others >= WAYS {
            misses += likely * missed(f64::from(others + 1) / f64::from(WAYS));
        }
        others += 1;
        likely *= mean / f64::from(others);
    }
    misses
}

/// The positive root of 1 - m = exp(-m·x) for x above one, by Newton's method from above.
fn missed(times: f64) -> f64 {
    const TURNS: usize = 8;
    let next = |part: f64| {
        let kept = (-part * times).exp();
        part - (part - 1.0 + kept) / (1.0 - times * kept)
    };
    (0..TURNS).fold(1.0, |part, _| next(part)).clamp(0.0, 1.0)
}

/// A cache: its capacity as a binary logarithm, and what it does beyond.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cache {
    capacity: f64,
    model: Replacement,
    /// The capacity by another curve, where that shows the cache too.
    known: Option<f64>,
}

impl Cache {
    /// How unlikely the capacity is by what is known of it, in the units of the deviance.
    fn surprise(&self) -> f64 {
        self.known.map_or(0.0, |known| ((self.capacity - known) / (UNKNOWN / NORMAL_95)).powi(2))
    }
}

/// Standard deviations that hold 95 % to either side.
const NORMAL_95: f64 = 1.96;

/// More caches than any processor or card has.
const MOST_CACHES: usize = 5;

/// Degrees of freedom of the noise where a point is slower than expected, and where it is faster: what disturbs a machine slows it.
const FREEDOM_OF_SLOW: f64 = 2.0;
const FREEDOM_OF_FAST: f64 = 6.0;

/// Noise that no point stays below: no cache is quite like a model.
const LEAST_NOISE: f64 = 0.03;

/// Parameters of a level: its capacity, its cost, its replacement, and two for the choice among all places that it could have had.
const PARAMETERS: f64 = 5.0;

/// Levels whose costs differ by less are one.
const DISTINCT: f64 = 1.1;

/// Places a capacity is looked for at, for each octave.
const PLACES: f64 = 4.0;

/// Fewer points than this say nothing of caches.
const FEWEST_POINTS: usize = 6;

/// How many places beyond its likeliest one a capacity may be.
const REACH: i32 = 8;

/// How far a capacity may lie from what is found where a cache replaces lines as none of the models: octaves that hold 95 of 100 made-up ones.
const UNKNOWN: f64 = 0.5;

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

/// Caches, the smallest first, with the costs that suit them best.
#[derive(Debug, Clone)]
struct Fit {
    caches: Vec<Cache>,
    /// The first level's cost, then by how much each further one costs more.
    steps: Vec<f64>,
    /// Twice the logarithm of the likelihood, negated.
    deviance: f64,
    /// What is common to all points, as a standard deviation of logarithms.
    noise: f64,
}

impl Fit {
    /// Whether a level that another description of the same caches shows costs more than the one before in this one too.
    fn has_the_steps_of(&self, other: &Self) -> bool {
        self.distinct().zip(other.distinct()).all(|(own, other)| own || !other)
    }

    /// Of each cache, whether what lies below costs enough more to be another level.
    fn distinct(&self) -> impl Iterator<Item = bool> {
        let below = self.steps.iter().scan(0.0, |cost, step| {
            let before = *cost;
            *cost += step;
            Some(before > 0.0 && *step >= before * (DISTINCT - 1.0))
        });
        below.skip(1)
    }
}

pub(super) fn hierarchy(visits: &[Measured], known: &[u64]) -> Hierarchy {
    let [Some(curve), Some(fastest)] = [joined(visits), fastest(visits)].map(Curve::of) else {
        return Hierarchy::default();
    };
    let known: Vec<f64> = known.iter().map(|bytes| log2(*bytes)).filter(|size| curve.is_within(*size)).collect();
    let mut candidates = curve.fits(&known);
    candidates.sort_by(|one, other| curve.criterion(one).total_cmp(&curve.criterion(other)));
    let Some(best) = candidates.first() else { return Hierarchy::default() };
    let doubts = curve.one_more(best, &candidates).into_iter().chain(too_near(best)).collect();
    let costs = Some(fastest.fit(best.caches.clone())).filter(|costs| costs.has_the_steps_of(best));
    Hierarchy { levels: curve.levels(best, costs.as_ref().unwrap_or(best)), doubts }
}

impl Curve {
    /// `points` by size; `None` where there are none.
    fn of(points: Vec<Measured>) -> Option<Self> {
        let costs: Vec<f64> = points.iter().map(|point| point.cost).collect();
        let smooth = (0..costs.len()).map(|at| median(&costs[at.saturating_sub(1)..costs.len().min(at + 2)])).collect();
        let noise = |point: &Measured| if point.noise.is_finite() { point.noise.max(0.0) } else { 1.0 };
        (!points.is_empty()).then(|| Self {
            sizes: points.iter().map(|point| log2(point.bytes)).collect(),
            costs,
            smooth,
            noise: points.iter().map(noise).collect(),
        })
    }

    fn is_within(&self, size: f64) -> bool {
        self.sizes.first().is_some_and(|first| *first < size) && self.sizes.last().is_some_and(|last| size < *last)
    }

    #[expect(clippy::cast_precision_loss, reason = "points are few")]
    fn count(&self) -> f64 {
        self.sizes.len() as f64
    }

    /// What a description costs: how unlikely the points are, and how many parameters it has. Caches that are known are free.
    fn criterion(&self, fit: &Fit) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "levels are few")]
        let found = fit.caches.iter().filter(|cache| cache.known.is_none()).count() as f64;
        fit.deviance + PARAMETERS * found * self.count().ln()
    }

    /// The places where a capacity may be: with two points at the least on either side, so that none makes a level by itself.
    fn places(&self) -> Vec<f64> {
        const ASIDE: usize = 2;
        let Some(end) = self.sizes.len().checked_sub(ASIDE + 1) else { return Vec::new() };
        let (Some(first), Some(last)) = (self.sizes.get(ASIDE - 1), self.sizes.get(end)) else { return Vec::new() };
        let steps = std::iter::successors(Some(*first), |place| Some(place + 1.0 / PLACES));
        steps.take_while(|place| place <= last).collect()
    }

    /// The best description for each number of caches, those of `known` capacities, or near that, always among them.
    fn fits(&self, known: &[f64]) -> Vec<Fit> {
        let places = self.places();
        let one = |known: &f64| Cache { capacity: *known, model: Replacement::Random, known: Some(*known) };
        let mut fits = vec![self.refined(self.fit(known.iter().map(one).collect()), &places)];
        if self.sizes.len() < FEWEST_POINTS {
            return fits;
        }
        for _ in known.len()..MOST_CACHES.max(known.len()) {
            let Some(before) = fits.last() else { break };
            let more = anywhere(&places).filter_map(|cache| Some(self.fit(with(&before.caches, cache)?)));
            let Some(best) = more.min_by(|one, other| one.deviance.total_cmp(&other.deviance)) else { break };
            fits.push(self.refined(best, &places));
        }
        fits
    }

    /// Moves one capacity after the other to where it suits best, as long as that helps, in ever smaller steps.
    fn refined(&self, fit: Fit, places: &[f64]) -> Fit {
        let mut best = self.moved(fit, |_| places.to_vec());
        for part in [2.0, 4.0, 8.0] {
            let step = 1.0 / (PLACES * part);
            let is_allowed = |place: &f64| places.first() <= Some(place) && Some(place) <= places.last();
            let beside = |own| [own - step, own, own + step].into_iter().filter(is_allowed).collect();
            best = self.moved(best, beside);
        }
        best
    }

    fn moved(&self, fit: Fit, places: impl Fn(f64) -> Vec<f64>) -> Fit {
        const TURNS: usize = 4;
        let mut best = fit;
        for _ in 0..TURNS {
            let before = best.deviance;
            for at in 0..best.caches.len() {
                let places = places(best.caches[at].capacity);
                let moved = anywhere(&places).filter_map(|cache| self.instead(&best, at, cache));
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

    /// The description with another cache in the place of one; `None` where it would come too near to others.
    fn instead(&self, fit: &Fit, at: usize, cache: Cache) -> Option<Fit> {
        let others = [&fit.caches[..at], &fit.caches[at + 1..]].concat();
        Some(self.fit(with(&others, Cache { known: fit.caches[at].known, ..cache })?))
    }

    /// The costs that suit `caches` best: least squares of relative deviations, reweighted as Student's t asks for.
    fn fit(&self, caches: Vec<Cache>) -> Fit {
        const ROUNDS: usize = 6;
        let rows: Vec<Vec<f64>> = self.sizes.iter().map(|size| row(&caches, *size)).collect();
        let mut noise: f64 = 0.1;
        let mut expected = self.smooth.clone();
        let mut weights: Vec<f64> =
            self.costs.iter().zip(&expected).map(|(cost, expected)| trust((cost / expected).ln(), noise)).collect();
        let mut steps = vec![0.0; caches.len() + 1];
        let mut deviance = f64::INFINITY;
        for _ in 0..ROUNDS {
            steps = non_negative(steps, &rows, &self.costs, &expected, &weights);
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
                (freedom(off) + 1.0) * (1.0 + off * off / (freedom(off) * variance)).ln() + variance.ln()
            };
            deviance = own().map(|(off, own)| unlikely(*off, variance(own))).sum();
        }
        deviance += caches.iter().map(Cache::surprise).sum::<f64>();
        Fit { caches, steps, deviance, noise }
    }

    /// The levels of a description, without those that are no slower than the one before, at the costs of `costs`, which has the same caches.
    fn levels(&self, fit: &Fit, costs: &Fit) -> Vec<Level> {
        let is_beside_another = fit.caches.iter().any(|cache| cache.known.is_some());
        let mut levels: Vec<Level> = Vec::new();
        let distinct: Vec<bool> = fit.distinct().collect();
        let mut cost = costs.steps[0];
        let mut below = f64::NEG_INFINITY;
        for (at, Cache { capacity, known, .. }) in fit.caches.iter().enumerate() {
            let next = cost + costs.steps[at + 1];
            if !distinct[at] || cost <= 0.0 {
                // Nothing changes here: one level with the next.
                cost = next;
                continue;
            }
            let [middle, low, high] = self.capacity(fit, at);
            levels.push(Level {
                holds_bytes: exp2(low),
                overflows_bytes: Some(exp2(high)),
                capacity_bytes: Some(exp2(middle)),
                value: cost,
                range: self.range(costs, cost, below, *capacity),
                of_the_walk_alone: is_beside_another && known.is_none(),
            });
            (cost, below) = (next, *capacity);
        }
        let last = self.sizes.last().copied().unwrap_or(0.0);
        levels.push(Level {
            holds_bytes: exp2(last),
            overflows_bytes: None,
            capacity_bytes: None,
            value: cost,
            range: self.range(costs, cost, below, last),
            of_the_walk_alone: false,
        });
        levels
    }

    /// The mean of a capacity and its 95 % interval over all replacements, the other capacities as they are, every octave being as likely
    /// beforehand; never less than what the models do not know.
    fn capacity(&self, fit: &Fit, at: usize) -> [f64; 3] {
        let own = fit.caches[at].capacity;
        let near = (-REACH..=REACH).map(|step| own + f64::from(step) / PLACES);
        let near: Vec<f64> = near.filter(|place| self.is_within(*place)).collect();
        let likely = |place: &f64| -> f64 {
            let fits = anywhere(std::slice::from_ref(place)).filter_map(|cache| self.instead(fit, at, cache));
            fits.map(|other| ((fit.deviance - other.deviance) / 2.0).exp()).sum()
        };
        let weights: Vec<f64> = near.iter().map(likely).collect();
        let all: f64 = weights.iter().sum();
        let mean = near.iter().zip(&weights).map(|(place, weight)| place * weight).sum::<f64>() / all;
        let mean = if mean.is_finite() { mean } else { own };
        let mut below = 0.0;
        let [mut low, mut high] = [mean, mean];
        for (place, weight) in near.iter().zip(&weights) {
            let passes = |part: f64| below < part * all && below + weight >= part * all;
            low = if passes(0.025) { *place } else { low };
            high = if passes(0.975) { *place } else { high };
            below += weight;
        }
        [mean, low.min(mean - UNKNOWN), high.max(mean + UNKNOWN)]
    }

    /// A cost's 95 % interval, by the points of its plateau.
    fn range(&self, fit: &Fit, cost: f64, from: f64, to: f64) -> [f64; 2] {
        let on_it = self.sizes.iter().filter(|size| **size > from && **size <= to).count().max(1);
        #[expect(clippy::cast_precision_loss, reason = "points are few")]
        let error = 2.0 * fit.noise / (on_it as f64).sqrt();
        [cost * (-error).exp(), cost * error.exp()]
    }

    /// Another number of levels that is nearly as likely.
    fn one_more(&self, best: &Fit, all: &[Fit]) -> Option<Doubt> {
        let distance = |fit: &Fit| self.criterion(fit) - self.criterion(best);
        let more = all.iter().find(|fit| fit.caches.len() == best.caches.len() + 1)?;
        if distance(more) > DOUBTFUL {
            return None;
        }
        let is_new =
            |cache: &&Cache| best.caches.iter().all(|known| (cache.capacity - known.capacity).abs() > 1.0 / PLACES);
        let further = more.caches.iter().find(is_new)?.capacity;
        Some(Doubt::OneMore(exp2(further)))
    }
}

fn freedom(off: f64) -> f64 {
    if off > 0.0 { FREEDOM_OF_SLOW } else { FREEDOM_OF_FAST }
}

/// How much a point counts that is `off` by so much, in logarithms, where the noise is `noise`.
fn trust(off: f64, noise: f64) -> f64 {
    (freedom(off) + 1.0) / (freedom(off) + (off / noise).powi(2))
}

/// What a set of `size` is served by: all of it by the first level, and what spills from each.
fn row(caches: &[Cache], size: f64) -> Vec<f64> {
    std::iter::once(1.0).chain(caches.iter().map(|cache| cache.model.spilled(size - cache.capacity))).collect()
}

fn dot(row: &[f64], steps: &[f64]) -> f64 {
    row.iter().zip(steps).map(|(part, step)| part * step).sum()
}

/// The non-negative steps whose costs deviate the least from `costs`, relative to what was `expected`: normal equations, one step after the other.
fn non_negative(from: Vec<f64>, rows: &[Vec<f64>], costs: &[f64], expected: &[f64], weights: &[f64]) -> Vec<f64> {
    const TURNS: usize = 60;
    /// Squared standard errors that no step moves by any more.
    const ENOUGH: f64 = 1e-4;
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
    let mut steps = from;
    for _ in 0..TURNS {
        let mut moved: f64 = 0.0;
        for one in 0..unknowns {
            let others: f64 =
                (0..unknowns).filter(|other| *other != one).map(|other| products[one][other] * steps[other]).sum();
            let next =
                if products[one][one] > 0.0 { ((sums[one] - others) / products[one][one]).max(0.0) } else { 0.0 };
            moved = moved.max((next - steps[one]).powi(2) * products[one][one]);
            steps[one] = next;
        }
        if moved < ENOUGH {
            break;
        }
    }
    steps
}

/// Capacities closer than this, in octaves, are one cache's: each is several times as large as the one before.
const APART: f64 = 1.75;

/// A doubt, if two caches are as near to each other as they may be: they would be nearer, or one.
fn too_near(fit: &Fit) -> Option<Doubt> {
    let capacities = fit.caches.iter().map(|cache| cache.capacity);
    let (smaller, larger) =
        capacities.clone().zip(capacities.skip(1)).find(|(smaller, larger)| larger - smaller < APART + 1.0 / PLACES)?;
    Some(Doubt::TooNear([smaller, larger].map(exp2)))
}

/// Caches with one more, the smallest first; `None` where one is as good as there.
fn with(caches: &[Cache], more: Cache) -> Option<Vec<Cache>> {
    if caches.iter().any(|one| (one.capacity - more.capacity).abs() < APART) {
        return None;
    }
    let mut all = [caches, &[more]].concat();
    all.sort_by(|one, other| one.capacity.total_cmp(&other.capacity));
    Some(all)
}

/// Caches of every kind at each of `places`.
fn anywhere(places: &[f64]) -> impl Iterator<Item = Cache> {
    places.iter().flat_map(|&capacity| MODELS.map(|model| Cache { capacity, model, known: None }))
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

    /// What a made-up cache does to a set that is so many octaves larger; the last two are no shapes of the fit's.
    const SHAPES: [fn(f64, f64) -> f64; 6] = [
        |excess, _| Replacement::Random.spilled(excess),
        |excess, _| Replacement::Passes.spilled(excess),
        |excess, _| Replacement::PassesBySet.spilled(excess),
        |excess, octaves| (excess / octaves).clamp(0.0, 1.0),
        |excess, octaves| ((excess.exp2() - 1.0) / (octaves.exp2() - 1.0)).clamp(0.0, 1.0),
        |excess, octaves| 1.0 / (1.0 + (-8.0 * excess / octaves).exp()),
    ];

    /// A made-up hierarchy: binary logarithms of capacities, the octaves over which each loses all, and the costs of all levels.
    struct MadeUp {
        capacities: Vec<f64>,
        octaves: Vec<f64>,
        costs: Vec<f64>,
        shape: fn(f64, f64) -> f64,
    }

    impl MadeUp {
        fn draw(random: &mut fastrand::Rng, caches: usize, shape: fn(f64, f64) -> f64) -> Self {
            let mut made_up = Self { capacities: Vec::new(), octaves: Vec::new(), costs: vec![1.0], shape };
            let mut size = 14.0 + 2.0 * random.f64();
            for cache in 0..caches {
                made_up.capacities.push(size);
                made_up.octaves.push(0.1 + 1.9 * random.f64());
                made_up.costs.push(made_up.costs[cache] * (1.5 + 2.5 * random.f64()));
                size += 3.0 + 2.0 * random.f64();
            }
            made_up
        }

        fn cost(&self, size: f64) -> f64 {
            let steps = self.costs.windows(2).map(|pair| pair[1] - pair[0]);
            let caches = self.capacities.iter().zip(&self.octaves).zip(steps);
            self.costs[0]
                + caches.map(|((capacity, octaves), step)| step * (self.shape)(size - capacity, *octaves)).sum::<f64>()
        }

        /// Sizes in steps of √2 up to eight times the last-level cache, with noise; one point in 30 was disturbed.
        fn curve(&self, random: &mut fastrand::Rng, noise: f64) -> Vec<Measured> {
            let last = self.capacities.last().copied().unwrap_or(20.0) + 3.0;
            let sizes = std::iter::successors(Some(12.0), |size| Some(size + 0.5)).take_while(|size| *size <= last);
            sizes
                .map(|size: f64| {
                    let disturbed = if random.usize(..30) == 0 { 1.5 + random.f64() } else { 1.0 };
                    let normal = (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
                    let cost = self.cost(size) * (noise * normal).exp() * disturbed;
                    Measured { bytes: exp2(size), cost, noise: noise / 2.0 }
                })
                .collect()
        }

        fn number_is_right(&self, found: &Hierarchy) -> bool {
            found.levels.len() == self.costs.len()
        }

        fn sizes_are_right(&self, found: &Hierarchy) -> bool {
            let near = |capacity: &f64| {
                let off = |level: &Level| level.capacity_bytes.map(|bytes| (log2(bytes) - capacity).abs());
                found.levels.iter().filter_map(off).any(|off| off <= 0.5 + 1e-6)
            };
            self.capacities.iter().all(near)
        }

        fn sizes_are_covered(&self, found: &Hierarchy) -> bool {
            let holds = |capacity: &f64| {
                let within =
                    |level: &Level| Some((log2(level.holds_bytes)..=log2(level.overflows_bytes?)).contains(capacity));
                found.levels.iter().filter_map(within).any(|within| within)
            };
            self.capacities.iter().all(holds)
        }
    }

    /// Of 100 draws, those with the right number of levels, with the right sizes, and with sizes inside the intervals.
    fn right(random: &mut fastrand::Rng, shapes: &[fn(f64, f64) -> f64], noise: f64) -> [usize; 3] {
        let mut right = [0; 3];
        for draw in 0..100 {
            let made_up = MadeUp::draw(random, draw % 4, shapes[draw / 4 % shapes.len()]);
            let found = find_from(&made_up.curve(random, noise));
            right[0] += usize::from(made_up.number_is_right(&found));
            right[1] += usize::from(made_up.sizes_are_right(&found));
            right[2] += usize::from(made_up.sizes_are_covered(&found));
        }
        right
    }

    #[test]
    fn levels_of_made_up_hierarchies_are_found() {
        let mut random = fastrand::Rng::with_seed(11);
        for (noise, least) in [(0.02, [95, 95, 95]), (0.05, [95, 95, 95]), (0.15, [85, 70, 70])] {
            let right = right(&mut random, &SHAPES[..5], noise);
            assert!(
                right.iter().zip(least).all(|(right, least)| *right >= least),
                "noise {noise}: {right:?} of 100 are right"
            );
        }
    }

    /// A shape that the fit does not know must not be made of several levels.
    #[test]
    fn a_transition_of_another_shape_is_one_level() {
        let mut random = fastrand::Rng::with_seed(12);
        let [numbers, ..] = right(&mut random, &SHAPES[5..], 0.03);
        assert!(numbers >= 95, "{numbers} of 100 are right");
    }

    fn find_from(points: &[Measured]) -> Hierarchy {
        hierarchy(points, &[])
    }

    #[test]
    fn one_disturbed_point_at_either_end_makes_no_level() {
        let mut random = fastrand::Rng::with_seed(4);
        let made_up = three_levels();
        for (from_the_end, factor) in [(false, 0.5), (true, 2.0), (true, 20.0)] {
            let mut points = made_up.curve(&mut random, 0.03);
            let at = if from_the_end { points.len() - 1 } else { 0 };
            points[at].cost *= factor;
            let found = find_from(&points);
            assert!(made_up.number_is_right(&found), "point {at} times {factor}: {found:?}");
        }
    }

    fn three_levels() -> MadeUp {
        MadeUp { capacities: vec![16.0, 22.0], octaves: vec![1.0, 1.0], costs: vec![1.0, 2.5, 6.0], shape: SHAPES[0] }
    }

    #[test]
    fn caches_that_cannot_be_told_apart_are_one_or_spoken_of() {
        let mut random = fastrand::Rng::with_seed(6);
        for distance in [0.5, 1.0, 1.25, 1.5, 2.5, 3.0] {
            let made_up = MadeUp {
                capacities: vec![16.0, 16.0 + distance],
                octaves: vec![0.5; 2],
                costs: vec![1.0, 3.0, 9.0],
                shape: SHAPES[3],
            };
            for _ in 0..3 {
                let found = find_from(&made_up.curve(&mut random, 0.01));
                if distance < 2.0 {
                    assert!(found.levels.len() == 2 || !found.doubts.is_empty(), "{distance} octaves: {found:?}");
                } else {
                    assert!(made_up.number_is_right(&found), "{distance} octaves: {found:?}");
                    assert!(
                        made_up.sizes_are_right(&found) && found.doubts.is_empty(),
                        "{distance} octaves: {found:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn one_absurd_point_makes_no_level() {
        let mut random = fastrand::Rng::with_seed(3);
        let made_up = three_levels();
        for factor in [1e-6, 0.05, 20.0, 1e6] {
            let mut points = made_up.curve(&mut random, 0.03);
            points[9].cost *= factor;
            let found = find_from(&points);
            assert!(made_up.number_is_right(&found) && made_up.sizes_are_right(&found), "times {factor}: {found:?}");
        }
    }

    /// A guest beside this one comes and goes: every set is slowed in some rounds, whole stretches of a curve in all but one.
    #[test]
    fn a_machine_that_changes_its_pace_has_no_more_levels() {
        const SLOW: f64 = 1.75;
        let mut random = fastrand::Rng::with_seed(8);
        let made_up = three_levels();
        let mut right = 0;
        for _ in 0..50 {
            let mut pace = SLOW;
            let mut visits = Vec::new();
            for round in 0..5 {
                let mut curve = made_up.curve(&mut random, 0.02);
                if round % 2 == 1 {
                    curve.reverse();
                }
                for point in curve {
                    if random.usize(..40) == 0 {
                        pace = SLOW / pace;
                    }
                    visits.push(Measured { cost: point.cost * pace, ..point });
                }
            }
            let found = find_from(&visits);
            right += usize::from(made_up.number_is_right(&found) && made_up.sizes_are_right(&found));
        }
        assert!(right >= 45, "{right} of 50 are right");
    }

    #[test]
    fn costs_that_lose_a_step_are_another_description() {
        let cache = |capacity| Cache { capacity, model: Replacement::Random, known: None };
        let fit = |steps: [f64; 3]| Fit {
            caches: vec![cache(15.0), cache(20.0)],
            steps: steps.to_vec(),
            deviance: 0.0,
            noise: LEAST_NOISE,
        };
        assert!(fit([1.0, 2.0, 3.0]).has_the_steps_of(&fit([1.0, 1.0, 1.0])));
        assert!(
            !fit([1.0, 0.05, 3.0]).has_the_steps_of(&fit([1.0, 1.0, 1.0])),
            "the second level is as fast as the first"
        );
        assert!(fit([1.0, 1.0, 1.0]).has_the_steps_of(&fit([1.0, 0.0, 1.0])), "a step more is no loss");
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
            capacities: vec![15.0, 20.0, 22.5, 25.0],
            octaves: vec![1.0; 4],
            costs: vec![1.0, 2.5, 8.0, 20.0, 60.0],
            shape: SHAPES[0],
        };
        let found = hierarchy(&made_up.curve(&mut random, 0.02), &[1 << 20, 1 << 25]);
        let alone: Vec<bool> = found.levels.iter().map(|level| level.of_the_walk_alone).collect();
        assert_eq!(alone, [true, false, true, false, false], "{found:?}");
    }

    /// A sweep is good to half an octave: what it is off by must not be another level of the pointer chase.
    #[test]
    fn a_walk_puts_the_caches_of_the_sweep_where_both_say() {
        const KNOWN: f64 = 19.6;
        let mut random = fastrand::Rng::with_seed(7);
        let made_up = MadeUp {
            capacities: vec![15.0, 20.0, 25.0],
            octaves: vec![1.0; 3],
            costs: vec![1.0, 2.5, 8.0, 30.0],
            shape: SHAPES[0],
        };
        for _ in 0..20 {
            let found = hierarchy(&made_up.curve(&mut random, 0.02), &[exp2(KNOWN), exp2(25.4)]);
            let alone: Vec<bool> = found.levels.iter().map(|level| level.of_the_walk_alone).collect();
            assert_eq!(alone, [true, false, false, false], "{found:?}");
            let capacity = found.levels[1].capacity_bytes.map_or(0.0, log2);
            assert!((KNOWN..20.2).contains(&capacity), "{capacity}: {found:?}");
        }
    }
}
