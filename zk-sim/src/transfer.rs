//! Bytes on their way, and who sees them go by.

use crate::agenda::Event;
use crate::network::{Direction, LinkId, Purpose};
use crate::pipe::End;
use crate::tap::{Frame, Peer};
use crate::world::World;

impl World {
    /// Writes to a connection, as much as there is room for.
    pub(crate) fn transmit(&mut self, id: LinkId, direction: Direction, bytes: &[u8]) -> usize {
        let now = self.now();
        let before = self.network.link(id).and_then(|link| {
            let room = bytes.len();
            link.pipe_mut(direction).cut(room)
        });
        let through = before.map_or(bytes, |count| &bytes[..count]);
        let (mut count, arrivals) = self.network.write(now, id, direction, through);
        for at in arrivals {
            self.agenda.note(at, Event::Arrive(id, direction));
        }
        if before.is_some() {
            self.tally.count("connection cut in the middle");
            self.sever(id, End::Closed);
            count = bytes.len();
        }
        let end = if direction == Direction::Up { Peer::Client } else { Peer::Server };
        self.tap(id, end, direction, &bytes[..count]);
        count
    }

    /// Sees what goes by; says whether a frame came to its end.
    pub(crate) fn tap(
        &mut self,
        id: LinkId,
        end: Peer,
        direction: Direction,
        bytes: &[u8],
    ) -> bool {
        let (at, mut rest) = (self.now(), bytes);
        self.trace.number(id.0 << 2 | (end as u64) << 1 | direction as u64);
        self.trace.bytes(bytes);
        let Some(link) = self.network.link(id) else { return false };
        let (client, member) = (link.client, link.member);
        if matches!(link.purpose, Purpose::Probe { .. }) {
            return false;
        }
        let splitter = &mut link.splitters[splitter(end, direction)];
        let mut is_whole = false;
        while let Some(bytes) = splitter.take(&mut rest) {
            is_whole = true;
            if let Some(frames) = &mut self.frames {
                frames.push(Frame { at, link: id, client, member, end, direction, bytes });
            }
        }
        is_whole
    }
}

/// Which of a connection's splitters sees this.
fn splitter(end: Peer, direction: Direction) -> usize {
    match (end, direction) {
        (Peer::Client, Direction::Up) => 0,
        (Peer::Server, Direction::Up) => crate::ensemble::SERVER_READS,
        (Peer::Server, Direction::Down) => 2,
        (Peer::Client, Direction::Down) => 3,
    }
}
