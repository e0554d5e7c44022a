//! Fuzzes [`zk_fuzz::pieces`].
#![cfg_attr(fuzzing, no_main)]

zk_fuzz::target!(pieces);
