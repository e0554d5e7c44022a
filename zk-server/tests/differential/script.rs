//! What is done to a server: data, so that it can be printed, and made smaller.

use std::fmt;

use zk_proto::wire::{put_bool, put_buffer, put_int, put_long, put_string, put_vector};

/// Steps that are done one after the other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Script {
    /// What it was drawn from.
    pub(crate) seed: u64,
    pub(crate) steps: Vec<Step>,
}

/// Something that one of the clients does. A client has a session, and may have a connection.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) client: usize,
    pub(crate) action: Action,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    /// Connects, and opens a session or resumes one.
    Connect(Handshake),
    /// Closes the connection, without a word.
    Cut,
    /// Resumes the session with the shortest timeout there is, closes the connection, and waits
    /// until the session has expired.
    Expire,
    /// Sends requests, in one piece.
    Send(Vec<Request>),
    /// Sends bytes that are no request: after them, nothing can be understood.
    Spoil(Vec<u8>),
    /// Opens another connection, sends bytes that are no handshake, and reads to the end.
    Stray(Vec<u8>),
}

/// How a client introduces itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Handshake {
    pub(crate) whose: Whose,
    pub(crate) timeout: i32,
    /// The last zxid the client has seen: before the script, or far ahead of the server.
    pub(crate) is_ahead: bool,
    pub(crate) read_only: Option<bool>,
}

/// Which session a client asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Whose {
    /// A new one, if it has none.
    New,
    /// Its own, or the one it had.
    Own,
    /// Its own, with a wrong password.
    OwnWithWrongPassword,
    /// One that never was.
    Nobodys,
}

/// A request, as the wire has it.
#[derive(Clone, PartialEq)]
pub(crate) struct Request {
    pub(crate) op: i32,
    pub(crate) xid: Xid,
    pub(crate) fields: Vec<Field>,
    pub(crate) damage: Damage,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Xid {
    /// The connection's next one.
    Next,
    This(i32),
}

/// A field of a request.
#[derive(Clone, PartialEq)]
pub(crate) enum Field {
    Int(i32),
    Long(i64),
    Byte(u8),
    Buffer(Option<Vec<u8>>),
    Acl(Option<Vec<Entry>>),
    Paths(Option<Vec<String>>),
    /// A zxid, counted from the beginning of the script.
    Zxid(i64),
    /// What begins an operation of a multi, by its type; -1 ends them.
    Operation(i32),
}

/// An entry of an access control list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) permissions: i32,
    pub(crate) scheme: &'static str,
    pub(crate) id: Option<String>,
}

/// What is wrong with a body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Damage {
    None,
    /// Only so many of its bytes are sent; counted around.
    Cut(usize),
    /// So many bytes follow it.
    Longer(usize),
    /// A byte has another value; counted around.
    Patch(usize, u8),
}

impl Handshake {
    /// To resume a session that is to expire soon.
    pub(crate) const LAST: Self =
        Self { whose: Whose::Own, timeout: 0, is_ahead: false, read_only: Some(false) };
}

impl Request {
    pub(crate) fn new(op: i32, fields: Vec<Field>) -> Self {
        Self { op, xid: Xid::Next, fields, damage: Damage::None }
    }

    /// The body. `zxid` is the server's number of a zxid of the script.
    pub(crate) fn body(&self, zxid: impl Fn(i64) -> i64) -> Vec<u8> {
        let mut body = Vec::new();
        self.fields.iter().for_each(|field| field.encode(&mut body, &zxid));
        match self.damage {
            Damage::None => {}
            Damage::Cut(left) => body.truncate(left % body.len().max(1)),
            Damage::Longer(by) => body.extend(std::iter::repeat_n(7, by)),
            Damage::Patch(at, byte) => {
                let at = at % body.len().max(1);
                if let Some(place) = body.get_mut(at) {
                    *place = byte;
                }
            }
        }
        body
    }

    /// Whether it is what its operation wants.
    pub(crate) fn is_whole(&self) -> bool {
        self.damage == Damage::None
    }
}

impl Field {
    pub(crate) fn text(text: &str) -> Self {
        Self::Buffer(Some(text.as_bytes().to_vec()))
    }

    /// Whether it is the path of a node below another one, or of that one.
    pub(crate) fn is_below(&self, path: &str) -> bool {
        matches!(self, Self::Buffer(Some(bytes)) if bytes.starts_with(path.as_bytes()))
    }

    fn encode(&self, out: &mut Vec<u8>, zxid: &impl Fn(i64) -> i64) {
        match self {
            Self::Int(value) => put_int(out, *value),
            Self::Long(value) => put_long(out, *value),
            Self::Byte(value) => out.push(*value),
            Self::Buffer(bytes) => put_buffer(out, bytes.as_deref()),
            Self::Acl(None) | Self::Paths(None) => put_int(out, -1),
            Self::Acl(Some(entries)) => put_vector(out, entries, |out, entry| {
                put_int(out, entry.permissions);
                put_string(out, entry.scheme);
                put_buffer(out, entry.id.as_deref().map(str::as_bytes));
            }),
            Self::Paths(Some(paths)) => put_vector(out, paths, |out, path| put_string(out, path)),
            Self::Zxid(value) => put_long(out, zxid(*value)),
            Self::Operation(op) => {
                put_int(out, *op);
                put_bool(out, *op == -1);
                put_int(out, -1);
            }
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", zk_proto::OpCode::from_code(self.op))?;
        f.debug_list().entries(&self.fields).finish()?;
        if self.xid != Xid::Next {
            write!(f, " {:?}", self.xid)?;
        }
        if self.damage != Damage::None {
            write!(f, " {:?}", self.damage)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => write!(f, "{value}"),
            Self::Long(value) => write!(f, "{value}L"),
            Self::Byte(value) => write!(f, "{value:#x}"),
            Self::Buffer(None) | Self::Acl(None) | Self::Paths(None) => write!(f, "null"),
            Self::Buffer(Some(bytes)) => write!(f, "\"{}\"", bytes.escape_ascii()),
            Self::Acl(Some(entries)) => f.debug_list().entries(entries).finish(),
            Self::Paths(Some(paths)) => f.debug_list().entries(paths).finish(),
            Self::Zxid(value) => write!(f, "zxid+{value}"),
            Self::Operation(-1) => write!(f, "end"),
            Self::Operation(op) => write!(f, "{}:", zk_proto::OpCode::from_code(*op)),
        }
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Step { client, action }) in self.steps.iter().enumerate() {
            writeln!(f, "{index:4}. client {client}: {action:?}")?;
        }
        Ok(())
    }
}
