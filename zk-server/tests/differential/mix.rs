//! Counts what was asked for and what came of it: what never happens is not tested.

use std::collections::BTreeMap;
use std::fmt;

use zk_proto::OpCode;

use crate::exceptions::Exceptions;
use crate::player::Transcript;
use crate::script::{Action, Damage, Field, Handshake, Request, Script, Whose};
use crate::seen::{Seen, Zxid};

/// Operations that never succeed here, and those that no client asks for.
const NEVER_SUCCEED: &[OpCode] = &[OpCode::Check, OpCode::Reconfig];
const NEVER_ASKED: &[OpCode] =
    &[OpCode::Notification, OpCode::DeleteContainer, OpCode::CreateSession, OpCode::Error];

/// The errors that have to occur.
const ERRORS: &[i32] =
    &[-2, -5, -6, -8, -101, -102, -103, -108, -110, -111, -114, -115, -121, -123, -125];

/// What else has to happen.
const INCIDENTS: &[&str] = &[
    "session opened",
    "session resumed",
    "session refused",
    "session expired",
    "nobody's session",
    "wrong password",
    "client ahead of the server",
    "connection cut",
    "connection taken over",
    "connection spoilt",
    "four-letter word answered",
    "stranger turned away",
    "event 1",
    "event 2",
    "event 3",
    "event 4",
    "event of a replay",
    "body cut short",
    "body too long",
    "body patched",
    "requests in one piece",
    "transaction done",
    "transaction failed",
    "kind of node 0",
    "kind of node 1",
    "kind of node 2",
    "kind of node 3",
    "kind of node 4",
    "kind of node 5",
    "kind of node 6",
];

/// How often what happened, by its name.
#[derive(Debug, Default)]
pub(crate) struct Mix {
    counts: BTreeMap<String, usize>,
    requests: usize,
}

impl Mix {
    /// Counts what a script did to Apache ZooKeeper, up to a step.
    pub(crate) fn add(&mut self, script: &Script, transcript: &Transcript, until: usize) {
        for (step, moment) in script.steps.iter().zip(&transcript.moments).take(until) {
            let none = Vec::new();
            self.count_action(&step.action, moment.get(&step.client).unwrap_or(&none));
            moment.values().flatten().for_each(|seen| self.count_event(seen));
        }
    }

    /// How many requests were answered.
    pub(crate) fn requests(&self) -> usize {
        self.requests
    }

    /// What never happened, of what has to.
    pub(crate) fn missing(&self, exceptions: &Exceptions) -> Vec<String> {
        let is_asked = |op: &&OpCode| {
            !NEVER_ASKED.contains(op) && !exceptions.forbid(0, &Request::new(op.code(), vec![]))
        };
        let asked = OpCode::NAMED.iter().filter(is_asked);
        let done = asked.clone().filter(|op| !NEVER_SUCCEED.contains(op));
        let wanted = (asked.map(|op| format!("{op} answered")))
            .chain(done.map(|op| format!("{op} done")))
            .chain(ERRORS.iter().map(|code| format!("error {code}")))
            .chain(INCIDENTS.iter().map(|incident| (*incident).to_owned()));
        wanted.filter(|name| !self.counts.contains_key(name)).collect()
    }

    fn count(&mut self, name: impl Into<String>) {
        *self.counts.entry(name.into()).or_default() += 1;
    }

    fn count_action(&mut self, action: &Action, seen: &[Seen]) {
        match action {
            Action::Connect(handshake) => self.count_handshake(handshake, seen),
            Action::Cut => self.count("connection cut"),
            Action::Expire if !seen.is_empty() => self.count("session expired"),
            Action::Expire => {}
            Action::Send(requests) => self.count_requests(requests, seen),
            Action::Spoil(_) if seen == [Seen::Closed] => self.count("connection spoilt"),
            Action::Spoil(_) => {}
            Action::Stray(_) => self.count(match seen {
                [Seen::Answer(answer)] if answer.is_empty() => "stranger turned away",
                _ => "four-letter word answered",
            }),
        }
    }

    fn count_handshake(&mut self, handshake: &Handshake, seen: &[Seen]) {
        let is_refused = matches!(seen, [Seen::Connected { session: None, .. }, ..]);
        match (handshake.whose, seen) {
            (_, [Seen::Closed, ..]) if handshake.is_ahead => {
                self.count("client ahead of the server");
            }
            (Whose::New, [Seen::Connected { session: Some(_), .. }]) => {
                self.count("session opened");
            }
            (Whose::Own, [Seen::Connected { session: Some(_), .. }]) => {
                self.count("session resumed");
            }
            (Whose::Own, [Seen::Connected { session: Some(_), .. }, .., Seen::Closed]) => {
                self.count("connection taken over");
            }
            (Whose::Own, _) if is_refused => self.count("session refused"),
            (Whose::OwnWithWrongPassword, _) if is_refused => self.count("wrong password"),
            (Whose::Nobodys, _) if is_refused => self.count("nobody's session"),
            _ => {}
        }
    }

    fn count_requests(&mut self, requests: &[Request], seen: &[Seen]) {
        if requests.len() > 1 {
            self.count("requests in one piece");
        }
        let replies = seen.iter().filter(|seen| seen.code().is_some());
        for (request, reply) in requests.iter().zip(replies) {
            self.requests += 1;
            self.count_reply(request, reply);
        }
    }

    fn count_reply(&mut self, request: &Request, reply: &Seen) {
        let Seen::Reply { code, body, .. } = reply else { return };
        let op = OpCode::from_code(request.op);
        self.count(format!("{op} answered"));
        match request.damage {
            Damage::None => {}
            Damage::Cut(_) => self.count("body cut short"),
            Damage::Longer(_) => self.count("body too long"),
            Damage::Patch(..) => self.count("body patched"),
        }
        if *code != 0 {
            return self.count(format!("error {code}"));
        }
        self.count(format!("{op} done"));
        if op == OpCode::Multi {
            let failure = |line: &String| line.strip_prefix("-1 ")?.split(' ').next()?.parse().ok();
            let codes: Vec<i32> =
                body.iter().filter_map(failure).filter(|code| *code != 0).collect();
            self.count(if codes.is_empty() { "transaction done" } else { "transaction failed" });
            codes.iter().for_each(|code| self.count(format!("error {code}")));
        } else if let [_, _, Field::Acl(_), Field::Int(flags), ..] = &*request.fields {
            self.count(format!("kind of node {flags}"));
        }
    }

    fn count_event(&mut self, seen: &Seen) {
        let Seen::Event { kind, zxid, .. } = seen else { return };
        self.count(format!("event {kind}"));
        if *zxid == Zxid::None(-1) {
            self.count("event of a replay");
        }
    }
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.counts.iter().try_for_each(|(name, count)| writeln!(f, "{count:6} {name}"))
    }
}
