//! Finding what a lost request has created.

use zk_proto::{Answer, CreateMode, Error, ErrorCode, Exists, GetChildren, OpCode, Stat, Sync};

use super::Owned;
use crate::machine::again::Again;
use crate::machine::parents::join;
use crate::machine::{Cx, Input};

const SYNC: u64 = 100;
const LIST: u64 = 101;
const STAT: u64 = 102;
const PAUSE: u64 = 103;

/// Lists the nodes below a parent whose names begin with our mark, as the leader knows them, and
/// keeps those that are ours. It asks until it is answered.
#[derive(Debug)]
pub(super) struct Search {
    parent: String,
    mark: String,
    mode: CreateMode,
    state: State,
}

#[derive(Debug)]
enum State {
    /// What the sync was answered: whether the list shows all that was written before.
    Listing { sync: Option<Result<(), Error>> },
    /// The last name is being looked at.
    Looking { names: Vec<String>, ours: Vec<Owned> },
}

/// How far it is.
#[derive(Debug)]
pub(super) enum Found {
    NotYet,
    All(Vec<Owned>),
    /// Nobody can tell.
    Trouble(Error),
}

impl Search {
    pub(super) fn start(cx: &mut Cx<'_>, parent: &str, mark: &str, mode: CreateMode) -> Self {
        let (parent, mark) = (parent.to_owned(), mark.to_owned());
        let search = Self { parent, mark, mode, state: State::Listing { sync: None } };
        search.ask(cx);
        search
    }

    pub(super) fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Found {
        match input {
            Input::Answer { tag: SYNC, answer } => {
                if let State::Listing { sync } = &mut self.state {
                    *sync = Some(answer.map(drop));
                }
            }
            Input::Answer { tag: LIST, answer } => return self.is_listed(cx, answer),
            Input::Answer { tag: STAT, answer } => return self.is_looked_at(cx, answer),
            Input::Timer { .. } => self.ask(cx),
            Input::Start
            | Input::Answer { .. }
            | Input::Watch { .. }
            | Input::State(_)
            | Input::Called
            | Input::Cancel => {}
        }
        Found::NotYet
    }

    fn ask(&self, cx: &mut Cx<'_>) {
        match &self.state {
            State::Listing { .. } => {
                cx.call(SYNC, &Sync::new(&self.parent));
                cx.call(LIST, &GetChildren::new(&self.parent));
            }
            State::Looking { names, .. } => {
                if let Some(name) = names.last() {
                    cx.call(STAT, &Exists::new(&join(&self.parent, name)));
                }
            }
        }
    }

    fn is_listed(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Found {
        let State::Listing { sync } = &mut self.state else { return Found::NotYet };
        // The connection can have broken between the two.
        let is_synced = sync.take().unwrap_or(Ok(()));
        let names = match cx.decode::<GetChildren<'_>>(is_synced.and(answer)) {
            Ok(children) => {
                let ours = children.iter().filter(|name| name.starts_with(&self.mark));
                ours.map(String::from).collect()
            }
            Err(error) if error.code() == Some(ErrorCode::NoNode) => Vec::new(),
            Err(error) => {
                return self.ask_again(cx, error.about(OpCode::GetChildren, &self.parent));
            }
        };
        self.state = State::Looking { names, ours: Vec::new() };
        self.look_at_next(cx)
    }

    fn look_at_next(&mut self, cx: &mut Cx<'_>) -> Found {
        match &mut self.state {
            State::Looking { names, ours } if names.is_empty() => Found::All(std::mem::take(ours)),
            State::Looking { .. } | State::Listing { .. } => {
                self.ask(cx);
                Found::NotYet
            }
        }
    }

    fn is_looked_at(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Found {
        let State::Looking { names, ours } = &mut self.state else { return Found::NotYet };
        let stat = match cx.decode::<Exists<'_>>(answer) {
            Ok(stat) => stat,
            Err(error) => {
                let error = error.about(OpCode::Exists, &self.parent);
                return self.ask_again(cx, error);
            }
        };
        let name = names.pop();
        if let (Some(name), Some(stat)) = (name, stat)
            && is_ours(self.mode, &stat, cx.session_id())
        {
            ours.push(Owned::new(join(&self.parent, &name), &stat));
        }
        self.look_at_next(cx)
    }

    fn ask_again(&mut self, cx: &mut Cx<'_>, error: Error) -> Found {
        match Again::after(&error) {
            Again::Now => self.ask(cx),
            Again::Later => {
                cx.pause(PAUSE);
            }
            Again::Never => return Found::Trouble(error),
        }
        Found::NotYet
    }
}

/// An ephemeral node can still be there of a session that is dying, and takes it along when it
/// goes: its name is not enough (CURATOR-498, CURATOR-604, CURATOR-696).
fn is_ours(mode: CreateMode, stat: &Stat, session: i64) -> bool {
    match mode {
        CreateMode::Ephemeral | CreateMode::EphemeralSequential => stat.ephemeral_owner == session,
        CreateMode::Persistent
        | CreateMode::PersistentSequential
        | CreateMode::Container
        | CreateMode::PersistentWithTtl(_)
        | CreateMode::PersistentSequentialWithTtl(_) => true,
    }
}
