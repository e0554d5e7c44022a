//! What clients were told, held against what has happened.

use std::collections::BTreeMap;
use std::time::Duration;

use zk_client::{Error, ErrorCode, ErrorKind, Instant, Outcome};
use zk_server::tree::Transaction;

use super::history::{History, Stamp};
use super::watched::Watched;
use super::wire::Known;
use crate::tally::Tally;

/// What is known, and what was found to be wrong.
#[derive(Debug, Default)]
pub(crate) struct Oracle {
    pub(crate) history: History,
    /// Of each session that ever was, in the order in which they were opened.
    pub(crate) books: Vec<Book>,
    /// What became of the writes.
    writes: BTreeMap<u64, Fate>,
    /// The greatest transaction that somebody was told of as done.
    acknowledged: i64,
    pub(crate) last_op: u64,
    /// How often the process and the clock of each client have been meddled with.
    pub(crate) disturbances: Vec<u64>,
    pub(crate) failure: Option<String>,
    pub(crate) tally: Tally,
    /// Whether the programs are to come to their end.
    pub(crate) is_ending: bool,
}

/// What one session has been told.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) client: usize,
    /// It has seen the data as of this transaction, at least.
    pub(crate) seen: i64,
    /// The last transaction that a change has named.
    pub(crate) changed: i64,
    /// The operation that a server has answered last.
    last_answered: u64,
    /// Operations that have not been answered.
    pub(crate) pending: BTreeMap<u64, &'static str>,
    /// Operations of several requests that there ever were. Those that have begun are not refused
    /// what follows for a full queue.
    pub(crate) machines: usize,
    pub(crate) watches: Vec<Watched>,
    /// Its watches were set again at this transaction last.
    pub(crate) set_again: i64,
}

/// What a caller was told of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Nothing, or that nobody knows.
    Unknown,
    Done,
    NotApplied,
}

/// An operation that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) number: u64,
    pub(crate) book: usize,
    pub(crate) what: &'static str,
    /// What it is about, by the server's path.
    pub(crate) path: String,
    /// Whether it writes; whether its place among the others is known.
    pub(crate) class: Class,
    /// Somebody had been told by then of everything up to here.
    pub(crate) floor: i64,
    /// All that had happened by then.
    pub(crate) newest: i64,
    /// By when, on the client's clock, it is to be answered.
    pub(crate) deadline: Option<Instant>,
    /// How often its process and clock had been meddled with.
    pub(crate) disturbances: u64,
    /// Whether its caller waits for nothing else: else it may look at an earlier answer later.
    pub(crate) is_patient: bool,
}

/// What kind of operation one is, for the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Read,
    Write,
    /// Of several requests, or none that has a place among them.
    Other,
}

/// What a check finds: the transaction at which the answer is true, or what is wrong with it.
pub(crate) type Verdict = Result<Option<i64>, String>;

impl Book {
    /// The last transactions that its program knows of.
    pub(crate) fn known(&self) -> Known {
        Known { answered: self.seen, changed: self.changed }
    }
}

impl Oracle {
    /// Something is wrong. The first finding counts.
    pub(crate) fn fail(&mut self, what: impl Into<String>) {
        self.failure.get_or_insert_with(|| what.into());
    }

    /// Plays what was written.
    pub(crate) fn play(&mut self, transaction: &Transaction) {
        for write in self.history.play(transaction) {
            match write {
                Err(wrong) => self.fail(wrong),
                Ok((number, _)) if self.writes.get(&number) == Some(&Fate::NotApplied) => {
                    self.fail(format!("operation {number} was applied, and is said not to be"));
                }
                Ok(_) => {}
            }
        }
    }

    /// A session is opened.
    pub(crate) fn open(&mut self, client: usize) -> usize {
        self.books.push(Book { client, ..Book::default() });
        self.books.len() - 1
    }

