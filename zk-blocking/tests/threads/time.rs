//! Time is kept by whoever waits, and by the session's own thread for the connection.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use zk_blocking::{Async, Client, Connector, ErrorKind, Fault, Host, State, Stream, Target};
use zk_server::proxy::Proxy;

use crate::support::{builder, connect, server, story, threads, wait_until};

const SOON: Duration = Duration::from_millis(50);

/// Nothing else ends a wait in less: sessions are long here.
const LATE: Duration = Duration::from_secs(8);

/// Runs into the deadline of a call, and not far beyond it.
fn is_overdue(call: impl FnOnce() -> Result<(), zk_blocking::Error>) {
    let start = Instant::now();
    let error = call().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::DeadlineExceeded(_)), "{error}");
    assert!((SOON..LATE).contains(&start.elapsed()), "after {:?}", start.elapsed());
}

#[test]
fn a_deadline_is_kept_though_the_server_is_silent() {
    story(|| {
        let server = server();
        let zk = connect(&server);
        server.freeze();
        is_overdue(|| zk.within(SOON).get("/").map(drop));
        is_overdue(|| zk.within(SOON).get("/").map(drop));
        is_overdue(|| zk.with_mode::<Async>().within(SOON).get("/").wait().map(drop));
        server.thaw();
        zk.get("/").unwrap();
    });
}

#[test]
fn a_deadline_is_kept_though_another_thread_reads_who_has_none() {
    story(|| {
        let server = server();
        let zk = connect(&server);
        server.freeze();
        let reader = thread::spawn({
            let zk = zk.clone();
            move || zk.get("/").map(drop)
        });
        wait_until(|| zk.stats().in_flight == 1);
        is_overdue(|| zk.within(SOON).get("/").map(drop));
        server.thaw();
        reader.join().unwrap().unwrap();
    });
}

/// The first may read for longer than the second may wait, and the other way round.
#[test]
fn deadlines_of_many_threads_are_each_kept() {
    story(|| {
        let server = server();
        let zk = connect(&server);
        server.freeze();
        thread::scope(|scope| {
            for number in 1..=20 {
                let zk = &zk;
                scope.spawn(move || {
                    is_overdue(|| zk.within(SOON * (number % 5 + 1)).get("/").map(drop));
                });
            }
        });
        server.thaw();
        zk.get("/").unwrap();
    });
}

#[test]
fn a_deadline_is_kept_though_the_server_does_not_read() {
    story(|| {
        let server = server();
        let proxy = Proxy::start(server.address()).unwrap();
        let zk = builder().connect(&proxy.connect_string()).unwrap();
        zk.create("/a", "").unwrap();
        proxy.stall();
        let data = vec![1; 1_000_000];
        let pipelined = zk.with_mode::<Async>();
        let writes: Vec<_> = (0..12).map(|_| pipelined.set("/a", &data)).collect();
        is_overdue(|| zk.within(SOON).get("/").map(drop));
        is_overdue(|| zk.within(SOON).set("/a", &data).map(drop));
        proxy.resume();
        assert!(writes.into_iter().all(|reply| reply.wait().is_ok()));
        zk.get("/").unwrap();
    });
}

#[test]
fn a_silent_server_is_given_up_while_a_caller_reads() {
    story(|| {
        let server = server();
        let zk = Client::builder()
            .session_timeout(Duration::from_secs(4))
            .connect(&server.connect_string())
            .unwrap();
        let mut states = zk.states();
        assert_eq!(states.next(), Some(State::Connected));
        server.freeze();
        let error = zk.get("/").unwrap_err();
        let is_silent = |kind: &ErrorKind| {
            matches!(kind, ErrorKind::ConnectionLost { fault: Fault::Silent, .. })
        };
        assert!(is_silent(error.kind()), "{error}");
        assert_eq!(states.next(), Some(State::Suspended));
        server.thaw();
        assert_eq!(states.next(), Some(State::Connected));
        zk.get("/").unwrap();
    });
}

