//! Caches of parts of the tree.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod basics;
mod gaps;
mod listener;
mod random;
mod support;
