//! What clients, the network and a test do.

use std::time::Duration;

use arbitrary::{Result, Unstructured};
use zk_proto::wire::put_frame;
use zk_proto::{ConnectRequest, ErrorCode, Instant, Record};
use zk_server::{Effect, Engine, Lag, Rule};

use super::client::Client;
use super::requests;
use super::world::World;
use crate::parts::{self, bytes};

/// How many clients there are at most.
const MOST_CLIENTS: usize = 6;

impl World {
    /// Somebody connects to a member, from one of two addresses, and says hello or nothing yet.
    pub(super) fn somebody_joins(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        let member = script.int_in_range(0..=4)?;
        let address = [10, 0, 0, script.int_in_range(1..=2)?];
        let says_hello = script.arbitrary::<u8>()? % 4 != 3;
        if self.clients.len() < MOST_CLIENTS
            && let Some(id) = self.engine.accept(self.now, member, (address, 50_000).into())
        {
            self.clients.push(Client::new(id));
            self.drain();
            if says_hello {
                self.greet(self.clients.len() - 1, 0, vec![0; 16], script)?;
            }
        }
        Ok(())
    }

    /// The newest client asks for a session that there was, with its password or not.
    pub(super) fn somebody_resumes(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        if !self.sessions.is_empty() && !self.clients.is_empty() {
            let (session, password) = script.choose(&self.sessions)?.clone();
            let is_right = !script.ratio(1, 8)?;
            let password = if is_right { password } else { vec![1; 3] };
            self.greet(self.clients.len() - 1, session, password, script)?;
        }
        Ok(())
    }

    fn greet(
        &mut self,
        client: usize,
        session_id: i64,
        password: Vec<u8>,
        script: &mut Unstructured<'_>,
    ) -> Result<()> {
        let request = ConnectRequest {
            protocol_version: 0,
            last_zxid_seen: *script.choose(&[0, 1, i64::MAX, -1])?,
            timeout: *script.choose(&[10_000, 0, -1, i32::MAX])?,
            session_id,
            password,
            read_only: *script.choose(&[Some(false), Some(true), None])?,
        };
        let mut message = Vec::new();
        put_frame(&mut message, |out| request.encode(out));
        self.send(client, &message, Client::greets);
        Ok(())
    }

    /// A client that has greeted sends a request that is valid.
    pub(super) fn somebody_asks(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        let Some(client) = self.client(script)? else { return Ok(()) };
        let Some((op, body)) = requests::request(script)? else { return Ok(()) };
        if self.clients[client].has_greeted() {
            let header = self.next_header(op);
            let mut message = Vec::new();
            put_frame(&mut message, |out| {
                header.encode(out);
                out.extend_from_slice(&body);
            });
            self.send(client, &message, |client| client.asks(header));
        }
        Ok(())
    }

    pub(super) fn somebody_sends_bytes(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        let Some(client) = self.client(script)? else { return Ok(()) };
        self.send(client, bytes(script)?, Client::goes_wild);
        Ok(())
    }

    pub(super) fn somebody_sends_a_frame(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        let Some(client) = self.client(script)? else { return Ok(()) };
        let (body, mut message) = (bytes(script)?, Vec::new());
        put_frame(&mut message, |out| out.extend_from_slice(body));
        self.send(client, &message, Client::goes_wild);
        Ok(())
    }

    pub(super) fn somebody_leaves(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        if let Some(client) = self.client(script)? {
            self.disconnect(client);
            self.drain();
        }
        Ok(())
    }

    pub(super) fn somebody_reads_no_more_or_again(
        &mut self,
        script: &mut Unstructured<'_>,
    ) -> Result<()> {
        if let Some(place) = self.client(script)? {
            let client = &mut self.clients[place];
            client.is_stalled = !client.is_stalled;
            self.look_at(place);
            self.drain();
        }
        Ok(())
    }

    /// Does something to a member, of which there may be fewer.
    pub(super) fn with_member(
        &mut self,
        script: &mut Unstructured<'_>,
        act: impl FnOnce(&mut Engine, Instant, usize),
    ) -> Result<()> {
        act(&mut self.engine, self.now, script.int_in_range(0..=4)?);
        self.drain();
        Ok(())
    }

    pub(super) fn lag(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        let some = Lag::By(Duration::from_millis(script.arbitrary::<u8>()?.into()));
        let lag = *script.choose(&[some, Lag::None, Lag::Held])?;
        self.with_member(script, |engine, now, member| engine.lag(now, member, lag))
    }

    pub(super) fn read_only(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        self.engine.set_read_only(self.now, script.arbitrary()?);
        self.drain();
        Ok(())
    }

    pub(super) fn expire(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        if !self.sessions.is_empty() {
            let (session, _) = *script.choose(&self.sessions)?;
            self.engine.expire_session(self.now, session);
            self.drain();
        }
        Ok(())
    }

    pub(super) fn forget_sessions(&mut self) {
        self.engine.forget_sessions(self.now);
        self.drain();
    }

    /// Something goes wrong with the next requests about some path.
    pub(super) fn add_rule(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        let (time, len) = (parts::time(script)?, script.arbitrary::<u8>()?);
        let effect = *script.choose(&[
            Effect::Delay(time),
            Effect::Fail(ErrorCode::Throttled),
            Effect::Drop,
            Effect::Lose,
            Effect::Cut(len.into()),
            Effect::Hold,
        ])?;
        let path = *script.choose(&requests::PATHS)?;
        let rule = Rule::new(effect, move |_, of| of.starts_with(path));
        let times = script.int_in_range(1..=3)?;
        self.rules.push(self.engine.add_rule(rule.times(times)));
        Ok(())
    }

    pub(super) fn remove_rule(&mut self) {
        if let Some(rule) = self.rules.pop() {
            assert!(self.engine.remove_rule(rule), "the rule was there");
        }
    }
}
