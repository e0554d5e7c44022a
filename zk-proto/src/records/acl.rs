//! Who may do what with a znode.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::BitOr;

use super::Record;
use crate::error::Malformed;
use crate::wire::{Reader, put_int, put_string, put_vector};

/// What an identity may do.
///
/// ```
/// use zk_proto::Permissions;
///
/// let permissions = Permissions::READ | Permissions::WRITE;
/// assert!(permissions.contains(Permissions::READ));
/// assert_eq!(permissions.to_string(), "rw");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Permissions(i32);

impl Permissions {
    /// To read the data and to list the children.
    pub const READ: Self = Self(1);
    /// To write the data.
    pub const WRITE: Self = Self(2);
    /// To create children.
    pub const CREATE: Self = Self(4);
    /// To delete children.
    pub const DELETE: Self = Self(8);
    /// To change the access control list.
    pub const ADMIN: Self = Self(16);
    /// All of these.
    pub const ALL: Self = Self(31);

    /// The permissions with these bits, known or not.
    #[must_use]
    pub const fn from_bits(bits: i32) -> Self {
        Self(bits)
    }

    /// The bits on the wire.
    #[must_use]
    pub const fn bits(self) -> i32 {
        self.0
    }

    /// Whether these include all of `others`.
    #[must_use]
    pub const fn contains(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }
}

impl BitOr for Permissions {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for Permissions {
    /// The letters of zkCli: `cdrwa`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters = [
            (Self::CREATE, "c"),
            (Self::DELETE, "d"),
            (Self::READ, "r"),
            (Self::WRITE, "w"),
            (Self::ADMIN, "a"),
        ];
        letters.iter().filter(|(one, _)| self.contains(*one)).try_for_each(|(_, s)| f.write_str(s))
    }
}

/// One entry of an access control list: an identity and what it may do.
///
/// Identities are read leniently: servers write some characters in a way that is not UTF-8; these
/// become U+FFFD.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Acl {
    /// What the identity may do.
    pub permissions: Permissions,
    /// How the identity is established: `world`, `auth`, `digest`, `ip`, `x509`, `sasl` ...
    pub scheme: Cow<'static, str>,
    /// The identity, as the scheme writes it.
    pub id: Cow<'static, str>,
}

impl Acl {
    /// Everybody may do everything.
    pub const OPEN: &'static [Self] = &[Self::constant(Permissions::ALL, "world", "anyone")];
    /// Everybody may read.
    pub const READ: &'static [Self] = &[Self::constant(Permissions::READ, "world", "anyone")];
    /// Whoever creates the node may do everything: all identities that the session has added.
    pub const CREATOR: &'static [Self] = &[Self::constant(Permissions::ALL, "auth", "")];

    /// An entry for any scheme.
    #[must_use]
    pub fn new(
        permissions: Permissions,
        scheme: impl Into<Cow<'static, str>>,
        id: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { permissions, scheme: scheme.into(), id: id.into() }
    }

    /// An entry for everybody.
    #[must_use]
    pub const fn anyone(permissions: Permissions) -> Self {
        Self::constant(permissions, "world", "anyone")
    }

    /// An entry for the addresses of an `address` or `address/bits`.
    #[must_use]
    pub fn ip(permissions: Permissions, address: impl Into<Cow<'static, str>>) -> Self {
        Self::new(permissions, "ip", address)
    }

    /// An entry for a user with a password; the server keeps the SHA-1 of both.
    #[cfg(feature = "digest")]
    #[must_use]
    pub fn digest(permissions: Permissions, user: &str, password: &str) -> Self {
        Self::new(permissions, "digest", crate::digest::identity(user, password))
    }

    /// What stands for an identity that is null, where a server reads it: for the scheme `auth` it
    /// does not matter, for others the request is refused.
    pub const NULL_ID: &'static str = "\0";

    const fn constant(permissions: Permissions, scheme: &'static str, id: &'static str) -> Self {
        Self { permissions, scheme: Cow::Borrowed(scheme), id: Cow::Borrowed(id) }
    }
}

impl Record for Acl {
    fn encode(&self, out: &mut Vec<u8>) {
        put_int(out, self.permissions.0);
        put_string(out, &self.scheme);
        put_string(out, &self.id);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            permissions: Permissions(reader.int("permissions")?),
            scheme: reader.lenient_string("scheme")?.into_owned().into(),
            id: match reader.buffer("identity")? {
                None if reader.is_lenient() => Self::NULL_ID.into(),
                id => id.map(lossy).ok_or(Malformed("identity"))?,
            },
        })
    }
}

fn lossy(bytes: &[u8]) -> Cow<'static, str> {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// The least that an entry takes on the wire, in bytes.
const ACL_LEAST: usize = 12;

pub(crate) fn put_acls(out: &mut Vec<u8>, acls: &[Acl]) {
    put_vector(out, acls, |out, acl| acl.encode(out));
}

pub(crate) fn take_acls(reader: &mut Reader<'_>) -> Result<Vec<Acl>, Malformed> {
    reader.vector("access control list", ACL_LEAST, Acl::decode)
}

/// An identity of a connection, as `whoAmI` tells it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ClientInfo {
    /// How it was established.
    pub scheme: Cow<'static, str>,
    /// Who it is; of a digest only the name of the user.
    pub user: Cow<'static, str>,
}

impl ClientInfo {
    /// The least that one takes on the wire, in bytes.
    pub(crate) const LEAST: usize = 8;

    /// An identity.
    #[must_use]
    pub fn new(scheme: impl Into<Cow<'static, str>>, user: impl Into<Cow<'static, str>>) -> Self {
        Self { scheme: scheme.into(), user: user.into() }
    }
}

impl Record for ClientInfo {
    fn encode(&self, out: &mut Vec<u8>) {
        put_string(out, &self.scheme);
        put_string(out, &self.user);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            scheme: reader.lenient_string("scheme")?.into_owned().into(),
            user: reader.lenient_string("user")?.into_owned().into(),
        })
    }
}
