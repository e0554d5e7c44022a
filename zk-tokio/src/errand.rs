//! What a session has done beside its connection: names looked up, and questions to servers.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use zk_client::wire::{Inbox, Outbox};
use zk_client::{Driver, Exchange, Lookup};

use crate::connector::{Connector, Stream};

/// Looks a name up.
pub(crate) async fn resolve(driver: Arc<Driver>, connector: Arc<dyn Connector>, lookup: Lookup) {
    let addresses = connector.resolve(&lookup.host).await;
    driver.handle_resolved(lookup.id, addresses);
}

/// Asks at one address after the other, for as long as it may take.
pub(crate) async fn ask(mut exchange: Exchange, connector: Arc<dyn Connector>) {
    let limit = exchange.timeout();
    if timeout(limit, try_all(&mut exchange, &*connector)).await.is_err() {
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
        if stream.read_buf(inbox.spare()).await? == 0 {
            exchange.handle_closed();
            return Ok(());
        }
        inbox.commit_spare();
        exchange.handle_input(&mut inbox);
    }
}
