//! The missing parents of a node that is to be created.

use std::borrow::Cow;
use std::collections::VecDeque;

use zk_proto::{Acl, Answer, Create, CreateMode, Error, ErrorCode, ErrorKind, OpCode, parent_of};

use super::Cx;

/// How often parents are created that are gone again before the node is: somebody deletes them as
/// fast as that, and is not to be fought for ever.
const ROUNDS: u32 = 10;

/// Creates the parents of a node, from the top down, one after the other on the wire, without
/// waiting in between. Why one could not be created matters only if the node cannot be.
#[derive(Debug)]
pub struct Parents {
    mode: CreateMode,
    acl: Cow<'static, [Acl]>,
    rounds: u32,
    /// By the server's paths, in the order in which their answers come.
    asked: VecDeque<String>,
    trouble: Option<Error>,
}

impl Parents {
    /// They become nodes of this kind, open to everybody; persistent ones instead of containers, where
    /// a server has none (before ZooKeeper 3.5).
    #[must_use]
    pub fn new(mode: CreateMode) -> Self {
        let acl = Acl::OPEN.into();
        Self { mode, acl, rounds: 0, asked: VecDeque::new(), trouble: None }
    }

    /// The same, as nodes of another kind.
    #[must_use]
    pub fn mode(self, mode: CreateMode) -> Self {
        Self { mode, ..self }
    }

    /// The same, with this access control list.
    #[must_use]
    pub fn acl(self, acl: impl Into<Cow<'static, [Acl]>>) -> Self {
        Self { acl: acl.into(), ..self }
    }

    /// They are not created: that one is missing is final.
    #[must_use]
    pub fn none() -> Self {
        Self { rounds: ROUNDS, ..Self::new(CreateMode::Persistent) }
    }

    /// Asks for all parents of a node, of the client's chroot as well, after the node could not be
    /// created for want of one. All answers come with this tag. The node is to be asked for once
    /// more behind them; an error is final.
    pub fn create(
        &mut self,
        cx: &mut Cx<'_>,
        tag: u64,
        path: &str,
        error: Error,
    ) -> Result<(), Error> {
        let parents = parents_of(&cx.chroot().server_path(path));
        match self.trouble.take() {
            Some(trouble) if is_unimplemented(&trouble) && self.mode == CreateMode::Container => {
                self.mode = CreateMode::Persistent;
            }
            Some(trouble) => return Err(trouble),
            None if parents.is_empty() || self.rounds == ROUNDS => return Err(error),
            None => {}
        }
        self.rounds += 1;
        for parent in &parents {
            let create = Create::new(parent, "").mode(self.mode).acl(&*self.acl);
            cx.call_by_server_path(tag, &create);
        }
        self.asked = parents.into();
        Ok(())
    }

    /// The answer to one of them.
    pub fn is_answered(&mut self, cx: &Cx<'_>, answer: Answer) {
        let parent = self.asked.pop_front();
        if let (Err(error), Some(parent)) = (answer, parent) {
            let path = cx.chroot().strip(&parent).unwrap_or(&parent);
            let error = worth_telling(error.about(OpCode::Create, path));
            self.trouble = self.trouble.take().or(error);
        }
    }
}

/// The path of a child.
pub(super) fn join(parent: &str, name: &str) -> String {
    format!("{}/{name}", parent.strip_suffix('/').unwrap_or(parent))
}

/// From the top down, without the root.
fn parents_of(path: &str) -> Vec<String> {
    let up = std::iter::successors(parent_of(path), |parent| parent_of(parent));
    let mut parents: Vec<_> = up.filter(|path| *path != "/").map(String::from).collect();
    parents.reverse();
    parents
}

/// That a parent exists, or has no parent itself, is no explanation. Neither is that its answer was
/// lost: if it is missing, it is created again.
fn worth_telling(error: Error) -> Option<Error> {
    let dull = [Some(ErrorCode::NodeExists), Some(ErrorCode::NoNode)];
    let is_lost = matches!(error.kind(), ErrorKind::ConnectionLost { .. });
    (!is_lost && !dull.contains(&error.code())).then_some(error)
}

fn is_unimplemented(error: &Error) -> bool {
    error.code() == Some(ErrorCode::Unimplemented)
}
