//! Histories made by hand: what a server would say comes from a data tree, and can be changed.

use std::time::Duration;

use zk_history::{ConnectionId, History, Record, Report, Rule, Violation, What, check};
use zk_proto::{
    AnyRequest, Create, Delete, ErrorCode, EventType, Exists, GetChildren, GetData, KeeperState,
    Multi, MultiResult, Node, Operation, Record as _, SetData, Stat, WatchedEvent,
    encode_multi_error, encode_multi_results, encode_path,
};
use zk_server::tree::{Caller, Change, Stamp, Tree};

/// A history as it grows.
pub(crate) struct Story {
    tree: Tree,
    zxid: i64,
    sessions: Vec<i64>,
    xids: Vec<i32>,
    history: History,
}

/// What a server answers.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) zxid: i64,
    pub(crate) err: i32,
    pub(crate) body: Vec<u8>,
}

impl Story {
    pub(crate) fn new() -> Self {
        Self {
            tree: Tree::new(),
            zxid: 0,
            sessions: Vec::new(),
            xids: Vec::new(),
            history: History::default(),
        }
    }

    /// A connection of this session. That of a new session is a transaction.
    pub(crate) fn connect(&mut self, session: i64) -> ConnectionId {
        let is_new = !self.sessions.contains(&session);
        self.zxid += i64::from(is_new);
        self.reconnect(session, if is_new { 0 } else { self.zxid })
    }

    /// A connection of a session that has seen this much.
    pub(crate) fn reconnect(&mut self, session: i64, last_zxid: i64) -> ConnectionId {
        let connection = ConnectionId(self.sessions.len());
        let resumed = if self.sessions.contains(&session) { session } else { 0 };
        self.sessions.push(session);
        self.xids.push(0);
        self.note(connection, What::Hello { session: resumed, last_zxid });
        self.note(connection, What::Welcome { session });
        connection
    }

    /// A request and its right answer.
    pub(crate) fn call(&mut self, connection: ConnectionId, request: AnyRequest<'_>) -> i64 {
        let xid = self.ask(connection, &request);
        let answer = self.right(connection, &request);
        let zxid = answer.zxid;
        self.answer(connection, xid, answer);
        zxid
    }

    /// A request and an answer that is almost right.
    pub(crate) fn call_wrongly(
        &mut self,
        connection: ConnectionId,
        request: AnyRequest<'_>,
        change: impl FnOnce(&mut Answer),
    ) {
        let xid = self.ask(connection, &request);
        let mut answer = self.right(connection, &request);
        change(&mut answer);
        self.answer(connection, xid, answer);
    }

    /// A request that is carried out and not answered.
    pub(crate) fn lose(&mut self, connection: ConnectionId, request: AnyRequest<'_>) {
        self.ask(connection, &request);
        self.right(connection, &request);
        self.note(connection, What::Lost);
    }

    /// A request.
    pub(crate) fn ask(&mut self, connection: ConnectionId, request: &AnyRequest<'_>) -> i32 {
        self.xids[connection.0] += 1;
        let (xid, mut body) = (self.xids[connection.0], Vec::new());
        request.encode(&mut body).unwrap();
        let op = request.op();
        self.note(connection, What::Request { xid, op, body: body.into() });
        xid
    }

    pub(crate) fn answer(&mut self, connection: ConnectionId, xid: i32, answer: Answer) {
        let Answer { zxid, err, body } = answer;
        self.note(connection, What::Reply { xid, zxid, err, body: body.into() });
    }

    pub(crate) fn event(&mut self, connection: ConnectionId, kind: EventType, path: &str) {
        self.event_by(connection, kind, path, -1);
    }

    pub(crate) fn event_by(
        &mut self,
        connection: ConnectionId,
        kind: EventType,
        path: &str,
        zxid: i64,
    ) {
        let event = WatchedEvent { kind, state: KeeperState::SYNC_CONNECTED, path: path.into() };
        self.note(connection, What::Event { zxid, event });
    }

    /// A transaction that nobody is told of: the end of a session.
    pub(crate) fn end(&mut self, session: i64) {
        self.zxid += 1;
        let own: Vec<_> = self.tree.ephemerals(session).map(Box::from).collect();
        let at = Stamp { zxid: self.zxid, time: self.zxid };
        for path in own {
            self.tree.apply(&Change::Delete { path }, at);
        }
    }

    pub(crate) fn note(&mut self, connection: ConnectionId, what: What) {
        let at = Duration::from_millis(self.history.records.len() as u64);
        self.history.records.push(Record { connection, at, what });
    }

    #[track_caller]
    pub(crate) fn holds(self) -> Report {
        check(&self.history).unwrap()
    }

    #[track_caller]
    pub(crate) fn breaks(self, rule: Rule) -> Violation {
        let violation = check(&self.history).unwrap_err();
        assert_eq!(violation.rule, rule, "{violation}");
        violation
    }

