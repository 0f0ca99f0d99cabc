//! The gap between claim and product: claim, register-resident peak, product.

use crate::benchmark::{Benchmark, CATALOGUE};
use crate::record::{AtClock, Entry, Gap, Record, sound};

/// The gaps of `record`, with what the maker claims of a benchmark's rate, and with the core clock in hertz that was read at an entry's best rate: one for each
/// product of which the product or its peak is measured soundly.
pub fn gaps(
    record: &Record,
    claimed: &dyn Fn(&Benchmark) -> Option<AtClock>,
    clock_of: &dyn Fn(&Entry) -> Option<f64>,
) -> Vec<Gap> {
    let best = |id: &str| {
        let entry = sound(&record.entries, id)?;
        Some(AtClock { ops_per_s: entry.rates?.ops()?.best, core_hz: clock_of(entry) })
    };
    let gap = |product: &Benchmark| {
        let peak = Benchmark::by_id(product.peak()?)?;
        let (at_peak, reached) = (best(peak.id), best(product.id));
        (at_peak.is_some() || reached.is_some()).then(|| Gap::between(product.id, claimed(peak), at_peak, reached))
    };
    CATALOGUE.iter().filter_map(gap).collect()
}
