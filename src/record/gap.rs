//! From what a maker claims to what a product reaches.

use serde::{Deserialize, Serialize};

use crate::units::OpsPerSec;

/// The gap between the claimed rate of one number format and what is reached: what registers reach of it, and what a product reaches of that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Gap {
    /// Id of the product's benchmark.
    pub product: String,
    /// What the card's maker claims, where the card is known and the maker claims it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_ops_per_s: Option<OpsPerSec>,
    /// The best of the register-resident kernel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_ops_per_s_best: Option<OpsPerSec>,
    /// The best of the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_ops_per_s_best: Option<OpsPerSec>,
    /// Peak over claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_of_claimed: Option<f64>,
    /// Product over peak.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_of_peak: Option<f64>,
}

impl Gap {
    /// The gap between three rates, of which some may not be known.
    pub fn between(
        product: &str,
        claimed: Option<OpsPerSec>,
        peak: Option<OpsPerSec>,
        reached: Option<OpsPerSec>,
    ) -> Self {
        let share = |part: Option<OpsPerSec>, whole: Option<OpsPerSec>| Some(part? / whole?);
        Self {
            product: product.to_owned(),
            claimed_ops_per_s: claimed,
            peak_ops_per_s_best: peak,
            product_ops_per_s_best: reached,
            peak_of_claimed: share(peak, claimed),
            product_of_peak: share(reached, peak),
        }
    }
}
