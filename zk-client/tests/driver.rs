//! Who wakes whom, and who gets which answer.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use allocation_counter::measure;
use support::{World, now};
use zk_client::wire::put_string;
use zk_client::{
    Async, ChangeKind, Client, ErrorCode, ErrorKind, Fault, Limits, OpCode, Outcome, State,
    WatchMode,
};
use zk_proto::{EventType, KeeperState, Node, Record, ReplyHeader, Stat, WatchedEvent};

#[test]
fn a_request_wakes_the_driver_once_until_it_has_come() {
    let mut world = World::connected();
    let before = world.waker.count();
    let _replies: Vec<_> = (0..10).map(|_| world.zk.exists("/a")).collect();
    assert_eq!(world.waker.count(), before + 1);
    assert_eq!(world.sent().len(), 10);

    let _reply = world.zk.exists("/a");
    assert_eq!(world.waker.count(), before + 2);
}

#[test]
fn a_deadline_that_is_earlier_wakes_the_driver() {
    let mut world = World::new(); // no connection: a request leaves nothing to write
    world.driver.handle_timeout();
    world.sent();
    let far = world.driver.poll_timeout().unwrap();
    let before = world.waker.count();

    let mut reply = world.zk.within(Duration::from_millis(50)).exists("/a");
    assert_eq!(world.waker.count(), before + 1);
    assert!(world.driver.poll_timeout().unwrap() < far);

    world.wait(Duration::from_millis(50));
    let error = now(&mut reply).unwrap().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::DeadlineExceeded(Outcome::NotApplied));
    assert_eq!(error.to_string(), "exists /a: deadline exceeded, not applied");
}

/// The place of the answer, and the path in case of an error; nothing for the answer itself.
#[test]
fn a_call_costs_two_small_allocations() {
    let mut world = World::connected();
    let node = Node::new(Some(vec![7; 100].into()), Stat::default());
    for round in 0..10 {
        let mut reply = None;
        let call = measure(|| reply = Some(world.zk.get("/a")));
        let xid = world.sent()[0].1;
        world.answer(xid, 0, |out| node.encode(out));
        let await_it = measure(|| drop(now(reply.as_mut().unwrap()).unwrap().unwrap()));
        let is_warm = round > 0; // the first call makes the queues
        assert!(!is_warm || (call.count_total <= 2 && call.bytes_total <= 128), "{call:?}");
        assert_eq!(await_it.count_total, 0, "{await_it:?}");
    }
}

#[test]
fn replies_may_be_awaited_in_any_order() {
    let mut world = World::connected();
    let mut first = world.zk.exists("/first");
    let mut second = world.zk.exists("/second");
    let xids: Vec<_> = world.sent().into_iter().map(|(_, xid)| xid).collect();
    world.answer(xids[0], 0, |out| Stat::default().encode(out));
    world.answer(xids[1], -101, |_| ());
    assert_eq!(now(&mut second).unwrap(), Ok(None));
    assert_eq!(now(&mut first).unwrap(), Ok(Some(Stat::default())));
}

#[test]
fn a_reply_that_is_dropped_before_it_was_sent_never_is() {
    let mut world = World::connected();
    let dropped = world.zk.delete("/dropped");
    world.zk.delete("/detached").detach();
    drop(dropped);
    let sent = world.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0, OpCode::Delete);
}

#[test]
fn a_reply_that_is_dropped_after_it_was_sent_disturbs_nobody() {
    let mut world = World::connected();
    let dropped = world.zk.delete("/dropped");
    let mut kept = world.zk.delete("/kept");
    let sent = world.sent();
    drop(dropped);
    world.answer(sent[0].1, -101, |_| ());
    world.answer(sent[1].1, 0, |_| ());
    assert_eq!(now(&mut kept).unwrap(), Ok(()));
}

#[test]
fn losing_the_connection_answers_all_and_says_what_is_known() {
    let mut world = World::connected();
    let mut sent = world.zk.delete("/sent");
    world.sent();
    let mut unsent = world.zk.delete("/unsent");
    world.lose_connection();
    let lost = |outcome| ErrorKind::ConnectionLost { fault: Fault::Closed, outcome };
    assert_eq!(now(&mut sent).unwrap().unwrap_err().kind(), &lost(Outcome::Unknown));
    let error = now(&mut unsent).unwrap().unwrap_err();
    assert_eq!(error.kind(), &lost(Outcome::NotApplied));
    assert!(error.is_retryable());
}

#[test]
fn when_the_driver_is_dropped_nobody_waits_for_ever() {
    let mut world = World::connected();
    let mut request = world.zk.delete("/a");
    let mut machine = world.zk.create_all("/a/b", "");
    world.sent();
    drop(world.driver);
    assert!(now(&mut request).unwrap().unwrap_err().is_session_over());
    assert!(now(&mut machine).unwrap().unwrap_err().is_session_over());
    let mut late = world.zk.delete("/b");
    assert_eq!(now(&mut late).unwrap().unwrap_err().outcome(), Outcome::NotApplied);
}

#[test]
fn ready_waits_for_room() {
    let limits = Limits { window_requests: 1, queue_requests: 1, ..Limits::default() };
    let mut world = World::with_limits(limits);
    world.connect();
    assert_eq!(now(&mut world.zk.ready()), Some(Ok(())));
    let _in_flight = world.zk.delete("/a");
    let xid = world.sent()[0].1;
    let _queued = world.zk.delete("/b");
    let mut refused = world.zk.delete("/c");
    assert_eq!(now(&mut refused).unwrap().unwrap_err().kind(), &ErrorKind::QueueFull);

    let mut ready = world.zk.ready();
    assert_eq!(now(&mut ready), None);
    world.answer(xid, 0, |_| ());
    world.sent();
    assert_eq!(now(&mut ready), Some(Ok(())));
}

