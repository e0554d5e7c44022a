//! Limits of subtrees, and what they use of them
//! (`/zookeeper/quota<path>/zookeeper_limits` and `zookeeper_stats`; `org.apache.zookeeper.Quotas`,
//! `StatsTrack`).
//!
//! What is used is counted when a transaction is done, never between its operations: so deletes of
//! a transaction make no room for its creations.

use std::collections::BTreeSet;

use bytes::Bytes;
use zk_proto::{ErrorCode, parent_of};

use super::{Applied, Change, Tree, split};

/// The paths that have limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Quotas(BTreeSet<Box<str>>);

const LIMITS: &str = "zookeeper_limits";
const STATS: &str = "zookeeper_stats";

impl Quotas {
    /// The nearest of a node's ancestors, itself among them, that has limits. The root never has.
    fn nearest<'a>(&self, path: &'a str) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        let mut at = Some(path);
        while let Some(path) = at.filter(|path| *path != "/") {
            if self.0.contains(path) {
                return Some(path);
            }
            at = parent_of(path);
        }
        None
    }
}

impl Tree {
    /// Whether so many more nodes and bytes at `path` are within the hard limits. What becomes less
    /// is too much as long as it is more than the limit.
    pub(super) fn within_quota(&self, path: &str, nodes: i64, bytes: i64) -> Result<(), ErrorCode> {
        let Some(place) = self.quotas.nearest(path).filter(|_| self.policy.enforce_quota) else {
            return Ok(());
        };
        let (Some(limits), Some(used)) = (self.track(place, LIMITS), self.track(place, STATS))
        else {
            return Ok(());
        };
        let exceeds = |more: i64, used: i64, hard: Option<i64>| {
            let hard = hard.filter(|hard| *hard > -1);
            more != 0 && hard.is_some_and(|hard| used.saturating_add(more) > hard)
        };
        match exceeds(nodes, used.count, limits.count_hard)
            || exceeds(bytes, used.bytes, limits.bytes_hard)
        {
            true => Err(ErrorCode::QuotaExceeded),
            false => Ok(()),
        }
    }

    /// Counts what a transaction did.
    pub(super) fn account(&mut self, changes: &[Change], done: &[Applied]) {
        for (change, applied) in changes.iter().zip(done) {
            let Some(path) = change.path() else { continue };
            match change {
                Change::Create { data, .. } => {
                    self.notice_limits(path);
                    self.count(path, 1, len(data.as_ref()));
                }
                Change::Delete { .. } => {
                    if let Some((place, LIMITS)) = limited(path) {
                        self.quotas.0.remove(place);
                    }
                    self.count(path, -1, -applied.bytes_before());
                }
                Change::SetData { data, .. } => {
                    self.count(path, 0, len(data.as_ref()).saturating_sub(applied.bytes_before()));
                }
                Change::SetAcl { .. } | Change::Check => {}
            }
        }
    }

    /// A node that sets limits, or tells what is used.
    fn notice_limits(&mut self, path: &str) {
        match limited(path) {
            Some((place, LIMITS)) => {
                self.quotas.0.insert(place.into());
            }
            Some((place, STATS)) => {
                let (nodes, bytes) = self.usage(place);
                self.write_track(path, Track { count: nodes, bytes, ..Track::NONE });
            }
            Some(_) | None => {}
        }
    }

    /// What a node and all below it use.
    fn usage(&self, path: &str) -> (i64, i64) {
        if self.node(path).is_none() {
            return (0, 0);
        }
        let add = |(nodes, bytes): (i64, i64), data| {
            (nodes.saturating_add(1), bytes.saturating_add(data))
        };
        self.walk(path).map(|(_, node)| len(node.data.as_ref())).fold((0, 0), add)
    }

    fn count(&mut self, path: &str, nodes: i64, bytes: i64) {
        let Some(place) = self.quotas.nearest(path).filter(|_| (nodes, bytes) != (0, 0)) else {
            return;
        };
        if let Some(mut used) = self.track(place, STATS) {
            used.count = used.count.saturating_add(nodes);
            used.bytes = used.bytes.saturating_add(bytes);
            self.write_track(&format!("{}{place}/{STATS}", Self::QUOTA), used);
        }
    }

    fn track(&self, place: &str, name: &str) -> Option<Track> {
        let node = self.node(&format!("{}{place}/{name}", Self::QUOTA))?;
        Some(Track::parse(node.data.as_deref().unwrap_or_default()))
    }

    /// Not a write like others: versions and times stay.
    fn write_track(&mut self, path: &str, track: Track) {
        self.replace_data(path, Some(track.to_text().into()));
    }
}

/// The path that a node under `/zookeeper/quota` is about, and what it says of it.
fn limited(path: &str) -> Option<(&str, &str)> {
    let (parent, name) = split(path)?;
    let place = parent.strip_prefix(Tree::QUOTA)?;
    Some((if place.is_empty() { "/" } else { place }, name))
}

/// Numbers as these nodes keep them; -1 is none. Hard limits that are not mentioned are not written
/// either.
#[derive(Clone, Copy)]
struct Track {
    count: i64,
    bytes: i64,
    count_hard: Option<i64>,
    bytes_hard: Option<i64>,
}

impl Track {
    const NONE: Self = Self { count: -1, bytes: -1, count_hard: None, bytes_hard: None };

    fn parse(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        let mut track = Self::NONE;
        for (key, value) in text.split([',', ';']).filter_map(|pair| pair.split_once('=')) {
            let Ok(value) = value.trim_end_matches('=').parse() else { continue };
            match key {
                "count" => track.count = value,
                "bytes" => track.bytes = value,
                "countHardLimit" => track.count_hard = Some(value),
                "byteHardLimit" => track.bytes_hard = Some(value),
                _ => {}
            }
        }
        track
    }

    fn to_text(self) -> String {
        let Self { count, bytes, count_hard, bytes_hard } = self;
        let hard = [("byteHardLimit", bytes_hard), ("countHardLimit", count_hard)];
        let hard: String = hard
            .into_iter()
            .filter_map(|(key, value)| Some(format!(";{key}={}", value?)))
            .collect();
        let equals = if hard.is_empty() { "" } else { "=" };
        format!("count={count},bytes={bytes}{equals}{hard}")
    }
}

fn len(data: Option<&Bytes>) -> i64 {
    data.map_or(0, |data| i64::try_from(data.len()).unwrap_or(i64::MAX))
}
