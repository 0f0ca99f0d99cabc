//! Where the claimed rate goes: claim, register-resident peak, product.

use super::evidence::format_of;
use crate::record::{Gap, Record};
use crate::reference::{Card, Reference};
use crate::units::OpsPerSec;

/// Products and the peaks of the units that they run on. A product of halves with single-precision sums runs at the rate of single precision.
const PAIRS: [(&str, &str); 9] = [
    ("matmul/f32", "peak/f32"),
    ("matmul/f16", "peak/f16"),
    ("matmul/f16-f32", "peak/f32"),
    ("matmul/f64", "peak/f64"),
    ("matmul/i8-i32", "peak/i8"),
    ("matmul/coop/f16-f32", "peak/coop/f16-f32"),
    ("matmul/coop/f16", "peak/coop/f16"),
    ("matmul/coop/f32", "peak/coop/f32"),
    ("matmul/coop/i8-i32", "peak/coop/i8-i32"),
];

/// The gaps of `record`, of `card` where it is known: one for each product of which the product or its peak is measured soundly.
pub fn gaps(record: &Record, card: Option<&Card>, reference: &Reference) -> Vec<Gap> {
    let best = |id: &str| -> Option<OpsPerSec> {
        let entry = record.entries.iter().find(|entry| entry.id == id && entry.is_sound())?;
        entry.rates?.ops_per_s_best
    };
    let claimed = |peak: &str| {
        let (format, _) = format_of(peak, reference)?;
        Some(card?.rates.get(format)? * 1e12)
    };
    let gap = |(product, peak): (&str, &str)| {
        let (at_peak, reached) = (best(peak), best(product));
        (at_peak.is_some() || reached.is_some()).then(|| Gap::between(product, claimed(peak), at_peak, reached))
    };
    PAIRS.into_iter().filter_map(gap).collect()
}
