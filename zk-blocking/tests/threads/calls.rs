//! Who reads, and what a call costs.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use zk_blocking::{Async, ChangeKind, WatchMode};

use crate::support::{
    connect, is_at_the_socket, own_sleeps, server, sleeps, story, threads, wait_until,
};

#[test]
fn whoever_waits_for_an_answer_reads_it_and_the_sessions_own_thread_stays_away() {
    story(|| {
        let server = server();
        let zk = connect(&server);
        zk.create("/a", "x").unwrap();
        let [keeper] = &threads("zk-session")[..] else { panic!("not one thread") };

        let (start, own, its) = (Instant::now(), own_sleeps(), sleeps(keeper));
        for _ in 0..2000 {
            zk.get("/a").unwrap();
        }
        // Each two milliseconds, and again if it took over since we had no turn on the processor.
        let looks = u64::try_from(start.elapsed().as_millis()).unwrap();
        let (own, its) = (own_sleeps() - own, sleeps(keeper) - its);
        assert!(own <= 2000 + 100 + looks, "slept {own} times for 2000 answers");
        assert!(its <= looks + 20, "it slept {its} times where it may look up {looks} times");
    });
}

#[test]
fn one_call_now_and_then_wakes_the_sessions_own_thread_but_does_not_wait_for_it() {
    story(|| {
        let server = server();
        let zk = connect(&server);
        let [keeper] = &threads("zk-session")[..] else { panic!("not one thread") };
        let own = own_sleeps();
        for _ in 0..50 {
            wait_until(|| is_at_the_socket(keeper)); // again
            zk.exists("/").unwrap();
        }
        let own = own_sleeps() - own;
        assert!(own <= 60, "slept {own} times for 50 answers");
    });
}

#[test]
fn events_come_while_nobody_calls() {
    story(|| {
        let server = server();
        let (zk, other) = (connect(&server), connect(&server));
        let mut watch = zk.watch("/", WatchMode::Recursive).unwrap();
        for name in ["/a", "/b", "/c"] {
            other.create(name, "").unwrap();
            wait_until(|| watch.try_next().is_some_and(|change| change.path == name));
            zk.get(name).unwrap(); // for a while, the session's own thread leaves it to us
        }
    });
}

#[test]
fn who_waits_for_news_hears_of_them_while_others_call() {
    story(|| {
        let server = server();
        let (zk, other) = (connect(&server), connect(&server));
        let mut watch = zk.watch("/", WatchMode::Recursive).unwrap();
        let news = thread::spawn(move || watch.next().unwrap());
        thread::scope(|scope| {
            let calls = scope.spawn(|| {
                while !news.is_finished() {
                    zk.exists("/a").unwrap();
                }
            });
            other.create("/a", "").unwrap();
            calls.join().unwrap();
        });
        assert_eq!(news.join().unwrap().kind, ChangeKind::Created);
    });
}

#[test]
fn news_are_waited_for_no_longer_than_that() {
    story(|| {
        let server = server();
        let zk = connect(&server);
        let mut watch = zk.watch("/", WatchMode::Recursive).unwrap();
        let mut states = zk.states();
        assert!(states.next_timeout(Duration::from_secs(30)).is_some()); // connected
        let start = Instant::now();
        assert_eq!(watch.next_timeout(Duration::from_millis(50)), None);
        assert_eq!(states.next_timeout(Duration::from_millis(50)), None);
        assert!(start.elapsed() >= Duration::from_millis(100));
        assert_eq!(watch.ended(), None);

        zk.create("/a", "").unwrap();
        assert_eq!(watch.next_timeout(Duration::from_secs(30)).unwrap().path, "/a");
        zk.close().unwrap();
        assert_eq!(watch.next_timeout(Duration::from_secs(30)), None);
        assert!(watch.ended().is_some());
    });
}

#[test]
fn sixty_four_threads_share_a_connection_and_each_gets_its_own_answers() {
    story(|| {
        let server = server();
        let zk = Arc::new(connect(&server));
        let threads: Vec<_> = (0..64)
            .map(|number| {
                let zk = zk.clone();
                thread::spawn(move || {
                    let path = format!("/{number}");
                    zk.create(&path, "").unwrap();
                    for round in 0..50 {
                        let data = format!("{number}-{round}");
                        zk.set(&path, &data).unwrap();
                        assert_eq!(zk.get(&path).unwrap().data, data);
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

/// The one that reads is done first; nobody comes after it.
#[test]
fn the_reading_is_handed_on_to_those_who_still_wait() {
    story(|| {
        let server = server();
        let zk = connect(&server);
        zk.create("/a", "x").unwrap();
        for _ in 0..200 {
            let (all, answers) = channel();
            server.freeze();
            for _ in 0..4 {
                let (zk, all) = (zk.clone(), all.clone());
                thread::spawn(move || all.send(zk.get("/a").unwrap().data).unwrap());
            }
            server.thaw();
            for _ in 0..4 {
                assert_eq!(answers.recv_timeout(Duration::from_secs(10)).unwrap(), "x");
            }
        }
    });
}

#[test]
fn a_thread_can_have_many_requests_on_the_way() {
    story(|| {
        let server = server();
        let zk = connect(&server).with_mode::<Async>();
        let creations: Vec<_> =
            (0..500).map(|number| zk.create(&format!("/{number}"), "")).collect();
        let reads: Vec<_> = (0..500).map(|number| zk.get(&format!("/{number}"))).collect();
        for reply in reads.into_iter().rev() {
            assert_eq!(reply.wait().unwrap().data, "");
        }
        for reply in creations {
            reply.wait().unwrap();
        }
    });
}

/// Neither side reads what it has not room for: both must do both at once.
#[test]
fn ten_mebibytes_of_answers_while_ten_mebibytes_of_requests_wait() {
    story(|| {
        let server = server();
        let zk = connect(&server);
        let data = vec![7; 1_000_000];
        zk.create("/a", &data).unwrap();
        let pipelined = zk.with_mode::<Async>();
        for _ in 0..3 {
            let mut reads = Vec::new();
            let mut writes = Vec::new();
            for _ in 0..10 {
                reads.push(pipelined.get("/a"));
                writes.push(pipelined.set("/a", &data));
            }
            assert_eq!(zk.get("/a").unwrap().data, data); // behind all of that, in this thread
            assert!(reads.into_iter().all(|reply| reply.wait().unwrap().data == data));
            assert!(writes.into_iter().all(|reply| reply.wait().is_ok()));
        }
    });
}
