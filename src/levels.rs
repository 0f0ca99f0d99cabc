//! Plateaus of a curve over working sets: the levels of a memory hierarchy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::problem::binary;

/// One level of the hierarchy, as a curve shows it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Level {
    /// The largest working set that was as fast as the level is: it holds at least that much.
    pub holds_bytes: u64,
    /// The smallest that was slower; absent for the last level, memory itself, whose end was not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overflows_bytes: Option<u64>,
    /// The median of the level's rates, in the unit of the curve: bytes per second, or seconds for a read.
    pub value: f64,
    /// Its lowest and highest.
    pub range: [f64; 2],
}

impl Level {
    /// Whether a level from a stranger's file is one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn validate(&self) -> Result<(), String> {
        let numbers = [self.value, self.range[0], self.range[1]];
        let sound = numbers.iter().all(|number| number.is_finite() && *number > 0.0) && self.range[0] <= self.range[1];
        if sound { Ok(()) } else { Err("a level without a positive rate".to_owned()) }
    }

    /// Its size in words: what it holds for certain, and what it does not.
    pub fn size(&self) -> String {
        match self.overflows_bytes {
            Some(overflows) => format!("{} to {}", binary(self.holds_bytes), binary(overflows)),
            None => format!("memory (seen up to {})", binary(self.holds_bytes)),
        }
    }
}

/// What another level costs, in squared logarithms of a rate: noise of a twelfth in two points does not pay for one.
const COST: f64 = 0.012;

/// The levels that `points`, of (working set in bytes, rate), show, the smallest first; those less than a factor of `distinct` apart are one. A
/// piece of one point is a transition between levels.
///
/// Rates of larger sets are at most those of smaller ones, but for noise; the curve is made so. Then it is cut into pieces of constant rate by
/// dynamic programming, so that the squared deviations of logarithms and the number of pieces together cost the least.
pub fn find(points: &[(u64, f64)], distinct: f64) -> Vec<Level> {
    let falling = falling(points);
    let mut pieces: Vec<std::ops::Range<usize>> = cut(&falling).into_iter().filter(|piece| piece.len() > 1).collect();
    merge(&falling, &mut pieces, distinct);
    let level = |(number, piece): (usize, &std::ops::Range<usize>)| {
        let mut rates: Vec<f64> = points[piece.clone()].iter().map(|(_, rate)| *rate).collect();
        rates.sort_by(f64::total_cmp);
        Level {
            holds_bytes: points[piece.end - 1].0,
            overflows_bytes: (number + 1 < pieces.len()).then(|| points[piece.end].0),
            value: f64::midpoint(rates[(rates.len() - 1) / 2], rates[rates.len() / 2]),
            range: [rates[0], rates[rates.len() - 1]],
        }
    };
    pieces.iter().enumerate().map(level).collect()
}

/// Logarithms of the rates, made to fall: a dip between two neighbours is filled, since whatever disturbs a machine makes it slower; then what rises
/// is averaged with what comes before (isotonic regression by pooling adjacent violators, Barlow et al. 1972).
fn falling(points: &[(u64, f64)]) -> Vec<f64> {
    let logs: Vec<f64> = points.iter().map(|(_, rate)| rate.ln()).collect();
    let at = |place: usize| logs.get(place).copied().unwrap_or(f64::NEG_INFINITY);
    let filled = (0..logs.len()).map(|place| at(place).max(at(place.wrapping_sub(1)).min(at(place + 1))));
    // Each block's mean, and how many points it has.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for log in filled {
        let mut block = (log, 1);
        while let Some(&(mean, count)) = blocks.last()
            && mean < block.0
        {
            blocks.pop();
            let both = count + block.1;
            #[expect(clippy::cast_precision_loss, reason = "points are few")]
            let pooled = (mean * count as f64 + block.0 * block.1 as f64) / both as f64;
            block = (pooled, both);
        }
        blocks.push(block);
    }
    blocks.into_iter().flat_map(|(mean, count)| std::iter::repeat_n(mean, count)).collect()
}

/// The cheapest cut into pieces.
fn cut(logs: &[f64]) -> Vec<std::ops::Range<usize>> {
    // For every end, the cost of the best cut up to it, and where its last piece begins.
    let mut best = vec![(0.0, 0)];
    for end in 1..=logs.len() {
        let costs = (0..end).map(|start| (best[start].0 + COST + deviation(&logs[start..end]), start));
        best.push(costs.min_by(|one, other| one.0.total_cmp(&other.0)).unwrap_or((0.0, 0)));
    }
    let mut pieces = Vec::new();
    let mut end = logs.len();
    while end > 0 {
        pieces.push(best[end].1..end);
        end = best[end].1;
    }
    pieces.reverse();
    pieces
}

#[expect(clippy::cast_precision_loss, reason = "points are few")]
fn mean(logs: &[f64]) -> f64 {
    logs.iter().sum::<f64>() / logs.len() as f64
}

fn deviation(logs: &[f64]) -> f64 {
    let mean = mean(logs);
    logs.iter().map(|log| (log - mean).powi(2)).sum()
}

/// Makes one of neighbours that are not distinct.
fn merge(logs: &[f64], pieces: &mut Vec<std::ops::Range<usize>>, distinct: f64) {
    let mut at = 1;
    while at < pieces.len() {
        let apart = mean(&logs[pieces[at - 1].clone()]) - mean(&logs[pieces[at].clone()]);
        if apart < distinct.ln() {
            pieces[at - 1].end = pieces[at].end;
            pieces.remove(at);
        } else {
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes from 4 KiB in steps of √2 with the rates that `rate` gives.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small positive sizes")]
    fn curve(rate: impl Fn(f64) -> f64) -> Vec<(u64, f64)> {
        (0..32)
            .map(|step| 4096.0 * f64::from(step).mul_add(0.5, 0.0).exp2())
            .map(|bytes| (bytes as u64, rate(bytes)))
            .collect()
    }

    #[test]
    fn levels_of_a_made_up_card_are_found_with_their_sizes() {
        let noise = |bytes: f64| 1.0 + 0.03 * (bytes * 7.0).sin();
        let points = curve(|bytes| {
            noise(bytes)
                * if bytes <= 131_072.0 {
                    10e12
                } else if bytes <= 4e6 {
                    4e12
                } else {
                    1e12
                }
        });
        let levels = find(&points, 1.08);
        assert_eq!(levels.len(), 3, "{levels:?}");
        for (level, size) in levels.iter().zip([131_072, 4_000_000]) {
            let overflows = level.overflows_bytes.expect("not the last");
            assert!(level.holds_bytes <= size && size <= overflows, "{size}: {level:?}");
        }
        assert!((levels[2].value / 1e12 - 1.0).abs() < 0.05 && levels[2].overflows_bytes.is_none(), "{levels:?}");
    }

    #[test]
    fn a_flat_noisy_curve_has_one_level() {
        let levels = find(&curve(|bytes| 1e11 * (1.0 + 0.05 * (bytes * 3.0).cos())), 1.08);
        assert_eq!(levels.len(), 1, "{levels:?}");
    }

    #[test]
    fn no_points_have_no_levels() {
        assert_eq!(find(&[], 1.08), vec![]);
    }
}
