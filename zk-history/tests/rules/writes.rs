//! Histories whose writes and reads are wrong: each is found, and named.

use crate::support::{
    Answer, Story, children, create, delete, ephemeral, exists, get, sequential, set,
};
use zk_history::{Rule, What};
use zk_proto::{AnyRequest, ErrorCode, Multi, SetData};

#[test]
fn what_servers_may_say_holds() {
    let mut story = Story::new();
    let (a, b) = (story.connect(1), story.connect(2));
    story.call(a, create("/a", "1"));
    story.call(b, create("/a", "2")); // exists already
    story.call(b, get("/a"));
    story.call(a, set("/a", "3"));
    story.call(b, sequential("/a/s-", "4"));
    story.call(a, children("/a"));
    story.call(a, delete("/a")); // has a child
    story.call(b, AnyRequest::Multi(Multi::new().delete("/a/s-0000000000").delete("/a")));
    story.call(a, exists("/a"));
    let report = story.holds();
    assert_eq!((report.refused, report.lost, report.sessions), (2, 0, 2));
}

#[test]
fn an_acknowledged_write_that_is_lost() {
    let mut story = Story::new();
    let (a, b) = (story.connect(1), story.connect(2));
    story.call(a, create("/a", "1"));
    let before = story.right(b, &get("/a"));
    story.call(a, set("/a", "2"));
    let xid = story.ask(b, &get("/a"));
    let now = story.right(b, &get("/a"));
    story.answer(b, xid, Answer { zxid: now.zxid, ..before });
    story.breaks(Rule::WrongState);
}

#[test]
fn a_stale_read() {
    let mut story = Story::new();
    let a = story.connect(1);
    story.call(a, create("/a", "1"));
    let before = story.right(a, &get("/a"));
    story.call(a, set("/a", "2"));
    let xid = story.ask(a, &get("/a"));
    story.answer(a, xid, before);
    story.breaks(Rule::ZxidWentBack);
}

#[test]
fn another_session_may_read_an_older_state() {
    let mut story = Story::new();
    let (a, b) = (story.connect(1), story.connect(2));
    story.call(a, create("/a", "1"));
    let before = story.right(b, &get("/a"));
    story.call(a, set("/a", "2"));
    let xid = story.ask(b, &get("/a"));
    story.answer(b, xid, before);
    story.holds();
}

#[test]
fn an_older_state_after_a_reconnect() {
    let mut story = Story::new();
    let a = story.connect(1);
    story.call(a, create("/a", "1"));
    let before = story.right(a, &get("/a"));
    let seen = story.call(a, set("/a", "2"));
    story.note(a, What::Lost);
    let a = story.reconnect(1, seen);
    let xid = story.ask(a, &get("/a"));
    story.answer(a, xid, before);
    story.breaks(Rule::ZxidWentBack);
}

#[test]
fn a_client_that_forgets_what_it_has_seen() {
    let mut story = Story::new();
    let a = story.connect(1);
    let seen = story.call(a, create("/a", "1"));
    story.note(a, What::Lost);
    story.reconnect(1, seen - 1);
    story.breaks(Rule::LastZxidForgotten);
}

#[test]
fn a_lost_write_may_have_happened_or_not() {
    let mut story = Story::new();
    let (a, b) = (story.connect(1), story.connect(2));
    story.call(b, create("/a", "1"));
    story.lose(a, set("/a", "2"));
    story.call(b, get("/a"));
    let a = story.connect(1);
    story.ask(a, &set("/a", "3")); // it did not
    story.note(a, What::Lost);
    story.call(b, get("/a"));
    let report = story.holds();
    assert_eq!((report.lost, report.lost_applied, report.hidden), (2, 1, 0));
}

#[test]
fn a_lost_write_may_have_been_overwritten_before_anybody_saw_it() {
    let mut story = Story::new();
    let (a, b) = (story.connect(1), story.connect(2));
    story.call(b, create("/a", "1"));
    story.lose(a, set("/a", "2"));
    story.call(b, set("/a", "3"));
    let report = story.holds();
    assert_eq!((report.lost, report.lost_applied, report.hidden), (1, 1, 1));
}

