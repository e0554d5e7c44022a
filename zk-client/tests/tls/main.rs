//! TLS between a client and a server in memory: no socket, no clock, byte by byte if need be.
#![cfg(any(feature = "ring", feature = "aws-lc-rs"))]
#![expect(clippy::unwrap_used, clippy::unwrap_in_result, reason = "a test that cannot go on fails")]

mod bounds;
mod exchange;
mod failures;
mod servers;
mod session;
mod settings;
mod world;
