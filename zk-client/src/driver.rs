//! The adapter's half of a client.

use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use zk_proto::wire::{Inbox, Outbox};
use zk_proto::{Action, Config, Instant, Probe, State};

use crate::shared::Shared;
use crate::tls::Tls;
use crate::transport::Transport;
use crate::view::{Handle, Hold, View};
use crate::{Client, Exchange, Mode};

/// Tells the present moment: how long after an origin of the adapter's choice.
pub type Clock = Box<dyn Fn() -> Instant + Send + Sync>;

/// Makes a client and its driver. `watch_buffer` is how many changes a watch keeps for a slow
/// reader.
///
/// ```
/// use std::time::Instant;
/// use zk_client::{Async, Config, ConnectString};
///
/// let servers: ConnectString = "127.0.0.1:2181".parse()?;
/// let start = Instant::now();
/// let clock = move || zk_client::Instant::since_origin(start.elapsed());
/// let (client, driver) = zk_client::new::<Async>(Config::new(servers.hosts), 256, Box::new(clock));
/// # drop((client, driver));
/// # Ok::<(), zk_client::ConnectStringError>(())
/// ```
#[must_use]
pub fn new<M: Mode>(config: Config, watch_buffer: usize, clock: Clock) -> (Client<M>, Driver) {
    let shared = Shared::new(config, watch_buffer, clock);
    let handle = Arc::new(Handle(shared.clone()));
    let hold = Hold { handle, view: Ok(View::default()) };
    let client = Client { hold: Arc::new(hold), mode: PhantomData };
    (client, Driver { shared, transport: Transport::Plain })
}

