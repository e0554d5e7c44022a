//! A request that is asked again where that is safe.

use zk_proto::{
    Answer, AnyRequest, Chroot, Error, ErrorCode, ErrorKind, Exists, OpCode, Outcome, Raw, Request,
    Stat, Sync,
};

use super::again::Again;
use super::{Cx, Input, Machine, Step};
use crate::Retry;

const REQUEST: u64 = 0;
const SYNC: u64 = 1;
const STAT: u64 = 2;
const PAUSE: u64 = 0;
const TOTAL: u64 = 1;

/// A request that is asked again where that is safe.
pub(crate) struct Retried<T> {
    retry: Retry,
    /// As it goes over the wire.
    op: OpCode,
    body: Vec<u8>,
    /// What errors are about.
    paths: Box<str>,
    decode: fn(Answer, &Chroot) -> Result<T, Error>,
    repetition: Repetition,
    failures: u32,
    state: State,
}

/// Whether it may be repeated if nobody knows whether it was applied.
#[derive(Debug)]
enum Repetition {
    Safe,
    /// If it can be shown not to have been applied.
    Shown(Proof),
    Unsafe,
}

/// What shows that a write has not been applied.
#[derive(Debug)]
struct Proof {
    /// By the server's paths.
    path: String,
    demand: Demand,
    /// The last transaction that the session had seen when the request was made: a node that is as
    /// old is still the same.
    zxid: i64,
}

/// What a write demands of its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Demand {
    Version(i32),
    AclVersion(i32),
    /// Any write of ours would have deleted it.
    Existence,
}

#[derive(Debug)]
enum State {
    Asking,
    /// The node is being looked at: was the request applied that ended like this?
    Looking {
        lost: Error,
        sync: Option<Result<(), Error>>,
    },
    Pausing {
        error: Error,
        then: Then,
    },
}

/// What follows a pause.
#[derive(Clone, Copy, Debug)]
enum Then {
    Ask,
    Look,
}

impl<T: Send + 'static> Retried<T> {
    pub(crate) fn new<R: Request<Response = T>>(retry: Retry, request: &R, body: Vec<u8>) -> Self {
        let op = request.op();
        let repetition = Repetition::of(op, &body);
        let (paths, decode) = (request.path(), R::decode as fn(Answer, &Chroot) -> _);
        Self { retry, op, body, paths, decode, repetition, failures: 0, state: State::Asking }
    }

    fn start(&mut self, cx: &mut Cx<'_>) {
        if let Repetition::Shown(proof) = &mut self.repetition {
            proof.zxid = cx.shared.with(false, |core| core.session.stats().last_zxid);
        }
        if let Some(total) = self.retry.total {
            cx.timer(TOTAL, total);
        }
        self.ask(cx);
    }

    fn ask(&mut self, cx: &mut Cx<'_>) {
        self.state = State::Asking;
        cx.call(REQUEST, &Raw { op: self.op, body: &self.body });
    }

    fn look(&mut self, cx: &mut Cx<'_>, lost: Error) {
        if let Repetition::Shown(proof) = &self.repetition {
            cx.call_by_server_path(SYNC, &Sync::new(&proof.path));
            cx.call_by_server_path(STAT, &Exists::new(&proof.path));
        }
        self.state = State::Looking { lost, sync: None };
    }

    fn is_answered(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Result<T, Error>> {
        let error = match (self.decode)(answer, cx.chroot()) {
            Ok(response) => return Step::Done(Ok(response)),
            Err(error) => error.about(self.op, &self.paths),
        };
        self.failures += 1;
        match (when(&error), error.outcome(), &self.repetition) {
            _ if self.failures >= self.retry.attempts => return Step::Done(Err(error)),
            (Again::Never, ..) | (_, Outcome::Unknown, Repetition::Unsafe) => {
                return Step::Done(Err(error));
            }
            (_, Outcome::Unknown, Repetition::Shown(_)) => self.look(cx, error),
            (Again::Now, ..) => self.ask(cx),
            (Again::Later, ..) => self.pause(cx, error, Then::Ask),
        }
        Step::Wait
    }

    fn is_looked_at(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Result<T, Error>> {
        let State::Looking { lost, sync } = &mut self.state else { return Step::Wait };
        let lost = lost.clone();
        let answer = sync.take().unwrap_or(Ok(())).and(answer);
        let error = match (cx.decode::<Exists<'_>>(answer), &self.repetition) {
            (Ok(stat), Repetition::Shown(proof)) if proof.is_found_in(stat) => {
                self.ask(cx);
                return Step::Wait;
            }
            (Ok(_), _) => return Step::Done(Err(lost)),
            (Err(error), _) => error,
        };
        self.failures += 1;
        match when(&error) {
            _ if self.failures >= self.retry.attempts => return Step::Done(Err(lost)),
            Again::Now => self.look(cx, lost),
            Again::Later => self.pause(cx, lost, Then::Look),
            Again::Never => return Step::Done(Err(lost)),
        }
        Step::Wait
    }

    fn pause(&mut self, cx: &mut Cx<'_>, error: Error, then: Then) {
        let pause = self.retry.pause_after(self.failures, cx.random());
        cx.timer(PAUSE, pause);
        self.state = State::Pausing { error, then };
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) {
        match &self.state {
            State::Pausing { then: Then::Ask, .. } => self.ask(cx),
            State::Pausing { then: Then::Look, error } => {
                let lost = error.clone();
                self.look(cx, lost);
            }
            State::Asking | State::Looking { .. } => {}
        }
    }

    /// What is known when there is no more time.
    fn last_error(&self) -> Error {
        match &self.state {
            State::Asking => {
                let error = Error::from(ErrorKind::DeadlineExceeded(Outcome::Unknown));
                error.about(self.op, &self.paths)
            }
            State::Looking { lost: error, .. } | State::Pausing { error, .. } => error.clone(),
        }
    }
}

impl<T: Send + 'static> Machine for Retried<T> {
    type Output = Result<T, Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        match input {
            Input::Start => self.start(cx),
            Input::Answer { tag: REQUEST, answer } => return self.is_answered(cx, answer),
            Input::Answer { tag: SYNC, answer } => {
                if let State::Looking { sync, .. } = &mut self.state {
                    *sync = Some(answer.map(drop));
                }
            }
            Input::Answer { answer, .. } => return self.is_looked_at(cx, answer),
            Input::Timer { tag: TOTAL } => return Step::Done(Err(self.last_error())),
            Input::Timer { .. } => self.go_on(cx),
            Input::Cancel => return Step::End(Ok(())),
            Input::Watch { .. } | Input::State(_) | Input::Called => {}
        }
        Step::Wait
    }
}

