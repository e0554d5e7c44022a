//! Frames come out of an inbox whole, however their bytes arrive; and its buffer follows the
//! traffic.
#![expect(clippy::disallowed_types, reason = "`prop_oneof` shares its branches")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use allocation_counter::measure;
use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use zk_proto::Fault;
use zk_proto::wire::{Inbox, put_frame};

const LIMIT: usize = 4 << 20;
/// What a network hands over at once.
const PACKET: usize = 1_460;
/// What a buffer takes besides its bytes.
const BOOKKEEPING: i64 = 64;

proptest! {
    #[test]
    fn frames_do_not_depend_on_how_their_bytes_arrive(
        sizes in vec(size(), 0..12),
        cuts in vec(1..5_000_usize, 1..9),
    ) {
        let frames = frames_of(&sizes);
        let stream = on_the_wire(&frames);
        prop_assert_eq!(&arrives(&stream, &[usize::MAX]), &frames);
        prop_assert_eq!(arrives(&stream, &cuts), frames);
    }

    #[test]
    fn frames_do_not_depend_on_when_they_are_taken(sizes in vec(0..3_000_usize, 1..20)) {
        let frames = frames_of(&sizes);
        let mut inbox = Inbox::default();
        for packet in on_the_wire(&frames).chunks(PACKET) {
            receives(&mut inbox, packet, PACKET); // and nobody looks at it
        }
        prop_assert_eq!(taken(&mut inbox), frames);
    }
}

/// As a transport takes them that understands them itself.
#[test]
fn what_is_discarded_leaves_room_that_follows_the_traffic() {
    let mut inbox = Inbox::default();
    let mut rooms = Vec::new();
    for _ in 0..5 {
        let room = inbox.space().len();
        inbox.space().fill(7);
        inbox.commit(room);
        assert_eq!(inbox.pending(), vec![7; room]);
        inbox.discard();
        assert!(inbox.pending().is_empty());
        rooms.push(room);
    }
    assert_eq!(rooms, [1 << 10, 4 << 10, 16 << 10, 64 << 10, 64 << 10]);
    let before = measure(|| {
        for _ in 0..4 {
            let room = inbox.space().len();
            inbox.commit(room);
            inbox.discard();
        }
    });
    assert_eq!(before.count_total, 0, "the buffer is used again");
    for _ in 0..10 {
        inbox.spare().extend_from_slice(&[7]);
        inbox.commit_spare();
        inbox.discard();
    }
    assert!(inbox.space().len() < 4 << 10);
}

#[test]
fn frames_that_arrive_byte_by_byte() {
    let frames = frames_of(&[0, 1, 2, 1_020, 1_024, 5_000, 0, 70_000, 3]);
    assert_eq!(arrives(&on_the_wire(&frames), &[1]), frames);
}

#[test]
fn frames_about_as_long_as_the_buffer() {
    for power in 4..22 {
        for size in (1_usize << power).saturating_sub(17)..=(1 << power) + 17 {
            let frames = frames_of(&[size, 3]);
            assert_eq!(arrives(&on_the_wire(&frames), &[PACKET, usize::MAX]), frames, "{size}");
        }
    }
}

#[test]
fn a_frame_may_be_as_long_as_the_limit_and_no_longer() {
    for (len, taken) in
        [(0, Ok(true)), (99, Ok(true)), (100, Ok(true)), (101, Err(Fault::FrameTooLong))]
    {
        let mut inbox = Inbox::from(&*on_the_wire(&frames_of(&[len])));
        assert_eq!(inbox.take_frame(100).map(|frame| frame.is_some()), taken, "{len} bytes");
    }
}

#[test]
fn a_length_is_judged_before_the_frame_has_arrived() {
    for (claimed, judged) in [
        (100, Ok(None)),
        (101, Err(Fault::FrameTooLong)),
        (i32::MAX, Err(Fault::FrameTooLong)),
        (-1, Err(Fault::FrameTooLong)),
        (i32::MIN, Err(Fault::FrameTooLong)),
    ] {
        let mut inbox = Inbox::from(&claimed.to_be_bytes()[..]);
        assert_eq!(inbox.take_frame(100), judged, "{claimed}");
    }
    assert_eq!(Inbox::from(&[0, 0, 0][..]).take_frame(100), Ok(None));
}

#[test]
fn there_is_always_room_to_read_into() {
    for claimed in [0, 1, 1_020, 1_021, 70_000, i32::MAX, -1, i32::MIN] {
        let mut inbox = Inbox::default();
        receives(&mut inbox, &claimed.to_be_bytes(), 4);
        for _ in 0..200 {
            let room = inbox.space().len();
            assert!(room > 0, "{claimed}");
            inbox.commit(room.min(PACKET));
        }
    }
}

