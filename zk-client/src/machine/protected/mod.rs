//! Creating a node exactly once, whatever happens to the connection.

mod guard;
mod search;

use std::borrow::Cow;
use std::collections::VecDeque;

use zk_proto::{
    Acl, Answer, Create, CreateMode, CreateWithStat, Created, Delete, Error, ErrorCode, ErrorKind,
    OpCode, Outcome, Stat,
};

pub use self::guard::NodeGuard;
use self::search::{Found, Search};
use super::again::Again;
use super::parents::{Parents, join};
use super::{Cx, Input, Machine, Step};

const CREATE: u64 = 0;
const PARENT: u64 = 1;
const DELETE: u64 = 2;
const PAUSE: u64 = 3;

/// Creates a node exactly once, also if the connection breaks while that is on its way.
///
/// The answer to a `create` can be lost although the node was created. To ask again would create
/// another one if it is sequential: a node that nobody knows to be theirs, and behind which
/// everybody waits for as long as the session lasts. So the name of the node carries a GUID, by
/// which it is found again, as that of Curator's `withProtection()` does:
/// `parent/_c_<guid>-<prefix><number>`.
///
/// * After a connection was lost, the parent is synced and listed. A node with our GUID is ours if
///   it also belongs to our session, where it is ephemeral: one of a session before, which is
///   about to go with that session, is not claimed (CURATOR-498, CURATOR-604, CURATOR-696). If
///   there is none, it is created again; if there are two, the first one is kept.
/// * Parents that are missing are created, open to everybody unless told otherwise: containers, or
///   persistent nodes at a server that has none (before ZooKeeper 3.5).
/// * Cancelled at any moment, [when it is done](Step::Done) as well, it leaves no such node behind:
///   what has been created by then is deleted before it [ends](Step::End). Parents stay.
///
/// It goes on as long as the session does. Run it by
/// [`Client::create_protected`](crate::Client::create_protected), or as a part of another machine.
#[derive(Debug)]
pub struct ProtectedCreate {
    parent: String,
    prefix: String,
    data: Vec<u8>,
    acl: Cow<'static, [Acl]>,
    mode: CreateMode,
    guid: Option<String>,
    parents: Parents,
    wish: Wish,
    state: State,
}

/// A node that is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Owned {
    /// Its path.
    pub path: String,
    /// The last part of its path.
    pub name: String,
    /// The transaction that created it. Later transactions have higher numbers, whatever node they
    /// concern: where the node stands for a right, this is the fencing token.
    pub czxid: i64,
}

impl Owned {
    fn new(path: String, stat: &Stat) -> Self {
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        Self { path, name, czxid: stat.czxid }
    }
}

/// What our owner wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    /// There is to be one such node.
    One,
    /// There is to be none.
    None,
}

#[derive(Debug)]
enum State {
    /// On its way, or about to be asked again.
    Creating {
        history: History,
        form: Form,
    },
    /// Somewhere there may be a node of ours.
    Searching {
        search: Search,
        otherwise: Otherwise,
    },
    /// What is not wanted goes, the first one first.
    Deleting {
        unwanted: VecDeque<Owned>,
        kept: Option<Owned>,
        trouble: Option<Error>,
    },
    /// It is there, and our owner was told.
    Created(Owned),
    Ended,
}

/// What became of the requests before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum History {
    /// None of them was applied.
    Clear,
    /// One of them was lost, and had left no node when we looked.
    Doubtful,
}

/// How to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The answer has the stat (ZooKeeper 3.5).
    WithStat,
    /// It has not: the node is looked at afterwards.
    Plain,
}

/// What to do if nothing is found.
#[derive(Debug)]
enum Otherwise {
    /// The error is told if nobody can look.
    CreateAgain(Form, Option<Error>),
    Fail(Error),
    /// It was there when we looked last.
    Keep(Owned),
}

impl ProtectedCreate {
    /// Creates a node below `parent`, whose name has a GUID, then this prefix, then the number of
    /// a sequential node. It is open to everybody.
    #[must_use]
    pub fn new(parent: &str, prefix: &str, data: impl AsRef<[u8]>, mode: CreateMode) -> Self {
        Self {
            parent: parent.to_owned(),
            prefix: prefix.to_owned(),
            data: data.as_ref().to_owned(),
            acl: Acl::OPEN.into(),
            mode,
            guid: None,
            parents: Parents::new(CreateMode::Container),
            wish: Wish::One,
            state: State::Creating { history: History::Clear, form: Form::WithStat },
        }
    }

    /// With this access control list, of at least one entry. Parents do not get it.
    #[must_use]
    pub fn acl(self, acl: impl Into<Cow<'static, [Acl]>>) -> Self {
        Self { acl: acl.into(), ..self }
    }

    /// With this text in place of a random GUID, by which the node is told from those of others.
    #[must_use]
    pub fn guid(self, guid: impl Into<String>) -> Self {
        Self { guid: Some(guid.into()), ..self }
    }

