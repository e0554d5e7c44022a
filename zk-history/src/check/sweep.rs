//! All transactions, in the order of their zxids, and all that was shown of them.

use std::collections::HashMap;

use zk_proto::AnyRequest;
use zk_server::tree::{Change, Tree};

use super::events::{Audience, Certainty};
use super::facts::{Fact, Facts};
use super::index::{Answer, Call, Fate, Index, Shown};
use super::lost::Lost;
use super::model::{self, Done};
use super::seen::Seen;
use crate::{Report, Rule, Violation};

/// A tree that goes through a history.
pub(super) struct Sweep<'h> {
    pub(super) index: &'h Index<'h>,
    pub(super) tree: Tree,
    pub(super) lost: Lost,
    /// When each session ended.
    pub(super) ended: HashMap<i64, i64>,
    pub(super) report: Report,
    /// When the whole of a node was seen last.
    pub(super) looked: HashMap<&'h str, i64>,
    audience: Audience<'h>,
    /// When each transaction was, in milliseconds since 1970.
    times: HashMap<i64, i64>,
}

/// Something went wrong; where is known by who asked.
pub(super) type Broken = (Rule, String);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// A transaction. Comes before what is shown of it.
    Transaction,
    /// Something that was shown, by its number; these are in the order of records.
    Shown(usize),
}

impl<'h> Sweep<'h> {
    pub(super) fn new(index: &'h Index<'h>, facts: &Facts) -> Self {
        Self {
            index,
            tree: Tree::new(),
            lost: Lost::new(index, facts),
            ended: HashMap::new(),
            report: Report::default(),
            looked: HashMap::new(),
            audience: Audience::new(index),
            times: HashMap::from([(0, 0)]),
        }
    }

    pub(super) fn run(
        mut self,
        facts: &Facts,
        violation: impl Fn(Rule, usize, String) -> Violation,
    ) -> Result<Report, Violation> {
        let zxids = facts.told.keys().chain(facts.untold.keys());
        let transactions = zxids.map(|zxid| (*zxid, Step::Transaction));
        let shown = self.index.shown.iter().enumerate();
        let shown = shown.map(|(number, shown)| (shown.zxid, Step::Shown(number)));
        let mut steps: Vec<_> = transactions.chain(shown).collect();
        steps.sort_unstable();
        for (zxid, step) in steps {
            let (result, record) = match step {
                Step::Shown(number) => {
                    let shown = &self.index.shown[number];
                    (self.show(shown), shown.record)
                }
                Step::Transaction => match facts.told.get(&zxid) {
                    Some(call) => (self.told(*call), self.index.calls[*call].record),
                    None => {
                        let trace = &facts.untold[&zxid];
                        (self.untold(zxid, &trace.facts), trace.record)
                    }
                },
            };
            result.map_err(|(rule, details)| violation(rule, record, details))?;
        }
        let left = self.audience.finish();
        left.map_err(|(record, (rule, details))| violation(rule, record, details))?;
        Ok(self.sum_up())
    }

    fn sum_up(self) -> Report {
        let mut report = self.report;
        for call in &self.index.calls {
            *report.answered.entry(call.op).or_default() += usize::from(call.answer.is_some());
        }
        let fates = self.index.calls.iter().filter(|call| call.is_write()).map(Call::fate);
        let refused = |fate: &Fate<'_>| matches!(fate, Fate::Told(answer) if answer.err != 0);
        report.refused = fates.filter(refused).count();
        (report.lost, report.lost_applied) = (self.lost.len(), self.lost.applied());
        report.connections = self.index.connections.iter().filter(|one| one.shown > 0).count();
        report.sessions = self.index.sessions.keys().filter(|session| **session != 0).count();
        report.misplaced = self.index.misplaced();
        report.last_zxid = self.index.shown.iter().map(|shown| shown.zxid).max().unwrap_or(0);
        report
    }

    /// A write that was answered.
    fn told(&mut self, number: usize) -> Result<(), Broken> {
        let call = &self.index.calls[number];
        let (Some(request), Some(answer)) = (&call.request, call.answer) else { return Ok(()) };
        let zxid = answer.zxid;
        if let Some(end) = self.ended.get(&call.session) {
            let details = format!("{:#x} writes by {zxid:#x}, over since {end:#x}", call.session);
            return Err((Rule::ActsAfterEnd, details));
        }
        let paths = model::subjects(request);
        let attempt = |sweep: &mut Self| sweep.try_told(request, call.session, answer);
        let done = self.explain(zxid, &paths, attempt)?;
        if let AnyRequest::CloseSession = request {
            self.ended.insert(call.session, zxid);
            return self.publish(zxid, &done.changes, Certainty::AnyOrder);
        }
        self.publish(zxid, &done.changes, Certainty::Sure)
    }