#[test]
fn a_frame_has_begun_with_its_first_byte() {
    let mut inbox = Inbox::default();
    assert!(!inbox.has_begun_frame());
    receives(&mut inbox, &[0], 1);
    assert!(inbox.has_begun_frame());
    receives(&mut inbox, &[0, 0, 1, 7], 4);
    assert_eq!(taken(&mut inbox), [&[7][..]]);
    assert!(!inbox.has_begun_frame());
}

#[test]
fn what_came_from_another_connection_is_forgotten() {
    let mut inbox = Inbox::default();
    receives(&mut inbox, &[0, 0, 0, 9, 1, 2, 3], 7);
    inbox.clear();
    assert!(!inbox.has_begun_frame());
    let frames = frames_of(&[5]);
    receives(&mut inbox, &on_the_wire(&frames), PACKET);
    assert_eq!(taken(&mut inbox), frames);
}

#[test]
fn the_buffer_is_short_while_little_comes() {
    let mut inbox = Inbox::default();
    let stream = on_the_wire(&frames_of(&[84; 200]));
    let memory = measure(|| {
        for reply in stream.chunks(88) {
            assert!(inbox.space().len() <= Inbox::LEAST);
            receives(&mut inbox, reply, 88);
            assert_eq!(taken(&mut inbox).len(), 1);
        }
    });
    assert!(memory.bytes_max < 2 * Inbox::LEAST as u64, "{memory:?}");
}

#[test]
fn memory_that_is_not_needed_can_be_given_back_but_no_byte_of_a_frame() {
    let mut inbox = Inbox::default();
    let frames = frames_of(&[84, 84]);
    let stream = on_the_wire(&frames);
    receives(&mut inbox, &stream[..100], PACKET);
    assert_eq!(taken(&mut inbox), frames[..1]);
    inbox.release();
    receives(&mut inbox, &stream[100..], PACKET);
    assert_eq!(taken(&mut inbox), frames[1..]);
    let memory = measure(|| inbox.release());
    assert!(memory.bytes_current <= -(Inbox::LEAST as i64), "{memory:?}");
}

#[test]
fn it_is_quiet_until_much_has_come_and_again_when_little_has() {
    let mut inbox = Inbox::default();
    assert!(inbox.is_quiet());
    receives(&mut inbox, &on_the_wire(&frames_of(&[5_000])), usize::MAX);
    assert!(!inbox.is_quiet());
    taken(&mut inbox);
    for _ in 0..6 {
        receives(&mut inbox, &on_the_wire(&frames_of(&[16])), PACKET);
        taken(&mut inbox);
    }
    assert!(inbox.is_quiet());
}

#[test]
fn the_buffer_grows_while_much_comes_but_not_without_end() {
    let mut inbox = Inbox::default();
    let stream = on_the_wire(&frames_of(&[60; 100_000]));
    let mut longest = 0;
    let mut rest = &stream[..];
    while !rest.is_empty() {
        longest = longest.max(inbox.space().len());
        let count = inbox.space().len().min(rest.len());
        receives(&mut inbox, &rest[..count], usize::MAX);
        rest = &rest[count..];
        taken(&mut inbox);
    }
    assert_eq!(longest, Inbox::MOST);
}

#[test]
fn after_a_burst_the_memory_comes_back() {
    for burst in [&[84; 5_000][..], &[1 << 20], &[70_000, 3, 200_000], &[3_000; 7]] {
        let mut inbox = Inbox::default();
        let (burst, ping) = (on_the_wire(&frames_of(burst)), on_the_wire(&frames_of(&[16])));
        let memory = measure(|| {
            assert!(!arrives_in(&mut inbox, &burst, &[usize::MAX]).is_empty());
            for _ in 0..12 {
                arrives_in(&mut inbox, &ping, &[PACKET]);
            }
        });
        assert!(memory.bytes_current <= 2 * Inbox::LEAST as i64 + BOOKKEEPING, "{memory:?}");
    }
}

#[test]
fn a_claim_costs_no_more_than_what_has_come_of_it_warrants() {
    for claimed in [1 << 16, LIMIT as i32, i32::MAX] {
        let start = [&claimed.to_be_bytes()[..], &[7; 20_000]].concat();
        for arrived in [4, 100, 1_000, 1_024, 1_025, 5_000, 20_000] {
            let mut inbox = Inbox::default();
            let memory = measure(|| {
                receives(&mut inbox, &start[..arrived], PACKET);
                assert!(!inbox.space().is_empty());
            });
            let warranted = 8 * arrived + Inbox::LEAST;
            assert!(memory.bytes_max <= warranted as u64, "{arrived} of {claimed}: {memory:?}");
        }
    }
}

