//! No bytes make a decoder panic: they come from servers, and clients, that may be anybody.
#![expect(clippy::disallowed_types, reason = "`prop_oneof` shares its branches")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/decoders.rs"]
mod decoders;
#[path = "support/messages.rs"]
mod messages;
#[path = "support/values.rs"]
mod values;

use bytes::Bytes;
use decoders::{OF_MESSAGES, OF_TEXTS};
use messages::{body, parts, requests};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use values::{children, created, error_code, identities, multi_results, node, read_results};
use zk_proto::wire::{put_frame, put_strings, put_vector};
use zk_proto::{
    AnyRequest, Chroot, ConnectString, EnsembleConfig, ErrorCode, Node, Record, Ticket,
    encode_multi_error, encode_multi_results, encode_read_results,
};

proptest! {
    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..300)) {
        survives(bytes.into());
    }

    /// Small numbers are what counts, lengths and flags are made of: these get further.
    #[test]
    fn any_bytes_that_look_like_numbers(numbers in vec(-2..30_i32, 0..60)) {
        survives(numbers.iter().flat_map(|number| number.to_be_bytes()).collect());
    }

    #[test]
    fn a_valid_message_with_some_bytes_changed(
        message in message(),
        changes in vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        let mut message = message;
        let len = message.len();
        for (at, byte) in changes.iter().filter(|_| len > 0) {
            message[at.index(len)] = *byte;
        }
        survives(message.into());
    }

    #[test]
    fn a_valid_message_with_another_length_or_count(
        message in message(),
        at in any::<Index>(),
        number in prop_oneof![Just(i32::MAX), Just(-1), Just(-7), Just(i32::MIN), any::<i32>()],
    ) {
        let mut message = message;
        if let Some(last) = message.len().checked_sub(4) {
            let at = at.index(last + 1);
            message[at..at + 4].copy_from_slice(&number.to_be_bytes());
        }
        survives(message.into());
    }

    #[test]
    fn a_valid_message_and_more(message in message(), more in vec(any::<u8>(), 1..40)) {
        survives([message, more].concat().into());
    }

    #[test]
    fn any_text(text in "[a-z0-9.:,/\\[\\]@%é -]{0,40}") {
        survives(text.into());
    }
}

#[test]
fn every_prefix_of_valid_messages() {
    let runner = &mut TestRunner::deterministic();
    for _ in 0..64 {
        let message: Bytes = message().new_tree(runner).unwrap().current().into();
        for end in 0..message.len().min(600) {
            survives(message.slice(..end));
        }
    }
}

/// No decoder takes the front of a message for the whole, unless what follows is optional.
#[test]
fn requests_are_read_whole_or_not_at_all() {
    let runner = &mut TestRunner::deterministic();
    for _ in 0..32 {
        let parts = parts().new_tree(runner).unwrap().current();
        for request in requests(&parts) {
            let body = body(&request, &Chroot::root()).unwrap();
            // An empty prefix of an empty body is the body; a null prefix reads as empty.
            for end in 0..body.len() {
                let cut = AnyRequest::decode(request.op(), &body[..end]);
                assert_eq!(cut, Err(ErrorCode::MarshallingError), "{request:?}, {end} bytes");
            }
        }
    }
}

#[test]
fn texts_that_are_almost_right() {
    for ticket in
        ["", "-", "--", "1-2", "1-2-zz", "x-2-00", "1-2-é", "-1-2-00", "10000000000000000-0-"]
    {
        assert_eq!(Ticket::from_secret(ticket), None, "{ticket}");
    }
    for servers in ["", ",", "/", "://", "[", "]", "[]", "[]:1", ":", "a:é", "é/é/", "[::1"] {
        assert!(servers.parse::<ConnectString>().is_err(), "{servers}");
    }
    for config in
        ["server.", "server.1=", "server.1=;", "server.1=|;|", "server.1=[;[:1", "=", "version="]
    {
        assert_eq!(EnsembleConfig::parse(config.as_bytes()).hosts().count(), 0, "{config}");
    }
}

/// Gives the bytes to every decoder.
fn survives(bytes: Bytes) {
    for (_, decode) in OF_MESSAGES.iter().chain(OF_TEXTS) {
        decode(&bytes);
    }
}

/// A message of any kind, valid as it is.
fn message() -> BoxedStrategy<Vec<u8>> {
    let request = (parts(), any::<Index>()).prop_map(|(parts, which)| {
        let requests = requests(&parts);
        body(&requests[which.index(requests.len())], &Chroot::root()).unwrap()
    });
    prop_oneof![
        6 => request,
        1 => node().prop_map(|node: Node| written(|out| node.encode(out))),
        1 => children().prop_map(|children| written(|out| children.encode(out))),
        1 => created().prop_map(|created| written(|out| created.encode(out))),
        1 => identities().prop_map(|all| {
            written(|out| put_vector(out, &all, |out, one| one.encode(out)))
        }),
        1 => multi_results().prop_map(|results| written(|out| encode_multi_results(out, &results))),
        1 => (1..9_usize, error_code()).prop_map(|(count, code)| {
            written(|out| encode_multi_error(out, count, count / 2, code))
        }),
        1 => read_results().prop_map(|results| written(|out| encode_read_results(out, &results))),
        1 => vec("/[a-z]{1,9}", 0..9).prop_map(|paths| written(|out| put_strings(out, &paths))),
        1 => vec(any::<u8>(), 0..99).prop_map(|body| {
            written(|out| put_frame(out, |out| out.extend(body)))
        }),
    ]
    .boxed()
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}
