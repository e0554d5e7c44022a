//! What one puts, another takes.

use zk_blocking::{Client, Threads};
use zk_recipes::queue::{AcknowledgedQueue, Item, PriorityQueue, Queue};

use super::{Recipe, Told, unknown};

pub(super) struct Simple(pub(super) Client);

pub(super) struct Priority(pub(super) Client);

pub(super) struct Locking {
    zk: Client,
    taken: Option<Item<Threads>>,
}

impl Simple {
    /// Takes items until one of them is `end`.
    fn drain(&self, path: &str) -> Told {
        let queue = Queue::new(&self.0, path);
        let mut items = Vec::new();
        while items.last().is_none_or(|item| item != "end") {
            items.push(text(&queue.take()?));
        }
        Ok(items.join(" "))
    }
}

impl Recipe for Simple {
    fn run(&mut self, verb: &str, arguments: &[&str]) -> Told {
        match (verb, arguments) {
            ("put", [path, item]) => Queue::new(&self.0, path).put(item)?,
            ("take", [path]) => return Ok(text(&Queue::new(&self.0, path).take()?)),
            ("drain", [path]) => return self.drain(path),
            _ => return unknown(verb, arguments),
        }
        Ok(String::new())
    }
}

impl Recipe for Priority {
    fn run(&mut self, verb: &str, arguments: &[&str]) -> Told {
        match (verb, arguments) {
            ("put", [path, priority, item]) => {
                PriorityQueue::new(&self.0, path).put(priority.parse()?, item)?;
            }
            ("take", [path]) => return Ok(text(&PriorityQueue::new(&self.0, path).take()?)),
            _ => return unknown(verb, arguments),
        }
        Ok(String::new())
    }
}

impl Locking {
    pub(super) fn new(zk: Client) -> Self {
        Self { zk, taken: None }
    }
}

impl Recipe for Locking {
    fn run(&mut self, verb: &str, arguments: &[&str]) -> Told {
        match (verb, arguments) {
            ("put", [path, item]) => AcknowledgedQueue::new(&self.zk, path).put(item)?,
            ("take", [path]) => {
                let item = self.taken.insert(AcknowledgedQueue::new(&self.zk, path).take()?);
                return Ok(text(item.data()));
            }
            ("finish", []) => self.taken.take().ok_or("it has no item")?.acknowledge()?,
            ("forsake", []) => drop(self.taken.take()),
            _ => return unknown(verb, arguments),
        }
        Ok(String::new())
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
