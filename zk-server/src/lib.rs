//! ZooKeeper servers for tests: starts an installed Apache ZooKeeper, alone or as an ensemble.
