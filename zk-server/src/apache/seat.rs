//! The place of a server in an ensemble.

use std::fmt;

use super::Error;
use super::port;
use crate::port::Port;

/// Whether a member of an ensemble votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Votes, and may become the leader.
    Participant,
    /// Serves clients without a vote.
    Observer,
}

/// A member's number, role and ports.
#[derive(Clone, Debug)]
pub(super) struct Seat {
    pub(super) id: usize,
    role: Role,
    quorum: Port,
    election: Port,
    pub(super) client: Port,
}

impl Seat {
    /// A seat on free ports.
    pub(super) fn reserve(id: usize, role: Role) -> Result<Self, Error> {
        let (quorum, election, client) = (port::reserve()?, port::reserve()?, port::reserve()?);
        Ok(Self { id, role, quorum, election, client })
    }

    /// The same seat, as one that waits to be let in is to see it: if it counted its own vote, it
    /// would miss the votes for a leader whom the others have elected without it.
    pub(super) fn as_joiner(&self) -> Self {
        Self { role: Role::Observer, ..self.clone() }
    }
}

/// The line of the ensemble's configuration, `server.N=...`.
impl fmt::Display for Seat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (quorum, election) = (self.quorum.address(), self.election.address().port());
        let (role, client) = (self.role, self.client.address());
        write!(formatter, "server.{}={quorum}:{election}:{role};{client}", self.id)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Participant => "participant",
            Self::Observer => "observer",
        })
    }
}
