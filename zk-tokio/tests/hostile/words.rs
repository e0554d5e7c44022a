//! What a server can say, byte by byte: written without the codec, which would not say most of it.

use zk_proto::ReplyHeader;

/// The longest frame that a client accepts unless told otherwise.
pub(crate) const FRAME_LIMIT: i32 = 4 << 20;

/// What a server says of the transactions so far.
const ZXID: i64 = 7;

/// Bytes, and where in them the lengths and the texts are, for those who want to falsify them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    /// Where a length or a count begins.
    pub(crate) lengths: Vec<usize>,
    /// Where a text begins that has to be UTF-8.
    pub(crate) texts: Vec<usize>,
}

impl Body {
    pub(crate) fn nothing() -> Self {
        Self::default()
    }

    pub(crate) fn int(mut self, value: i32) -> Self {
        self.bytes.extend(value.to_be_bytes());
        self
    }

    pub(crate) fn long(mut self, value: i64) -> Self {
        self.bytes.extend(value.to_be_bytes());
        self
    }

    pub(crate) fn flag(mut self, value: bool) -> Self {
        self.bytes.push(value.into());
        self
    }

    pub(crate) fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self
    }

    /// How long something is, or how many of it follow.
    pub(crate) fn length(mut self, length: usize) -> Self {
        self.lengths.push(self.bytes.len());
        self.int(length.try_into().unwrap())
    }

    pub(crate) fn buffer(self, bytes: &[u8]) -> Self {
        self.length(bytes.len()).raw(bytes)
    }

    /// A path or a name.
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.texts.push(self.bytes.len() + 4);
        self.buffer(text.as_bytes())
    }

    pub(crate) fn stat(self) -> Self {
        let self_with_times = self.long(1).long(2).long(3).long(4);
        self_with_times.int(5).int(6).int(7).long(8).int(9).int(10).long(11)
    }

    /// What precedes each result of a transaction.
    pub(crate) fn result(self, op: i32) -> Self {
        self.int(op).flag(false).int(0)
    }

    /// What follows the last one.
    pub(crate) fn end_of_results(self) -> Self {
        self.int(-1).flag(true).int(-1)
    }
}

/// A whole frame.
pub(crate) fn frame(body: &[u8]) -> Vec<u8> {
    frame_of_length(body.len().try_into().unwrap(), body)
}

/// A frame that claims to have this length.
pub(crate) fn frame_of_length(claim: i32, body: &[u8]) -> Vec<u8> {
    [&claim.to_be_bytes(), body].concat()
}

/// The answer to the request of this number: a code, or 0 and a body.
pub(crate) fn reply(xid: i32, code: i32, body: &[u8]) -> Vec<u8> {
    frame(&Body::nothing().int(xid).long(ZXID).int(code).raw(body).bytes)
}

pub(crate) fn pong() -> Vec<u8> {
    reply(ReplyHeader::PING, 0, &[])
}

/// That something of this type happened to a node.
pub(crate) fn event(kind: i32, path: &str) -> Vec<u8> {
    event_of(Body::nothing().int(kind).int(3).text(path))
}

/// An event that says this.
pub(crate) fn event_of(body: Body) -> Vec<u8> {
    reply(ReplyHeader::NOTIFICATION, 0, &body.bytes)
}

pub(crate) const CREATED: i32 = 1;
pub(crate) const DATA_CHANGED: i32 = 3;

/// The answer to a handshake, for whoever changes a part of it.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) version: i32,
    pub(crate) timeout: i32,
    pub(crate) session: i64,
    /// With its length.
    pub(crate) password: Vec<u8>,
    /// Whether the server is read-only, and whatever follows that.
    pub(crate) rest: Vec<u8>,
}

impl Grant {
    pub(crate) const SESSION: i64 = 0x1_0000_5e55;

    /// What an honest server says.
    pub(crate) fn honest() -> Self {
        let password = Body::nothing().buffer(b"sixteen letters!").bytes;
        Self { version: 0, timeout: 10_000, session: Self::SESSION, password, rest: vec![0] }
    }

    pub(crate) fn frame(&self) -> Vec<u8> {
        let fields = Body::nothing().int(self.version).int(self.timeout).long(self.session);
        frame(&fields.raw(&self.password).raw(&self.rest).bytes)
    }
}
