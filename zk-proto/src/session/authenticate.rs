//! SASL: between the handshake and everything else.

use alloc::boxed::Box;
use alloc::string::ToString;

use bytes::Bytes;

use super::Session;
use super::link::{Awaited, Link, Login};
use super::output::End;
use super::transmit;
use crate::error::{AuthFailure, Fault};
use crate::records::{ConnectResponse, Record, ReplyHeader};
use crate::request::Sasl;
use crate::sasl::{Asked, Taken, Turn};
use crate::wire::Reader;
use crate::{ErrorCode, Instant, Step};

impl<T, W: Clone> Session<T, W> {
    /// It is the turn of [`Config::sasl`](crate::Config::sasl): say
    /// [`handle_turn`](Self::handle_turn) with what [`Turn::take`] gives. May change after
    /// [`handle_input`](Self::handle_input) and `handle_turn`; always `None` without SASL.
    pub fn poll_turn(&mut self) -> Option<Turn> {
        let Link::Authenticating { awaited, .. } = &mut self.link else { return None };
        let Awaited::Turn(asked) = awaited else { return None };
        match core::mem::replace(&mut self.sasl, Login::Away) {
            Login::Here(mechanism) => {
                let turn = Turn { mechanism, asked: asked.clone() };
                *awaited = Awaited::Taken;
                Some(turn)
            }
            elsewhere @ (Login::None | Login::Away) => {
                self.sasl = elsewhere;
                None
            }
        }
    }

    /// Whether [`poll_turn`](Self::poll_turn) has something.
    #[must_use]
    pub fn has_turn(&self) -> bool {
        let is_next = matches!(self.link, Link::Authenticating { awaited: Awaited::Turn(_), .. });
        is_next && matches!(self.sasl, Login::Here(_))
    }

    /// The SASL mechanism has taken its turn. What it said has no effect if the connection is gone
    /// meanwhile.
    pub fn handle_turn(&mut self, now: Instant, taken: Taken) {
        self.sasl = Login::Here(taken.mechanism);
        match &self.link {
            // There is one mechanism: what it says is to the question that waits.
            Link::Authenticating { awaited: Awaited::Taken, .. } => {
                self.proceed(now, taken.said.map_err(AuthFailure::Mechanism));
            }
            Link::Idle { .. }
            | Link::Resolving { .. }
            | Link::Opening { .. }
            | Link::Greeting { .. }
            | Link::Authenticating { .. }
            | Link::Up(_)
            | Link::Over(_) => {}
        }
    }

    /// The server has granted a session: says who we are, if there is anything to say.
    pub(super) fn authenticate(&mut self, now: Instant, granted: ConnectResponse) {
        let Link::Greeting { target, give_up } = &self.link else { return };
        let (target, give_up) = (target.clone(), *give_up);
        match self.sasl {
            Login::None => self.establish(now, target, &granted),
            Login::Here(_) | Login::Away => {
                let awaited = Awaited::Turn(Asked::Start(target.host.clone()));
                let granted = Box::new(granted);
                self.link = Link::Authenticating { target, give_up, awaited, granted };
            }
        }
    }

    /// The server's part of the exchange.
    pub(super) fn handle_sasl(&mut self, now: Instant, frame: &Bytes) -> Result<(), Fault> {
        let Link::Authenticating { awaited, .. } = &mut self.link else { return Ok(()) };
        let mut reader = Reader::new(frame);
        let header = ReplyHeader::decode(&mut reader)?;
        match awaited {
            Awaited::Challenge { xid } | Awaited::End { xid } if *xid == header.xid => {}
            Awaited::Turn(_) | Awaited::Taken | Awaited::Challenge { .. } | Awaited::End { .. } => {
                return Err(Fault::OutOfOrder);
            }
        }
        let code = ErrorCode::of_reply(header.err);
        if matches!(code, Some(ErrorCode::SessionExpired | ErrorCode::SessionMoved)) {
            return self.heed(code); // about the session: it says nothing of who we are
        }
        if let Some(code) = code {
            self.fail_sasl(AuthFailure::Refused(code));
            return Ok(());
        }
        let is_last = matches!(awaited, Awaited::End { .. });
        match reader.buffer("token")? {
            Some(challenge) if !is_last => *awaited = Awaited::Turn(Asked::Step(challenge.into())),
            None if !is_last => self.fail_sasl(AuthFailure::NoSasl),
            None | Some([]) => self.proceed(now, Ok(Step::Complete)),
            Some(_) => self.fail_sasl(AuthFailure::NotTheEnd),
        }
        Ok(())
    }

    /// What follows from what the mechanism said.
    fn proceed(&mut self, now: Instant, step: Result<Step, AuthFailure>) {
        match step {
            Ok(Step::Token(token)) => {
                let xid = self.send_token(&token);
                self.wait_for(Awaited::Challenge { xid });
            }
            Ok(Step::Last(token)) => {
                let xid = self.send_token(&token);
                self.wait_for(Awaited::End { xid });
            }
            Ok(Step::Complete) => {
                let Link::Authenticating { target, granted, .. } = &self.link else { return };
                let (target, granted) = (target.clone(), granted.clone());
                self.establish(now, target, &granted);
            }
            Err(reason) => self.fail_sasl(reason),
        }
    }

    fn wait_for(&mut self, next: Awaited) {
        if let Link::Authenticating { awaited, .. } = &mut self.link {
            *awaited = next;
        }
    }

    fn send_token(&mut self, token: &[u8]) -> i32 {
        let xid = self.next_xid();
        transmit::put_request(&mut self.raw, xid, &Sasl(Some(token)));
        xid
    }

    fn fail_sasl(&mut self, reason: AuthFailure) {
        self.note_failure(&reason.to_string());
        self.end(End::AuthFailed(reason));
    }
}
