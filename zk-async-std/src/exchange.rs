//! Carries out one question to a server.

use std::io;
use std::sync::Arc;

use async_io::Timer;
use futures_lite::{AsyncReadExt, AsyncWriteExt, FutureExt};
use zk_client::Exchange;
use zk_client::wire::{Inbox, Outbox};

use crate::connector::{Connector, Stream};

/// Asks at one address after the other, for as long as it may take.
pub(crate) async fn ask(mut exchange: Exchange, connector: Arc<dyn Connector>) {
    let limit = Timer::after(exchange.timeout());
    let in_time = async {
        try_all(&mut exchange, &*connector).await;
        true
    };
    let late = async {
        limit.await;
        false
    };
    if !in_time.or(late).await {
        exchange.handle_timeout();
    }
}

async fn try_all(exchange: &mut Exchange, connector: &dyn Connector) {
    if let Some(host) = exchange.lookup() {
        let addresses = connector.resolve(host).await;
        exchange.handle_resolved(addresses);
    }
    while let Some(target) = exchange.next_target() {
        let result = match connector.connect(&target).await {
            Ok(stream) => converse(exchange, stream).await,
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            exchange.handle_failed(&error);
        }
    }
}

async fn converse(exchange: &mut Exchange, mut stream: Box<dyn Stream>) -> io::Result<()> {
    let (mut inbox, mut outbox) = (Inbox::default(), Outbox::default());
    loop {
        while exchange.take_transmit(&mut outbox) {
            stream.write_all(outbox.pending()).await?;
            outbox.clear();
        }
        if exchange.is_over() {
            return Ok(());
        }
        match stream.read(inbox.space()).await? {
            0 => {
                exchange.handle_closed();
                return Ok(());
            }
            count => inbox.commit(count),
        }
        exchange.handle_input(&mut inbox);
    }
}