#[test]
fn a_lost_delete_is_known_by_what_it_leaves() {
    let mut story = Story::new();
    let (a, b) = (story.connect(1), story.connect(2));
    story.call(b, create("/a", "1"));
    story.call(b, create("/a/b", "2"));
    story.lose(a, delete("/a/b"));
    story.call(b, exists("/a/b"));
    story.call(b, get("/a"));
    story.call(b, create("/a/b", "3"));
    let report = story.holds();
    assert_eq!((report.lost_applied, report.hidden), (1, 0));
}

#[test]
fn a_doubled_write() {
    let mut story = Story::new();
    let (a, b) = (story.connect(1), story.connect(2));
    story.call(b, create("/q", "1"));
    story.lose(a, sequential("/q/n-", "2"));
    story.right(a, &sequential("/q/n-", "2"));
    story.call(b, get("/q/n-0000000000"));
    story.call(b, get("/q/n-0000000001"));
    story.breaks(Rule::AppliedTwice);
}

#[test]
fn a_doubled_write_of_which_only_the_version_tells() {
    let mut story = Story::new();
    let (a, b) = (story.connect(1), story.connect(2));
    story.call(b, create("/a", "1"));
    story.lose(a, set("/a", "2"));
    story.right(a, &set("/a", "2"));
    story.call(b, set("/a", "3"));
    story.breaks(Rule::WrongAnswer);
}

#[test]
fn a_refused_write_that_happened_after_all() {
    let mut story = Story::new();
    let (a, b) = (story.connect(1), story.connect(2));
    story.call(a, create("/a", "1"));
    story.call_wrongly(a, set("/a", "2"), |answer| {
        (answer.err, answer.body) = (ErrorCode::BadVersion.code(), Vec::new());
    });
    story.call(b, get("/a"));
    story.breaks(Rule::WrongAnswer);
}

#[test]
fn a_change_that_nobody_asked_for() {
    let mut story = Story::new();
    let a = story.connect(1);
    story.call(a, create("/a", "1"));
    story.right(a, &set("/a", "2"));
    story.call(a, exists("/a"));
    story.breaks(Rule::Phantom);
}

#[test]
fn a_wrong_version_in_a_stat() {
    let mut story = Story::new();
    let a = story.connect(1);
    story.call(a, create("/a", "1"));
    story.call_wrongly(a, set("/a", "2"), |answer| answer.body[35] = 7);
    story.breaks(Rule::WrongAnswer);
}

#[test]
fn a_wrong_error_code() {
    let mut story = Story::new();
    let a = story.connect(1);
    story.call(a, create("/a", "1"));
    story.call_wrongly(a, create("/a", "2"), |answer| answer.err = ErrorCode::NoNode.code());
    story.breaks(Rule::WrongAnswer);
}

#[test]
fn a_condition_that_did_not_hold() {
    let mut story = Story::new();
    let (a, b) = (story.connect(1), story.connect(2));
    story.call(a, create("/a", "1"));
    story.call(b, set("/a", "2"));
    let right = story.right(a, &set("/a", "3"));
    let conditional = AnyRequest::SetData(SetData::new("/a", "3").version(0));
    let xid = story.ask(a, &conditional);
    story.answer(a, xid, right);
    story.breaks(Rule::WrongAnswer);
}

#[test]
fn a_transaction_that_was_done_by_half() {
    let mut story = Story::new();
    let a = story.connect(1);
    story.call(a, create("/a", "1"));
    let multi = Multi::new().set("/a", "2").create("/b", "2");
    story.call(a, AnyRequest::Multi(multi));
    story.call_wrongly(a, get("/b"), |answer| {
        (answer.err, answer.body) = (ErrorCode::NoNode.code(), Vec::new());
    });
    story.breaks(Rule::WrongState);
}

