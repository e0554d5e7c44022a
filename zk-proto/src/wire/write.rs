//! Appends jute's primitives to a message.

use alloc::vec::Vec;

/// Appends a 32-bit integer.
#[inline]
pub fn put_int(out: &mut Vec<u8>, value: i32) {
    out.extend_from_slice(&value.to_be_bytes());
}

/// Appends a 64-bit integer.
#[inline]
pub fn put_long(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(&value.to_be_bytes());
}

/// Appends a truth value.
#[inline]
pub fn put_bool(out: &mut Vec<u8>, value: bool) {
    out.push(value.into());
}

/// Appends bytes with their length before them, or null.
#[inline]
pub fn put_buffer(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => {
            put_int(out, length(bytes.len()));
            out.extend_from_slice(bytes);
        }
        None => put_int(out, -1),
    }
}

/// Appends a string with its length before it.
#[inline]
pub fn put_string(out: &mut Vec<u8>, string: &str) {
    put_buffer(out, Some(string.as_bytes()));
}

/// Appends a count and that many items, each written by `item`.
pub fn put_vector<T>(out: &mut Vec<u8>, items: &[T], mut item: impl FnMut(&mut Vec<u8>, &T)) {
    put_int(out, length(items.len()));
    for value in items {
        item(out, value);
    }
}

/// Appends a vector of strings.
pub fn put_strings<S: AsRef<str>>(out: &mut Vec<u8>, strings: &[S]) {
    put_vector(out, strings, |out, string| put_string(out, string.as_ref()));
}

/// Appends one frame: a length, then what `body` writes.
#[inline]
pub fn put_frame<T>(out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    let start = out.len();
    put_int(out, 0);
    let result = body(out);
    close_frame(out, start);
    result
}

/// Writes the length of the frame that began at `start`.
#[inline]
pub(crate) fn close_frame(out: &mut [u8], start: usize) {
    let Some((prefix, body)) = out.get_mut(start..).and_then(<[u8]>::split_first_chunk_mut::<4>)
    else {
        return;
    };
    *prefix = length(body.len()).to_be_bytes();
}

/// A length as jute writes it. Longer than the limits of frames by far, it saturates.
#[inline]
fn length(len: usize) -> i32 {
    i32::try_from(len).unwrap_or(i32::MAX)
}
