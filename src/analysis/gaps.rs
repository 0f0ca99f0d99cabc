//! The gap between claim and product: claim, register-resident peak, product.

use crate::benchmark::{Benchmark, CATALOGUE};
use crate::record::{Gap, Record, sound};
use crate::units::OpsPerSec;

/// The gaps of `record`, with what the maker claims of a benchmark's rate, in operations per second: one for each product of which the product or its peak is
/// measured soundly.
pub fn gaps(record: &Record, claimed: &dyn Fn(&Benchmark) -> Option<f64>) -> Vec<Gap> {
    let best = |id: &str| Some(sound(&record.entries, id)?.rates?.ops()?.best);
    let gap = |product: &Benchmark| {
        let peak = Benchmark::by_id(product.peak()?)?;
        let (at_peak, reached) = (best(peak.id), best(product.id));
        (at_peak.is_some() || reached.is_some())
            .then(|| Gap::between(product.id, claimed(peak).map(OpsPerSec::stated), at_peak, reached))
    };
    CATALOGUE.iter().filter_map(gap).collect()
}
