//! How much memory decoding may take.

use allocation_counter::measure;

/// Decodes a message of `len` bytes, and sees to it that it never holds much more than that: no
/// memory is taken by a length or a count that the message merely claims.
pub(crate) fn bounded<T>(len: usize, decode: impl FnOnce() -> T) -> T {
    let mut result = None;
    let held = measure(|| result = Some(decode())).bytes_max;
    let most = 8 * len as u64 + (4 << 10);
    assert!(held <= most, "{held} bytes are held for a message of {len}");
    result.expect("it was just decoded")
}
