//! A server and the bytes of one connection: how they are cut makes no difference to what it
//! answers, to when it wants to be told the time, and to what is in its tree then. Only of a
//! connection that ends at once, the last answers may be lost.
//!
//! The first byte of an input says what the server is like, the next ones how long the pieces are;
//! the rest is what the client sends.

use std::time::Duration;

use zk_proto::Instant;
use zk_server::{Config, Engine, Interest};

/// How many bytes of an input say how long the pieces are.
const PLAN: usize = 4;
const NOW: Instant = Instant::since_origin(Duration::from_secs(1));

/// Lets the bytes arrive in three ways, and compares.
pub fn run(data: &[u8]) {
    let Some((&kind, rest)) = data.split_first() else { return };
    let Some((plan, stream)) = rest.split_first_chunk::<PLAN>() else { return };
    let (whole, answers) = outcome(kind, &[usize::MAX], stream);
    for pieces in [[1; PLAN], plan.map(|len| 1 + usize::from(len))] {
        let (outcome, more_answers) = outcome(kind, &pieces, stream);
        assert_eq!(outcome, whole, "in pieces of {pieces:?}");
        if whole.interest == Interest::Gone {
            assert!(more_answers.starts_with(&answers), "in pieces of {pieces:?}");
        } else {
            assert_eq!(more_answers, answers, "in pieces of {pieces:?}");
        }
    }
}

/// What comes of a connection, besides the answers.
#[derive(Debug, PartialEq)]
struct Outcome {
    interest: Interest,
    timeout: Option<Instant>,
    zxid: i64,
    znodes: usize,
    sessions: usize,
    watches: usize,
}

fn outcome(kind: u8, pieces: &[usize], stream: &[u8]) -> (Outcome, Vec<u8>) {
    let mut engine = Engine::new(config(kind), crate::ensemble::entropy());
    let id = engine.accept(NOW, 0, ([10, 0, 0, 1], 50_000).into()).expect("it is up");
    let mut answers = Vec::new();
    for piece in crate::pieces::cut(pieces, stream) {
        engine.handle_input(NOW, id, piece);
        while engine.poll_touched().is_some() {
            let count = engine.pending(id).len();
            answers.extend_from_slice(engine.pending(id));
            engine.consume(NOW, id, count);
        }
    }
    let outcome = Outcome {
        interest: engine.interest(id),
        timeout: engine.poll_timeout(),
        zxid: engine.last_zxid(),
        znodes: engine.tree().len(),
        sessions: engine.sessions().count(),
        watches: engine.watches(),
    };
    (outcome, answers)
}

fn config(kind: u8) -> Config {
    let users = [("bob".to_owned(), "secret".to_owned())];
    Config {
        enforce_quota: kind & 1 != 0,
        reconfig: kind & 2 != 0,
        sasl_users: users.into_iter().filter(|_| kind & 4 != 0).collect(),
        require_sasl: kind & 8 != 0,
        ..Config::default()
    }
}
