//! Who a connection is, by SASL.

use zk_proto::wire::put_buffer;

use super::answer::Reply;
use super::{ConnectionId, Engine};

/// Where an exchange stands.
#[derive(Debug, Default)]
pub(super) enum Exchange {
    /// It has not begun.
    #[default]
    None,
}

impl Engine {
    /// Without users there is no SASL, and the answer is no token at all, as Apache has it.
    pub(super) fn authenticate_by_sasl(
        &mut self,
        id: ConnectionId,
        _token: Option<&[u8]>,
    ) -> Reply {
        let _ = id;
        let mut body = Vec::new();
        put_buffer(&mut body, None);
        Reply::new(0, body)
    }
}
