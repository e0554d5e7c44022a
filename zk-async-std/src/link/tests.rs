//! Sessions on an executor of one thread that the test holds.

mod flood;

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use std::{panic, thread};

use async_io::{Timer, block_on};
use smol::LocalExecutor;
use zk_client::{Async, Client, ConnectString, ErrorKind, Instant, Reply, Stat, State};
use zk_server::{Config, Server};

use super::serve;
use crate::Tcp;
use crate::connector::Connector;
use crate::errand::Executor;

use flood::Flood;

thread_local! {
    static LOCAL: LocalExecutor<'static> = const { LocalExecutor::new() };
}

/// The thread's own executor.
struct Local;

impl Executor for Local {
    fn run(task: impl Future<Output = ()> + Send + 'static) {
        LOCAL.with(|executor| executor.spawn(task).detach());
    }
}

/// Runs a test, and the sessions that it opens, on one thread. Nothing takes longer than a minute.
fn story(test: impl AsyncFnOnce() + Send + 'static) {
    let (done, is_done) = channel();
    let thread = thread::spawn(move || {
        LOCAL.with(|executor| block_on(executor.run(test())));
        let _ = done.send(());
    });
    if is_done.recv_timeout(Duration::from_secs(60)) == Err(RecvTimeoutError::Timeout) {
        panic!("the test hangs");
    }
    thread.join().unwrap_or_else(|panic| panic::resume_unwind(panic));
}

/// A session on the thread's own executor, and how often its task has been polled.
fn open(
    server: &Server,
    timeout: Duration,
    connector: impl Connector,
) -> (Client<Async>, Arc<AtomicU64>) {
    let servers: ConnectString = server.connect_string().parse().unwrap();
    let start = std::time::Instant::now();
    let clock = move || Instant::since_origin(start.elapsed());
    let mut config = zk_client::Config::new(servers.hosts);
    config.session_timeout = timeout;
    let (zk, driver) = zk_client::new::<Async>(config, 16, Box::new(clock));
    let polls = Arc::new(AtomicU64::new(0));
    let counter = polls.clone();
    let mut session = Box::pin(serve::<Local>(driver, Arc::new(connector)));
    Local::run(poll_fn(move |cx| {
        counter.fetch_add(1, Ordering::Relaxed);
        session.as_mut().poll(cx)
    }));
    (zk, polls)
}

/// Grants session timeouts of 0.1 s to 1 s.
fn quick_server() -> Server {
    let config = Config { tick: Duration::from_millis(50), ..Config::default() };
    Server::builder().config(config).start().unwrap()
}

const LONG: Duration = Duration::from_secs(30);

/// Twice: it is written, and its answer is read.
#[test]
fn a_session_is_polled_twice_for_a_call() {
    story(async || {
        let server = Server::start().unwrap();
        let (zk, polls) = open(&server, LONG, Tcp);
        zk.exists("/").await.unwrap();
        let before = polls.load(Ordering::Relaxed);
        for _ in 0..500 {
            zk.exists("/").await.unwrap();
        }
        let polls = polls.load(Ordering::Relaxed) - before;
        assert!(polls <= 2 * 500 + 5, "polled {polls} times for 500 calls");
    });
}

/// A ping is sent, its answer read; twice more to move the timer.
#[test]
fn an_idle_session_is_polled_for_its_pings() {
    story(async || {
        let server = quick_server();
        let (zk, polls) = open(&server, Duration::from_millis(300), Tcp);
        zk.exists("/").await.unwrap();
        let (before, quiet) = (polls.load(Ordering::Relaxed), zk.stats().bytes_received);
        Timer::after(Duration::from_secs(2)).await;
        let pings = (zk.stats().bytes_received - quiet) / 20;
        let polls = polls.load(Ordering::Relaxed) - before;
        assert!(pings >= 3, "{pings} pings in two seconds");
        assert!(polls <= 4 * pings + 4, "polled {polls} times for {pings} pings");
    });
}

/// While a server is away there is nothing to do but to wait.
#[test]
fn a_session_without_a_server_waits() {
    story(async || {
        let server = Server::start().unwrap();
        let (zk, polls) = open(&server, LONG, Tcp);
        zk.exists("/").await.unwrap();
        let mut states = zk.states();
        server.stop();
        while states.next().await.unwrap() != State::Suspended {}
        let before = polls.load(Ordering::Relaxed);
        Timer::after(Duration::from_secs(1)).await;
        let polls = polls.load(Ordering::Relaxed) - before;
        assert!(polls <= 60, "polled {polls} times in a second");
    });
}

/// A session that never runs out of things to read shares its thread: also when it can be left
/// only by waiting, since no answer comes through.
#[test]
fn a_flood_starves_nobody() {
    story(async || {
        let (server, quick_server) = (Server::start().unwrap(), quick_server());
        let (flooded, _) = open(&quick_server, Duration::from_secs(1), Flood);
        while flooded.stats().notifications == 0 {
            Timer::after(Duration::from_millis(1)).await;
        }
        let (zk, _) = open(&server, LONG, Tcp);
        for _ in 0..5 {
            let before = flooded.stats().notifications;
            zk.exists("/").await.unwrap();
            Timer::after(Duration::from_millis(1)).await;
            let turns = (flooded.stats().notifications - before) / A_TURN;
            assert!(turns < 20, "{turns} turns during a call and a nap");
        }
        assert!(flooded.stats().notifications > 5 * A_TURN, "the flood goes on");
        flooded.close().await.unwrap();
    });
}

/// How many events a turn may have read.
const A_TURN: u64 = (1 << 20) / 34;

/// Its tasks are dropped with it: whoever waits for an answer is told.
#[test]
fn a_session_ends_with_the_executor_that_it_runs_on() {
    let server = Server::start().unwrap();
    let opened = thread::scope(|scope| scope.spawn(|| leaves_a_question(&server)).join());
    let (zk, waiting) = opened.unwrap();
    let error = block_on(waiting).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Closed(_)), "{error}");
    assert!(zk.state().is_over());
    block_on(zk.close()).unwrap();
}

/// The executor ends with the thread.
fn leaves_a_question(server: &Server) -> (Client<Async>, Reply<Option<Stat>>) {
    let question = async {
        let (zk, _) = open(server, LONG, Tcp);
        zk.exists("/").await.unwrap();
        server.freeze();
        let waiting = zk.exists("/");
        (zk, waiting)
    };
    LOCAL.with(|executor| block_on(executor.run(question)))
}
