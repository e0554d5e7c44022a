//! What the server is told when it is started.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::ParseIntError;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use zk_server::{Config, Effect, Limits, OpCode, Rule, Words};

/// What no server does at once.
const SLOW: [OpCode; 10] = [
    OpCode::Create,
    OpCode::Create2,
    OpCode::CreateContainer,
    OpCode::CreateTtl,
    OpCode::Delete,
    OpCode::SetData,
    OpCode::SetAcl,
    OpCode::Multi,
    OpCode::Reconfig,
    OpCode::Sasl,
];

/// A ZooKeeper server that keeps its data in memory, for tests and demos.
///
/// It forgets everything when it ends, and protects nobody from whoever reaches its address.
/// Production is an Apache ZooKeeper ensemble.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Args {
    /// Where to serve clients; given n times, there are n members of one ensemble. Port 0 takes a
    /// free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:2181")]
    pub(crate) listen: Vec<SocketAddr>,

    #[cfg(feature = "ring")]
    #[command(flatten)]
    pub(crate) tls: crate::tls::TlsArgs,

    /// Start with the nodes of this file: a JSON object such as
    /// {"/path": {"content": "BASE64", "acls": []}}, as `cp` of zk_shell writes it to json://. In
    /// place of "content", "text" is the data as it is.
    #[arg(long, value_name = "FILE")]
    pub(crate) data_from: Option<PathBuf>,

    /// Read commands from standard input and answer each with a line, until it ends: kill N,
    /// restart N, freeze N, thaw N, drop [N], expire SESSION, forget, read-only on|off, leader,
    /// sessions. Members are counted from 0.
    #[arg(long)]
    pub(crate) control: bool,

    /// The unit of time, in milliseconds: session timeouts are 2 to 20 of it.
    #[arg(long, value_name = "MS", default_value = "2000", value_parser = milliseconds)]
    tick: Duration,

    /// The shortest session timeout, if it is not 2 ticks.
    #[arg(long, value_name = "MS", value_parser = milliseconds)]
    min_session_timeout: Option<Duration>,

    /// The longest session timeout, if it is not 20 ticks.
    #[arg(long, value_name = "MS", value_parser = milliseconds)]
    max_session_timeout: Option<Duration>,

    /// How often to look for empty containers and nodes whose time to live is over.
    #[arg(long, value_name = "MS", default_value = "60000", value_parser = milliseconds)]
    container_check: Duration,

    /// The longest request in bytes (jute.maxbuffer).
    #[arg(long, value_name = "BYTES")]
    max_frame: Option<usize>,

    /// Connections that a member takes; 0 for any number.
    #[arg(long, value_name = "N", value_parser = limit)]
    max_connections: Option<usize>,

    /// Connections that a member takes from one address; 0 for any number.
    #[arg(long, value_name = "N", value_parser = limit)]
    max_connections_per_address: Option<usize>,

    /// How long a write takes, as on a server with a disk, and each step of SASL.
    #[arg(long, value_name = "MS", value_parser = milliseconds)]
    write_delay: Option<Duration>,

    /// Who may do everything, with a password.
    #[arg(long = "super", value_name = "USER:PASSWORD", value_parser = digest)]
    super_user: Option<String>,

    /// The same, with the hash that is in access control lists.
    #[arg(long, value_name = "USER:HASH", conflicts_with = "super_user")]
    super_digest: Option<String>,

    /// A user of SASL (DIGEST-MD5); can be given more than once.
    #[arg(long, value_name = "USER=PASSWORD", value_parser = user)]
    sasl_user: Vec<(String, String)>,

    /// Refuse everything from who did not authenticate by SASL.
    #[arg(long)]
    require_sasl: bool,

    /// Members that are too few to write serve reads (readonlymode.enabled).
    #[arg(long)]
    read_only: bool,

    /// The four-letter words to answer, with commas between them, or `all`.
    #[arg(long, value_name = "WORDS", default_value = "all")]
    words: String,

    /// Refuse writes above the hard limits under /zookeeper/quota.
    #[arg(long)]
    enforce_quota: bool,

    /// Allow reconfiguration.
    #[arg(long)]
    reconfig: bool,
}

impl Args {
    pub(crate) fn config(&self) -> Config {
        Config {
            tick: self.tick,
            min_session_timeout: self.min_session_timeout,
            max_session_timeout: self.max_session_timeout,
            container_check: self.container_check,
            limits: self.limits(),
            super_user: self.super_user.clone().or_else(|| self.super_digest.clone()),
            sasl_users: self.sasl_user.iter().cloned().collect::<BTreeMap<_, _>>(),
            require_sasl: self.require_sasl,
            words: self.words(),
            read_only: self.read_only,
            enforce_quota: self.enforce_quota,
            reconfig: self.reconfig,
            ..Config::default()
        }
    }

    /// What is to go wrong from the start.
    pub(crate) fn rule(&self) -> Option<Rule> {
        let delay = Effect::Delay(self.write_delay?);
        Some(Rule::new(delay, |op, _| SLOW.contains(&op)))
    }

    fn words(&self) -> Words {
        match &*self.words {
            "all" => Words::default(),
            some => Words::only(some.split(',')),
        }
    }

    fn limits(&self) -> Limits {
        let default = Limits::default();
        let per_address = self.max_connections_per_address;
        Limits {
            frame: self.max_frame.unwrap_or(default.frame),
            connections: self.max_connections.unwrap_or(default.connections),
            connections_per_address: per_address.unwrap_or(default.connections_per_address),
            ..default
        }
    }
}

fn milliseconds(text: &str) -> Result<Duration, ParseIntError> {
    text.parse().map(Duration::from_millis)
}

/// 0 is none, as in Apache's `maxClientCnxns`.
fn limit(text: &str) -> Result<usize, ParseIntError> {
    text.parse().map(|limit| if limit == 0 { usize::MAX } else { limit })
}

fn digest(text: &str) -> Result<String, &'static str> {
    let (user, password) = text.split_once(':').ok_or("a colon is missing")?;
    Ok(zk_proto::digest::identity(user, password))
}

/// With `=`, or `:` as in an access control list.
fn user(text: &str) -> Result<(String, String), &'static str> {
    let (user, password) = text.split_once(['=', ':']).ok_or("no = between user and password")?;
    Ok((user.to_owned(), password.to_owned()))
}