    /// Carries a request out, and says what a server answers.
    pub(crate) fn right(&mut self, connection: ConnectionId, request: &AnyRequest<'_>) -> Answer {
        let mut body = Vec::new();
        let session = self.sessions[connection.0];
        let result = match request {
            AnyRequest::Exists(exists, _) => {
                self.show(exists.path, |_, stat| stat.encode(&mut body))
            }
            AnyRequest::GetData(get, _) => self.show(get.path, |node, _| node.encode(&mut body)),
            AnyRequest::GetChildren(get, _) => match self.tree.node(get.path) {
                Some(node) => {
                    zk_proto::Children::from_names(node.children()).encode(&mut body);
                    Ok(())
                }
                None => Err(ErrorCode::NoNode),
            },
            AnyRequest::Multi(multi) => {
                self.multi(multi, session, &mut body);
                Ok(())
            }
            AnyRequest::CloseSession => {
                self.end(session);
                Ok(())
            }
            write => self.write(write, session).map(|result| match result {
                Some(MultiResult::Created { path, .. }) => encode_path(&mut body, &path),
                Some(MultiResult::Set(stat)) => stat.encode(&mut body),
                _ => {}
            }),
        };
        let err = result.err().map_or(0, ErrorCode::code);
        Answer { zxid: self.zxid, err, body }
    }

    fn show(&self, path: &str, show: impl FnOnce(Node, Stat)) -> Result<(), ErrorCode> {
        let node = self.tree.node(path).ok_or(ErrorCode::NoNode)?;
        show(Node::new(node.data(), node.stat()), node.stat());
        Ok(())
    }

    fn write(
        &mut self,
        request: &AnyRequest<'_>,
        session: i64,
    ) -> Result<Option<MultiResult>, ErrorCode> {
        let operation = match request {
            AnyRequest::Create(create) => Operation::from(create.clone()),
            AnyRequest::Delete(delete) => (*delete).into(),
            AnyRequest::SetData(set) => (*set).into(),
            _ => return Ok(None),
        };
        self.zxid += 1;
        self.apply(&operation, session).map(Some)
    }

    fn multi(&mut self, multi: &Multi<'_>, session: i64, body: &mut Vec<u8>) {
        self.zxid += 1;
        let before = self.tree.clone();
        let mut results = Vec::new();
        for (index, operation) in multi.operations().iter().enumerate() {
            match self.apply(operation, session) {
                Ok(result) => results.push(result),
                Err(code) => {
                    self.tree = before;
                    return encode_multi_error(body, multi.operations().len(), index, code);
                }
            }
        }
        encode_multi_results(body, &results);
    }

    fn apply(&mut self, operation: &Operation<'_>, session: i64) -> Result<MultiResult, ErrorCode> {
        let caller = Caller { session, identities: &[] };
        let change = match operation {
            Operation::Create(create) => self.tree.prepare_create(create, &caller),
            Operation::Delete(delete) => self.tree.prepare_delete(delete, &caller),
            Operation::SetData(set) => self.tree.prepare_set_data(set, &caller),
            other => panic!("{other:?}"),
        }?;
        self.tree.apply(&change, Stamp { zxid: self.zxid, time: self.zxid });
        let path = change.path().unwrap();
        let stat = || Box::new(self.tree.node(path).unwrap().stat());
        Ok(match operation {
            Operation::Create(_) => MultiResult::Created { path: path.into(), stat: None },
            Operation::SetData(_) => MultiResult::Set(stat()),
            _ => MultiResult::Deleted,
        })
    }
}

pub(crate) fn create<'a>(path: &'a str, data: &'a str) -> AnyRequest<'a> {
    AnyRequest::Create(Create::new(path, data))
}

pub(crate) fn ephemeral<'a>(path: &'a str, data: &'a str) -> AnyRequest<'a> {
    AnyRequest::Create(Create::new(path, data).ephemeral())
}

pub(crate) fn sequential<'a>(path: &'a str, data: &'a str) -> AnyRequest<'a> {
    AnyRequest::Create(Create::new(path, data).sequential())
}

pub(crate) fn set<'a>(path: &'a str, data: &'a str) -> AnyRequest<'a> {
    AnyRequest::SetData(SetData::new(path, data))
}

pub(crate) fn delete(path: &str) -> AnyRequest<'_> {
    AnyRequest::Delete(Delete::new(path))
}

pub(crate) fn get(path: &str) -> AnyRequest<'_> {
    AnyRequest::GetData(GetData::new(path), false)
}

pub(crate) fn get_and_watch(path: &str) -> AnyRequest<'_> {
    AnyRequest::GetData(GetData::new(path), true)
}

pub(crate) fn exists(path: &str) -> AnyRequest<'_> {
    AnyRequest::Exists(Exists::new(path), false)
}

pub(crate) fn exists_and_watch(path: &str) -> AnyRequest<'_> {
    AnyRequest::Exists(Exists::new(path), true)
}

pub(crate) fn children(path: &str) -> AnyRequest<'_> {
    AnyRequest::GetChildren(GetChildren::new(path), false)
}