/// Helps a thread to wait: an adapter can let it move the bytes meanwhile.
///
/// `ready` says whether the wait is over, and may be asked at any time; the waker that it is given
/// tells when to ask again.
pub trait Host: Send + Sync + 'static {
    /// Waits for the answer to what was asked for. That may be the next to arrive, and may not
    /// have been sent yet.
    fn wait_for_answer(&self, ready: &mut dyn FnMut(&mut Context<'_>) -> bool);

    /// Waits for what may come at any time or never, until that moment if there is one.
    fn wait_for_news(
        &self,
        until: Option<Instant>,
        ready: &mut dyn FnMut(&mut Context<'_>) -> bool,
    );
}

/// The adapter's half of a client: a [`Session`](zk_proto::Session) whose events are taken care of.
///
/// Any thread may call it. Inputs are named `handle_*`; they hand out answers before they return.
/// Outputs are named `poll_*`; if there is nothing, they wake the waker when there is, or when
/// [`poll_timeout`](Self::poll_timeout) has become earlier. So an adapter's loop is, at each
/// wake-up: carry out what [`poll_action`](Self::poll_action) says; set the timer to `poll_timeout`
/// and call [`handle_timeout`](Self::handle_timeout) when it goes off; write what
/// [`poll_transmit`](Self::poll_transmit) gives; read, and pass it to
/// [`handle_input`](Self::handle_input).
///
/// With TLS, which is done in here, the bytes are those of TLS: there may be something to write
/// after any input, although nobody asked for anything, and after [`Action::Disconnect`] there is a
/// last thing. So before it closes the connection, an adapter writes what
/// [`take_transmit`](Self::take_transmit) gives then, as far as that goes without waiting.
///
/// Dropping it ends the session for all handles, without telling the server.
pub struct Driver {
    shared: Arc<Shared>,
    transport: Transport,
}

impl Driver {
    /// A look-up has ended.
    pub fn handle_resolved(&self, lookup: u64, addresses: std::io::Result<Vec<SocketAddr>>) {
        let addresses = addresses.map_err(|error| error.to_string());
        self.shared.drive(|core, now| {
            let addresses = addresses.as_ref().map_err(String::as_str);
            core.session.handle_resolved(now, lookup, addresses.cloned());
        });
    }

    /// The socket is up.
    pub fn handle_connected(&self) {
        self.transport.connected(&self.shared);
    }

    /// The socket did not come up.
    pub fn handle_connect_failed(&self, why: &dyn fmt::Display) {
        let why = why.to_string();
        self.shared.span.in_scope(|| tracing::debug!(why, "cannot connect"));
        self.shared.drive(|core, now| core.session.handle_connect_failed(now, &why));
    }

    /// Bytes were read into `inbox`. Says whether there may be something to do now, other than to
    /// read on: if so, the waker is woken as well.
    pub fn handle_input(&self, inbox: &mut Inbox) -> bool {
        self.transport.input(&self.shared, inbox)
    }

    /// The socket is gone.
    pub fn handle_disconnected(&self, why: &dyn fmt::Display) {
        self.transport.disconnected(&self.shared, why.to_string());
    }

    /// A probe that was asked otherwise than by [`exchange`](Self::exchange) has ended with this
    /// answer, or without one.
    pub fn handle_probed(&self, probe: u64, answer: &[u8]) {
        self.shared.drive(|core, now| core.session.handle_probed(now, probe, answer));
    }

    /// The question that a probe asks: to be carried out beside the session, to which it brings the
    /// answer itself.
    #[must_use]
    pub fn exchange(&self, probe: &Probe) -> Exchange {
        Exchange::probe(self.shared.clone(), probe, self.transport.tls().cloned())
    }

    /// Time passed.
    pub fn handle_timeout(&self) {
        self.shared.release();
        self.shared.drive(|core, now| core.session.handle_timeout(now));
    }

    /// What to do with names and sockets. [`Action::Finish`] is the last one.
    pub fn poll_action(&self, waker: &Waker) -> Poll<Action> {
        let action = self.shared.poll(waker, |core, _| core.session.poll_action());
        if let Poll::Ready(action) = &action {
            self.shared.span.in_scope(|| trace(action));
            self.transport.note(action);
        }
        action
    }

    /// Puts what is to be written into `outbox`, of which everything has been written.
    pub fn poll_transmit(&self, waker: &Waker, outbox: &mut Outbox) -> Poll<()> {
        self.transport.poll_transmit(&self.shared, waker, outbox)
    }

    /// Puts what is to be written into `outbox`, for a thread that does not wait for it. Says
    /// whether there is any. What is overdue is seen to before: a request whose deadline has passed
    /// is not sent.
    #[must_use]
    pub fn take_transmit(&self, outbox: &mut Outbox) -> bool {
        let now = self.shared.now();
        if self.next_caller_timeout().is_some_and(|at| at <= now) {
            self.handle_timeout();
        }
        self.transport.take_transmit(&self.shared, now, outbox)
    }

    /// Whether [`take_transmit`](Self::take_transmit) has something.
    #[must_use]
    pub fn wants_transmit(&self) -> bool {
        self.shared.lock().wants_transmit()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) next. To be asked again after each
    /// input and each wake-up.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.shared.lock().arm()
    }

    /// The same for a thread that keeps the time while it waits for something else: the driver is
    /// woken for what it was told by `poll_timeout`, not for this.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        self.shared.lock().next_deadline()
    }

    /// The same for a thread that waits for its answer alone, while another one keeps the time of
    /// the connection: when the first caller is to be told that time passed.
    #[must_use]
    pub fn next_caller_timeout(&self) -> Option<Instant> {
        self.shared.lock().next_caller_deadline()
    }

    /// When the present attempt to connect will be given up; `None` if there is none.
    #[must_use]
    pub fn attempt_ends(&self) -> Option<Instant> {
        self.shared.lock().session.attempt_ends()
    }

    /// The present moment, as the clock tells it.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.shared.now()
    }

    /// Where the session stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.shared.lock().session.state()
    }

    /// Speaks TLS from the next connection on, and in each [`exchange`](Self::exchange). For an
    /// adapter without a [`Builder`](crate::Builder), before it begins.
    #[cfg(feature = "tls")]
    pub fn set_tls(&mut self, tls: Tls) {
        self.encrypt(Some(tls));
    }

    /// Speaks TLS, if it is given.
    pub(crate) fn encrypt(&mut self, tls: Option<Tls>) {
        self.transport = Transport::new(tls);
    }

    /// Lets threads that wait help to move the bytes.
    pub fn set_host(&self, host: Weak<impl Host>) {
        self.shared.set_host(host);
    }

    /// Ends the session for all handles, without telling the server.
    pub fn abandon(&self) {
        self.shared.drive(|core, _| core.session.abandon());
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.abandon();
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("state", &self.state()).finish_non_exhaustive()
    }
}

fn trace(action: &Action) {
    match action {
        Action::Resolve(lookup) => tracing::debug!(host = %lookup.host, "looking up"),
        Action::Connect(target) => {
            tracing::debug!(host = %target.host, address = %target.address, "connecting");
        }
        Action::Probe(probe) => {
            tracing::debug!(address = %probe.target.address, "asking whether it can write");
        }
        Action::Disconnect(fault) => tracing::debug!(%fault, "disconnecting"),
        Action::Finish => tracing::debug!("finished"),
    }
}
