//! What a session is made of.

use std::time::Duration;

use arbitrary::{Result, Unstructured};
use zk_proto::{AuthPacket, Config, Host, Limits, Mechanism, Step, Ticket};

const NAMES: [&str; 6] = ["10.0.0.1", "10.0.0.2", "zk1", "zk2", "::1", "zk3"];

pub(super) fn config(script: &mut Unstructured<'_>) -> Result<Config> {
    let timeouts = [6_000, 1, 40, 10_000, 86_400_000, u64::MAX].map(Duration::from_millis);
    let attempts = [None, Some(Duration::from_millis(1)), Some(Duration::from_secs(3))];
    let identities: usize = script.int_in_range(0..=2)?;
    Ok(Config {
        session_timeout: *script.choose(&timeouts)?,
        connect_timeout: *script.choose(&attempts)?,
        read_only: script.arbitrary()?,
        resume: script.arbitrary::<bool>()?.then(ticket),
        auth: vec![AuthPacket::new("digest", *b"u:p"); identities],
        sasl: script.ratio(1, 8)?.then(|| Box::new(Echo) as Box<dyn Mechanism>),
        limits: limits(script)?,
        seed: script.arbitrary::<u8>()?.into(),
        ..Config::new(hosts(script)?)
    })
}

/// At least one server.
pub(super) fn hosts(script: &mut Unstructured<'_>) -> Result<Vec<Host>> {
    let names = (0..script.int_in_range(1..=3)?).map(|_| script.choose(&NAMES));
    names.map(|name| Ok(Host::new(*name?, Host::DEFAULT_PORT))).collect()
}

fn limits(script: &mut Unstructured<'_>) -> Result<Limits> {
    Ok(Limits {
        frame_in: *script.choose(&[4 << 20, 64, 1_024])?,
        frame_out: *script.choose(&[0xf_ffff, 64, 300])?,
        window_requests: script.int_in_range(1..=8)?,
        window_bytes: *script.choose(&[1 << 20, 100])?,
        queue_requests: script.int_in_range(1..=20)?,
        queue_bytes: *script.choose(&[64 << 20, 200])?,
    })
}

fn ticket() -> Ticket {
    Ticket { session_id: 0x77, password: [7; 16].into(), last_zxid: 40 }
}

/// A mechanism that sends back what it is asked, until it is asked nothing.
#[derive(Debug)]
struct Echo;

impl Mechanism for Echo {
    fn start(&mut self, _: &Host) -> std::result::Result<Vec<u8>, Box<str>> {
        Ok(b"let me in".into())
    }

    fn step(&mut self, challenge: &[u8]) -> std::result::Result<Step, Box<str>> {
        match challenge {
            [] => Ok(Step::Complete),
            [0xff, ..] => Err("a bad challenge".into()),
            [0xfe, token @ ..] => Ok(Step::Last(token.into())),
            token => Ok(Step::Token(token.into())),
        }
    }
}
