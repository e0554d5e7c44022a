//! What is asked again after which failure, and what is not.

#![expect(clippy::print_stdout, reason = "says which row fails")]

mod support;

use std::collections::VecDeque;
use std::time::Duration;

use support::{World, now};
use zk_client::wire::put_string;
use zk_client::{
    Acl, Create, Delete, Error, ErrorCode, ErrorKind, Fault, GetData, Multi, Node, OpCode, Outcome,
    Request, Retry, SetAcl, SetData, Stat, Sync,
};
use zk_proto::Record;

use self::Then::{Fails, Is, Lost, Missing, Yes};

/// Nodes that the session has seen are older than this transaction.
const SEEN: i64 = 100;

/// What the server says to a request.
#[derive(Clone, Copy, Debug)]
enum Then {
    Yes,
    /// There it is, created by this transaction, with this version and this one of its list.
    Is(i64, i32, i32),
    Missing,
    Fails(ErrorCode),
    Lost,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Yes,
    Refused(ErrorCode),
    /// Its connection was lost, and nobody knows.
    Unknown,
}

/// Plays a request by these answers, to this end.
fn play<R: Request>(what: &str, request: R, steps: &[(OpCode, Then)], end: End)
where
    R::Response: Send + std::fmt::Debug + 'static,
{
    println!("{what}");
    let mut world = World::connected();
    let _look = world.zk.exists("/");
    let xid = world.sent()[0].1;
    world.answer(xid, 0, |out| Stat::default().encode(out)); // as of transaction 100
    let mut reply = world.zk.retrying(Retry::new().attempts(4)).call(request);
    let mut sent = VecDeque::new();
    for (op, then) in steps {
        assert!(now(&mut reply).is_none());
        sent.extend(world.sent());
        if sent.is_empty() {
            world.wait(Duration::from_millis(400)); // the longest pause
            sent.extend(world.sent());
        }
        let (asked, xid) = sent.pop_front().expect("it asks for something");
        assert_eq!(asked, *op);
        answer(&mut world, (asked, xid), *then, &mut sent);
    }
    is_end(now(&mut reply).expect("it is answered").map(drop), end);
    assert_eq!(world.sent(), []);
}

fn answer(
    world: &mut World,
    (op, xid): (OpCode, i32),
    then: Then,
    sent: &mut VecDeque<(OpCode, i32)>,
) {
    match then {
        Yes if op == OpCode::GetData => {
            world.answer(xid, 0, |out| Node::new(None, Stat::default()).encode(out));
        }
        Yes if op == OpCode::Sync => world.answer(xid, 0, |out| put_string(out, "/a")),
        Yes if op == OpCode::Delete => world.answer(xid, 0, |_| ()),
        Yes => world.answer(xid, 0, |out| Stat::default().encode(out)),
        Is(czxid, version, aversion) => world.answer(xid, 0, |out| {
            let mut stat = Stat::default();
            (stat.czxid, stat.version, stat.aversion) = (czxid, version, aversion);
            stat.encode(out);
        }),
        Missing => world.answer(xid, ErrorCode::NoNode.code(), |_| ()),
        Fails(code) => world.answer(xid, code.code(), |_| ()),
        Lost => {
            world.lose_connection();
            let again = world.reconnect().into_iter().map(|(op, xid, _)| (op, xid));
            *sent = again.collect();
        }
    }
}

fn is_end(result: Result<(), Error>, end: End) {
    match (result, end) {
        (Ok(()), End::Yes) => {}
        (Err(error), End::Refused(code)) => {
            assert_eq!(error.code(), Some(code));
        }
        (Err(error), End::Unknown) => {
            let (fault, outcome) = (Fault::Closed, Outcome::Unknown);
            assert_eq!(*error.kind(), ErrorKind::ConnectionLost { fault, outcome });
            assert_eq!(error.path(), Some("/a"));
        }
        (result, end) => panic!("{result:?} is not {end:?}"),
    }
}

#[test]
fn reads_are_asked_again_whatever_happened_to_them() {
    use ErrorCode::{NoNode, NotReadOnly, SystemError, Throttled};
    let get = || GetData::new("/a");
    let read = OpCode::GetData;
    play("at once", get(), &[(read, Yes)], End::Yes);
    play("refused", get(), &[(read, Missing)], End::Refused(NoNode));
    play("throttled", get(), &[(read, Fails(Throttled)), (read, Yes)], End::Yes);
    play("not now", get(), &[(read, Fails(NotReadOnly)), (read, Yes)], End::Yes);
    play("trouble in the server", get(), &[(read, Fails(SystemError)), (read, Yes)], End::Yes);
    play("lost", get(), &[(read, Lost), (read, Lost), (read, Lost), (read, Yes)], End::Yes);
    let sync = OpCode::Sync;
    play("a sync", Sync::new("/a"), &[(sync, Lost), (sync, Yes)], End::Yes);
    let four = [(read, Lost), (read, Lost), (read, Lost), (read, Lost)];
    play("lost each time", get(), &four, End::Unknown);
    let four = [(read, Lost), (read, Fails(Throttled)), (read, Lost), (read, Fails(Throttled))];
    play("four times something", get(), &four, End::Refused(Throttled));
}

