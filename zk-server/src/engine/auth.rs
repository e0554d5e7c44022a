//! Who a connection is, by what it says of itself.

use std::borrow::Cow;

use subtle::ConstantTimeEq;
use zk_proto::{Auth, ErrorCode, digest};

use super::answer::Reply;
use super::{ConnectionId, Engine};
use crate::tree::Identity;

impl Engine {
    /// `addAuth`: a user with a password, or an address, which stays what it is. Everything else is
    /// refused and costs the connection (`DigestAuthenticationProvider`,
    /// `IPAuthenticationProvider`).
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
        let identity = Identity { scheme, id: name };
        if let Some(open) = self.connections.get_mut(&id)
            && !open.identities.contains(&identity)
        {
            open.identities.push(identity);
        }
    }

    pub(super) fn is_sasl_authenticated(&self, id: ConnectionId) -> bool {
        let is_sasl = |identity: &Identity| identity.scheme == Identity::SASL;
        self.connections.get(&id).is_some_and(|open| open.identities.iter().any(is_sasl))
    }
}
