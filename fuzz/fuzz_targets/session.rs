//! Fuzzes [`zk_fuzz::session`].
#![cfg_attr(fuzzing, no_main)]

zk_fuzz::target!(session);
