//! The server machine: an input is a script of what clients, the network, the clock and a test do
//! to an ensemble. The rules hold after each step; see `ensemble/world.rs` for those of the
//! ensemble, and `ensemble/client.rs` for those that its clients can see.

mod client;
mod config;
mod faults;
mod requests;
mod world;

use arbitrary::{Result, Unstructured};

pub(crate) use config::entropy;

use crate::parts;
use world::World;

/// One thing that happens. Its operands follow it in the input.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
#[expect(missing_docs, reason = "each is the method that it calls")]
pub enum Step {
    Join,
    Ask,
    Resume,
    Bytes,
    Frame,
    Pass,
    Leap,
    Leave,
    Stall,
    Freeze,
    Thaw,
    Kill,
    Restart,
    Lag,
    ReadOnly,
    Drop,
    Expire,
    Forget,
    AddRule,
    RemoveRule,
}

impl Step {
    /// All of them; an input names them by their place.
    pub const ALL: [Self; 20] = [
        Self::Join,
        Self::Ask,
        Self::Resume,
        Self::Bytes,
        Self::Frame,
        Self::Pass,
        Self::Leap,
        Self::Leave,
        Self::Stall,
        Self::Freeze,
        Self::Thaw,
        Self::Kill,
        Self::Restart,
        Self::Lag,
        Self::ReadOnly,
        Self::Drop,
        Self::Expire,
        Self::Forget,
        Self::AddRule,
        Self::RemoveRule,
    ];
}

/// How many steps an input can have: more say nothing new, and take long.
const MOST_STEPS: usize = 300;

/// Plays a script.
pub fn run(data: &[u8]) {
    let script = &mut Unstructured::new(data);
    let Ok(config) = config::config(script) else { return };
    let mut world = World::new(config);
    for _ in 0..MOST_STEPS {
        // The operands of the last step may be missing: it is left out then.
        if script.is_empty() || happen(&mut world, script).is_err() {
            break;
        }
    }
    world.finish();
}

fn happen(world: &mut World, script: &mut Unstructured<'_>) -> Result<()> {
    match script.choose(&Step::ALL)? {
        Step::Join => world.somebody_joins(script),
        Step::Ask => world.somebody_asks(script),
        Step::Resume => world.somebody_resumes(script),
        Step::Bytes => world.somebody_sends_bytes(script),
        Step::Frame => world.somebody_sends_a_frame(script),
        Step::Pass => {
            world.pass(parts::time(script)?);
            Ok(())
        }
        Step::Leap => {
            world.leap(parts::time(script)?);
            Ok(())
        }
        Step::Leave => world.somebody_leaves(script),
        Step::Stall => world.somebody_reads_no_more_or_again(script),
        Step::Freeze => world.with_member(script, |engine, now, member| engine.freeze(now, member)),
        Step::Thaw => world.with_member(script, |engine, now, member| engine.thaw(now, member)),
        Step::Kill => world.with_member(script, |engine, now, member| engine.kill(now, member)),
        Step::Restart => {
            world.with_member(script, |engine, now, member| engine.restart(now, member))
        }
        Step::Lag => world.lag(script),
        Step::ReadOnly => world.read_only(script),
        Step::Drop => world
            .with_member(script, |engine, now, member| engine.drop_connections(now, Some(member))),
        Step::Expire => world.expire(script),
        Step::Forget => {
            world.forget_sessions();
            Ok(())
        }
        Step::AddRule => world.add_rule(script),
        Step::RemoveRule => {
            world.remove_rule();
            Ok(())
        }
    }
}
