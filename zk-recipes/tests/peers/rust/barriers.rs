//! What holds everybody up, and what lets all through together.

use zk_blocking::{Client, Threads};
use zk_recipes::{Barrier, DoubleBarrier, Inside};

use super::{Recipe, Told, unknown};

pub(super) struct Simple(pub(super) Client);

impl Recipe for Simple {
    fn run(&mut self, verb: &str, arguments: &[&str]) -> Told {
        match (verb, arguments) {
            ("set", [path]) => Barrier::new(&self.0, path).set()?,
            ("remove", [path]) => Barrier::new(&self.0, path).remove()?,
            ("wait", [path]) => Barrier::new(&self.0, path).wait()?,
            _ => return unknown(verb, arguments),
        }
        Ok(String::new())
    }
}

pub(super) struct Double {
    zk: Client,
    inside: Option<Inside<Threads>>,
}

impl Double {
    pub(super) fn new(zk: Client) -> Self {
        Self { zk, inside: None }
    }
}

impl Recipe for Double {
    fn run(&mut self, verb: &str, arguments: &[&str]) -> Told {
        match (verb, arguments) {
            ("enter", [path, count]) => {
                self.inside = Some(DoubleBarrier::new(&self.zk, path, count.parse()?).enter()?);
            }
            ("leave", []) => self.inside.take().ok_or("it is not inside")?.leave()?,
            _ => return unknown(verb, arguments),
        }
        Ok(String::new())
    }
}
