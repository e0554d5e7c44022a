//! The members of the ensemble as `/zookeeper/config` tells them, and how clients change that.
//!
//! What is written there moves clients that follow it. It starts and stops no member of this
//! server: that is for the test to do.

use std::collections::BTreeMap;

use bytes::Bytes;
use zk_proto::{ErrorCode, GetConfig, Instant, Members, Node, Permissions, Reconfig, SetData};

use super::answer::Reply;
use super::{Config, ConnectionId, Engine};
use crate::tree::{Caller, Change, Transaction, Tree, demand};

/// The lines of the members, by their numbers.
type Lines = BTreeMap<u64, String>;

impl Engine {
    /// Changes who the members are (`PrepRequestProcessor`, `ZooKeeperServer.reconfig`).
    pub(super) fn reconfigure(
        &mut self,
        now: Instant,
        id: ConnectionId,
        request: &Reconfig<'_>,
    ) -> Reply {
        let at = self.next_stamp(now);
        let prepared = self.prepare_reconfig(id, request, at.zxid);
        match prepared {
            Ok(change) => {
                let transaction = Transaction { at, changes: vec![change] };
                let applied = self.tree.follow(&transaction);
                self.publish(now, transaction, &applied);
                let mut body = Vec::new();
                if let Some(node) = self.tree.node(Tree::CONFIG) {
                    Node::new(node.data(), node.stat()).encode(&mut body);
                }
                Reply::new(at.zxid, body)
            }
            Err(code) => {
                self.record(now);
                Reply::error(at.zxid, code)
            }
        }
    }

    fn prepare_reconfig(
        &self,
        id: ConnectionId,
        request: &Reconfig<'_>,
        zxid: i64,
    ) -> Result<Change, ErrorCode> {
        if !self.config.reconfig {
            return Err(ErrorCode::ReconfigDisabled);
        }
        if self.members.len() == 1 {
            return Err(ErrorCode::Unimplemented);
        }
        let data = self.tree.node(Tree::CONFIG).and_then(|node| node.data()).unwrap_or_default();
        let (before, version) = parse(&data);
        if request.version.is_some_and(|expected| expected != version) {
            return Err(ErrorCode::BadVersion);
        }
        let text = text(&change(before, request.members)?, zxid);
        let open = self.connections.get(&id).ok_or(ErrorCode::SystemError)?;
        let caller = Caller { session: 0, identities: &open.identities };
        let node = self.tree.node(Tree::CONFIG).ok_or(ErrorCode::NoNode)?;
        demand(node, &caller, Permissions::WRITE)?;
        self.tree.prepare_set_data(&SetData::new(GetConfig::PATH, &text), &caller)
    }
}

/// What `/zookeeper/config` says in the beginning: nothing of a server that is alone.
pub(super) fn initial(config: &Config) -> Option<Bytes> {
    let numbered = config.addresses.iter().zip(1_u64..);
    let lines: Lines = numbered
        .map(|(address, number)| {
            let ip = address.ip();
            (number, format!("{ip}:2888:3888:participant;{address}"))
        })
        .collect();
    (config.members > 1).then(|| text(&lines, super::FIRST_EPOCH).into())
}

fn change(mut lines: Lines, members: Members<'_>) -> Result<Lines, ErrorCode> {
    match members {
        Members::Full(all) => all
            .split([',', '\n'])
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with("version="))
            .map(|line| parse_line(line).ok_or(ErrorCode::MarshallingError))
            .collect(),
        Members::Incremental { joining, leaving } => {
            for number in leaving.into_iter().flat_map(|list| list.split(',')) {
                let number = number.trim().parse().map_err(|_| ErrorCode::BadArguments)?;
                lines.remove(&number);
            }
            for line in joining.into_iter().flat_map(|list| list.split(',')) {
                let (number, line) = parse_line(line.trim()).ok_or(ErrorCode::BadArguments)?;
                lines.insert(number, line);
            }
            let votes = lines.values().any(|line| !line.contains(":observer"));
            if votes { Ok(lines) } else { Err(ErrorCode::BadArguments) }
        }
    }
}

/// The number and the rest of `server.1=host:2888:3888[:role][;[address:]port]`, written in full.
fn parse_line(line: &str) -> Option<(u64, String)> {
    let (key, value) = line.split_once('=')?;
    let number = key.trim().strip_prefix("server.")?.parse().ok()?;
    let (quorum, client) = value.trim().split_once(';').unwrap_or_else(|| (value.trim(), ""));
    let role = match quorum.rsplit_once(':')?.1 {
        "participant" | "observer" => "",
        port => {
            port.parse::<u16>().ok()?;
            ":participant"
        }
    };
    if quorum.split(':').count() < 3 {
        return None;
    }
    let client = match client.rsplit_once(':') {
        _ if client.is_empty() => String::new(),
        Some((_, port)) => port.parse::<u16>().ok().map(|_| format!(";{client}"))?,
        None => client.parse::<u16>().ok().map(|port| format!(";0.0.0.0:{port}"))?,
    };
    Some((number, format!("{quorum}{role}{client}")))
}

fn parse(data: &[u8]) -> (Lines, i64) {
    let text = String::from_utf8_lossy(data);
    let lines = text.lines().filter_map(parse_line).collect();
    let version = text.lines().find_map(|line| line.strip_prefix("version="));
    (lines, version.and_then(|hex| i64::from_str_radix(hex, 16).ok()).unwrap_or(0))
}

fn text(lines: &Lines, version: i64) -> String {
    let mut text: String =
        lines.iter().map(|(number, line)| format!("server.{number}={line}\n")).collect();
    text.push_str(&format!("version={version:x}"));
    text
}
