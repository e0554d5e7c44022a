//! Moves the bytes of one session.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncReadExt, AsyncWrite};
use tokio::task::yield_now;
use zk_client::wire::{Inbox, Outbox};
use zk_client::{Action, Driver, Target};

use crate::alarm::Alarm;
use crate::connector::{Connector, Stream};
use crate::errand::{ask, resolve};

/// How often to look what is to be done, and how often to read, before others have their turn: a
/// session with much to read must not starve the tasks that it shares a thread with.
const STEPS_PER_TURN: usize = 16;
const READS_PER_TURN: usize = 16;

/// The life of a session. As small as can be: there may be thousands.
pub(crate) fn serve(driver: Driver, connector: Arc<dyn Connector>) -> impl Future<Output = ()> {
    let (driver, alarm) = (Arc::new(driver), Alarm::new());
    let mut host = Host { driver, connector, alarm, link: Link::Down };
    poll_fn(move |cx| host.poll(cx))
}

struct Host {
    driver: Arc<Driver>,
    connector: Arc<dyn Connector>,
    alarm: Alarm,
    link: Link,
}

enum Link {
    Down,
    Opening(Opening),
    Up { stream: Box<dyn Stream>, inbox: Inbox, outbox: Outbox },
}

impl Link {
    /// Gives back what a busy time needed and a quiet one does not.
    fn release(&mut self) {
        if let Self::Up { inbox, outbox, .. } = self {
            inbox.release();
            outbox.release();
        }
    }
}

type Opening = Pin<Box<dyn Future<Output = io::Result<Box<dyn Stream>>> + Send>>;

impl Host {
    /// Ready when the session is over.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..STEPS_PER_TURN {
            while let Poll::Ready(action) = self.poll_action(cx) {
                match action {
                    Action::Resolve(lookup) => {
                        tokio::spawn(resolve(self.driver.clone(), self.connector.clone(), lookup));
                    }
                    Action::Probe(probe) => {
                        let exchange = self.driver.exchange(&probe);
                        tokio::spawn(ask(exchange, self.connector.clone()));
                    }
                    Action::Connect(target) => {
                        self.hang_up(cx);
                        self.link = Link::Opening(Box::pin(open(self.connector.clone(), target)));
                    }
                    Action::Disconnect(_) => self.hang_up(cx),
                    Action::Finish => return Poll::Ready(()),
                }
            }
            ready!(self.poll_link(cx));
        }
        give_way(cx)
    }

    /// What to do next with names and sockets. Keeps the time meanwhile.
    fn poll_action(&mut self, cx: &mut Context<'_>) -> Poll<Action> {
        loop {
            if let Poll::Ready(action) = self.driver.poll_action(cx.waker()) {
                return Poll::Ready(action);
            }
            ready!(self.alarm.poll(&self.driver, cx));
            self.driver.handle_timeout();
            self.link.release();
        }
    }

    /// Closes the connection. What is left to say is written as far as that goes without waiting:
    /// nobody will read an answer.
    fn hang_up(&mut self, cx: &mut Context<'_>) {
        if let Link::Up { stream, outbox, .. } = &mut self.link
            && self.driver.take_transmit(outbox)
        {
            let _ = Pin::new(stream).poll_write(cx, outbox.pending());
        }
        self.link = Link::Down;
    }

    /// Makes the connection, or moves bytes on it; ready when that left something to do.
    fn poll_link(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.link {
            Link::Down => return Poll::Pending,
            Link::Opening(attempt) => match ready!(attempt.as_mut().poll(cx)) {
                Ok(stream) => {
                    let (inbox, outbox) = (Inbox::default(), Outbox::default());
                    self.link = Link::Up { stream, inbox, outbox };
                    self.driver.handle_connected();
                }
                Err(error) => {
                    self.link = Link::Down;
                    self.driver.handle_connect_failed(&error);
                }
            },
            Link::Up { stream, inbox, outbox } => {
                let moved = match poll_write(stream, &self.driver, outbox, cx) {
                    // There may be answers before the end.
                    Poll::Ready(error) => match poll_read(stream, &self.driver, inbox, cx) {
                        Poll::Ready(read) => read,
                        Poll::Pending => Err(error),
                    },
                    Poll::Pending => ready!(poll_read(stream, &self.driver, inbox, cx)),
                };
                if let Err(error) = moved {
                    self.link = Link::Down;
                    self.driver.handle_disconnected(&error);
                }
            }
        }
        Poll::Ready(())
    }
}

/// Writes until nothing is left or there is no room; ready when that fails.
fn poll_write(
    mut stream: &mut dyn Stream,
    driver: &Driver,
    outbox: &mut Outbox,
    cx: &mut Context<'_>,
) -> Poll<io::Error> {
    loop {
        if outbox.is_empty() {
            ready!(driver.poll_transmit(cx.waker(), outbox));
        }
        match ready!(Pin::new(&mut stream).poll_write(cx, outbox.pending())) {
            Ok(0) => return Poll::Ready(io::ErrorKind::WriteZero.into()),
            Ok(count) => outbox.consume(count),
            Err(error) => return Poll::Ready(error),
        }
    }
}

/// Reads until nothing is left, or what came left something to do; ready then, and when it fails.
fn poll_read(
    stream: &mut dyn Stream,
    driver: &Driver,
    inbox: &mut Inbox,
    cx: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    for _ in 0..READS_PER_TURN {
        let read = pin!(stream.read_buf(inbox.spare())).poll(cx);
        match read {
            Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
            Poll::Ready(Ok(_)) => {
                inbox.commit_spare();
                if driver.handle_input(inbox) {
                    return Poll::Ready(Ok(()));
                }
            }
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => {
                if inbox.is_quiet() {
                    inbox.release();
                }
                return Poll::Pending;
            }
        }
    }
    give_way(cx)
}

/// A mere wake-up would let the other tasks run, but not tell them of their sockets and timers.
fn give_way<T>(cx: &mut Context<'_>) -> Poll<T> {
    let _ = pin!(yield_now()).poll(cx);
    Poll::Pending
}

async fn open(connector: Arc<dyn Connector>, target: Target) -> io::Result<Box<dyn Stream>> {
    connector.connect(&target).await
}
