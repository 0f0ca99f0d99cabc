//! Buffers to the host and back, in pieces, so that staging memory stays small.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::mpsc;

use super::gpu::OpenDevice;
use crate::check::UNWRITTEN;
use crate::measure::{Fault, counted};

/// Largest piece in flight.
const PIECE: u64 = 32 << 20;

/// A range of bytes of `buffer`.
pub(super) fn read(open: &OpenDevice, buffer: &wgpu::Buffer, range: Range<u64>) -> Result<Vec<u8>, Fault> {
    let size = range.end - range.start;
    let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
    let staging = open.buffer("staging", size.min(PIECE), usage)?;
    let mut bytes = vec![0; counted(size, "bytes to read back")?];
    let mut start = range.start;
    for piece in bytes.chunks_mut(of_a_piece(PIECE)) {
        let length = piece.len() as u64;
        copy(open, (buffer, start), (&staging, 0), length)?;
        map_into(open, &staging, length, piece)?;
        start += length;
    }
    Ok(bytes)
}

/// Copies `length` bytes from one place in a buffer to another; not awaited.
pub(super) fn copy(
    open: &OpenDevice,
    from: (&wgpu::Buffer, u64),
    to: (&wgpu::Buffer, u64),
    length: u64,
) -> Result<(), Fault> {
    open.device.guarded(|| {
        let mut encoder = open.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: None });
        encoder.copy_buffer_to_buffer(from.0, from.1, to.0, to.1, length);
        open.queue.submit([encoder.finish()]);
    })
}

/// Maps `staging` once everything submitted is done, and copies its first `length` bytes out.
pub(super) fn map_into(open: &OpenDevice, staging: &wgpu::Buffer, length: u64, bytes: &mut [u8]) -> Result<(), Fault> {
    map(open, staging, wgpu::MapMode::Read, length)?;
    let view = staging.get_mapped_range(..length).map_err(|error| unmappable(&error.to_string()))?;
    bytes.copy_from_slice(&view);
    drop(view);
    staging.unmap();
    Ok(())
}

/// The first `length` bytes of `staging`, mapped.
pub(super) fn mapped_for_writing(
    open: &OpenDevice,
    staging: &wgpu::Buffer,
    length: u64,
) -> Result<wgpu::BufferViewMut, Fault> {
    map(open, staging, wgpu::MapMode::Write, length)?;
    staging.get_mapped_range_mut(..length).map_err(|error| unmappable(&error.to_string()))
}

fn map(open: &OpenDevice, staging: &wgpu::Buffer, mode: wgpu::MapMode, length: u64) -> Result<(), Fault> {
    let (sender, receiver) = mpsc::channel();
    staging.map_async(mode, ..length, move |outcome| {
        // Nobody listens once the wait below has failed.
        let _ = sender.send(outcome);
    });
    open.wait()?;
    let outcome = receiver.recv().map_err(|error| unmappable(&error.to_string()))?;
    outcome.map_err(|error| unmappable(&error.to_string()))
}

fn unmappable(why: &str) -> Fault {
    Fault::Unmappable(why.to_owned())
}

/// Writes the bytes that `piece` gives for each range of the first `size` bytes of `buffer`.
pub(super) fn write<'a>(
    open: &OpenDevice,
    buffer: &wgpu::Buffer,
    size: u64,
    piece: impl Fn(Range<u64>) -> Cow<'a, [u8]>,
) -> Result<(), Fault> {
    for start in (0..size).step_by(of_a_piece(PIECE)) {
        let bytes = piece(start..size.min(start + PIECE));
        open.device.guarded(|| {
            open.queue.write_buffer(buffer, start, &bytes);
            open.queue.submit([]);
        })?;
        open.wait()?;
    }
    Ok(())
}

/// Fills the first `size` bytes of `buffer` with the pattern that marks what no kernel has written.
pub(super) fn unwrite(open: &OpenDevice, buffer: &wgpu::Buffer, size: u64) -> Result<(), Fault> {
    let pattern = unwritten(of_a_piece(size.min(PIECE)));
    write(open, buffer, size, |range| Cow::Borrowed(&pattern[..of_a_piece(range.end - range.start)]))
}

/// So many bytes, in whole words, of the pattern that marks what no kernel has written.
pub(super) fn unwritten(bytes: usize) -> Vec<u8> {
    UNWRITTEN.to_le_bytes().repeat(bytes / 4)
}

/// Bytes of a piece or of a part of one.
fn of_a_piece(bytes: u64) -> usize {
    usize::try_from(bytes).expect("a piece fits an address space")
}
