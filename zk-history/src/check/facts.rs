//! What the stats and data that were shown tell of transactions that nobody was told of.

use std::collections::{BTreeMap, HashMap};

use zk_proto::{AnyRequest, EventType, Stat, parent_of};
use zk_server::tree::{Change, Tree, Znode};

use super::index::{Call, Event, Fate, Index};
use super::model;
use super::seen::Seen;
use crate::{Rule, Violation};

/// Something that a transaction did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    /// It created this node.
    Created(Box<str>),
    /// It created this node, or wrote it; that left it with this version, if that was seen.
    Written(Box<str>, Option<i32>),
    /// It created or deleted a child of this node; that left it with this cversion and as many
    /// children, if that was seen.
    Child(Box<str>, Option<(i32, i32)>),
    /// It deleted this node.
    Deleted(Box<str>),
}

/// The zxids of a history.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Writes that were answered, carried out or refused.
    pub(super) told: BTreeMap<i64, usize>,
    /// What is known of other transactions.
    pub(super) untold: BTreeMap<i64, Trace>,
    /// Writes without an answer whose data was seen: when they were carried out.
    pub(super) found: HashMap<usize, i64>,
}

/// What is known of a transaction that nobody was told of.
#[derive(Debug)]
pub(super) struct Trace {
    pub(super) facts: Vec<Fact>,
    /// The request whose answer showed it first, or the event.
    pub(super) record: usize,
}

/// Who brought this data, if it was one only.
type Authors<'h> = HashMap<&'h [u8], Option<usize>>;

impl Facts {
    pub(super) fn new<'h>(
        index: &Index<'h>,
        violation: impl Fn(Rule, usize, String) -> Violation,
    ) -> Result<Self, Violation> {
        let mut facts = Self::default();
        let mut authors = Authors::new();
        for (number, call) in index.calls.iter().enumerate().filter(|(_, call)| call.is_write()) {
            facts
                .note_write(number, call, &mut authors)
                .map_err(|(rule, details)| violation(rule, call.record, details))?;
        }
        let trailing = index.connections.iter().flat_map(|connection| &connection.events);
        for event in index.shown.iter().flat_map(|shown| &shown.events).chain(trailing) {
            facts.note_event(event);
        }
        for call in &index.calls {
            let (Some(request), Some(answer)) = (&call.request, call.answer) else { continue };
            let seen = Seen::decode(request, answer.err, answer.body)
                .map_err(|error| violation(Rule::Unreadable, call.record, error.to_string()))?;
            facts
                .note_seen(index, call, &seen, &authors)
                .map_err(|details| violation(Rule::AppliedTwice, call.record, details))?;
        }
        Ok(facts)
    }

    fn note_write<'h>(
        &mut self,
        number: usize,
        call: &Call<'h>,
        authors: &mut Authors<'h>,
    ) -> Result<(), (Rule, String)> {
        match call.fate() {
            Fate::Ignored => return Ok(()),
            Fate::Unknown => {}
            Fate::Told(answer) => {
                let zxid = answer.zxid;
                if zxid <= call.after {
                    let details = format!("{zxid:#x}, asked for after {:#x}", call.after);
                    return Err((Rule::NotInRealTime, details));
                }
                if self.told.insert(zxid, number).is_some() {
                    return Err((Rule::ZxidShared, format!("{zxid:#x}")));
                }
                if answer.err != 0 {
                    return Ok(());
                }
            }
        }
        for data in call.request.iter().flat_map(model::data).filter(|data| !data.is_empty()) {
            let author = authors.entry(data).or_insert(Some(number));
            *author = author.filter(|author| *author == number);
        }
        Ok(())
    }

    fn note_event(&mut self, event: &Event<'_>) {
        let path = event.event.path.clone();
        let fact = match event.event.kind {
            EventType::NodeCreated => Fact::Created(path),
            EventType::NodeDeleted => Fact::Deleted(path),
            EventType::NodeDataChanged => Fact::Written(path, None),
            EventType::NodeChildrenChanged => Fact::Child(path, None),
            EventType::None => return,
        };
        self.note(event.zxid, event.record, fact);
    }

    fn note_seen(
        &mut self,
        index: &Index<'_>,
        call: &Call<'_>,
        seen: &Seen,
        authors: &Authors<'_>,
    ) -> Result<(), String> {
        let (record, request) = (call.record, call.request.iter());
        for (path, data, stat) in request.flat_map(|request| stats(request, seen)) {
            if let Some(Some(author)) = data.and_then(|data| authors.get(data)) {
                self.note_author(index, *author, path, stat.mzxid)?;
            }
            self.note(stat.czxid, record, Fact::Created(path.into()));
            self.note(stat.mzxid, record, Fact::Written(path.into(), Some(stat.version)));
            if stat.pzxid != stat.czxid {
                let left = (stat.cversion, stat.num_children);
                self.note(stat.pzxid, record, Fact::Child(path.into(), Some(left)));
            }
        }
        Ok(())
    }

    /// The data that a request brought was seen.
    fn note_author(
        &mut self,
        index: &Index<'_>,
        author: usize,
        path: &str,
        zxid: i64,
    ) -> Result<(), String> {
        let before = match index.calls[author].fate() {
            Fate::Told(answer) => answer.zxid,
            Fate::Unknown | Fate::Ignored => *self.found.entry(author).or_insert(zxid),
        };
        match before == zxid {
            true => Ok(()),
            false => Err(format!("the data of {path} was written by {before:#x} and {zxid:#x}")),
        }
    }

    fn note(&mut self, zxid: i64, record: usize, fact: Fact) {
        if zxid > 0 && !self.told.contains_key(&zxid) {
            let trace = self.untold.entry(zxid).or_insert(Trace { facts: Vec::new(), record });
            if !trace.facts.contains(&fact) {
                trace.facts.push(fact);
            }
        }
    }
}

