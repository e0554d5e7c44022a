//! Writes without an answer, and sessions without an end: what became of them.

use std::collections::HashMap;

use zk_proto::{AnyRequest, EventType, OpCode, parent_of};
use zk_server::tree::Change;

use super::events::Certainty;
use super::facts::{Fact, Facts};
use super::index::{Fate, Index};
use super::model::{self, Done};
use super::sweep::{Broken, Sweep};
use super::watching::Told;
use crate::Rule;

/// Writes without an answer.
#[derive(Debug, Default)]
pub(super) struct Lost {
    writes: Vec<Write>,
    /// Those that are about a path.
    at: HashMap<Box<str>, Vec<usize>>,
    /// Those that are about a child of it.
    below: HashMap<Box<str>, Vec<usize>>,
}

#[derive(Debug)]
struct Write {
    call: usize,
    /// The next write of the session that was answered: if at all, it happened before that.
    before: i64,
    fate: Guess,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guess {
    /// Nothing is known of it.
    Open,
    /// Its data was seen: this transaction is it.
    Known(i64),
    /// It has happened.
    Applied,
}

/// What may have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// A write without an answer.
    Write(usize),
    /// The end of a session.
    End(i64),
}

/// How many hidden transactions are tried together.
const DEPTH: usize = 4;
/// How many are considered.
const BREADTH: usize = 12;

impl Lost {
    pub(super) fn new(index: &Index<'_>, facts: &Facts) -> Self {
        let mut lost = Self::default();
        let mut next = HashMap::new();
        for (call, asked) in index.calls.iter().enumerate().rev().filter(|(_, c)| c.is_write()) {
            match asked.fate() {
                Fate::Told(answer) => drop(next.insert(asked.session, answer.zxid)),
                Fate::Unknown => {
                    let before = next.get(&asked.session).copied().unwrap_or(i64::MAX);
                    let found = facts.found.get(&call);
                    let fate = found.map_or(Guess::Open, |zxid| Guess::Known(*zxid));
                    lost.writes.push(Write { call, before, fate });
                }
                Fate::Ignored => {}
            }
        }
        lost.writes.retain(|write| index.calls[write.call].op != OpCode::CloseSession); // an end
        lost.writes.reverse();
        lost.sort_by_path(index);
        lost
    }

    fn sort_by_path(&mut self, index: &Index<'_>) {
        for (number, write) in self.writes.iter().enumerate() {
            let paths = index.calls[write.call].request.iter().flat_map(model::subjects);
            for path in paths {
                self.at.entry(path.into()).or_default().push(number);
                if let Some(parent) = parent_of(path) {
                    self.below.entry(parent.into()).or_default().push(number);
                }
            }
        }
    }

    /// Those that may be the reason of something that was seen at this path.
    fn about(&self, path: &str) -> impl Iterator<Item = usize> {
        let here = [self.at.get(path), self.below.get(path)];
        let above = parent_of(path).and_then(|parent| self.at.get(parent));
        here.into_iter().chain([above]).flatten().flatten().copied()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.writes.len()
    }

    /// How many have happened.
    pub(super) fn applied(&self) -> usize {
        self.writes.iter().filter(|write| write.fate == Guess::Applied).count()
    }
}

