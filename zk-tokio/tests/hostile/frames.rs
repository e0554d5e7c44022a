//! Frames that are too long, too short, or not frames at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::client::{assert_malformed, complaint, connects, is_served_by_connection, soon};
use super::line::Line;
use super::server::Server;
use super::words::{Body, FRAME_LIMIT, Grant, event_of, frame, frame_of_length, reply};

/// In place of an answer, the client gets these bytes: it complains so, and leaves for a server
/// that makes sense.
async fn breaks_the_connection(case: &str, bytes: Vec<u8>, expected: &str) {
    let server = Server::once(move |line| {
        line.welcomes()?;
        line.hears_a_call()?;
        line.says(&bytes)?;
        line.is_left()
    });
    let zk = connects(&server).await;
    let complaint = complaint(soon(zk.get("/a")).await, case);
    assert_eq!(complaint, format!("connection lost ({expected}), outcome unknown"), "{case}");
    is_served_by_connection(2, &zk, &server, case).await;
}

#[tokio::test]
async fn a_length_that_is_negative_or_beyond_the_limit_breaks_the_connection() {
    for length in [-1, -4, i32::MIN, FRAME_LIMIT + 1, 0x7f00_0000, i32::MAX] {
        let case = format!("a frame of length {length}");
        let bytes = frame_of_length(length, &[0; 64]);
        breaks_the_connection(&case, bytes, "frame too long").await;
    }
}

#[tokio::test]
async fn a_frame_without_room_for_a_header_breaks_the_connection() {
    for length in 0..16 {
        let case = format!("a frame of {length} bytes");
        breaks_the_connection(&case, frame(&vec![0; length]), "reply header").await;
    }
}

#[tokio::test]
async fn another_protocol_breaks_the_connection() {
    let http = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".to_vec();
    breaks_the_connection("HTTP", http, "frame too long").await;
    let alert = vec![0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28];
    breaks_the_connection("a TLS alert", alert, "frame too long").await;
    let handshake_again = Grant::honest().frame();
    breaks_the_connection("a second handshake", handshake_again, "reply out of order").await;
    breaks_the_connection("zeros as long as may be", frame(&[0; 4 << 20]), "reply out of order")
        .await;
}

#[tokio::test]
async fn an_event_that_ends_too_early_breaks_the_connection() {
    let whole = Body::nothing().int(3).int(3).text("/a");
    let what = ["event type"; 4].into_iter().chain(["state"; 4]).chain(["path of an event"; 6]);
    for (end, what) in what.enumerate() {
        let cut = Body::nothing().raw(&whole.bytes[..end]);
        breaks_the_connection(&format!("{end} bytes of an event"), event_of(cut), what).await;
    }
}

/// Lengths around the powers of two, where buffers are renewed.
#[tokio::test]
async fn answers_of_any_length_up_to_the_limit_arrive_whole() {
    let overhead = 16 + 4 + zk_tokio::Stat::LEN;
    let most = FRAME_LIMIT as usize - overhead;
    let around = |power: u32| [-17_i64, -1, 0, 1, 17].map(|off| (1 << power) + off);
    let lengths: Vec<_> = (8..22).flat_map(around).map(|length| length as usize).collect();
    let lengths: Vec<_> = lengths.into_iter().chain([most - 1, most]).collect();
    let sizes = lengths.clone();
    let server = Server::plays([
        Box::new(move |line| {
            line.welcomes()?;
            for size in sizes {
                let call = line.hears_a_call()?;
                line.answers(&call, &Body::nothing().buffer(&pattern(size)).stat().bytes)?;
            }
            let call = line.hears_a_call()?;
            line.answers(&call, &Body::nothing().buffer(&pattern(most + 1)).stat().bytes)?;
            line.is_left()
        }),
        Box::new(Line::is_honest),
    ]);
    let zk = connects(&server).await;
    for length in lengths {
        let node = soon(zk.get("/a")).await.unwrap();
        assert!(node.data == pattern(length), "{length} bytes arrive changed");
    }
    let complaint = complaint(soon(zk.get("/a")).await, "one byte more");
    assert_eq!(complaint, "connection lost (frame too long), outcome unknown");
    is_served_by_connection(2, &zk, &server, "one byte more than the limit").await;
}

/// Bytes of which no two neighbouring pages are the same.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

/// 1.2 GiB are announced, and sent for as long as the client listens: which is not at all.
#[tokio::test]
async fn a_frame_without_an_end_is_not_listened_to() {
    const HUGE: i32 = 1_288_490_189;
    let said = Arc::new(AtomicUsize::new(0));
    let counter = said.clone();
    let server = Server::once(move |line| {
        line.welcomes()?;
        line.hears_a_call()?;
        line.says(&frame_of_length(HUGE, &[]))?;
        while counter.load(Ordering::SeqCst) < HUGE as usize {
            line.says(&[b'x'; 64 << 10])?;
            counter.fetch_add(64 << 10, Ordering::SeqCst);
        }
        Ok(())
    });
    let zk = connects(&server).await;
    let complaint = complaint(soon(zk.get("/a")).await, "an endless frame");
    assert_eq!(complaint, "connection lost (frame too long), outcome unknown");
    is_served_by_connection(2, &zk, &server, "an endless frame").await;
    let said = said.load(Ordering::SeqCst); // what fits into the buffers of both sockets
    assert!(said < 32 << 20, "the server could say {said} bytes");
}

/// The reply is a good one, but its frame claims to end a byte earlier: that byte is then taken for
/// the first one of the next frame.
#[tokio::test]
async fn a_frame_that_hides_a_byte_is_no_answer() {
    let server = Server::once(|line| {
        line.welcomes()?;
        let call = line.hears_a_call()?;
        let mut bytes = reply(call.xid, 0, &Body::nothing().buffer(b"data").stat().bytes);
        bytes[3] -= 1;
        line.says(&bytes)?;
        line.hears_a_call()?;
        line.says(&reply(call.xid + 1, 0, &[]))?;
        line.is_left()
    });
    let zk = connects(&server).await;
    assert_malformed(soon(zk.get("/a")).await, "a frame that hides a byte");
    let complaint = complaint(soon(zk.get("/a")).await, "what follows it");
    assert_eq!(complaint, "connection lost (frame too long), outcome unknown");
    is_served_by_connection(2, &zk, &server, "a frame that hides a byte").await;
}
