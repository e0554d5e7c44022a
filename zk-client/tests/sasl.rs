//! SASL is foreign code: nothing of the client waits for it but its own connection.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::sync::{Arc, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use support::World;
use zk_client::wire::put_buffer;
use zk_client::{Async, Client, Config, Host, Mechanism, OpCode, SaslStep, State};

/// Asks for something on the client that it is to authenticate, and gives it up again.
#[derive(Clone, Debug, Default)]
struct Curious(Arc<OnceLock<Client<Async>>>);

impl Curious {
    fn asks(&self) {
        let zk = self.0.get().unwrap();
        assert_eq!(zk.state(), State::Connecting);
        drop(zk.exists("/a"));
    }
}

impl Mechanism for Curious {
    fn start(&mut self, _: &Host) -> Result<Vec<u8>, Box<str>> {
        self.asks();
        Ok(b"hello".into())
    }

    fn step(&mut self, _: &[u8]) -> Result<SaslStep, Box<str>> {
        self.asks();
        Ok(SaslStep::Complete)
    }
}

#[test]
fn a_mechanism_can_use_the_client() {
    let (done, ended) = mpsc::channel();
    thread::spawn(move || {
        let curious = Curious::default();
        let hosts = vec![Host::new("127.0.0.1", 2181)];
        let sasl: Option<Box<dyn Mechanism>> = Some(Box::new(curious.clone()));
        let mut world = World::with(Config { sasl, ..Config::new(hosts) });
        curious.0.set(world.zk.clone()).unwrap();
        world.connect();
        let first_xid = 1;
        world.answer(first_xid, 0, |out| put_buffer(out, Some(b"welcome")));
        assert_eq!(world.zk.state(), State::Connected);
        let _reply = world.zk.exists("/b");
        let ops: Vec<_> = world.sent().into_iter().map(|(op, _)| op).collect();
        assert_eq!(ops, [OpCode::Exists], "what was given up is not sent");
        done.send(()).unwrap();
    });
    ended.recv_timeout(Duration::from_secs(30)).expect("nothing waits for itself");
}