#[test]
fn a_long_frame_is_not_copied_with_every_packet() {
    let stream = on_the_wire(&frames_of(&[LIMIT]));
    let mut inbox = Inbox::default();
    let memory = measure(|| {
        stream.chunks(PACKET).for_each(|packet| receives(&mut inbox, packet, PACKET));
    });
    assert_eq!(taken(&mut inbox)[0].len(), LIMIT);
    assert!(memory.bytes_total < 2 * LIMIT as u64, "{memory:?}");
}

#[test]
fn frames_that_nobody_takes_are_not_copied_with_every_packet() {
    let stream = on_the_wire(&frames_of(&[84; 10_000]));
    let mut inbox = Inbox::default();
    let memory = measure(|| receives(&mut inbox, &stream, PACKET));
    assert!(memory.bytes_total < 4 * stream.len() as u64, "{memory:?}");
    assert_eq!(taken(&mut inbox).len(), 10_000);
}

#[test]
fn a_value_that_is_kept_pins_no_more_than_the_buffer_it_came_in() {
    for (traffic, most) in [(vec![84; 5], 2 * Inbox::LEAST), (vec![84; 5_000], Inbox::MOST)] {
        let stream = on_the_wire(&frames_of(&traffic));
        let mut kept = Bytes::new();
        let memory = measure(|| {
            kept = arrives(&stream, &[usize::MAX]).pop().unwrap().slice(..10);
        });
        assert_eq!(kept.len(), 10);
        assert!(memory.bytes_current <= most as i64 + BOOKKEEPING, "{memory:?}");
    }
}

/// Most frames are short; some are about as long as a buffer.
fn size() -> impl Strategy<Value = usize> {
    prop_oneof![8 => 0..300_usize, 2 => 900..1_100_usize, 1 => 60_000..70_000_usize]
}

/// Frames of these lengths, each of other bytes.
fn frames_of(sizes: &[usize]) -> Vec<Bytes> {
    let frame = |(number, size): (usize, &usize)| -> Bytes {
        (0..*size).map(|at| (at ^ (at >> 8) ^ number) as u8).collect()
    };
    sizes.iter().enumerate().map(frame).collect()
}

fn on_the_wire(frames: &[Bytes]) -> Vec<u8> {
    let mut stream = Vec::new();
    frames.iter().for_each(|frame| put_frame(&mut stream, |out| out.extend(frame)));
    stream
}

/// Reads a stream as a transport does: each read brings at most as much as `reads` says in turn.
fn arrives(stream: &[u8], reads: &[usize]) -> Vec<Bytes> {
    arrives_in(&mut Inbox::default(), stream, reads)
}

fn arrives_in(inbox: &mut Inbox, stream: &[u8], reads: &[usize]) -> Vec<Bytes> {
    let (mut rest, mut frames) = (stream, Vec::new());
    for most in reads.iter().copied().cycle() {
        if rest.is_empty() {
            break;
        }
        let count = inbox.space().len().min(rest.len()).min(most);
        receives(inbox, &rest[..count], count);
        rest = &rest[count..];
        frames.extend(taken(inbox));
    }
    frames
}

/// Bytes arrive, at most `most` with each read.
fn receives(inbox: &mut Inbox, bytes: &[u8], most: usize) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let space = inbox.space();
        let count = space.len().min(rest.len()).min(most);
        space[..count].copy_from_slice(&rest[..count]);
        inbox.commit(count);
        rest = &rest[count..];
    }
}

/// All the frames that have arrived whole.
fn taken(inbox: &mut Inbox) -> Vec<Bytes> {
    std::iter::from_fn(|| inbox.take_frame(LIMIT).unwrap()).collect()
}

#[test]
fn a_reader_that_appends_gets_the_same_frames_and_the_same_memory() {
    let frames: Vec<Vec<u8>> = (0..200_u16).map(|n| vec![7; usize::from(n) * 37]).collect();
    let mut stream = Vec::new();
    for frame in &frames {
        put_frame(&mut stream, |out| out.extend_from_slice(frame));
    }
    let mut inbox = Inbox::default();
    let mut taken = Vec::new();
    let mut rest = &stream[..];
    while !rest.is_empty() {
        let spare = inbox.spare();
        let room = spare.capacity() - spare.len();
        assert!((1..=Inbox::MOST).contains(&room));
        let (piece, later) = rest.split_at(rest.len().min(room));
        spare.extend_from_slice(piece);
        rest = later;
        inbox.commit_spare();
        while let Some(frame) = inbox.take_frame(1 << 20).unwrap() {
            taken.push(frame.to_vec());
        }
    }
    assert_eq!(taken, frames);
    assert!(!inbox.has_begun_frame());
}
