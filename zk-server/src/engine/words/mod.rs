//! Four-letter words: what somebody asks who opens no session
//! (`org.apache.zookeeper.server.command`).

mod monitor;
mod report;

use std::collections::BTreeSet;

use zk_proto::Instant;

use super::connection::Stage;
use super::{ConnectionId, Engine, Leadership, Service};

/// Which four-letter words are answered: all that this server knows, unless said otherwise.
///
/// ```
/// use zk_server::Words;
///
/// let like_apache = Words::only(["srvr", "isro"]);
/// assert!(like_apache.contains("srvr"));
/// assert!(!like_apache.contains("dump"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(BTreeSet<Word>);

impl Words {
    /// Those of the words that this server knows.
    #[must_use]
    pub fn only<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        Self(words.into_iter().filter_map(|word| Word::parse(word.as_bytes())).collect())
    }

    /// None of them.
    #[must_use]
    pub fn none() -> Self {
        Self(BTreeSet::new())
    }

    /// Whether a word is answered.
    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        Word::parse(word.as_bytes()).is_some_and(|word| self.0.contains(&word))
    }
}

impl Default for Words {
    fn default() -> Self {
        Self(Word::ANSWERED.into_iter().collect())
    }
}

/// A word that servers know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Word {
    Conf,
    Cons,
    Dump,
    Envi,
    Isro,
    Mntr,
    Ruok,
    Srvr,
    Stat,
    Wchs,
    /// One that Apache ZooKeeper knows, and that is not answered here.
    Other(&'static str),
}

impl Word {
    const ANSWERED: [Self; 10] = [
        Self::Conf,
        Self::Cons,
        Self::Dump,
        Self::Envi,
        Self::Isro,
        Self::Mntr,
        Self::Ruok,
        Self::Srvr,
        Self::Stat,
        Self::Wchs,
    ];
    const OTHERS: [&'static str; 8] =
        ["crst", "dirs", "gtmk", "hash", "srst", "stmk", "wchc", "wchp"];

    /// The word at the front, if it is one.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let word = str::from_utf8(bytes.first_chunk::<4>()?).ok()?;
        let others = || Self::OTHERS.into_iter().find(|other| *other == word).map(Self::Other);
        Self::ANSWERED.into_iter().find(|known| known.text() == word).or_else(others)
    }

    fn text(self) -> &'static str {
        match self {
            Self::Conf => "conf",
            Self::Cons => "cons",
            Self::Dump => "dump",
            Self::Envi => "envi",
            Self::Isro => "isro",
            Self::Mntr => "mntr",
            Self::Ruok => "ruok",
            Self::Srvr => "srvr",
            Self::Stat => "stat",
            Self::Wchs => "wchs",
            Self::Other(text) => text,
        }
    }
}

impl Engine {
    pub(super) fn answer_word(&mut self, now: Instant, id: ConnectionId, word: Word) {
        let Some(open) = self.connections.get_mut(&id) else { return };
        open.traffic.received = 1;
        let member = open.member;
        let answer = match self.config.words.0.contains(&word) {
            true => self.say(now, member, word),
            false => {
                let word = word.text();
                format!("{word} is not executed because it is not in the whitelist.\n")
            }
        };
        if let Some(open) = self.connections.get_mut(&id) {
            open.outbox.buffer().extend_from_slice(answer.as_bytes());
        }
        self.end(now, id, Stage::Closing);
    }

    fn say(&self, now: Instant, member: usize, word: Word) -> String {
        let service = self.service(member);
        match (word, service) {
            (Word::Ruok, _) => "imok".into(),
            (Word::Isro, Service::Everything) => "rw".into(),
            (Word::Isro, Service::Reads) => "ro".into(),
            (Word::Isro, Service::Nothing) => "null".into(),
            (_, Service::Nothing) => {
                "This ZooKeeper instance is not currently serving requests\n".into()
            }
            (Word::Conf, _) => self.report_configuration(member),
            (Word::Cons, _) => self.report_connections(now, member, true),
            (Word::Dump, _) => self.report_sessions(),
            (Word::Envi, _) => report::environment(),
            (Word::Mntr, _) => self.monitor(now, member),
            (Word::Srvr, _) => self.report_server(now, member, false),
            (Word::Stat, _) => self.report_server(now, member, true),
            (Word::Wchs, _) => self.report_watches(member),
            (Word::Other(_), _) => String::new(),
        }
    }

    /// What a member is, in a word.
    fn mode(&self, member: usize) -> &'static str {
        match (self.service(member), self.leadership) {
            (Service::Reads, _) => "read-only",
            _ if self.members.len() == 1 => "standalone",
            (_, Leadership::Leader(leader)) if leader == member => "leader",
            (Service::Everything | Service::Nothing, _) => "follower",
        }
    }
}
