//! What servers do and say, by the data tree.

use zk_proto::{
    AnyRequest, Check, Create, CreateWithStat, Delete, ErrorCode, Operation, ReadOperation, SetAcl,
    SetData,
};
use zk_server::tree::{Applied, Caller, Change, Stamp, Tree, Znode};

use super::seen::Seen;

/// A transaction that was carried out.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) changes: Vec<Change>,
    applied: Vec<Applied>,
    /// What is answered.
    pub(super) seen: Seen,
}

/// Carries a write out; one that is refused changes nothing.
pub(super) fn write(tree: &mut Tree, request: &AnyRequest<'_>, session: i64, zxid: i64) -> Done {
    let caller = Caller { session, identities: &[] };
    let at = Stamp { zxid, time: 0 };
    let mut done = Done { changes: Vec::new(), applied: Vec::new(), seen: Seen::Done };
    let mut results = Vec::new();
    for (index, step) in steps(request).into_iter().enumerate() {
        match step.prepare(tree, &caller) {
            Ok(change) => {
                done.applied.push(tree.apply(&change, at));
                results.push(step.answer(tree, &change));
                done.changes.push(change);
            }
            Err(code) => {
                undo(tree, done);
                let seen = Seen::Refused(index, code);
                return Done { changes: Vec::new(), applied: Vec::new(), seen };
            }
        }
    }
    done.seen = if let AnyRequest::Multi(_) = request {
        Seen::Results(results)
    } else {
        results.pop().unwrap_or(Seen::Done)
    };
    done
}

/// Deletes what a session leaves when it ends.
pub(super) fn end(tree: &mut Tree, session: i64, zxid: i64) -> Done {
    let paths: Vec<Box<str>> = tree.ephemerals(session).map(Box::from).collect();
    let changes: Vec<_> = paths.into_iter().map(|path| Change::Delete { path }).collect();
    let at = Stamp { zxid, time: 0 };
    let applied = changes.iter().map(|change| tree.apply(change, at)).collect();
    Done { changes, applied, seen: Seen::Done }
}

/// Takes a transaction back: the last one first.
pub(super) fn undo(tree: &mut Tree, done: Done) {
    done.applied.into_iter().rev().for_each(|applied| tree.undo(applied));
}

/// The paths that a request is about, one for each of its operations.
#[expect(clippy::wildcard_enum_match_arm, reason = "requests are an open set")]
pub(super) fn subjects<'a>(request: &AnyRequest<'a>) -> Vec<&'a str> {
    match request {
        AnyRequest::Exists(exists, _) => vec![exists.path],
        AnyRequest::GetData(get, _) => vec![get.path],
        AnyRequest::GetAcl(get) => vec![get.path],
        AnyRequest::GetChildren(get, _) => vec![get.path],
        AnyRequest::GetChildrenWithStat(get, _) => vec![get.path],
        AnyRequest::GetAllChildrenNumber(get) => vec![get.path],
        AnyRequest::GetEphemerals(get) => vec![get.prefix],
        AnyRequest::MultiRead(reads) => {
            let path = |read: &ReadOperation<'a>| match read {
                ReadOperation::GetData(get) => get.path,
                ReadOperation::GetChildren(get) => get.path,
                _ => "",
            };
            reads.operations().iter().map(path).collect()
        }
        write => steps(write).into_iter().map(|step| step.path()).collect(),
    }
}

/// The node that an answer shows whole: with its stat, or missing.
pub(super) fn shown_by<'a>(request: &AnyRequest<'a>, seen: &Seen) -> Option<&'a str> {
    let path = subjects(request).into_iter().next()?;
    match seen {
        Seen::Stat(_) | Seen::Node(..) | Seen::Acl(..) | Seen::Children(_, Some(_)) => Some(path),
        Seen::Refused(_, ErrorCode::NoNode) if is_read(request) => Some(path),
        Seen::Refused(..) | Seen::Done | Seen::Created(..) | Seen::Children(_, None) => None,
        Seen::Count(_) | Seen::Paths(_) | Seen::Results(_) | Seen::Opaque => None,
    }
}

fn is_read(request: &AnyRequest<'_>) -> bool {
    matches!(
        request,
        AnyRequest::Exists(..)
            | AnyRequest::GetData(..)
            | AnyRequest::GetAcl(_)
            | AnyRequest::GetChildren(..)
            | AnyRequest::GetChildrenWithStat(..)
    )
}

/// The data that a write brings.
pub(super) fn data<'a>(request: &AnyRequest<'a>) -> Vec<&'a [u8]> {
    let data = |step: Step<'_, 'a>| match step {
        Step::Create(create, _) => create.data,
        Step::SetData(set) => set.data,
        Step::Delete(_) | Step::SetAcl(_) | Step::Check(_) => None,
    };
    steps(request).into_iter().filter_map(data).collect()
}

