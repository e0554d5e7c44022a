//! The server's bytes, however they are cut, and whatever they are.

use proptest::prelude::*;
use zk_proto::wire::put_frame;
use zk_proto::{ErrorCode, EventType, KeeperState, Record, ReplyHeader, WatchedEvent};

use crate::support::{Event, World, get, granted, set};
use crate::watch_table::{WAYS, set_watch};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// A session that waits for eight answers, and has watches.
fn expectant() -> World {
    let mut world = World::connected();
    for way in WAYS {
        set_watch(&mut world, way, "/n", way);
    }
    for _ in 0..4 {
        world.submit(&get("/n"));
        world.submit(&set("/n"));
    }
    world.events();
    world
}

/// What a server might send to it: replies with bodies of all sizes, and events between them.
fn stream() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut frame = |xid: i32, zxid: i64, err: i32, body: &[u8]| {
        put_frame(&mut bytes, |out| {
            ReplyHeader { xid, zxid, err }.encode(out);
            out.extend_from_slice(body);
        });
    };
    let first = i32::try_from(WAYS.len()).unwrap() + 1;
    for number in 0..8 {
        let size = 17_usize.pow(number as u32 % 4);
        let err = if number == 5 { ErrorCode::NoNode.code() } else { 0 };
        frame(first + number, i64::from(number), err, &vec![b'x'; size]);
        frame(ReplyHeader::PING, 0, 0, &[]);
        let mut event = Vec::new();
        let kind = if number % 2 == 0 {
            EventType::NodeDataChanged
        } else {
            EventType::NodeChildrenChanged
        };
        let state = KeeperState::SYNC_CONNECTED;
        WatchedEvent { kind, state, path: "/n".into() }.encode(&mut event);
        frame(ReplyHeader::NOTIFICATION, -1, 0, &event);
    }
    bytes
}

fn events_of(world: &mut World, pieces: &[usize], bytes: &[u8]) -> Vec<Event> {
    let mut rest = bytes;
    for piece in pieces.iter().chain(std::iter::repeat(&usize::MAX)) {
        let (now, later) = rest.split_at(rest.len().min(*piece));
        world.server_sends(now);
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    world.events()
}

#[test]
fn bytes_one_at_a_time_are_the_same_events() {
    let whole = events_of(&mut expectant(), &[], &stream());
    assert_eq!(whole.len(), 8 + (4 + 3 * 2) + (3 + 3), "replies, and what each event is told to");
    let mut world = expectant();
    world.piece = 1;
    assert_eq!(events_of(&mut world, &[], &stream()), whole);
}

/// One byte more or less than a buffer has room for.
#[test]
fn m4_replies_of_all_sizes_arrive_whole() {
    let mut world = World::connected();
    for power in 0..=20 {
        for surplus in -17..=17 {
            let Some(size) = (1_usize << power).checked_add_signed(surplus) else { continue };
            let call = world.submit(&get("/a"));
            let sent = world.next_request();
            world.server_answers_with(&sent, &vec![b'x'; size]);
            assert_eq!(world.answer_to(call).expect("success").len(), size);
        }
    }
}

#[test]
fn m8_the_longest_reply_that_is_accepted_is_as_long_as_the_limit() {
    let limit = zk_proto::Limits::default().frame_in;
    for (len, is_accepted) in [(limit, true), (limit + 1, false)] {
        let mut world = World::connected();
        let call = world.submit(&get("/a"));
        let sent = world.next_request();
        world.server_answers_with(&sent, &vec![b'x'; len - ReplyHeader::LEN]);
        assert_eq!(world.answer_to(call).is_ok(), is_accepted, "{len} bytes");
    }
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn bytes_in_any_pieces_are_the_same_events(
        pieces in prop::collection::vec(1_usize..6_000, 0..40),
        is_broken in any::<bool>(),
    ) {
        let mut bytes = stream();
        if is_broken {
            bytes.extend_from_slice(&[0xff; 5]); // and what came before is told all the same
        }
        let whole = events_of(&mut expectant(), &[], &bytes);
        prop_assert_eq!(events_of(&mut expectant(), &pieces, &bytes), whole);
    }

    #[test]
    fn any_bytes_are_survived(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        is_connected in any::<bool>(),
        is_framed in any::<bool>(),
    ) {
        let mut world = if is_connected { expectant() } else { World::new() };
        if !is_connected {
            world.transport_comes_up();
            world.server_reads_greeting();
        }
        if is_framed {
            world.server_sends_frame(&bytes);
        } else {
            world.server_sends(&bytes);
        }
        world.close();
        world.pass(crate::support::seconds(2));
        prop_assert!(world.session.is_over() && world.all_is_answered());
    }

    #[test]
    fn a_stream_with_errors_is_survived(
        errors in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let mut bytes = stream();
        for (at, byte) in errors {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let mut world = expectant();
        world.server_sends(&bytes);
        world.pass(crate::support::seconds(20)); // by which time the session has expired at last
        prop_assert!(world.session.is_over() || world.session.state().is_connected());
        world.close();
        world.pass(crate::support::seconds(2));
        prop_assert!(world.all_is_answered() && world.all_watches_have_ended());
    }

    #[test]
    fn a_handshake_with_errors_is_survived(
        errors in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = Vec::new();
        put_frame(&mut bytes, |out| granted().encode(out));
        for (at, byte) in errors {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let mut world = World::new();
        world.transport_comes_up();
        world.server_reads_greeting();
        let call = world.submit(&get("/a"));
        world.server_sends(&bytes);
        world.close();
        world.pass(crate::support::seconds(2));
        prop_assert!(world.session.is_over() && world.is_answered(call));
    }
}
