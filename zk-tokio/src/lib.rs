//! A ZooKeeper client on tokio.
