//! The machine behind a persistent node.
//!
//! It looks at the node, with a watch, after all that can have changed it, and does what is to be
//! done about what it sees. So it does not matter whose doing it was, nor which answers were lost.

use std::borrow::Cow;

use bytes::Bytes;
use zk_client::machine::{
    Again, Answer, Cx, Input, Letters, Machine, News, Parents, Promise, Publisher, Step, Topic,
};
use zk_client::{
    Acl, Create, CreateMode, CreateWithStat, Delete, Error, ErrorCode, Exists, OpCode, SetData,
    Stat, Sync,
};

use super::NodeStatus;
use super::touch::Touch;

const LOOK: u64 = 0;
const CREATE: u64 = 1;
const PARENT: u64 = 2;
const WRITE: u64 = 3;
const DELETE: u64 = 4;
const PAUSE: u64 = 5;
/// Of the child that is touched.
pub(super) const TOUCH: u64 = 6;
const SYNC: u64 = 8;

/// Data that is to be in the node from now on, and who waits until it is.
pub(crate) type Letter = (Bytes, Promise<()>);

/// What a node is to be like.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) path: String,
    pub(super) data: Bytes,
    pub(super) mode: CreateMode,
    pub(super) acl: Cow<'static, [Acl]>,
}

/// Creates a node whenever it is missing.
pub(super) struct Healer {
    plan: Plan,
    parents: Parents,
    letters: Letters<Letter>,
    touch: Option<Touch>,
    /// Who wait until the present data is in the node.
    waiting: Vec<Promise<()>>,
    /// The node that is known to have the present data, by its czxid.
    written: Option<i64>,
    doing: Doing,
    readers: Readers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Looking,
    Creating,
    Writing {
        czxid: i64,
    },
    /// All is well, or cannot be helped: until the watch says something.
    Waiting,
    /// The same, until the next connection.
    Refused,
    /// The server is left alone for a moment.
    Pausing,
    /// The node is to go: somebody looks whether it is there.
    Leaving,
    Deleting,
}

enum Readers {
    /// It was never there.
    None,
    Told(Publisher<NodeStatus>),
}

type Output = Result<Topic<NodeStatus>, Error>;

impl Healer {
    pub(super) fn new(plan: Plan, letters: Letters<Letter>, touch: Option<Touch>) -> Self {
        Self {
            plan,
            parents: Parents::new(CreateMode::Container),
            letters,
            touch,
            waiting: Vec::new(),
            written: None,
            doing: Doing::Waiting,
            readers: Readers::None,
        }
    }

    fn look(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        if self.is_leaving() {
            self.doing = Doing::Leaving;
            if let Some(touch) = &self.touch {
                touch.leave(cx);
            }
            cx.unwatch(LOOK); // nor is there an answer
            // A server that is behind may not have it yet.
            cx.call(SYNC, &Sync::new(&self.plan.path));
        } else {
            self.doing = Doing::Looking;
            cx.watch(LOOK, &Exists::new(&self.plan.path));
        }
        Step::Wait
    }

    fn is_leaving(&self) -> bool {
        match self.doing {
            Doing::Leaving | Doing::Deleting => true,
            Doing::Looking
            | Doing::Creating
            | Doing::Writing { .. }
            | Doing::Waiting
            | Doing::Refused
            | Doing::Pausing => false,
        }
    }

    fn is_seen(&mut self, cx: &mut Cx<'_>, stat: Option<Stat>) -> Step<Output> {
        let is_ours = stat.is_none_or(|stat| self.is_ours(&stat, cx.session_id()));
        match (self.doing, stat) {
            (Doing::Leaving, Some(_)) if is_ours => {
                self.doing = Doing::Deleting;
                cx.call(DELETE, &Delete::new(&self.plan.path));
                Step::Wait
            }
            (Doing::Leaving, _) => Step::End(Ok(())),
            (_, None) => self.create(cx),
            (_, Some(stat)) if !is_ours => {
                self.doing = Doing::Waiting;
                self.tell(NodeStatus::Blocked { owner: stat.ephemeral_owner });
                Step::Wait
            }
            (_, Some(stat)) if self.written != Some(stat.czxid) => self.write(cx, stat.czxid),
            (_, Some(stat)) => self.is_well(cx, stat.czxid),
        }
    }

