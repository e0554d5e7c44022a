//! Tasks that watch.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::timeout;
use zk_tokio::{Error, Watch, WatchMode};

use super::{LOCKS, SHARED, Task};

/// How many watches of one event a task has at once.
const WATCHES: usize = 8;

impl Task {
    /// Sets watches that tell of one change, and waits for them; some it gives up.
    pub(super) async fn watch_once(mut self) {
        let mut watches = VecDeque::new();
        while self.goes_on().await {
            watches.extend(self.set_watch().await.ok());
            if watches.len() < WATCHES {
                continue;
            }
            if let Some(watch) = &mut watches.front_mut() {
                let _ = timeout(Duration::from_millis(200), watch.next()).await;
            }
            watches.pop_front();
        }
    }

    async fn set_watch(&mut self) -> Result<Watch, Error> {
        let path = match self.rng.u8(..4) {
            0 => format!("/locks/{}", self.rng.usize(..LOCKS)),
            1 => format!("/shared/{}/{}", self.rng.usize(..SHARED), self.rng.usize(..2)),
            _ => format!("/shared/{}", self.rng.usize(..SHARED)),
        };
        Ok(match self.rng.u8(..3) {
            0 => self.zk.exists_and_watch(&path).await?.1,
            1 => self.zk.get_and_watch(&path).await?.1,
            _ => self.zk.children_and_watch(&path).await?.1,
        })
    }

    /// Sets watches that last as long as the session. They are of other nodes than those of one
    /// event, since servers before 3.9 take the one for the other.
    pub(super) async fn watch_always(self) {
        let Ok(mut tree) = self.zk.watch("/shared", WatchMode::Recursive).await else { return };
        let Ok(mut queue) = self.zk.watch("/queue", WatchMode::Persistent).await else { return };
        while self.goes_on().await {
            let both = async { tokio::join!(tree.next(), queue.next()) };
            let _ = timeout(Duration::from_millis(100), both).await;
        }
    }
}
