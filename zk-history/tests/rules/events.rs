//! Histories whose events are wrong: each is found, and named.

use crate::support::{Answer, Story, create, delete, exists, exists_and_watch, get_and_watch, set};
use zk_history::{ConnectionId, Rule, What};
use zk_proto::EventType::{NodeChildrenChanged, NodeCreated, NodeDataChanged, NodeDeleted};
use zk_proto::{AddWatch, AnyRequest, RemoveWatches, SetWatches, WatchMode, WatcherType};

/// One who writes, and one who watches `/a`, which exists.
fn two() -> (Story, ConnectionId, ConnectionId) {
    let mut story = Story::new();
    let (writer, watcher) = (story.connect(1), story.connect(2));
    story.call(writer, create("/a", "1"));
    (story, writer, watcher)
}

fn add_watch(path: &str, mode: WatchMode) -> AnyRequest<'_> {
    AnyRequest::AddWatch(AddWatch::new(path, mode))
}

#[test]
fn what_servers_tell_holds() {
    let (mut story, writer, watcher) = two();
    story.call(watcher, get_and_watch("/a"));
    story.call(watcher, add_watch("/", WatchMode::Recursive));
    story.call(watcher, add_watch("/p", WatchMode::Persistent));
    story.call(writer, set("/a", "2"));
    story.call(writer, set("/a", "3"));
    let zxid = story.call(writer, create("/p", "1"));
    story.event(watcher, NodeDataChanged, "/a");
    story.event(watcher, NodeDataChanged, "/a");
    story.event_by(watcher, NodeCreated, "/p", zxid);
    story.call(watcher, exists("/a"));
    story.call(writer, create("/p/c", "1"));
    story.call(writer, delete("/p/c"));
    story.call(writer, delete("/p"));
    for (kind, path) in [
        (NodeCreated, "/p/c"),
        (NodeChildrenChanged, "/p"),
        (NodeDeleted, "/p/c"),
        (NodeChildrenChanged, "/p"),
        (NodeDeleted, "/p"),
    ] {
        story.event(watcher, kind, path);
    }
    story.call(watcher, exists("/a"));
    assert_eq!(story.holds().events, 8);
}

#[test]
fn an_event_of_one_time_that_is_missing() {
    let (mut story, writer, watcher) = two();
    story.call(watcher, get_and_watch("/a"));
    story.call(writer, set("/a", "2"));
    story.call(watcher, exists("/a"));
    story.breaks(Rule::EventMissing);
}

#[test]
fn the_last_events_of_a_connection_may_be_lost_with_it() {
    let (mut story, writer, watcher) = two();
    story.call(watcher, add_watch("/a", WatchMode::Persistent));
    story.call(writer, set("/a", "2"));
    story.call(writer, delete("/a"));
    story.event(watcher, NodeDataChanged, "/a");
    story.note(watcher, What::Lost);
    story.holds();
}

#[test]
fn the_last_events_of_a_connection_leave_none_out() {
    let (mut story, writer, watcher) = two();
    story.call(watcher, add_watch("/a", WatchMode::Persistent));
    story.call(writer, set("/a", "2"));
    story.call(writer, delete("/a"));
    story.event(watcher, NodeDeleted, "/a");
    story.note(watcher, What::Lost);
    story.breaks(Rule::EventMissing);
}

#[test]
fn an_event_of_one_time_that_comes_twice() {
    let (mut story, writer, watcher) = two();
    story.call(watcher, get_and_watch("/a"));
    story.call(writer, set("/a", "2"));
    story.call(writer, set("/a", "3"));
    story.event(watcher, NodeDataChanged, "/a");
    story.event(watcher, NodeDataChanged, "/a");
    story.call(watcher, exists("/a"));
    story.breaks(Rule::EventUnexpected);
}

#[test]
fn an_event_of_a_persistent_watch_that_comes_twice() {
    let (mut story, writer, watcher) = two();
    story.call(watcher, add_watch("/a", WatchMode::Persistent));
    story.call(writer, set("/a", "2"));
    story.event(watcher, NodeDataChanged, "/a");
    story.event(watcher, NodeDataChanged, "/a");
    story.call(watcher, exists("/a"));
    story.breaks(Rule::EventUnexpected);
}

#[test]
fn an_event_without_a_change_at_the_end_of_a_connection() {
    let (mut story, _, watcher) = two();
    story.call(watcher, get_and_watch("/a"));
    story.event(watcher, NodeDataChanged, "/a");
    story.breaks(Rule::EventUnexpected);
}

#[test]
fn an_event_after_the_answer_to_the_write() {
    let (mut story, writer, _) = two();
    story.call(writer, get_and_watch("/a"));
    story.call(writer, set("/a", "2"));
    story.event(writer, NodeDataChanged, "/a");
    story.call(writer, exists("/a"));
    story.breaks(Rule::EventLate);
}

