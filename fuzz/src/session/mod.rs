//! The session machine: an input is a script of what servers, the network, the clock and the
//! callers do to it. The rules of `session/audit.rs` hold after each step, and at the end
//! everything that was asked is answered.

mod audit;
mod callers;
mod config;
mod line;
mod server;
mod world;

use arbitrary::{Result, Unstructured};

use crate::parts;
use world::World;

/// One thing that happens. Its operands follow it in the input.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
#[expect(missing_docs, reason = "each is the method that it calls")]
pub enum Step {
    Progress,
    Submit,
    Watch,
    Pass,
    Reply,
    Notify,
    Break,
    Cancel,
    Unwatch,
    Grant,
    Frame,
    Bytes,
    Leap,
    Fail,
    Resolve,
    Probe,
    Stall,
    ReplaceHosts,
    AddAuth,
    Challenge,
    Close,
    Abandon,
}

impl Step {
    /// All of them; an input names them by their place.
    pub const ALL: [Self; 22] = [
        Self::Progress,
        Self::Submit,
        Self::Watch,
        Self::Pass,
        Self::Reply,
        Self::Notify,
        Self::Break,
        Self::Cancel,
        Self::Unwatch,
        Self::Grant,
        Self::Frame,
        Self::Bytes,
        Self::Leap,
        Self::Fail,
        Self::Resolve,
        Self::Probe,
        Self::Stall,
        Self::ReplaceHosts,
        Self::AddAuth,
        Self::Challenge,
        Self::Close,
        Self::Abandon,
    ];
}

/// How many steps an input can have: more say nothing new, and take long.
const MOST_STEPS: usize = 500;

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
        Step::Progress => world.progress(),
        Step::Submit => world.submit(script)?,
        Step::Watch => world.watch(script)?,
        Step::Pass => world.pass(parts::time(script)?),
        Step::Reply => world.server_replies(script)?,
        Step::Notify => world.server_notifies(script)?,
        Step::Break => world.line_breaks(),
        Step::Cancel => world.cancel(script)?,
        Step::Unwatch => world.unwatch(script)?,
        Step::Grant => world.server_grants(script)?,
        Step::Frame => world.server_sends_frame(parts::bytes(script)?),
        Step::Bytes => world.server_sends(parts::bytes(script)?),
        Step::Leap => world.leap(parts::time(script)?),
        Step::Fail => world.attempt_fails(),
        Step::Resolve => world.name_is_resolved(script)?,
        Step::Probe => world.probe_ends(script)?,
        Step::Stall => world.stalls_or_goes_on(),
        Step::ReplaceHosts => world.replace_hosts(script)?,
        Step::AddAuth => world.add_auth(script)?,
        Step::Challenge => world.server_challenges(script)?,
        Step::Close => world.close(),
        Step::Abandon => world.abandon(),
    }
    Ok(())
}
