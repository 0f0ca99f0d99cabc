//! From a kernel's text to its first answer.

use std::ops::Range;
use std::rc::Rc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::gpu::OpenDevice;
use super::session::GpuSession;
use crate::kernel::{Counter, Shape, Variant};
use crate::measure::{Fault, Sample, Session};
use crate::problem::{Operands, Overhead, Problem};
use crate::units::Seconds;

/// A session each of whose dispatches is the first of a pipeline that was made for it.
pub(super) struct PipelineSession {
    open: Rc<OpenDevice>,
    session: GpuSession,
    variant: Option<Variant>,
    /// Whether each text is to be a new one, which no cache of the driver's knows.
    cold: bool,
    novelty: u32,
}

impl PipelineSession {
    pub(super) fn new(open: Rc<OpenDevice>, problem: Problem) -> Result<Self, Fault> {
        let cold = matches!(problem, Problem::Overhead { what: Overhead::PipelineCold, .. });
        let session = GpuSession::new(Rc::clone(&open), problem)?;
        // Drivers keep what they compiled from run to run.
        let novelty = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |now| now.subsec_nanos());
        Ok(Self { open, session, variant: None, cold, novelty })
    }

    fn one(&mut self, variant: Variant) -> Result<Sample, Fault> {
        let mut variant = variant;
        if self.cold {
            self.novelty = self.novelty.wrapping_add(1).max(1);
            variant.shape = Shape::Counter(Counter { novelty: self.novelty });
        }
        let text = self.open.compiler.text(&variant);
        let start = Instant::now();
        let pipeline = self.open.compiler.fresh_pipeline(&variant, &text)?;
        self.session.take(pipeline, &variant)?;
        let first = self.session.time(1)?;
        Ok(Sample { gpu_s: None, wall_s: Seconds::from(start.elapsed()), ..first })
    }
}

impl Session for PipelineSession {
    fn load(&mut self, operands: &Operands) -> Result<(), Fault> {
        self.session.load(operands)
    }

    fn clear(&mut self) -> Result<(), Fault> {
        self.session.clear()
    }

    fn select(&mut self, variant: &Variant) -> Result<(), Fault> {
        self.variant = Some(*variant);
        self.session.select(variant)
    }

    fn time(&mut self, dispatches: u32) -> Result<Sample, Fault> {
        let variant = self.variant.ok_or(Fault::Misuse("no kernel was selected"))?;
        let mut total = self.one(variant)?;
        for _ in 1..dispatches {
            total = total.and(self.one(variant)?);
        }
        Ok(total)
    }

    fn dispatched(&self) -> u64 {
        self.session.dispatched()
    }

    fn output(&mut self, range: Range<u64>) -> Result<Vec<u8>, Fault> {
        self.session.output(range)
    }
}
