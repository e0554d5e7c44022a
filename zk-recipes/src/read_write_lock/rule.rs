//! Readers share, writers do not.

use zk_client::{Children, Error, ErrorCode, ErrorKind, OpCode};

use crate::contender::{InLine, Place, Rule, place};
use crate::sequence::Sequence;

/// What the name of a reader and that of a writer have after their GUIDs: as Curator's.
pub(super) const READ: &str = "__READ__";
pub(super) const WRITE: &str = "__WRIT__";

/// Those of both, and kazoo's.
pub(super) const ALL: InLine = InLine { marks: &[WRITE, READ, "__lock__", "__rlock__"] };
const WRITERS: InLine = InLine { marks: &[WRITE, "__lock__"] };

/// A reader waits for the writers that came before it: for the last of them, so that it is woken
/// once.
#[derive(Debug)]
pub(super) struct Reader;

impl Rule for Reader {
    fn place(&self, own: &str, children: &Children) -> Place {
        let Some(number) = ALL.number(own) else { return Place::Missing };
        place(own, number, children.iter().filter_map(|name| counts(own, number, name)))
    }
}

/// Whether this one counts for a reader: it itself, and each writer that came before it.
fn counts<'a>(own: &str, number: Sequence, name: &'a str) -> Option<(&'a str, Sequence)> {
    let other = if name == own { Some(number) } else { WRITERS.number(name) };
    other.filter(|other| name == own || other.is_before(number)).map(|other| (name, other))
}

/// A reader that has the lock because its owner writes: it takes that one's place in the line, and
/// keeps it when the writer leaves.
///
/// It has it only if the writer is there after its own node was created. Otherwise the next one may
/// have begun to write already.
#[derive(Debug)]
pub(super) struct Under {
    /// The writer's node.
    pub(super) writer: String,
}

impl Rule for Under {
    fn place(&self, own: &str, children: &Children) -> Place {
        let name = self.writer.rsplit('/').next().unwrap_or_default();
        if children.contains(name) {
            return Reader.place(own, children);
        }
        let gone = Error::from(ErrorKind::Server(ErrorCode::NoNode));
        Place::Never(gone.about(OpCode::Exists, &self.writer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: [&str; 6] = [
        "e-__READ__0000000009",
        "d-__WRIT__0000000008",
        "c-__READ__0000000007",
        "b-__WRIT__0000000006",
        "a-__READ__0000000006",
        "0-__READ__0000000005",
    ];

    fn place_of(rule: &impl Rule, own: &str, names: &[&str]) -> Place {
        rule.place(own, &Children::from_names(names.iter().copied()))
    }

    fn behind(name: &str) -> Place {
        Place::Behind(name.to_owned())
    }

    #[test]
    fn readers_wait_for_the_last_writer_before_them() {
        assert_eq!(place_of(&Reader, LINE[0], &LINE), behind(LINE[1]));
        assert_eq!(place_of(&Reader, LINE[2], &LINE), behind(LINE[3]));
        assert_eq!(place_of(&Reader, LINE[5], &LINE), Place::First);
        assert_eq!(place_of(&Reader, LINE[5], &LINE[..5]), Place::Missing);
    }

    #[test]
    fn writers_wait_for_whoever_is_before_them() {
        assert_eq!(place_of(&ALL, LINE[1], &LINE), behind(LINE[2]));
        assert_eq!(place_of(&ALL, LINE[3], &LINE[..4]), Place::First);
    }

    #[test]
    fn a_reader_in_the_place_of_a_writer_has_it_while_the_writer_is_there() {
        let under = Under { writer: format!("/lock/{}", LINE[3]) };
        assert_eq!(place_of(&under, LINE[4], &LINE[..5]), Place::First);
        let without = [LINE[1], LINE[4]];
        let never = place_of(&under, LINE[4], &without);
        assert!(matches!(&never, Place::Never(error) if error.path().is_some()), "{never:?}");
        // Once it has it, whoever writes next waits for it.
        assert_eq!(place_of(&ALL, LINE[1], &without), behind(LINE[4]));
        assert_eq!(place_of(&ALL, LINE[1], &[LINE[1], LINE[3], LINE[4]]), behind(LINE[3]));
    }

    #[test]
    fn kazoos_names_count() {
        let names = ["x__lock__0000000001", "y__rlock__0000000002", "z-__WRIT__0000000003"];
        assert_eq!(place_of(&Reader, names[1], &names), behind(names[0]));
        assert_eq!(place_of(&ALL, names[2], &names), behind(names[1]));
    }
}
