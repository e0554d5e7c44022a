//! Who a connection is, by what it says of itself.

use std::borrow::Cow;

use subtle::ConstantTimeEq;
use zk_proto::{Auth, ErrorCode, digest};

use super::answer::Reply;
use super::{ConnectionId, Engine};
use crate::tree::Identity;

impl Engine {
    /// The host knows who is at the other end of a connection, such as by the certificate that was
    /// shown: from now on, the connection is that one too.
    pub fn vouch(&mut self, connection: ConnectionId, identity: Identity) {
        if let Some(open) = self.connections.get_mut(&connection)
            && !open.identities.contains(&identity)
        {
            open.identities.push(identity);
        }
    }

    /// `addAuth`: a user with a password, or an address or a certificate, which stay what they are.
    /// Everything else is refused and costs the connection (`DigestAuthenticationProvider`,
    /// `IPAuthenticationProvider`, `X509AuthenticationProvider`).
    pub(super) fn authenticate(&mut self, id: ConnectionId, auth: &Auth<'_>) -> Reply {
        match (auth.scheme, auth.data) {
            (Identity::DIGEST, Some(credentials)) => {
                let identity = digest::identity_of(&String::from_utf8_lossy(credentials));
                let is_super = self
                    .config
                    .super_user
                    .as_ref()
                    .is_some_and(|known| known.as_bytes().ct_eq(identity.as_bytes()).into());
                if is_super {
                    self.identify(id, Identity::SUPER, Cow::Borrowed(""));
                }
                self.identify(id, Identity::DIGEST, identity.into());
                Reply::new(0, Vec::new())
            }
            (Identity::IP, Some(_)) => Reply::new(0, Vec::new()),
            (Identity::X509, Some(_)) if self.is(id, Identity::X509) => Reply::new(0, Vec::new()),
            _ => Reply::error(0, ErrorCode::AuthFailed).last(),
        }
    }

    /// Notes who a connection is, once.
    pub(super) fn identify(
        &mut self,
        id: ConnectionId,
        scheme: &'static str,
        name: Cow<'static, str>,
    ) {
        self.vouch(id, Identity { scheme, id: name });
    }

    pub(super) fn is_sasl_authenticated(&self, id: ConnectionId) -> bool {
        self.is(id, Identity::SASL)
    }

    /// Whether it is known who a connection is, by this scheme.
    fn is(&self, id: ConnectionId, scheme: &str) -> bool {
        let is_so = |identity: &Identity| identity.scheme == scheme;
        self.connections.get(&id).is_some_and(|open| open.identities.iter().any(is_so))
    }
}
