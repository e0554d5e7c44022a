//! A server that plays its scripts, one for each connection, and is honest afterwards.

use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use super::line::{Line, Played};

/// What to do with one connection.
pub(crate) type Script = Box<dyn FnOnce(&mut Line) -> Played + Send>;

/// A hostile server on the loopback device; gone when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    stage: Arc<Stage>,
    thread: Option<JoinHandle<()>>,
}

/// What the server shares with its thread.
#[derive(Default)]
struct Stage {
    is_over: AtomicBool,
    connections: AtomicUsize,
    /// The connection of the script that is played.
    current: Mutex<Option<TcpStream>>,
}

impl Server {
    /// Plays this with the first client, and is honest with all others.
    pub(crate) fn once(script: impl FnOnce(&mut Line) -> Played + Send + 'static) -> Self {
        Self::plays([Box::new(script)])
    }

    /// Plays one script after the other, and is honest when there is none left.
    pub(crate) fn plays<const N: usize>(scripts: [Script; N]) -> Self {
        let mut scripts = scripts.into_iter();
        Self::start(move |line| match scripts.next() {
            Some(script) => script(line),
            None => line.is_honest(),
        })
    }

    /// Plays the same with every client.
    pub(crate) fn always(script: impl FnMut(&mut Line) -> Played + Send + 'static) -> Self {
        Self::start(script)
    }

    fn start(mut play: impl FnMut(&mut Line) -> Played + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let stage = Arc::new(Stage::default());
        let shared = stage.clone();
        let thread = thread::spawn(move || {
            let mut held = Vec::new();
            while let Some(mut line) = accept(&listener, &shared) {
                let end = play(&mut line);
                *shared.current.lock().unwrap() = None;
                if end.is_ok() && line.is_held() {
                    held.push(line);
                }
            }
        });
        Self { address, stage, thread: Some(thread) }
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// How often a client has come.
    pub(crate) fn connections(&self) -> usize {
        self.stage.connections.load(Ordering::SeqCst)
    }
}

/// The next client, unless the server is gone.
fn accept(listener: &TcpListener, stage: &Stage) -> Option<Line> {
    let (stream, _) = listener.accept().unwrap();
    let mut current = stage.current.lock().unwrap();
    if stage.is_over.load(Ordering::SeqCst) {
        return None;
    }
    *current = Some(stream.try_clone().unwrap());
    stage.connections.fetch_add(1, Ordering::SeqCst);
    Some(Line::new(stream))
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stage.is_over.store(true, Ordering::SeqCst);
        if let Some(stream) = &*self.stage.current.lock().unwrap() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        let _ = TcpStream::connect(self.address); // for a thread that waits for somebody to come
        let played = self.thread.take().map(JoinHandle::join);
        assert!(thread::panicking() || !matches!(played, Some(Err(_))), "a script panicked");
    }
}
