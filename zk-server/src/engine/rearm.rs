//! Watches set again on a new connection (`DataTree.setWatches`).

use zk_proto::wire::Reader;
use zk_proto::{ErrorCode, EventType, Instant, Malformed};

use super::answer::Reply;
use super::watches::Kinds;
use super::{ConnectionId, Engine};

/// The kind of watch that a list sets, and what to tell instead, given the node.
type Rearm = (Kinds, fn(Option<Seen>, i64) -> Option<EventType>);

/// The lists, in their order.
const LISTS: [Rearm; 5] = [
    (Kinds::DATA, data_event),
    (Kinds::DATA, exist_event),
    (Kinds::CHILDREN, child_event),
    (Kinds::PERSISTENT, |_, _| None),
    (Kinds::RECURSIVE, |_, _| None),
];

/// When a node was last written, and its children changed.
#[derive(Clone, Copy)]
struct Seen {
    mzxid: i64,
    pzxid: i64,
}

impl Engine {
    /// Sets watches again, and tells those what they missed that fire once. What persistent ones
    /// missed is not told. Lists before one that cannot be are taken.
    pub(super) fn set_watches(
        &mut self,
        now: Instant,
        id: ConnectionId,
        body: &[u8],
        lists: usize,
    ) -> Reply {
        let result = match read_lists(body, lists) {
            Ok((since, lists)) => {
                let mut each = lists.iter().zip(LISTS);
                each.try_for_each(|(paths, rearm)| {
                    self.set_list(id, paths.as_deref(), rearm, since)
                })
            }
            Err(_) => Err(ErrorCode::MarshallingError),
        };
        self.settle(now, id);
        Reply::of(self.seen(id), result.map(|()| Vec::new()))
    }

    fn set_list(
        &mut self,
        id: ConnectionId,
        paths: Option<&[Option<String>]>,
        (kinds, event): Rearm,
        since: i64,
    ) -> Result<(), ErrorCode> {
        for path in paths.ok_or(ErrorCode::MarshallingError)? {
            let path = path.as_deref().ok_or(ErrorCode::MarshallingError)?;
            match event(self.last_changes(id, path), since) {
                Some(kind) => self.tell(id, kind, path),
                None => self.add_watch(id, path, kinds)?,
            }
        }
        Ok(())
    }

    fn last_changes(&self, id: ConnectionId, path: &str) -> Option<Seen> {
        let member = self.connections.get(&id)?.member;
        let stat = self.view(member).node(path)?.stat();
        Some(Seen { mzxid: stat.mzxid, pzxid: stat.pzxid })
    }

    fn tell(&mut self, id: ConnectionId, kind: EventType, path: &str) {
        if let Some(open) = self.connections.get_mut(&id) {
            open.notify(-1, kind, path);
        }
    }
}

/// The lists as Java reads them: null, or empty where the count is below -1; so their paths.
type Lists = Vec<Option<Vec<Option<String>>>>;

fn read_lists(body: &[u8], count: usize) -> Result<(i64, Lists), Malformed> {
    let mut reader = Reader::new(body);
    let since = reader.long("zxid")?;
    let lists = (0..count).map(|_| read_list(&mut reader)).collect::<Result<_, _>>()?;
    Ok((since, lists))
}

fn read_list(reader: &mut Reader<'_>) -> Result<Option<Vec<Option<String>>>, Malformed> {
    let mut ahead = *reader;
    match ahead.int("paths")? {
        -1 => {
            *reader = ahead;
            Ok(None)
        }
        ..-1 => {
            *reader = ahead;
            Ok(Some(Vec::new()))
        }
        0.. => reader.vector("paths", 4, read_path).map(Some),
    }
}

fn read_path(reader: &mut Reader<'_>) -> Result<Option<String>, Malformed> {
    let path = reader.buffer("path")?;
    Ok(path.map(|path| String::from_utf8_lossy(path).into_owned()))
}

fn data_event(node: Option<Seen>, since: i64) -> Option<EventType> {
    match node {
        None => Some(EventType::NodeDeleted),
        Some(node) if node.mzxid > since => Some(EventType::NodeDataChanged),
        Some(_) => None,
    }
}

fn exist_event(node: Option<Seen>, _: i64) -> Option<EventType> {
    node.map(|_| EventType::NodeCreated)
}

fn child_event(node: Option<Seen>, since: i64) -> Option<EventType> {
    match node {
        None => Some(EventType::NodeDeleted),
        Some(node) if node.pzxid > since => Some(EventType::NodeChildrenChanged),
        Some(_) => None,
    }
}
