//! A server that has what a story has told of.

use zk_client::{Children, OpCode};

use self::OpCode::{Create, Create2, Delete, Exists, GetChildren};
use crate::story::Then::{Created, Fails, Is, Listed, Lost, Missing, Plain, Yes};
use crate::story::{DYING, FIRST, LATE, OURS, Story, Then};

/// What the server has that a story has told of.
pub(crate) struct Server {
    pub(crate) nodes: Vec<(String, i64)>,
}

impl Server {
    pub(crate) fn after(steps: &[(OpCode, Then)], moment: usize) -> Self {
        let is_dying = steps.iter().any(|(_, then)| matches!(then, Is(DYING, _)));
        let node = |name: &str| {
            let owner = if is_dying && name == FIRST { DYING } else { OURS };
            (name.to_owned(), owner)
        };
        let mut nodes = Vec::new();
        for (op, then) in &steps[..moment] {
            match then {
                Created(name) | Plain(name) => nodes.push(node(name)),
                Listed(names) => {
                    let ours = names.iter().filter(|name| name.starts_with("_c_G-"));
                    nodes = ours.map(|name| node(name)).collect();
                }
                Missing => nodes.clear(),
                Yes if *op == Delete => nodes.retain(|(name, _)| name == FIRST),
                Is(..) | Yes | Fails(_) | Lost => {}
            }
        }
        Self { nodes }
    }

    /// Answers as a server does; or, once, does not, and the connection breaks.
    #[expect(clippy::wildcard_enum_match_arm, reason = "operations are an open set")]
    pub(crate) fn serve(&mut self, story: &mut Story, mut loses: bool) {
        for _ in 0..30 {
            let Some((op, xid, path)) = story.next() else { return };
            let name = path.rsplit('/').next().unwrap_or_default();
            let found = self.nodes.iter().find(|(node, _)| node == name).cloned();
            let then = match op {
                Create | Create2 if name.starts_with("_c_") => {
                    self.nodes.push((LATE.into(), OURS));
                    if op == Create2 { Created(LATE) } else { Plain(LATE) }
                }
                Exists => found.map_or(Missing, |(_, session)| Is(session, 1)),
                Delete => {
                    self.nodes.retain(|(node, _)| node != name);
                    if found.is_some() { Yes } else { Missing }
                }
                Create => Plain(""),
                _ => Yes,
            };
            if std::mem::take(&mut loses) {
                story.answer(op, xid, Lost);
            } else if op == GetChildren {
                let names = Children::from_names(self.nodes.iter().map(|(name, _)| &**name));
                story.world.answer(xid, 0, |out| names.encode(out));
            } else {
                story.answer(op, xid, then);
            }
        }
        panic!("it never ends");
    }
}
