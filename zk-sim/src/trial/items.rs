//! What is put somewhere, and taken from there.

use std::cell::RefCell;
use std::collections::BTreeMap;

/// The book of a queue: which items were put into it, and which were taken out.
///
/// An item is a number that is put at most once.
#[derive(Debug, Default)]
pub struct Items(RefCell<BTreeMap<u64, Item>>);

#[derive(Clone, Copy, Debug, Default)]
struct Item {
    /// Known to be in the queue.
    added: bool,
    taken: u32,
    /// Somebody may have taken it without knowing.
    perhaps_taken: bool,
}

impl Items {
    /// A number that nobody has put yet. From now on it may be in the queue.
    #[must_use]
    pub fn next(&self) -> u64 {
        let mut items = self.0.borrow_mut();
        let number = items.last_key_value().map_or(0, |(last, _)| last + 1);
        items.insert(number, Item::default());
        number
    }

    /// The item is known to be in the queue.
    pub fn added(&self, item: u64) {
        self.0.borrow_mut().entry(item).or_default().added = true;
    }

    /// Somebody has it.
    pub fn took(&self, item: u64) {
        self.0.borrow_mut().entry(item).or_default().taken += 1;
    }

    /// Somebody may have it, and was not told: an item that is missing is not lost.
    pub fn may_have_taken(&self, item: u64) {
        self.0.borrow_mut().entry(item).or_default().perhaps_taken = true;
    }

    /// How many were taken at least once.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.0.borrow().values().filter(|item| item.taken > 0).count()
    }

    /// No item was taken twice.
    ///
    /// # Errors
    ///
    /// Says which were.
    pub fn none_twice(&self) -> Result<(), String> {
        self.none("taken twice", |item| item.taken > 1)
    }

    /// Each item that is known to have been put in was taken.
    ///
    /// # Errors
    ///
    /// Says which were not.
    pub fn none_lost(&self) -> Result<(), String> {
        self.none("lost", |item| item.added && item.taken == 0 && !item.perhaps_taken)
    }

    fn none(&self, what: &str, is_so: impl Fn(&Item) -> bool) -> Result<(), String> {
        let items = self.0.borrow();
        let wrong: Vec<_> = items.iter().filter(|(_, item)| is_so(item)).map(|(n, _)| n).collect();
        if wrong.is_empty() { Ok(()) } else { Err(format!("{what}: {wrong:?}")) }
    }
}