    /// An ephemeral node of another session goes with that: it is not ours (CURATOR-498,
    /// CURATOR-604, CURATOR-696).
    fn is_ours(&self, stat: &Stat, session: i64) -> bool {
        match self.plan.mode {
            CreateMode::Ephemeral | CreateMode::EphemeralSequential => {
                stat.ephemeral_owner == session
            }
            CreateMode::Persistent
            | CreateMode::PersistentSequential
            | CreateMode::Container
            | CreateMode::PersistentWithTtl(_)
            | CreateMode::PersistentSequentialWithTtl(_) => true,
        }
    }

    fn is_well(&mut self, cx: &mut Cx<'_>, czxid: i64) -> Step<Output> {
        self.doing = Doing::Waiting;
        self.waiting.drain(..).for_each(|promise| promise.fulfil(Ok(())));
        if let Some(touch) = &mut self.touch {
            touch.begin(cx);
        }
        self.tell(NodeStatus::Present { czxid })
    }

    fn tell(&mut self, status: NodeStatus) -> Step<Output> {
        match (&self.readers, &status) {
            (Readers::Told(publisher), _) => publisher.set(status),
            (Readers::None, NodeStatus::Present { .. }) => {
                let (publisher, topic) = Topic::new(status);
                self.readers = Readers::Told(publisher);
                return Step::Ready(Ok(topic));
            }
            (Readers::None, _) => {}
        }
        Step::Wait
    }

    fn create(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        self.doing = Doing::Creating;
        self.written = None;
        let Plan { path, data, mode, acl } = &self.plan;
        let create = Create::new(path, data).mode(*mode).acl(&**acl).with_stat();
        cx.call(CREATE, &create);
        self.tell(NodeStatus::Missing)
    }

