//! The engine on a virtual clock: what cannot be compared with Apache ZooKeeper step by step.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod access;
mod limits;
mod members;
mod read_only;
mod reaping;
mod rules;
mod sessions;
mod watches;
mod words;
mod world;
