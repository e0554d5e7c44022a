//! Names, and what they resolve to.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// What the resolver says of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// These members, after this time.
    Members(Vec<usize>, Duration),
    /// That there is no such name.
    Unknown,
    /// Nothing.
    Silence,
}

/// The resolver: names that it does not know are those of members, `zk0`, `zk1` and so on.
#[derive(Debug, Default)]
pub(crate) struct Names {
    told: BTreeMap<String, Answer>,
}

/// The port of all members.
pub(crate) const PORT: u16 = 2181;

impl Names {
    pub(crate) fn set(&mut self, name: &str, answer: Answer) {
        self.told.insert(name.into(), answer);
    }

    pub(crate) fn reset(&mut self, name: &str) {
        self.told.remove(name);
    }

    /// What it says, and after how long; `None` for silence.
    pub(crate) fn ask(&self, name: &str) -> Option<(Duration, io::Result<Vec<SocketAddr>>)> {
        match self.told.get(name) {
            Some(Answer::Members(members, time)) => {
                Some((*time, Ok(members.iter().map(|member| address(*member)).collect())))
            }
            Some(Answer::Unknown) => Some((Duration::ZERO, Err(io::ErrorKind::NotFound.into()))),
            Some(Answer::Silence) => None,
            None => Some((Duration::from_micros(50), member_of(name))),
        }
    }
}

/// The name of a member.
pub(crate) fn name(member: usize) -> String {
    format!("zk{member}")
}

/// The address of a member.
pub(crate) fn address(member: usize) -> SocketAddr {
    let number = u8::try_from(member + 1).unwrap_or(u8::MAX);
    SocketAddr::from(([10, 0, 0, number], PORT))
}

/// The member at an address; an address that is nobody's gives a number that is nobody's.
pub(crate) fn member_at(address: SocketAddr) -> usize {
    match address {
        SocketAddr::V4(address) => usize::from(address.ip().octets()[3]).wrapping_sub(1),
        SocketAddr::V6(_) => usize::MAX,
    }
}

fn member_of(name: &str) -> io::Result<Vec<SocketAddr>> {
    let number = name.strip_prefix("zk").and_then(|number| number.parse().ok());
    let member = number.ok_or(io::ErrorKind::NotFound)?;
    Ok(vec![address(member)])
}