impl Fact {
    /// Whether these changes, which led to this tree, make it true.
    pub(super) fn is_met_by(&self, changes: &[Change], tree: &Tree) -> bool {
        let stat = || tree.node(self.path()).map(Znode::stat);
        match self {
            Self::Written(_, Some(version))
                if stat().map(|stat| stat.version) != Some(*version) =>
            {
                return false;
            }
            Self::Child(_, Some(left))
                if stat().map(|stat| (stat.cversion, stat.num_children)) != Some(*left) =>
            {
                return false;
            }
            Self::Created(_) | Self::Written(..) | Self::Child(..) | Self::Deleted(_) => {}
        }
        changes.iter().any(|change| match (self, change) {
            (Self::Created(node) | Self::Written(node, _), Change::Create { path, .. })
            | (Self::Written(node, _), Change::SetData { path, .. })
            | (Self::Deleted(node), Change::Delete { path }) => node == path,
            (Self::Child(node, _), Change::Create { path, .. } | Change::Delete { path }) => {
                parent_of(path) == Some(node)
            }
            _ => false,
        })
    }

    pub(super) fn path(&self) -> &str {
        match self {
            Self::Created(path)
            | Self::Written(path, _)
            | Self::Child(path, _)
            | Self::Deleted(path) => path,
        }
    }
}

/// The nodes that an answer shows: path, data and stat.
fn stats<'s>(
    request: &'s AnyRequest<'_>,
    seen: &'s Seen,
) -> Vec<(&'s str, Option<&'s [u8]>, &'s Stat)> {
    let paths = model::subjects(request);
    let all = if let Seen::Results(results) = seen { results } else { std::slice::from_ref(seen) };
    let shown = paths.into_iter().zip(all).filter_map(|(path, seen)| match seen {
        Seen::Stat(stat) | Seen::Acl(_, stat) | Seen::Children(_, Some(stat)) => {
            Some((path, None, stat))
        }
        Seen::Node(data, stat) => Some((path, data.as_deref(), stat)),
        Seen::Created(path, Some(stat)) => Some((&**path, None, stat)),
        Seen::Created(_, None) | Seen::Children(_, None) => None,
        Seen::Refused(..) | Seen::Done | Seen::Count(_) | Seen::Paths(_) => None,
        Seen::Results(_) | Seen::Opaque => None,
    });
    shown.collect()
}
