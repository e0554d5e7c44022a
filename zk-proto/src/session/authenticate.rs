//! SASL: between the handshake and everything else.

use alloc::boxed::Box;
use alloc::string::ToString;

use bytes::Bytes;

use super::Session;
use super::link::{Awaited, Link};
use super::output::{End, Target};
use super::transmit;
use crate::error::{AuthFailure, Fault};
use crate::records::{ConnectResponse, Record, ReplyHeader};
use crate::request::Sasl;
use crate::wire::Reader;
use crate::{ErrorCode, Instant, Step};

impl<T, W: Clone> Session<T, W> {
    /// The server has granted a session: says who we are, if there is anything to say.
    pub(super) fn authenticate(&mut self, now: Instant, granted: ConnectResponse) {
        let Link::Greeting { target, give_up } = &self.link else { return };
        let (target, give_up) = (target.clone(), *give_up);
        let Some(mechanism) = &mut self.sasl else {
            return self.establish(now, target, &granted);
        };
        match mechanism.start(&target.host) {
            Ok(token) => {
                let (xid, awaited) = (self.send_token(&token), Awaited::Challenge);
                let granted = Box::new(granted);
                self.link = Link::Authenticating { target, give_up, xid, awaited, granted };
            }
            Err(why) => self.fail_sasl(AuthFailure::Mechanism(why)),
        }
    }

    /// A step of the SASL exchange.
    pub(super) fn handle_sasl(&mut self, now: Instant, frame: &Bytes) -> Result<(), Fault> {
        let Link::Authenticating { xid, awaited, .. } = &self.link else { return Ok(()) };
        let (xid, awaited) = (*xid, *awaited);
        let mut reader = Reader::new(frame);
        let header = ReplyHeader::decode(&mut reader)?;
        if header.xid != xid {
            return Err(Fault::OutOfOrder);
        }
        let answered = match ErrorCode::of_reply(header.err) {
            None => self.step(awaited, reader.buffer("token")?),
            // These are about the session, and say nothing of who we are.
            code @ Some(ErrorCode::SessionExpired | ErrorCode::SessionMoved) => {
                return self.heed(code);
            }
            Some(code) => Err(AuthFailure::Refused(code)),
        };
        match answered {
            Ok(step) => self.carry_out(now, step),
            Err(reason) => self.fail_sasl(reason),
        }
        Ok(())
    }

    /// What follows from the server's token.
    fn step(&mut self, awaited: Awaited, token: Option<&[u8]>) -> Result<Step, AuthFailure> {
        match (awaited, token) {
            (Awaited::Challenge, Some(challenge)) => match &mut self.sasl {
                Some(mechanism) => mechanism.step(challenge).map_err(AuthFailure::Mechanism),
                None => Err(AuthFailure::NoSasl),
            },
            (Awaited::Challenge, None) => Err(AuthFailure::NoSasl),
            (Awaited::End, None | Some([])) => Ok(Step::Complete),
            (Awaited::End, Some(_)) => Err(AuthFailure::NotTheEnd),
        }
    }

    fn carry_out(&mut self, now: Instant, step: Step) {
        match step {
            Step::Token(token) => self.send_step(&token, Awaited::Challenge),
            Step::Last(token) => self.send_step(&token, Awaited::End),
            Step::Complete => {
                let Link::Authenticating { target, granted, .. } = &self.link else { return };
                let (target, granted): (Target, Box<_>) = (target.clone(), granted.clone());
                self.establish(now, target, &granted);
            }
        }
    }

    fn send_step(&mut self, token: &[u8], next: Awaited) {
        let sent = self.send_token(token);
        if let Link::Authenticating { xid, awaited, .. } = &mut self.link {
            (*xid, *awaited) = (sent, next);
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
