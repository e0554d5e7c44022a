//! Words that are answered by a text for people.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use time::OffsetDateTime;
use zk_proto::{Instant, OpCode};

use super::super::connection::{Connection, Stage};
use super::super::{Engine, Service};

/// The version of Apache ZooKeeper that this server behaves like, and its own.
pub(super) const VERSION: &str =
    concat!("3.9.5-zk-server-", env!("CARGO_PKG_VERSION"), ", built on 2026-11-22 00:00 UTC");

impl Engine {
    pub(super) fn report_server(&self, now: Instant, member: usize, clients: bool) -> String {
        let tree = self.view(member);
        let mut text = format!("Zookeeper version: {VERSION}\n");
        if self.service(member) == Service::Reads {
            text.push_str("READ-ONLY mode; serving only read-only clients\n");
        }
        if clients {
            let connections = self.report_connections(now, member, false);
            let _ = write!(text, "Clients:\n{connections}");
        }
        let here = || self.connections.values().filter(|open| open.member == member);
        let _ = write!(
            text,
            "Latency min/avg/max: 0/0.0/0\nReceived: {}\nSent: {}\nConnections: {}\n\
             Outstanding: {}\nZxid: {:#x}\nMode: {}\nNode count: {}\n",
            here().map(|open| open.traffic.received).sum::<u64>(),
            here().map(|open| open.traffic.sent).sum::<u64>(),
            here().count(),
            here().map(|open| open.requests.len()).sum::<usize>(),
            tree.zxid(),
            self.mode(member),
            // The root is there under two paths.
            tree.len().saturating_add(1),
        );
        text
    }

    pub(super) fn report_connections(&self, now: Instant, member: usize, all: bool) -> String {
        let here = self.connections.values().filter(|open| open.member == member);
        let mut text: String = here.map(|open| self.describe(now, open, all)).collect();
        text.push('\n');
        text
    }

    fn describe(&self, now: Instant, open: &Connection, all: bool) -> String {
        let traffic = &open.traffic;
        let (received, sent, queued) = (traffic.received, traffic.sent, open.requests.len());
        let counts = format!("queued={queued},recved={received},sent={sent}");
        let session = open.session().and_then(|id| Some((id, self.sessions.get(id)?)));
        let details = session.filter(|_| all).map(|(id, session)| {
            let established = self.wall(traffic.established).as_millis();
            let last = now.saturating_since(Instant::ORIGIN).as_millis();
            format!(
                ",sid={id:#x},lop={},est={established},to={},lcxid={:#x},lzxid={:#x},\
                 lresp={last},llat=0,minlat=0,avglat=0,maxlat=0",
                traffic.last_op.map_or("SESS", name_of),
                session.timeout.as_millis(),
                traffic.last_xid,
                traffic.last_zxid,
            )
        });
        let interest = i32::from(matches!(open.stage, Stage::Open { .. }));
        format!(" /{}[{interest}]({counts}{})\n", open.peer, details.unwrap_or_default())
    }

    pub(super) fn report_sessions(&self) -> String {
        let mut by_expiry: BTreeMap<Instant, Vec<i64>> = BTreeMap::new();
        for (id, session) in self.sessions.iter() {
            by_expiry.entry(session.expires()).or_default().push(id);
        }
        let (sets, sessions) = (by_expiry.len(), by_expiry.values().map(Vec::len).sum::<usize>());
        let mut text = format!("SessionTracker dump:\nSession Sets ({sets})/({sessions}):\n");
        for (expires, ids) in &by_expiry {
            let _ = writeln!(text, "{} expire at {}:", ids.len(), self.date(*expires));
            text.extend(ids.iter().map(|id| format!("\t{id:#x}\n")));
        }
        let owners: Vec<_> = self.tree.owners().collect();
        let _ =
            write!(text, "ephemeral nodes dump:\nSessions with Ephemerals ({}):\n", owners.len());
        for owner in owners {
            let _ = writeln!(text, "{owner:#x}:");
            text.extend(self.tree.ephemerals(owner).map(|path| format!("\t{path}\n")));
        }
        let _ =
            write!(text, "Connections dump:\nConnections Sets (1)/({}):\n", self.connections.len());
        for open in self.connections.values() {
            let session = open.session().unwrap_or(0);
            let _ = writeln!(text, "\tip: /{} sessionId: {session:#x}", open.peer);
        }
        text
    }

    pub(super) fn report_watches(&self, member: usize) -> String {
        let (connections, paths, watches) =
            self.members.get(member).map(|member| member.watches.totals()).unwrap_or_default();
        format!("{connections} connections watching {paths} paths\nTotal watches:{watches}\n")
    }

    pub(super) fn report_configuration(&self, member: usize) -> String {
        let port = self.config.addresses.get(member).map_or(0, std::net::SocketAddr::port);
        let server = if self.members.len() == 1 { 0 } else { member.saturating_add(1) };
        format!(
            "clientPort={port}\nsecureClientPort=-1\ntickTime={}\nmaxClientCnxns={}\n\
             minSessionTimeout={}\nmaxSessionTimeout={}\nclientPortListenBacklog=-1\n\
             serverId={server}\n",
            self.config.tick.as_millis(),
            self.config.limits.connections_per_address,
            self.config.shortest().as_millis(),
            self.config.longest().as_millis(),
        )
    }

    /// As Java prints it.
    fn date(&self, at: Instant) -> String {
        let seconds = i64::try_from(self.wall(at).as_secs()).unwrap_or(0);
        let date =
            OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        format!(
            "{:.3} {:.3} {:02} {:02}:{:02}:{:02} UTC {}",
            date.weekday().to_string(),
            date.month().to_string(),
            date.day(),
            date.hour(),
            date.minute(),
            date.second(),
            date.year()
        )
    }

    fn wall(&self, at: Instant) -> Duration {
        self.config.epoch.saturating_add(at.saturating_since(Instant::ORIGIN))
    }
}

pub(super) fn environment() -> String {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    format!(
        "Environment:\nzookeeper.version={VERSION}\nhost.name=localhost\njava.version=<NA>\n\
         java.vendor=<NA>\nos.name={os}\nos.arch={arch}\n"
    )
}

/// An operation as `cons` has it (`FinalRequestProcessor`).
fn name_of(op: OpCode) -> &'static str {
    #[expect(clippy::wildcard_enum_match_arm, reason = "operations are an open set")]
    match op {
        OpCode::Ping => "PING",
        OpCode::Create | OpCode::Create2 | OpCode::CreateContainer | OpCode::CreateTtl => "CREA",
        OpCode::Delete => "DELE",
        OpCode::SetData => "SETD",
        OpCode::SetAcl => "SETA",
        OpCode::Multi => "MULT",
        OpCode::MultiRead => "MLTR",
        OpCode::Reconfig => "RECO",
        OpCode::Sync => "SYNC",
        OpCode::Exists => "EXIS",
        OpCode::GetData => "GETD",
        OpCode::GetAcl => "GETA",
        OpCode::GetChildren | OpCode::GetChildren2 => "GETC",
        OpCode::GetAllChildrenNumber => "GETACN",
        OpCode::GetEphemerals => "GETE",
        OpCode::SetWatches => "SETW",
        OpCode::SetWatches2 => "STW2",
        OpCode::AddWatch => "ADDW",
        OpCode::CheckWatches => "CHKW",
        OpCode::RemoveWatches => "REMW",
        OpCode::WhoAmI => "HOMI",
        OpCode::Auth => "AUTH",
        OpCode::Sasl => "SASL",
        _ => "NA",
    }
}