/// A name server that answers when it is told to.
#[derive(Debug)]
struct SlowName {
    asked: Sender<()>,
    answer: Mutex<Receiver<SocketAddr>>,
}

impl SlowName {
    fn new() -> (Self, Receiver<()>, Sender<SocketAddr>) {
        let (asked, is_asked) = channel();
        let (answers, answer) = channel();
        (Self { asked, answer: Mutex::new(answer) }, is_asked, answers)
    }
}

impl Connector for SlowName {
    fn connect(&self, target: &Target, timeout: Duration) -> io::Result<Stream> {
        Ok(TcpStream::connect_timeout(&target.address, timeout)?.into())
    }

    fn resolve(&self, _: &Host) -> io::Result<Vec<SocketAddr>> {
        let _ = self.asked.send(());
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(answer.recv().into_iter().collect())
    }
}

#[test]
fn a_name_that_is_looked_up_slowly_delays_no_deadline() {
    story(|| {
        let server = server();
        let (names, is_asked, answers) = SlowName::new();
        let zk = builder().connector(names).open("slow.test").unwrap();
        is_asked.recv().unwrap(); // from here on, the session's own thread is busy
        is_overdue(|| zk.within(SOON).get("/").map(drop));
        is_overdue(|| zk.within(SOON).create_all("/a/b", "").map(drop));
        let mut states = zk.states();
        assert_eq!(states.next(), Some(State::Connecting));
        assert_eq!(states.next_timeout(SOON), None);

        answers.send(server.address()).unwrap();
        assert_eq!(states.next(), Some(State::Connected));
        zk.get("/").unwrap();
    });
}

#[test]
fn connecting_is_given_up_in_time_though_the_name_is_still_looked_up() {
    story(|| {
        let (names, _is_asked, answers) = SlowName::new();
        let start = Instant::now();
        let opening = builder().connector(names).connect_timeout(SOON).connect("slow.test");
        let error = opening.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unreachable(_)), "{error}");
        assert!((SOON..LATE).contains(&start.elapsed()), "after {:?}", start.elapsed());
        drop(answers);
        wait_until(|| threads("zk-session").is_empty());
    });
}

/// The connection is there when its attempt has been given up: it is not taken for the next one.
#[test]
fn a_connection_that_comes_too_late_is_of_no_use() {
    #[derive(Debug)]
    struct Late(Mutex<Option<Receiver<()>>>, Sender<Duration>);

    impl Connector for Late {
        fn connect(&self, target: &Target, timeout: Duration) -> io::Result<Stream> {
            let _ = self.1.send(timeout);
            let first = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(go) = first {
                let _ = go.recv();
            }
            Ok(TcpStream::connect(target.address)?.into())
        }
    }

    story(|| {
        let server = server();
        let (go, gone) = channel();
        let (attempts, attempted) = channel();
        let zk = builder()
            .connector(Late(Mutex::new(Some(gone)), attempts))
            .attempt_timeout(Duration::from_millis(100))
            .open(&server.connect_string())
            .unwrap();
        let timeout = attempted.recv().unwrap();
        assert!(timeout <= Duration::from_millis(100), "{timeout:?}");
        // A caller keeps the time, and finds that the attempt takes too long.
        is_overdue(|| zk.within(Duration::from_millis(300)).get("/").map(drop));
        go.send(()).unwrap();
        zk.get("/").unwrap();
        attempted.recv().unwrap();
        assert_eq!(server.sessions().len(), 1);
    });
}

#[test]
fn a_word_has_its_deadline() {
    story(|| {
        let server = server();
        let servers = server.connect_string();
        assert_eq!(Client::builder().ask(&servers, "ruok").unwrap(), "imok");
        server.freeze();
        let start = Instant::now();
        let error = Client::builder().connect_timeout(SOON).ask(&servers, "ruok").unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unanswered(_)), "{error}");
        assert!((SOON..LATE).contains(&start.elapsed()), "after {:?}", start.elapsed());
    });
}
