//! Which scripts are played: new ones with each commit, and those that have failed before.

use std::env;
use std::process::Command;

use fastrand::Rng;

/// Seeds of scripts that have failed, one a line; what follows it says why.
const FAILED: &str = include_str!("failed-seeds.txt");

/// How many scripts are drawn for a commit.
const COUNT: usize = 250;

/// The seeds of the scripts to play: `$SEED` alone; or those that have failed, and `$SCRIPTS` new
/// ones.
pub(crate) fn seeds() -> Vec<u64> {
    if let Ok(seed) = env::var("SEED") {
        return vec![parse(&seed)];
    }
    let count = env::var("SCRIPTS").map_or(COUNT, |count| count.parse().unwrap());
    let mut rng = Rng::with_seed(of_commit());
    let failed = FAILED.lines().filter_map(|line| line.split_whitespace().next()).map(parse);
    failed.chain((0..count).map(|_| rng.u64(..))).collect()
}

/// Others, for what has not happened in these.
pub(crate) fn more() -> impl Iterator<Item = u64> {
    let mut rng = Rng::with_seed(!of_commit());
    (0..4 * COUNT).map(move |_| rng.u64(..))
}

/// How to play one script again.
pub(crate) fn command(seed: u64) -> String {
    format!("SEED={seed:#x} cargo test -p zk-server --features apache --test differential")
}

/// A number that follows from the commit that is tested.
fn of_commit() -> u64 {
    let git = Command::new("git").args(["rev-parse", "HEAD"]).output();
    let id = git.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    // Outside of a repository, always the same.
    id.ok().and_then(|id| u64::from_str_radix(id.get(..16)?, 16).ok()).unwrap_or(1)
}

fn parse(seed: &str) -> u64 {
    let digits = seed.strip_prefix("0x").unwrap_or(seed);
    u64::from_str_radix(digits, 16).unwrap()
}
