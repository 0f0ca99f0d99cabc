//! Where the claimed rate goes: claim, register-resident peak, product.

use super::crosscheck::CEILINGS;
use crate::record::{Gap, Record};
use crate::units::OpsPerSec;

/// Its products run on the units of that peak, but may do more at once: no ceiling.
const MIXED: (&str, &str) = ("matmul/f16-f32", "peak/f32");

/// The gaps of `record`, with what the maker claims of a benchmark's rate, in operations per second: one for each product of which the product or its peak is
/// measured soundly.
pub fn gaps(record: &Record, claimed: &dyn Fn(&str) -> Option<f64>) -> Vec<Gap> {
    let best = |id: &str| -> Option<OpsPerSec> {
        let entry = record.entries.iter().find(|entry| entry.id == id && entry.is_sound())?;
        Some(entry.rates?.ops()?.best)
    };
    let gap = |(product, peak): (&str, &str)| {
        let (at_peak, reached) = (best(peak), best(product));
        (at_peak.is_some() || reached.is_some())
            .then(|| Gap::between(product, claimed(peak).map(OpsPerSec::stated), at_peak, reached))
    };
    CEILINGS.into_iter().chain([MIXED]).filter_map(gap).collect()
}
