//! What a stretch of machine code takes of the parts of a unit, in clocks of that unit.

use super::forecast::middle;
use super::machine::{Machine, Pair, Slots};
use crate::machine_code::Profile;

/// Clocks that some work takes of one part: where all goes well, and where not.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cost {
    pub(crate) part: String,
    pub(crate) clocks: Pair,
    /// Whether the part moves data, and so may wait for arithmetic or be waited for.
    pub(crate) moves: bool,
}

impl Cost {
    pub(crate) fn new(part: &str, clocks: Pair, moves: bool) -> Self {
        Self { part: part.to_owned(), clocks, moves }
    }
}

/// Clocks of a unit's schedulers for `times` turns of `profile` by one subgroup of `lanes`, of which `busy` are those of the pipes that a
/// multiply-add occupies.
pub(crate) fn slots(machine: &Machine, profile: &Profile, lanes: f64, times: f64, busy: f64) -> f64 {
    let unit = &machine.figures.unit;
    let clocks = |instructions: f64, at_once: f64| times * instructions * lanes / (unit.schedulers * at_once);
    let arithmetic = f64::from(profile.arithmetic);
    match unit.slots {
        Slots::Every => clocks(f64::from(profile.instructions), unit.lanes),
        Slots::Vector => {
            let moved: u32 = profile.loads.values().chain(profile.stores.values()).sum();
            let beside = profile.waits + moved + profile.arithmetic + profile.matrix;
            let others = f64::from(profile.instructions.saturating_sub(beside));
            clocks(others, unit.lanes) + clocks(arithmetic, unit.arithmetic_lanes).max(busy)
        }
    }
}

/// Bytes that loads and stores of a subgroup ask for in `space`, each access of 32 bits a lane at the least: narrower ones take as long.
pub(crate) fn bytes(profile: &Profile, space: &str, lanes: f64) -> f64 {
    let all = profile.loads.iter().chain(&profile.stores);
    let of = all.filter_map(|(name, count)| Some((name.strip_prefix(space)?.trim().parse::<u32>().ok()?, *count)));
    of.map(|(bits, count)| f64::from(bits.max(32)) / 8.0 * f64::from(count)).sum::<f64>() * lanes
}

/// Bytes of its stores alone.
pub(crate) fn stored(profile: &Profile, space: &str, lanes: f64) -> f64 {
    bytes(&Profile { loads: std::collections::BTreeMap::new(), ..profile.clone() }, space, lanes)
}

/// What limits work of those costs. The least time is that of the part that takes longest, as though all parts worked at once; the most is
/// that of the longest arithmetic and the longest movement, as though these took turns.
pub(crate) fn together(costs: &[Cost]) -> (Pair, String) {
    let longest = |moves: Option<bool>, end: usize| {
        let of = costs.iter().filter(|cost| moves.is_none_or(|moves| cost.moves == moves));
        of.map(|cost| cost.clocks[end]).fold(0.0, f64::max)
    };
    let most = longest(Some(false), 1) + longest(Some(true), 1);
    ([longest(None, 0), most], tightest(costs.iter().map(|cost| (cost.part.as_str(), middle(cost.clocks)))))
}

/// The part that takes longest, and those that come within a fiftieth of it.
pub(crate) fn tightest<'a>(parts: impl Iterator<Item = (&'a str, f64)> + Clone) -> String {
    let longest = parts.clone().map(|(_, clocks)| clocks).fold(0.0, f64::max);
    let near: Vec<&str> = parts.filter(|(_, clocks)| *clocks >= 0.98 * longest).map(|(part, _)| part).collect();
    near.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::machine;
    use super::*;

    fn profile() -> Profile {
        let access = |name: &str, count| (name.to_owned(), count);
        Profile {
            instructions: 100,
            multiply_adds: 64,
            arithmetic: 64,
            waits: 4,
            loads: [access("workgroup 128", 8), access("global 128", 4)].into(),
            stores: [access("workgroup 16", 2)].into(),
            ..Profile::default()
        }
    }

    fn chip(name: &str) -> Machine {
        machine::all().expect("machines.toml").into_iter().find(|one| one.chip == name).expect("a chip")
    }

    #[test]
    fn every_instruction_takes_a_slot_on_nvidia_and_vector_arithmetic_alone_on_amd() {
        // A hundred instructions of 32 lanes, four schedulers of 32: 25 clocks.
        assert!((slots(&chip("gh100"), &profile(), 32.0, 1.0, 16.0) - 25.0).abs() < 1e-9);
        // 18 others of 64 lanes on two times 32, then 64 multiply-adds, two waves' halves at once: 18 + 32.
        assert!((slots(&chip("navi31"), &profile(), 64.0, 1.0, 32.0) - 50.0).abs() < 1e-9);
        // On four times 16 lanes nothing is paired: 18 + 64.
        assert!((slots(&chip("gfx942"), &profile(), 64.0, 1.0, 32.0) - 82.0).abs() < 1e-9);
    }

    #[test]
    fn narrow_accesses_count_as_words() {
        assert!((bytes(&profile(), "workgroup", 32.0) - 32.0 * (8.0 * 16.0 + 2.0 * 4.0)).abs() < 1e-9);
        assert!((stored(&profile(), "workgroup", 32.0) - 32.0 * 8.0).abs() < 1e-9);
        assert!((bytes(&profile(), "global", 32.0) - 32.0 * 64.0).abs() < 1e-9);
    }

    #[test]
    fn what_overlaps_and_what_takes_turns() {
        let costs =
            [Cost::new("a", [10.0, 10.0], false), Cost::new("b", [4.0, 20.0], true), Cost::new("c", [6.0, 6.0], true)];
        let (range, limit) = together(&costs);
        assert_eq!((range, limit.as_str()), ([10.0, 30.0], "a"));
        assert_eq!(tightest([("a", 10.0), ("b", 9.9), ("c", 9.7)].into_iter()), "a, b");
    }
}
