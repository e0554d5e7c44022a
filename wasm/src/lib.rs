//! The session of `zk-proto` as a module of WebAssembly that imports nothing: no clock, no random
//! numbers, no sockets. `run.mjs` hosts it in Node.js.
//!
//! Numbers go in and out, one byte or one moment at a time, so that no memory is shared. Moments are
//! milliseconds since an origin of the host's choice.
#![expect(unsafe_code, reason = "an export has a name that might be taken, which is unsafe")]

use std::cell::RefCell;
use std::time::Duration;

use zk_proto::digest_md5::DigestMd5;
use zk_proto::wire::{Inbox, Outbox};
use zk_proto::{
    Acl, Action, Chroot, Config, Create, Event, GetData, Host, Instant, Request, Scope, Session,
    SetData,
};

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World::new(0));
}

/// What was asked for.
enum Asked {
    Create,
    Read,
    Write,
}

struct World {
    session: Session<Asked, ()>,
    inbox: Inbox,
    outbox: Outbox,
    /// The event that is being read.
    text: Vec<u8>,
}

impl World {
    fn new(seed: u32) -> Self {
        // The host knows where the server is.
        let mut config = Config::new(vec![Host::new("127.0.0.1", 2181)]);
        config.seed = seed.into();
        config.sasl = Some(Box::new(DigestMd5::new("bob", "secret", [seed.to_le_bytes()[0]; 16])));
        let (inbox, outbox) = (Inbox::default(), Outbox::default());
        Self { session: Session::new(config), inbox, outbox, text: Vec::new() }
    }
}

/// A session that has not connected yet. Everything by chance follows from the seed.
#[unsafe(no_mangle)]
pub extern "C" fn start(seed: u32) {
    WORLD.set(World::new(seed));
}

/// What to do with the socket: 1 connect, 2 disconnect, 3 end, 0 nothing more.
#[unsafe(no_mangle)]
pub extern "C" fn action() -> u32 {
    with(|world| match world.session.poll_action() {
        Some(Action::Connect(_)) => 1,
        Some(Action::Disconnect(_)) => 2,
        Some(Action::Finish) => 3,
        Some(Action::Resolve(_) | Action::Probe(_)) | None => 0, // neither comes here
    })
}

/// The socket is connected.
#[unsafe(no_mangle)]
pub extern "C" fn connected(now: u32) {
    with(|world| world.session.handle_connected(moment(now)));
}

/// The socket is gone, or never was connected.
#[unsafe(no_mangle)]
pub extern "C" fn disconnected(now: u32) {
    with(|world| world.session.handle_disconnected(moment(now), "the socket was closed"));
}

/// A byte came.
#[unsafe(no_mangle)]
pub extern "C" fn push(byte: u8) {
    with(|world| world.inbox.extend([byte]));
}

/// That were all bytes for now.
#[unsafe(no_mangle)]
pub extern "C" fn input(now: u32) {
    with(|world| {
        world.session.handle_input(moment(now), &mut world.inbox);
        while let Some(turn) = world.session.poll_turn() {
            world.session.handle_turn(moment(now), turn.take());
        }
    });
}

/// The next byte to send; -1 if there is none.
#[unsafe(no_mangle)]
pub extern "C" fn pull(now: u32) -> i32 {
    with(|world| {
        if world.outbox.is_empty() && !world.session.poll_transmit(moment(now), &mut world.outbox) {
            return -1;
        }
        let byte = world.outbox.pending().first().copied();
        world.outbox.consume(1);
        byte.map_or(-1, i32::from)
    })
}

/// In how many milliseconds to call [`timeout`]; -1 for never.
#[unsafe(no_mangle)]
pub extern "C" fn deadline(now: u32) -> i32 {
    with(|world| {
        let Some((at, _reason)) = world.session.poll_timeout() else { return -1 };
        let left = at.saturating_since(moment(now)).as_micros().div_ceil(1000);
        i32::try_from(left).unwrap_or(i32::MAX)
    })
}

/// Time passed.
#[unsafe(no_mangle)]
pub extern "C" fn timeout(now: u32) {
    with(|world| world.session.handle_timeout(moment(now)));
}

/// Takes what happened next: the length of the text that tells it; -1 if nothing did.
#[unsafe(no_mangle)]
pub extern "C" fn event() -> i32 {
    with(|world| {
        let Some(event) = world.session.poll_event() else { return -1 };
        world.text = describe(event).unwrap_or_else(|error| error.to_string()).into_bytes();
        i32::try_from(world.text.len()).unwrap_or(-1)
    })
}

/// A byte of that text.
#[unsafe(no_mangle)]
pub extern "C" fn text(at: u32) -> u32 {
    with(|world| world.text.get(at as usize).map_or(0, |byte| u32::from(*byte)))
}

/// Asks for a node that only its creator may see.
#[unsafe(no_mangle)]
pub extern "C" fn create() {
    with(|world| {
        let create = Create::new("/wasm", "hello").acl(Acl::CREATOR);
        world.session.submit(&create, Scope::default(), Asked::Create).is_ok()
    });
}

/// Asks what is in it, and for a watch.
#[unsafe(no_mangle)]
pub extern "C" fn read() {
    with(|world| {
        let read = GetData::new("/wasm");
        world.session.submit_watch(&read, Scope::default(), Asked::Read, ()).is_ok()
    });
}

/// Asks to write it.
#[unsafe(no_mangle)]
pub extern "C" fn write() {
    with(|world| {
        let write = SetData::new("/wasm", "world");
        world.session.submit(&write, Scope::default(), Asked::Write).is_ok()
    });
}

/// Ends the session.
#[unsafe(no_mangle)]
pub extern "C" fn close(now: u32) {
    with(|world| world.session.close(moment(now)));
}

fn describe(event: Event<Asked, ()>) -> Result<String, zk_proto::Error> {
    Ok(match event {
        Event::State(state) => state.to_string(),
        Event::Reply(Asked::Create, answer) => {
            format!("created {}", Create::decode(answer, &Chroot::ALL)?)
        }
        Event::Reply(Asked::Read, answer) => {
            format!("read {:?}", GetData::decode(answer, &Chroot::ALL)?.data)
        }
        Event::Reply(Asked::Write, answer) => {
            format!("wrote version {}", SetData::decode(answer, &Chroot::ALL)?.version)
        }
        Event::Watch((), news) => format!("{news:?}"),
    })
}

fn moment(milliseconds: u32) -> Instant {
    Instant::since_origin(Duration::from_millis(milliseconds.into()))
}

fn with<T>(f: impl FnOnce(&mut World) -> T) -> T {
    WORLD.with_borrow_mut(f)
}