    /// An operation is about to be asked for: its number.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.last_op += 1;
        self.last_op
    }

    pub(crate) fn ask(
        &mut self,
        number: u64,
        book: usize,
        what: &'static str,
        path: String,
        class: Class,
    ) -> Asked {
        self.tally.count(what);
        if class != Class::Read {
            self.writes.insert(number, Fate::Unknown);
        }
        self.books[book].pending.insert(number, what);
        self.books[book].machines += usize::from(what == "create_all");
        let (floor, newest) = (self.acknowledged, self.history.last());
        let disturbances = self.disturbances(book);
        Asked {
            number,
            book,
            what,
            path,
            class,
            floor,
            newest,
            deadline: None,
            disturbances,
            is_patient: true,
        }
    }

    /// The caller of an operation does not wait any more.
    pub(crate) fn dropped(&mut self, asked: &Asked) {
        self.tally.count("reply dropped");
        self.books[asked.book].pending.remove(&asked.number);
    }

    /// An operation has been answered, and the answer looked at.
    pub(crate) fn answered(&mut self, asked: &Asked, error: Option<&Error>, verdict: Verdict) {
        self.books[asked.book].pending.remove(&asked.number);
        if let Some(error) = error {
            self.tally.count(name(error.kind()));
        }
        let is_served = error.is_none_or(|error| error.code().is_some());
        if is_served && asked.is_patient && asked.class != Class::Other {
            self.check_order(asked);
        }
        if asked.class != Class::Read {
            self.note_fate(asked, error);
        }
        match verdict {
            Err(wrong) => {
                let seen = self.books[asked.book].seen;
                let last = self.history.last();
                self.fail(format!(
                    "{} {} (operation {}, session {} of client {}, which had seen {seen:#x} of {last:#x}): {wrong}",
                    asked.what, asked.path, asked.number, asked.book, self.books[asked.book].client,
                ));
            }
            Ok(zxid) if asked.is_patient => self.advance(asked, zxid, error.is_none()),
            Ok(_) => {}
        }
    }

    /// One answer for each request, in their order.
    fn check_order(&mut self, asked: &Asked) {
        let book = &mut self.books[asked.book];
        let before = std::mem::replace(&mut book.last_answered, asked.number);
        if before >= asked.number {
            self.fail(format!("operation {} was answered after {before}", asked.number));
        }
    }

    fn note_fate(&mut self, asked: &Asked, error: Option<&Error>) {
        let fate = match error.map(Error::outcome) {
            None => Fate::Done,
            Some(Outcome::Unknown) => Fate::Unknown,
            Some(Outcome::NotApplied) => Fate::NotApplied,
        };
        self.writes.insert(asked.number, fate);
        let is_applied = (0..4).any(|place| self.history.written((asked.number, place)).is_some());
        if fate == Fate::NotApplied && is_applied && asked.what != "create_all" {
            self.fail(format!(
                "{} {} (operation {}) was applied, and is said not to be: {error:?}",
                asked.what, asked.path, asked.number
            ));
        }
    }

    /// The session has seen more now. What it watches has to have been told by then.
    fn advance(&mut self, asked: &Asked, zxid: Option<i64>, is_success: bool) {
        let last = self.history.last();
        let Some(book) = self.books.get_mut(asked.book) else { return };
        book.seen = book.seen.max(zxid.unwrap_or(0));
        let (seen, set_again) = (book.seen, book.set_again);
        let mut wrong = None;
        for watched in &mut book.watches {
            if is_success && asked.class != Class::Other {
                watched.read_again(asked.number, last);
            }
            let found = watched.check(&self.history, seen, set_again).err();
            wrong = wrong.or(found);
        }
        if let Some(wrong) = wrong {
            let client = self.books[asked.book].client;
            self.fail(format!("client {client}, after operation {}: {wrong}", asked.number));
        }
    }

    /// A write is said to be done: it has to be there, and later than what was done before it was
    /// asked for.
    pub(crate) fn done(&mut self, asked: &Asked, stamp: Stamp) -> Result<i64, String> {
        let Some(written) = self.history.written(stamp) else {
            return Err("said to be done, but was not".into());
        };
        let zxid = written.zxid;
        self.done_at(asked, zxid)
    }

    pub(crate) fn done_at(&mut self, asked: &Asked, zxid: i64) -> Result<i64, String> {
        if zxid <= asked.floor {
            let floor = asked.floor;
            return Err(format!(
                "done at {zxid:#x}, although {floor:#x} was done before it was asked for"
            ));
        }
        self.acknowledged = self.acknowledged.max(zxid);
        Ok(zxid)
    }

    pub(crate) fn seen(&self, asked: &Asked) -> i64 {
        self.books[asked.book].seen
    }

    /// What a refusal says of the data has to be true.
    pub(crate) fn refusal(&self, asked: &Asked, code: ErrorCode) -> Verdict {
        let seen = self.seen(asked);
        let find = |path: &str, exists: bool| {
            let at = self.history.first(path, seen, |state| state.is_some() == exists);
            at.map(Some).ok_or_else(|| format!("refused with {code}, which was never so"))
        };
        let is_create = asked.what.starts_with("create");
        let is_plain = asked.class != Class::Other && !asked.what.starts_with("multi");
        if !is_plain || asked.path == "/" {
            return Ok(None);
        }
        if code == ErrorCode::NodeExists {
            return find(&asked.path, true);
        }
        if code == ErrorCode::NoNode && is_create {
            return find(zk_client::parent_of(&asked.path).unwrap_or("/"), false);
        }
        if code == ErrorCode::NoNode { find(&asked.path, false) } else { Ok(None) }
    }

    /// How often the process and the clock of a client have been meddled with.
    fn disturbances(&self, book: usize) -> u64 {
        let client = self.books[book].client;
        self.disturbances.get(client).copied().unwrap_or(0)
    }

    /// A request with a deadline is answered by then.
    pub(crate) fn check_deadline(&mut self, asked: &Asked, now: Instant, slack: Duration) {
        let is_late = |deadline| now.saturating_since(deadline) > slack;
        let is_calm = asked.disturbances == self.disturbances(asked.book);
        if is_calm && asked.deadline.is_some_and(is_late) {
            self.fail(format!("{} {} was to be answered earlier", asked.what, asked.path));
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "errors are an open set")]
fn name(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Server(_) => "refused",
        ErrorKind::Transaction { .. } => "transaction refused",
        ErrorKind::ConnectionLost { outcome: Outcome::Unknown, .. } => "connection lost, unknown",
        ErrorKind::ConnectionLost { .. } => "connection lost, not applied",
        ErrorKind::DeadlineExceeded(_) => "deadline exceeded",
        ErrorKind::SessionExpired(_) => "session expired",
        ErrorKind::QueueFull => "queue full",
        ErrorKind::Closed(_) => "closed",
        _ => "another error",
    }
}
