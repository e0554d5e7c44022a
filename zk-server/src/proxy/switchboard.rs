//! What the threads of a proxy share: its connections, and what is to become of them.

use std::collections::HashMap;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The state of a proxy, and word of its changes.
#[derive(Debug)]
pub(super) struct Switchboard {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) upstream: SocketAddr,
    pub(super) admission: Admission,
    pub(super) flow: Flow,
    pub(super) budget: Budget,
    /// How many connections clients have made.
    pub(super) connections: u64,
    /// The sockets of each connection that is open, by its number.
    pub(super) open: HashMap<u64, Vec<TcpStream>>,
}

/// What becomes of a new connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Admission {
    Accepting,
    Refusing,
    /// The proxy is being dropped.
    Closed,
}

/// Whether bytes go through.
#[derive(Clone, Copy, Debug)]
pub(super) enum Flow {
    Flowing,
    Stalled,
}

/// How much may still go towards clients.
#[derive(Clone, Copy, Debug)]
pub(super) enum Budget {
    Unlimited,
    Bytes(u64),
}

/// How many of some bytes may go towards a client.
#[derive(Clone, Copy, Debug)]
pub(super) enum Allowance {
    All,
    /// So many, and then all connections are to be closed.
    Last(usize),
}

/// What becomes of a client that has connected.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It is the open connection `number`, to be forwarded to `upstream`.
    Forward { number: u64, upstream: SocketAddr },
    /// It is to be closed.
    Refuse,
    /// No client is to be taken any more.
    End,
}

impl Switchboard {
    pub(super) fn new(upstream: SocketAddr) -> Self {
        let state = State {
            upstream,
            admission: Admission::Accepting,
            flow: Flow::Flowing,
            budget: Budget::Unlimited,
            connections: 0,
            open: HashMap::new(),
        };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be called after each change that a thread may wait for.
    pub(super) fn notify(&self) {
        self.changed.notify_all();
    }

    /// Closes all connections.
    pub(super) fn cut(&self) {
        self.lock().cut();
        self.notify();
    }

    /// Waits while the flow is stalled; false if the connection `number` is not open any more.
    pub(super) fn wait_for_flow(&self, number: u64) -> bool {
        let stalled = |state: &mut State| {
            matches!(state.flow, Flow::Stalled) && state.open.contains_key(&number)
        };
        let state = self.changed.wait_while(self.lock(), stalled);
        state.unwrap_or_else(PoisonError::into_inner).open.contains_key(&number)
    }

    pub(super) fn wait_for_connections(&self, count: u64, limit: Duration) -> bool {
        let fewer = |state: &mut State| state.connections < count;
        let result = self.changed.wait_timeout_while(self.lock(), limit, fewer);
        !result.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Counts a client that has connected, and says what is to become of it.
    pub(super) fn admit(&self, client: &TcpStream) -> Verdict {
        let verdict = self.lock().admit(client);
        self.notify();
        verdict
    }
}

impl State {
    fn cut(&mut self) {
        for (_, sockets) in self.open.drain() {
            close(&sockets);
        }
    }

    /// Closes all connections for good.
    pub(super) fn close(&mut self) {
        self.admission = Admission::Closed;
        self.cut();
    }

    /// Closes the connection `number`.
    pub(super) fn hang_up(&mut self, number: u64) {
        if let Some(sockets) = self.open.remove(&number) {
            close(&sockets);
        }
    }

    /// Takes up to `count` bytes from the budget, and says how many may go.
    pub(super) fn spend(&mut self, count: usize) -> Allowance {
        match self.budget {
            Budget::Unlimited => Allowance::All,
            Budget::Bytes(left) if left > count as u64 => {
                self.budget = Budget::Bytes(left - count as u64);
                Allowance::All
            }
            Budget::Bytes(left) => {
                self.budget = Budget::Unlimited;
                Allowance::Last(usize::try_from(left).unwrap_or(count))
            }
        }
    }

    fn admit(&mut self, client: &TcpStream) -> Verdict {
        match self.admission {
            Admission::Closed => return Verdict::End,
            Admission::Accepting | Admission::Refusing => self.connections += 1,
        }
        match (self.admission, client.try_clone()) {
            (Admission::Accepting, Ok(client)) => {
                let number = self.connections;
                self.open.insert(number, vec![client]);
                Verdict::Forward { number, upstream: self.upstream }
            }
            (Admission::Accepting | Admission::Refusing | Admission::Closed, _) => Verdict::Refuse,
        }
    }
}

fn close(sockets: &[TcpStream]) {
    for socket in sockets {
        // One that the other end has closed is closed all the same.
        let _ = socket.shutdown(Shutdown::Both);
    }
}
