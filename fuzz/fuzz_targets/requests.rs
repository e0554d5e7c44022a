//! Fuzzes [`zk_fuzz::requests`].
#![cfg_attr(fuzzing, no_main)]

zk_fuzz::target!(requests);
