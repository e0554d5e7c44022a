//! The configuration of an ensemble, as its members keep it in `/zookeeper/config`.

use alloc::vec::Vec;

use crate::Host;
use crate::connect_string::parse_port;

/// The configuration of an ensemble: its version and its members.
///
/// ```
/// use zk_proto::EnsembleConfig;
///
/// let text = "server.1=zk1:2888:3888:participant;0.0.0.0:2181\nversion=100000000";
/// let config = EnsembleConfig::parse(text.as_bytes());
/// assert_eq!(config.version, 0x1_0000_0000);
/// assert_eq!(config.hosts().next().unwrap().to_string(), "zk1:2181");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnsembleConfig {
    /// The version, for [`Reconfig::version`](crate::Reconfig::version).
    pub version: i64,
    /// The members.
    pub members: Vec<Member>,
}

/// A member of an ensemble.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// Its number.
    pub id: u64,
    /// Where it serves clients, if the configuration says so.
    pub client: Option<Host>,
    /// Whether it only observes, without a vote.
    pub is_observer: bool,
}

impl EnsembleConfig {
    /// Reads the data of [`GetConfig`](crate::GetConfig). Lines that say nothing of members are
    /// passed over; a server that stands alone has none.
    #[must_use]
    pub fn parse(data: &[u8]) -> Self {
        let lines = data.split(|&byte| byte == b'\n').filter_map(|line| str::from_utf8(line).ok());
        let entries = lines.filter_map(|line| line.trim().split_once('='));
        // Counted first, so that the list takes no more memory than it needs.
        let count = entries.clone().filter(|(key, _)| key.starts_with(Member::KEY)).count();
        let mut config = Self { version: 0, members: Vec::with_capacity(count) };
        for (key, value) in entries {
            if key == "version" {
                config.version = i64::from_str_radix(value, 16).unwrap_or_default();
            } else if let Some(member) = Member::parse(key, value) {
                config.members.push(member);
            }
        }
        config
    }

    /// Where the members serve clients.
    pub fn hosts(&self) -> impl Iterator<Item = &Host> {
        self.members.iter().filter_map(|member| member.client.as_ref())
    }
}

impl Member {
    const KEY: &str = "server.";

    /// Of `server.ID=HOST:PORT:PORT[:ROLE][|HOST:..];[HOST:]PORT`.
    fn parse(key: &str, value: &str) -> Option<Self> {
        let id = key.strip_prefix(Self::KEY)?.parse().ok()?;
        let (quorum, client) = value.split_once(';').unwrap_or((value, ""));
        let first = quorum.split('|').next().unwrap_or(quorum);
        let own_name = host_name(first);
        let is_observer = quorum.ends_with(":observer");
        Some(Self { id, client: parse_client(client, own_name), is_observer })
    }
}

/// Where clients connect; a server that listens everywhere is known by its own name.
fn parse_client(client: &str, own_name: &str) -> Option<Host> {
    let (name, port) = client.rsplit_once(':').unwrap_or((own_name, client));
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let everywhere = matches!(name, "0.0.0.0" | "::" | "0:0:0:0:0:0:0:0");
    let name = if everywhere { own_name } else { name };
    let port = parse_port(port)?;
    (!name.is_empty()).then(|| Host::new(name, port))
}

fn host_name(address: &str) -> &str {
    match address.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, _)) => name,
        None => address.split_once(':').map_or(address, |(name, _)| name),
    }
}
