//! Servers that cost a client nothing but patience: it must not storm them.
//!
//! Time is paused: it leaps to the next deadline whenever nothing else is to be done. There are no
//! sockets here, which would go on without it, and a client that never rests would never get to the
//! end of the hour.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::sleep;
use zk_tokio::{Client, Connector, Pending, State, Stream, Target, WatchMode};

use super::operations::honest_answer;
use super::words::{Grant, reply};

const HOUR: Duration = Duration::from_secs(3600);

/// What a server does to each who comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Welcome {
    /// It is not there.
    Refusal,
    /// It closes the connection at once.
    ClosedDoor,
    /// It says nothing, ever.
    Silence,
    /// It grants the session, and closes the connection.
    Farewell,
    /// It grants the session, and refuses the first request.
    Trouble,
    /// It grants the session, and closes the connection after this time.
    Visit(Duration),
}

/// Connections to such a server, counted.
#[derive(Clone, Debug)]
struct Door {
    welcome: Welcome,
    knocks: Arc<AtomicU32>,
}

impl Door {
    fn of(welcome: Welcome) -> Self {
        Self { welcome, knocks: Arc::default() }
    }

    fn knocks(&self) -> u32 {
        self.knocks.load(Ordering::SeqCst)
    }

    fn client(&self) -> Client {
        let client = Client::builder().connector(self.clone()).seed(7);
        client.open("192.0.2.1:2181").unwrap()
    }
}

impl Connector for Door {
    fn connect<'a>(&'a self, _: &'a Target) -> Pending<'a, Box<dyn Stream>> {
        let knocks = self.knocks.fetch_add(1, Ordering::SeqCst);
        assert!(knocks < 100_000, "a client without any rest");
        Box::pin(async {
            if self.welcome == Welcome::Refusal {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            let (ours, theirs) = duplex(1 << 16);
            tokio::spawn(receive(self.welcome, ours));
            Ok(Box::new(theirs) as Box<dyn Stream>)
        })
    }
}

/// The length of a handshake, its frame's length included.
const HANDSHAKE: usize = 49;

async fn receive(welcome: Welcome, mut stream: DuplexStream) -> io::Result<()> {
    if welcome == Welcome::ClosedDoor {
        return Ok(());
    }
    stream.read_exact(&mut [0; HANDSHAKE]).await?;
    if welcome == Welcome::Silence {
        stream.read_to_end(&mut Vec::new()).await?;
    }
    stream.write_all(&Grant::honest().frame()).await?;
    match welcome {
        Welcome::Visit(time) => sleep(time).await,
        Welcome::Trouble => {
            let mut header = [0; 12];
            stream.read_exact(&mut header).await?;
            let xid = i32::from_be_bytes(header[4..8].try_into().unwrap());
            let code = if header[11] == 106 { 0 } else { -5 }; // the watch is set, but not again
            stream
                .write_all(&reply(xid, code, &honest_answer(zk_proto::OpCode::AddWatch).bytes))
                .await?;
        }
        Welcome::Refusal | Welcome::ClosedDoor | Welcome::Silence | Welcome::Farewell => {}
    }
    Ok(())
}

/// A client without a session waits up to ten seconds for its next attempt, and one that has a
/// session up to a third of its timeout, which is ten seconds; both about half of that on average.
fn assert_patient(longest_pause: Duration, knocks: u32, case: &str) {
    let least = (HOUR.as_secs_f32() / longest_pause.as_secs_f32()) as u32;
    let expected = least..least * 2 + 20;
    assert!(expected.contains(&knocks), "{case}: {knocks} attempts in an hour, not {expected:?}");
}

const WITHOUT_SESSION: Duration = Duration::from_secs(10);
const WITH_SESSION: Duration = Duration::from_millis(3_334);

#[tokio::test(start_paused = true)]
async fn a_server_that_is_of_no_use_is_tried_ever_more_seldom() {
    let of_no_use = [
        (Welcome::Refusal, WITHOUT_SESSION),
        (Welcome::ClosedDoor, WITHOUT_SESSION),
        (Welcome::Farewell, WITH_SESSION),
    ];
    for (welcome, longest_pause) in of_no_use {
        let door = Door::of(welcome);
        let zk = door.client();
        sleep(Duration::from_secs(3)).await;
        let first = door.knocks();
        assert!((3..=16).contains(&first), "{welcome:?}: {first} attempts in three seconds");
        sleep(HOUR).await;
        assert_patient(longest_pause, door.knocks(), &format!("{welcome:?}"));
        assert!(!zk.state().is_over());
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_not_tried_more_often_than_it_takes_to_notice() {
    let door = Door::of(Welcome::Silence);
    let _zk = door.client();
    sleep(HOUR).await;
    assert!((200..=1_000).contains(&door.knocks()), "{} attempts", door.knocks());
}

/// That the watches cannot be set again is no success, even if there is a session for a moment.
#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_the_watches_is_tried_ever_more_seldom() {
    let door = Door::of(Welcome::Trouble);
    let zk = door.client();
    let watch = zk.watch("/a", WatchMode::Persistent).await.unwrap();
    sleep(HOUR).await;
    assert_patient(WITH_SESSION, door.knocks(), "watches refused");
    assert_eq!(watch.ended(), None, "the watch waits for a better server");
}

/// A connection that was of use is replaced at once.
#[tokio::test(start_paused = true)]
async fn a_server_that_serves_for_a_while_is_tried_again_at_once() {
    let door = Door::of(Welcome::Visit(Duration::from_secs(2)));
    let zk = door.client();
    sleep(Duration::from_secs(60)).await;
    assert!((29..=31).contains(&door.knocks()), "{} attempts", door.knocks());
    assert_eq!(zk.state(), State::Connected);
}
