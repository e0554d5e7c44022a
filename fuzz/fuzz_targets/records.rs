//! Fuzzes [`zk_fuzz::records`].
#![cfg_attr(fuzzing, no_main)]

zk_fuzz::target!(records);
