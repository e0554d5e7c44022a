//! What a program of a story has in its hands.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use fastrand::Rng;
use zk_client::{Async, Client, Instant};

use super::books::Books;
use super::holders::{Claim, Held, Proof};
use super::items::Items;
use crate::tasks::Time;

/// What a program of a story has in its hands: a session, the time, and books to write into what
/// it believes.
#[derive(Clone)]
pub struct Actor {
    pub(super) zk: Client<Async>,
    pub(super) time: Time,
    pub(super) process: usize,
    pub(super) books: Rc<Books>,
    pub(super) deadline: Deadline,
    pub(super) rng: Rc<RefCell<Rng>>,
}

/// Until when what is asked for has to be answered.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deadline {
    None,
    At(Instant),
    Within(Duration),
}

impl Actor {
    /// The session. In the rows in which a deadline runs out, whatever is asked with it has that
    /// deadline: so ask for it again before each call, rather than once.
    #[must_use]
    pub fn client(&self) -> Client<Async> {
        match self.deadline {
            Deadline::At(at) if at > self.time.now() => {
                self.zk.within(at.saturating_since(self.time.now()))
            }
            Deadline::Within(time) => self.zk.within(time),
            Deadline::At(_) | Deadline::None => self.zk.clone(),
        }
    }

    /// Which client this is, from 0.
    #[must_use]
    pub fn number(&self) -> usize {
        self.process
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.time.now()
    }

    /// Waits.
    pub async fn sleep(&self, time: Duration) {
        self.time.sleep(time).await;
    }

    /// Waits for something, but only for so long; then drops it.
    pub async fn at_most<T>(&self, time: Duration, work: impl Future<Output = T>) -> Option<T> {
        let (mut work, mut nap) = (pin!(work), pin!(self.time.sleep(time)));
        std::future::poll_fn(|cx| match work.as_mut().poll(cx) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending => nap.as_mut().poll(cx).map(|()| None),
        })
        .await
    }

    /// Lets something go on beside the program, as a part of its process.
    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.time.spawn_in(self.process, task);
    }

    /// A number below this one, which follows from the seed.
    #[must_use]
    pub fn random(&self, below: u64) -> u64 {
        self.rng.borrow_mut().u64(..below.max(1))
    }

    /// Says that it holds something alone, by a node of its own. It does until what this returns is
    /// dropped: drop it before asking for the release, and when the loss is told.
    ///
    /// As long as the servers have the node, nobody else may hold the same; the node has to be one
    /// of this session; and the token, its czxid, has to be later than those of all who held it
    /// before.
    pub fn holds(&self, what: &str, path: &str, token: i64) -> Held {
        self.claim(what, Claim::Alone, Proof::node(path, token))
    }

    /// The same, together with others who share it.
    pub fn shares(&self, what: &str, path: &str, token: i64) -> Held {
        self.claim(what, Claim::Shared, Proof::node(path, token))
    }

    /// The same, for one of so many places.
    pub fn holds_one_of(&self, places: usize, what: &str, path: &str, token: i64) -> Held {
        self.claim(what, Claim::OneOf(places), Proof::node(path, token))
    }

    /// Says that it holds something alone as long as the servers have its session: for recipes that
    /// do not tell which node they hold it by.
    pub fn holds_by_session(&self, what: &str) -> Held {
        self.claim(what, Claim::Alone, Proof::Session(self.zk.session_id()))
    }

    fn claim(&self, what: &str, claim: Claim, proof: Proof) -> Held {
        let session = self.zk.session_id();
        self.books.holders.claim(what, claim, proof, self.process, session)
    }

    /// The book of what is put somewhere and taken from there.
    #[must_use]
    pub fn items(&self) -> &Items {
        &self.books.items
    }

    /// Something that all programs of this world share; the first who asks makes it.
    #[must_use]
    pub fn shared<T: Default + 'static>(&self) -> Rc<RefCell<T>> {
        self.books.shared()
    }

    /// Counts that something happened; see [`Story::wants`](super::Story::wants).
    pub fn count(&self, what: &'static str) {
        self.books.tally.borrow_mut().count(what);
    }

    /// Says that something is wrong.
    pub fn fail(&self, what: impl Into<String>) {
        self.books.fail(format!("client {}: {}", self.process, what.into()));
    }
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Actor").field("number", &self.process).finish_non_exhaustive()
    }
}
