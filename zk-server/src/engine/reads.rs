//! Requests that change no node.

use zk_proto::wire::{put_int, put_strings, put_vector};
use zk_proto::{
    AclOf, AnyRequest, Children, ClientInfo, ErrorCode, Listing, MultiRead, Node, Permissions,
    Read, ReadOperation, Record, encode_read_results,
};

use super::answer::Reply;
use super::watches::Kinds;
use super::{ConnectionId, Engine};
use crate::tree::{Caller, Identity, Tree, Znode, demand, masked, permits};

impl Engine {
    /// Answers from what the member has seen, and leaves the watch that the request asks for.
    #[expect(clippy::wildcard_enum_match_arm, reason = "requests are an open set")]
    pub(super) fn read(&mut self, id: ConnectionId, request: &AnyRequest<'_>) -> Reply {
        let Some(open) = self.connections.get(&id) else {
            return Reply::error(0, ErrorCode::SystemError);
        };
        let tree = self.view(open.member);
        let caller = Caller { session: open.session().unwrap_or(0), identities: &open.identities };
        let result = match request {
            AnyRequest::AddWatch(_) => Ok(vec![0; 4]),
            AnyRequest::CheckWatches(check) => {
                self.check_watches(id, check.path, check.kind.into())
            }
            AnyRequest::RemoveWatches(remove) => {
                return self.remove_watches(id, remove.path, remove.kind.into());
            }
            AnyRequest::WhoAmI => Ok(who_is(&open.identities)),
            request => look_up(tree, &caller, request),
        };
        let zxid = tree.zxid();
        let result = match watch(request, &result) {
            Some((path, kinds)) => self.add_watch(id, path, kinds).and(result),
            None => result,
        };
        Reply::of(zxid, result)
    }

    /// Leaves a watch.
    pub(super) fn add_watch(
        &mut self,
        id: ConnectionId,
        path: &str,
        kinds: Kinds,
    ) -> Result<(), ErrorCode> {
        let most = self.config.limits.watches;
        let Some(member) = self.connections.get(&id).map(|open| open.member) else {
            return Ok(());
        };
        let Some(member) = self.members.get_mut(member) else { return Ok(()) };
        if member.watches.count(id) >= most && !member.watches.has(id, path, Kinds::ALL) {
            return Err(ErrorCode::SystemError);
        }
        member.watches.add(id, path, kinds);
        Ok(())
    }

    fn check_watches(
        &self,
        id: ConnectionId,
        path: &str,
        kinds: Kinds,
    ) -> Result<Vec<u8>, ErrorCode> {
        let member = self.connections.get(&id).and_then(|open| self.members.get(open.member));
        match member.is_some_and(|member| member.watches.has(id, path, kinds)) {
            true => Ok(Vec::new()),
            false => Err(ErrorCode::NoWatcher),
        }
    }

    fn remove_watches(&mut self, id: ConnectionId, path: &str, kinds: Kinds) -> Reply {
        let zxid = self.seen(id);
        let member = self.connections.get(&id).map(|open| open.member);
        let member = member.and_then(|member| self.members.get_mut(member));
        match member.is_some_and(|member| member.watches.remove(id, path, kinds)) {
            true => Reply::new(zxid, Vec::new()),
            false => Reply::error(zxid, ErrorCode::NoWatcher),
        }
    }
}

/// The watch that a request leaves, given how it was answered: a failed read leaves none, but for
/// one that asks whether a node exists.
fn watch<'a>(
    request: &AnyRequest<'a>,
    result: &Result<Vec<u8>, ErrorCode>,
) -> Option<(&'a str, Kinds)> {
    match (request, result) {
        (AnyRequest::AddWatch(add), Ok(_)) => Some((add.path, add.mode.into())),
        (AnyRequest::Exists(exists, true), Ok(_) | Err(ErrorCode::NoNode)) => {
            Some((exists.path, Kinds::DATA))
        }
        (AnyRequest::GetData(get, true), Ok(_)) => Some((get.path, Kinds::DATA)),
        (AnyRequest::GetChildren(get, true), Ok(_)) => Some((get.path, Kinds::CHILDREN)),
        (AnyRequest::GetChildrenWithStat(get, true), Ok(_)) => Some((get.path, Kinds::CHILDREN)),
        _ => None,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "requests are an open set")]
