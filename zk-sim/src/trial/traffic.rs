//! What goes over the wires, counted.

use std::collections::BTreeMap;

use zk_proto::wire::Reader;
use zk_proto::{OpCode, Record, ReplyHeader, RequestHeader};

use crate::network::Direction;
use crate::tap::{Frame, Peer};

/// How much clients ask, and are told, but for pings: what a recipe costs.
///
/// ```
/// use zk_sim::trial::Traffic;
/// use zk_sim::{Setup, World};
///
/// let mut world = World::with(Setup { records: true, ..Setup::new(1) });
/// let zk = world.client();
/// world.run_until(zk.exists("/"))?;
/// world.take_frames();
/// world.run_until(zk.create("/a", ""))?;
/// let traffic = Traffic::of(&world.take_frames());
/// assert_eq!((traffic.requests(), traffic.notifications()), (1, 0));
/// # Ok::<(), zk_client::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    requests: BTreeMap<(usize, OpCode), usize>,
    notifications: BTreeMap<usize, usize>,
}

impl Traffic {
    /// Counts the frames that clients wrote and read. They have to be of connections whose
    /// handshake is over.
    #[must_use]
    pub fn of(frames: &[Frame]) -> Self {
        let mut traffic = Self::default();
        frames.iter().filter(|frame| frame.end == Peer::Client).for_each(|frame| {
            traffic.count(frame);
        });
        traffic
    }

    fn count(&mut self, frame: &Frame) {
        let mut reader = Reader::new(&frame.bytes);
        match frame.direction {
            Direction::Up => {
                let header = RequestHeader::decode(&mut reader).ok();
                if let Some(op) = header.map(|header| header.op).filter(|op| *op != OpCode::Ping) {
                    *self.requests.entry((frame.client, op)).or_default() += 1;
                }
            }
            Direction::Down => {
                let header = ReplyHeader::decode(&mut reader).ok();
                if header.is_some_and(|header| header.xid == ReplyHeader::NOTIFICATION) {
                    *self.notifications.entry(frame.client).or_default() += 1;
                }
            }
        }
    }

    /// How many requests there were.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests.values().sum()
    }

    /// How many of this operation.
    #[must_use]
    pub fn requests_to(&self, op: OpCode) -> usize {
        self.requests.iter().filter(|((_, of), _)| *of == op).map(|(_, count)| count).sum()
    }

    /// How many notifications of watches.
    #[must_use]
    pub fn notifications(&self) -> usize {
        self.notifications.values().sum()
    }

    /// Which clients asked something or were told of something.
    pub fn clients(&self) -> impl Iterator<Item = usize> {
        let asked = self.requests.keys().map(|(client, _)| *client);
        let all: std::collections::BTreeSet<_> =
            asked.chain(self.notifications.keys().copied()).collect();
        all.into_iter()
    }
}
