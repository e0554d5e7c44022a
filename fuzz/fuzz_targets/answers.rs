//! Fuzzes [`zk_fuzz::answers`].
#![cfg_attr(fuzzing, no_main)]

zk_fuzz::target!(answers);
