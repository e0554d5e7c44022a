//! Machines inside of machines: whose tags are whose.

use super::Input;

/// How many bits of a tag a machine takes that is inside of another one.
const BITS: u32 = 12;
/// Says that a tag is that of a machine inside.
const INSIDE: u64 = 1 << (BITS - 1);
const NUMBER: u64 = INSIDE - 1;

/// Where a machine is among those that hold it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Nest {
    /// How many bits those outside take.
    shift: u32,
    /// What is in them.
    low: u64,
}

impl Nest {
    /// The tag that the outermost machine has for one of this one's.
    pub(super) fn outer(self, tag: u64) -> u64 {
        debug_assert!(
            tag.leading_zeros() >= self.shift,
            "tag {tag} at depth {}",
            self.shift / BITS
        );
        (tag << self.shift) | self.low
    }

    pub(super) fn nested(self, child: u64) -> Self {
        debug_assert!(child <= NUMBER, "machine {child} inside of another");
        Self { shift: self.shift + BITS, low: self.outer((child & NUMBER) | INSIDE) }
    }
}

/// Whose an input is.
#[derive(Debug)]
pub enum Split<'a> {
    /// This machine's; also what concerns those inside of it as well.
    Own(Input<'a>),
    /// That of the machine inside that has this number.
    Child(u64, Input<'a>),
}

impl<'a> Input<'a> {
    /// Whose it is: answers, watches and timers of a machine that was stepped with
    /// [`Cx::nested`](super::Cx::nested) are its own, all else is ours, to be passed on as we wish.
    #[must_use]
    pub fn split(self) -> Split<'a> {
        match self {
            Self::Answer { tag, answer } => route(tag, |tag| Self::Answer { tag, answer }),
            Self::Watch { tag, news } => route(tag, |tag| Self::Watch { tag, news }),
            Self::Timer { tag } => route(tag, |tag| Self::Timer { tag }),
            Self::Start | Self::State(_) | Self::Called | Self::Cancel => Split::Own(self),
        }
    }
}

fn route<'a>(tag: u64, input: impl FnOnce(u64) -> Input<'a>) -> Split<'a> {
    if tag & INSIDE == 0 {
        Split::Own(input(tag))
    } else {
        Split::Child(tag & NUMBER, input(tag >> BITS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag_of(split: &Split<'_>) -> u64 {
        match split {
            Split::Own(Input::Timer { tag }) | Split::Child(_, Input::Timer { tag }) => *tag,
            Split::Own(_) | Split::Child(..) => panic!("{split:?}"),
        }
    }

    #[test]
    fn a_tag_finds_its_way_to_the_machine_that_gave_it() {
        let outermost = Nest::default();
        let inner = outermost.nested(7);
        let innermost = inner.nested(2047);
        assert_eq!(tag_of(&Input::Timer { tag: outermost.outer(5) }.split()), 5);

        let Split::Child(7, input) = (Input::Timer { tag: inner.outer(9) }).split() else {
            panic!()
        };
        assert_eq!(tag_of(&input.split()), 9);

        let Split::Child(7, input) = (Input::Timer { tag: innermost.outer(3) }).split() else {
            panic!()
        };
        let Split::Child(2047, input) = input.split() else { panic!() };
        assert_eq!(tag_of(&Split::Own(input)), 3);
    }
}
