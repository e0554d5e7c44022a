//! Writing a node exactly once, whatever happens to the connection.

use zk_client::machine::{Again, Answer, Cx, Input, Letters, Split, Step};
use zk_client::{
    Error, ErrorCode, Exists, GetData, Multi, MultiResult, Node, OpCode, Outcome, SetData, Stat,
    Sync,
};

use super::attempt::Attempt;
use super::job::{Job, Stage, Then};
use super::known::Known;
use super::letter::{Letter, Wish};
use super::receipt::Receipt;
use super::{Receipts, Versioned};

const WRITE: u64 = 0;
const SYNC: u64 = 1;
const READ: u64 = 2;
const STAT: u64 = 3;
const PAUSE: u64 = 4;

/// Fulfils the owners' wishes, one after the other.
#[derive(Debug)]
pub(super) struct Desk {
    path: String,
    letters: Letters<Letter>,
    receipt: Receipt,
    job: Option<Job>,
}

impl Desk {
    pub(super) fn new(path: &str, receipts: Receipts, letters: Letters<Letter>) -> Self {
        let receipt = match receipts {
            Receipts::Without => Receipt::Never,
            Receipts::With => Receipt::Wanted,
        };
        Self { path: path.to_owned(), letters, receipt, job: None }
    }

    pub(super) fn step<V>(&mut self, cx: &mut Cx<'_>, input: Input<'_>, known: &mut Known<V>)
    where
        V: Clone + PartialEq,
    {
        match input.split() {
            Split::Child(_, input) => {
                if let Step::Done(result) = self.receipt.step(cx, input) {
                    self.is_signed(cx, result, known);
                }
            }
            Split::Own(Input::Answer { tag, answer }) => self.is_answered(cx, tag, answer, known),
            Split::Own(Input::Timer { .. }) => self.ask(cx),
            Split::Own(Input::State(_)) => self.end_if_over(cx),
            Split::Own(Input::Start | Input::Called | Input::Watch { .. } | Input::Cancel) => {}
        }
        self.begin_next(cx, known);
    }

    /// Whether it waits for [`is_there`](Self::is_there).
    pub(super) fn misses_the_node(&self) -> bool {
        self.job.as_ref().is_some_and(|job| matches!(job.stage, Stage::Missing(_)))
    }

    pub(super) fn is_there<V: Clone + PartialEq>(&mut self, cx: &mut Cx<'_>, known: &Known<V>) {
        let Some(Job { stage: Stage::Missing(refusal), .. }) = &mut self.job else { return };
        match refusal.take() {
            Some(refusal) => self.answer(Err(refusal)),
            None => self.attempt(cx, known),
        }
    }

    pub(super) fn is_not_there(&mut self, error: Error) {
        if self.misses_the_node() {
            self.answer(Err(error));
        }
    }

    /// Nobody waits any more: takes the receipt away.
    pub(super) fn leave(&mut self, cx: &mut Cx<'_>) -> Step<()> {
        self.job = None;
        match self.receipt.leave(cx) {
            Step::End(result) => Step::End(result),
            Step::Wait | Step::Ready(_) | Step::Done(_) => Step::Wait,
        }
    }

