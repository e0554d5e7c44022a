//! How much memory a server can cost a client.
//!
//! What is counted is allocated by the thread that measures, where the client lives alone: the
//! server has a thread of its own.

use allocation_counter::measure;
use tokio::runtime::Builder as Runtime;
use zk_tokio::{ChangeKind, WatchMode};

use super::client::{
    complaint, connects, connects_briskly, in_the_end, is_back_after, is_served_by_connection, soon,
};
use super::server::Server;
use super::words::{CREATED, DATA_CHANGED, FRAME_LIMIT, event, frame_of_length};

const MIB: u64 = 1 << 20;

/// The most that a client may need beyond what it had: two of the longest frames, and some.
const CEILING: u64 = 2 * FRAME_LIMIT as u64 + MIB;

/// Runs a case, and says how many bytes it had at the most.
fn peak(case: impl AsyncFnOnce()) -> u64 {
    let runtime = Runtime::new_current_thread().enable_all().build().unwrap();
    measure(|| runtime.block_on(case())).bytes_max
}

fn assert_below(ceiling: u64, peak: u64, case: &str) {
    println!("{case}: {peak} bytes at the most");
    assert!(peak <= ceiling, "{case}: {peak} bytes at the most, more than {ceiling}");
}

#[test]
fn a_frame_that_is_little_more_than_announced_costs_little() {
    let server = Server::once(|line| {
        line.welcomes()?;
        line.hears_a_call()?;
        line.says(&frame_of_length(FRAME_LIMIT, &[b'x'; 10_000]))?;
        line.falls_silent()
    });
    let peak = peak(async || {
        let zk = connects_briskly(&server).await;
        let lost = complaint(soon(zk.get("/a")).await, "an announcement");
        assert_eq!(lost, "connection lost (no answer), outcome unknown");
        is_served_by_connection(2, &zk, &server, "an announcement").await;
    });
    assert_below(128 << 10, peak, "announced, and 10,000 bytes sent");
}

#[test]
fn the_longest_frame_costs_little_more_than_its_length() {
    let server = Server::once(|line| {
        line.welcomes()?;
        line.hears_a_call()?;
        let most = vec![b'x'; FRAME_LIMIT as usize - 1];
        line.says(&frame_of_length(FRAME_LIMIT, &most))?;
        line.falls_silent()
    });
    let peak = peak(async || {
        let zk = connects_briskly(&server).await;
        let lost = complaint(soon(zk.get("/a")).await, "all but one byte");
        assert_eq!(lost, "connection lost (no answer), outcome unknown");
        is_served_by_connection(2, &zk, &server, "all but one byte").await;
    });
    assert_below(CEILING, peak, "frame_huge");
}

#[test]
fn a_flood_of_one_frame_costs_next_to_nothing() {
    let server = Server::once(|line| {
        line.welcomes()?;
        line.hears_a_call()?;
        line.says(&frame_of_length(1_288_490_189, &[]))?;
        loop {
            line.says(&[b'x'; 64 << 10])?;
        }
    });
    let peak = peak(async || {
        let zk = connects(&server).await;
        let lost = complaint(soon(zk.get("/a")).await, "an endless frame");
        assert_eq!(lost, "connection lost (frame too long), outcome unknown");
        is_served_by_connection(2, &zk, &server, "an endless frame").await;
    });
    assert_below(256 << 10, peak, "frame_flood");
}

#[test]
fn a_flood_of_the_longest_events_costs_what_two_do() {
    let longest = "/".to_owned() + &"x".repeat(FRAME_LIMIT as usize - 16 - 12 - 1);
    let server = Server::once(move |line| {
        line.welcomes()?;
        for _ in 0..50 {
            line.says(&event(CREATED, &longest))?;
        }
        line.answers_all_honestly()
    });
    let peak = peak(async || {
        let zk = connects(&server).await;
        is_served_by_connection(1, &zk, &server, "the longest events").await;
        assert_eq!(zk.stats().notifications, 50);
    });
    assert_below(CEILING, peak, "the longest events, unwatched");
}

/// A path is as long as a request may be: no server has a node with a longer one.
#[test]
fn a_slow_reader_of_the_longest_paths_costs_no_more() {
    let longest = "/".to_owned() + &"x".repeat(1_000_000);
    let server = Server::once(move |line| {
        line.welcomes()?;
        let watch = line.hears_a_call()?;
        line.answers_honestly(&watch)?;
        for _ in 0..200 {
            line.says(&event(CREATED, &longest))?;
        }
        line.answers_all_honestly()
    });
    let peak = peak(async || {
        let zk = connects(&server).await;
        let mut changes = soon(zk.watch("/", WatchMode::Recursive)).await.unwrap();
        is_served_by_connection(1, &zk, &server, "the longest paths").await;
        assert_eq!(zk.stats().notifications, 200);
        assert_eq!(changes.try_next().unwrap().kind, ChangeKind::Resync);
    });
    assert_below(CEILING, peak, "a slow reader of the longest paths");
}

/// All the time the client says that it is alive.
#[test]
fn a_million_events_cost_a_slow_reader_nothing_but_a_resync() {
    let server = Server::once(|line| {
        line.welcomes()?;
        for _ in ["/a", "/end"] {
            let watch = line.hears_a_call()?;
            line.answers_honestly(&watch)?;
        }
        let some = event(DATA_CHANGED, "/a/node/with/a/path/of/some/length").repeat(1_000);
        let (mut said, mut pings) = (0, 0);
        while said < 1_000 || pings == 0 {
            line.says(&some)?;
            said += 1;
            pings += line.answers_pings()?;
        }
        line.says(&event(CREATED, "/end"))?;
        line.answers_all_honestly()
    });
    let peak = peak(async || {
        let zk = connects_briskly(&server).await;
        let mut changes = soon(zk.watch("/a", WatchMode::Recursive)).await.unwrap();
        let (_, mut end) = soon(zk.exists_and_watch("/end")).await.unwrap();
        assert!(in_the_end(end.next()).await.is_some());
        is_served_by_connection(1, &zk, &server, "a million events").await;
        assert!(zk.stats().notifications > 1_000_000);
        assert_eq!(changes.try_next().unwrap().kind, ChangeKind::Resync);
        assert!(std::iter::from_fn(|| changes.try_next()).count() < 256);
    });
    assert_below(MIB, peak, "event_flood");
}

/// A watch that is not read, on a connection that never lasts, is told of it once at a time.
#[test]
fn a_connection_that_never_lasts_costs_nothing() {
    let mut connections = 0;
    let server = Server::always(move |line| {
        connections += 1;
        if connections > 7 {
            return line.is_honest();
        }
        line.welcomes()?;
        line.hangs_up()
    });
    let peak = peak(async || {
        let zk = connects(&server).await;
        is_back_after(&zk, &server, 8, "connections that do not last").await;
    });
    assert_below(128 << 10, peak, "connections that do not last");
}
