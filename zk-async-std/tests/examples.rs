//! The examples do what they say, on either executor.

#[path = "../../zk-tokio/tests/examples/alone.rs"]
mod alone;

/// Which features to run them with.
const FEATURES: &[&str] = if cfg!(feature = "async-std") {
    &[]
} else {
    &["--no-default-features", "--features", "smol"]
};
