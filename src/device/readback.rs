//! Buffers to the host and back, in pieces, so that staging memory stays small.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::mpsc;

use super::gpu::OpenDevice;
use crate::measure::Fault;

/// Largest piece in flight.
const PIECE: u64 = 32 << 20;

/// A range of bytes of `buffer`.
pub(super) fn read(open: &OpenDevice, buffer: &wgpu::Buffer, range: Range<u64>) -> Result<Vec<u8>, Fault> {
    let size = range.end - range.start;
    let staging = open.guarded(|| {
        open.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("staging"),
            size: size.min(PIECE),
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    })?;
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    for start in (0..size).step_by(usize::try_from(PIECE).expect("a piece fits an address space")) {
        let length = PIECE.min(size - start);
        open.guarded(|| {
            let mut encoder = open.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: None });
            encoder.copy_buffer_to_buffer(buffer, range.start + start, &staging, 0, length);
            open.queue.submit([encoder.finish()]);
        })?;
        map_into(open, &staging, length, &mut bytes)?;
    }
    Ok(bytes)
}

fn map_into(open: &OpenDevice, staging: &wgpu::Buffer, length: u64, bytes: &mut Vec<u8>) -> Result<(), Fault> {
    let (sender, receiver) = mpsc::channel();
    staging.map_async(wgpu::MapMode::Read, ..length, move |outcome| {
        // Nobody listens once the wait below has failed.
        let _ = sender.send(outcome);
    });
    open.wait()?;
    let lost = |why: String| Fault::Lost(format!("a buffer could not be read back: {why}"));
    receiver.recv().map_err(|error| lost(error.to_string()))?.map_err(|error| lost(error.to_string()))?;
    let view = staging.get_mapped_range(..length).map_err(|error| lost(error.to_string()))?;
    bytes.extend_from_slice(&view);
    drop(view);
    staging.unmap();
    Ok(())
}

/// Writes the bytes that `piece` gives for each range of the first `size` bytes of `buffer`.
pub(super) fn write<'a>(
    open: &OpenDevice,
    buffer: &wgpu::Buffer,
    size: u64,
    piece: impl Fn(Range<u64>) -> Cow<'a, [u8]>,
) -> Result<(), Fault> {
    for start in (0..size).step_by(usize::try_from(PIECE).expect("a piece fits an address space")) {
        let bytes = piece(start..size.min(start + PIECE));
        open.guarded(|| {
            open.queue.write_buffer(buffer, start, &bytes);
            open.queue.submit([]);
        })?;
        open.wait()?;
    }
    Ok(())
}

/// A piece of the pattern that marks what no kernel has written.
pub(super) fn unwritten(size: u64) -> Vec<u8> {
    let words = usize::try_from(size.min(PIECE) / 4).unwrap_or(0);
    crate::check::UNWRITTEN.to_le_bytes().repeat(words)
}
