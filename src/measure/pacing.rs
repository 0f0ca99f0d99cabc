//! How many dispatches go into one submission: enough to hide its cost, few enough that no watchdog fires.

use crate::units::Seconds;

/// Splits dispatches into submissions that last no longer than a limit, learning from each how long a dispatch takes.
#[derive(Debug, Clone)]
pub struct Pacer {
    limit: Seconds,
    batch: u32,
}

impl Pacer {
    /// A pacer that knows nothing yet and begins with single dispatches.
    pub fn new(limit: Seconds) -> Self {
        Self { limit, batch: 1 }
    }

    /// Dispatches for the next submission when `left` are to be run: batches of nearly equal size.
    pub fn next(&self, left: u32) -> u32 {
        left.div_ceil(left.div_ceil(self.batch).max(1))
    }

    /// Learns that `dispatches` took `wall`. Grows at most four-fold at a time, since the first dispatch may have been fast by
    /// chance; shrinks at once.
    pub fn learn(&mut self, dispatches: u32, wall: Seconds) {
        let affordable = f64::from(dispatches) * self.limit.get() / wall.get().max(1e-9);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a u32 holds")]
        let affordable = affordable.clamp(1.0, 65536.0) as u32;
        self.batch = affordable.min(self.batch.saturating_mul(4)).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn submissions_grow_towards_the_limit_and_never_past_it() {
        let mut pacer = Pacer::new(Seconds::new(0.1));
        assert_eq!(pacer.next(100), 1, "the first is a single dispatch");
        for _ in 0..5 {
            let batch = pacer.next(1000);
            assert!(f64::from(batch) * 0.01 <= 0.1, "{batch} dispatches of 10 ms pass 100 ms");
            pacer.learn(batch, Seconds::new(f64::from(batch) * 0.01));
        }
        assert_eq!(pacer.next(1000), 10, "ten dispatches of 10 ms fill 100 ms");
        assert_eq!(pacer.next(11), 6, "what is left is halved evenly");
        pacer.learn(10, Seconds::new(5.0));
        assert_eq!(pacer.next(1000), 1, "a slow submission shrinks the next at once");
    }
}
