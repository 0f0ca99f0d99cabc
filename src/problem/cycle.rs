//! A random cycle through all entries of an array, without keeping one: every entry's successor follows from its place.

/// A cycle of `length` entries. Entry number t is P(t), where P is a random permutation: a Feistel network over the smallest even
/// number of bits, walked on where it leaves the range (Black and Rogaway, CT-RSA 2002).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cycle {
    length: u64,
    half_bits: u32,
    seed: u64,
}

/// Luby and Rackoff need four for a permutation that looks random.
const ROUNDS: u64 = 4;

impl Cycle {
    /// The cycle that follows from `seed`.
    ///
    /// # Panics
    /// Without entries.
    pub fn new(length: u64, seed: u64) -> Self {
        let bits = length.checked_sub(1).expect("a cycle has entries").checked_ilog2().map_or(1, |log| log + 1);
        Self { length, half_bits: bits.div_ceil(2), seed }
    }

    /// The entry after `entry`.
    pub fn after(&self, entry: u64) -> u64 {
        self.steps_after(entry, 1)
    }

    /// The entry `steps` steps after `entry`.
    pub fn steps_after(&self, entry: u64, steps: u64) -> u64 {
        let (time, steps) = (self.walk(entry, Self::backward), steps % self.length);
        self.walk((time + steps) % self.length, Self::forward)
    }

    /// Applies a permutation of a larger range until it comes back into this one.
    fn walk(&self, start: u64, step: fn(&Self, u64) -> u64) -> u64 {
        let mut value = step(self, start);
        while value >= self.length {
            value = step(self, value);
        }
        value
    }

    fn forward(&self, value: u64) -> u64 {
        let (mut left, mut right) = self.halves(value);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ self.mixed(right, round));
        }
        left << self.half_bits | right
    }

    fn backward(&self, value: u64) -> u64 {
        let (mut left, mut right) = self.halves(value);
        for round in (0..ROUNDS).rev() {
            (left, right) = (right ^ self.mixed(left, round), left);
        }
        left << self.half_bits | right
    }

    fn halves(&self, value: u64) -> (u64, u64) {
        (value >> self.half_bits, value & self.mask())
    }

    fn mask(&self) -> u64 {
        (1 << self.half_bits) - 1
    }

    fn mixed(&self, half: u64, round: u64) -> u64 {
        let mixed = (half ^ self.seed.rotate_left(16)).wrapping_add(round + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33) & self.mask()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cycle_visits_every_entry_once() {
        for length in [1, 2, 3, 64, 91, 1000, 4096, 65_537] {
            let cycle = Cycle::new(length, 20_220_826);
            let mut visited = vec![false; usize::try_from(length).expect("small")];
            let mut at = 0;
            for step in 0..length {
                let place = usize::try_from(at).expect("small");
                assert!(!std::mem::replace(&mut visited[place], true), "{at} of {length} twice, after {step} steps");
                assert_eq!(cycle.steps_after(0, step), at, "{step} steps at once");
                at = cycle.after(at);
            }
            assert_eq!(at, 0, "{length} entries lead back");
        }
    }

    #[test]
    fn neighbours_in_time_are_far_apart_in_memory() {
        let cycle = Cycle::new(1 << 16, 7);
        let near = (0..1000).filter(|&entry| cycle.after(entry).abs_diff(entry) < 64).count();
        assert!(near < 20, "{near} of 1000 steps end within 64 entries");
    }
}
