//! Histories that are wrong: each is found, and named. And some that are right.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::wildcard_enum_match_arm, reason = "requests are an open set")]

mod events;
mod support;
mod writes;
