//! Whatever happens, in whatever order: the rules of [`Audit`](crate::support) hold after each
//! step, the session gets well when its servers do, and in the end everything is answered.

use std::net::SocketAddr;

use proptest::prelude::*;
use zk_proto::{Action, AuthPacket, Config, ConnectResponse, EventType, Limits, OpCode, State};

use crate::names::numbered;
use crate::support::{Call, SESSION, TIMEOUT, World, get, granted, millis, seconds, server};
use crate::watch_table::{WAYS, ask_as};

const PATHS: [&str; 4] = ["/", "/a", "/a/b", "/c"];
const KINDS: [EventType; 4] = [
    EventType::NodeCreated,
    EventType::NodeDeleted,
    EventType::NodeDataChanged,
    EventType::NodeChildrenChanged,
];
/// About requests, and about the session.
const CODES: [i32; 4] = [-101, -102, -5, -121];
const GRAVE_CODES: [i32; 4] = [-112, -118, -124, -115];

/// A number that decides, a part of it at a time. Cheaper than a strategy for each choice, and
/// just as well to shrink.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        let bound = bound.max(1) as u64;
        let result = self.0 % bound;
        self.0 /= bound;
        result as usize
    }

    fn among<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        all.get(self.below(all.len())).copied()
    }
}

/// A world, and what has been started in it.
struct Story {
    world: World,
    calls: Vec<Call>,
    watches: Vec<(Call, &'static str)>,
    /// What the session asked for and nobody has answered.
    lookups: Vec<u64>,
    probes: Vec<u64>,
}

impl Story {
    fn new(config: Config, piece: usize) -> Self {
        let mut world = World::with(config);
        world.piece = piece;
        world.tick();
        let (calls, watches) = (Vec::new(), Vec::new());
        Self { world, calls, watches, lookups: Vec::new(), probes: Vec::new() }
    }

    /// One step, of the kind and with the details that the number says.
    fn happen(&mut self, number: u64) {
        let dice = &mut Dice(number);
        match dice.below(64) {
            0..16 => self.progress(),
            16..24 => self.submit(dice),
            24..32 => self.watch(dice),
            32..36 => {
                if let Some(call) = dice.among(&self.calls) {
                    self.world.cancel(call);
                }
            }
            36..40 => {
                if let Some((call, path)) = dice.among(&self.watches) {
                    self.world.unwatch(path, call);
                }
            }
            40..44 => self.refuse(dice),
            44..50 => self.world.server_notifies(KINDS[dice.below(4)], PATHS[dice.below(4)]),
            50..54 => self.world.pass(millis(dice.below(700) as u64)),
            54..57 => {
                self.world.is_stalled = dice.below(2) == 0;
                self.world.tick();
            }
            57..59 if self.world.has_transport() => self.world.line_breaks(),
            _ => self.misfortune(dice),
        }
        self.look_at_actions();
    }

    /// What happens seldom.
    fn misfortune(&mut self, dice: &mut Dice) {
        match dice.below(13) {
            0 => self.world.pass(seconds(dice.below(10) as u64)),
            1 => self.world.leap(millis(1 << dice.below(16))),
            2 if self.world.is_connecting() => self.world.attempt_fails("refused"),
            3 => self.grant(ConnectResponse { read_only: Some(true), ..granted() }),
            4 => self.catastrophe(dice),
            5 | 6 => self.probe_ends(b"null"),
            7 => self.world.server_replies(dice.below(1 << 20) as i32 - 8, 0, &[]),
            8 => self.world.server_sends(&dice.0.to_le_bytes()),
            9 => {
                let hosts = (1..=3).filter(|_| dice.below(2) == 0);
                let hosts = hosts.map(|last| server(&format!("10.0.0.{last}"))).collect();
                self.world.replace_hosts(hosts);
            }
            10 if self.is_open() => drop(self.world.add_auth("digest", "v:q")),
            11 => self.world.transport_fails("a bad record"),
            _ => self.probe_ends(b"ro"),
        }
    }

    /// What the session does not survive, if it hits.
    fn catastrophe(&mut self, dice: &mut Dice) {
        match dice.below(12) {
            0 => self.grant(ConnectResponse { session_id: SESSION + 1, ..granted() }),
            1 => self.grant(ConnectResponse { timeout: 0, ..granted() }),
            2 => {
                if let Some(sent) = self.world.find_request() {
                    self.world.server_replies(sent.xid, GRAVE_CODES[dice.below(4)], &[]);
                }
            }
            _ => self.world.pass(seconds(3)),
        }
    }

