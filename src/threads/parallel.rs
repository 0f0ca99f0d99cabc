//! Work on the pieces of a range, on all cores.

use std::ops::Range;
use std::thread;

/// What `work` makes of each piece of `0..count`, in order; the pieces are about equal, one for each core.
///
/// # Panics
/// Panics if `work` does, or if no thread can be had.
pub(crate) fn pieces<T: Send>(count: u64, work: impl Fn(Range<u64>) -> T + Sync) -> Vec<T> {
    let share = share_of_a_core(count);
    let starts = (0..count).step_by(usize::try_from(share).unwrap_or(usize::MAX));
    thread::scope(|scope| {
        let run = |start: u64| {
            let work = &work;
            scope.spawn(move || work(start..count.min(start + share)))
        };
        let running: Vec<_> = starts.map(run).collect();
        running.into_iter().map(|piece| piece.join().expect("a piece of work does not panic")).collect()
    })
}

/// Lets `work` fill the pieces of `bytes`, on all cores; it is told how many elements of `size` bytes lie before each.
///
/// # Panics
/// Panics if `work` does, or if no thread can be had.
pub(crate) fn pieces_of(bytes: &mut [u8], size: u64, work: impl Fn(u64, &mut [u8]) + Sync) {
    let share = share_of_a_core(bytes.len() as u64 / size);
    let share_bytes = usize::try_from(share * size).unwrap_or(usize::MAX);
    thread::scope(|scope| {
        for (before, piece) in
            (0..).step_by(usize::try_from(share).unwrap_or(usize::MAX)).zip(bytes.chunks_mut(share_bytes))
        {
            let work = &work;
            scope.spawn(move || work(before, piece));
        }
    });
}

fn share_of_a_core(count: u64) -> u64 {
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
    count.div_ceil(threads).max(1)
}