    fn is_created(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Output> {
        let created = cx.decode::<CreateWithStat<'_>>(answer);
        if self.is_leaving() {
            return Step::Wait; // whoever looks behind this sees what came of it
        }
        match created.map_err(|error| error.about(OpCode::Create, &self.plan.path)) {
            Ok(created) if self.waiting.is_empty() => {
                self.written = Some(created.stat.czxid);
                self.look(cx)
            }
            Ok(_) => self.look(cx),
            Err(error) => match error.code() {
                Some(ErrorCode::NodeExists) => self.look(cx),
                Some(ErrorCode::NoNode) => {
                    match self.parents.create(cx, PARENT, &self.plan.path, error) {
                        Ok(()) => self.create(cx),
                        Err(error) => self.is_refused(cx, error),
                    }
                }
                Some(_) | None => self.is_refused(cx, error),
            },
        }
    }

    fn write(&mut self, cx: &mut Cx<'_>, czxid: i64) -> Step<Output> {
        self.doing = Doing::Writing { czxid };
        cx.call(WRITE, &SetData::new(&self.plan.path, &self.plan.data));
        Step::Wait
    }

    fn is_written(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Output> {
        let Doing::Writing { czxid } = self.doing else { return Step::Wait };
        match cx.decode::<SetData<'_>>(answer) {
            Ok(stat) if stat.czxid == czxid => {
                self.written = Some(czxid);
                self.look(cx)
            }
            Ok(_) => self.look(cx),
            Err(error) if error.code() == Some(ErrorCode::NoNode) => self.look(cx),
            Err(error) => self.is_refused(cx, error.about(OpCode::SetData, &self.plan.path)),
        }
    }

    /// There is new data.
    fn read_letters(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        while let Some((data, promise)) = self.letters.take() {
            self.plan.data = data;
            self.written = None;
            self.waiting.push(promise);
        }
        match self.doing {
            Doing::Waiting | Doing::Refused => self.look(cx),
            // What was sent has the data before: it is written once more.
            Doing::Writing { .. } => {
                self.doing = Doing::Writing { czxid: 0 };
                Step::Wait
            }
            Doing::Looking
            | Doing::Creating
            | Doing::Pausing
            | Doing::Leaving
            | Doing::Deleting => Step::Wait,
        }
    }

    fn is_deleted(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Output> {
        match cx.decode::<Delete<'_>>(answer) {
            Ok(()) => Step::End(Ok(())),
            Err(error) if error.code() == Some(ErrorCode::NoNode) => Step::End(Ok(())),
            Err(error) => self.is_refused(cx, error.about(OpCode::Delete, &self.plan.path)),
        }
    }

    fn is_refused(&mut self, cx: &mut Cx<'_>, error: Error) -> Step<Output> {
        match (Again::after(&error), self.is_leaving(), &self.readers) {
            (Again::Now, ..) => self.look(cx),
            (Again::Later, is_leaving, _) => {
                self.doing = if is_leaving { Doing::Leaving } else { Doing::Pausing };
                cx.pause(PAUSE);
                Step::Wait
            }
            (Again::Never, true, _) => Step::End(Err(error)),
            (Again::Never, false, Readers::None) => Step::Done(Err(error)),
            // The state will say so next.
            (Again::Never, false, Readers::Told(_)) if error.is_session_over() => Step::Wait,
            (Again::Never, false, Readers::Told(_)) => {
                self.doing = Doing::Refused;
                self.waiting.drain(..).for_each(|promise| promise.fulfil(Err(error.clone())));
                self.tell(NodeStatus::Refused(error))
            }
        }
    }

    fn is_answered(&mut self, cx: &mut Cx<'_>, tag: u64, answer: Answer) -> Step<Output> {
        match tag {
            SYNC => match answer {
                Ok(_) => {
                    cx.call(LOOK, &Exists::new(&self.plan.path));
                    Step::Wait
                }
                Err(error) => self.is_refused(cx, error.about(OpCode::Sync, &self.plan.path)),
            },
            LOOK => match cx.decode::<Exists<'_>>(answer) {
                Ok(stat) => self.is_seen(cx, stat),
                Err(error) => self.is_refused(cx, error.about(OpCode::Exists, &self.plan.path)),
            },
            CREATE => self.is_created(cx, answer),
            PARENT => {
                self.parents.is_answered(cx, answer);
                Step::Wait
            }
            WRITE => self.is_written(cx, answer),
            DELETE => self.is_deleted(cx, answer),
            TOUCH => match self.touch.as_mut().map(|touch| touch.is_answered(cx, answer)) {
                Some(Err(error)) => self.is_refused(cx, error),
                Some(Ok(())) | None => Step::Wait,
            },
            _ => Step::Wait, // that the child is deleted is seen by what comes of its parent
        }
    }

    fn leave(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        self.doing = Doing::Leaving;
        self.waiting.clear();
        self.look(cx)
    }

    /// What was refused may be granted on another connection.
    fn is_at(&mut self, cx: &mut Cx<'_>, state: zk_client::State) -> Step<Output> {
        if state.is_over() {
            let error = cx.final_error();
            let letters = std::iter::from_fn(|| self.letters.take()).map(|(_, promise)| promise);
            for promise in self.waiting.drain(..).chain(letters) {
                promise.fulfil(error.clone().map_or(Ok(()), Err));
            }
            return self.tell(NodeStatus::Lost);
        }
        if state.is_connected() && self.doing == Doing::Refused {
            self.look(cx)
        } else {
            Step::Wait
        }
    }
}

impl Machine for Healer {
    type Output = Output;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Output> {
        match input {
            Input::Start => self.look(cx),
            Input::Answer { tag, answer } => self.is_answered(cx, tag, answer),
            Input::Watch { news, .. } => match (news, self.doing) {
                (
                    News::Change(_) | News::Last(_) | News::Resync,
                    Doing::Waiting | Doing::Refused,
                ) => self.look(cx),
                (News::Change(_) | News::Last(_) | News::Resync, _)
                | (News::NotSet | News::SessionOver(_), _) => Step::Wait,
            },
            Input::Timer { tag: PAUSE } => self.look(cx),
            Input::Timer { .. } => {
                if let Some(touch) = &mut self.touch {
                    touch.is_due(cx);
                }
                Step::Wait
            }
            Input::Called => self.read_letters(cx),
            Input::State(state) => self.is_at(cx, state),
            Input::Cancel => self.leave(cx),
        }
    }
}