impl Sweep<'_> {
    /// A write that is known to be this transaction must have been able to be.
    pub(super) fn verify_known(&self, zxid: i64) -> Result<(), Broken> {
        let known = self.lost.writes.iter().find(|write| write.fate == Guess::Known(zxid));
        let Some(write) = known else { return Ok(()) };
        let call = &self.index.calls[write.call];
        let broken = |rule, limit: i64| {
            Err((rule, format!("{zxid:#x} is {:?}, limit {limit:#x}", call.request)))
        };
        match self.ended.get(&call.session) {
            Some(end) => broken(Rule::ActsAfterEnd, *end),
            None if zxid <= call.after => broken(Rule::NotInRealTime, call.after),
            None if zxid >= write.before => broken(Rule::SessionOrder, write.before),
            None => Ok(()),
        }
    }

    /// Finds who is responsible for a transaction of which these traces were seen.
    pub(super) fn attribute(&mut self, zxid: i64, facts: &[Fact]) -> Option<(Done, Certainty)> {
        let known = |write: &Write| write.fate == Guess::Known(zxid);
        let causes = match self.lost.writes.iter().position(known) {
            Some(write) => vec![Cause::Write(write)],
            None => {
                let paths: Vec<_> = facts.iter().map(Fact::path).collect();
                let mut causes = self.causes(zxid, &paths);
                causes.retain(|cause| self.can_be_at(*cause, zxid));
                causes
            }
        };
        for cause in causes {
            let done = self.carry_out(cause, zxid);
            if facts.iter().all(|fact| fact.is_met_by(&done.changes, &self.tree)) {
                self.settle(cause, zxid);
                return Some((done, cause.certainty()));
            }
            model::undo(&mut self.tree, done);
        }
        None
    }

    /// Makes an attempt to match something that was seen. If it fails, something may have happened
    /// before that left no other trace: at most a few of the writes without an answer.
    ///
    /// The attempt must leave the tree as it was when it fails.
    pub(super) fn explain<T>(
        &mut self,
        zxid: i64,
        paths: &[&str],
        mut attempt: impl FnMut(&mut Self) -> Result<T, Broken>,
    ) -> Result<T, Broken> {
        attempt(self).or_else(|broken| {
            let mut causes = self.causes(zxid, paths);
            causes.truncate(BREADTH);
            // With as few as possible, so that none of them is beside the point.
            let found =
                (1..=DEPTH).find_map(|count| self.search(zxid, &mut causes, count, &mut attempt));
            found.ok_or(broken)
        })
    }

    fn search<T>(
        &mut self,
        zxid: i64,
        causes: &mut Vec<Cause>,
        count: usize,
        attempt: &mut impl FnMut(&mut Self) -> Result<T, Broken>,
    ) -> Option<T> {
        for number in 0..causes.len() {
            let cause = causes.remove(number);
            let done = self.carry_out(cause, self.hidden(cause, zxid));
            let found = match (done.changes.is_empty(), count) {
                (true, _) => None,
                (false, 1) => attempt(self).ok(),
                (false, _) => self.search(zxid, causes, count - 1, attempt),
            };
            causes.insert(number, cause);
            if found.is_some() {
                self.settle(cause, zxid);
                self.hide(zxid, &done.changes);
                return found;
            }
            model::undo(&mut self.tree, done);
        }
        None
    }

    /// Finds what has caused an event, and carries it out.
    pub(super) fn explain_event(
        &mut self,
        zxid: i64,
        (kind, path): &Told,
    ) -> Result<Vec<Change>, Broken> {
        let fact = match kind {
            EventType::NodeCreated => Fact::Created(path.clone()),
            EventType::NodeDeleted => Fact::Deleted(path.clone()),
            EventType::NodeDataChanged | EventType::None => Fact::Written(path.clone(), None),
            EventType::NodeChildrenChanged => Fact::Child(path.clone(), None),
        };
        for cause in self.causes(zxid, &[&**path]) {
            let done = self.carry_out(cause, self.hidden(cause, zxid));
            if fact.is_met_by(&done.changes, &self.tree) {
                self.settle(cause, zxid);
                return Ok(done.changes);
            }
            model::undo(&mut self.tree, done);
        }
        Err((Rule::EventUnexpected, format!("{kind:?} {path}, told by {zxid:#x}")))
    }

    /// What can have happened to these paths by then, and is not known to have.
    fn causes(&self, zxid: i64, paths: &[&str]) -> Vec<Cause> {
        let writes = paths.iter().flat_map(|path| self.lost.about(path));
        let mut writes: Vec<usize> =
            writes.filter(|write| self.can_be(&self.lost.writes[*write], zxid)).collect();
        writes.sort_unstable();
        writes.dedup();
        let ends = self.tree.owners().filter(|session| {
            let lives = self.index.sessions.get(session).is_some_and(|shown| shown.last >= zxid);
            !lives && !self.ended.contains_key(session) && self.owns_about(*session, paths)
        });
        writes.into_iter().map(Cause::Write).chain(ends.map(Cause::End)).collect()
    }

    fn can_be(&self, write: &Write, zxid: i64) -> bool {
        let call = &self.index.calls[write.call];
        let paths = call.request.iter().flat_map(model::subjects);
        // Somebody has looked since, and not seen it.
        let before = self.happens_before(write);
        let missed = |path| self.looked.get(path).is_some_and(|looked| *looked >= before);
        write.fate == Guess::Open && call.after < zxid && !paths.into_iter().any(missed)
    }

    /// By when it has happened, or never will.
    fn happens_before(&self, write: &Write) -> i64 {
        let end = self.ended.get(&self.index.calls[write.call].session);
        end.map_or(write.before, |end| write.before.min(*end))
    }

    /// Whether it can be the transaction of this zxid, rather than one before it.
    fn can_be_at(&self, cause: Cause, zxid: i64) -> bool {
        match cause {
            Cause::Write(write) => zxid < self.happens_before(&self.lost.writes[write]),
            Cause::End(_) => true,
        }
    }

    fn owns_about(&self, session: i64, paths: &[&str]) -> bool {
        self.tree
            .ephemerals(session)
            .any(|own| paths.iter().any(|path| *path == own || parent_of(own) == Some(path)))
    }

    /// The zxid of a hidden change: one that leaves no other trace than the change itself. What
    /// hides it is a later change of the same node or list of children.
    fn hidden(&self, cause: Cause, zxid: i64) -> i64 {
        let path = match cause {
            Cause::Write(write) => {
                let request = self.index.calls[self.lost.writes[write].call].request.as_ref();
                request.and_then(|request| model::subjects(request).first().copied())
            }
            Cause::End(session) => self.tree.ephemerals(session).next(),
        };
        let parent = path.and_then(parent_of).and_then(|parent| self.tree.node(parent));
        parent.map_or(zxid, |parent| parent.stat().pzxid)
    }

    fn carry_out(&mut self, cause: Cause, zxid: i64) -> Done {
        match cause {
            Cause::End(session) => model::end(&mut self.tree, session, zxid),
            Cause::Write(write) => {
                let call = &self.index.calls[self.lost.writes[write].call];
                let request = call.request.as_ref().unwrap_or(&AnyRequest::Ping);
                model::write(&mut self.tree, request, call.session, zxid)
            }
        }
    }

    /// It has happened.
    fn settle(&mut self, cause: Cause, zxid: i64) {
        match cause {
            Cause::Write(write) => self.lost.writes[write].fate = Guess::Applied,
            Cause::End(session) => {
                self.report.expired += 1;
                self.ended.insert(session, zxid);
            }
        }
    }
}

impl Cause {
    /// The nodes of a session go in no order.
    fn certainty(self) -> Certainty {
        match self {
            Self::Write(_) => Certainty::Sure,
            Self::End(_) => Certainty::AnyOrder,
        }
    }
}
