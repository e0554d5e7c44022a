//! What a watch has told, held against what it had to tell.

use zk_client::{Change, ChangeKind, Ended};

use super::history::{self, History};

#[cfg(test)]
mod tests;

/// A watch that was set.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) id: u64,
    /// By the server's path.
    path: String,
    kind: Kind,
    stage: Stage,
    /// A slow reader: what it was told cannot be known at once.
    is_slow: bool,
    /// It was set after this transaction for sure.
    after: i64,
}

/// What a watch is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of a node that exists.
    Data,
    /// Of a node that does not.
    Creation,
    Children,
    Persistent,
    Recursive,
}

/// How far it has come.
#[derive(Debug)]
enum Stage {
    /// It tells of the first change after this transaction.
    Armed {
        since: i64,
    },
    /// It has told of it.
    Fired,
    /// It tells of all changes.
    Following(Following),
    Over,
}

#[derive(Debug)]
struct Following {
    /// It has to tell of all changes after this transaction; unknown after a gap, until something
    /// was read again.
    base: Option<i64>,
    /// Operations after this one count as reading again.
    gap: u64,
    /// What it has told since.
    told: Vec<(ChangeKind, String, Option<i64>)>,
    last: i64,
}

impl Watched {
    pub(crate) fn new(id: u64, path: String, kind: Kind, since: i64) -> Self {
        let stage = match kind {
            Kind::Data | Kind::Creation | Kind::Children => Stage::Armed { since },
            Kind::Persistent | Kind::Recursive => {
                let told = Vec::new();
                Stage::Following(Following { base: Some(since), gap: 0, told, last: 0 })
            }
        };
        Self { id, path, kind, stage, is_slow: false, after: 0 }
    }

    /// It was set after this transaction for sure.
    pub(crate) fn after(self, zxid: i64) -> Self {
        Self { after: zxid, ..self }
    }

    pub(crate) fn slow(self) -> Self {
        Self { is_slow: true, ..self }
    }

    /// It has told something; `path` is the server's.
    pub(crate) fn told(
        &mut self,
        history: &History,
        change: &Change,
        path: String,
        last_op: u64,
    ) -> Result<(), String> {
        self.check_truth(history, change, &path)?;
        match &mut self.stage {
            Stage::Armed { .. } => self.stage = Stage::Fired,
            Stage::Fired => return Err(format!("{self} told {change:?} after its one change")),
            Stage::Over => return Err(format!("{self} told {change:?} after its end")),
            Stage::Following(following) => {
                if let Err(wrong) = following.told(history, change, path, last_op) {
                    return Err(format!("{self} {wrong}"));
                }
            }
        }
        Ok(())
    }

    /// What it tells has happened.
    fn check_truth(&self, history: &History, change: &Change, path: &str) -> Result<(), String> {
        let is_in_scope = match self.kind {
            Kind::Recursive => {
                path == self.path
                    || path.starts_with(&format!("{}/", self.path.trim_end_matches('/')))
            }
            Kind::Data | Kind::Creation | Kind::Children | Kind::Persistent => path == self.path,
        };
        if !is_in_scope {
            return Err(format!("{self} told {change:?}, which is not about it"));
        }
        let is_it = |past: &history::Change| match (change.kind, change.zxid) {
            (ChangeKind::Resync, _) => true,
            (kind, Some(zxid)) => past.kind == kind && past.zxid == zxid,
            // Several changes while the connection was down are told as one.
            (ChangeKind::DataChanged, None) => past.kind != ChangeKind::ChildrenChanged,
            (ChangeKind::ChildrenChanged, None) => past.kind != ChangeKind::DataChanged,
            (kind, None) => past.kind == kind,
        };
        let is_true = change.kind == ChangeKind::Resync
            || history.changes_after(path, self.after).iter().any(is_it);
        if is_true { Ok(()) } else { Err(format!("{self} told {change:?}, which did not happen")) }
    }

    /// It has ended, in its own words.
    pub(crate) fn ended(&mut self, how: Option<Ended>) -> Result<(), String> {
        match (how, &self.stage) {
            (Some(Ended::Fired), Stage::Fired) | (Some(Ended::SessionOver(_)), _) => {
                self.stage = Stage::Over;
                Ok(())
            }
            _ => Err(format!("{self} ended with {how:?}")),
        }
    }

