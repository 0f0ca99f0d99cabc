//! Where the claimed rate goes: claim, register-resident peak, product.

use super::evidence::claimed_rate;
use super::part::Part;
use crate::crosscheck::CEILINGS;
use crate::record::{Gap, Record};
use crate::reference::{Card, Reference};
use crate::units::OpsPerSec;

/// Its products run on the units of that peak, but may do more at once: no ceiling.
const MIXED: (&str, &str) = ("matmul/f16-f32", "peak/f32");

/// The gaps of `record`, of `part` of `card` where that is known: one for each product of which the product or its peak is measured soundly.
pub fn gaps(record: &Record, card: Option<&Card>, part: &Part, reference: &Reference) -> Vec<Gap> {
    let best = |id: &str| -> Option<OpsPerSec> {
        let entry = record.entries.iter().find(|entry| entry.id == id && entry.is_sound())?;
        entry.rates?.ops_per_s_best
    };
    let claimed = |peak: &str| claimed_rate(peak, card?, part, reference);
    let gap = |(product, peak): (&str, &str)| {
        let (at_peak, reached) = (best(peak), best(product));
        (at_peak.is_some() || reached.is_some()).then(|| Gap::between(product, claimed(peak), at_peak, reached))
    };
    CEILINGS.into_iter().chain([MIXED]).filter_map(gap).collect()
}
