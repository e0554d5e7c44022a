//! Who offers what, with a text each.

use zk_blocking::{Client, Threads};
use zk_recipes::discovery::{Registration, ServiceInstance, Services};

use super::{Recipe, Told, unknown};

pub(super) struct Service {
    zk: Client,
    offered: Option<Registration<Threads, String>>,
}

impl Service {
    pub(super) fn new(zk: Client) -> Self {
        Self { zk, offered: None }
    }

    fn services(&self, path: &str) -> Services<Threads, String> {
        Services::new(&self.zk, path)
    }

    fn find(&self, path: &str, name: &str) -> Told {
        let provider = self.services(path).provider(name)?;
        let found = provider.instances().into_iter().map(|one| {
            let address = one.address.clone().unwrap_or_default();
            let payload = one.payload.clone().unwrap_or_default();
            format!("{}@{address}:{}={payload}", one.id, one.port.unwrap_or_default())
        });
        Ok(found.collect::<Vec<_>>().join(" "))
    }
}

impl Recipe for Service {
    fn run(&mut self, verb: &str, arguments: &[&str]) -> Told {
        match (verb, arguments) {
            ("register", [path, name, id, address, port, text]) => {
                let instance = ServiceInstance::new(name, id).address(*address);
                let instance = instance.port(port.parse()?).payload(*text);
                self.offered = Some(self.services(path).register(&instance)?);
            }
            ("find", [path, name]) => return self.find(path, name),
            ("unregister", []) => self.offered.take().ok_or("it offers nothing")?.unregister()?,
            _ => return unknown(verb, arguments),
        }
        Ok(String::new())
    }
}
