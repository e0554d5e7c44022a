//! A client that creates a node, and a server that does as it is told.

use std::collections::VecDeque;
use std::time::Duration;

use zk_client::machine::{NodeGuard, ProtectedCreate};
use zk_client::wire::put_string;
use zk_client::{Async, Children, CreateMode, Error, ErrorCode, OpCode, Reply, Stat};
use zk_proto::Record;

use self::OpCode::{Create, Sync};
use self::Then::{Created, Fails, Is, Listed, Lost, Missing, Plain, Yes};
use crate::support::{World, now};

/// Our session, as the support has it, and the one before.
pub(crate) const OURS: i64 = 7;
pub(crate) const DYING: i64 = 6;

pub(crate) const FIRST: &str = "_c_G-lock-0000000003";
pub(crate) const SECOND: &str = "_c_G-lock-0000000004";
pub(crate) const LATE: &str = "_c_G-lock-0000000005";
pub(crate) const OTHER: &str = "_c_H-lock-0000000001";

/// What the server says to a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Then {
    Created(&'static str),
    /// The same, without a stat.
    Plain(&'static str),
    Listed(&'static [&'static str]),
    /// There it is, of this session, created by this transaction.
    Is(i64, i64),
    Missing,
    Yes,
    Fails(ErrorCode),
    /// Nothing: the connection breaks.
    Lost,
}

/// A client that creates a node, and a server that does as it is told.
pub(crate) struct Story {
    pub(crate) world: World,
    sent: VecDeque<(OpCode, i32, String)>,
    reply: Option<Reply<NodeGuard<Async>>>,
}

impl Story {
    pub(crate) fn new(mode: CreateMode) -> Self {
        let world = World::connected();
        let create = ProtectedCreate::new("/locks", "lock-", "me", mode).guid("G");
        let reply = Some(world.zk.create_protected(create));
        Self { world, sent: VecDeque::new(), reply }
    }

    /// The next request is this one, and met with that.
    pub(crate) fn step(&mut self, op: OpCode, then: Then) {
        let (sent, xid, _) = self.next().expect("it asks for something");
        assert_eq!(sent, op);
        self.answer(op, xid, then);
    }

    pub(crate) fn next(&mut self) -> Option<(OpCode, i32, String)> {
        self.sent.extend(self.world.requests());
        if self.sent.is_empty() {
            self.world.wait(Duration::from_millis(200)); // it may want to ask a little later
            self.sent.extend(self.world.requests());
        }
        self.sent.pop_front()
    }

    pub(crate) fn answer(&mut self, op: OpCode, xid: i32, then: Then) {
        let world = &mut self.world;
        match then {
            Created(name) => world.answer(xid, 0, |out| {
                put_string(out, &format!("/locks/{name}"));
                Stat::default().encode(out);
            }),
            Plain(name) => world.answer(xid, 0, |out| put_string(out, &format!("/locks/{name}"))),
            Listed(names) => {
                world.answer(xid, 0, |out| Children::from_names(names.iter().copied()).encode(out));
            }
            Is(session, czxid) => world.answer(xid, 0, |out| {
                let mut stat = Stat::default();
                (stat.ephemeral_owner, stat.czxid) = (session, czxid);
                stat.encode(out);
            }),
            Missing => world.answer(xid, ErrorCode::NoNode.code(), |_| ()),
            Yes if op == Sync || op == Create => {
                world.answer(xid, 0, |out| put_string(out, "/locks"))
            }
            Yes => world.answer(xid, 0, |_| ()),
            Fails(code) => world.answer(xid, code.code(), |_| ()),
            Lost => {
                world.lose_connection();
                self.sent = world.reconnect().into();
            }
        }
    }

    pub(crate) fn steps(&mut self, steps: &[(OpCode, Then)]) {
        steps.iter().for_each(|(op, then)| self.step(*op, *then));
    }

    pub(crate) fn result(&mut self) -> Option<Result<NodeGuard<Async>, Error>> {
        now(self.reply.as_mut()?)
    }

    pub(crate) fn cancel(&mut self) {
        self.reply = None;
    }

    /// Nothing more is asked, whatever happens.
    pub(crate) fn is_over(&mut self) {
        self.sent.extend(self.world.requests());
        assert!(self.sent.is_empty(), "{:?}", self.sent);
        self.world.lose_connection();
        assert_eq!(self.world.reconnect(), []);
        self.world.wait(Duration::from_secs(1));
        assert_eq!(self.world.sent(), []);
    }
}
