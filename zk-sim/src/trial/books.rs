//! What programs have said of themselves.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::holders::Holders;
use super::items::Items;
use crate::tally::Tally;

#[derive(Default)]
pub(super) struct Books {
    pub(super) holders: Holders,
    pub(super) items: Items,
    pub(super) tally: RefCell<Tally>,
    failure: RefCell<Option<String>>,
    shared: RefCell<BTreeMap<TypeId, Rc<dyn Any>>>,
}

impl Books {
    /// Only the first matters.
    pub(super) fn fail(&self, what: String) {
        self.failure.borrow_mut().get_or_insert(what);
    }

    pub(super) fn take_failure(&self) -> Option<String> {
        self.failure.borrow_mut().take()
    }

    pub(super) fn shared<T: Default + 'static>(&self) -> Rc<RefCell<T>> {
        let mut shared = self.shared.borrow_mut();
        let entry = shared.entry(TypeId::of::<T>());
        let made: Rc<dyn Any> =
            entry.or_insert_with(|| Rc::new(RefCell::new(T::default()))).clone();
        made.downcast().unwrap_or_default()
    }
}