/// What a read finds.
#[expect(clippy::wildcard_enum_match_arm, reason = "requests are an open set")]
pub(super) fn read(tree: &Tree, request: &AnyRequest<'_>, session: i64) -> Seen {
    match request {
        AnyRequest::Exists(exists, _) => found(tree, exists.path, |node| Seen::Stat(node.stat())),
        AnyRequest::GetData(get, _) => found(tree, get.path, node),
        AnyRequest::GetAcl(get) => {
            found(tree, get.path, |node| Seen::Acl(node.acl().to_vec(), node.stat()))
        }
        AnyRequest::GetChildren(get, _) => found(tree, get.path, children),
        AnyRequest::GetChildrenWithStat(get, _) => {
            found(tree, get.path, |node| Seen::names(node.children(), Some(node.stat())))
        }
        AnyRequest::GetAllChildrenNumber(get) => {
            let count = tree.descendants(get.path);
            count.map_or(Seen::Refused(0, ErrorCode::NoNode), Seen::Count)
        }
        AnyRequest::GetEphemerals(get) => {
            let own = tree.ephemerals(session).filter(|path| path.starts_with(get.prefix));
            Seen::Paths(own.map(String::from).collect())
        }
        AnyRequest::MultiRead(reads) => {
            let read = |read: &ReadOperation<'_>| match read {
                ReadOperation::GetData(get) => found(tree, get.path, node),
                ReadOperation::GetChildren(get) => found(tree, get.path, children),
                _ => Seen::Opaque,
            };
            Seen::Results(reads.operations().iter().map(read).collect())
        }
        _ => Seen::Opaque,
    }
}

fn found(tree: &Tree, path: &str, show: impl FnOnce(&Znode) -> Seen) -> Seen {
    tree.node(path).map_or(Seen::Refused(0, ErrorCode::NoNode), show)
}

fn node(node: &Znode) -> Seen {
    Seen::Node(node.data(), node.stat())
}

fn children(node: &Znode) -> Seen {
    Seen::names(node.children(), None)
}

/// One change that a write asks for.
enum Step<'r, 'a> {
    /// With the stat in the answer, or without.
    Create(&'r Create<'a>, bool),
    Delete(&'r Delete<'a>),
    SetData(&'r SetData<'a>),
    SetAcl(&'r SetAcl<'a>),
    Check(&'r Check<'a>),
}

#[expect(clippy::wildcard_enum_match_arm, reason = "requests are an open set")]
fn steps<'r, 'a>(request: &'r AnyRequest<'a>) -> Vec<Step<'r, 'a>> {
    let step = |operation: &'r Operation<'a>| match operation {
        Operation::Create(create) => Some(Step::Create(create, true)),
        Operation::CreateWithStat(CreateWithStat(create)) => Some(Step::Create(create, true)),
        Operation::Delete(delete) => Some(Step::Delete(delete)),
        Operation::SetData(set) => Some(Step::SetData(set)),
        Operation::Check(check) => Some(Step::Check(check)),
        _ => None,
    };
    match request {
        AnyRequest::Create(create) => vec![Step::Create(create, false)],
        AnyRequest::CreateWithStat(CreateWithStat(create)) => vec![Step::Create(create, true)],
        AnyRequest::Delete(delete) => vec![Step::Delete(delete)],
        AnyRequest::SetData(set) => vec![Step::SetData(set)],
        AnyRequest::SetAcl(set) => vec![Step::SetAcl(set)],
        AnyRequest::Multi(multi) => multi.operations().iter().filter_map(step).collect(),
        _ => Vec::new(),
    }
}

impl<'a> Step<'_, 'a> {
    fn prepare(&self, tree: &Tree, caller: &Caller<'_>) -> Result<Change, ErrorCode> {
        match self {
            Self::Create(create, _) => tree.prepare_create(create, caller),
            Self::Delete(delete) => tree.prepare_delete(delete, caller),
            Self::SetData(set) => tree.prepare_set_data(set, caller),
            Self::SetAcl(set) => tree.prepare_set_acl(set, caller),
            Self::Check(check) => tree.prepare_check(check, caller),
        }
    }

    /// What is answered, once it is done.
    fn answer(&self, tree: &Tree, change: &Change) -> Seen {
        let stat = |path| tree.node(path).map(Znode::stat).unwrap_or_default();
        match (self, change) {
            (Self::Create(_, tells), Change::Create { path, .. }) => {
                Seen::Created(path.to_string(), tells.then(|| stat(path)))
            }
            (Self::SetData(_) | Self::SetAcl(_), change) => {
                Seen::Stat(stat(change.path().unwrap_or_default()))
            }
            (Self::Create(..) | Self::Delete(_) | Self::Check(_), _) => Seen::Done,
        }
    }

    fn path(&self) -> &'a str {
        match self {
            Self::Create(create, _) => create.path,
            Self::Delete(delete) => delete.path,
            Self::SetData(set) => set.path,
            Self::SetAcl(set) => set.path,
            Self::Check(check) => check.path,
        }
    }
}
