//! Every operation: how a caller asks for it, and what a server answers.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use zk_proto::OpCode;
use zk_tokio::{
    Acl, CheckWatches, Client, Create, Error, GetAllChildrenNumber, GetChildrenWithStat, Multi,
    MultiRead, Reconfig, Reply, WatchMode,
};

use super::words::Body;

/// An answer, printed.
pub(crate) type Printed = Pin<Box<dyn Future<Output = Result<String, Error>>>>;

/// One way to ask for an operation.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    ask: Box<dyn Fn(&Client) -> Printed>,
    /// What a server answers.
    pub(crate) answer: Body,
}

impl Operation {
    fn new<T: Debug + 'static>(
        name: &'static str,
        op: OpCode,
        ask: impl Fn(&Client) -> Reply<T> + 'static,
    ) -> Self {
        let ask = move |zk: &Client| -> Printed {
            let reply = ask(zk);
            Box::pin(async { reply.await.map(|answer| format!("{answer:?}")) })
        };
        Self { name, ask: Box::new(ask), answer: honest_answer(op) }
    }

    pub(crate) fn ask(&self, zk: &Client) -> Printed {
        (self.ask)(zk)
    }
}

/// What ZooKeeper would answer: something that has a bit of everything.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others answer nothing")]
pub(crate) fn honest_answer(op: OpCode) -> Body {
    let body = Body::nothing();
    match op {
        OpCode::Create | OpCode::Sync => body.text("/a"),
        OpCode::Create2 | OpCode::CreateContainer | OpCode::CreateTtl => body.text("/a").stat(),
        OpCode::Exists | OpCode::SetData | OpCode::SetAcl => body.stat(),
        OpCode::GetData | OpCode::Reconfig => body.buffer(b"some data").stat(),
        OpCode::GetAcl => {
            let first = body.length(2).int(31).buffer(b"world").buffer(b"anyone");
            first.int(1).buffer(b"digest").buffer(b"me:secret").stat()
        }
        OpCode::GetChildren => body.length(3).text("one").text("two").text("three"),
        OpCode::GetChildren2 => body.length(2).text("one").text("two").stat(),
        OpCode::GetAllChildrenNumber => body.int(1_000),
        OpCode::GetEphemerals => body.length(2).text("/a").text("/b/c"),
        OpCode::WhoAmI => body.length(1).buffer(b"ip").buffer(b"127.0.0.1"),
        OpCode::AddWatch => body.int(0),
        OpCode::Multi => {
            let written = body.result(1).text("/a").result(15).text("/b").stat();
            written.result(5).stat().result(2).result(13).end_of_results()
        }
        OpCode::MultiRead => {
            let read = body.result(4).buffer(b"some data").stat();
            let listed = read.result(8).length(2).text("one").text("two");
            listed.result(-1).int(-101).end_of_results()
        }
        _ => body,
    }
}

/// All whose answer says something. None says the same as another one that was cut short.
pub(crate) fn operations_with_an_answer() -> Vec<Operation> {
    vec![
        Operation::new("create", OpCode::Create, |zk| zk.create("/a", "x")),
        Operation::new("create with stat", OpCode::Create2, |zk| {
            zk.call(Create::new("/a", "x").with_stat())
        }),
        Operation::new("create a container", OpCode::CreateContainer, |zk| {
            zk.call(Create::new("/a", "x").container().with_stat())
        }),
        Operation::new("create with parents", OpCode::Create, |zk| zk.create_all("/a", "x")),
        Operation::new("exists", OpCode::Exists, |zk| zk.exists("/a")),
        Operation::new("exists, watched", OpCode::Exists, |zk| zk.exists_and_watch("/a")),
        Operation::new("get", OpCode::GetData, |zk| zk.get("/a")),
        Operation::new("get, watched", OpCode::GetData, |zk| zk.get_and_watch("/a")),
        Operation::new("configuration", OpCode::GetData, Client::config),
        Operation::new("set", OpCode::SetData, |zk| zk.set("/a", "y")),
        Operation::new("acl", OpCode::GetAcl, |zk| zk.acl("/a")),
        Operation::new("set acl", OpCode::SetAcl, |zk| zk.set_acl("/a", Acl::OPEN)),
        Operation::new("children", OpCode::GetChildren, |zk| zk.children("/a")),
        Operation::new("children, watched", OpCode::GetChildren, |zk| zk.children_and_watch("/a")),
        Operation::new("children with stat", OpCode::GetChildren2, |zk| {
            zk.call(GetChildrenWithStat::new("/a"))
        }),
        Operation::new("count of descendants", OpCode::GetAllChildrenNumber, |zk| {
            zk.call(GetAllChildrenNumber::new("/a"))
        }),
        Operation::new("ephemerals", OpCode::GetEphemerals, |zk| zk.ephemerals("/")),
        Operation::new("sync", OpCode::Sync, |zk| zk.sync("/a")),
        Operation::new("who am I", OpCode::WhoAmI, Client::who_am_i),
        Operation::new("reconfiguration", OpCode::Reconfig, |zk| {
            zk.call(Reconfig::exchanging("server.1=zk1:2888:3888;2181", "2"))
        }),
        Operation::new("transaction", OpCode::Multi, |zk| {
            zk.call(Multi::new().create("/a", "").set("/b", "").delete("/c"))
        }),
        Operation::new("several reads", OpCode::MultiRead, |zk| {
            zk.call(MultiRead::new().get("/a").children("/b").get("/c"))
        }),
    ]
}

/// Those whose answer says nothing but yes, or whose body servers do not agree on.
pub(crate) fn operations_without_an_answer() -> Vec<Operation> {
    vec![
        Operation::new("delete", OpCode::Delete, |zk| zk.delete("/a")),
        Operation::new("check watches", OpCode::CheckWatches, |zk| {
            zk.call(CheckWatches::new("/a", zk_proto::WatcherType::Any))
        }),
        Operation::new("watch", OpCode::AddWatch, |zk| zk.watch("/a", WatchMode::Persistent)),
    ]
}
