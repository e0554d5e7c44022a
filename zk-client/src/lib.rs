//! The typed ZooKeeper client that every runtime hosts: operations, watches, sessions.
