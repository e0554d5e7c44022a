//! The machine that knows the members of a group.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use zk_client::machine::{Again, Answer, Cx, Input, Machine, News, Publisher, Step, Topic};
use zk_client::{Children, Error, ErrorCode, Exists, GetChildren, GetData, OpCode};

use super::MemberData;

const GROUP: u64 = 0;
/// The tags of members are this and those that follow.
const MEMBERS: u64 = 1;

/// Lists the members of a group and reads each, with a watch on the list and on each of them.
pub(super) struct Roll {
    path: String,
    group: Group,
    members: BTreeMap<String, Member>,
    names: BTreeMap<u64, String>,
    next: u64,
    readers: Readers,
}

/// What is known of the group's node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Listing,
    Listed,
    /// It was not there: somebody asks whether it is now.
    Missing,
    Pausing,
}

struct Member {
    tag: u64,
    data: Option<Bytes>,
}

enum Readers {
    None,
    Told(Publisher<MemberData>),
}

type Output = Result<Topic<MemberData>, Error>;

impl Roll {
    pub(super) fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            group: Group::Pausing,
            members: BTreeMap::new(),
            names: BTreeMap::new(),
            next: MEMBERS,
            readers: Readers::None,
        }
    }

    fn list(&mut self, cx: &mut Cx<'_>) {
        self.group = Group::Listing;
        cx.watch(GROUP, &GetChildren::new(&self.path));
    }

    /// All that is known is told when no member is left whose data is not.
    fn tell(&mut self) -> Step<Output> {
        let all = self.members.iter();
        let known = all.map(|(name, member)| Some((name.clone(), member.data.clone()?)));
        let Some(known) = known.collect::<Option<BTreeMap<_, _>>>() else { return Step::Wait };
        if let Readers::Told(publisher) = &self.readers {
            publisher.set(Arc::new(known));
            return Step::Wait;
        }
        let (publisher, topic) = Topic::new(Arc::new(known));
        self.readers = Readers::Told(publisher);
        Step::Ready(Ok(topic))
    }

    fn is_listed(&mut self, cx: &mut Cx<'_>, children: &Children) -> Step<Output> {
        self.group = Group::Listed;
        let gone = self.members.keys().filter(|name| !children.contains(name));
        for name in gone.cloned().collect::<Vec<_>>() {
            self.forget(cx, &name);
        }
        for name in children.iter() {
            if !self.members.contains_key(name) {
                let tag = self.next;
                self.next += 1;
                self.members.insert(name.to_owned(), Member { tag, data: None });
                self.names.insert(tag, name.to_owned());
                self.read(cx, tag);
            }
        }
        self.tell()
    }

    fn forget(&mut self, cx: &mut Cx<'_>, name: &str) {
        if let Some(member) = self.members.remove(name) {
            self.names.remove(&member.tag);
            cx.unwatch(member.tag);
        }
    }

    fn read(&self, cx: &mut Cx<'_>, tag: u64) {
        if let Some(name) = self.names.get(&tag) {
            cx.watch(tag, &GetData::new(&self.path_of(name)));
        }
    }

    fn path_of(&self, name: &str) -> String {
        format!("{}/{name}", self.path.trim_end_matches('/'))
    }

    fn is_read(&mut self, cx: &mut Cx<'_>, tag: u64, answer: Answer) -> Step<Output> {
        let Some(name) = self.names.get(&tag).cloned() else { return Step::Wait };
        let data = match cx.decode::<GetData<'_>>(answer) {
            Ok(node) => Bytes::copy_from_slice(&node.data),
            Err(error) => match (error.code(), Again::after(&error)) {
                (Some(ErrorCode::NoNode), _) => {
                    self.forget(cx, &name);
                    return self.tell();
                }
                (_, Again::Now) => {
                    self.read(cx, tag);
                    return Step::Wait;
                }
                (_, Again::Later) => {
                    cx.pause(tag);
                    return Step::Wait;
                }
                (_, Again::Never) => {
                    let error = error.about(OpCode::GetData, &self.path_of(&name));
                    return self.is_refused(error);
                }
            },
        };
        if let Some(member) = self.members.get_mut(&name) {
            member.data = Some(data);
        }
        self.tell()
    }

    /// Who may not read some member cannot know the group.
    fn is_refused(&self, error: Error) -> Step<Output> {
        match self.readers {
            Readers::None => Step::Done(Err(error)),
            Readers::Told(_) => Step::End(Err(error)),
        }
    }

    fn is_answered(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Output> {
        let error = match self.group {
            Group::Listing => match cx.decode::<GetChildren<'_>>(answer) {
                Ok(children) => return self.is_listed(cx, &children),
                Err(error) => error.about(OpCode::GetChildren, &self.path),
            },
            Group::Missing => match cx.decode::<Exists<'_>>(answer) {
                Ok(Some(_)) => {
                    self.list(cx);
                    return Step::Wait;
                }
                Ok(None) => return self.is_listed_as_missing(cx),
                Err(error) => error.about(OpCode::Exists, &self.path),
            },
            Group::Listed | Group::Pausing => return Step::Wait,
        };
        match (error.code(), Again::after(&error)) {
            (Some(ErrorCode::NoNode), _) => {
                self.group = Group::Missing;
                cx.watch(GROUP, &Exists::new(&self.path));
            }
            (_, Again::Now) => self.list(cx),
            (_, Again::Later) => {
                self.group = Group::Pausing;
                cx.pause(GROUP);
            }
            (_, Again::Never) => return self.is_refused(error),
        }
        Step::Wait
    }

    /// It is empty until it is created.
    fn is_listed_as_missing(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        let step = self.is_listed(cx, &Children::default());
        self.group = Group::Missing;
        step
    }
}

impl Machine for Roll {
    type Output = Output;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Output> {
        match input {
            Input::Start | Input::Timer { tag: GROUP } => self.list(cx),
            Input::Timer { tag } => self.read(cx, tag),
            Input::Answer { tag: GROUP, answer } => return self.is_answered(cx, answer),
            Input::Answer { tag, answer } => return self.is_read(cx, tag, answer),
            Input::Watch { tag, news } => match news {
                News::Change(_) | News::Last(_) | News::Resync if tag == GROUP => self.list(cx),
                News::Change(_) | News::Last(_) | News::Resync => self.read(cx, tag),
                News::NotSet | News::SessionOver(_) => {} // the answer says so, too
            },
            Input::Cancel => return Step::End(Ok(())),
            Input::State(_) | Input::Called => {}
        }
        Step::Wait
    }
}