    /// What kind of node missing parents become.
    #[must_use]
    pub fn parents(self, mode: CreateMode) -> Self {
        Self { parents: self.parents.mode(mode), ..self }
    }

    /// The access control list of missing parents.
    #[must_use]
    pub fn parents_acl(self, acl: impl Into<Cow<'static, [Acl]>>) -> Self {
        Self { parents: self.parents.acl(acl), ..self }
    }

    /// Without its parents: if the parent is missing, `NoNode` is the answer.
    #[must_use]
    pub fn without_parents(self) -> Self {
        Self { parents: Parents::none(), ..self }
    }

    /// What the names of its nodes begin with.
    fn mark(&mut self, cx: &mut Cx<'_>) -> String {
        format!("_c_{}-", self.guid.get_or_insert_with(|| cx.guid()))
    }

    fn path(&mut self, cx: &mut Cx<'_>) -> String {
        let name = self.mark(cx) + &self.prefix;
        join(&self.parent, &name)
    }

    fn create(&mut self, cx: &mut Cx<'_>, history: History, form: Form) -> Step<Output> {
        if self.wish == Wish::None {
            return self.end(Ok(()));
        }
        self.state = State::Creating { history, form };
        self.ask(cx);
        Step::Wait
    }

    fn ask(&mut self, cx: &mut Cx<'_>) {
        let path = self.path(cx);
        let create = || Create::new(&path, &self.data).acl(&*self.acl).mode(self.mode);
        match &self.state {
            State::Creating { form: Form::WithStat, .. } => cx.call(CREATE, &create().with_stat()),
            State::Creating { form: Form::Plain, .. } => cx.call(CREATE, &create()),
            State::Deleting { unwanted, .. } => {
                if let Some(owned) = unwanted.front() {
                    cx.call(DELETE, &Delete::new(&owned.path));
                }
            }
            State::Searching { .. } | State::Created(_) | State::Ended => {}
        }
    }

