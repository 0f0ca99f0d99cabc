//! What is known of the device's caches: memory passes have to go over far more than the last one holds.

use crate::adapter::{Adapter, AdapterKind};
use crate::measure::levels::Level;

/// The caches that a sweep has found, or a probe of the last one.
#[derive(Debug, Default)]
pub(super) struct Caches {
    /// Their capacities in bytes, ascending; `None` before either was made.
    capacities: Option<Vec<u64>>,
    /// Whether the last of them is hardly faster than memory, so that its capacity is not sure.
    is_blurred: bool,
    /// The largest set of a sweep that ended inside a cache, in bytes.
    not_overflowed: Option<u64>,
}

/// Memory costs more than the last cache by this factor, or else something in between limits the kernel: what the cache holds is then hardly seen, and a kernel
/// that is not limited may see more of it.
const SHARP: f64 = 1.5;

impl Caches {
    /// Takes up the `levels` of a sweep, with costs as values.
    pub(super) fn learn(&mut self, levels: &[Level]) {
        self.capacities = Some(levels.iter().filter_map(|level| level.capacity_bytes).collect());
        self.is_blurred = levels.windows(2).next_back().is_some_and(|last| last[1].value < SHARP * last[0].value);
    }

    /// Takes up that a sweep ended at a set of so many bytes, which a cache holds in part; of none, that it did not.
    pub(super) fn ended_inside(&mut self, largest_set: Option<u64>) {
        self.not_overflowed = largest_set;
    }

    /// Whether they have been looked for.
    pub(super) fn are_known(&self) -> bool {
        self.capacities.is_some()
    }

    /// Their capacities in bytes, ascending; none before they were looked for.
    pub(super) fn capacities(&self) -> &[u64] {
        self.capacities.as_deref().unwrap_or_default()
    }

    /// Bytes that the last cache holds, where one was found.
    pub(super) fn last(&self) -> Option<u64> {
        self.capacities().last().copied()
    }

    /// Bytes of the largest cache that memory passes on `adapter` may meet, where that follows from what was found.
    pub(super) fn largest_to_exceed(&self, adapter: &Adapter) -> Option<u64> {
        // Others use a processor's caches too: its sweep may show less than half of them, and half a pass may fit what is there.
        let shows_less = self.is_blurred || adapter.software;
        self.last().max(self.not_overflowed).max(shows_less.then(|| expected_cache(adapter)))
    }
}

/// The largest cache to be expected, in bytes, where none is known.
pub(super) fn expected_cache(adapter: &Adapter) -> u64 {
    match adapter.kind {
        // What processors have for each slice of their cores.
        _ if adapter.software => 32 << 20,
        AdapterKind::Integrated => 64 << 20,
        // That of any card to date but for AMD's, which the sweep finds.
        _ => 128 << 20,
    }
}
