//! Is the answer right at the very size that is timed?

use super::fit::Fitted;
use super::{Prepared, Suite};
use crate::check::{self, Check};
use crate::kernel::Variant;
use crate::measure::Session;
use crate::problem::{Fill, Operands, Problem};
use crate::record::Entry;
use crate::tune::Defect;
use crate::units::Seconds;

/// Elements of a timed product that are compared one by one with an f64 reference.
const SAMPLED_ELEMENTS: usize = 512;

/// The phase that loads the operands of the timed size and checks its answers.
pub(super) const CHECKING_THE_SIZE: &str = "checking the timed size";

impl Suite<'_> {
    /// Checks the winner on integers at the very size to be timed, and loads the random data.
    pub(super) fn confirm(
        &self,
        fitted: Fitted,
        winner: &Variant,
        draft: &Entry,
        smaller: Option<(Problem, Seconds)>,
    ) -> Result<Prepared, Defect> {
        let Fitted { problem, mut session, .. } = fitted;
        self.begin(CHECKING_THE_SIZE);
        session.select(winner)?;
        let check = if is_compared_in_part(&problem) {
            self.check_integers(session.as_mut(), winner, problem)?
        } else {
            self.check_random(session.as_mut(), winner, problem)?
        };
        Ok(Prepared {
            session,
            problem,
            variant: *winner,
            seed: self.plan.seed,
            draft: draft.clone(),
            check,
            smaller,
            last_cache: self.caches.last(),
        })
    }

    /// Compares the checksum of a product or a peak of integers, and loads the random data again.
    fn check_integers(&self, session: &mut dyn Session, winner: &Variant, problem: Problem) -> Result<Check, Defect> {
        let integers = Operands::new(problem, Fill::Integers, self.plan.seed);
        session.load(&integers)?;
        session.time(1)?;
        let dispatched = session.dispatched();
        let read = &mut |range| Ok::<_, Defect>(session.output(range)?);
        let check = check::integer_checksum(&integers, winner, dispatched, read, self.plan.seed)?;
        session.load(&Operands::new(problem, Fill::Random, self.plan.seed))?;
        Ok(check)
    }

    /// Compares all of an answer on the random data that is there.
    fn check_random(&self, session: &mut dyn Session, winner: &Variant, problem: Problem) -> Result<Check, Defect> {
        session.clear()?;
        session.time(1)?;
        let check = sampled(session, winner, &Operands::new(problem, Fill::Random, self.plan.seed), self.plan.seed)?;
        session.clear()?;
        Ok(check)
    }
}

/// Whether random data are compared at some elements only, so that integers have to be compared before.
fn is_compared_in_part(problem: &Problem) -> bool {
    matches!(problem, Problem::Matmul { .. } | Problem::Peak { .. } | Problem::MatrixPeak { .. })
}

/// Compares what the timed dispatches of `variant` left behind in `session`, as far as that is compared after timing.
pub(super) fn sampled(
    session: &mut dyn Session,
    variant: &Variant,
    operands: &Operands,
    seed: u64,
) -> Result<Check, Defect> {
    let dispatched = session.dispatched();
    let read = &mut |range| Ok::<_, Defect>(session.output(range)?);
    check::sampled(operands, variant, dispatched, read, SAMPLED_ELEMENTS, seed)
}