#[test]
fn an_event_after_the_last_answer_that_had_to_come_before() {
    let (mut story, writer, watcher) = two();
    story.call(watcher, get_and_watch("/a"));
    story.call(writer, set("/a", "2"));
    story.call(watcher, exists("/a"));
    story.event(watcher, NodeDataChanged, "/a");
    story.breaks(Rule::EventLate);
}

#[test]
fn a_read_may_show_the_state_before_the_change() {
    let (mut story, writer, watcher) = two();
    story.call(watcher, get_and_watch("/a"));
    let before = story.right(watcher, &exists("/a"));
    story.call(writer, set("/a", "2"));
    let xid = story.ask(watcher, &exists("/a"));
    story.answer(watcher, xid, before);
    story.event(watcher, NodeDataChanged, "/a");
    story.call(watcher, exists("/a"));
    story.holds();
}

#[test]
fn events_out_of_order() {
    let (mut story, writer, watcher) = two();
    story.call(watcher, add_watch("/", WatchMode::Recursive));
    story.call(writer, set("/a", "2"));
    story.call(writer, delete("/a"));
    story.event(watcher, NodeDeleted, "/a");
    story.event(watcher, NodeDataChanged, "/a");
    story.call(watcher, exists("/a"));
    story.breaks(Rule::EventOutOfOrder);
}

#[test]
fn an_event_of_another_zxid() {
    let (mut story, writer, watcher) = two();
    story.call(watcher, get_and_watch("/a"));
    let zxid = story.call(writer, set("/a", "2"));
    story.event_by(watcher, NodeDataChanged, "/a", zxid - 1);
    story.call(watcher, exists("/a"));
    story.breaks(Rule::EventWrongZxid);
}

#[test]
fn an_event_of_a_watch_that_was_not_set() {
    let (mut story, writer, watcher) = two();
    story.call(watcher, get_and_watch("/b")); // not there: sets none
    story.call(writer, create("/b", "2"));
    story.event(watcher, NodeCreated, "/b");
    story.call(watcher, exists("/b"));
    story.breaks(Rule::EventUnexpected);
}

#[test]
fn an_event_by_a_lost_write_tells_that_it_happened() {
    let (mut story, writer, watcher) = two();
    story.call(watcher, get_and_watch("/a"));
    story.lose(writer, set("/a", "2"));
    story.event(watcher, NodeDataChanged, "/a");
    story.call(watcher, exists("/b"));
    let report = story.holds();
    assert_eq!((report.lost_applied, report.events), (1, 1));
}

/// Watches `/a` and waits for `/b`, and comes back after both have changed.
fn away(since: impl FnOnce(i64) -> i64) -> (Story, ConnectionId, AnyRequest<'static>) {
    let (mut story, writer, watcher) = two();
    story.call(watcher, get_and_watch("/a"));
    let seen = story.call(watcher, exists_and_watch("/b"));
    story.note(watcher, What::Lost);
    story.call(writer, set("/a", "2"));
    story.call(writer, create("/b", "1"));
    let watcher = story.reconnect(2, seen);
    let mut again = SetWatches::since(since(seen));
    again.data.push("/a");
    again.exist.push("/b");
    (story, watcher, AnyRequest::SetWatches(again))
}

#[test]
fn what_happened_meanwhile_is_told_at_once() {
    let (mut story, watcher, again) = away(|seen| seen);
    story.event(watcher, NodeDataChanged, "/a");
    story.event(watcher, NodeCreated, "/b");
    story.call(watcher, again);
    assert_eq!(story.holds().events, 2);
}

#[test]
fn what_happened_meanwhile_is_not_told() {
    let (mut story, watcher, again) = away(|seen| seen);
    story.event(watcher, NodeDataChanged, "/a");
    story.call(watcher, again);
    story.breaks(Rule::EventMissing);
}

#[test]
fn watches_set_again_from_too_late_a_state() {
    let (mut story, watcher, again) = away(|seen| seen + 1);
    story.event(watcher, NodeCreated, "/b");
    story.call(watcher, again);
    story.breaks(Rule::RearmedTooLate);
}

#[test]
fn a_watch_that_was_removed() {
    let (mut story, writer, watcher) = two();
    story.call(watcher, get_and_watch("/a"));
    let remove = || AnyRequest::RemoveWatches(RemoveWatches::new("/a", WatcherType::Data));
    story.call(watcher, remove());
    story.call(writer, set("/a", "2"));
    story.call(watcher, exists("/a"));
    let xid = story.ask(watcher, &remove());
    let Answer { zxid, .. } = story.right(watcher, &exists("/a"));
    story.answer(watcher, xid, Answer { zxid, err: 0, body: Vec::new() });
    story.breaks(Rule::WrongWatch);
}
