//! Words over TLS.

use zk_client::wire::{Inbox, Outbox};
use zk_client::{ErrorKind, Exchange, Reply};

use crate::servers::{BOTH_VERSIONS, House, NAME, Server};
use crate::world::{ask, now};

/// A word on its way, with the connection up.
struct Word {
    reply: Reply<String>,
    exchange: Box<Exchange>,
    server: Server,
}

impl Word {
    fn new(house: &House) -> Self {
        let (reply, mut exchange) = ask(house.trusting().build().unwrap());
        exchange.handle_resolved(Ok(vec![([10, 0, 0, 1], 2181).into()]));
        assert_eq!(&*exchange.next_target().unwrap().host.name, NAME);
        Self { reply, exchange, server: house.server() }
    }

    /// Moves bytes until neither has any; returns what the server heard.
    fn talks(&mut self, piece: usize) -> Vec<u8> {
        let (mut inbox, mut outbox, mut heard) = (Inbox::default(), Outbox::default(), Vec::new());
        loop {
            let _ = self.exchange.take_transmit(&mut outbox);
            let down = self.server.bytes();
            if outbox.is_empty() && down.is_empty() {
                return heard;
            }
            heard.extend(self.server.hears(outbox.pending()).unwrap());
            outbox.clear();
            for piece in down.chunks(piece) {
                inbox.extend(piece.iter().copied());
                self.exchange.handle_input(&mut inbox);
            }
        }
    }
}

#[test]
fn an_answer_ends_with_a_goodbye() {
    for version in BOTH_VERSIONS {
        for piece in [1, 7, usize::MAX] {
            let house = House::with(&[version], |authority| authority.server(&[NAME]));
            let mut word = Word::new(&house);
            assert_eq!(word.talks(piece), b"mntr");
            let answer = "zk_version\t3.9\n".repeat(5_000);
            word.server.says(answer.as_bytes());
            word.talks(piece);
            assert!(!word.exchange.is_over() && now(&mut word.reply).is_none());
            word.server.0.send_close_notify();
            word.talks(piece);
            assert!(word.exchange.is_over());
            assert_eq!(now(&mut word.reply), Some(Ok(answer)));
        }
    }
}

#[test]
fn an_answer_that_is_cut_is_none() {
    let house = House::new();
    let mut word = Word::new(&house);
    word.talks(usize::MAX);
    word.server.says(b"zk_version");
    word.talks(usize::MAX);
    word.exchange.handle_closed();
    let error = now(&mut word.reply).unwrap().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unanswered(_)), "{error:?}");
    assert!(error.to_string().ends_with("closed without the end of TLS: more may be missing"));
}

#[test]
fn each_address_has_a_handshake_of_its_own() {
    let (good, bad) = (House::new(), House::foreign());
    let (mut reply, mut exchange) = ask(good.trusting().build().unwrap());
    let addresses = [1, 2].map(|last| ([10, 0, 0, last], 2181).into());
    exchange.handle_resolved(Ok(addresses.into()));
    assert!(exchange.next_target().is_some());
    let mut word =
        Word { reply: ask(good.trusting().build().unwrap()).0, exchange, server: bad.server() };
    let mut outbox = Outbox::default();
    assert!(word.exchange.take_transmit(&mut outbox));
    word.server.hears(outbox.pending()).unwrap();
    outbox.clear();
    let mut inbox = Inbox::from(&*word.server.bytes());
    word.exchange.handle_input(&mut inbox);
    assert!(word.exchange.is_over(), "with this address");
    assert!(word.exchange.take_transmit(&mut outbox), "the server is told");
    let error = word.server.hears(outbox.pending()).unwrap_err();
    assert_eq!(error.to_string(), "received fatal alert: UnknownCA");

    assert!(word.exchange.next_target().is_some());
    word.server = good.server();
    assert_eq!(word.talks(usize::MAX), b"mntr");
    word.server.says(b"ok");
    word.server.0.send_close_notify();
    word.talks(usize::MAX);
    assert_eq!(now(&mut reply), Some(Ok("ok".into())));
}

#[test]
fn a_server_that_is_not_trusted_is_not_asked() {
    let (good, bad) = (House::new(), House::foreign());
    let mut word = Word::new(&good);
    word.server = bad.server();
    let mut outbox = Outbox::default();
    assert!(word.exchange.take_transmit(&mut outbox));
    word.server.hears(outbox.pending()).unwrap();
    let mut inbox = Inbox::from(&*word.server.bytes());
    word.exchange.handle_input(&mut inbox);
    assert!(word.exchange.next_target().is_none());
    let error = now(&mut word.reply).unwrap().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unreachable(_)), "{error:?}");
    assert!(error.to_string().contains("was not issued by an authority"), "{error}");
}