fn look_up(
    tree: &Tree,
    caller: &Caller<'_>,
    request: &AnyRequest<'_>,
) -> Result<Vec<u8>, ErrorCode> {
    let mut body = Vec::new();
    match request {
        AnyRequest::Exists(exists, _) if exists.path.contains('\0') => {
            return Err(ErrorCode::BadArguments);
        }
        AnyRequest::Exists(exists, _) => {
            readable(tree, caller, exists.path)?.stat().encode(&mut body);
        }
        AnyRequest::GetData(get, _) => data(tree, caller, get.path)?.encode(&mut body),
        AnyRequest::GetChildren(get, _) => children(tree, caller, get.path)?.encode(&mut body),
        AnyRequest::GetChildrenWithStat(get, _) => {
            let children = children(tree, caller, get.path)?;
            let stat = readable(tree, caller, get.path)?.stat();
            Listing::new(children, stat).encode(&mut body);
        }
        AnyRequest::GetAllChildrenNumber(get) => {
            readable(tree, caller, get.path)?;
            let number = tree.descendants(get.path).unwrap_or(0);
            // Under the empty path, the root counts as one of them.
            let number = number.saturating_add(usize::from(get.path.is_empty()));
            put_int(&mut body, i32::try_from(number).unwrap_or(i32::MAX));
        }
        AnyRequest::GetEphemerals(get) => {
            let paths = tree.ephemerals(caller.session).filter(|path| path.starts_with(get.prefix));
            put_strings(&mut body, &paths.collect::<Vec<_>>());
        }
        AnyRequest::GetAcl(get) => acl(tree, caller, get.path)?.encode(&mut body),
        AnyRequest::MultiRead(reads) => {
            encode_read_results(&mut body, &read_all(tree, caller, reads));
        }
        _ => return Err(ErrorCode::Unimplemented),
    }
    Ok(body)
}

fn read_all(
    tree: &Tree,
    caller: &Caller<'_>,
    reads: &MultiRead<'_>,
) -> Vec<Result<Read, ErrorCode>> {
    let read = |read: &ReadOperation<'_>| match read {
        ReadOperation::GetData(get) => {
            data(tree, caller, get.path).map(|node| Read::Data(Box::new(node)))
        }
        ReadOperation::GetChildren(get) => children(tree, caller, get.path).map(Read::Children),
        _ => Err(ErrorCode::Unimplemented),
    };
    reads.operations().iter().map(read).collect()
}

/// The node, if the caller may read it.
fn readable<'t>(tree: &'t Tree, caller: &Caller<'_>, path: &str) -> Result<&'t Znode, ErrorCode> {
    let node = tree.node(path).ok_or(ErrorCode::NoNode)?;
    demand(node, caller, Permissions::READ)?;
    Ok(node)
}

fn data(tree: &Tree, caller: &Caller<'_>, path: &str) -> Result<Node, ErrorCode> {
    let node = readable(tree, caller, path)?;
    Ok(Node::new(node.data(), node.stat()))
}

fn children(tree: &Tree, caller: &Caller<'_>, path: &str) -> Result<Children, ErrorCode> {
    Ok(Children::from_names(readable(tree, caller, path)?.children()))
}

/// The list, without hashes for who may only read the node.
fn acl(tree: &Tree, caller: &Caller<'_>, path: &str) -> Result<AclOf, ErrorCode> {
    let node = tree.node(path).ok_or(ErrorCode::NoNode)?;
    demand(node, caller, Permissions::READ | Permissions::ADMIN)?;
    let acl = match permits(node.acl(), *caller, Permissions::ADMIN) {
        true => node.acl().to_vec(),
        false => masked(node.acl()),
    };
    Ok(AclOf::new(acl, node.stat()))
}

fn who_is(identities: &[Identity]) -> Vec<u8> {
    let mut body = Vec::new();
    put_vector(&mut body, identities, |out, identity| {
        ClientInfo::new(identity.scheme, identity.user().to_owned()).encode(out);
    });
    body
}
