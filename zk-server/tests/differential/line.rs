//! A connection to a server, without any help.

use bytes::Bytes;
use zk_proto::wire::{Inbox, put_frame, put_int};
use zk_proto::{OpCode, ReplyHeader};

use crate::host::{Host, Wire};

/// The longest frame that is read.
const LIMIT: usize = 4 << 20;

#[derive(Debug)]
pub(crate) struct Line {
    wire: Wire,
    inbox: Inbox,
    xid: i32,
}

/// What a server says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Heard {
    Frame(Bytes),
    /// It closed the connection.
    End,
    /// It says nothing for a long time.
    Silence,
}

impl Line {
    pub(crate) fn open(host: &Host) -> Self {
        Self { wire: host.connect(), inbox: Inbox::default(), xid: 0 }
    }

    /// The next xid.
    pub(crate) fn next_xid(&mut self) -> i32 {
        self.xid += 1;
        self.xid
    }

    /// Sends bytes; if the server has closed the connection, reading will tell.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.wire.write(bytes);
    }

    /// Sends a frame.
    pub(crate) fn send_frame(&mut self, body: impl FnOnce(&mut Vec<u8>)) {
        let mut frame = Vec::new();
        put_frame(&mut frame, body);
        self.send(&frame);
    }

    /// Sends a ping.
    pub(crate) fn ping(&mut self) {
        self.send_frame(|out| {
            put_int(out, ReplyHeader::PING);
            put_int(out, OpCode::Ping.code());
        });
    }

    /// The next frame.
    pub(crate) fn hear(&mut self) -> Heard {
        loop {
            if let Some(frame) = self.inbox.take_frame(LIMIT).unwrap() {
                return Heard::Frame(frame);
            }
            match self.wire.read(self.inbox.space()) {
                Some(0) => return Heard::End,
                Some(count) => self.inbox.commit(count),
                None => return Heard::Silence,
            }
        }
    }

    /// All that comes until the server closes the connection; `None` if it does not.
    pub(crate) fn hear_out(mut self) -> Option<Vec<u8>> {
        self.wire.end();
        let (mut all, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            match self.wire.read(&mut buffer)? {
                0 => return Some(all),
                count => all.extend(buffer.iter().take(count)),
            }
        }
    }
}