#[test]
fn a_sequence_number_that_comes_twice() {
    let mut story = Story::new();
    let a = story.connect(1);
    story.call(a, create("/q", ""));
    story.call(a, sequential("/q/n-", "1"));
    story.call_wrongly(a, sequential("/q/n-", "2"), |answer| {
        *answer.body.last_mut().unwrap() = b'0';
    });
    story.breaks(Rule::WrongAnswer);
}

#[test]
fn a_write_before_what_its_client_had_been_shown() {
    let mut story = Story::new();
    let (a, b) = (story.connect(1), story.connect(2));
    let xid = story.ask(a, &create("/a", "1"));
    let late = story.right(a, &create("/a", "1"));
    story.call(b, create("/b", "1"));
    story.answer(a, xid, late.clone());
    story.call_wrongly(b, create("/c", "1"), |answer| answer.zxid = late.zxid);
    story.breaks(Rule::ZxidWentBack);

    let mut story = Story::new();
    let (a, b, c) = (story.connect(1), story.connect(2), story.connect(3));
    let early = story.right(a, &create("/a", "1"));
    story.call(b, create("/b", "1"));
    let xid = story.ask(c, &create("/a", "1"));
    story.answer(c, xid, early);
    story.breaks(Rule::NotInRealTime);
}

#[test]
fn two_writes_of_one_zxid() {
    let mut story = Story::new();
    let (a, b) = (story.connect(1), story.connect(2));
    let xid = story.ask(a, &create("/a", "1"));
    let other = story.ask(b, &create("/b", "1"));
    let answer = story.right(a, &create("/a", "1"));
    story.answer(a, xid, answer.clone());
    let mut second = story.right(b, &create("/b", "1"));
    second.zxid = answer.zxid;
    story.answer(b, other, second);
    story.breaks(Rule::ZxidShared);
}

#[test]
fn answers_out_of_order() {
    let mut story = Story::new();
    let a = story.connect(1);
    let (first, second) = (story.ask(a, &get("/")), story.ask(a, &exists("/")));
    let (get, exists) = (story.right(a, &get("/")), story.right(a, &exists("/")));
    story.answer(a, second, exists);
    story.answer(a, first, get);
    story.breaks(Rule::AnswerOutOfOrder);
}

#[test]
fn an_answer_out_of_order_for_which_the_client_gives_its_connection_up() {
    for goes_on in [false, true] {
        let mut story = Story::new();
        let a = story.connect(1);
        let (_, second) = (story.ask(a, &create("/a", "")), story.ask(a, &exists("/")));
        let exists = story.right(a, &exists("/"));
        story.answer(a, second, exists);
        if goes_on {
            story.ask(a, &get("/"));
            story.breaks(Rule::AnswerOutOfOrder);
        } else {
            story.note(a, What::Lost);
            assert_eq!(story.holds().misplaced, 1);
        }
    }
}

#[test]
fn two_times_of_one_transaction() {
    let mut story = Story::new();
    let a = story.connect(1);
    story.call(a, create("/a", "1"));
    story.call(a, exists("/a"));
    story.call_wrongly(a, exists("/a"), |answer| answer.body[23] ^= 1);
    story.breaks(Rule::TimeChanged);
}

#[test]
fn what_a_session_leaves_goes_with_it() {
    let mut story = Story::new();
    let (a, b) = (story.connect(1), story.connect(2));
    story.call(a, create("/a", ""));
    story.call(a, ephemeral("/a/e", "1"));
    story.note(a, What::Lost);
    story.call(b, exists("/a/e"));
    story.end(1);
    story.call(b, exists("/a/e"));
    story.call(b, exists("/a"));
    let report = story.holds();
    assert_eq!((report.expired, report.hidden), (1, 0));
}

#[test]
fn an_ephemeral_node_that_outlives_its_session() {
    let mut story = Story::new();
    let (a, b) = (story.connect(1), story.connect(2));
    story.call(a, ephemeral("/e", "1"));
    let there = story.right(b, &exists("/e"));
    story.call(a, AnyRequest::CloseSession);
    story.call_wrongly(b, exists("/e"), |answer| {
        *answer = Answer { zxid: answer.zxid, ..there };
    });
    story.breaks(Rule::WrongState);
}

