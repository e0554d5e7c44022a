//! What a session asks for beside its connection: names, and whether another server can write.

use std::io;
use std::sync::Arc;
use std::thread;

use zk_client::{Lookup, Probe};

use crate::connector::Connector;
use crate::exchange;
use crate::link::Link;

/// Looks a name up, in this thread.
pub(crate) fn look_up(link: &Link, connector: &dyn Connector, lookup: &Lookup) {
    let addresses = connector.resolve(&lookup.host);
    link.driver.handle_resolved(lookup.id, addresses);
}

/// Looks a name up, in a thread of its own.
pub(crate) fn look_up_apart(link: &Arc<Link>, connector: Arc<dyn Connector>, lookup: Lookup) {
    let link = Arc::downgrade(link);
    run(move || {
        let addresses = connector.resolve(&lookup.host);
        if let Some(link) = link.upgrade() {
            link.driver.handle_resolved(lookup.id, addresses);
        }
    });
}

/// Asks a server whether it can write, in a thread of its own.
pub(crate) fn probe(link: &Link, connector: Arc<dyn Connector>, probe: &Probe) {
    let exchange = link.driver.exchange(probe);
    run(move || exchange::ask(exchange, &*connector));
}

/// If there is no thread to be had, the session goes on when the time of the errand is over.
fn run(errand: impl FnOnce() + Send + 'static) {
    let started: io::Result<_> = thread::Builder::new().name("zk-errand".into()).spawn(errand);
    drop(started);
}
