//! What can go wrong, as data.

use std::time::Duration;

use zk_server::{Effect, Lag, Rule, RuleId};

use crate::agenda::Event;
use crate::names::{self, Answer};
use crate::network::{Direction, Flow, LinkId, ServerEnd};
use crate::pipe::End;
use crate::world::World;

/// Something that goes wrong. Clients are counted in the order in which they were made, members
/// from 0; `None` stands for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "which client, which member, which way: the fields say it")]
pub enum Fault {
    /// The connection of a client breaks.
    Cut { client: usize, how: Cut },
    /// What is sent vanishes: all of it, or one way, and requests for connections as well.
    Partition { client: Option<usize>, member: Option<usize>, way: Way },
    /// What is sent waits until the fault is over.
    Stall { client: Option<usize>, member: Option<usize>, way: Way },
    /// A member refuses connections.
    Refuse { member: usize },
    /// The network becomes slow: each piece may take this much longer.
    Slow { by: Duration },
    /// A member dies, and is started again when the fault is over.
    Kill { member: usize },
    /// So does the leader, whichever member that is.
    KillLeader,
    /// A member is stopped, as by `SIGSTOP`.
    Freeze { member: usize },
    /// A member is this far behind the leader.
    Lag { member: usize, lag: Lag },
    /// A member closes its connections.
    Drop { member: Option<usize> },
    /// The ensemble can only read.
    ReadOnly,
    /// The servers call the session of a client expired.
    Expire { client: usize },
    /// The servers forget all sessions.
    Forget,
    /// A few of the requests that come meet with this.
    Mishap { what: Mishap, times: usize },
    /// The process of a client is stopped; perhaps its clock as well, as when a machine sleeps.
    Stop { client: usize, clock: Clock },
    /// The clock of a client stands still although its process goes on.
    StandStill { client: usize, clock: Clock },
    /// The clock of a client leaps forward.
    Leap { client: usize, by: Duration },
    /// A client reads this little at a time, and so seldom.
    SlowReader { client: usize, bytes: usize, pause: Duration },
    /// The name of a member resolves otherwise.
    Resolve { member: usize, answer: Answer },
}

/// How a connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Both ends find it reset.
    Reset,
    /// Both ends find it closed, after what was on its way.
    Close,
    /// Both ends find it closed, after so many more bytes have gone this way.
    After(Direction, usize),
}

/// Which way something does not get through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Neither way.
    Both,
    /// Not to the server.
    Up,
    /// Not to the client.
    Down,
}

/// What a clock does that stood still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// It has leapt forward by then.
    CatchesUp,
    /// It goes on from where it stood.
    FallsBehind,
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It is executed this late.
    Delay(Duration),
    /// It is not executed, and the connection closed.
    Dropped,
    /// It is executed, and the connection closed before the reply.
    ReplyLost,
    /// It is executed, and the connection closed after so many bytes of the reply.
    ReplyCut(usize),
    /// It is never answered.
    Held,
}

/// A fault, when it begins and how long it lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strike {
    /// After how much time.
    pub after: Duration,
    /// What.
    pub fault: Fault,
    /// How long. Without meaning for what is over at once.
    pub lasts: Duration,
}

/// What has to be known to end a fault.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wound {
    Member(usize),
    Rule(RuleId),
    Slow,
    None,
}

impl Fault {
    /// All names that faults are counted under.
    pub const NAMES: [&str; 20] = [
        "fault: cut",
        "fault: cut in the middle",
        "fault: partition",
        "fault: stall",
        "fault: refuse",
        "fault: slow network",
        "fault: kill",
        "fault: kill the leader",
        "fault: freeze",
        "fault: lag",
        "fault: drop",
        "fault: read-only",
        "fault: expire",
        "fault: forget",
        "fault: mishap",
        "fault: stop",
        "fault: stand still",
        "fault: leap",
        "fault: slow reader",
        "fault: resolve",
    ];

