//! Draws scripts from seeds.

mod reads;
mod values;
mod watches;
mod writes;

use fastrand::Rng;
use zk_proto::OpCode;

use crate::exceptions::Exceptions;
use crate::script::{Action, Damage, Field, Handshake, Request, Script, Step, Whose, Xid};
use crate::words::WORDS;

/// How many steps a script has.
const STEPS: usize = 60;
/// How many clients it has.
const CLIENTS: usize = 4;

/// A number that decides how often something is drawn, and what draws it.
type Choice<T> = (u32, fn(&mut Draw) -> T);

/// Draws a script.
pub(crate) struct Draw {
    rng: Rng,
    exceptions: Exceptions,
    /// What each client is thought to have.
    clients: [Presence; CLIENTS],
    /// Whose step is drawn.
    client: usize,
    /// How many steps have been drawn.
    step: usize,
    /// Whether there are quotas.
    has_quotas: bool,
}

/// What a client is thought to have. It may be wrong: what it has depends on the server, too.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Presence {
    Absent,
    Connected,
    Away,
}

/// The script of a seed, without what is not to be asked.
pub(crate) fn script(seed: u64, exceptions: &Exceptions) -> Script {
    let mut rng = Rng::with_seed(seed);
    let has_quotas = rng.u8(..4) == 0;
    let clients = [Presence::Absent; CLIENTS];
    let exceptions = exceptions.clone();
    let mut draw = Draw { rng, exceptions, clients, client: 0, step: 0, has_quotas };
    let mut steps = draw.prologue();
    while steps.len() < STEPS {
        draw.step = steps.len();
        steps.push(draw.step());
    }
    Script { seed, steps }
}

impl Draw {
    /// Two clients come, and there are nodes to work with.
    fn prologue(&mut self) -> Vec<Step> {
        let come = Action::Connect(Handshake {
            whose: Whose::New,
            timeout: 30_000,
            is_ahead: false,
            read_only: Some(false),
        });
        self.clients[0] = Presence::Connected;
        self.clients[1] = Presence::Connected;
        let nodes = [values::ROOT, "/d/a", "/d/b", "/d/a/a"].map(values::plain_create);
        vec![
            Step { client: 0, action: come.clone() },
            Step { client: 1, action: come },
            Step { client: 0, action: Action::Send(nodes.to_vec()) },
        ]
    }

    fn step(&mut self) -> Step {
        self.client = self.rng.usize(..CLIENTS);
        let action = match self.clients[self.client] {
            Presence::Connected => self.choose(&[
                (920, Self::send),
                (10, Self::close),
                (12, Self::cut),
                (2, Self::expire),
                (12, Self::reconnect),
                (6, Self::spoil),
                (10, Self::stray),
                (8, Self::last_request),
            ]),
            Presence::Away => {
                self.choose(&[(90, Self::reconnect), (9, Self::stray), (1, Self::expire)])
            }
            Presence::Absent => self.choose(&[(9, Self::come), (1, Self::reconnect)]),
        };
        Step { client: self.client, action }
    }

    /// Mostly one request, sometimes some in one piece. Not where there are quotas: what a request
    /// uses may not be counted yet when the next one is checked.
    fn send(&mut self) -> Action {
        let count = if !self.has_quotas && self.chance(12) { self.rng.usize(2..=5) } else { 1 };
        let mut requests: Vec<_> = (0..count).map(|_| self.request()).collect();
        if requests.iter().any(Request::jumps_queue) {
            requests.truncate(1);
        }
        // Requests are checked against the former list as long as the new one is not applied.
        if let Some(at) = requests.iter().position(|request| request.op == OpCode::SetAcl.code()) {
            requests.truncate(at + 1);
        }
        Action::Send(requests)
    }

    fn request(&mut self) -> Request {
        loop {
            let mut request = self.choose(&[
                (20, Self::read),
                (26, Self::write),
                (5, Self::multi),
                (8, Self::watch),
                (2, Self::auth),
                (1, Self::set_up),
            ]);
            if self.chance(3) {
                request.damage = self.damage(&request);
            }
            if self.chance(1) {
                request.xid = Xid::This(*self.one(&[0, -3, -8, i32::MAX, i32::MIN, 1]));
            }
            if !self.exceptions.forbid(self.client, &request) {
                return request;
            }
        }
    }

