//! Whether an answer is true, and as of which transaction.

use zk_client::{ChangeKind, Children, ErrorCode, Node, Read, Stat};

use super::history::State;
use super::oracle::{Asked, Oracle, Verdict};

pub(super) fn created(
    oracle: &mut Oracle,
    asked: &Asked,
    root: &str,
    path: &str,
    stat: Option<Stat>,
) -> Verdict {
    let zxid = oracle.done(asked, (asked.number, 0))?;
    let full = if path == "/" { root.to_owned() } else { format!("{root}{path}") };
    let written = oracle.history.written((asked.number, 0));
    match written {
        Some(written) if *written.path == *full => {}
        Some(_) | None => return Err(format!("created as {path}, but was {written:?}")),
    }
    match stat {
        Some(stat) if stat.czxid != zxid => Err(format!("created at {zxid:#x}, but has {stat:?}")),
        Some(_) | None => Ok(Some(zxid)),
    }
}

pub(super) fn set(oracle: &mut Oracle, asked: &Asked, stat: &Stat) -> Verdict {
    let zxid = oracle.done(asked, (asked.number, 0))?;
    let state = oracle.history.at(&asked.path, zxid).map(|state| state.stat);
    match state {
        Some(then) if then.mzxid == stat.mzxid && then.version == stat.version => Ok(Some(zxid)),
        Some(_) | None => Err(format!("answered {stat:?}, but it was {state:?}")),
    }
}

pub(super) fn deleted(oracle: &mut Oracle, asked: &Asked) -> Verdict {
    let changes = oracle.history.changes_after(&asked.path, oracle.seen(asked)).iter();
    let deletions = changes.filter(|change| change.kind == ChangeKind::Deleted);
    let deletions: Vec<_> = deletions.map(|change| change.zxid).collect();
    let (Some(first), Some(last)) = (deletions.first(), deletions.last()) else {
        return Err("said to be deleted, but was not".into());
    };
    // If others delete the node as well, it is one of those: the last is late enough for sure.
    if *last <= asked.floor {
        return Err(format!("deleted at {last:#x}, before it was asked for"));
    }
    Ok(Some(*first))
}

pub(super) fn acl_set(oracle: &mut Oracle, asked: &Asked, stat: &Stat) -> Verdict {
    let is_it = |state: Option<&State>| state.is_some_and(|state| state.stat == *stat);
    let zxid = oracle.history.first(&asked.path, oracle.seen(asked), is_it);
    let Some(zxid) = zxid else { return Err(format!("answered {stat:?}, which never was")) };
    Ok(Some(zxid))
}

pub(super) fn node(oracle: &Oracle, asked: &Asked, node: &Node) -> Verdict {
    as_of(oracle, asked, &asked.path, oracle.seen(asked), &format!("{:?}", node.stat), |state| {
        state.is_some_and(|state| {
            state.stat == node.stat && state.data.as_deref().unwrap_or_default() == &*node.data
        })
    })
}

pub(super) fn stat(oracle: &Oracle, asked: &Asked, stat: Option<&Stat>) -> Verdict {
    as_of(oracle, asked, &asked.path, oracle.seen(asked), &format!("{stat:?}"), |state| {
        state.map(|state| &state.stat) == stat
    })
}

pub(super) fn children(
    oracle: &Oracle,
    asked: &Asked,
    children: &Children,
    stat: Option<&Stat>,
) -> Verdict {
    let names = sorted(children);
    as_of(oracle, asked, &asked.path, oracle.seen(asked), &format!("{names:?} {stat:?}"), |state| {
        state.is_some_and(|state| {
            same_names(state, &names) && stat.is_none_or(|stat| state.stat == *stat)
        })
    })
}

/// Data of the first path, and the children of a second one.
pub(super) fn several(
    oracle: &Oracle,
    asked: &Asked,
    second: &str,
    results: &[Result<Read, ErrorCode>],
) -> Verdict {
    let mut seen = oracle.seen(asked);
    if results.len() != 2 {
        return Err(format!("{} results for two reads", results.len()));
    }
    for (path, result) in [&*asked.path, second].into_iter().zip(results) {
        let found = as_of(oracle, asked, path, seen, &format!("{result:?}"), |state| {
            match (result, state) {
                (Ok(Read::Data(node)), Some(state)) => node.stat == state.stat,
                (Ok(Read::Children(children)), Some(state)) => same_names(state, &sorted(children)),
                (Err(ErrorCode::NoNode), None) => true,
                _ => false,
            }
        })?;
        seen = found.unwrap_or(seen);
    }
    Ok(Some(seen))
}

/// All or nothing, and at once.
pub(super) fn transaction(
    oracle: &mut Oracle,
    asked: &Asked,
    operations: usize,
    results: usize,
) -> Verdict {
    if operations != results {
        return Err(format!("{results} results for {operations} operations"));
    }
    let places = [0, 1].map(|place| oracle.history.written((asked.number, place)).cloned());
    let zxids: Vec<_> = places.iter().flatten().map(|written| written.zxid).collect();
    let Some(zxid) = zxids.first().copied() else {
        return Err("said to be done, but was not".into());
    };
    if zxids.iter().any(|other| *other != zxid) {
        return Err(format!("done in two transactions: {places:?}"));
    }
    oracle.done_at(asked, zxid).map(Some)
}

fn as_of(
    oracle: &Oracle,
    asked: &Asked,
    path: &str,
    seen: i64,
    answer: &str,
    is_like: impl Fn(Option<&State>) -> bool,
) -> Verdict {
    match oracle.history.first(path, seen, &is_like) {
        Some(zxid) => Ok(Some(zxid)),
        None if oracle.history.first(path, 0, is_like).is_some() => {
            Err(format!("answered {answer}: older than what it has seen"))
        }
        None => Err(format!(
            "answered {answer}: {} never was like that (operation {})",
            path, asked.number
        )),
    }
}

fn sorted(children: &Children) -> Vec<Box<str>> {
    let mut names: Vec<_> = children.iter().map(Box::from).collect();
    names.sort_unstable();
    names
}

fn same_names(state: &State, names: &[Box<str>]) -> bool {
    let mut then = state.children.clone();
    then.sort_unstable();
    then == names
}
