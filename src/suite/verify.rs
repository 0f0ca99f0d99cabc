//! Whether each variant of a benchmark is right, without timing.

use super::Suite;
use crate::benchmark::Benchmark;
use crate::kernel::Variant;
use crate::measure::Fault;
use crate::record::{Entry, Outcome};
use crate::tune::{Checker, Defect, MOST_LOSSES};

/// One kernel's verification.
#[derive(Debug)]
pub struct Verification {
    /// The variant.
    pub variant: Variant,
    /// What was found.
    pub result: Result<(), Defect>,
}

impl Suite<'_> {
    /// Checks every seed of a benchmark that fits the device, without timing. The others are not tried after several took the device.
    ///
    /// # Errors
    /// The entry that says why none can run.
    pub fn verify(&mut self, benchmark: &'static Benchmark) -> Result<Vec<Verification>, Box<Entry>> {
        let (pool, _) = self.candidates(benchmark)?;
        let (mut results, mut losses) = (Vec::new(), 0);
        for variant in pool.seeds {
            if (self.stop)() || self.gone.is_some() && results.is_empty() {
                return Err(Box::new(Entry::without_figure(benchmark.id, Outcome::Skipped, self.why_stopped())));
            }
            let result = self.verify_one(variant, losses);
            losses += usize::from(matches!(&result, Err(Defect::Fault(fault)) if fault.is_loss()));
            results.push(Verification { variant, result });
        }
        Ok(results)
    }

    /// Checks one variant, on a fresh device where it takes this one; nothing after so many `losses`.
    fn verify_one(&mut self, variant: Variant, losses: usize) -> Result<(), Defect> {
        if self.gone.is_some() || losses == MOST_LOSSES {
            let why =
                if self.gone.is_some() { "the device is gone" } else { "others of this benchmark took the device" };
            return Err(Fault::Untried(why.to_owned()).into());
        }
        // A checker for each: what one variant breaks must not reach the next.
        let checker = Checker::new(self.device, variant.benchmark, self.plan.seed).map_err(Defect::from);
        let result = checker.and_then(|checker| checker.behind(self.guard).check(&variant));
        if matches!(&result, Err(Defect::Fault(fault)) if fault.is_loss()) {
            self.revive();
        }
        result
    }
}
