//! Reads what a server sent, and leaves out what differs from run to run.

use zk_proto::wire::Reader;
use zk_proto::{
    Acl, ClientInfo, ErrorCode, Malformed, OpCode, Record, ReplyHeader, Stat, WatchedEvent,
};

use crate::seen::{Numbering, Seen};

/// What is needed to read what a server sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decoder<'a> {
    pub(crate) numbering: &'a Numbering,
    /// The ids of the sessions of the script, in the order in which they were opened.
    pub(crate) sessions: &'a [i64],
}

impl Decoder<'_> {
    /// What follows the header of an event.
    pub(crate) fn event(&self, header: &ReplyHeader, body: &[u8]) -> Seen {
        match WatchedEvent::decode(&mut Reader::new(body)) {
            Ok(event) => Seen::Event {
                zxid: self.numbering.count(header.zxid),
                kind: event.kind as i32,
                state: event.state.0,
                path: event.path.into(),
            },
            Err(_) => Seen::Odd(hex(body)),
        }
    }

    /// The body of a reply to a request with this operation, a line for each of its parts.
    pub(crate) fn body(&self, op: i32, code: i32, body: &[u8]) -> Vec<String> {
        let mut reader = Reader::new(body);
        let mut lines = match ErrorCode::of_reply(code) {
            Some(_) => Vec::new(),
            None => self.parts(op, &mut reader).unwrap_or_else(|_| vec!["malformed".to_owned()]),
        };
        if !reader.rest().is_empty() {
            lines.push(format!("rest {}", hex(reader.rest())));
        }
        lines
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "operations are an open set")]
    fn parts(&self, op: i32, reader: &mut Reader<'_>) -> Result<Vec<String>, Malformed> {
        match OpCode::from_code(op) {
            OpCode::Create | OpCode::Sync | OpCode::Sasl => Ok(vec![buffer(reader)?]),
            OpCode::Create2 | OpCode::CreateContainer | OpCode::CreateTtl => {
                Ok(vec![buffer(reader)?, self.stat(reader)?])
            }
            OpCode::Exists | OpCode::SetData | OpCode::SetAcl => Ok(vec![self.stat(reader)?]),
            OpCode::GetData | OpCode::Reconfig => Ok(vec![buffer(reader)?, self.stat(reader)?]),
            OpCode::GetAcl => Ok(vec![acl(reader)?, self.stat(reader)?]),
            OpCode::GetChildren | OpCode::GetEphemerals => Ok(vec![names(reader)?]),
            OpCode::GetChildren2 => Ok(vec![names(reader)?, self.stat(reader)?]),
            OpCode::GetAllChildrenNumber | OpCode::AddWatch => {
                Ok(vec![reader.int("number")?.to_string()])
            }
            OpCode::WhoAmI => Ok(vec![identities(reader)?]),
            OpCode::Multi | OpCode::MultiRead => self.results(reader),
            _ => Ok(Vec::new()),
        }
    }

    /// The results of a multi: one a line, which begins with the type it says it has.
    fn results(&self, reader: &mut Reader<'_>) -> Result<Vec<String>, Malformed> {
        let mut lines = Vec::new();
        loop {
            let op = reader.int("type")?;
            let done = reader.bool("done")?;
            let code = reader.int("error")?;
            if done {
                lines.push(format!("end {op} {code}"));
                return Ok(lines);
            }
            let parts = match op {
                -1 => vec![reader.int("error")?.to_string()],
                op => self.parts(op, reader)?,
            };
            lines.push(format!("{op} {code} {}", parts.join(" ")));
        }
    }

    /// A stat, of which the times are only told where they are 0.
    fn stat(&self, reader: &mut Reader<'_>) -> Result<String, Malformed> {
        let stat = Stat::decode(reader)?;
        let [czxid, mzxid, pzxid] =
            [stat.czxid, stat.mzxid, stat.pzxid].map(|zxid| self.numbering.count(zxid));
        let time = |time: i64| if time == 0 { "never" } else { "then" };
        Ok(format!(
            "{{created {czxid:?} {}, modified {mzxid:?} {}, children {pzxid:?}, \
             versions {} {} {}, owner {}, {} bytes, {} children}}",
            time(stat.ctime),
            time(stat.mtime),
            stat.version,
            stat.cversion,
            stat.aversion,
            self.owner(stat.ephemeral_owner),
            stat.data_length,
            stat.num_children,
        ))
    }

    fn owner(&self, id: i64) -> String {
        match self.sessions.iter().position(|session| *session == id) {
            Some(number) => format!("session {number}"),
            None => format!("{id:#x}"),
        }
    }
}

fn buffer(reader: &mut Reader<'_>) -> Result<String, Malformed> {
    Ok(match reader.buffer("buffer")? {
        None => "null".to_owned(),
        Some(bytes) => format!("\"{}\"", bytes.escape_ascii()),
    })
}

fn names(reader: &mut Reader<'_>) -> Result<String, Malformed> {
    let mut names = reader.vector("names", 4, buffer)?;
    names.sort();
    Ok(names.join(" "))
}

/// Entries of an access control list; those that `auth` stands for come in no order.
fn acl(reader: &mut Reader<'_>) -> Result<String, Malformed> {
    let mut entries = reader.vector("entries", 12, |reader| {
        let Acl { permissions, scheme, id, .. } = Acl::decode(reader)?;
        Ok(format!("{}:{scheme}:{id}", permissions.bits()))
    })?;
    entries.sort();
    Ok(entries.join(" "))
}

fn identities(reader: &mut Reader<'_>) -> Result<String, Malformed> {
    let mut all = reader.vector("identities", 8, |reader| {
        let ClientInfo { scheme, user, .. } = ClientInfo::decode(reader)?;
        Ok(format!("{scheme}:{user}"))
    })?;
    all.sort();
    Ok(all.join(" "))
}

/// Bytes that cannot be read, as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
