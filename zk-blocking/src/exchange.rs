//! Carries out one question to a server, in this thread.

use std::io;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use zk_client::Exchange;
use zk_client::wire::{Inbox, Outbox};

use crate::connector::Connector;
use crate::stream::Stream;

/// Asks at one address after the other, for as long as it may take.
pub(crate) fn ask(mut exchange: Exchange, connector: &dyn Connector) {
    let end = Instant::now() + exchange.timeout();
    if try_all(&mut exchange, connector, end).is_none() {
        exchange.handle_timeout();
    }
}

/// None if the time is over.
fn try_all(exchange: &mut Exchange, connector: &dyn Connector, end: Instant) -> Option<()> {
    if let Some(host) = exchange.lookup() {
        let addresses = connector.resolve(host);
        exchange.handle_resolved(addresses);
    }
    while let Some(target) = exchange.next_target() {
        let result = match connector.connect(&target, left(end)?) {
            Ok(stream) => converse(exchange, &stream, end),
            Err(error) => Err(error),
        };
        left(end)?;
        if let Err(error) = result {
            exchange.handle_failed(&error);
        }
    }
    Some(())
}

fn converse(exchange: &mut Exchange, stream: &Stream, end: Instant) -> io::Result<()> {
    let (mut inbox, mut outbox) = (Inbox::default(), Outbox::default());
    stream.set_blocking()?;
    loop {
        while exchange.take_transmit(&mut outbox) {
            outbox.consume(stream.write(outbox.pending())?); // there is room for so little
        }
        let Some(left) = left(end).filter(|_| !exchange.is_over()) else { return Ok(()) };
        stream.set_read_timeout(left)?;
        match stream.read(inbox.space()) {
            Ok(0) => {
                exchange.handle_closed();
                return Ok(());
            }
            Ok(count) => {
                inbox.commit(count);
                exchange.handle_input(&mut inbox);
            }
            Err(Errno::WOULDBLOCK | Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn left(end: Instant) -> Option<Duration> {
    let left = end.saturating_duration_since(Instant::now());
    (!left.is_zero()).then_some(left)
}
