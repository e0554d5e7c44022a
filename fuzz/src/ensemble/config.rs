//! What an ensemble is made of.

use std::time::Duration;

use arbitrary::{Result, Unstructured};
use zk_server::{Config, Entropy, Limits};

pub(super) fn config(script: &mut Unstructured<'_>) -> Result<Config> {
    let switches = script.arbitrary::<u8>()?;
    let is_on = |bit: u8| switches & 1 << bit != 0;
    let users = [("bob".to_owned(), "secret".to_owned())];
    Ok(Config {
        members: *script.choose(&[1, 3, 2, 5])?,
        tick: *script.choose(&[2_000, 10, 500].map(Duration::from_millis))?,
        election: *script.choose(&[0, 400].map(Duration::from_millis))?,
        epoch: Duration::from_secs(1_700_000_000),
        limits: limits(script)?,
        container_check: *script.choose(&[60, 1].map(Duration::from_secs))?,
        enforce_quota: is_on(0),
        reconfig: is_on(1),
        read_only: is_on(2),
        local_sessions: is_on(3),
        ttl_nodes: is_on(4),
        sasl_users: users.into_iter().filter(|_| is_on(5)).collect(),
        require_sasl: is_on(6),
        ..Config::default()
    })
}

/// As they are usually, or so narrow that a script comes to them.
fn limits(script: &mut Unstructured<'_>) -> Result<Limits> {
    let usual = Limits::default();
    Ok(Limits {
        frame: *script.choose(&[usual.frame, 100])?,
        connections: *script.choose(&[usual.connections, 3])?,
        connections_per_address: *script.choose(&[usual.connections, 2])?,
        outstanding: *script.choose(&[usual.outstanding, 2])?,
        output: *script.choose(&[usual.output, 300])?,
        watches: *script.choose(&[usual.watches, 2])?,
        nodes: *script.choose(&[usual.nodes, 8])?,
        ..usual
    })
}

/// The same numbers every time.
pub(crate) fn entropy() -> Entropy {
    let mut last = 0_u64;
    Box::new(move |bytes| {
        last += 1;
        let numbers = last.to_be_bytes();
        bytes.iter_mut().zip(numbers.iter().cycle()).for_each(|(byte, one)| *byte = *one);
    })
}