#[test]
fn an_ephemeral_node_that_goes_while_its_session_lives() {
    let mut story = Story::new();
    let (a, b) = (story.connect(1), story.connect(2));
    story.call(a, ephemeral("/e", "1"));
    story.end(1);
    story.call(b, exists("/e"));
    story.call(a, exists("/e"));
    story.breaks(Rule::WrongState);
}

#[test]
fn a_session_that_writes_after_its_end() {
    let mut story = Story::new();
    let (a, b) = (story.connect(1), story.connect(2));
    story.call(a, AnyRequest::CloseSession);
    story.call(b, create("/b", ""));
    let a = story.reconnect(1, i64::MAX);
    story.call(a, create("/a", ""));
    story.breaks(Rule::ActsAfterEnd);
}

#[test]
fn bytes_that_are_no_message() {
    let mut story = Story::new();
    let a = story.connect(1);
    story.note(a, What::Unreadable);
    story.breaks(Rule::Unreadable);
}

#[test]
fn lost_writes_of_one_node_are_told_apart_by_what_they_leave() {
    let mut story = Story::new();
    let (a, b) = (story.connect(1), story.connect(2));
    story.call(b, create("/a", ""));
    story.call(b, create("/a/1", "1"));
    story.ask(a, &create("/a/2", "2")); // did not happen
    story.note(a, What::Lost);
    let a = story.connect(3);
    story.lose(a, delete("/a/1"));
    story.call(b, exists("/a"));
    story.call(b, children("/a"));
    let report = story.holds();
    assert_eq!((report.lost, report.lost_applied, report.hidden), (2, 1, 0));
}

#[test]
fn what_explains_nothing_did_not_happen() {
    let mut story = Story::new();
    let (a, b, c) = (story.connect(1), story.connect(2), story.connect(3));
    story.call(b, create("/a", "1"));
    story.call(b, create("/b", "1"));
    story.ask(a, &set("/b", "2")); // did not happen
    story.note(a, What::Lost);
    story.lose(c, set("/a", "3"));
    story.call(b, set("/a", "4"));
    story.call(b, set("/b", "5"));
    let report = story.holds();
    assert_eq!((report.lost_applied, report.hidden), (1, 1));
}

#[test]
fn a_lost_write_that_happened_after_a_later_one_of_its_session() {
    let mut story = Story::new();
    let a = story.connect(1);
    let seen = story.call(a, create("/a", "1"));
    story.ask(a, &set("/a", "2"));
    story.note(a, What::Lost);
    let a = story.reconnect(1, seen);
    story.call(a, create("/b", "3"));
    story.right(a, &set("/a", "2"));
    story.call(a, get("/a"));
    story.breaks(Rule::SessionOrder);
}

#[test]
fn a_lost_write_that_happened_before_it_was_asked_for() {
    let mut story = Story::new();
    let (a, b) = (story.connect(1), story.connect(2));
    story.call(b, create("/a", "1"));
    story.right(a, &set("/a", "2"));
    story.call(b, create("/b", "3"));
    story.ask(a, &set("/a", "2"));
    story.note(a, What::Lost);
    story.call(b, get("/a"));
    story.breaks(Rule::NotInRealTime);
}

#[test]
fn a_lost_write_that_happened_after_the_end_of_its_session() {
    let mut story = Story::new();
    let (a, b) = (story.connect(1), story.connect(2));
    story.call(b, create("/a", "1"));
    story.ask(a, &set("/a", "2"));
    story.note(a, What::Lost);
    let a = story.reconnect(1, 9);
    story.call(a, AnyRequest::CloseSession);
    story.right(a, &set("/a", "2"));
    story.call(b, get("/a"));
    story.breaks(Rule::ActsAfterEnd);
}