#[test]
fn a_write_that_demands_a_version_is_asked_again_if_its_node_shows_that_it_was_not_applied() {
    use ErrorCode::{BadVersion, NoAuth, Throttled};
    let set = || SetData::new("/a", "x").version(3);
    let (write, sync, stat) = (OpCode::SetData, OpCode::Sync, OpCode::Exists);
    let lost = |steps: &[_]| [&[(write, Lost), (sync, Yes)], steps].concat();

    play("throttled", set(), &[(write, Fails(Throttled)), (write, Yes)], End::Yes);
    let steps = lost(&[(stat, Is(SEEN, 3, 0)), (write, Yes)]);
    play("not applied", set(), &steps, End::Yes);
    let steps = lost(&[(stat, Is(SEEN, 3, 0)), (write, Fails(BadVersion))]);
    play("not applied, and then by another", set(), &steps, End::Refused(BadVersion));
    play("applied, or another", set(), &lost(&[(stat, Is(SEEN, 4, 0))]), End::Unknown);
    play("deleted", set(), &lost(&[(stat, Missing)]), End::Unknown);
    let steps = lost(&[(stat, Is(SEEN + 1, 3, 0))]);
    play("another node, perhaps", set(), &steps, End::Unknown);
    play("not to be seen", set(), &lost(&[(stat, Fails(NoAuth))]), End::Unknown);
    let steps = lost(&[(stat, Lost), (sync, Yes), (stat, Is(SEEN, 3, 0)), (write, Yes)]);
    play("lost again", set(), &steps, End::Yes);
    let steps = [
        (write, Lost),
        (sync, Fails(Throttled)),
        (stat, Is(SEEN, 3, 0)), // as an old server sees it
        (sync, Yes),
        (stat, Is(SEEN, 4, 0)),
    ];
    play("not synced", set(), &steps, End::Unknown);
    let steps = [
        (write, Lost),
        (sync, Yes),
        (stat, Lost),
        (sync, Yes),
        (stat, Lost),
        (sync, Yes),
        (stat, Lost),
    ];
    play("lost too often", set(), &steps, End::Unknown);
}

#[test]
fn a_delete_is_asked_again_while_the_node_is_there_and_a_new_list_by_its_own_version() {
    use ErrorCode::BadVersion;
    let delete = || Delete::new("/a").version(3);
    let (write, sync, stat) = (OpCode::Delete, OpCode::Sync, OpCode::Exists);
    let lost = |steps: &[_]| [&[(write, Lost), (sync, Yes)], steps].concat();
    let steps = lost(&[(stat, Is(SEEN, 3, 0)), (write, Yes)]);
    play("not applied", delete(), &steps, End::Yes);
    let steps = lost(&[(stat, Is(SEEN, 9, 0)), (write, Fails(BadVersion))]);
    play("not applied, and never", delete(), &steps, End::Refused(BadVersion));
    play("gone", delete(), &lost(&[(stat, Missing)]), End::Unknown);
    play("there again", delete(), &lost(&[(stat, Is(SEEN + 1, 3, 0))]), End::Unknown);

    let set = || SetAcl::new("/a", Acl::READ).version(2);
    let write = OpCode::SetAcl;
    let lost = |steps: &[_]| [&[(write, Lost), (sync, Yes)], steps].concat();
    let steps = lost(&[(stat, Is(SEEN, 0, 2)), (write, Yes)]);
    play("not applied", set(), &steps, End::Yes);
    play("applied, or another", set(), &lost(&[(stat, Is(SEEN, 2, 3))]), End::Unknown);
}

#[test]
fn other_writes_are_asked_again_only_if_they_were_not_applied() {
    use ErrorCode::Throttled;
    fn is_not_repeated<R: Request + Clone>(request: &R)
    where
        R::Response: Send + std::fmt::Debug + 'static,
    {
        let op = request.op();
        play("lost", request.clone(), &[(op, Lost)], End::Unknown);
        let steps = [(op, Fails(Throttled)), (op, Lost)];
        play("throttled, then lost", request.clone(), &steps, End::Unknown);
        let steps = [(op, Fails(Throttled)), (op, Missing)];
        play("refused", request.clone(), &steps, End::Refused(ErrorCode::NoNode));
    }
    is_not_repeated(&Create::new("/a", ""));
    is_not_repeated(&Create::new("/a", "").ephemeral_sequential().with_stat());
    is_not_repeated(&SetData::new("/a", "x"));
    is_not_repeated(&Delete::new("/a"));
    is_not_repeated(&SetAcl::new("/a", Acl::OPEN));
    is_not_repeated(&Multi::new().check("/a", 3).delete("/b"));
}

#[test]
fn pauses_grow_and_differ() {
    let mut world = World::connected();
    let retry = Retry::new().attempts(6).pause(Duration::from_millis(500), Duration::from_secs(2));
    let _reply = world.zk.retrying(retry).call(GetData::new("/a"));
    let mut sent = world.sent();
    for longest in [500, 1_000, 2_000, 2_000, 2_000] {
        world.answer(sent[0].1, ErrorCode::Throttled.code(), |_| ());
        sent = world.sent();
        let mut waited = 0;
        while sent.is_empty() && waited < 10_000 {
            world.wait(Duration::from_millis(10));
            waited += 10;
            sent = world.sent();
        }
        assert!((longest / 2..=longest + 10).contains(&waited), "{waited} of {longest}");
    }
}

#[test]
fn when_its_time_is_over_it_tells_what_it_knows() {
    let mut world = World::connected();
    let retry = Retry::new().total(Duration::from_secs(1));
    let zk = world.zk.retrying(retry.pause(Duration::from_secs(9), Duration::from_secs(9)));
    let (mut throttled, mut silent) = (zk.call(GetData::new("/a")), zk.call(GetData::new("/b")));
    let xid = world.sent()[0].1;
    world.answer(xid, ErrorCode::Throttled.code(), |_| ());
    world.wait(Duration::from_secs(1));
    let error = now(&mut throttled).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "getData /a: throttled by the server");
    let error = now(&mut silent).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "getData /b: deadline exceeded, outcome unknown");
}
