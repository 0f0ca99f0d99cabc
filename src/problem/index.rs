//! Places and lengths of arrays that the host holds.

/// `at` as an index.
///
/// # Panics
/// Panics if the host's memory cannot hold an array that long, on systems of 32 bits.
pub fn index(at: u64) -> usize {
    usize::try_from(at).expect("an array that is held is no longer than memory")
}
