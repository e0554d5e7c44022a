//! Fuzzes [`zk_fuzz::server`].
#![cfg_attr(fuzzing, no_main)]

zk_fuzz::target!(server);
