//! What goes over the wires, frame by frame.

use zk_client::Instant;

use crate::network::{Direction, LinkId};

/// A frame, where it was seen: what the programs at the ends of a connection really wrote and read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// When.
    pub at: Instant,
    /// On which connection, counted from the first of the world.
    pub link: LinkId,
    /// Whose connection it is.
    pub client: usize,
    /// With which member.
    pub member: usize,
    /// At which end it was seen.
    pub end: Peer,
    /// Which way it went.
    pub direction: Direction,
    /// The frame, without its length.
    pub bytes: Vec<u8>,
}

/// An end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Peer {
    /// The client: it writes requests, and reads what was not lost of the replies.
    Client,
    /// The server: it reads what was not lost of the requests, and writes replies.
    Server,
}

/// Finds the frames in a stream of bytes.
#[derive(Debug, Default)]
pub(crate) struct Splitter {
    /// The length of the frame, and what has come of it.
    begun: Vec<u8>,
}

impl Splitter {
    /// Takes bytes off the front, at most to the end of a frame; returns that, if it is whole.
    pub(crate) fn take(&mut self, bytes: &mut &[u8]) -> Option<Vec<u8>> {
        self.fill(4, bytes)?;
        let prefix = self.begun.first_chunk::<4>()?;
        let len = usize::try_from(i32::from_be_bytes(*prefix)).unwrap_or(0);
        self.fill(len.saturating_add(4), bytes)?;
        let frame = self.begun.split_off(4);
        self.begun.clear();
        Some(frame)
    }

    /// How many bytes are missing to the end of the frame, or of its length.
    pub(crate) fn missing(&self) -> usize {
        let wanted = match self.begun.first_chunk::<4>() {
            None => 4,
            Some(prefix) => {
                usize::try_from(i32::from_be_bytes(*prefix)).unwrap_or(0).saturating_add(4)
            }
        };
        wanted.saturating_sub(self.begun.len()).max(1)
    }

    fn fill(&mut self, len: usize, bytes: &mut &[u8]) -> Option<()> {
        let missing = len.saturating_sub(self.begun.len());
        let (front, rest) = bytes.split_at(missing.min(bytes.len()));
        self.begun.extend_from_slice(front);
        *bytes = rest;
        (front.len() == missing).then_some(())
    }
}
