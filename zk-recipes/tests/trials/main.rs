//! The stories of all recipes, disturbed at every moment and in all weather: see `../README.md`.

use std::process::ExitCode;

mod barrier;
mod create_all;
mod double_barrier;
mod lock;

fn main() -> ExitCode {
    let stories =
        [barrier::stories(), create_all::stories(), double_barrier::stories(), lock::stories()];
    let stories: Vec<_> = stories.into_iter().flatten().collect();
    zk_sim::trial::command(&stories, include_str!("known_failures.txt"))
}
