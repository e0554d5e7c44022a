//! What this process has, to find out what is left behind.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// How long what is ended may take to be gone.
const LIMIT: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(10);

/// How much memory may come and go by chance: less than so many tasks would keep.
const CHANCE: usize = 16 << 20;

/// How much this process has of what the system has to give; nothing where the system does not
/// tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Possessions {
    descriptors: usize,
    threads: usize,
    /// In bytes.
    memory: usize,
}

impl Possessions {
    /// At this moment.
    #[must_use]
    pub fn count() -> Self {
        let entries = |folder| fs::read_dir(folder).map_or(0, Iterator::count);
        Self {
            descriptors: entries("/proc/self/fd"),
            threads: entries("/proc/self/task"),
            memory: resident_bytes().unwrap_or(0),
        }
    }

    /// Waits until there is no more than that; false if it does not come to be. Sockets and threads
    /// are gone a moment after what they belonged to: there is no telling when.
    #[must_use]
    pub fn shrink_to(before: Self) -> bool {
        let end = Instant::now() + LIMIT;
        while !Self::count().is_within(before) {
            if Instant::now() > end {
                return false;
            }
            thread::sleep(PAUSE);
        }
        true
    }

    fn is_within(self, other: Self) -> bool {
        self.descriptors <= other.descriptors
            && self.threads <= other.threads
            && self.memory <= other.memory + CHANCE
    }
}

fn resident_bytes() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: usize = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes * 1024)
}
