//! The session's own thread: connects, looks names up, and reads when nobody calls.

use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use rustix::event::PollFlags;
use zk_client::{Action, Instant, Target};

use crate::bell::Woken;
use crate::connector::Connector;
use crate::errand;
use crate::link::{self, Link};
use crate::stream::Stream;

/// How long it leaves the socket to the callers after one of them came: each answer would wake it
/// as well.
const GRACE: Duration = Duration::from_millis(2);

/// After how long it asks a caller that still reads to ring when it leaves.
const PATIENCE: Duration = Duration::from_millis(20);

pub(crate) struct Keeper {
    link: Arc<Link>,
    connector: Arc<dyn Connector>,
    stream: Option<Arc<Stream>>,
    nap: Duration,
}

/// Who is to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Ours,
    /// That of callers; we look again after this time, or when it rings.
    Theirs(Duration),
}

impl Keeper {
    pub(crate) fn new(link: Arc<Link>, connector: Arc<dyn Connector>) -> Self {
        Self { link, connector, stream: None, nap: GRACE }
    }

    /// The life of a session.
    pub(crate) fn run(mut self) {
        let waker = self.link.bell.waker();
        loop {
            match self.link.driver.poll_action(&waker) {
                Poll::Ready(Action::Connect(target)) => self.connect(&target),
                Poll::Ready(Action::Resolve(lookup)) => {
                    let connector = self.connector.clone();
                    match &self.stream {
                        None => errand::look_up(&self.link, &*connector, &lookup),
                        Some(_) => errand::look_up_apart(&self.link, connector, lookup),
                    }
                }
                Poll::Ready(Action::Probe(probe)) => {
                    errand::probe(&self.link, self.connector.clone(), &probe);
                }
                Poll::Ready(Action::Disconnect(_)) => {
                    self.link.say_goodbye();
                    self.disconnect();
                }
                Poll::Ready(Action::Finish) => return,
                Poll::Pending => self.pause(),
            }
        }
    }

    fn connect(&mut self, target: &Target) {
        let driver = &self.link.driver;
        let end = driver.attempt_ends().unwrap_or_else(|| driver.now());
        let left = end.saturating_since(driver.now()).max(Duration::from_millis(1));
        let connected = self.connector.connect(target, left);
        match connected.and_then(|stream| stream.set_blocking().map(|()| stream)) {
            Ok(stream) => {
                driver.handle_connected();
                let stream = self.stream.insert(Arc::new(stream));
                self.link.replace(Some(stream));
            }
            Err(error) => driver.handle_connect_failed(&error),
        }
    }

    fn disconnect(&mut self) {
        if let Some(stream) = self.stream.take() {
            stream.shutdown();
            self.link.replace(None);
        }
    }

    /// Sees to what is to be done before there is another action, or waits for that.
    fn pause(&mut self) {
        let has_backlog = self.link.flush_backlog();
        if let Some(error) = self.link.take_loss() {
            self.disconnect();
            return self.link.driver.handle_disconnected(&error);
        }
        let driver = &self.link.driver;
        let deadline = driver.poll_timeout();
        if deadline.is_some_and(|at| at <= driver.now()) {
            return driver.handle_timeout();
        }
        self.sleep(deadline, has_backlog);
    }

    /// Sleeps until that deadline, or until there is something to do. While callers read, it only
    /// looks up now and then whether they still do.
    fn sleep(&mut self, deadline: Option<Instant>, has_backlog: bool) {
        loop {
            let driver = &self.link.driver;
            let left = deadline.map_or(Duration::MAX, |at| at.saturating_since(driver.now()));
            let turn = self.turn();
            let mut interest = PollFlags::empty();
            interest.set(PollFlags::IN, turn == Turn::Ours);
            interest.set(PollFlags::OUT, has_backlog);
            let stream = self.stream.as_deref().map(|stream| (stream, interest));
            let Woken { has_rung, is_ready } = self.link.bell.sleep(turn.at_most(left), stream);
            match turn {
                Turn::Ours if is_ready && !self.link.is_called() => {
                    return self.link.lead().into_iter().for_each(link::Turn::read_some);
                }
                Turn::Ours if is_ready && !has_rung => {} // for whoever called meanwhile
                Turn::Theirs(nap) if nap < left && !is_ready && !has_rung => {}
                Turn::Ours | Turn::Theirs(_) => return,
            }
        }
    }

    fn turn(&mut self) -> Turn {
        if self.link.take_called() {
            self.nap = GRACE;
        } else if !self.link.is_led() {
            return Turn::Ours;
        } else if self.nap < PATIENCE {
            self.nap *= 2;
        } else {
            self.link.ring_when_left();
            // It may have left just before.
            return if self.link.is_led() { Turn::Theirs(Duration::MAX) } else { Turn::Ours };
        }
        Turn::Theirs(self.nap)
    }
}

impl Turn {
    /// How long to sleep, if so much time is left.
    fn at_most(self, left: Duration) -> Duration {
        match self {
            Self::Ours => left,
            Self::Theirs(nap) => nap.min(left),
        }
    }
}

/// Also when a connector panics.
impl Drop for Keeper {
    fn drop(&mut self) {
        self.disconnect();
        self.link.driver.abandon();
    }
}