    /// A request that ends the connection.
    fn last_request(&mut self) -> Action {
        self.clients[self.client] = Presence::Away;
        let op = *self.one(&[99, -7, 1000, i32::MIN, 10]);
        let mut request = match self.rng.u8(..4) {
            0 => Request::new(OpCode::Check.code(), vec![self.path(), Field::Int(-1)]),
            1 => Request::new(op, vec![]),
            2 => self.refused_auth(),
            _ => self.auth(),
        };
        if request.op == OpCode::Auth.code() && self.chance(50) {
            request.damage = Damage::Cut(self.rng.usize(..8));
        }
        if self.exceptions.forbid(self.client, &request) {
            request = self.refused_auth();
        }
        Action::Send(vec![request])
    }

    fn close(&mut self) -> Action {
        self.clients[self.client] = Presence::Absent;
        Action::Send(vec![Request::new(OpCode::CloseSession.code(), vec![])])
    }

    fn cut(&mut self) -> Action {
        self.clients[self.client] = Presence::Away;
        Action::Cut
    }

    fn expire(&mut self) -> Action {
        self.clients[self.client] = Presence::Absent;
        Action::Expire
    }

    fn come(&mut self) -> Action {
        self.clients[self.client] = Presence::Connected;
        self.connect(Whose::New)
    }

    /// Back with its session, mostly; from where it was, or not.
    fn reconnect(&mut self) -> Action {
        let was = self.clients[self.client];
        let (whose, now) = match self.rng.u8(..10) {
            0 => (Whose::Nobodys, was),
            1 => (Whose::OwnWithWrongPassword, Presence::Away),
            _ => (Whose::Own, Presence::Connected),
        };
        self.clients[self.client] = if was == Presence::Absent { was } else { now };
        self.connect(whose)
    }

    fn connect(&mut self, whose: Whose) -> Action {
        let timeout = match self.rng.u8(..10) {
            0 => i32::MAX,
            _ => self.rng.i32(20_000..40_000),
        };
        let read_only = *self.one(&[Some(false), Some(false), Some(true), None]);
        Action::Connect(Handshake { whose, timeout, is_ahead: self.chance(3), read_only })
    }

    /// A frame of an impossible length.
    fn spoil(&mut self) -> Action {
        self.clients[self.client] = Presence::Away;
        let length: i32 = *self.one(&[-1, i32::MIN, i32::MAX, 0, 1, 7, 1 << 20]);
        let mut bytes = length.to_be_bytes().to_vec();
        bytes.extend((0..length.clamp(0, 16)).map(|_| 0));
        Action::Spoil(bytes)
    }

    fn stray(&mut self) -> Action {
        if self.chance(70) {
            return Action::Stray(self.one(WORDS).to_vec());
        }
        let strangers: &[&[u8]] = &[
            b"GET / HTTP/1.1\r\nHost: zookeeper\r\n\r\n",
            &[0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3],
            &[0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 11],
            &[0, 0, 0, 4, 0, 0, 0, 0],
            &[255, 255, 255, 255],
            &[],
        ];
        Action::Stray(self.one(strangers).to_vec())
    }

    fn damage(&mut self, request: &Request) -> Damage {
        match self.rng.u8(..4) {
            0 if !request.is_fragile() => Damage::Patch(self.rng.usize(..200), self.rng.u8(..)),
            1 => Damage::Longer(self.rng.usize(1..10)),
            _ => Damage::Cut(self.rng.usize(..200)),
        }
    }

    /// Whether something happens that happens so often in a hundred.
    fn chance(&mut self, percent: u8) -> bool {
        self.rng.u8(..100) < percent
    }

    /// One of these.
    fn one<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[self.rng.usize(..all.len())]
    }

    fn choose<T>(&mut self, choices: &[Choice<T>]) -> T {
        let total = choices.iter().map(|(weight, _)| weight).sum::<u32>();
        let mut at = self.rng.u32(..total);
        for (weight, draw) in choices {
            match at.checked_sub(*weight) {
                Some(rest) => at = rest,
                None => return draw(self),
            }
        }
        unreachable!("the weights add up")
    }
}

impl Request {
    /// Whether a server may answer it before those that were sent before it.
    fn jumps_queue(&self) -> bool {
        [OpCode::Auth, OpCode::Sasl].map(OpCode::code).contains(&self.op)
    }

    /// Whether it could end an Apache ZooKeeper if a byte had another value: a time to live or the
    /// use of a quota that is none.
    fn is_fragile(&self) -> bool {
        [OpCode::CreateTtl, OpCode::Multi].map(OpCode::code).contains(&self.op)
            || self.fields.iter().any(|field| field.is_below(values::QUOTA))
    }
}