    fn try_told(
        &mut self,
        request: &AnyRequest<'h>,
        session: i64,
        answer: Answer<'h>,
    ) -> Result<Done, Broken> {
        if let AnyRequest::CloseSession = request {
            return Ok(model::end(&mut self.tree, session, answer.zxid));
        }
        let done = model::write(&mut self.tree, request, session, answer.zxid);
        match self.compare(Rule::WrongAnswer, request, answer, &done.seen) {
            Ok(()) => Ok(done),
            Err(broken) => {
                model::undo(&mut self.tree, done);
                Err(broken)
            }
        }
    }

    /// A transaction of which only traces were seen.
    fn untold(&mut self, zxid: i64, facts: &[Fact]) -> Result<(), Broken> {
        self.verify_known(zxid)?;
        let paths: Vec<_> = facts.iter().map(Fact::path).collect();
        let attempt = |sweep: &mut Self| {
            let done = sweep.attribute(zxid, facts);
            done.ok_or_else(|| (Rule::Phantom, format!("{zxid:#x} did {facts:?}")))
        };
        let (done, certainty) = self.explain(zxid, &paths, attempt)?;
        self.publish(zxid, &done.changes, certainty)
    }

    /// A server answers: with the events so far, it shows the state of its zxid.
    fn show(&mut self, shown: &'h Shown<'h>) -> Result<(), Broken> {
        let call = shown.call.map(|call| &self.index.calls[call]);
        let asked = call.and_then(|call| Some((call, call.request.as_ref()?, call.answer?)));
        if let Some((_, request, answer)) = asked {
            self.audience.note(shown.connection, request, answer.err, &self.tree)?;
        }
        while let Some(extra) = self.audience.meet(shown, &mut self.report)? {
            let changes = self.explain_event(shown.zxid, &extra)?;
            self.report.hidden += 1;
            self.audience.publish(shown.zxid, &changes, Certainty::AnyOrder)?;
        }
        if let Some((call, request, answer)) = asked.filter(|(call, ..)| !call.is_write()) {
            let paths = model::subjects(request);
            self.explain(shown.zxid, &paths, |sweep| {
                let found = model::read(&sweep.tree, request, call.session);
                sweep.compare(Rule::WrongState, request, answer, &found)
            })?;
        }
        self.audience.leave(shown);
        Ok(())
    }

    /// Whether an answer is the expected one.
    fn compare(
        &mut self,
        rule: Rule,
        request: &AnyRequest<'h>,
        answer: Answer<'h>,
        expected: &Seen,
    ) -> Result<(), Broken> {
        let seen = Seen::decode(request, answer.err, answer.body);
        let seen = seen.map_err(|error| (Rule::Unreadable, error.to_string()))?;
        let mut apart = None;
        let times = &mut self.times;
        let timeless = seen.without_times(&mut |zxid, time| {
            if *times.entry(zxid).or_insert(time) != time {
                apart = Some(zxid);
            }
        });
        if let Some(zxid) = apart {
            return Err((Rule::TimeChanged, format!("{zxid:#x}: {seen:?}")));
        }
        let expected = expected.clone().with_stats_of(&timeless);
        if expected == Seen::Opaque || expected == timeless {
            if let Some(path) = model::shown_by(request, &timeless) {
                self.looked.insert(path, answer.zxid);
            }
            return Ok(());
        }
        let zxid = answer.zxid;
        Err((rule, format!("{request:?} at {zxid:#x}: {timeless:?}, expected {expected:?}")))
    }

    /// A transaction has happened, some time before.
    pub(super) fn hide(&mut self, zxid: i64, changes: &[Change]) {
        self.report.hidden += 1;
        self.audience.publish_late(zxid, changes);
    }

    /// A transaction has happened: tells those who watch.
    fn publish(
        &mut self,
        zxid: i64,
        changes: &[Change],
        certainty: Certainty,
    ) -> Result<(), Broken> {
        self.report.transactions += 1;
        self.audience.publish(zxid, changes, certainty)
    }
}
