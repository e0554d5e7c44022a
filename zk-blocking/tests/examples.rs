//! The examples do what they say.

#[path = "../../zk-tokio/tests/examples/alone.rs"]
mod alone;

/// Which features to run them with.
const FEATURES: &[&str] = &[];
