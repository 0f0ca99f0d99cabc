//! GPU timestamps at both ends of a compute pass, or of other commands.

use std::cell::Cell;

use super::gpu::OpenDevice;
use super::readback::read;
use crate::measure::Fault;
use crate::units::Seconds;

/// Two timestamps and the buffers they travel through.
pub(super) struct Timestamps {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    period_s: f64,
    valid_bits: u32,
    between_passes: bool,
    /// The last end seen: a clock that is read again is never earlier.
    last: Cell<u64>,
}

const SIZE: u64 = 16;

/// Fewer ticks than this are no hundredth of what they measure.
const FEWEST_TICKS: f64 = 100.0;

impl Timestamps {
    /// `None` where the device has no timestamps.
    pub(super) fn new(open: &OpenDevice) -> Result<Option<Self>, Fault> {
        if !open.device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return Ok(None);
        }
        open.device.guarded(|| {
            let queries = open.device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("pass"),
                ty: wgpu::QueryType::Timestamp,
                count: 2,
            });
            let resolved = open.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("timestamps"),
                size: SIZE,
                usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            });
            Some(Self {
                queries,
                resolved,
                period_s: f64::from(open.queue.get_timestamp_period()) * 1e-9,
                valid_bits: open.timestamp_bits,
                last: Cell::new(0),
                between_passes: open.device.features().contains(wgpu::Features::TIMESTAMP_QUERY_INSIDE_ENCODERS),
            })
        })
    }

    /// What a pass has to be given so that its ends are stamped.
    pub(super) fn writes(&self) -> wgpu::ComputePassTimestampWrites<'_> {
        wgpu::ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(0),
            end_of_pass_write_index: Some(1),
        }
    }

    /// Whether commands outside of passes can be stamped.
    pub(super) fn stamps_between_passes(&self) -> bool {
        self.between_passes
    }

    /// Stamps the beginning of commands outside of passes.
    pub(super) fn begin(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.write_timestamp(&self.queries, 0);
    }

    /// Stamps their end.
    pub(super) fn end(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.write_timestamp(&self.queries, 1);
    }

    /// Copies the stamps to where they can be read; after the pass, in the same submission.
    pub(super) fn resolve(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.resolve_query_set(&self.queries, 0..2, &self.resolved, 0);
    }

    /// The time between the two stamps of the last pass; negative where the clock ran backwards, then or since the pass before. `None` where the clock
    /// is too coarse for so short a time.
    pub(super) fn elapsed(&self, open: &OpenDevice) -> Result<Option<Seconds>, Fault> {
        let bytes = read(open, &self.resolved, 0..SIZE)?;
        let [begin, end] = bytemuck::pod_read_unaligned::<[u64; 2]>(&bytes);
        let since = |earlier: u64, later: u64| ticks_between(earlier, later, self.valid_bits);
        let (ticks, pause) = (since(begin, end), since(self.last.replace(end), begin));
        let first = end == 0 || pause >= 0.0;
        Ok(match ticks {
            _ if !first => Some(Seconds::new(pause * self.period_s)),
            ticks if ticks > 0.0 && ticks < FEWEST_TICKS => None,
            ticks => Some(Seconds::new(ticks * self.period_s)),
        })
    }
}

/// Ticks from one stamp to a later one of a counter of `valid_bits` bits, which begins anew after its largest value: that has happened where the
/// later stamp is smaller. Negative where it is earlier by less than half of the counter's range: the clock ran backwards.
#[expect(clippy::cast_possible_wrap, clippy::cast_precision_loss, reason = "a difference of stamps is small")]
fn ticks_between(earlier: u64, later: u64, valid_bits: u32) -> f64 {
    let unused = 64 - valid_bits.clamp(1, 64);
    // The sign of the difference is the counter's highest bit, moved to where a signed number has it.
    (((later.wrapping_sub(earlier) << unused) as i64) >> unused) as f64
}

#[cfg(test)]
mod tests {
    use super::ticks_between;

    #[test]
    #[expect(clippy::float_cmp, reason = "whole numbers")]
    fn a_counter_that_wraps_goes_on() {
        assert_eq!(ticks_between(10, 1010, 64), 1000.0, "nothing wraps");
        assert_eq!(ticks_between((1 << 36) - 400, 600, 36), 1000.0, "36 bits wrap, as on Intel's GPUs");
        assert_eq!(ticks_between(u64::MAX - 399, 600, 64), 1000.0, "64 bits wrap");
        assert_eq!(ticks_between(1010, 10, 36), -1000.0, "backwards is no wrap");
        assert!(ticks_between((1 << 36) - 400, 600, 64) < 0.0, "of more bits than these it is");
        // What lies above the valid bits is undefined.
        assert_eq!(ticks_between(10 | 7 << 40, 1010 | 5 << 40, 36), 1000.0, "undefined bits do not count");
    }
}
