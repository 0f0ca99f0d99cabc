//! Bytes between host and device.
//!
//! An upload ends on the device: every path ends with a copy by the device into memory of its own, which no host can map, and is awaited. That copy
//! reads each byte from where the host has written it, be it memory of the host, or write-combined memory of the device behind a resizable BAR.
//! What is compared afterwards is that copy.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;
use std::time::Instant;

use super::gpu::OpenDevice;
use super::readback;
use crate::check::GUARD_BYTES;
use crate::kernel::Variant;
use crate::measure::{Fault, Sample, Session, counted};
use crate::problem::{Direction, Operands, TransferMethod};
use crate::units::Seconds;

/// What a transfer has too many of where the host cannot hold it.
const BYTES: &str = "bytes of a transfer";

/// A session whose dispatches are transfers, timed by the processor's clock alone.
pub(super) struct TransferSession {
    open: Rc<OpenDevice>,
    direction: Direction,
    path: TransferMethod,
    size: u64,
    device: wgpu::Buffer,
    /// Kept, where that is the path.
    staging: Option<wgpu::Buffer>,
    /// What is uploaded, or what came back, with its guard.
    host: Vec<u8>,
    transferred: u64,
}

impl TransferSession {
    pub(super) fn new(
        open: Rc<OpenDevice>,
        direction: Direction,
        path: TransferMethod,
        size: u64,
    ) -> Result<Self, Fault> {
        use wgpu::BufferUsages as Usage;
        let device = open.buffer("device", size + GUARD_BYTES, Usage::STORAGE | Usage::COPY_DST | Usage::COPY_SRC)?;
        let staging = match path {
            TransferMethod::Queue => None,
            TransferMethod::Mapped => Some(open.buffer("staging", size, staging_usage(direction))?),
            // What a host reads lies in the host's memory; what it only writes may lie behind the bus already, on the device.
            TransferMethod::Direct => {
                Some(open.buffer("host", size, Usage::MAP_READ | Usage::COPY_DST | host_usage(direction))?)
            }
        };
        Ok(Self { open, direction, path, size, device, staging, host: Vec::new(), transferred: 0 })
    }

    fn transfer(&mut self) -> Result<(), Fault> {
        match (self.direction, self.path) {
            (Direction::Upload, TransferMethod::Queue) => self.open.device.guarded(|| {
                self.open.queue.write_buffer(&self.device, 0, &self.host);
                self.open.queue.submit([]);
            })?,
            (Direction::Upload, TransferMethod::Mapped) => {
                let staging = self.staging()?;
                let mut view = readback::mapped_for_writing(&self.open, staging, self.size)?;
                view.copy_from_slice(&self.host);
                drop(view);
                staging.unmap();
                readback::copy(&self.open, (staging, 0), (&self.device, 0), self.size)?;
            }
            (Direction::Upload, TransferMethod::Direct) => {
                readback::copy(&self.open, (self.staging()?, 0), (&self.device, 0), self.size)?;
            }
            (Direction::Readback, TransferMethod::Direct) => {
                readback::copy(&self.open, (&self.device, 0), (self.staging()?, 0), self.size)?;
            }
            (Direction::Readback, path) => {
                let staging = if path == TransferMethod::Mapped {
                    self.staging()?.clone()
                } else {
                    self.open.buffer("staging", self.size, staging_usage(Direction::Readback))?
                };
                readback::copy(&self.open, (&self.device, 0), (&staging, 0), self.size)?;
                let size = counted(self.size, BYTES)?;
                return readback::map_into(&self.open, &staging, self.size, &mut self.host[..size]);
            }
        }
        self.open.wait()
    }

    fn staging(&self) -> Result<&wgpu::Buffer, Fault> {
        self.staging.as_ref().ok_or(Fault::Misuse("there is no staging buffer"))
    }
}

/// What memory of the host is used for beside being filled.
fn host_usage(direction: Direction) -> wgpu::BufferUsages {
    match direction {
        Direction::Upload => wgpu::BufferUsages::COPY_SRC,
        Direction::Readback => wgpu::BufferUsages::empty(),
    }
}

fn staging_usage(direction: Direction) -> wgpu::BufferUsages {
    match direction {
        Direction::Upload => wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC,
        Direction::Readback => wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
    }
}

impl Session for TransferSession {
    fn load(&mut self, operands: &Operands) -> Result<(), Fault> {
        match self.direction {
            Direction::Upload if self.path == TransferMethod::Direct => {
                let piece = |range: Range<u64>| Cow::Owned(operands.bytes(0, range));
                readback::write(&self.open, self.staging()?, self.size, piece)?;
            }
            Direction::Upload => self.host = operands.bytes(0, 0..self.size),
            Direction::Readback => {
                let piece = |range: Range<u64>| Cow::Owned(operands.bytes(0, range));
                readback::write(&self.open, &self.device, self.size, piece)?;
            }
        }
        self.clear()
    }

    fn clear(&mut self) -> Result<(), Fault> {
        self.transferred = 0;
        match self.direction {
            Direction::Upload => readback::unwrite(&self.open, &self.device, self.size + GUARD_BYTES),
            Direction::Readback => {
                self.host = readback::unwritten(counted(self.size + GUARD_BYTES, BYTES)?);
                if self.path == TransferMethod::Direct {
                    readback::unwrite(&self.open, self.staging()?, self.size)?;
                }
                Ok(())
            }
        }
    }

    fn select(&mut self, _: &Variant) -> Result<(), Fault> {
        Ok(())
    }

    fn time(&mut self, dispatches: u32) -> Result<Sample, Fault> {
        let start = Instant::now();
        for _ in 0..dispatches {
            self.transfer()?;
        }
        self.transferred += u64::from(dispatches);
        Ok(Sample { gpu_s: None, wall_s: Seconds::from(start.elapsed()), dispatches, submissions: dispatches })
    }

    fn dispatched(&self) -> u64 {
        self.transferred
    }

    fn output(&mut self, range: Range<u64>) -> Result<Vec<u8>, Fault> {
        match self.direction {
            Direction::Upload => readback::read(&self.open, &self.device, range),
            Direction::Readback => {
                if self.path == TransferMethod::Direct {
                    let size = counted(self.size, BYTES)?;
                    readback::map_into(&self.open, &self.staging()?.clone(), self.size, &mut self.host[..size])?;
                }
                let [start, end] = [counted(range.start, BYTES)?, counted(range.end, BYTES)?];
                Ok(self.host[start..end].to_vec())
            }
        }
    }
}
