//! Who is first in line.

use zk_client::{Children, Error};

use crate::sequence::Sequence;

/// Who is first in line: what makes one recipe of contenders another.
pub(crate) trait Rule: Send + 'static {
    /// Where the node with this name stands among all children of its parent.
    fn place(&self, own: &str, children: &Children) -> Place;
}

/// Where a contender stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It has what it wants.
    First,
    /// It has to wait until this node is gone, at least.
    Behind(String),
    /// It has to wait until there are fewer nodes, whichever goes.
    Crowded,
    /// Its node is not there.
    Missing,
    /// It will never have it.
    Never(Error),
}

/// In the order of their numbers, one has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InLine {
    /// What the number of a contender follows, each way that it is written. Other nodes do not count.
    pub(crate) marks: &'static [&'static str],
}

impl InLine {
    /// The number of a node, if it is one of a contender.
    pub(crate) fn number(self, name: &str) -> Option<Sequence> {
        self.marks.iter().find_map(|mark| Sequence::after(name, mark))
    }
}

impl Rule for InLine {
    fn place(&self, own: &str, children: &Children) -> Place {
        self.number(own).map_or(Place::Missing, |number| {
            place(own, number, children.iter().filter_map(|name| Some((name, self.number(name)?))))
        })
    }
}

/// Where the one with this name and number stands: behind the last one that is before it, if all of
/// these count.
pub(crate) fn place<'a>(
    own: &str,
    number: Sequence,
    others: impl Iterator<Item = (&'a str, Sequence)>,
) -> Place {
    let mut is_there = false;
    let mut ahead: Option<(i32, &str)> = None;
    for (name, other) in others {
        is_there |= name == own;
        let standing = (other.distance_from(number), name);
        if standing < (0, own) && ahead.is_none_or(|ahead| ahead < standing) {
            ahead = Some(standing);
        }
    }
    match ahead {
        _ if !is_there => Place::Missing,
        Some((_, name)) => Place::Behind(name.to_owned()),
        None => Place::First,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: InLine = InLine { marks: &["lock-", "__lock__"] };

    fn place_of(own: &str, names: &[&str]) -> Place {
        LINE.place(own, &Children::from_names(names.iter().copied()))
    }

    fn behind(name: &str) -> Place {
        Place::Behind(name.to_owned())
    }

    #[test]
    fn each_stands_behind_the_one_before() {
        let names = ["c-lock-0000000003", "a-lock-0000000007", "b-lock-0000000005"];
        assert_eq!(place_of("c-lock-0000000003", &names), Place::First);
        assert_eq!(place_of("b-lock-0000000005", &names), behind("c-lock-0000000003"));
        assert_eq!(place_of("a-lock-0000000007", &names), behind("b-lock-0000000005"));
        assert_eq!(place_of("d-lock-0000000004", &names), Place::Missing);
    }

    #[test]
    fn kazoos_names_count_and_strangers_do_not() {
        let names = ["x__lock__0000000001", "b-lock-0000000005", "a", "config-0000000000"];
        assert_eq!(place_of("b-lock-0000000005", &names), behind("x__lock__0000000001"));
        assert_eq!(place_of("x__lock__0000000001", &names), Place::First);
    }

    #[test]
    fn l4_the_number_counts_not_the_name() {
        let names = ["_c_0-lock-0000000009", "_c_f-lock-0000000002"];
        assert_eq!(place_of("_c_0-lock-0000000009", &names), behind("_c_f-lock-0000000002"));
    }

    #[test]
    fn l4_who_came_before_the_counter_wrapped_is_first() {
        let names = ["a-lock--2147483648", "b-lock-2147483647", "c-lock--2147483647"];
        assert_eq!(place_of("b-lock-2147483647", &names), Place::First);
        assert_eq!(place_of("a-lock--2147483648", &names), behind("b-lock-2147483647"));
        assert_eq!(place_of("c-lock--2147483647", &names), behind("a-lock--2147483648"));
    }
}
