//! What a call costs beside the same bytes on a bare socket: time and CPU time, of pairs of runs
//! that take turns, since a machine is never twice as fast.
//!
//!     cargo bench -p zk-blocking
//!     cargo bench -p zk-blocking -- 50 50000          # pairs, calls in each run
#![expect(clippy::print_stdout, reason = "it tells what it found")]

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, io};

use rustix::time::{ClockId, clock_gettime};
use zk_blocking::{Client, Create};
use zk_server::Server;

/// Says that this process is the server: the CPU time of the other one is the client's.
const SERVE: &str = "--serve";

const DATA: [u8; 100] = [7; 100];

fn main() -> Result<(), Box<dyn Error>> {
    if env::args().any(|arg| arg == SERVE) {
        return serve();
    }
    let mut numbers = env::args().filter_map(|arg| arg.parse().ok());
    let (pairs, calls) = (numbers.next().unwrap_or(20), numbers.next().unwrap_or(20_000));
    let mut server = Command::new(env::current_exe()?)
        .arg(SERVE)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let servers = address_of(&mut server)?;
    let result = compare(&servers, pairs, calls);
    drop(server.stdin.take()); // so it ends
    server.wait()?;
    result
}

fn serve() -> Result<(), Box<dyn Error>> {
    let server = Server::start()?;
    server.create(&Create::new("/a", &DATA)).map_err(|code| code.to_string())?;
    println!("{}", server.connect_string());
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn address_of(server: &mut Child) -> io::Result<String> {
    let mut line = String::new();
    let output = server.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    BufReader::new(output).read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

fn compare(servers: &str, pairs: u32, calls: u32) -> Result<(), Box<dyn Error>> {
    let zk = Client::connect(servers)?;
    let mut socket = handshake(servers)?;
    let mut get = || {
        let node = zk.get("/a")?;
        if node.data == DATA[..] { Ok(()) } else { Err("other data".into()) }
    };
    let mut ping_pong = || ping_pong(&mut socket);
    let (mut times, mut cpu_times) = (Vec::new(), Vec::new());
    for pair in 0..=pairs {
        let (ours, bare) = if pair % 2 == 0 {
            let ours = Cost::of(calls, &mut get)?;
            (ours, Cost::of(calls, &mut ping_pong)?)
        } else {
            let bare = Cost::of(calls, &mut ping_pong)?;
            (Cost::of(calls, &mut get)?, bare)
        };
        if pair > 0 {
            times.push((ours.time, bare.time)); // the first warms up
            cpu_times.push((ours.cpu, bare.cpu));
        }
    }
    println!("{calls} times getData of {} bytes, {pairs} pairs of runs, medians:", DATA.len());
    tell("time", times);
    tell("CPU time", cpu_times);
    zk.close()?;
    Ok(())
}

/// Of one call.
struct Cost {
    time: Duration,
    cpu: Duration,
}

impl Cost {
    fn of(
        calls: u32,
        call: &mut dyn FnMut() -> Result<(), Box<dyn Error>>,
    ) -> Result<Self, Box<dyn Error>> {
        let (start, cpu) = (Instant::now(), cpu_time());
        for _ in 0..calls {
            call()?;
        }
        Ok(Self { time: start.elapsed() / calls, cpu: (cpu_time() - cpu) / calls })
    }
}

/// Of all threads of this process.
fn cpu_time() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().unwrap_or_default()
}

fn tell(what: &str, pairs: Vec<(Duration, Duration)>) {
    let ratio = |(ours, bare): &(Duration, Duration)| ours.as_secs_f64() / bare.as_secs_f64();
    let ratio = median(pairs.iter().map(ratio).collect());
    let micros = |all: Vec<Duration>| median(all.iter().map(Duration::as_secs_f64).collect()) * 1e6;
    let (ours, bare): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    println!("{what:>8}: {:.2} µs, bare {:.2} µs, ratio {ratio:.3}", micros(ours), micros(bare));
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// Opens a session by hand.
fn handshake(servers: &str) -> io::Result<TcpStream> {
    let mut request = vec![0, 0, 0, 45];
    request.extend([0; 4 + 8]); // protocol version, last zxid
    request.extend(30_000_i32.to_be_bytes());
    request.extend([0; 8]); // no session yet
    request.extend([0, 0, 0, 16]);
    request.extend([0; 16 + 1]); // no password, not read-only
    let mut socket = TcpStream::connect(servers)?;
    socket.set_nodelay(true)?;
    socket.write_all(&request)?;
    socket.read_exact(&mut [0; 41])?;
    Ok(socket)
}

/// The same bytes as those of a call.
fn ping_pong(socket: &mut TcpStream) -> Result<(), Box<dyn Error>> {
    const REQUEST: &[u8] = b"\0\0\0\x0f\0\0\0\x01\0\0\0\x04\0\0\0\x02/a\0";
    const ANSWER: usize = 4 + 16 + 4 + DATA.len() + 68;
    socket.write_all(REQUEST)?;
    let mut answer = [0; 1024];
    let count = socket.read(&mut answer)?;
    if count != ANSWER {
        return Err(format!("{count} bytes in place of {ANSWER}").into());
    }
    Ok(())
}
