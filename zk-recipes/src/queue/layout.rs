//! Where the nodes of a queue are, and what they look like.

use std::cmp::Ordering;
use std::collections::HashSet;

use zk_client::{Children, CreateMode};

use super::framing::Framing;

/// Where the nodes of a queue are, and what they look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The parent of the items.
    pub(super) items: String,
    /// The parent of the claims: ephemeral nodes that have the names of items.
    pub(super) claims: String,
    /// The parent of those who wait in line.
    pub(super) line: String,
    /// What kind of node missing parents become.
    pub(super) parents: CreateMode,
    pub(super) framing: Framing,
    /// What the names of items begin with.
    prefix: &'static str,
    /// How many characters are between that and the number.
    stem: usize,
}

impl Layout {
    /// That of Curator's `SimpleDistributedQueue` and of ZooKeeper's own recipe.
    pub(super) fn simple(path: &str) -> Self {
        Self {
            items: path.to_owned(),
            claims: format!("{path}-claims"),
            line: format!("{path}-line"),
            parents: CreateMode::Container,
            framing: Framing::Raw,
            prefix: "qn-",
            stem: 0,
        }
    }

    /// That of Curator's `DistributedPriorityQueue`, which makes no parents itself, so that those
    /// have to stay.
    pub(super) fn priority(path: &str) -> Self {
        Self {
            claims: format!("{path}-locks"),
            parents: CreateMode::Persistent,
            framing: Framing::Curator,
            prefix: "queue-",
            stem: PRIORITY_DIGITS,
            ..Self::simple(path)
        }
    }

    /// That of kazoo's `LockingQueue`, which makes no parents twice.
    pub(super) fn locking(path: &str) -> Self {
        let path = path.strip_suffix('/').unwrap_or(path);
        Self {
            items: format!("{path}/entries"),
            claims: format!("{path}/taken"),
            line: format!("{path}/line"),
            parents: CreateMode::Persistent,
            framing: Framing::Raw,
            prefix: "entry-",
            stem: "100-".len(),
        }
    }

    /// What a new item is created with; `stem` is what its kind of queue sorts by first.
    pub(super) fn new_item(&self, stem: &str) -> String {
        join(&self.items, &format!("{}{stem}", self.prefix))
    }

    pub(super) fn item(&self, name: &str) -> String {
        join(&self.items, name)
    }

    pub(super) fn claim(&self, name: &str) -> String {
        join(&self.claims, name)
    }

    /// The stem of an item's name, and its number.
    fn parse<'n>(&self, name: &'n str) -> Option<(&'n str, i32)> {
        let (stem, number) = name.strip_prefix(self.prefix)?.split_at_checked(self.stem)?;
        let is_number = number.len() >= 10 && !number.starts_with('+');
        Some((stem, number.parse().ok().filter(|_| is_number)?))
    }

    pub(super) fn stem<'n>(&self, name: &'n str) -> &'n str {
        self.parse(name).map_or("", |(stem, _)| stem)
    }

    pub(super) fn count(&self, items: &Children) -> usize {
        items.iter().filter(|name| self.parse(name).is_some()).count()
    }

    /// The items that nobody has claimed, the next one first.
    pub(super) fn unclaimed(&self, items: &Children, claims: &Children) -> Vec<String> {
        let claimed: HashSet<&str> = claims.iter().collect();
        let free = items.iter().filter(|name| !claimed.contains(name));
        let mut free: Vec<_> = free.filter_map(|name| Some((self.parse(name)?, name))).collect();
        let near = free.first().map_or(0, |((_, number), _)| *number);
        free.sort_by(|(one, _), (other, _)| order(*one, *other, near));
        free.into_iter().map(|(_, name)| name.to_owned()).collect()
    }
}

/// Eight hexadecimal digits, and before them one that sorts the negative ones first.
const PRIORITY_DIGITS: usize = 9;

/// The lower one comes first, as Curator writes it.
pub(super) fn priority_stem(priority: i32) -> String {
    format!("{}{priority:08X}", u8::from(priority >= 0))
}

/// By stem, then by number. The server's counter wraps: the order of two numbers is that of their
/// distances from a third that is near.
fn order(one: (&str, i32), other: (&str, i32), near: i32) -> Ordering {
    let distance = |number: i32| number.wrapping_sub(near);
    one.0.cmp(other.0).then_with(|| distance(one.1).cmp(&distance(other.1)))
}

pub(super) fn join(parent: &str, name: &str) -> String {
    format!("{}/{name}", parent.strip_suffix('/').unwrap_or(parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(layout: &Layout, names: &[&str]) -> Vec<String> {
        let names = Children::from_names(names.iter().copied());
        layout.unclaimed(&names, &Children::default())
    }

    #[test]
    fn l4_items_are_sorted_by_number_also_where_the_counter_wraps() {
        let layout = Layout::simple("/q");
        let names = ["qn--2147483648", "qn-2147483647", "other", "qn-", "qn-0000000001x"];
        assert_eq!(sorted(&layout, &names), ["qn-2147483647", "qn--2147483648"]);
    }

    #[test]
    fn the_lowest_priority_number_comes_first_and_then_the_oldest() {
        let layout = Layout::priority("/q");
        let stems = [i32::MIN, -1, 0, 1, 17, i32::MAX].map(priority_stem);
        let curators =
            ["080000000", "0FFFFFFFF", "100000000", "100000001", "100000011", "17FFFFFFF"];
        assert_eq!(stems, curators);
        let names = [
            "queue-1000000110000000002",
            "queue-1000000000000000009",
            "queue-0FFFFFFFF-2147483648",
        ];
        assert_eq!(sorted(&layout, &names), [names[2], names[1], names[0]]);
    }

    #[test]
    fn what_is_claimed_is_left_out() {
        let layout = Layout::locking("/q");
        let items = Children::from_names(["entry-100-0000000001", "entry-100-0000000000"]);
        let claims = Children::from_names(["entry-100-0000000000"]);
        assert_eq!(layout.unclaimed(&items, &claims), ["entry-100-0000000001"]);
        assert_eq!(layout.count(&items), 2);
        let urgent = sorted(&layout, &["entry-100-0000000001", "entry-010-1000000002"]);
        assert_eq!(urgent, ["entry-010-1000000002", "entry-100-0000000001"]);
    }
}
