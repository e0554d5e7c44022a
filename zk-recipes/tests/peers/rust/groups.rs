//! A member, who sees the others.

use zk_blocking::{Client, Threads};
use zk_recipes::{Group, PersistentNode};

use super::{Recipe, Told, unknown};

pub(super) struct Membership {
    zk: Client,
    joined: Option<(Group<Threads>, PersistentNode<Threads>)>,
}

impl Membership {
    pub(super) fn new(zk: Client) -> Self {
        Self { zk, joined: None }
    }

    /// All of them, once there are so many.
    fn members(&self, count: usize) -> Told {
        let (group, _) = self.joined.as_ref().ok_or("it is no member")?;
        let members = group.members()?.updates().find(|members| members.len() == count);
        let members = members.ok_or("nothing is to be seen any more")?;
        let text = |data: &[u8]| String::from_utf8_lossy(data).into_owned();
        let members = members.iter().map(|(name, data)| format!("{name}={}", text(data)));
        Ok(members.collect::<Vec<_>>().join(" "))
    }
}

impl Recipe for Membership {
    fn run(&mut self, verb: &str, arguments: &[&str]) -> Told {
        match (verb, arguments) {
            ("join", [path, id, data]) => {
                let group = Group::new(&self.zk, path);
                let member = group.join(id, data)?;
                self.joined = Some((group, member));
            }
            ("members", [count]) => return self.members(count.parse()?),
            ("leave", []) => self.joined.take().ok_or("it is no member")?.1.close()?,
            _ => return unknown(verb, arguments),
        }
        Ok(String::new())
    }
}
