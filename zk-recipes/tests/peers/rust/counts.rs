//! A number that all see and change.

use zk_blocking::{Client, Error, Threads};
use zk_recipes::{Counter, CounterLayout};

use super::{Recipe, Told, unknown};

pub(super) struct Count {
    zk: Client,
    counter: Option<Counter<Threads>>,
}

impl Count {
    pub(super) fn new(zk: Client) -> Self {
        Self { zk, counter: None }
    }

    fn counter(&mut self, path: &str) -> Result<&Counter<Threads>, Error> {
        if self.counter.is_none() {
            self.counter = Some(Counter::open_with(&self.zk, path, CounterLayout::Int32)?);
        }
        Ok(self.counter.as_ref().unwrap())
    }
}

impl Recipe for Count {
    fn run(&mut self, verb: &str, arguments: &[&str]) -> Told {
        match (verb, arguments) {
            ("see", [path, value]) => {
                let value: i64 = value.parse()?;
                if !self.counter(path)?.updates().any(|count| count == value) {
                    return Err("nothing is to be seen any more".into());
                }
            }
            ("add", [path, amount, times]) => {
                let counter = self.counter(path)?;
                for _ in 0..times.parse()? {
                    counter.add(amount.parse()?)?;
                }
            }
            _ => return unknown(verb, arguments),
        }
        Ok(String::new())
    }
}
