//! Two servers on which scripts are played: an Apache ZooKeeper and ours.

use std::panic::{AssertUnwindSafe, catch_unwind};

use zk_server::apache::Server;

use crate::compare::{Difference, Verdict, compare};
use crate::draw;
use crate::exceptions::Exceptions;
use crate::host::{self, Host};
use crate::player::{Player, Transcript};
use crate::script::Script;
use crate::shrink::shrink;

#[derive(Debug)]
pub(crate) struct Pair {
    /// It is killed when this is dropped.
    _apache: Server,
    theirs: Player,
    ours: Player,
    exceptions: Exceptions,
}

impl Pair {
    /// Both fresh.
    pub(crate) fn start() -> Self {
        let apache = host::apache();
        let exceptions = Exceptions::of(&host::version(&apache));
        let is_old = exceptions.unreadable_writes_count();
        let theirs = Player::new(Host::Apache(apache.address()), is_old);
        let ours = Player::new(Host::ours(), false);
        Self { _apache: apache, theirs, ours, exceptions }
    }

    /// What is known to differ.
    pub(crate) fn exceptions(&self) -> &Exceptions {
        &self.exceptions
    }

    /// The script of a seed.
    pub(crate) fn script(&self, seed: u64) -> Script {
        draw::script(seed, &self.exceptions)
    }

    /// Plays a script on both; returns what Apache ZooKeeper did, too.
    pub(crate) fn play(&mut self, script: &Script) -> (Transcript, Verdict) {
        let theirs = self.theirs.play(script);
        // Ours runs in this thread: when it panics, that is one more difference.
        let verdict = match catch_unwind(AssertUnwindSafe(|| self.ours.play(script))) {
            Ok(ours) => compare(script, &theirs, &ours, &self.exceptions),
            Err(_) => Verdict::Different(Difference::Panic),
        };
        if matches!(verdict, Verdict::Different(Difference::Panic)) {
            self.ours = Player::new(Host::ours(), false);
        }
        (theirs, verdict)
    }

    /// The smallest script found that still finds a difference, and the difference.
    pub(crate) fn explain(&mut self, script: &Script) -> (Script, Verdict) {
        let fails = |script: &Script| matches!(self.play(script).1, Verdict::Different(_));
        let smallest = shrink(script.clone(), fails);
        // Whether it does so on fresh servers as well.
        *self = Self::start();
        match self.play(&smallest).1 {
            Verdict::Different(difference) => (smallest, Verdict::Different(difference)),
            Verdict::Same | Verdict::SameUntil(_) => {
                *self = Self::start();
                let verdict = self.play(script).1;
                (script.clone(), verdict)
            }
        }
    }
}
