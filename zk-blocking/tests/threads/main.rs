//! What is different where threads wait: who reads, who keeps the time, which threads there are.
//! That operations do what they should, here as on every runtime, is told by `zk-conformance`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod calls;
mod life;
mod support;
mod time;
