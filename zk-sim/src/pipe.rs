//! One direction of a connection.

use std::collections::VecDeque;

use zk_client::Instant;

/// Bytes on their way, and those that have come and nobody has read.
#[derive(Debug, Default)]
pub(crate) struct Pipe {
    pieces: VecDeque<(Instant, Vec<u8>)>,
    in_flight: usize,
    arrived: VecDeque<u8>,
    last_arrival: Instant,
    /// How it ends, behind the bytes that are on their way.
    end: Option<(Instant, End)>,
    fate: Fate,
    /// After so many more bytes the line is cut.
    cut_after: Option<usize>,
}

/// How a direction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// In an orderly way, after all that was written.
    Closed,
    /// At once.
    Reset,
}

/// What becomes of what is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fate {
    #[default]
    Arrives,
    /// A byte was lost: TCP delivers nothing behind it.
    Lost,
}

/// What a reader finds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Bytes(Vec<u8>),
    Nothing,
    End(End),
}

impl Pipe {
    /// How many bytes it holds: written, and not read.
    pub(crate) fn held(&self) -> usize {
        self.in_flight + self.arrived.len()
    }

    /// Puts bytes on their way; says when they arrive.
    pub(crate) fn send(&mut self, at: Instant, bytes: &[u8]) -> Option<Instant> {
        if self.end.is_some() {
            return None;
        }
        self.in_flight += bytes.len();
        if self.fate == Fate::Lost {
            return None; // its writer waits for room before long
        }
        let at = at.max(self.last_arrival);
        self.last_arrival = at;
        self.pieces.push_back((at, bytes.into()));
        Some(at)
    }

    /// What is on its way does not arrive, nor does what is written from now on.
    pub(crate) fn lose(&mut self, now: Instant) {
        self.fate = Fate::Lost;
        self.pieces.clear();
        self.end = self.end.filter(|(at, _)| *at <= now);
    }

    /// Nothing will follow; says when that arrives.
    pub(crate) fn finish(&mut self, at: Instant, end: End) -> Option<Instant> {
        if self.fate == Fate::Lost || (self.end.is_some() && end == End::Closed) {
            return None;
        }
        let at = match end {
            End::Closed => at.max(self.last_arrival),
            End::Reset => {
                self.pieces.clear();
                self.in_flight = 0;
                at
            }
        };
        self.end = Some((at, end));
        Some(at)
    }

    /// What was due by now has arrived; says how many bytes that were.
    pub(crate) fn arrive(&mut self, now: Instant) -> usize {
        let mut count = 0;
        while self.pieces.front().is_some_and(|(at, _)| *at <= now) {
            let Some((_, bytes)) = self.pieces.pop_front() else { break };
            count += bytes.len();
            self.arrived.extend(bytes);
        }
        self.in_flight = self.in_flight.saturating_sub(count);
        count
    }

    /// Takes what has arrived, at most so much of it.
    pub(crate) fn read(&mut self, now: Instant, most: usize) -> Found {
        match self.end {
            Some((at, End::Reset)) if at <= now => return Found::End(End::Reset),
            Some(_) | None => {}
        }
        let count = self.arrived.len().min(most);
        if count > 0 {
            return Found::Bytes(self.arrived.drain(..count).collect());
        }
        match self.end {
            Some((at, end)) if at <= now && self.held() == 0 => Found::End(end),
            Some(_) | None => Found::Nothing,
        }
    }

    /// Whether a reader would find something.
    pub(crate) fn is_readable(&self, now: Instant) -> bool {
        let has_ended =
            self.end.is_some_and(|(at, end)| at <= now && (end == End::Reset || self.held() == 0));
        !self.arrived.is_empty() || has_ended
    }

    /// The line is to be cut after so many more bytes.
    pub(crate) fn cut_after(&mut self, bytes: usize) {
        self.cut_after = Some(bytes);
    }

    /// How many of so many bytes get through before the line is cut; `None` if it is not.
    pub(crate) fn cut(&mut self, bytes: usize) -> Option<usize> {
        let left = self.cut_after?;
        if bytes < left {
            self.cut_after = Some(left - bytes);
            return None;
        }
        self.cut_after = None;
        Some(left)
    }
}