    fn is_created(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Output> {
        let State::Creating { history, form } = self.state else { return Step::Wait };
        let result = match form {
            Form::WithStat => cx.decode::<CreateWithStat<'_>>(answer).map(Some),
            Form::Plain => cx.decode::<Create<'_>>(answer).map(|_| None),
        };
        match (result, history) {
            (Ok(Some(Created { path, stat, .. })), history) => {
                let owned = Owned::new(path, &stat);
                match history {
                    History::Clear => self.settle(cx, vec![owned]),
                    History::Doubtful => self.search(cx, Otherwise::Keep(owned)),
                }
            }
            (Ok(None), _) => self.search(cx, Otherwise::CreateAgain(form, None)),
            (Err(error), history) => self.is_not_created(cx, error, history, form),
        }
    }

    fn is_not_created(
        &mut self,
        cx: &mut Cx<'_>,
        error: Error,
        history: History,
        form: Form,
    ) -> Step<Output> {
        let path = self.path(cx);
        let error = error.about(OpCode::Create, &path);
        match (error.code(), error.outcome(), Again::after(&error)) {
            _ if error.is_session_over() => self.fail(error),
            (_, Outcome::Unknown, Again::Now) => {
                self.search(cx, Otherwise::CreateAgain(form, Some(error)))
            }
            (_, Outcome::NotApplied, Again::Now) => self.create(cx, history, form),
            (_, _, Again::Later) => self.pause(cx),
            (Some(ErrorCode::NoNode), ..) => match self.parents.create(cx, PARENT, &path, error) {
                Ok(()) => self.create(cx, history, form),
                Err(error) => self.fail(error),
            },
            (Some(ErrorCode::Unimplemented), ..) if form == Form::WithStat => {
                self.create(cx, history, Form::Plain)
            }
            // Either it is ours, or the GUID is somebody else's as well.
            (Some(ErrorCode::NodeExists), ..) | (_, Outcome::Unknown, Again::Never) => {
                self.search(cx, Otherwise::Fail(error))
            }
            (_, Outcome::NotApplied, Again::Never) => self.fail(error),
        }
    }

    fn search(&mut self, cx: &mut Cx<'_>, otherwise: Otherwise) -> Step<Output> {
        let mark = self.mark(cx);
        let search = Search::start(cx, &self.parent, &mark, self.mode);
        self.state = State::Searching { search, otherwise };
        Step::Wait
    }

    fn is_searching(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Output> {
        let State::Searching { search, .. } = &mut self.state else { return Step::Wait };
        let found = search.step(cx, input);
        if let Found::NotYet = found {
            return Step::Wait;
        }
        let State::Searching { otherwise, .. } = std::mem::replace(&mut self.state, State::Ended)
        else {
            return Step::Wait;
        };
        match (found, otherwise) {
            (Found::NotYet, _) => Step::Wait,
            (Found::All(nodes), _) if !nodes.is_empty() => self.settle(cx, nodes),
            (Found::All(_), Otherwise::CreateAgain(form, _)) => {
                self.create(cx, History::Doubtful, form)
            }
            (Found::Trouble(trouble), _) if trouble.is_session_over() => {
                let path = self.path(cx);
                self.fail(of_unknown_outcome(trouble).about(OpCode::Create, &path))
            }
            (Found::Trouble(trouble), Otherwise::CreateAgain(_, lost)) => {
                self.fail(lost.unwrap_or(trouble))
            }
            (Found::All(_) | Found::Trouble(_), Otherwise::Fail(error)) => self.fail(error),
            (Found::All(_) | Found::Trouble(_), Otherwise::Keep(owned)) => {
                self.settle(cx, vec![owned])
            }
        }
    }

    /// These are ours: the first one is kept, if one is wanted.
    fn settle(&mut self, cx: &mut Cx<'_>, mut nodes: Vec<Owned>) -> Step<Output> {
        nodes.sort_by_key(|owned| owned.czxid);
        let mut unwanted = VecDeque::from(nodes);
        let kept = if self.wish == Wish::One { unwanted.pop_front() } else { None };
        self.state = State::Deleting { unwanted, kept, trouble: None };
        self.delete_next(cx)
    }

    fn delete_next(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        let State::Deleting { unwanted, kept, trouble } = &mut self.state else {
            return Step::Wait;
        };
        if unwanted.is_empty() && self.wish == Wish::None {
            unwanted.extend(kept.take());
        }
        if !unwanted.is_empty() {
            self.ask(cx);
            return Step::Wait;
        }
        let result = trouble.take().map_or(Ok(()), Err);
        match kept.take() {
            // One that could not be deleted goes with the session at the latest, or never could.
            Some(owned) => {
                self.state = State::Created(owned.clone());
                Step::Done(Ok(owned))
            }
            None => self.end(result),
        }
    }

    fn is_deleted(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Output> {
        let State::Deleting { unwanted, trouble, .. } = &mut self.state else {
            return Step::Wait;
        };
        match (answer, unwanted.front()) {
            (Err(error), Some(owned)) if error.code() != Some(ErrorCode::NoNode) => {
                match Again::after(&error) {
                    Again::Now => return self.go_on(cx),
                    Again::Later => return self.pause(cx),
                    Again::Never => *trouble = Some(error.about(OpCode::Delete, &owned.path)),
                }
            }
            (Ok(_) | Err(_), _) => {}
        }
        unwanted.pop_front();
        self.delete_next(cx)
    }

    #[expect(clippy::unused_self, reason = "a step like the others")]
    fn pause(&self, cx: &mut Cx<'_>) -> Step<Output> {
        cx.pause(PAUSE);
        Step::Wait
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        match self.state {
            State::Creating { history, form } => self.create(cx, history, form),
            State::Deleting { .. } => self.delete_next(cx),
            State::Searching { .. } | State::Created(_) | State::Ended => Step::Wait,
        }
    }

    fn cancel(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        self.wish = Wish::None;
        if let State::Created(owned) = &self.state {
            let owned = owned.clone();
            return self.settle(cx, vec![owned]);
        }
        Step::Wait // what is on its way is waited for
    }

    /// Whoever has cancelled us only wants to know that nothing is left.
    fn fail(&mut self, error: Error) -> Step<Output> {
        match self.wish {
            Wish::One => {
                self.state = State::Ended;
                Step::Done(Err(error))
            }
            Wish::None if error.outcome() == Outcome::NotApplied => self.end(Ok(())),
            Wish::None => self.end(Err(error)),
        }
    }

    fn end(&mut self, result: Result<(), Error>) -> Step<Output> {
        self.state = State::Ended;
        Step::End(result)
    }
}

/// The session is over, and an earlier request may have been applied.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others have an outcome of their own")]
fn of_unknown_outcome(error: Error) -> Error {
    let outcome = Outcome::Unknown;
    match error.kind().clone() {
        ErrorKind::SessionExpired(_) => ErrorKind::SessionExpired(outcome).into(),
        ErrorKind::Closed(_) => ErrorKind::Closed(outcome).into(),
        ErrorKind::AuthFailed { reason, .. } => ErrorKind::AuthFailed { reason, outcome }.into(),
        _ => error,
    }
}

type Output = Result<Owned, Error>;

impl Machine for ProtectedCreate {
    type Output = Output;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Output> {
        match input {
            Input::Start => self.create(cx, History::Clear, Form::WithStat),
            Input::Answer { tag: CREATE, answer } => self.is_created(cx, answer),
            Input::Answer { tag: DELETE, answer } => self.is_deleted(cx, answer),
            Input::Answer { tag: PARENT, answer } => {
                self.parents.is_answered(cx, answer);
                Step::Wait
            }
            Input::Timer { tag: PAUSE } => self.go_on(cx),
            Input::Cancel => self.cancel(cx),
            Input::Answer { .. } | Input::Timer { .. } => self.is_searching(cx, input),
            Input::Watch { .. } | Input::State(_) | Input::Called => Step::Wait,
        }
    }
}
