//! What a session costs that does nothing, and what it costs to open and close one.
//!
//! What is counted is allocated by the thread that measures, where the clients live alone: the
//! server has threads of its own. So the numbers are the same each time.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stdout, reason = "the numbers are worth knowing")]

use std::time::Duration;

use allocation_counter::{AllocationInfo, measure};
use tokio::net::TcpStream;
use tokio::task::yield_now;
use tokio::time::{advance, pause, resume, timeout};
use zk_server::Server;
use zk_tokio::Client;

/// The most that an idle session may hold beside its socket, in bytes. With what the allocator
/// itself takes for each piece, it is less than 2 KiB in all.
const IDLE: i64 = 1_900;

/// The most allocations that it may take to open and close a session, its socket included.
const ALLOCATIONS: i64 = 60;

/// How often each is done, beyond a few times before that set the runtime up.
const MANY: u16 = 100;
const FEW: u16 = 10;

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn an_idle_session_takes_less_than_2_kib_beside_its_socket() {
    let server = Server::start().unwrap();
    let servers = server.connect_string();
    let session = held(async |count| connects(count, &servers).await);
    assert_is_small(session, &servers);
}

/// The memory comes back with the next pings.
#[test]
fn so_does_one_that_was_busy_before() {
    let server = Server::start().unwrap();
    let servers = server.connect_string();
    let session = held(async |count| {
        let all = connects(count, &servers).await;
        for zk in &all {
            let replies: Vec<_> = (0..500).map(|_| zk.get("/")).collect();
            for reply in replies {
                reply.await.unwrap();
            }
        }
        for _ in 0..2 {
            are_pinged(&all).await;
        }
        all
    });
    assert_is_small(session, &servers);
}

#[test]
fn few_allocations_open_and_close_a_session() {
    let server = Server::start().unwrap();
    let servers = server.connect_string();
    let open_and_close = async |count| {
        for _ in 0..count {
            Client::connect(&servers).await.unwrap().close().await.unwrap();
        }
    };
    let count = per_one(open_and_close, |cost| i64::try_from(cost.count_total).unwrap());
    println!("{count} allocations");
    assert!(count <= ALLOCATIONS, "{count} allocations");
}

async fn connects(count: u16, servers: &str) -> Vec<Client> {
    let mut all = Vec::with_capacity(count.into());
    for _ in 0..count {
        all.push(Client::connect(servers).await.unwrap());
    }
    all
}

/// A third of the session timeout passes, and the pings are answered.
async fn are_pinged(all: &[Client]) {
    let received = || all.iter().map(|zk| zk.stats().bytes_received).collect::<Vec<_>>();
    let before = received();
    pause();
    advance(all[0].session_timeout() / 3).await;
    resume();
    while received().iter().zip(&before).any(|(now, before)| now == before) {
        yield_now().await;
    }
}

fn assert_is_small(session: i64, servers: &str) {
    let socket = held(async |count| {
        let mut all = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            all.push(TcpStream::connect(servers).await.unwrap());
        }
        all
    });
    let own = session - socket;
    println!("{own} bytes, and {socket} of the socket");
    assert!(own <= IDLE, "{own} bytes beside the socket");
}

/// How many bytes one of these holds.
fn held<T>(make: impl AsyncFn(u16) -> T) -> i64 {
    per_one(make, |cost| cost.bytes_current)
}

/// What one more of these costs; they are kept while that is looked at.
fn per_one<T>(make: impl AsyncFn(u16) -> T, what: impl Fn(AllocationInfo) -> i64) -> i64 {
    let cost = |count| {
        let mut all = None;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let making = async { all = Some(timeout(LIMIT, make(count)).await.unwrap()) };
        what(measure(|| runtime.block_on(making)))
    };
    (cost(FEW + MANY) - cost(FEW)) / i64::from(MANY)
}
