//! Who the client is, and the session as a whole.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;

use super::{Answer, Encoder, Request};
use crate::error::{Error, Misuse};
use crate::records::{ClientInfo, Record};
use crate::wire::Reader;
use crate::{Chroot, OpCode};

/// Adds an identity to the connection. A session repeats it on each connection; see
/// [`Session::add_auth`](crate::Session::add_auth).
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Auth<'a> {
    /// How the identity is established.
    pub scheme: &'a str,
    /// What establishes it: a secret.
    pub data: Option<&'a [u8]>,
}

impl<'a> Auth<'a> {
    /// An identity of any scheme; for `digest`, the data is `user:password`.
    #[must_use]
    pub const fn new(scheme: &'a str, data: &'a [u8]) -> Self {
        Self { scheme, data: Some(data) }
    }
}

impl fmt::Debug for Auth<'_> {
    /// Without the data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

/// A step of a SASL exchange: a token for a token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sasl<'a>(
    /// The token: a secret.
    pub Option<&'a [u8]>,
);

impl fmt::Debug for Sasl<'_> {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sasl").finish_non_exhaustive()
    }
}

/// Lists the identities of the connection (ZooKeeper 3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WhoAmI;

/// Keeps the session alive. A session does this by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ping;

/// Ends the session. See [`Session::close`](crate::Session::close).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseSession;

impl Request for Auth<'_> {
    type Response = ();

    fn op(&self) -> OpCode {
        OpCode::Auth
    }

    fn path(&self) -> Box<str> {
        "".into()
    }

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), Misuse> {
        out.int(0); // the type, which servers ignore
        out.string(self.scheme);
        out.buffer(self.data);
        Ok(())
    }

    fn decode(answer: Answer, _: &Chroot) -> Result<(), Error> {
        answer.map(drop)
    }
}

impl Request for Sasl<'_> {
    type Response = Option<Bytes>;

    fn op(&self) -> OpCode {
        OpCode::Sasl
    }

    fn path(&self) -> Box<str> {
        "".into()
    }

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), Misuse> {
        out.buffer(self.0);
        Ok(())
    }

    fn decode(answer: Answer, _: &Chroot) -> Result<Option<Bytes>, Error> {
        let body = answer?;
        let token = Reader::new(&body).buffer("token")?;
        Ok(token.map(|token| body.slice_ref(token)))
    }
}

impl Request for WhoAmI {
    type Response = Vec<ClientInfo>;

    fn op(&self) -> OpCode {
        OpCode::WhoAmI
    }

    fn path(&self) -> Box<str> {
        "".into()
    }

    fn encode(&self, _: &mut Encoder<'_>) -> Result<(), Misuse> {
        Ok(())
    }

    fn decode(answer: Answer, _: &Chroot) -> Result<Vec<ClientInfo>, Error> {
        let body = answer?;
        Ok(Reader::new(&body).vector("identities", ClientInfo::LEAST, ClientInfo::decode)?)
    }
}

/// Requests that are nothing but their header.
macro_rules! bare {
    ($($name:ident),+) => {$(
        impl Request for $name {
            type Response = ();

            fn op(&self) -> OpCode {
                OpCode::$name
            }

            fn path(&self) -> Box<str> {
                "".into()
            }

            fn encode(&self, _: &mut Encoder<'_>) -> Result<(), Misuse> {
                Ok(())
            }

            fn decode(answer: Answer, _: &Chroot) -> Result<(), Error> {
                answer.map(drop)
            }
        }
    )+};
}

bare!(Ping, CloseSession);
