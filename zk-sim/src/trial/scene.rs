//! What can be looked at when a story has ended.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use zk_server::tree::Tree;

use super::books::Books;
use super::items::Items;

/// What can be looked at when a story has ended.
pub struct Scene<'a> {
    pub(super) tree: &'a Tree,
    pub(super) books: &'a Books,
}

impl Scene<'_> {
    /// The data tree, as the servers have it.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        self.tree
    }

    /// What was put somewhere and taken from there.
    #[must_use]
    pub fn items(&self) -> &Items {
        &self.books.items
    }

    /// What the programs share.
    #[must_use]
    pub fn shared<T: Default + 'static>(&self) -> Rc<RefCell<T>> {
        self.books.shared()
    }
}

impl fmt::Debug for Scene<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scene").finish_non_exhaustive()
    }
}
