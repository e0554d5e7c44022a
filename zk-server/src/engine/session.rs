//! Who is connected, or was lately.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use subtle::ConstantTimeEq;
use zk_proto::Instant;

use super::ConnectionId;

/// The sessions of an ensemble, and when each expires.
#[derive(Debug)]
pub(super) struct Sessions {
    sessions: BTreeMap<i64, Session>,
    deadlines: BTreeSet<(Instant, i64)>,
    tick: Duration,
}

pub(super) struct Session {
    password: [u8; 16],
    pub(super) timeout: Duration,
    expires: Instant,
    pub(super) scope: Scope,
    pub(super) connection: Option<ConnectionId>,
}

/// Where a session is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Everywhere.
    Ensemble,
    /// At one member that serves reads only, and as long as its connection.
    Connection,
}

/// What is known of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionInfo {
    /// Its id.
    pub id: i64,
    /// How long it lives without a sign of its client.
    pub timeout: Duration,
    /// The member that its client is connected to, if it is.
    pub member: Option<usize>,
}

impl Sessions {
    /// They expire at multiples of `tick`, never before their time (`ExpiryQueue`).
    pub(super) fn new(tick: Duration) -> Self {
        Self { sessions: BTreeMap::new(), deadlines: BTreeSet::new(), tick }
    }

    pub(super) fn open(
        &mut self,
        now: Instant,
        id: i64,
        password: [u8; 16],
        timeout: Duration,
        scope: Scope,
        connection: ConnectionId,
    ) {
        let expires = self.expiry(now, timeout);
        self.deadlines.insert((expires, id));
        let connection = Some(connection);
        self.sessions.insert(id, Session { password, timeout, expires, scope, connection });
    }

    /// The session, if this is its password.
    pub(super) fn with_password(&mut self, id: i64, password: &[u8]) -> Option<&mut Session> {
        let session = self.sessions.get_mut(&id)?;
        bool::from(session.password.ct_eq(password)).then_some(session)
    }

    pub(super) fn get(&self, id: i64) -> Option<&Session> {
        self.sessions.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: i64) -> Option<&mut Session> {
        self.sessions.get_mut(&id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, &Session)> {
        self.sessions.iter().map(|(id, session)| (*id, session))
    }

    /// Its client is there.
    pub(super) fn touch(&mut self, now: Instant, id: i64) {
        let Some(session) = self.sessions.get(&id) else { return };
        let expires = self.expiry(now, session.timeout);
        if let Some(session) = self.sessions.get_mut(&id)
            && session.expires != expires
        {
            self.deadlines.remove(&(session.expires, id));
            self.deadlines.insert((expires, id));
            session.expires = expires;
        }
    }

    /// A new leader gives everybody their whole time.
    pub(super) fn touch_all(&mut self, now: Instant) {
        let ids: Vec<_> = self.sessions.keys().copied().collect();
        ids.into_iter().for_each(|id| self.touch(now, id));
    }

    pub(super) fn close(&mut self, id: i64) -> Option<Session> {
        let session = self.sessions.remove(&id)?;
        self.deadlines.remove(&(session.expires, id));
        Some(session)
    }

    /// One whose time is up.
    pub(super) fn expired(&self, now: Instant) -> Option<i64> {
        self.deadlines.first().filter(|(expires, _)| *expires <= now).map(|(_, id)| *id)
    }

    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.deadlines.first().map(|(expires, _)| *expires)
    }

    /// When something expires that is heard of now.
    pub(super) fn expiry(&self, now: Instant, timeout: Duration) -> Instant {
        let tick = u64::try_from(self.tick.as_millis()).unwrap_or(u64::MAX).max(1);
        let due = (now + timeout).saturating_since(Instant::ORIGIN).as_millis();
        let due = u64::try_from(due).unwrap_or(u64::MAX);
        let ticks = (due / tick).saturating_add(1);
        Instant::since_origin(Duration::from_millis(ticks.saturating_mul(tick)))
    }
}

impl Session {
    pub(super) fn expires(&self) -> Instant {
        self.expires
    }
}

impl std::fmt::Debug for Session {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
