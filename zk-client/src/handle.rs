//! What keeps a session open.

use std::sync::Arc;

use crate::shared::Shared;

/// Clients, watches and guards hold one; the session is closed with the last of them.
#[derive(Debug)]
pub(crate) struct Handle(pub(crate) Arc<Shared>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.close();
    }
}
