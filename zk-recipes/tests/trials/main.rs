//! The stories of all recipes, disturbed at every moment and in all weather: see `../README.md`.

use std::process::ExitCode;

mod barrier;
mod cache;
mod config;
mod counter;
mod create_all;
mod discovery;
mod double_barrier;
mod election;
mod group;
mod ledger;
mod lock;
mod multi_lock;
mod persistent_node;
mod protected;
mod queue;
mod read_write_lock;
mod retry;
mod semaphore;
mod shared_value;
mod trees;

fn main() -> ExitCode {
    let mut stories = Vec::new();
    stories.extend(barrier::stories());
    stories.extend(cache::stories());
    stories.extend(config::stories());
    stories.extend(counter::stories());
    stories.extend(create_all::stories());
    stories.extend(discovery::stories());
    stories.extend(double_barrier::stories());
    stories.extend(election::stories());
    stories.extend(group::stories());
    stories.extend(lock::stories());
    stories.extend(multi_lock::stories());
    stories.extend(persistent_node::stories());
    stories.extend(protected::stories());
    stories.extend(queue::stories());
    stories.extend(read_write_lock::stories());
    stories.extend(retry::stories());
    stories.extend(semaphore::stories());
    stories.extend(shared_value::stories());
    stories.extend(trees::stories());
    zk_sim::trial::command(&stories, include_str!("known_failures.txt"))
}