    /// What it is counted under.
    fn name(&self) -> &'static str {
        match self {
            Self::Cut { how: Cut::Reset | Cut::Close, .. } => "fault: cut",
            Self::Cut { how: Cut::After(..), .. } => "fault: cut in the middle",
            Self::Partition { .. } => "fault: partition",
            Self::Stall { .. } => "fault: stall",
            Self::Refuse { .. } => "fault: refuse",
            Self::Slow { .. } => "fault: slow network",
            Self::Kill { .. } => "fault: kill",
            Self::KillLeader => "fault: kill the leader",
            Self::Freeze { .. } => "fault: freeze",
            Self::Lag { .. } => "fault: lag",
            Self::Drop { .. } => "fault: drop",
            Self::ReadOnly => "fault: read-only",
            Self::Expire { .. } => "fault: expire",
            Self::Forget => "fault: forget",
            Self::Mishap { .. } => "fault: mishap",
            Self::Stop { .. } => "fault: stop",
            Self::StandStill { .. } => "fault: stand still",
            Self::Leap { .. } => "fault: leap",
            Self::SlowReader { .. } => "fault: slow reader",
            Self::Resolve { .. } => "fault: resolve",
        }
    }
}

impl World {
    /// A fault begins.
    pub(crate) fn strike(&mut self, fault: &Fault) -> Wound {
        let now = self.now();
        self.tally.count(fault.name());
        match fault {
            Fault::Cut { client, how } => self.cut(*client, *how),
            Fault::Partition { client, member, way } => {
                self.set_flows(*client, *member, *way, Flow::Lost);
            }
            Fault::Stall { client, member, way } => {
                self.set_flows(*client, *member, *way, Flow::Held);
            }
            Fault::Refuse { member } => self.network.set_refusing(*member, true),
            Fault::Slow { by } => {
                self.network.conditions.latency.end += *by;
                return Wound::Slow;
            }
            Fault::Kill { member } => self.kill_member(*member),
            Fault::KillLeader => {
                let Some(leader) = self.engine.leader() else { return Wound::None };
                self.tally.count("leader killed");
                self.kill_member(leader);
                return Wound::Member(leader);
            }
            Fault::Freeze { member } => self.engine.freeze(now, *member),
            Fault::Lag { member, lag } => self.engine.lag(now, *member, *lag),
            Fault::Drop { member } => self.engine.drop_connections(now, *member),
            Fault::ReadOnly => self.engine.set_read_only(now, true),
            Fault::Expire { client } => self.expire_session_of(*client),
            Fault::Forget => self.engine.forget_sessions(now),
            Fault::Mishap { what, times } => {
                return Wound::Rule(self.engine.add_rule(what.rule(*times)));
            }
            Fault::Stop { client, clock } => self.stop(*client, *clock),
            Fault::StandStill { client, .. } => self.with_clock(*client, |clock| clock.stop()),
            Fault::Leap { client, by } => self.with_clock(*client, |clock| clock.leap(*by)),
            Fault::SlowReader { client, bytes, pause } => {
                if let Some(host) = self.hosts.get_mut(*client) {
                    host.slow = Some((*bytes, *pause));
                }
            }
            Fault::Resolve { member, answer } => {
                self.names.set(&names::name(*member), answer.clone());
            }
        }
        Wound::None
    }

    /// A fault begins at once, and ends in its time.
    pub(crate) fn strike_now(&mut self, strike: Strike) {
        let wound = self.strike(&strike.fault);
        self.agenda.note(self.now() + strike.lasts, Event::Heal(self.strikes.len()));
        self.strikes.push((strike, wound));
        self.serve();
    }

    /// A fault is over.
    pub(crate) fn heal_wound(&mut self, fault: &Fault, wound: Wound) {
        let now = self.now();
        match fault {
            Fault::Partition { client, member, way } | Fault::Stall { client, member, way } => {
                self.set_flows(*client, *member, *way, Flow::Open);
            }
            Fault::Refuse { member } => self.network.set_refusing(*member, false),
            Fault::Slow { by } => {
                if let Wound::Slow = wound {
                    let latency = &mut self.network.conditions.latency;
                    latency.end = latency.end.saturating_sub(*by);
                }
            }
            Fault::Kill { member } => self.engine.restart(now, *member),
            Fault::KillLeader => {
                if let Wound::Member(member) = wound {
                    self.engine.restart(now, member);
                }
            }
            Fault::Freeze { member } => self.engine.thaw(now, *member),
            Fault::Lag { member, .. } => self.engine.lag(now, *member, Lag::None),
            Fault::ReadOnly => self.engine.set_read_only(now, false),
            Fault::Mishap { .. } => {
                if let Wound::Rule(rule) = wound {
                    if self.engine.rule_hits(rule) > 0 {
                        self.tally.count("request met with a mishap");
                    }
                    self.engine.remove_rule(rule);
                }
            }
            Fault::Stop { client, clock } => self.go_on(*client, *clock),
            Fault::StandStill { client, clock } => {
                let catches_up = *clock == Clock::CatchesUp;
                self.with_clock(*client, |clock| clock.resume(catches_up));
            }
            Fault::SlowReader { client, .. } => {
                if let Some(host) = self.hosts.get_mut(*client) {
                    host.slow = None;
                    self.agenda.note(now, Event::Ready(*client));
                }
            }
            Fault::Resolve { member, .. } => self.names.reset(&names::name(*member)),
            Fault::Cut { .. }
            | Fault::Drop { .. }
            | Fault::Expire { .. }
            | Fault::Forget
            | Fault::Leap { .. } => {}
        }
        self.serve();
    }

