//! Moves the bytes of one session.

#[cfg(test)]
mod tests;

use std::future::poll_fn;
use std::io;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};
use zk_client::wire::{Inbox, Outbox};
use zk_client::{Action, Driver, Target};

use crate::alarm::Alarm;
use crate::connector::{Connector, Stream};
use crate::errand::{Executor, ask, resolve};

/// How often to read before others have their turn: a session with much to read must not starve
/// the tasks that it shares a thread with.
const READS_PER_TURN: usize = 16;

/// The life of a session.
pub(crate) async fn serve<E: Executor>(driver: Driver, connector: Arc<dyn Connector>) {
    let mut host = Host::<E> {
        driver: Arc::new(driver),
        connector,
        alarm: Alarm::new(),
        executor: PhantomData,
    };
    let mut action = host.next().await;
    loop {
        action = match action {
            Action::Connect(target) => match host.connect(&target).await {
                Ok(stream) => host.exchange(stream).await,
                Err(action) => action,
            },
            Action::Finish => return,
            Action::Disconnect(_) | Action::Resolve(_) | Action::Probe(_) => host.next().await,
        }
    }
}

struct Host<E> {
    driver: Arc<Driver>,
    connector: Arc<dyn Connector>,
    alarm: Alarm,
    executor: PhantomData<fn(E)>,
}

impl<E: Executor> Host<E> {
    async fn next(&mut self) -> Action {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// What to do next with the connection. Keeps the time meanwhile, and sees to what does not
    /// concern the connection.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Action> {
        loop {
            match self.driver.poll_action(cx.waker()) {
                Poll::Ready(Action::Resolve(lookup)) => {
                    E::run(resolve(self.driver.clone(), self.connector.clone(), lookup));
                }
                Poll::Ready(Action::Probe(probe)) => {
                    E::run(ask(self.driver.exchange(&probe), self.connector.clone()));
                }
                Poll::Ready(action) => return Poll::Ready(action),
                Poll::Pending => {
                    ready!(self.alarm.poll(&self.driver, cx));
                    self.driver.handle_timeout();
                }
            }
        }
    }

    /// Makes a connection, unless there is something else to do first.
    async fn connect(&mut self, target: &Target) -> Result<Box<dyn Stream>, Action> {
        let connector = self.connector.clone();
        let mut attempt = connector.connect(target);
        let outcome = poll_fn(|cx| match self.poll_next(cx) {
            Poll::Ready(action) => Poll::Ready(Err(action)), // it took too long
            Poll::Pending => attempt.as_mut().poll(cx).map(Ok),
        });
        match outcome.await? {
            Ok(stream) => Ok(stream),
            Err(error) => {
                self.driver.handle_connect_failed(&error);
                Err(self.next().await)
            }
        }
    }

    /// Moves bytes until the connection breaks, or the session wants something else.
    async fn exchange(&mut self, mut stream: Box<dyn Stream>) -> Action {
        self.driver.handle_connected();
        let (mut inbox, mut outbox) = (Inbox::default(), Outbox::default());
        poll_fn(|cx| {
            if let Poll::Ready(action) = self.poll_next(cx) {
                say_goodbye(&mut stream, &self.driver, &mut outbox, cx);
                return Poll::Ready(action);
            }
            let written = poll_write(&mut stream, &self.driver, &mut outbox, cx);
            let result = match written {
                // There may be answers before the end.
                Poll::Ready(error) => match self.poll_read(&mut stream, &mut inbox, cx) {
                    Poll::Ready(read) => Poll::Ready(read),
                    Poll::Pending => Poll::Ready(error),
                },
                Poll::Pending => self.poll_read(&mut stream, &mut inbox, cx),
            };
            let Poll::Ready(error) = result else {
                if inbox.is_quiet() {
                    inbox.release();
                    outbox.release();
                }
                return Poll::Pending;
            };
            self.driver.handle_disconnected(&error);
            self.poll_next(cx)
        })
        .await
    }

    /// Reads until nothing is left; ready when that fails.
    fn poll_read(
        &mut self,
        mut stream: &mut dyn Stream,
        inbox: &mut Inbox,
        cx: &mut Context<'_>,
    ) -> Poll<io::Error> {
        for _ in 0..READS_PER_TURN {
            match ready!(Pin::new(&mut stream).poll_read(cx, inbox.space())) {
                Ok(0) => return Poll::Ready(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    inbox.commit(count);
                    self.driver.handle_input(inbox);
                }
                Err(error) => return Poll::Ready(error),
            }
        }
        self.alarm.pause(cx);
        Poll::Pending
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

/// Writes the last that there is, as far as that goes without waiting: nobody will read an answer.
fn say_goodbye(
    mut stream: &mut dyn Stream,
    driver: &Driver,
    outbox: &mut Outbox,
    cx: &mut Context<'_>,
) {
    if driver.take_transmit(outbox) {
        let _ = Pin::new(&mut stream).poll_write(cx, outbox.pending());
    }
}
