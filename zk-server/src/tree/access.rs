//! Who may do what: access control lists, and the identities that they speak of.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use zk_proto::{Acl, ErrorCode, Permissions};

use super::Policy;

/// Somebody that a connection was found to be: a scheme and what it calls its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Such as `digest`, `ip`, `sasl`, `x509`, or `super`.
    pub scheme: &'static str,
    /// Such as a user and a hash, an address, or a name.
    pub id: Cow<'static, str>,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The session.
    pub session: i64,
    /// Who its connection was found to be.
    pub identities: &'a [Identity],
}

impl Caller<'_> {
    /// Somebody who may do everything, such as the ensemble itself.
    pub const SUPER: Caller<'static> = Caller { session: 0, identities: SUPER };
}

const SUPER: &[Identity] = &[Identity { scheme: Identity::SUPER, id: Cow::Borrowed("") }];

impl Identity {
    pub(crate) const SUPER: &'static str = "super";
    pub(crate) const DIGEST: &'static str = "digest";
    pub(crate) const IP: &'static str = "ip";
    pub(crate) const SASL: &'static str = "sasl";
    pub(crate) const X509: &'static str = "x509";

    /// The name of the user, without a hash.
    #[must_use]
    pub fn user(&self) -> &str {
        if self.scheme == Self::DIGEST { user_of(&self.id) } else { &self.id }
    }

    /// Whether an entry of a list means this one.
    fn is_meant_by(&self, entry: &Acl) -> bool {
        entry.scheme == self.scheme
            && if self.scheme == Self::IP {
                self.id
                    .parse()
                    .is_ok_and(|address| Network::parse(&entry.id).is_some_and(|n| n.has(address)))
            } else {
                *entry.id == *self.id
            }
    }
}

/// Whether the list gives the caller one of these permissions
/// (`ZooKeeperServer.checkACL`).
pub(crate) fn permits(acl: &[Acl], caller: Caller<'_>, any_of: Permissions) -> bool {
    let is_super = |identity: &Identity| identity.scheme == Identity::SUPER;
    caller.identities.iter().any(is_super)
        || acl.iter().filter(|entry| entry.permissions.bits() & any_of.bits() != 0).any(|entry| {
            (entry.scheme == "world" && entry.id == "anyone")
                || caller.identities.iter().any(|identity| identity.is_meant_by(entry))
        })
}

/// The list as it is kept: without repetitions, and `auth` replaced by who the caller is
/// (`PrepRequestProcessor.fixupACL`).
pub(crate) fn resolve_acl(
    acl: &[Acl],
    caller: Caller<'_>,
    policy: &Policy,
) -> Result<Arc<[Acl]>, ErrorCode> {
    let mut resolved: Vec<Acl> = Vec::with_capacity(acl.len());
    for (index, entry) in acl.iter().enumerate() {
        let is_repeated = acl.get(..index).is_some_and(|before| before.contains(entry));
        match &*entry.scheme {
            _ if is_repeated => {}
            "auth" => {
                let mut proven = caller.identities.iter().filter(|one| one.is_proven()).peekable();
                proven.peek().ok_or(ErrorCode::InvalidAcl)?;
                resolved.extend(
                    proven.map(|one| Acl::new(entry.permissions, one.scheme, one.id.clone())),
                );
            }
            scheme => {
                check_identity(scheme, &entry.id, policy)?;
                resolved.push(entry.clone());
            }
        }
    }
    if resolved.is_empty() { Err(ErrorCode::InvalidAcl) } else { Ok(resolved.into()) }
}

/// Whether the scheme is known, and has such identities. Java fails on a null one where it looks
/// at it.
fn check_identity(scheme: &str, id: &str, policy: &Policy) -> Result<(), ErrorCode> {
    let is_valid = match scheme {
        "world" => id == "anyone",
        Identity::DIGEST => is_digest(id),
        Identity::IP => is_network(id),
        Identity::SASL if policy.sasl => !id.is_empty() && id != Acl::NULL_ID,
        Identity::X509 if policy.x509 => id != Acl::NULL_ID,
        _ => return Err(ErrorCode::InvalidAcl),
    };
    match is_valid {
        true => Ok(()),
        false if id == Acl::NULL_ID => Err(ErrorCode::MarshallingError),
        false => Err(ErrorCode::InvalidAcl),
    }
}

/// The list as somebody may see it who may not administrate the node: without hashes.
pub(crate) fn masked(acl: &[Acl]) -> Vec<Acl> {
    let mask = |entry: &Acl| match &*entry.scheme {
        Identity::DIGEST => {
            let id = format!("{}:x", user_of(&entry.id));
            Acl::new(entry.permissions, entry.scheme.clone(), id)
        }
        _ => entry.clone(),
    };
    acl.iter().map(mask).collect()
}

impl Identity {
    /// Whether `auth` stands for it: an address or the super user proves nothing.
    fn is_proven(&self) -> bool {
        matches!(self.scheme, Self::DIGEST | Self::SASL | Self::X509)
    }
}

fn user_of(id: &str) -> &str {
    id.split_once(':').map_or(id, |(user, _)| user)
}

/// Two parts, as Java's `split` counts them: empty ones at the end do not.
fn is_digest(id: &str) -> bool {
    id.trim_end_matches(':').split(':').count() == 2 && !id.trim_end_matches(':').is_empty()
}

/// Whether it is an address, or an address and how many bits of it count.
pub(crate) fn is_network(id: &str) -> bool {
    Network::parse(id).is_some()
}

struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    fn parse(id: &str) -> Option<Self> {
        let (address, bits) = match id.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().ok()?)),
            None => (id, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        Some(Self { address, bits: bits.unwrap_or(most) }).filter(|network| network.bits <= most)
    }

    fn has(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                let apart = u128::from(a.to_bits() ^ b.to_bits());
                apart.checked_shr(32 - self.bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                (a.to_bits() ^ b.to_bits()).checked_shr(128 - self.bits).unwrap_or(0) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}