    fn kill_member(&mut self, member: usize) {
        if self.engine.is_up(member) {
            self.tally.count("member killed");
            self.engine.kill(self.now(), member);
        }
    }

    fn expire_session_of(&mut self, client: usize) {
        let session = self.hosts.get(client).map_or(0, |host| host.session);
        if session != 0 && self.engine.expire_session(self.now(), session) {
            self.tally.count("session expired by hand");
        }
    }

    fn cut(&mut self, client: usize, how: Cut) {
        let Some(id) = self.hosts.get(client).and_then(|host| host.line.id()) else { return };
        match how {
            Cut::Reset => self.sever(id, End::Reset),
            Cut::Close => self.sever(id, End::Closed),
            Cut::After(direction, bytes) => {
                if let Some(link) = self.network.link(id) {
                    link.pipe_mut(direction).cut_after(bytes);
                }
            }
        }
    }

    /// Breaks a connection for both ends.
    pub(crate) fn sever(&mut self, id: LinkId, end: End) {
        let now = self.now();
        let Some(link) = self.network.link(id) else { return };
        if !matches!(link.server_end, ServerEnd::Open(_)) {
            return;
        }
        self.tally.count("connection cut");
        for direction in [Direction::Up, Direction::Down] {
            if let Some(at) = self.network.finish(now, id, direction, end) {
                self.agenda.note(at, Event::Arrive(id, direction));
            }
        }
    }

    pub(crate) fn set_flows(
        &mut self,
        client: Option<usize>,
        member: Option<usize>,
        way: Way,
        flow: Flow,
    ) {
        let clients = client.map_or_else(|| 0..self.hosts.len(), |client| client..client + 1);
        let members = member.map_or_else(|| 0..self.members(), |member| member..member + 1);
        let directions = match way {
            Way::Both => &[Direction::Up, Direction::Down][..],
            Way::Up => &[Direction::Up],
            Way::Down => &[Direction::Down],
        };
        for client in clients {
            for member in members.clone() {
                for direction in directions {
                    self.network.set_flow((client, member), *direction, flow);
                }
            }
        }
        self.release();
    }

    /// What was held looks again whether it may go on.
    fn release(&mut self) {
        for event in std::mem::take(&mut self.held) {
            self.agenda.note(self.now(), event);
        }
    }

    fn stop(&mut self, client: usize, clock: Clock) {
        let now = self.now();
        if let Some(host) = self.hosts.get_mut(client) {
            host.is_stopped = true;
            host.disturbed = (host.disturbed.0 + 1, now);
            if clock == Clock::FallsBehind {
                host.clock.stop();
            }
        }
    }

    fn go_on(&mut self, client: usize, clock: Clock) {
        let now = self.now();
        let Some(host) = self.hosts.get_mut(client) else { return };
        host.is_stopped = false;
        host.clock.resume(clock == Clock::CatchesUp);
        host.disturbed = (host.disturbed.0 + 1, now);
        self.note_timer(client);
        self.agenda.note(self.now(), Event::Ready(client));
        self.wake_process(client);
    }

    fn with_clock(&mut self, client: usize, change: impl FnOnce(&crate::clock::ProcessClock)) {
        let now = self.now();
        if let Some(host) = self.hosts.get_mut(client) {
            host.disturbed = (host.disturbed.0 + 1, now);
            change(&host.clock);
            self.note_timer(client);
        }
    }
}

impl Mishap {
    fn rule(self, times: usize) -> Rule {
        let effect = match self {
            Self::Delay(time) => Effect::Delay(time),
            Self::Dropped => Effect::Drop,
            Self::ReplyLost => Effect::Lose,
            Self::ReplyCut(bytes) => Effect::Cut(bytes),
            Self::Held => Effect::Hold,
        };
        Rule::new(effect, |_, _| true).times(times)
    }
}
