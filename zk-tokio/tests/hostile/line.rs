//! The server's end of a connection: what scripts are made of.
#![expect(clippy::unwrap_in_result, reason = "that the client leaves is no failure, all else is")]

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpSocket;
use zk_proto::wire::{Inbox, Reader};
use zk_proto::{ConnectRequest, OpCode, Record, RequestHeader};

use super::operations::honest_answer;
use super::words::{Grant, reply};

/// How long a script waits for its client: longer than any test.
const LIMIT: Duration = Duration::from_secs(60);

/// What a client asks for by itself.
const HOUSEKEEPING: [OpCode; 4] =
    [OpCode::Ping, OpCode::RemoveWatches, OpCode::SetWatches, OpCode::SetWatches2];

/// The client is not there any more, which ends a script.
#[derive(Debug)]
pub(crate) struct Gone;

/// How a script ends.
pub(crate) type Played = Result<(), Gone>;

/// The server's end of a connection.
pub(crate) struct Line {
    stream: TcpStream,
    inbox: Inbox,
    is_held: bool,
}

/// A request that was heard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) xid: i32,
    pub(crate) op: OpCode,
}

impl Line {
    pub(crate) fn new(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        Self { stream, inbox: Inbox::default(), is_held: false }
    }

    /// Listens to the handshake.
    pub(crate) fn is_greeted(&mut self) -> Result<ConnectRequest, Gone> {
        let frame = self.hears_frame()?;
        Ok(ConnectRequest::decode(&mut Reader::new(&frame)).unwrap())
    }

    /// Listens to the handshake, and grants what is asked for.
    pub(crate) fn welcomes(&mut self) -> Result<ConnectRequest, Gone> {
        let greeting = self.is_greeted()?;
        let timeout = greeting.timeout;
        self.says(&Grant { timeout, ..Grant::honest() }.frame())?;
        Ok(greeting)
    }

    /// Listens to the next request of whichever kind.
    pub(crate) fn hears(&mut self) -> Result<Call, Gone> {
        let frame = self.hears_frame()?;
        let RequestHeader { xid, op } = RequestHeader::decode(&mut Reader::new(&frame)).unwrap();
        Ok(Call { xid, op })
    }

    /// Listens to the next request, which must be this.
    pub(crate) fn hears_only(&mut self, op: OpCode) -> Result<Call, Gone> {
        let call = self.hears()?;
        assert_eq!(call.op, op, "what the client asks for");
        Ok(call)
    }

    /// Listens to the next request that somebody made, and is honest about those that the client
    /// made by itself.
    pub(crate) fn hears_a_call(&mut self) -> Result<Call, Gone> {
        loop {
            let call = self.hears()?;
            if !HOUSEKEEPING.contains(&call.op) {
                return Ok(call);
            }
            self.answers_honestly(&call)?;
        }
    }

    /// Is honest about the pings that have come by now; says how many there were.
    pub(crate) fn answers_pings(&mut self) -> Result<usize, Gone> {
        let mut pings = 0;
        while self.has_been_spoken_to() {
            let call = self.hears()?;
            assert_eq!(call.op, OpCode::Ping, "nobody asks for anything");
            self.answers_honestly(&call)?;
            pings += 1;
        }
        Ok(pings)
    }

    pub(crate) fn says(&mut self, bytes: &[u8]) -> Played {
        self.stream.write_all(bytes).map_err(|error| gone(&error))
    }

    /// Answers with this body.
    pub(crate) fn answers(&mut self, call: &Call, body: &[u8]) -> Played {
        self.says(&reply(call.xid, 0, body))
    }

    /// Answers with this code.
    pub(crate) fn refuses(&mut self, call: &Call, code: i32) -> Played {
        self.says(&reply(call.xid, code, &[]))
    }

    /// Answers as ZooKeeper would.
    pub(crate) fn answers_honestly(&mut self, call: &Call) -> Played {
        self.answers(call, &honest_answer(call.op).bytes)
    }

    /// Serves this client as ZooKeeper would, until it leaves.
    pub(crate) fn is_honest(&mut self) -> Played {
        self.welcomes()?;
        self.answers_all_honestly()
    }

    pub(crate) fn answers_all_honestly(&mut self) -> Played {
        loop {
            let call = self.hears()?;
            self.answers_honestly(&call)?;
            if call.op == OpCode::CloseSession {
                return Ok(());
            }
        }
    }

    /// Reads nothing any more and says nothing any more, without a goodbye.
    pub(crate) fn falls_silent(&mut self) -> Played {
        self.is_held = true;
        Ok(())
    }

    /// Closes the connection.
    pub(crate) fn hangs_up(&mut self) -> Played {
        self.stream.shutdown(Shutdown::Both).map_err(|error| gone(&error))
    }

    /// Kills the connection as soon as the script ends: what is on its way is lost.
    pub(crate) fn resets(&mut self) -> Played {
        let same = self.stream.try_clone().unwrap();
        TcpSocket::from_std_stream(same).set_zero_linger().unwrap();
        Ok(())
    }

    /// Waits until the client hangs up, deaf to what it says until then.
    pub(crate) fn is_left(&mut self) -> Played {
        loop {
            self.hears_frame()?;
        }
    }

    /// Whether the client has sent something by now that nobody has listened to.
    fn has_been_spoken_to(&mut self) -> bool {
        if self.inbox.has_begun_frame() {
            return true;
        }
        self.stream.set_nonblocking(true).unwrap();
        let waiting = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false).unwrap();
        waiting.is_ok_and(|count| count > 0)
    }

    /// Whether the connection is to outlive its script.
    pub(crate) fn is_held(&self) -> bool {
        self.is_held
    }

    fn hears_frame(&mut self) -> Result<Bytes, Gone> {
        loop {
            if let Some(frame) = self.inbox.take_frame(usize::MAX).unwrap() {
                return Ok(frame);
            }
            match self.stream.read(self.inbox.space()) {
                Ok(0) => return Err(Gone),
                Ok(count) => self.inbox.commit(count),
                Err(error) => return Err(gone(&error)),
            }
        }
    }
}

/// That a client leaves is the end of a script; that it does nothing at all is a hang.
fn gone(error: &io::Error) -> Gone {
    let is_timeout = matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
    assert!(!is_timeout, "the client does nothing any more");
    Gone
}