impl Repetition {
    fn of(op: OpCode, body: &[u8]) -> Self {
        let shown =
            |path: &str, demand| Self::Shown(Proof { path: path.to_owned(), demand, zxid: 0 });
        match AnyRequest::decode(op, body) {
            Ok(
                AnyRequest::Exists(..)
                | AnyRequest::GetData(..)
                | AnyRequest::GetAcl(_)
                | AnyRequest::GetChildren(..)
                | AnyRequest::GetChildrenWithStat(..)
                | AnyRequest::GetAllChildrenNumber(_)
                | AnyRequest::GetEphemerals(_)
                | AnyRequest::MultiRead(_)
                | AnyRequest::CheckWatches(_)
                | AnyRequest::Sync(_)
                | AnyRequest::WhoAmI,
            ) => Self::Safe,
            Ok(AnyRequest::SetData(set)) => match set.version {
                Some(version) => shown(set.path, Demand::Version(version)),
                None => Self::Unsafe,
            },
            Ok(AnyRequest::SetAcl(set)) => match set.version {
                Some(version) => shown(set.path, Demand::AclVersion(version)),
                None => Self::Unsafe,
            },
            Ok(AnyRequest::Delete(delete)) => match delete.version {
                Some(_) => shown(delete.path, Demand::Existence),
                None => Self::Unsafe,
            },
            Ok(_) | Err(_) => Self::Unsafe,
        }
    }
}

impl Proof {
    /// A version never comes back to a node, unless it was deleted and created again.
    fn is_found_in(&self, stat: Option<Stat>) -> bool {
        stat.is_some_and(|stat| {
            let is_untouched = match self.demand {
                Demand::Version(version) => stat.version == version,
                Demand::AclVersion(version) => stat.aversion == version,
                Demand::Existence => true,
            };
            is_untouched && stat.czxid <= self.zxid
        })
    }
}

/// When a request that has failed like this may succeed.
#[expect(clippy::wildcard_enum_match_arm, reason = "what is not known to pass is final")]
fn when(error: &Error) -> Again {
    let not_now = [
        ErrorCode::Throttled,
        ErrorCode::NotReadOnly,
        ErrorCode::ReconfigInProgress,
        ErrorCode::NewConfigNoQuorum,
    ];
    match error.kind() {
        ErrorKind::ConnectionLost { .. } => Again::Now,
        ErrorKind::QueueFull => Again::Later,
        ErrorKind::Server(code) if not_now.contains(code) || code.outcome() == Outcome::Unknown => {
            Again::Later
        }
        _ => Again::Never,
    }
}