    /// Its holder has dropped it.
    pub(crate) fn dropped(&mut self) {
        self.stage = Stage::Over;
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// Something was read, or written, at this transaction at the latest.
    pub(crate) fn read_again(&mut self, op: u64, zxid: i64) {
        if let Stage::Following(following) = &mut self.stage
            && following.base.is_none()
            && op > following.gap
        {
            following.base = Some(zxid);
            following.told.clear();
        }
    }

    /// The session has seen the data as of `seen`: so it must have told of all changes up to it.
    /// After it was away, its watches were set again at `set_again` last.
    pub(crate) fn check(
        &mut self,
        history: &History,
        seen: i64,
        set_again: i64,
    ) -> Result<(), String> {
        if self.is_slow {
            return Ok(());
        }
        match &mut self.stage {
            Stage::Armed { since } => {
                let changes = history.changes_after(&self.path, *since).iter();
                // A node that came and went while nobody looked is not told of.
                let has_gone =
                    self.kind == Kind::Creation && history.at(&self.path, set_again).is_none();
                let missed = changes
                    .take_while(|change| change.zxid <= seen)
                    .filter(|change| self.kind.sees(change.kind))
                    .find(|change| !has_gone || change.zxid > set_again);
                match missed {
                    Some(change) => {
                        Err(format!("{self} has not told of {change:?}, and {seen:#x} is seen"))
                    }
                    None => Ok(()),
                }
            }
            Stage::Following(following) => {
                let missed = following.missed(history, &self.path, self.kind, seen);
                match missed {
                    Some(missed) => {
                        Err(format!("{self} has not told of {missed}; {seen:#x} is seen"))
                    }
                    None => Ok(()),
                }
            }
            Stage::Fired | Stage::Over => Ok(()),
        }
    }
}

impl Following {
    fn told(
        &mut self,
        history: &History,
        change: &Change,
        path: String,
        last_op: u64,
    ) -> Result<(), String> {
        if change.kind == ChangeKind::Resync {
            (self.base, self.gap) = (None, last_op);
            self.told.clear();
            self.last = 0;
            return Ok(());
        }
        if let Some(zxid) = change.zxid {
            if zxid < self.last {
                return Err(format!("told {change:?} after one of {:#x}", self.last));
            }
            self.last = zxid;
        }
        if let Some(zxid) = change.zxid {
            // One transaction can change the same several times.
            let past = history.changes_after(&path, zxid - 1).iter();
            let same = past.filter(|past| past.zxid == zxid && past.kind == change.kind).count();
            let is_it = |(kind, told, at): &&(ChangeKind, String, Option<i64>)| {
                (*kind, at, &**told) == (change.kind, &change.zxid, &*path)
            };
            if self.told.iter().filter(is_it).count() >= same {
                return Err(format!("told {change:?} twice"));
            }
        }
        self.told.push((change.kind, path, change.zxid));
        Ok(())
    }

    fn missed(&mut self, history: &History, path: &str, kind: Kind, seen: i64) -> Option<String> {
        let base = self.base.filter(|base| *base < seen)?;
        let check = |path: &str| {
            let changes = history.changes_after(path, base).iter();
            let due = changes
                .take_while(|change| change.zxid <= seen)
                .find(|change| kind.sees(change.kind) && !self.has_told(path, **change));
            due.map(|change| format!("{change:?} of {path}"))
        };
        let missed = match kind {
            Kind::Recursive => history.tree_of(path).find_map(check),
            Kind::Data | Kind::Creation | Kind::Children | Kind::Persistent => check(path),
        };
        self.base = Some(seen);
        self.told.retain(|(.., zxid)| zxid.is_some_and(|zxid| zxid > seen - KEPT));
        missed
    }

    fn has_told(&self, path: &str, change: history::Change) -> bool {
        self.told.iter().any(|(kind, told, zxid)| {
            let is_then = zxid.is_none_or(|zxid| zxid == change.zxid);
            *kind == change.kind && told == path && is_then
        })
    }
}

/// What was told of this many of the latest transactions is kept, to find what is told twice.
const KEPT: i64 = 64;

impl Kind {
    fn sees(self, change: ChangeKind) -> bool {
        match change {
            ChangeKind::Created => {
                matches!(self, Self::Creation | Self::Persistent | Self::Recursive)
            }
            ChangeKind::DataChanged => {
                matches!(self, Self::Data | Self::Persistent | Self::Recursive)
            }
            ChangeKind::Deleted => !matches!(self, Self::Creation),
            ChangeKind::ChildrenChanged => matches!(self, Self::Children | Self::Persistent),
            ChangeKind::Resync | _ => false,
        }
    }
}

impl std::fmt::Display for Watched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the {:?} watch {} of {} ({:?})", self.kind, self.id, self.path, self.stage)
    }
}
