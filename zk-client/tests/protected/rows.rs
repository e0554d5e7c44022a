//! In which state what happens, and what comes of it.

use zk_client::{ErrorCode, OpCode};

use self::OpCode::{Create, Create2, CreateContainer, Delete, Exists, GetChildren, Sync};
use crate::story::Then::{self, Created, Fails, Is, Listed, Lost, Missing, Plain, Yes};
use crate::story::{DYING, FIRST, OTHER, OURS, SECOND};

/// What it comes to.
#[derive(Debug)]
pub(crate) enum End {
    Owns(&'static str),
    Error(ErrorCode),
    Unknown,
}

pub(crate) type Row = (&'static str, Vec<(OpCode, Then)>, End);

/// In which state what happens, and what comes of it.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn rows() -> Vec<Row> {
    use ErrorCode::{NoAuth, NodeExists, NotReadOnly, SystemError, Throttled, Unimplemented};
    let listed = |names| vec![(Create2, Lost), (Sync, Yes), (GetChildren, Listed(names))];
    let and = |mut steps: Vec<_>, more: &[_]| {
        steps.extend_from_slice(more);
        steps
    };
    vec![
        ("at once", vec![(Create2, Created(FIRST))], End::Owns(FIRST)),
        ("refused", vec![(Create2, Fails(NoAuth))], End::Error(NoAuth)),
        (
            "not now",
            vec![
                (Create2, Fails(Throttled)),
                (Create2, Fails(NotReadOnly)),
                (Create2, Created(FIRST)),
            ],
            End::Owns(FIRST),
        ),
        (
            "l1: applied, and the reply lost",
            and(listed(&[OTHER, FIRST]), &[(Exists, Is(OURS, 9))]),
            End::Owns(FIRST),
        ),
        (
            "l1: lost before it was applied: created again, and looked for once more",
            and(
                listed(&[OTHER]),
                &[
                    (Create2, Created(FIRST)),
                    (Sync, Yes),
                    (GetChildren, Listed(&[FIRST])),
                    (Exists, Is(OURS, 9)),
                ],
            ),
            End::Owns(FIRST),
        ),
        (
            "l1: applied late: the second goes",
            and(
                listed(&[]),
                &[
                    (Create2, Created(SECOND)),
                    (Sync, Yes),
                    (GetChildren, Listed(&[SECOND, FIRST])),
                    (Exists, Is(OURS, 8)),
                    (Exists, Is(OURS, 9)),
                    (Delete, Yes),
                ],
            ),
            End::Owns(FIRST),
        ),
        (
            "l2, CURATOR-498, 604, 696: of the session before, which is dying: not ours",
            and(
                listed(&[FIRST]),
                &[
                    (Exists, Is(DYING, 9)),
                    (Create2, Created(SECOND)),
                    (Sync, Yes),
                    (GetChildren, Listed(&[FIRST, SECOND])),
                    (Exists, Is(OURS, 10)),
                    (Exists, Is(DYING, 9)),
                ],
            ),
            End::Owns(SECOND),
        ),
        (
            "gone before it was looked at",
            and(
                listed(&[FIRST]),
                &[
                    (Exists, Missing),
                    (Create2, Created(SECOND)),
                    (Sync, Yes),
                    (GetChildren, Listed(&[])),
                ],
            ),
            End::Owns(SECOND),
        ),
        (
            "lost again between sync and list: both again",
            and(
                vec![(Create2, Lost), (Sync, Yes), (GetChildren, Lost)],
                &[(Sync, Yes), (GetChildren, Listed(&[FIRST])), (Exists, Is(OURS, 9))],
            ),
            End::Owns(FIRST),
        ),
        (
            "a list without a sync shows nothing",
            vec![
                (Create2, Lost),
                (Sync, Fails(Throttled)),
                (GetChildren, Listed(&[])),
                (Sync, Yes),
                (GetChildren, Listed(&[FIRST])),
                (Exists, Is(OURS, 9)),
            ],
            End::Owns(FIRST),
        ),
        (
            "lost while looking at it",
            and(listed(&[FIRST]), &[(Exists, Lost), (Exists, Is(OURS, 9))]),
            End::Owns(FIRST),
        ),
        (
            "throttled while looking at it",
            and(listed(&[FIRST]), &[(Exists, Fails(Throttled)), (Exists, Is(OURS, 9))]),
            End::Owns(FIRST),
        ),
        (
            "lost, and the list is not ours to read",
            vec![(Create2, Lost), (Sync, Yes), (GetChildren, Fails(NoAuth))],
            End::Unknown,
        ),
        (
            "trouble in the server: found",
            vec![
                (Create2, Fails(SystemError)),
                (Sync, Yes),
                (GetChildren, Listed(&[FIRST])),
                (Exists, Is(OURS, 9)),
            ],
            End::Owns(FIRST),
        ),
        (
            "trouble in the server: not found",
            vec![(Create2, Fails(SystemError)), (Sync, Yes), (GetChildren, Listed(&[]))],
            End::Error(SystemError),
        ),
        (
            "exists, and is ours",
            vec![
                (Create2, Fails(NodeExists)),
                (Sync, Yes),
                (GetChildren, Listed(&[FIRST])),
                (Exists, Is(OURS, 9)),
            ],
            End::Owns(FIRST),
        ),
        (
            "exists, and is not ours",
            vec![
                (Create2, Fails(NodeExists)),
                (Sync, Yes),
                (GetChildren, Listed(&[FIRST])),
                (Exists, Is(DYING, 9)),
            ],
            End::Error(NodeExists),
        ),
        (
            "l6: no parent",
            vec![(Create2, Missing), (CreateContainer, Yes), (Create2, Created(FIRST))],
            End::Owns(FIRST),
        ),
        (
            "l6: the parent is deleted again at each step",
            vec![
                (Create2, Missing),
                (CreateContainer, Yes),
                (Create2, Missing),
                (CreateContainer, Fails(NodeExists)),
                (Create2, Lost),
                (Sync, Yes),
                (GetChildren, Missing),
                (Create2, Missing),
                (CreateContainer, Yes),
                (Create2, Created(FIRST)),
                (Sync, Yes),
                (GetChildren, Missing),
            ],
            End::Owns(FIRST),
        ),
        (
            "lost while the parents are created",
            vec![
                (Create2, Missing),
                (CreateContainer, Lost),
                (Sync, Yes),
                (GetChildren, Missing),
                (Create2, Missing),
                (CreateContainer, Yes),
                (Create2, Created(FIRST)),
                (Sync, Yes),
                (GetChildren, Listed(&[FIRST])),
                (Exists, Is(OURS, 9)),
            ],
            End::Owns(FIRST),
        ),
        (
            "the parent must not be created",
            vec![(Create2, Missing), (CreateContainer, Fails(NoAuth)), (Create2, Missing)],
            End::Error(NoAuth),
        ),
        (
            "a server without containers, and without stats",
            vec![
                (Create2, Fails(Unimplemented)),
                (Create, Missing),
                (CreateContainer, Fails(Unimplemented)),
                (Create, Missing),
                (Create, Yes),
                (Create, Plain(FIRST)),
                (Sync, Yes),
                (GetChildren, Listed(&[FIRST])),
                (Exists, Is(OURS, 9)),
            ],
            End::Owns(FIRST),
        ),
    ]
}
