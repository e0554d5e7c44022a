//! Whether a client keeps its times: pings, silence, expiry.

use std::time::Duration;

use zk_client::{Instant, State};

use super::wire::Wire;
use crate::host::Line;
use crate::world::World;

/// Looks at the times of a client. They are those of its own clock; where that was meddled with
/// just now, they are not looked at.
pub(crate) fn check(
    world: &World,
    client: usize,
    wire: &Wire,
    slack: Duration,
) -> Result<(), String> {
    let host = &world.hosts[client];
    let Some(driver) = &host.driver else { return Ok(()) };
    let is_calm = world.now().saturating_since(host.disturbed.1) > CALM;
    if host.is_stopped || !is_calm {
        return Ok(());
    }
    let now = host.clock.now();
    let late = |since: Instant, after: Duration| now.saturating_since(since) > after + slack;
    let third = wire.timeout / 3;
    match driver.state() {
        State::Connected | State::ConnectedReadOnly
            if wire.is_established() && matches!(host.line, Line::Open(_)) =>
        {
            let is_idle = !wire.is_waiting() && host.outbox.is_empty();
            let wrote = host.pulse.wrote.max(wire.established_at);
            // What it waited for may have come only now, when the ping is overdue.
            let has_had_time = late(wire.heard_at, Duration::ZERO);
            if is_idle && has_had_time && late(wrote, third) {
                return Err(format!("has not pinged since {wrote}"));
            }
            match wire.waits_since {
                Some(since) if late(since.max(host.pulse.heard), third) => {
                    Err(format!("has waited for an answer since {since}"))
                }
                Some(_) | None => Ok(()),
            }
        }
        State::Suspended if wire.session() != 0 => match wire.alive_at {
            Some(alive) if late(alive, wire.timeout * 4 / 3) => {
                Err(format!("has not expired, and heard at {alive} last"))
            }
            Some(_) | None => Ok(()),
        },
        State::Suspended
        | State::Connected
        | State::ConnectedReadOnly
        | State::Connecting
        | State::Expired
        | State::AuthFailed
        | State::Closed
        | _ => Ok(()),
    }
}

/// Whether a session ended in its time: by its own clock, it may not be called expired early.
pub(crate) fn check_end(
    state: State,
    at: Instant,
    wire: &Wire,
    slack: Duration,
) -> Result<(), String> {
    if state != State::Expired || wire.is_told_over {
        return Ok(());
    }
    match wire.alive_at {
        Some(alive) if at.saturating_since(alive) + slack < wire.timeout * 4 / 3 => {
            Err(format!("has expired by itself at {at}, and heard at {alive} last"))
        }
        Some(_) | None => Ok(()),
    }
}

/// How long after its clock was meddled with a client's times are looked at again.
const CALM: Duration = Duration::from_secs(1);
