//! Plays scripts on a server.

use std::collections::BTreeMap;

use zk_proto::OpCode;

use crate::caretaker::Caretaker;
use crate::client::{Client, Shared};
use crate::host::Host;
use crate::line::Line;
use crate::script::{Action, Handshake, Request, Script, Step, Whose};
use crate::seen::{Numbering, Seen};
use crate::words;

/// What the clients saw in each step, and what the script left behind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Transcript {
    pub(crate) moments: Vec<Moment>,
    pub(crate) remains: Vec<String>,
}

/// What each client saw.
pub(crate) type Moment = BTreeMap<usize, Vec<Seen>>;

/// Plays scripts on one server, each in the same state of it, but for what is counted.
#[derive(Debug)]
pub(crate) struct Player {
    shared: Shared,
    caretaker: Caretaker,
}

impl Player {
    pub(crate) fn new(host: Host, unreadable_writes_count: bool) -> Self {
        let (numbering, sessions) = (Numbering::default(), Vec::new());
        let caretaker = Caretaker::arrive(&host);
        let shared = Shared { host, numbering, sessions, unreadable_writes_count };
        Self { shared, caretaker }
    }

    /// Plays a script, ends its sessions, and cleans up.
    pub(crate) fn play(&mut self, script: &Script) -> Transcript {
        self.shared.numbering.note(self.caretaker.zxid());
        self.shared.numbering.begin();
        self.shared.sessions.clear();
        let clients = script.steps.iter().map(|step| step.client + 1).max().unwrap_or(0);
        let mut clients: Vec<_> = (0..clients).map(|_| Client::default()).collect();
        let farewell = (0..clients.len()).flat_map(farewell);
        let steps: Vec<_> = script.steps.iter().cloned().chain(farewell).collect();
        let moments = steps.iter().map(|step| self.step(step, &mut clients)).collect();
        Transcript { moments, remains: self.caretaker.tidy(&mut self.shared) }
    }

    fn step(&mut self, step: &Step, clients: &mut [Client]) -> Moment {
        let mut moment = Moment::new();
        let Some(client) = clients.get_mut(step.client) else { return moment };
        let seen = match &step.action {
            Action::Connect(handshake) => client.connect(*handshake, &mut self.shared),
            Action::Cut => {
                client.cut();
                Vec::new()
            }
            Action::Expire => {
                let seen = client.run_out(&mut self.shared);
                if !seen.is_empty() {
                    self.caretaker.wait_for_change(&self.shared);
                }
                seen
            }
            Action::Send(requests) => client.send(requests, &mut self.shared),
            Action::Spoil(bytes) => client.spoil(bytes, &mut self.shared),
            Action::Stray(bytes) => vec![self.stray(bytes)],
        };
        moment.insert(step.client, seen);
        self.settle(clients, &mut moment);
        if is_end_of_session(&step.action) {
            moment.values_mut().for_each(|seen| sort_events(seen));
        }
        moment
    }

    /// Lets everything that was caused arrive: a ping is answered after all events before it.
    fn settle(&mut self, clients: &mut [Client], moment: &mut Moment) {
        clients.iter_mut().filter_map(Client::line).for_each(Line::ping);
        for (index, client) in clients.iter_mut().enumerate() {
            let seen = client.settle(&mut self.shared);
            if !seen.is_empty() {
                moment.entry(index).or_default().extend(seen);
            }
        }
    }

    fn stray(&mut self, bytes: &[u8]) -> Seen {
        let mut line = Line::open(&self.shared.host);
        line.send(bytes);
        match line.hear_out() {
            Some(answer) => Seen::Answer(words::steady(bytes, &answer)),
            None => Seen::Silence,
        }
    }
}

/// Ends the session of a client, if it has one.
fn farewell(client: usize) -> [Step; 2] {
    let whose = Whose::Own;
    let back = Handshake { whose, timeout: 40_000, is_ahead: false, read_only: Some(false) };
    let close = Request::new(OpCode::CloseSession.code(), Vec::new());
    [Action::Connect(back), Action::Send(vec![close])].map(|action| Step { client, action })
}

fn is_end_of_session(action: &Action) -> bool {
    match action {
        Action::Send(requests) => {
            requests.iter().any(|request| request.op == OpCode::CloseSession.code())
        }
        Action::Expire => true,
        Action::Connect(_) | Action::Cut | Action::Spoil(_) | Action::Stray(_) => false,
    }
}

/// The nodes of a session that ends go in no order: so do the events.
fn sort_events(seen: &mut [Seen]) {
    let both_events =
        |a: &Seen, b: &Seen| matches!((a, b), (Seen::Event { .. }, Seen::Event { .. }));
    seen.chunk_by_mut(both_events).for_each(<[Seen]>::sort);
}
