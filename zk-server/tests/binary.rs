//! The binary, as a user and as a test in another language run it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::runtime::Builder;
use tokio::time::timeout;
use zk_tokio::{Client, State};

/// Far more than anything here takes.
const LIMIT: Duration = Duration::from_secs(20);

/// A server process; killed when it is dropped.
struct Process {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    servers: String,
}

impl Process {
    fn start(args: &[&str]) -> Self {
        Self::run(Command::new(env!("CARGO_BIN_EXE_zk-server")).args(args))
    }

    fn run(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let input = child.stdin.take();
        let mut process = Self { child, input, output, servers: String::new() };
        process.servers = process.line().strip_prefix("listening on ").unwrap().to_owned();
        process
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn ask(&mut self, command: &str) -> String {
        writeln!(self.input.as_ref().unwrap(), "{command}").unwrap();
        self.line()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn story(test: impl Future<Output = ()>) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { timeout(LIMIT, test).await.expect("the test hangs") });
}

#[test]
fn it_serves_an_export() {
    story(async {
        let file = std::env::temp_dir().join(format!("zk-server-{}.json", std::process::id()));
        fs::write(&file, r#"{ "/app/config": { "content": "aGVsbG8=", "acls": [] } }"#).unwrap();
        let args = ["--listen", "127.0.0.1:0", "--data-from", file.to_str().unwrap()];
        let process = Process::start(&args);
        fs::remove_file(&file).unwrap();
        let zk = Client::connect(&process.servers).await.unwrap();
        assert_eq!(zk.get("/app/config").await.unwrap().data, "hello");
    });
}

#[test]
fn it_obeys_commands_and_ends_with_them() {
    story(async {
        let any = "--listen=127.0.0.1:0";
        let mut process = Process::start(&["--control", any, any, any]);
        assert_eq!(process.servers.split(',').count(), 3);
        let zk = Client::connect(&process.servers).await.unwrap();
        let mut states = zk.states();
        assert_eq!(process.ask("leader"), "ok 0");
        assert_eq!(process.ask("kill 0"), "ok");
        assert_eq!(process.ask("leader"), "ok 1");
        assert_eq!(process.ask("restart 0"), "ok");
        while states.next().await != Some(State::Suspended) {}
        zk.create("/a", "").await.unwrap();
        let id = format!("{:#x}", zk.session_id());
        assert_eq!(process.ask("sessions"), format!("ok {id}"));
        assert_eq!(process.ask(&format!("expire {id}")), "ok");
        while states.next().await != Some(State::Expired) {}
        assert_eq!(process.ask(&format!("expire {id}")), "error there is no such session");
        assert_eq!(process.ask("kill 3"), "error no member 3 among 3");
        assert_eq!(process.ask("dance"), "error no such command: dance");
        process.input = None;
        assert!(process.child.wait().unwrap().success());
    });
}

/// It cannot accept everybody, and serves those whom it can; the others when there is room.
#[cfg(unix)]
#[test]
fn it_survives_without_descriptors() {
    const SOME: usize = 40;
    let script = format!(
        "ulimit -n {SOME}; exec '{}' --listen 127.0.0.1:0",
        env!("CARGO_BIN_EXE_zk-server")
    );
    let process = Process::run(Command::new("sh").args(["-c", &script]));
    let guests: Vec<_> = (0..SOME * 2).map(|_| call(&process.servers)).collect();
    for stream in guests {
        assert_eq!(answer(stream), "imok");
    }
}

/// A connection that has not said what it wants.
#[cfg(unix)]
fn call(server: &str) -> TcpStream {
    let stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

#[cfg(unix)]
fn answer(mut stream: TcpStream) -> String {
    stream.write_all(b"ruok").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[cfg(feature = "ring")]
#[test]
fn it_serves_tls_too() {
    use rustls::pki_types::ServerName;

    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (chain, key) = (folder.path().join("server.pem"), folder.path().join("server.key"));
    fs::write(&chain, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let chain = format!("--tls-certificate={}", chain.display());
    let key = format!("--tls-key={}", key.display());
    let mut process = Process::start(&["--listen=127.0.0.1:0", &chain, &key]);
    let server = process.line();

    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = rustls::crypto::ring::default_provider();
    let config = rustls::ClientConfig::builder_with_provider(provider.into())
        .with_protocol_versions(rustls::DEFAULT_VERSIONS)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let tls = rustls::ClientConnection::new(config.into(), name).unwrap();
    let socket = call(server.strip_prefix("listening with TLS on ").unwrap());
    let mut stream = rustls::StreamOwned::new(tls, socket);
    stream.write_all(b"ruok").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "imok");
}

#[test]
fn it_takes_its_time_to_write() {
    const DELAY: Duration = Duration::from_millis(30);
    story(async {
        let process = Process::start(&["--listen=127.0.0.1:0", "--write-delay=30"]);
        let zk = Client::connect(&process.servers).await.unwrap();
        let start = Instant::now();
        zk.create("/a", "").await.unwrap();
        zk.set("/a", "").await.unwrap();
        assert!(start.elapsed() >= 2 * DELAY, "{:?}", start.elapsed());
    });
}

#[test]
fn it_says_what_is_wrong() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (args, reason) in [
        (["--listen", &address], "in use"),
        (["--data-from", "/nowhere.json"], "/nowhere.json: No such file"),
        (["--listen", "here"], "invalid value 'here'"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_zk-server")).args(args).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(reason), "{said}");
    }
}
