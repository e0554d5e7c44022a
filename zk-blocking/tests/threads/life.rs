//! Which threads there are, and when they end.

use std::io;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use zk_blocking::{Async, Connector, ErrorKind, State, Stream, Target, Tcp, WatchMode};

use crate::support::{builder, connect, server, story, threads, wait_until};

#[test]
fn a_session_has_one_thread_which_ends_with_its_last_handle() {
    story(|| {
        let server = server();
        let sessions: Vec<_> = (0..10).map(|_| connect(&server)).collect();
        assert_eq!(threads("zk-session").len(), 10);
        let watches: Vec<_> =
            sessions.iter().map(|zk| zk.watch("/", WatchMode::Persistent).unwrap()).collect();
        drop(sessions);
        assert_eq!(threads("zk-session").len(), 10);
        drop(watches);
        wait_until(|| threads("zk-session").is_empty());
        assert!(
            server.wait_until(Duration::from_secs(30), |engine| engine.sessions().next().is_none())
        );
    });
}

#[test]
fn whoever_waits_is_told_that_another_thread_has_closed_the_session() {
    story(|| {
        let server = server();
        let zk = connect(&server);
        let mut watch = zk.watch("/", WatchMode::Persistent).unwrap();
        let mut states = zk.states();
        let waiting = thread::spawn(move || (watch.next(), states.by_ref().last()));
        zk.clone().close().unwrap();
        assert_eq!(waiting.join().unwrap(), (None, Some(State::Closed)));
        let error = zk.get("/").unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Closed(_)), "{error}");
        wait_until(|| threads("zk-session").is_empty());
    });
}

#[test]
fn a_frozen_server_does_not_keep_a_session_that_is_closed() {
    story(|| {
        let server = server();
        let zk = connect(&server);
        server.freeze();
        let calls: Vec<_> = (0..4)
            .map(|_| {
                let zk = zk.clone();
                thread::spawn(move || zk.get("/").map(drop))
            })
            .collect();
        wait_until(|| zk.stats().in_flight == 4);
        zk.close().unwrap();
        for call in calls {
            let error = call.join().unwrap().unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Closed(_)), "{error}");
        }
        wait_until(|| threads("zk-session").is_empty());
    });
}

#[test]
fn a_lost_connection_is_told_to_all_who_wait_and_made_again() {
    story(|| {
        let server = server();
        let zk = connect(&server);
        for _ in 0..4 {
            server.freeze();
            let calls: Vec<_> = (0..4)
                .map(|_| {
                    let zk = zk.clone();
                    thread::spawn(move || zk.get("/").map(drop))
                })
                .collect();
            wait_until(|| zk.stats().in_flight == 4);
            server.drop_connections();
            server.thaw();
            for call in calls {
                let error = call.join().unwrap().unwrap_err();
                assert!(matches!(error.kind(), ErrorKind::ConnectionLost { .. }), "{error}");
            }
            zk.get("/").unwrap();
        }
    });
}

#[test]
fn a_reply_that_is_dropped_leaves_the_others_alone() {
    story(|| {
        let server = server();
        let zk = connect(&server);
        let pipelined = zk.with_mode::<Async>();
        zk.create("/a", "x").unwrap();
        for round in 0..200 {
            let dropped = pipelined.get("/a");
            let kept = pipelined.get("/a");
            if round % 2 == 0 {
                drop(dropped);
                assert_eq!(zk.get("/a").unwrap().data, "x");
            } else {
                assert_eq!(zk.get("/a").unwrap().data, "x");
                drop(dropped);
            }
            assert_eq!(kept.wait().unwrap().data, "x");
        }
    });
}

#[test]
fn a_connector_that_panics_ends_the_session() {
    #[derive(Debug)]
    struct Broken;

    impl Connector for Broken {
        fn connect(&self, _: &Target, _: Duration) -> io::Result<Stream> {
            panic!("on purpose")
        }
    }

    story(|| {
        let error = builder().connector(Broken).connect("127.0.0.1").unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Closed(_)), "{error}");
        wait_until(|| threads("zk-session").is_empty());
    });
}

#[test]
fn a_client_dropped_while_it_connects_leaves_nothing() {
    #[derive(Debug)]
    struct Waiting(std::sync::Mutex<std::sync::mpsc::Receiver<()>>);

    impl Connector for Waiting {
        fn connect(&self, target: &Target, timeout: Duration) -> io::Result<Stream> {
            let _ = self.0.lock().map(|go| go.recv());
            Tcp.connect(target, timeout)
        }
    }

    story(|| {
        let server = server();
        let (go, gone) = channel();
        let zk = builder().connector(Waiting(gone.into())).open(&server.connect_string()).unwrap();
        wait_until(|| threads("zk-session").len() == 1);
        drop(zk);
        let _ = go.send(()); // it may have come to its end before
        wait_until(|| threads("zk-session").is_empty());
        assert!(server.sessions().is_empty());
    });
}
