//! The stories of all recipes, disturbed at every moment and in all weather: see `../README.md`.

use std::process::ExitCode;

mod create_all;
mod lock;

fn main() -> ExitCode {
    let mut stories = Vec::new();
    stories.extend(create_all::stories());
    stories.extend(lock::stories());
    zk_sim::trial::command(&stories, include_str!("known_failures.txt"))
}
