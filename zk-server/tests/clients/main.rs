//! Clients that are not ours: each runs unchanged on our server, and does what it does on an
//! Apache ZooKeeper.
//!
//! `README.md` beside this file says what runs, and how to run it on Apache's server instead.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod c;
mod curator;
mod kazoo;
mod program;
mod server;
mod tools;
mod zkcli;

/// For a quick start of a small program in Java; IPv6 would only add work.
const JAVA_FLAGS: &str =
    "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx128m -Djava.net.preferIPv4Stack=true";
