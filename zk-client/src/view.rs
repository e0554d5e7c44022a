//! How a caller sees the tree, and what it holds.

use std::sync::Arc;
use std::time::Duration;

use zk_proto::{Chroot, PathError, Scope};

use crate::shared::Shared;

/// How a caller sees the tree, and how long it waits.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    pub(crate) chroot: Chroot,
    pub(crate) timeout: Option<Duration>,
}

impl View {
    /// What concerns any request of this view, asked for at this moment.
    pub(crate) fn scope(&self, shared: &Shared) -> Scope<'_> {
        let deadline = shared.deadline(self.timeout);
        Scope { chroot: &self.chroot, deadline, ..Scope::default() }
    }
}

/// What keeps a session open: the session is closed with the last of these.
#[derive(Debug)]
pub(crate) struct Handle(pub(crate) Arc<Shared>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// What clients, replies and watches share: a hold on the session, and a view of it.
#[derive(Debug)]
pub(crate) struct Hold {
    pub(crate) handle: Arc<Handle>,
    /// A chroot that is no path is told by each call.
    pub(crate) view: Result<View, PathError>,
}

impl Hold {
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.handle.0
    }

    /// The part of the tree that is seen: all of it, if that could not be told.
    pub(crate) fn chroot(&self) -> &Chroot {
        const ALL: &Chroot = &Chroot::ALL;
        self.view.as_ref().map_or(ALL, |view| &view.chroot)
    }
}
