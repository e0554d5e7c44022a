//! The server's decoders: the first byte of an input says for what kind of request the others are
//! taken.
//!
//! What is understood and valid is written as a client of ours would. Read and written once more it
//! stays the same, and without its last byte it is not understood.

use zk_proto::wire::Reader;
use zk_proto::{AnyRequest, ConnectRequest, ErrorCode, OpCode, Record, RequestHeader};

use crate::memory::bounded;

/// The first byte of an input that is a handshake.
pub const HANDSHAKE: u8 = 0xff;
/// The first byte of an input that is a request with its header; others are bodies, for the
/// operation of that place in [`OpCode::NAMED`].
pub const WHOLE: u8 = 0xfe;

/// Decodes one message.
pub fn run(data: &[u8]) {
    match data.split_first() {
        Some((&HANDSHAKE, message)) => handshake(message),
        Some((&WHOLE, message)) => whole(message),
        Some((&op, body)) => request(OpCode::NAMED[usize::from(op) % OpCode::NAMED.len()], body),
        None => {}
    }
}

fn handshake(message: &[u8]) {
    let decode = |message: &[u8]| {
        bounded(message.len(), || ConnectRequest::decode(&mut Reader::new(message)))
    };
    if let Ok(greeting) = decode(message) {
        let mut again = Vec::new();
        greeting.encode(&mut again);
        assert_eq!(decode(&again), Ok(greeting));
    }
}

fn whole(message: &[u8]) {
    let reader = &mut Reader::new(message);
    if let Ok(header) = RequestHeader::decode(reader) {
        request(header.op, reader.rest());
    }
}

fn request(op: OpCode, body: &[u8]) {
    let Some((op, once)) = decode(op, body).ok().and_then(|request| written(&request)) else {
        return;
    };
    let again = decode(op, &once).ok().and_then(|request| written(&request));
    assert_eq!(again.as_ref(), Some(&(op, once.clone())));
    if let Some((_, cut)) = once.split_last() {
        assert_eq!(decode(op, cut), Err(ErrorCode::MarshallingError), "a part of {once:?}");
    }
}

fn decode(op: OpCode, body: &[u8]) -> Result<AnyRequest<'_>, ErrorCode> {
    bounded(body.len(), || AnyRequest::decode(op, body))
}

/// As a client writes it, if it is valid.
fn written(request: &AnyRequest<'_>) -> Option<(OpCode, Vec<u8>)> {
    let mut body = Vec::new();
    request.encode(&mut body).ok()?;
    Some((request.op(), body))
}
