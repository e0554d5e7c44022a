//! The operations of ZooKeeper: a type each, from which the type of its answer follows.
//!
//! A request borrows what it is made of; it is encoded when it is submitted. It can be decoded as
//! well, by [`AnyRequest::decode`], for servers and for tools that look at traffic.

/// What requests about one node have in common: their operation, and that their path comes first.
macro_rules! about_one_node {
    ($name:ident: $op:ident -> $response:ty, $encode:expr, $decode:expr) => {
        impl $crate::request::Request for $name<'_> {
            type Response = $response;

            fn op(&self) -> $crate::OpCode {
                $crate::OpCode::$op
            }

            fn path(&self) -> alloc::boxed::Box<str> {
                self.path.into()
            }

            #[inline]
            fn encode(&self, out: &mut $crate::request::Encoder<'_>) -> Result<(), $crate::Misuse> {
                out.path(self.path)?;
                let encode: fn(
                    &Self,
                    &mut $crate::request::Encoder<'_>,
                ) -> Result<(), $crate::Misuse> = $encode;
                encode(self, out)
            }

            #[inline]
            fn decode(
                answer: $crate::request::Answer,
                chroot: &$crate::Chroot,
            ) -> Result<$response, $crate::Error> {
                let decode: fn(
                    $crate::request::Answer,
                    &$crate::Chroot,
                ) -> Result<$response, $crate::Error> = $decode;
                decode(answer, chroot)
            }
        }
    };
}

mod any;
mod auth;
mod children;
mod create;
mod encoder;
mod ensemble;
mod multi;
mod multi_read;
mod node;
mod watch;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;

pub use any::{AnyRequest, Raw};
pub use auth::{Auth, CloseSession, Ping, Sasl, WhoAmI};
pub use children::{
    GetAllChildrenNumber, GetChildren, GetChildrenWithStat, GetEphemerals, Listing,
};
pub use create::{Create, CreateWithStat};
pub use encoder::Encoder;
pub use ensemble::{GetConfig, Members, Reconfig};
pub use multi::{Check, Multi, MultiResult, Operation, encode_multi_error, encode_multi_results};
pub use multi_read::{MultiRead, Read, ReadOperation, encode_read_results};
pub use node::{AclOf, Delete, Exists, GetAcl, GetData, SetAcl, SetData, Sync};
pub use watch::{AddWatch, CheckWatches, RemoveWatches, SetWatches};

use crate::error::{Error, Malformed, Misuse};
use crate::records::Record;
use crate::wire::{Reader, put_string};
use crate::{Chroot, OpCode, WatchKind};

/// The body of a reply, or the error that took its place.
pub type Answer = Result<Bytes, Error>;

/// One operation: how to ask it, and how to read the answer.
pub trait Request {
    /// What a successful answer carries.
    type Response;

    /// The operation on the wire.
    fn op(&self) -> OpCode;

    /// The path that it is about, for errors and logs. A transaction gives those of its
    /// operations in their order, separated by NUL; what is about no path gives an empty text.
    fn path(&self) -> Box<str>;

    /// Appends the body, without the header.
    ///
    /// # Errors
    ///
    /// What its caller did wrong. What has been appended by then is thrown away.
    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), Misuse>;

    /// Reads the answer, as a client sees it that has this `chroot`. An associated function, so
    /// that a pointer to it can outlive the request.
    ///
    /// # Errors
    ///
    /// The answer is one, or cannot be read.
    fn decode(answer: Answer, chroot: &Chroot) -> Result<Self::Response, Error>;
}

/// A request that can leave a watch at the server.
pub trait WatchRequest: Request {
    /// Which kind; what is registered in the end depends on the answer.
    fn watch_kind(&self) -> WatchKind;

    /// The path that is watched, as the server knows it.
    ///
    /// # Errors
    ///
    /// The path is not one.
    fn watch_path(&self, chroot: &Chroot) -> Result<Box<str>, Misuse>;
}

impl<R: Request> Request for &R {
    type Response = R::Response;

    fn op(&self) -> OpCode {
        (**self).op()
    }

    fn path(&self) -> Box<str> {
        (**self).path()
    }

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), Misuse> {
        (**self).encode(out)
    }

    fn decode(answer: Answer, chroot: &Chroot) -> Result<R::Response, Error> {
        R::decode(answer, chroot)
    }
}

/// An answer that says nothing but yes.
pub(crate) fn nothing(answer: Answer) -> Result<(), Error> {
    answer.map(drop)
}

/// An answer that is one record.
pub(crate) fn record<T: Record>(answer: Answer) -> Result<T, Error> {
    Ok(T::decode(&mut Reader::new(&answer?))?)
}

/// An answer that is the path of a node.
pub(crate) fn path(answer: Answer, chroot: &Chroot) -> Result<String, Error> {
    client_path(&mut Reader::new(&answer?), chroot).map_err(Error::from)
}

/// The server's path, as the client has it. The server must not tell of others.
pub(crate) fn client_path(reader: &mut Reader<'_>, chroot: &Chroot) -> Result<String, Malformed> {
    let path = chroot.strip(reader.string("path")?).filter(|path| path.starts_with('/'));
    Ok(path.ok_or(Malformed("path outside of the chroot"))?.into())
}

/// A response that is nothing but a path, in the server's direction.
pub fn encode_path(out: &mut Vec<u8>, path: &str) {
    put_string(out, path);
}

/// The version a client demands, as the wire has it: -1 demands none.
pub(crate) fn demanded(version: Option<i32>) -> i32 {
    version.unwrap_or(-1)
}

/// The reverse of [`demanded`].
pub(crate) fn take_version(reader: &mut Reader<'_>) -> Result<Option<i32>, Malformed> {
    Ok(Some(reader.int("version")?).filter(|version| *version != -1))
}
