//! What the tests share: a limit on how long anything takes, and what the system tells of threads.

use std::fs;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use zk_blocking::{Builder, Client};
use zk_server::{Config, Server};

/// No test takes longer, whatever hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// So long that nothing happens by itself before a test has taken too long: not even a ping, which
/// would wake who was forgotten.
const LONG_SESSION: Duration = Duration::from_secs(600);

/// One test after the other: they look at the threads of the process.
static ALONE: Mutex<()> = Mutex::new(());

/// Runs a test.
pub(crate) fn story(test: impl FnOnce() + Send + 'static) {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (done, is_done) = channel::<()>();
    let story = thread::Builder::new().name("story".into()).spawn(move || {
        let _done = done; // also if it panics
        test();
    });
    assert_ne!(
        is_done.recv_timeout(LIMIT),
        Err(std::sync::mpsc::RecvTimeoutError::Timeout),
        "the test hangs"
    );
    story.unwrap().join().unwrap();
}

/// A server that grants it.
pub(crate) fn server() -> Server {
    let config = Config { max_session_timeout: Some(LONG_SESSION), ..Config::default() };
    Server::builder().config(config).start().unwrap()
}

/// A session in which nothing happens by itself.
pub(crate) fn builder() -> Builder {
    Client::builder().session_timeout(LONG_SESSION)
}

pub(crate) fn connect(server: &Server) -> Client {
    builder().connect(&server.connect_string()).unwrap()
}

/// Waits until something is so.
pub(crate) fn wait_until(mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT / 2;
    while !holds() {
        assert!(Instant::now() < end, "it does not come to be");
        thread::yield_now(); // there is no telling when the system knows
    }
}

/// The threads of this process that are called so.
pub(crate) fn threads(name: &str) -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let paths = tasks.filter_map(|task| task.ok()?.path().to_str().map(str::to_owned));
    let is_called = |path: &String| {
        fs::read_to_string(format!("{path}/comm")).is_ok_and(|comm| comm.trim() == name)
    };
    paths.filter(is_called).collect()
}

/// Whether a session's own thread waits at the socket: it polls two, the other one is its bell.
pub(crate) fn is_at_the_socket(keeper: &str) -> bool {
    let call = fs::read_to_string(format!("{keeper}/syscall")).unwrap();
    call.split(' ').nth(2) == Some("0x2")
}

/// How often a thread has gone to sleep.
pub(crate) fn sleeps(thread: &str) -> u64 {
    let status = fs::read_to_string(format!("{thread}/status")).unwrap();
    let field = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    field.unwrap().trim().parse().unwrap()
}

/// How often this thread has.
pub(crate) fn own_sleeps() -> u64 {
    sleeps("/proc/thread-self")
}
