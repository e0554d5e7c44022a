//! Four-letter words.

use zk_proto::Instant;

use super::connection::Stage;
use super::{ConnectionId, Engine};

/// Which of them are answered.
#[derive(Clone, Debug, Default)]
pub struct Words;

/// What somebody asks who opens no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Ruok,
}

impl Word {
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        match bytes.first_chunk::<4>()? {
            b"ruok" => Some(Self::Ruok),
            _ => None,
        }
    }
}

impl Engine {
    pub(super) fn answer_word(&mut self, now: Instant, id: ConnectionId, word: Word) {
        let answer = match word {
            Word::Ruok => "imok",
        };
        if let Some(open) = self.connections.get_mut(&id) {
            open.outbox.buffer().extend_from_slice(answer.as_bytes());
        }
        self.end(now, id, Stage::Closing);
    }
}
