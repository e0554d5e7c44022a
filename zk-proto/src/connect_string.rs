//! Where the servers are, as people write it.

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;
use core::str::FromStr;

use crate::Chroot;
use crate::path::PathError;

/// The servers of an ensemble, and the part of the tree to see.
///
/// Written `host[:port][,host[:port]...][/chroot]`, with or without `zookeeper://` before it. The
/// port is 2181 if it is left out; an IPv6 address with a port stands in brackets.
///
/// ```
/// use zk_proto::ConnectString;
///
/// let servers: ConnectString = "zk1,[::1]:2182/app".parse()?;
/// assert_eq!(servers.hosts[0].port, 2181);
/// assert_eq!(servers.hosts[1].to_string(), "[::1]:2182");
/// assert_eq!(servers.chroot.prefix(), "/app");
/// # Ok::<(), zk_proto::ConnectStringError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectString {
    /// The servers; at least one.
    pub hosts: Vec<Host>,
    /// What the client sees as its root.
    pub chroot: Chroot,
}

/// One server: a name or an address, and a port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host {
    /// The name, or an address without brackets.
    pub name: Box<str>,
    /// The port.
    pub port: u16,
}

/// What is wrong with a [`ConnectString`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectStringError {
    /// It names no server, or there is nothing between two commas.
    #[error("a server is missing in the connect string")]
    NoHost,
    /// It begins with a scheme that is not `zookeeper://`.
    #[error("the scheme {0:?} of the connect string is not zookeeper")]
    Scheme(Box<str>),
    /// What follows the colon is not a port.
    #[error("{0:?} in the connect string has no valid port")]
    Port(Box<str>),
    /// A name has characters that names do not have, or an address in brackets is none.
    #[error("{0:?} in the connect string is not a host")]
    Name(Box<str>),
    /// The chroot is not a path.
    #[error("the chroot {path:?} of the connect string is invalid: {error}")]
    Chroot {
        /// What stands there.
        path: Box<str>,
        /// What is wrong with it.
        error: PathError,
    },
}

impl FromStr for ConnectString {
    type Err = ConnectStringError;

    fn from_str(text: &str) -> Result<Self, ConnectStringError> {
        let text = without_scheme(text.trim())?;
        let (hosts, chroot) = match text.split_once('/') {
            Some((hosts, path)) => (hosts, parse_chroot(path)?),
            None => (text, Chroot::root()),
        };
        let hosts = hosts.split(',').map(|host| host.trim().parse()).collect::<Result<_, _>>()?;
        Ok(Self { hosts, chroot })
    }
}

impl FromStr for Host {
    type Err = ConnectStringError;

    fn from_str(text: &str) -> Result<Self, ConnectStringError> {
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, rest) =
                    rest.split_once(']').ok_or_else(|| ConnectStringError::Name(text.into()))?;
                if address.parse::<core::net::Ipv6Addr>().is_err() {
                    return Err(ConnectStringError::Name(text.into()));
                }
                (address, rest)
            }
            // An address of version 6 without brackets has no port.
            None if text.parse::<core::net::Ipv6Addr>().is_ok() => (text, ""),
            None => text.split_at(text.find(':').unwrap_or(text.len())),
        };
        if name.is_empty() {
            return Err(ConnectStringError::NoHost);
        }
        if name.chars().any(|c| c.is_whitespace() || c.is_control() || "[]@?#\\/,".contains(c)) {
            return Err(ConnectStringError::Name(text.into()));
        }
        let port = match port {
            "" | ":" => Self::DEFAULT_PORT,
            port => port
                .strip_prefix(':')
                .and_then(parse_port)
                .ok_or_else(|| ConnectStringError::Port(text.into()))?,
        };
        Ok(Self { name: name.into(), port })
    }
}

impl Host {
    /// The port of servers that do not say another.
    pub const DEFAULT_PORT: u16 = 2181;

    /// A server.
    #[must_use]
    pub fn new(name: impl Into<Box<str>>, port: u16) -> Self {
        Self { name: name.into(), port }
    }

    /// The address, if it is one and needs no look-up.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.name.parse().ok()
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.contains(':') {
            write!(f, "[{}]:{}", self.name, self.port)
        } else {
            write!(f, "{}:{}", self.name, self.port)
        }
    }
}

impl fmt::Display for ConnectString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<_> = self.hosts.iter().map(Host::to_string).collect();
        write!(f, "{}{}", hosts.join(","), self.chroot.prefix())
    }
}

fn without_scheme(text: &str) -> Result<&str, ConnectStringError> {
    match text.split_once("://") {
        Some(("zookeeper", rest)) => Ok(rest),
        Some((scheme, _)) => Err(ConnectStringError::Scheme(scheme.into())),
        None => Ok(text),
    }
}

fn parse_chroot(path: &str) -> Result<Chroot, ConnectStringError> {
    let path = ["/", path].concat();
    Chroot::new(&path).map_err(|error| ConnectStringError::Chroot { path: path.into(), error })
}

/// A port is digits, and not 0.
pub(crate) fn parse_port(digits: &str) -> Option<u16> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|port| is_number && *port != 0)
}
