//! Fuzzes [`zk_fuzz::ensemble`].
#![cfg_attr(fuzzing, no_main)]

zk_fuzz::target!(ensemble);
