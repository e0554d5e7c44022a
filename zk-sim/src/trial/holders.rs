//! Who believes to hold what, and whether that can be.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use zk_client::Instant;
use zk_server::Engine;
use zk_server::tree::{Change, Owner, Transaction};

/// The book of who believes to hold what.
#[derive(Clone, Debug, Default)]
pub(super) struct Holders(Rc<RefCell<Book>>);

#[derive(Debug, Default)]
struct Book {
    claims: BTreeMap<u64, Entry>,
    last: u64,
    /// Who made each node, by its path and czxid.
    made: BTreeMap<(Box<str>, i64), Owner>,
    /// The last token that was granted of each thing.
    tokens: BTreeMap<String, i64>,
    /// Something was claimed since the last look.
    has_news: bool,
}

/// In which way somebody holds something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    Alone,
    Shared,
    OneOf(usize),
}

/// Why somebody believes so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    Node { path: Box<str>, czxid: i64 },
    Session(i64),
}

#[derive(Clone, Debug)]
struct Entry {
    what: String,
    claim: Claim,
    proof: Proof,
    client: usize,
    session: i64,
    is_new: bool,
    /// Since when it is not true any more.
    lost: Option<Instant>,
}

/// Somebody holds something until this is dropped.
#[derive(Debug)]
#[must_use = "it is held until this is dropped"]
pub struct Held {
    holders: Holders,
    number: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.holders.0.borrow_mut().claims.remove(&self.number);
    }
}

impl Proof {
    pub(super) fn node(path: &str, czxid: i64) -> Self {
        Self::Node { path: path.into(), czxid }
    }

    /// Whether the servers would agree.
    fn holds(&self, engine: &Engine) -> bool {
        match self {
            Self::Node { path, czxid } => {
                engine.tree().node(path).is_some_and(|node| node.stat().czxid == *czxid)
            }
            Self::Session(session) => engine.sessions().any(|open| open.id == *session),
        }
    }
}

impl Holders {
    pub(super) fn claim(
        &self,
        what: &str,
        claim: Claim,
        proof: Proof,
        client: usize,
        session: i64,
    ) -> Held {
        let mut book = self.0.borrow_mut();
        book.last += 1;
        let number = book.last;
        let what = what.to_owned();
        let entry = Entry { what, claim, proof, client, session, is_new: true, lost: None };
        book.claims.insert(number, entry);
        book.has_news = true;
        Held { holders: self.clone(), number }
    }

    /// Notes who made which nodes.
    pub(super) fn see(&self, transaction: &Transaction) {
        let mut book = self.0.borrow_mut();
        for change in &transaction.changes {
            if let Change::Create { path, owner, .. } = change {
                book.made.insert((path.clone(), transaction.at.zxid), *owner);
            }
        }
    }

    /// Whether there is something that [`check`](Self::check) has not seen.
    pub(super) fn has_news(&self) -> bool {
        std::mem::take(&mut self.0.borrow_mut().has_news)
    }

    /// Holds what is believed against what the servers have.
    pub(super) fn check(&self, engine: &Engine, now: Instant) -> Result<(), String> {
        let mut book = self.0.borrow_mut();
        let mut claims = std::mem::take(&mut book.claims);
        let mut result = Ok(());
        for entry in claims.values_mut() {
            let is_live = entry.proof.holds(engine);
            entry.lost = if is_live { None } else { entry.lost.or(Some(now)) };
            if std::mem::take(&mut entry.is_new) {
                result = result.and_then(|()| book.granted(entry, is_live));
            }
        }
        result = result.and_then(|()| alone(claims.values()));
        book.claims = claims;
        result
    }

    /// Nobody may believe to hold what it has lost longer than this.
    pub(super) fn told_in(
        &self,
        now: Instant,
        patience: Duration,
        excused: impl Fn(usize) -> bool,
    ) -> Result<(), String> {
        let book = self.0.borrow();
        let late = book.claims.values().find(|entry| {
            let lost = entry.lost.map(|lost| now.saturating_since(lost));
            lost.is_some_and(|since| since > patience) && !excused(entry.client)
        });
        late.map_or(Ok(()), |entry| {
            let Entry { client, what, .. } = entry;
            Err(format!("client {client} has lost {what} {patience:?} ago, and was not told"))
        })
    }

    /// Who holds something still.
    pub(super) fn left(&self) -> Vec<String> {
        let book = self.0.borrow();
        book.claims
            .values()
            .map(|entry| format!("client {}: {}", entry.client, entry.what))
            .collect()
    }
}

impl Book {
    /// A claim is new: its node has to be one that its session has made, and later than those of
    /// all who held the same.
    fn granted(&mut self, entry: &Entry, is_live: bool) -> Result<(), String> {
        let Entry { what, client, session, .. } = entry;
        let Proof::Node { path, czxid } = &entry.proof else { return Ok(()) };
        match self.made.get(&(path.clone(), *czxid)) {
            None => {
                return Err(format!(
                    "client {client} holds {what} by {path} of {czxid:#x}, which never was"
                ));
            }
            Some(Owner::Session(owner)) if owner != session => {
                return Err(format!(
                    "client {client} holds {what} by {path}, which is not its own: it has the \
                     session {session:#x}, the node {owner:#x}"
                ));
            }
            Some(Owner::Session(_) | Owner::Nobody | Owner::Children | Owner::Time(_)) => {}
        }
        if entry.claim == Claim::Alone && is_live {
            let last = self.tokens.insert(what.clone(), *czxid).unwrap_or(0);
            if *czxid < last {
                return Err(format!(
                    "client {client} holds {what} with the token {czxid:#x}, after {last:#x}"
                ));
            }
        }
        Ok(())
    }
}

/// Of those who rightly believe to hold something, there are not too many.
fn alone<'a>(claims: impl Iterator<Item = &'a Entry>) -> Result<(), String> {
    let mut live: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in claims.filter(|entry| entry.lost.is_none()) {
        live.entry(&entry.what).or_default().push(entry);
    }
    for (what, entries) in live {
        let limit = entries.iter().map(|entry| entry.claim.limit()).min().unwrap_or(usize::MAX);
        if entries.len() > limit {
            let who: Vec<_> = entries.iter().map(|entry| (entry.client, &entry.proof)).collect();
            return Err(format!("{what} is held by more than {limit}: {who:?}"));
        }
    }
    Ok(())
}

impl Claim {
    /// How many may hold the same at one time.
    fn limit(self) -> usize {
        match self {
            Self::Alone => 1,
            Self::Shared => usize::MAX,
            Self::OneOf(places) => places,
        }
    }
}
