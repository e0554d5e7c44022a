//! Who a connection is, by SASL's DIGEST-MD5 (`ZooKeeperServer.processSasl`).

use zk_proto::ErrorCode;
use zk_proto::digest_md5::Exchange as Login;
use zk_proto::wire::put_buffer;

use super::answer::Reply;
use super::{ConnectionId, Engine};
use crate::tree::Identity;

/// Where an exchange stands.
#[derive(Debug, Default)]
pub(super) enum Exchange {
    /// It has not begun, or is over.
    #[default]
    None,
    /// The client has to answer a challenge.
    Challenged(Login),
}

impl Engine {
    /// Without users there is no SASL, and the answer is no token at all, as Apache has it.
    /// Otherwise the first token is empty and answered by a challenge; the second proves who the
    /// client is, or ends the connection.
    pub(super) fn authenticate_by_sasl(
        &mut self,
        id: ConnectionId,
        token: Option<&[u8]>,
    ) -> Option<Reply> {
        if self.config.sasl_users.is_empty() {
            return Some(answer(None));
        }
        let mut nonce = [0; 16];
        (self.entropy)(&mut nonce);
        let open = self.connections.get_mut(&id)?;
        match (std::mem::take(&mut open.sasl), token?) {
            (_, []) => {
                let login = Login::new(nonce);
                let challenge = login.challenge();
                open.sasl = Exchange::Challenged(login);
                Some(answer(Some(&challenge)))
            }
            (Exchange::Challenged(login), response) => {
                let users = &self.config.sasl_users;
                match login.verify(response, |user| users.get(user).map(String::as_str)) {
                    Ok(accepted) => {
                        self.identify(id, Identity::SASL, accepted.user.into());
                        Some(answer(Some(&accepted.token)))
                    }
                    Err(_) => Some(self.refuse_sasl()),
                }
            }
            (Exchange::None, _) => Some(self.refuse_sasl()),
        }
    }

    fn refuse_sasl(&self) -> Reply {
        let code = match self.config.require_sasl {
            true => ErrorCode::SessionClosedRequireSaslAuth,
            false => ErrorCode::AuthFailed,
        };
        Reply { code: code.code(), ..answer(None) }.last()
    }
}

fn answer(token: Option<&[u8]>) -> Reply {
    let mut body = Vec::new();
    put_buffer(&mut body, token);
    Reply::new(0, body)
}