#[test]
fn the_last_hold_closes_the_session_and_a_watch_is_one() {
    let mut world = World::connected();
    let mut watching = world.zk.watch("/a", WatchMode::Persistent);
    let xid = world.sent()[0].1;
    world.answer(xid, 0, |_| ());
    let watch = now(&mut watching).unwrap().unwrap();
    let other = World::new().zk;
    drop(std::mem::replace(&mut world.zk, other));
    assert_eq!(world.sent(), []);
    drop(watch);
    let ops: Vec<_> = world.sent().into_iter().map(|(op, _)| op).collect();
    assert_eq!(ops, [OpCode::RemoveWatches, OpCode::CloseSession]);
}

#[test]
fn a_slow_reader_is_told_to_read_again() {
    let mut world = World::connected();
    let mut watching = world.zk.chroot("/app").watch("/a", WatchMode::Persistent);
    let xid = world.sent()[0].1;
    world.answer(xid, 0, |_| ());
    let mut watch = now(&mut watching).unwrap().unwrap();
    for _ in 0..4 {
        changed(&mut world, "/app/a");
    }
    let change = watch.try_next().unwrap();
    assert_eq!((change.kind, &*change.path), (ChangeKind::DataChanged, "/a"));
    changed(&mut world, "/app/a");
    changed(&mut world, "/app/a"); // the buffer holds four
    let change = watch.try_next().unwrap();
    assert_eq!((change.kind, &*change.path), (ChangeKind::Resync, "/a"));
    assert_eq!(watch.try_next(), None);
}

#[test]
fn states_end_with_the_session() {
    let mut world = World::new();
    let mut states = world.zk.states();
    world.connect();
    world.lose_connection();
    let _ = world.zk.clone().detach();
    world.sent();
    let told: Vec<_> = std::iter::from_fn(|| states.try_next()).collect();
    assert_eq!(told, [State::Connecting, State::Connected, State::Suspended, State::Closed]);
    assert_eq!(now(&mut Box::pin(states.next())), Some(None));
}

/// Invariant: nothing is locked when a waker is woken, so that it may do anything.
#[test]
fn a_waker_may_call_back() {
    struct CallsBack(Client<Async>, AtomicUsize);
    impl Wake for CallsBack {
        fn wake(self: Arc<Self>) {
            self.0.exists("/from/a/waker").detach();
            let _ = (self.0.stats(), self.0.state());
            self.1.fetch_add(1, Ordering::Relaxed);
        }
    }
    let mut world = World::connected();
    let calls_back = Arc::new(CallsBack(world.zk.clone(), AtomicUsize::new(0)));
    let waker = Waker::from(calls_back.clone());
    let mut cx = Context::from_waker(&waker);
    let mut reply = world.zk.delete("/a");
    assert!(std::pin::Pin::new(&mut reply).poll(&mut cx).is_pending());
    let xid = world.sent()[0].1;
    world.answer(xid, 0, |_| ());
    assert_eq!(calls_back.1.load(Ordering::Relaxed), 1);
    assert_eq!(world.sent()[0].0, OpCode::Exists);
}

#[test]
fn create_all_tries_the_node_first_and_then_all_parents_at_once() {
    let mut world = World::connected();
    let mut creating = world.zk.chroot("/app").create_all("/a/b/c", "data");
    let sent = world.sent();
    assert_eq!(sent.len(), 1);
    world.answer(sent[0].1, -101, |_| ());
    let sent = world.sent();
    assert_eq!(sent.len(), 4);
    world.answer(sent[0].1, 0, |out| put_string(out, "/app")); // the chroot is a parent, too
    world.answer(sent[1].1, -110, |_| ()); // /app/a is there
    world.answer(sent[2].1, 0, |out| put_string(out, "/app/a/b"));
    world.answer(sent[3].1, 0, |out| put_string(out, "/app/a/b/c"));
    assert_eq!(now(&mut creating).unwrap().unwrap(), "/a/b/c");
}

#[test]
fn create_all_tells_why_a_parent_could_not_be_created() {
    let mut world = World::connected();
    let mut creating = world.zk.create_all("/a/b", "data");
    let sent = world.sent();
    world.answer(sent[0].1, -101, |_| ());
    let sent = world.sent();
    world.answer(sent[0].1, -102, |_| ());
    world.answer(sent[1].1, -101, |_| ());
    let error = now(&mut creating).unwrap().unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::NoAuth));
    assert_eq!(error.to_string(), "create /a: not authorized");
}

#[test]
fn create_all_does_not_hide_that_the_node_exists() {
    let mut world = World::connected();
    let mut creating = world.zk.create_all("/a/b", "data");
    let sent = world.sent();
    world.answer(sent[0].1, -110, |_| ());
    let error = now(&mut creating).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "create /a/b: node exists already");
}

#[test]
fn a_chroot_that_is_no_path_is_told_by_each_call() {
    let world = World::connected();
    let view = world.zk.chroot("app");
    let error = now(&mut view.get("/a")).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "getData /a: invalid path: it does not start with /");
    assert!(now(&mut view.create_all("/a", "")).unwrap().is_err());
}

fn changed(world: &mut World, path: &str) {
    world.receive(|out| {
        ReplyHeader { xid: -1, zxid: 5, err: 0 }.encode(out);
        let (kind, state) = (EventType::NodeDataChanged, KeeperState::SYNC_CONNECTED);
        WatchedEvent { kind, state, path: path.into() }.encode(out);
    });
}
