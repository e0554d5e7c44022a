//! Fuzzes [`zk_fuzz::texts`].
#![cfg_attr(fuzzing, no_main)]

zk_fuzz::target!(texts);
