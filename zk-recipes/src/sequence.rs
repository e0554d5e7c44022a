//! The numbers that the server gives to sequential nodes.
//!
//! A server counts the children that a node ever had in 32 bits, and appends the count to the names
//! of sequential ones: ten digits. After 2,147,483,647 it goes on with -2,147,483,648. So names are
//! neither in the order of their texts nor in that of their numbers, but in that of the
//! *differences* of their numbers, modulo 2^32: right as long as fewer than 2^31 children were
//! created between the two.

use std::cmp::Ordering;

/// The number of a sequential node.
///
/// ```
/// use zk_recipes::sequence::Sequence;
///
/// let curator = Sequence::of("_c_809bfffb-950d-4f23-a754-879a7fc90688-lock-2147483647").unwrap();
/// let kazoo = Sequence::after("0879ce2d216b4c768ef31d705b360062__lock__-2147483648", "__lock__").unwrap();
/// assert_eq!((curator.number(), kazoo.number()), (i32::MAX, i32::MIN));
/// assert!(curator.is_before(kazoo)); // it is the next one
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sequence(i32);

/// The least that a number has of characters, its sign included.
const WIDTH: usize = 10;

impl Sequence {
    /// This number.
    #[must_use]
    pub const fn new(number: i32) -> Self {
        Self(number)
    }

    /// What follows the last `mark` in a name, if that is such a number.
    #[must_use]
    pub fn after(name: &str, mark: &str) -> Option<Self> {
        let (_, number) = name.rsplit_once(mark)?;
        let digits = number.strip_prefix('-').unwrap_or(number);
        let is_number = number.len() >= WIDTH && digits.bytes().all(|byte| byte.is_ascii_digit());
        number.parse().ok().filter(|_| is_number).map(Self)
    }

    /// The number at the end of a name, whatever is before it.
    ///
    /// A `-` before ten digits may be the sign or the end of what is before them. It is taken for
    /// the latter: who knows what is there uses [`after`](Self::after).
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let text = name.trim_end_matches(|end: char| end.is_ascii_digit());
        let digits = name.len().saturating_sub(text.len());
        let is_signed = match digits {
            0..9 => return None,
            9 => text.ends_with('-'),
            10 => text.ends_with("--"),
            _ => false,
        };
        let width = if is_signed { digits.saturating_add(1) } else { WIDTH };
        let number = name.get(name.len().checked_sub(width)?..)?;
        number.parse().ok().map(Self)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    /// How many numbers after `other` this one comes; negative if it comes before it.
    #[must_use]
    pub const fn distance_from(self, other: Self) -> i32 {
        self.0.wrapping_sub(other.0)
    }

    /// Whether the node with this number was created before the other one.
    #[must_use]
    pub const fn is_before(self, other: Self) -> bool {
        self.distance_from(other) < 0
    }

    /// Orders two numbers as seen from a third: any that is near them, such as one of them. Only so
    /// it is an order by which a list can be sorted.
    #[must_use]
    pub fn cmp_from(self, other: Self, near: Self) -> Ordering {
        self.distance_from(near).cmp(&other.distance_from(near))
    }

    /// As the server writes it.
    #[must_use]
    pub fn text(self) -> String {
        format!("{:010}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_kinds_are_read() {
        for (name, number) in [
            ("_c_809bfffb-950d-4f23-a754-879a7fc90688-lock-0000000001", 1),
            ("qn-0000000000", 0),
            ("0000000007", 7),
            ("queue-1000000110000000002", 2),
            ("_c_809bfffb-950d-4f23-a754-879a7fc90688-__WRIT__0000000003", 3),
            ("0879ce2d216b4c768ef31d705b360062__lock__2147483647", i32::MAX),
            ("lock--2147483648", i32::MIN),
            ("lock--000000001", -1),
            ("lock-999999999", -999_999_999),
            ("lock-1000000001", 1_000_000_001),
        ] {
            assert_eq!(Sequence::of(name).map(Sequence::number), Some(number), "{name}");
        }
        for name in
            ["", "lock", "lock-1", "lock-999", "a123456789", "lock-9999999999", "0000000001x"]
        {
            assert_eq!(Sequence::of(name), None, "{name}");
        }
    }

    #[test]
    fn what_follows_a_mark_is_all_of_the_number() {
        for (name, mark, number) in [
            ("a-lock-0000000001", "lock-", Some(1)),
            ("a-lock--2147483648", "lock-", Some(i32::MIN)),
            ("a__lock__-1500000000", "__lock__", Some(-1_500_000_000)),
            ("lock-x-lock-0000000005", "lock-", Some(5)),
            ("a-lock-0000000001-x", "lock-", None),
            ("a-lock-1", "lock-", None),
            ("a-lock-+000000001", "lock-", None),
            ("a-lock-4294967296", "lock-", None),
            ("a-0000000001", "lock-", None),
        ] {
            assert_eq!(Sequence::after(name, mark).map(Sequence::number), number, "{name}");
        }
    }

    #[test]
    fn l4_order_goes_on_where_the_counter_wraps() {
        let numbers = [i32::MAX - 1, i32::MAX, i32::MIN, i32::MIN + 1].map(Sequence::new);
        assert!(numbers.windows(2).all(|pair| pair[0].is_before(pair[1])));
        assert!(numbers.windows(2).all(|pair| !pair[1].is_before(pair[0])));
        let mut sorted = [numbers[2], numbers[0], numbers[3], numbers[1]];
        sorted.sort_by(|left, right| left.cmp_from(*right, numbers[0]));
        assert_eq!(sorted, numbers);
    }

    #[test]
    fn it_is_written_as_the_server_does() {
        for (number, text) in [(1, "0000000001"), (-1, "-000000001"), (i32::MIN, "-2147483648")] {
            assert_eq!(Sequence::new(number).text(), text);
            assert_eq!(Sequence::after(&format!("lock-{text}"), "lock-").unwrap().number(), number);
        }
    }
}