    pub(super) fn is_leaving(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<()> {
        let Split::Child(_, input) = input.split() else { return Step::Wait };
        match self.receipt.step(cx, input) {
            Step::End(result) => Step::End(result),
            Step::Wait | Step::Ready(_) | Step::Done(_) => Step::Wait,
        }
    }

    fn begin_next<V: Clone + PartialEq>(&mut self, cx: &mut Cx<'_>, known: &Known<V>) {
        while self.job.is_none() {
            let Some(letter) = self.letters.take() else { return };
            if !letter.answer.is_abandoned() {
                self.job = Some(Job::new(letter));
                self.attempt(cx, known);
            }
        }
    }

    fn attempt<V: Clone + PartialEq>(&mut self, cx: &mut Cx<'_>, known: &Known<V>) {
        let Some(job) = &mut self.job else { return };
        let present = known.latest();
        let (data, version) = match (&job.letter.wish, &self.receipt) {
            (Wish::Set(data), Receipt::Never) => (data.clone(), None),
            (Wish::Set(data), _) => (data.clone(), Some(present.version)),
            (Wish::CompareAndSet { version, data }, _) => (data.clone(), Some(*version)),
            (Wish::Edit(edit), _) => match edit(present) {
                Ok(data) => (data, Some(present.version)),
                Err(error) if job.is_fresh => return self.answer(Err(error)),
                Err(_) => return self.read(cx, Then::TryAgain),
            },
        };
        if let Receipt::Wanted = self.receipt {
            job.stage = Stage::Signing;
            self.receipt.create(cx, &self.path);
        } else {
            job.stage = Stage::Writing(Attempt { data, version, doubt: None });
            self.ask(cx);
        }
    }

    fn read(&mut self, cx: &mut Cx<'_>, then: Then) {
        if let Some(job) = &mut self.job {
            job.stage = Stage::Reading { then, sync: Ok(()) };
            self.ask(cx);
        }
    }

    /// Asks, or asks again, for what the stage waits for.
    fn ask(&self, cx: &mut Cx<'_>) {
        let Some(job) = &self.job else { return };
        match (&job.stage, &self.receipt) {
            (Stage::Writing(attempt), Receipt::Kept { path, version, .. }) => {
                let receipt = SetData::new(path, "").version(*version);
                let multi = Multi::new().add(receipt).add(attempt.request(&self.path));
                cx.call(WRITE, &multi);
            }
            (Stage::Writing(attempt), _) => cx.call(WRITE, &attempt.request(&self.path)),
            (Stage::Reading { .. }, _) => {
                cx.call(SYNC, &Sync::new(&self.path));
                cx.call(READ, &GetData::new(&self.path));
            }
            (Stage::Looking(_), Receipt::Kept { path, .. }) => cx.call(STAT, &Exists::new(path)),
            (Stage::Looking(_) | Stage::Signing | Stage::Missing(_), _) => {}
        }
    }

    fn is_answered<V>(&mut self, cx: &mut Cx<'_>, tag: u64, answer: Answer, known: &mut Known<V>)
    where
        V: Clone + PartialEq,
    {
        let Some(job) = &mut self.job else { return };
        match (tag, &mut job.stage) {
            (WRITE, Stage::Writing(_)) => {
                let result = self.decode_write(cx, answer);
                self.is_written(cx, result, known);
            }
            (SYNC, Stage::Reading { sync, .. }) => *sync = answer.map(drop),
            (READ, Stage::Reading { sync, .. }) => {
                // The connection can have broken between the two.
                let is_synced = std::mem::replace(sync, Ok(()));
                let result = cx.decode::<GetData<'_>>(is_synced.and(answer));
                let result = result.map_err(|error| error.about(OpCode::GetData, &self.path));
                self.is_read(cx, result, known);
            }
            (STAT, Stage::Looking(_)) => {
                let result = cx.decode::<Exists<'_>>(answer);
                self.is_looked_at(cx, result, known);
            }
            _ => {}
        }
    }

    fn decode_write(&self, cx: &Cx<'_>, answer: Answer) -> Result<Stat, Error> {
        if let Receipt::Kept { path, .. } = &self.receipt {
            let paths = format!("{path}\0{}", self.path);
            let results = cx.decode::<Multi<'_>>(answer);
            let results = results.map_err(|error| error.about(OpCode::Multi, &paths))?;
            return match results.last() {
                Some(MultiResult::Set(stat)) => Ok(**stat),
                Some(_) | None => Ok(Stat::default()), // cannot be
            };
        }
        let stat = cx.decode::<SetData<'_>>(answer);
        stat.map_err(|error| error.about(OpCode::SetData, &self.path))
    }

    fn is_written<V>(&mut self, cx: &mut Cx<'_>, result: Result<Stat, Error>, known: &mut Known<V>)
    where
        V: Clone + PartialEq,
    {
        let Some(Job { stage: Stage::Writing(attempt), .. }) = &mut self.job else { return };
        match result {
            Ok(stat) => {
                if let Receipt::Kept { version, .. } = &mut self.receipt {
                    *version = version.wrapping_add(1);
                }
                let data = std::mem::take(&mut attempt.data);
                let value = Versioned { data, version: stat.version, mzxid: stat.mzxid };
                known.learn(value.clone());
                self.answer(Ok(value));
            }
            Err(error) => match Again::after(&error) {
                Again::Now => {
                    if error.outcome() == Outcome::Unknown {
                        attempt.doubt = Some(error);
                    }
                    self.ask(cx);
                }
                Again::Later => cx.pause(PAUSE),
                Again::Never => self.is_refused(cx, error, known),
            },
        }
    }

    /// The server said no, or the session is over.
    fn is_refused<V>(&mut self, cx: &mut Cx<'_>, error: Error, known: &Known<V>)
    where
        V: Clone + PartialEq,
    {
        let Some(attempt) = self.job.as_mut().and_then(Job::take_attempt) else { return };
        let is_receipts = error.failed_operation() == Some(0);
        match (error.code(), &self.receipt) {
            (Some(ErrorCode::BadVersion), Receipt::Kept { .. }) if is_receipts => {
                self.set_stage(Stage::Looking(attempt));
                self.ask(cx);
            }
            (Some(ErrorCode::NoNode), Receipt::Kept { .. }) if is_receipts => {
                self.receipt = Receipt::Wanted;
                match attempt.doubt {
                    Some(doubt) => self.answer(Err(doubt)),
                    None => self.attempt(cx, known),
                }
            }
            (Some(ErrorCode::BadVersion | ErrorCode::NoNode), Receipt::Never)
                if attempt.doubt.is_some() && attempt.version.is_some() =>
            {
                self.read(cx, Then::Judge(attempt));
            }
            // With a receipt, it is certain that nothing was applied.
            (Some(ErrorCode::BadVersion | ErrorCode::NoNode), _) => self.is_in_conflict(cx, error),
            (_, _) => self.answer(Err(attempt.error(error))),
        }
    }

    /// Somebody else was quicker.
    fn is_in_conflict(&mut self, cx: &mut Cx<'_>, error: Error) {
        let Some(job) = &self.job else { return };
        match (&job.letter.wish, error.code()) {
            (Wish::CompareAndSet { .. }, Some(ErrorCode::NoNode)) => {
                self.set_stage(Stage::Missing(Some(error)));
            }
            (Wish::CompareAndSet { .. }, _) => self.read(cx, Then::Refuse(error)),
            (Wish::Set(_) | Wish::Edit(_), Some(ErrorCode::NoNode)) => {
                self.set_stage(Stage::Missing(None));
            }
            (Wish::Set(_) | Wish::Edit(_), _) => self.read(cx, Then::TryAgain),
        }
    }

    fn is_read<V>(&mut self, cx: &mut Cx<'_>, result: Result<Node, Error>, known: &mut Known<V>)
    where
        V: Clone + PartialEq,
    {
        let error = match result {
            Ok(node) => return self.is_known(cx, &Versioned::of(&node), known),
            Err(error) => error,
        };
        match Again::after(&error) {
            Again::Now => return self.ask(cx),
            Again::Later => return cx.pause(PAUSE),
            Again::Never => {}
        }
        match (self.job.as_mut().and_then(Job::take_then), error.code()) {
            (Some(Then::Judge(attempt)), _) => self.answer(Err(attempt.error(error))),
            (Some(Then::Refuse(refusal)), Some(ErrorCode::NoNode)) => {
                self.set_stage(Stage::Missing(Some(refusal)));
            }
            (Some(Then::TryAgain), Some(ErrorCode::NoNode)) => self.set_stage(Stage::Missing(None)),
            (_, _) => self.answer(Err(error)),
        }
    }

    fn is_known<V>(&mut self, cx: &mut Cx<'_>, value: &Versioned, known: &mut Known<V>)
    where
        V: Clone + PartialEq,
    {
        known.learn(value.clone());
        let Some(job) = &mut self.job else { return };
        job.is_fresh = true;
        match self.job.as_mut().and_then(Job::take_then) {
            Some(Then::TryAgain) | None => self.attempt(cx, known),
            Some(Then::Refuse(error)) => self.answer(Err(error)),
            Some(Then::Judge(attempt)) if attempt.is_anothers(value) => {
                let error = Error::from(ErrorCode::BadVersion).about(OpCode::SetData, &self.path);
                match &self.job {
                    Some(Job {
                        letter: Letter { wish: Wish::CompareAndSet { .. }, .. }, ..
                    }) => {
                        self.answer(Err(error));
                    }
                    Some(_) | None => self.attempt(cx, known),
                }
            }
            Some(Then::Judge(Attempt { doubt, .. })) => {
                self.answer(Err(doubt.unwrap_or_else(|| ErrorCode::BadVersion.into())));
            }
        }
    }

    /// The receipt has another version than we thought.
    fn is_looked_at<V>(
        &mut self,
        cx: &mut Cx<'_>,
        result: Result<Option<Stat>, Error>,
        known: &mut Known<V>,
    ) where
        V: Clone + PartialEq,
    {
        let stat = match result {
            Ok(stat) => stat,
            Err(error) => match Again::after(&error) {
                Again::Now => return self.ask(cx),
                Again::Later => return cx.pause(PAUSE),
                Again::Never => {
                    if let Some(attempt) = self.job.as_mut().and_then(Job::take_attempt) {
                        self.answer(Err(attempt.error(error)));
                    }
                    return;
                }
            },
        };
        let Some(attempt) = self.job.as_mut().and_then(Job::take_attempt) else { return };
        match (stat, &mut self.receipt, attempt.doubt) {
            (Some(stat), Receipt::Kept { version, .. }, Some(_)) => {
                *version = stat.version;
                let version = attempt.version.map_or(0, |version| version.wrapping_add(1));
                let value = Versioned { data: attempt.data, version, mzxid: stat.mzxid };
                known.learn(value.clone());
                self.answer(Ok(value));
            }
            (Some(stat), Receipt::Kept { version, .. }, None) => {
                *version = stat.version;
                self.attempt(cx, known);
            }
            (_, receipt, doubt) => {
                *receipt = Receipt::Wanted;
                match doubt {
                    Some(doubt) => self.answer(Err(doubt)),
                    None => self.attempt(cx, known),
                }
            }
        }
    }

    fn is_signed<V>(&mut self, cx: &mut Cx<'_>, result: Result<(), Error>, known: &Known<V>)
    where
        V: Clone + PartialEq,
    {
        match result {
            Ok(()) => self.attempt(cx, known),
            Err(error) if error.code() == Some(ErrorCode::NoNode) => {
                self.set_stage(Stage::Missing(None));
            }
            Err(error) => self.answer(Err(error)),
        }
    }

    /// Requests on their way have been answered by now.
    fn end_if_over(&mut self, cx: &Cx<'_>) {
        let Some(error) = cx.final_error() else { return };
        let error = self
            .job
            .as_mut()
            .and_then(Job::take_attempt)
            .map_or_else(|| error.clone(), |job| job.error(error.clone()));
        self.answer(Err(error));
        while let Some(letter) = self.letters.take() {
            letter.refuse(cx.final_error());
        }
    }

    fn set_stage(&mut self, stage: Stage) {
        if let Some(job) = &mut self.job {
            job.stage = stage;
        }
    }

    fn answer(&mut self, result: Result<Versioned, Error>) {
        if let Some(Job { letter, .. }) = self.job.take() {
            letter.answer.leave(result);
        }
    }
}