    /// What happens next if network and servers do as they should.
    fn progress(&mut self) {
        if let Some(id) = self.lookups.pop() {
            let addresses = [1, 2].map(|last| SocketAddr::from(([10, 0, 0, last], 2181)));
            self.world.session.handle_resolved(self.world.now, id, Ok(addresses.into()));
            self.world.tick();
        } else if let Some(sent) = self.world.find_request() {
            self.world.server_answers(&sent);
        } else if self.world.is_connecting() {
            self.world.attempt_succeeds();
            self.grant(granted());
        } else {
            self.probe_ends(b"rw");
            self.world.pass(millis(20));
        }
        self.look_at_actions();
    }

    fn is_open(&self) -> bool {
        !self.world.session.is_over()
    }

    fn is_well(&self) -> bool {
        let stats = self.world.session.stats();
        let is_idle = (stats.in_flight, stats.queued) == (0, 0) && self.world.all_is_answered();
        is_idle && self.world.session.state() == State::Connected
    }

    fn submit(&mut self, dice: &mut Dice) {
        let deadline = self.deadline(dice);
        let request = get(PATHS[dice.below(4)]);
        if let Ok(call) = self.world.try_submit(&request, deadline) {
            self.calls.push(call);
        }
    }

    fn watch(&mut self, dice: &mut Dice) {
        let number = self.watches.len();
        if self.is_open() && self.world.session.has_room() {
            let (path, name) = (PATHS[dice.below(4)], numbered(300)[number]);
            let call = match self.deadline(dice) {
                None => ask_as(&mut self.world, WAYS[dice.below(6)], path, name),
                deadline => self.world.watch_until(&get(path), name, deadline),
            };
            self.calls.push(call);
            self.watches.push((call, path));
        }
    }

    fn deadline(&self, dice: &mut Dice) -> Option<zk_proto::Instant> {
        (dice.below(4) == 0).then(|| self.world.now + millis(dice.below(3_000) as u64))
    }

    fn refuse(&mut self, dice: &mut Dice) {
        if let Some(sent) = self.world.find_request() {
            let is_refusable = !matches!(sent.op, OpCode::Ping | OpCode::Auth);
            let code = if is_refusable { CODES[dice.below(4)] } else { 0 };
            self.world.server_replies(sent.xid, code, &[]);
        }
    }

    fn grant(&mut self, mut response: ConnectResponse) {
        if let Some(greeting) = self.world.find_greeting() {
            if greeting.session_id != 0 && response.session_id == SESSION {
                response.session_id = greeting.session_id;
            }
            self.world.server_sends_record(&response);
        }
    }

    fn probe_ends(&mut self, answer: &[u8]) {
        if let Some(id) = self.probes.pop() {
            self.world.session.handle_probed(self.world.now, id, answer);
            self.world.tick();
        }
    }

    fn look_at_actions(&mut self) {
        for action in self.world.actions() {
            match action {
                Action::Resolve(lookup) => self.lookups.push(lookup.id),
                Action::Probe(probe) => self.probes.push(probe.id),
                Action::Connect(_) | Action::Disconnect(_) | Action::Finish => {}
            }
        }
    }

    /// From now on, network and servers do as they should.
    fn heal(&mut self) {
        self.world.is_stalled = false;
        self.world.tick();
        let end = self.world.now + TIMEOUT + seconds(12);
        while self.world.now < end && self.is_open() && !self.is_well() {
            self.progress();
        }
    }
}

prop_compose! {
    fn config()(
        seed in any::<u64>(),
        read_only in any::<bool>(),
        by_name in any::<bool>(),
        auth in 0_usize..3,
        window_requests in 1_usize..10,
        queue_requests in 3_usize..50,
    ) -> Config {
        let names = if by_name { ["zk1", "zk2"] } else { ["10.0.0.1", "10.0.0.2"] };
        let limits = Limits { window_requests, queue_requests, ..Limits::default() };
        let auth = vec![AuthPacket::new("digest", *b"u:p"); auth];
        let hosts = names.map(server).into();
        Config { session_timeout: TIMEOUT, seed, read_only, limits, auth, ..Config::new(hosts) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_500,
        max_shrink_iters: 50_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_story_ends_well(
        config in config(),
        piece in prop::sample::select(vec![1, 2, 7, 30, usize::MAX]),
        story in prop::collection::vec(any::<u64>(), 0..300),
        is_healed in any::<bool>(),
    ) {
        let mut it = Story::new(config, piece);
        for number in story {
            it.happen(number);
        }
        if is_healed {
            it.heal();
            prop_assert!(it.is_well() || !it.is_open(), "{:?}", it.world.session.stats());
        }
        it.world.close();
        it.world.pass(seconds(2));
        prop_assert!(it.world.session.is_over());
        prop_assert!(it.world.all_is_answered() && it.world.all_watches_have_ended());
    }
}
