//! The server that the clients run on: ours, or to compare with, Apache's.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use zk_server::proxy::Proxy;
use zk_server::{Config, Server, apache};

const TICK: Duration = Duration::from_millis(200);
const LONGEST_SESSION: Duration = Duration::from_secs(40);
const CONTAINER_CHECK: Duration = Duration::from_millis(500);
const SUPER_USER: [&str; 2] = ["super", "test"];

/// A server of its own for a test, and a proxy before it that closes all connections on command.
pub(crate) struct TestServer {
    address: SocketAddr,
    proxy: Proxy,
    _running: Running,
}

/// Stops when it is dropped.
#[expect(dead_code, reason = "only to be dropped")]
enum Running {
    Ours(Server),
    Apache(apache::Server),
}

/// Whether the clients run on Apache's server, to see what they do there.
pub(crate) fn is_apache() -> bool {
    std::env::var("ZK_CLIENTS_ON").is_ok_and(|name| name == "apache")
}

impl TestServer {
    /// Starts our server, or with `ZK_CLIENTS_ON=apache` in the environment, Apache's.
    pub(crate) fn start() -> Self {
        let (address, running) = if is_apache() { start_apache() } else { start_ours() };
        let proxy = Proxy::start(address).unwrap();
        Self { address, proxy, _running: running }
    }

    /// Where clients connect to.
    pub(crate) fn address(&self) -> SocketAddr {
        self.proxy.address()
    }

    /// Does what a line asks for: `drop` closes all connections, `expire` with a session's id and
    /// password, in hexadecimal, ends that session. Any other line is not for us.
    pub(crate) fn obey(&self, line: &str) {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["drop"] => self.proxy.cut(),
            ["expire", id, password] => end_session(self.address, id, password),
            _ => {}
        }
    }
}

fn start_ours() -> (SocketAddr, Running) {
    let [user, password] = SUPER_USER;
    let config = Config {
        tick: TICK,
        max_session_timeout: Some(LONGEST_SESSION),
        container_check: CONTAINER_CHECK,
        super_user: Some(zk_proto::digest::identity(user, password)),
        reconfig: true,
        ..Config::default()
    };
    let server = Server::builder().config(config).start().unwrap();
    (server.address(), Running::Ours(server))
}

fn start_apache() -> (SocketAddr, Running) {
    let [user, password] = SUPER_USER;
    let options = apache::Options::new()
        .tick_time(TICK)
        .maximum_session_timeout(LONGEST_SESSION)
        .container_check_interval(CONTAINER_CHECK)
        .superuser(user, password)
        .reconfig(true)
        .extended_types(true);
    let server = apache::Server::start(&options).unwrap();
    (server.address(), Running::Apache(server))
}

/// Ends a session without a word to its client: takes it over and closes it, all in one go, or its
/// client could take it back in between.
fn end_session(server: SocketAddr, id: &str, password: &str) {
    const CLOSE: [u8; 8] = [0, 0, 0, 1, 0xff, 0xff, 0xff, 0xf5];
    let (id, password) = (bytes(id), bytes(password));
    // Version, last zxid, timeout; id, password; may be read-only.
    let connect = [&[0; 4][..], &[0; 8], &10_000_u32.to_be_bytes(), &id, &frame(&password), &[0]];
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(&[frame(&connect.concat()), frame(&CLOSE)].concat()).unwrap();
    let mut answers = Vec::new();
    // Apache's may reset the connection once it has answered.
    let _ = stream.read_to_end(&mut answers);
    assert!(answers.len() > 37, "the session was not taken over: {answers:?}");
}

/// With its length before it.
fn frame(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits = |start| &hexadecimal[start..start + 2];
    (0..hexadecimal.len()).step_by(2).map(|i| u8::from_str_radix(digits(i), 16).unwrap()).collect()
}
