//! From what a maker claims to what a product reaches.

use serde::{Deserialize, Serialize};

use crate::units::OpsPerSec;

/// A rate, and the core clock that it was reached at, or is claimed at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AtClock {
    /// The rate.
    pub ops_per_s: OpsPerSec,
    /// The clock in hertz, where it is established.
    pub core_hz: Option<f64>,
}

impl AtClock {
    /// The clock, if it is one: files may state anything.
    fn clock(self) -> Option<f64> {
        self.core_hz.filter(|hz| hz.is_finite() && *hz > 0.0)
    }

    /// Operations per clock.
    fn per_clock(self) -> Option<f64> {
        Some(self.ops_per_s.get() / self.clock()?)
    }
}

/// The gap between the claimed rate of one number format and what is reached: what registers reach of it, and what a product reaches of that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Gap {
    /// Id of the product's benchmark.
    pub product: String,
    /// What the card's maker claims, where the card is known and the maker claims it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_ops_per_s: Option<OpsPerSec>,
    /// The core clock that the claim holds at, in hertz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_core_hz: Option<f64>,
    /// The best of the register-resident kernel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_ops_per_s_best: Option<OpsPerSec>,
    /// The core clock that was read at that, in hertz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_core_hz: Option<f64>,
    /// The best of the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_ops_per_s_best: Option<OpsPerSec>,
    /// The core clock that was read at that, in hertz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_core_hz: Option<f64>,
    /// Peak over claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_of_claimed: Option<f64>,
    /// Peak over what the claim is at the peak's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_of_claimed_at_clock: Option<f64>,
    /// Product over peak.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_of_peak: Option<f64>,
    /// Product over what the peak is at the product's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_of_peak_at_clock: Option<f64>,
}

impl Gap {
    /// The gap between three rates, of which some may not be known, nor the clocks of those that are.
    pub fn between(product: &str, claimed: Option<AtClock>, peak: Option<AtClock>, reached: Option<AtClock>) -> Self {
        let rate = |one: Option<AtClock>| one.map(|one| one.ops_per_s);
        let clock = |one: Option<AtClock>| one.and_then(AtClock::clock);
        let share = |part: Option<AtClock>, whole: Option<AtClock>| Some(part?.ops_per_s / whole?.ops_per_s);
        let share_at_clock =
            |part: Option<AtClock>, whole: Option<AtClock>| Some(part?.per_clock()? / whole?.per_clock()?);
        Self {
            product: product.to_owned(),
            claimed_ops_per_s: rate(claimed),
            claimed_core_hz: clock(claimed),
            peak_ops_per_s_best: rate(peak),
            peak_core_hz: clock(peak),
            product_ops_per_s_best: rate(reached),
            product_core_hz: clock(reached),
            peak_of_claimed: share(peak, claimed),
            peak_of_claimed_at_clock: share_at_clock(peak, claimed),
            product_of_peak: share(reached, peak),
            product_of_peak_at_clock: share_at_clock(reached, peak),
        }
    }

    /// What the claim is at the clock that was read at the peak.
    pub fn claimed_at_clock(&self) -> Option<OpsPerSec> {
        let times = self.peak_core_hz? / self.claimed_core_hz?;
        Some(OpsPerSec::stated(self.claimed_ops_per_s?.get() * times))
    }

    /// Whether a clock says more about it than the rates alone.
    pub fn is_at_clock(&self) -> bool {
        self.peak_of_claimed_at_clock.is_some() || self.product_of_peak_at_clock.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{AtClock, Gap};
    use crate::units::OpsPerSec;

    fn at(ops_per_s: f64, core_hz: Option<f64>) -> Option<AtClock> {
        Some(AtClock { ops_per_s: OpsPerSec::stated(ops_per_s), core_hz })
    }

    fn close(share: Option<f64>, expected: f64) -> bool {
        share.is_some_and(|share| (share - expected).abs() < 1e-9)
    }

    /// An H100's tensor cores by hand: 132 units with 4096 operations are 540,672 per clock. The claim at 1830 MHz is 989.43 TFLOP/s, at 1500 MHz 811.008. A
    /// peak of 801 is 98.766 % of that, and a product of 700 at 1400 MHz does 500,000 per clock of the peak's 534,000.
    #[test]
    fn shares_at_clocks_are_those_of_operations_per_clock() {
        let each = 540_672.0;
        let gap = Gap::between("a", at(each * 1.83e9, Some(1.83e9)), at(801e12, Some(1.5e9)), at(700e12, Some(1.4e9)));
        assert!(close(gap.peak_of_claimed, 801e12 / (each * 1.83e9)), "{gap:?}");
        assert!(close(gap.peak_of_claimed_at_clock, 801.0 / 811.008), "{gap:?}");
        assert!(close(gap.claimed_at_clock().map(|rate| rate.get() * 1e-12), 811.008), "{gap:?}");
        assert!(close(gap.product_of_peak, 700.0 / 801.0), "{gap:?}");
        assert!(close(gap.product_of_peak_at_clock, 500.0 / 534.0), "{gap:?}");
        assert_eq!((gap.peak_core_hz, gap.product_core_hz, gap.is_at_clock()), (Some(1.5e9), Some(1.4e9), true));
    }

    /// Nothing is guessed: each share at a clock needs both of its clocks, and a clock of zero is none.
    #[test]
    fn a_clock_that_is_not_established_gives_no_share() {
        let rated = Some(1.98e9);
        let shares = |claimed: Option<f64>, peak: Option<f64>, reached: Option<f64>| {
            let gap = Gap::between("a", at(66.9e12, claimed), at(60e12, peak), at(50e12, reached));
            assert!(gap.peak_of_claimed.is_some() && gap.product_of_peak.is_some(), "rates need no clock: {gap:?}");
            assert_eq!(gap.claimed_at_clock().is_some(), gap.peak_of_claimed_at_clock.is_some(), "{gap:?}");
            (gap.peak_of_claimed_at_clock.is_some(), gap.product_of_peak_at_clock.is_some())
        };
        assert_eq!(shares(rated, None, Some(1.7e9)), (false, false), "the peak's clock is not known");
        assert_eq!(shares(None, Some(1.8e9), Some(1.7e9)), (false, true), "the claim's is not");
        assert_eq!(shares(rated, Some(1.8e9), None), (true, false), "the product's is not");
        for none in [0.0, -1.8e9, f64::NAN, f64::INFINITY] {
            assert_eq!(shares(rated, Some(none), Some(1.7e9)), (false, false), "{none}");
        }
        assert!(!Gap::between("a", at(66.9e12, rated), None, at(50e12, Some(1.7e9))).is_at_clock(), "no peak");
    }

    #[test]
    fn gaps_of_older_records_are_read() {
        let older = r#"{"product":"matmul/f32","peak_ops_per_s_best":2e13,"product_ops_per_s_best":1e13,"product_of_peak":0.5}"#;
        let gap: Gap = serde_json::from_str(older).expect("a gap");
        assert_eq!(gap, Gap::between("matmul/f32", None, at(2e13, None), at(1e13, None)));
        assert_eq!(
            serde_json::to_string(&gap).expect("JSON"),
            older.replace("2e13", "20000000000000.0").replace("1e13", "10000000000000.0")
        );
    }
}
