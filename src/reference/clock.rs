//! The clocks that a maker's claims hold at.

use super::card::{Card, Problem, ROUNDING};

/// Clocks of one card's claims are no further apart than this: matrix units of an H100 are rated at 1830 MHz, the others at 1980.
const APART: f64 = 1.25;

impl Card {
    /// A rate is what each unit does in one clock, times units and clock; and what a unit does, multiply-adds counted twice, is a power of two. A clock with
    /// which that does not come out is another one than the claim's.
    pub(super) fn check_clocks(&self) -> Result<(), Problem> {
        let problem = |what: String| Err(("clock_mhz".to_owned(), what));
        if self.clock_mhz.is_empty() != self.units.is_none() {
            return problem("`units` and `clock_mhz` say something together only".to_owned());
        }
        let units = f64::from(self.units.unwrap_or_default());
        for (format, mhz) in &self.clock_mhz {
            let Some(rate) = self.rates.get(format) else {
                return problem(format!("`{format}` has a clock and no rate"));
            };
            let each = rate * 1e6 / (mhz * units);
            let nearest = each.log2().round().exp2();
            // A comparison with NaN, as of a clock of zero, is false.
            let comes_out = each >= 1.0 - ROUNDING && (each / nearest - 1.0).abs() <= ROUNDING;
            if !comes_out {
                return problem(format!(
                    "`{format}`: {rate} TFLOP/s at {mhz} MHz are {each:.1} operations per clock of each of {units} units, \
                     which is no power of two"
                ));
            }
        }
        let [lowest, highest] =
            [f64::min, f64::max].map(|of| self.clock_mhz.values().copied().reduce(of).unwrap_or(1.0));
        if highest > lowest * APART {
            return problem(format!("clocks of one card are not as far apart as {lowest} and {highest} MHz"));
        }
        Ok(())
    }

    /// The clock in hertz that the claimed rate of `format` holds at, if that is established.
    pub fn rated_hz(&self, format: &str) -> Option<f64> {
        self.clock_mhz.get(format).map(|mhz| mhz * 1e6)
    }
}
