//! What is left of a server when its handle, or the whole process, is gone.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use zk_server::apache::{Options, Server};

/// Set in the process that is to be killed.
const VICTIM: &str = "ZK_SERVER_TEST_VICTIM";

/// What that process says before the folder of its server.
const FOLDER: &str = "folder of the server: ";

#[test]
fn nothing_is_left_of_a_frozen_server_that_is_dropped() {
    let server = Server::start(&Options::new()).unwrap();
    let (folder, address) = (folder(&server), server.address());
    assert!(folder.exists());
    assert!(is_in_use(&folder) || !cfg!(target_os = "linux"));
    server.freeze().unwrap();
    drop(server);
    assert!(TcpStream::connect(address).is_err());
    assert!(!folder.exists());
    assert!(!is_in_use(&folder));
}

#[test]
fn nothing_is_left_of_a_server_whose_process_is_killed() {
    let mut victim = Command::new(env::current_exe().unwrap())
        .args(["--exact", "victim", "--nocapture"])
        .env(VICTIM, "")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(victim.stdout.take().unwrap());
    let folder = output.lines().find_map(|line| Some(line.unwrap().split_once(FOLDER)?.1.into()));
    let folder: PathBuf = folder.unwrap();
    assert!(is_in_use(&folder) || !cfg!(target_os = "linux"));
    victim.kill().unwrap();
    victim.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while folder.exists() || is_in_use(&folder) {
        assert!(Instant::now() < deadline, "{} is still there", folder.display());
        thread::yield_now();
    }
}

/// Not a test: the process that the test above kills.
#[test]
fn victim() {
    if env::var_os(VICTIM).is_some() {
        // In a thread that ends: the server must not end with it.
        let server = thread::spawn(|| Server::start(&Options::new()).unwrap()).join().unwrap();
        server.wait_until_serving().unwrap();
        println!("{FOLDER}{}", folder(&server).display());
        // Until killed, or until the test that should have done so is gone.
        let _ = std::io::stdin().read_line(&mut String::new());
    }
}

/// The folder of the server, above that of its data.
fn folder(server: &Server) -> PathBuf {
    let conf = server.four_letter_word("conf").unwrap();
    let data = conf.lines().find_map(|line| line.strip_prefix("dataDir=")).unwrap();
    Path::new(data).ancestors().nth(2).unwrap().to_owned()
}

/// Whether a process has `folder` on its command line. Known on Linux only.
fn is_in_use(folder: &Path) -> bool {
    let folder = folder.to_str().unwrap();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let commands = processes.flat_map(|process| fs::read(process.path().join("cmdline")));
    commands.into_iter().any(|command| String::from_utf8_lossy(&command).contains(folder))
}
