//! What no honest peer writes is refused for what it is, by name.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Debug;

use bytes::Bytes;
use zk_proto::wire::{Reader, put_bool, put_buffer, put_int, put_string, put_strings};
use zk_proto::{
    Acl, AnyRequest, Children, Chroot, Create, Error, ErrorCode, ErrorKind, Exists, GetAcl,
    GetAllChildrenNumber, GetChildren, GetChildrenWithStat, GetData, GetEphemerals, Multi,
    MultiRead, OpCode, Outcome, Record, ReplyHeader, Request, Stat, Sync, WatchedEvent, WhoAmI,
    encode_multi_results,
};

/// Far too many, below zero, and one more than there is.
const IMPOSSIBLE_COUNTS: [i32; 5] = [i32::MAX, i32::MIN, -7, -2, 1];

#[test]
fn a_count_for_which_the_message_has_no_room() {
    for count in IMPOSSIBLE_COUNTS {
        let message = |out: &mut Vec<u8>| put_int(out, count);
        refuses::<GetChildren<'_>>(message);
        refuses::<GetChildrenWithStat<'_>>(message);
        refuses::<GetEphemerals<'_>>(message);
        refuses::<GetAcl<'_>>(message);
        refuses::<WhoAmI>(message);
        refuses::<MultiRead<'_>>(|out| {
            put_result_header(out, 8);
            put_int(out, count);
        });
        refuses_request(OpCode::SetWatches, |out| {
            out.extend([0; 8]);
            put_int(out, count);
        });
        refuses_request(OpCode::SetAcl, |out| {
            put_string(out, "/a");
            put_int(out, count);
        });
    }
}

#[test]
fn a_list_of_null_is_an_empty_one() {
    let null = || Ok(Bytes::from_static(&[0xff; 4]));
    assert_eq!(GetChildren::decode(null(), &Chroot::root()), Ok(Children::default()));
    assert_eq!(GetEphemerals::decode(null(), &Chroot::root()), Ok(vec![]));
    assert_eq!(WhoAmI::decode(null(), &Chroot::root()), Ok(vec![]));
}

#[test]
fn a_length_for_which_the_message_has_no_room() {
    for length in [i32::MAX, i32::MIN, -7, -2, 1, 69] {
        let message = |out: &mut Vec<u8>| put_int(out, length);
        refuses::<Create<'_>>(message);
        refuses::<Sync<'_>>(message);
        refuses::<GetData<'_>>(message);
        refuses_request(OpCode::GetData, message);
        refuses_request(OpCode::Sasl, message);
        refuses_request(OpCode::GetEphemerals, message);
        refuses::<GetChildren<'_>>(|out| {
            put_int(out, 1);
            put_int(out, length);
        });
        refuses_request(OpCode::SetData, |out| {
            put_string(out, "/a");
            put_int(out, length);
        });
    }
}

#[test]
fn a_path_that_is_null_or_not_utf_8() {
    for path in [None, Some(&b"/\xff"[..]), Some(b"/\xed\xa0\xbd\xed\xb8\x80"), Some(b"/\xc3")] {
        let message = |out: &mut Vec<u8>| put_buffer(out, path);
        refuses::<Create<'_>>(message);
        refuses::<Sync<'_>>(message);
        refuses::<GetEphemerals<'_>>(|out| {
            put_int(out, 1);
            put_buffer(out, path);
        });
        refuses_record::<WatchedEvent>(|out| {
            put_int(out, 1);
            put_int(out, 3);
            put_buffer(out, path);
        });
        let mut body = Vec::new();
        put_buffer(&mut body, path);
        put_bool(&mut body, false);
        let request = AnyRequest::decode(OpCode::Exists, &body);
        match path {
            None => assert_eq!(request, Err(ErrorCode::MarshallingError)),
            // As servers do, which find no such node.
            Some(_) => {
                let no_node = Exists::new("/\u{fffd}");
                assert_eq!(request, Ok(AnyRequest::Exists(no_node, false)));
            }
        }
    }
}

#[test]
fn a_child_without_a_name_or_with_one_that_is_not_utf_8() {
    for name in [None, Some(&b""[..]), Some(b"\xff"), Some(b"\xed\xa0\xbd")] {
        refuses::<GetChildren<'_>>(|out| {
            put_int(out, 2);
            put_string(out, "fine");
            put_buffer(out, name);
        });
    }
}

/// As a whole, this list of names is UTF-8: the first name ends in the midst of a character, which
/// the length of the second one completes.
#[test]
fn a_name_that_is_utf_8_only_together_with_what_follows() {
    let mut message = Vec::new();
    put_int(&mut message, 1);
    put_buffer(&mut message, Some(b"a\xc3"));
    message.push(0xa9);
    let children = Children::decode(&message.into());
    assert!(children.is_err(), "{children:?}");
}

#[test]
fn an_identity_that_is_not_utf_8_is_read_all_the_same() {
    let mut body = Vec::new();
    put_int(&mut body, 1);
    put_string(&mut body, "digest");
    put_buffer(&mut body, Some(b"\xed\xa0\xbd\xed\xb8\x80")); // as Java writes U+1F600
    let identities = WhoAmI::decode(Ok(body.into()), &Chroot::root()).unwrap();
    assert!(identities[0].user.chars().all(|c| c == char::REPLACEMENT_CHARACTER));
}

#[test]
fn an_identity_that_is_null_is_for_servers_to_judge() {
    let list = |out: &mut Vec<u8>| {
        put_int(out, 1);
        put_int(out, 31);
        put_string(out, "auth");
        put_buffer(out, None);
    };
    refuses::<GetAcl<'_>>(|out| {
        list(out);
        out.extend([0; Stat::LEN]);
    });
    let mut body = Vec::new();
    put_string(&mut body, "/a");
    list(&mut body);
    put_int(&mut body, -1);
    let AnyRequest::SetAcl(set) = AnyRequest::decode(OpCode::SetAcl, &body).unwrap() else {
        panic!("not what was asked")
    };
    assert_eq!(set.acl[0].id, Acl::NULL_ID);
}

#[test]
fn an_event_of_a_type_that_servers_do_not_send() {
    for kind in [-2, 0, 5, 6, 7, i32::MAX] {
        refuses_record::<WatchedEvent>(|out| {
            put_int(out, kind);
            put_int(out, 3);
            put_string(out, "/a");
        });
    }
}

#[test]
fn a_number_of_nodes_below_zero() {
    refuses::<GetAllChildrenNumber<'_>>(|out| put_int(out, -1));
}

#[test]
fn results_that_do_not_end() {
    refuses::<Multi<'_>>(|_| {});
    refuses::<MultiRead<'_>>(|_| {});
    refuses::<Multi<'_>>(|out| put_result_header(out, 2));
    refuses_request(OpCode::Multi, |_| {});
    refuses_request(OpCode::MultiRead, |_| {});
}

#[test]
fn a_result_of_an_operation_that_has_none() {
    for op in [0, 3, 9, 11, 14, 100, -10, i32::MAX] {
        refuses::<Multi<'_>>(|out| {
            put_result_header(out, op);
            encode_multi_results(out, &[]);
        });
        refuses::<MultiRead<'_>>(|out| {
            put_result_header(out, op);
            encode_multi_results(out, &[]);
        });
    }
}

#[test]
fn a_transaction_that_failed_without_an_error() {
    refuses::<Multi<'_>>(|out| {
        put_result_header(out, -1);
        put_int(out, 0);
        encode_multi_results(out, &[]);
    });
}

#[test]
fn messages_that_are_too_short() {
    refuses::<Exists<'_>>(|out| out.extend([0; Stat::LEN - 1]));
    refuses::<GetData<'_>>(|out| {
        put_buffer(out, Some(b"data"));
        out.extend([0; Stat::LEN - 1]);
    });
    refuses::<GetChildrenWithStat<'_>>(|out| {
        put_strings(out, &["a"]);
        out.extend([0; Stat::LEN - 1]);
    });
    refuses_record::<ReplyHeader>(|out| out.extend([0; ReplyHeader::LEN - 1]));
}

fn put_result_header(out: &mut Vec<u8>, op: i32) {
    put_int(out, op);
    put_bool(out, false);
    put_int(out, 0);
}

/// The client calls this answer malformed, and does not claim to know what became of the request.
fn refuses<R: Request<Response: Debug>>(write: impl FnOnce(&mut Vec<u8>)) {
    let mut body = Vec::new();
    write(&mut body);
    let error: Error = R::decode(Ok(body.into()), &Chroot::root()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Malformed(_)), "{error}");
    assert_eq!(error.outcome(), Outcome::Unknown);
}

fn refuses_record<R: Record + Debug>(write: impl FnOnce(&mut Vec<u8>)) {
    let mut message = Vec::new();
    write(&mut message);
    R::decode(&mut Reader::new(&message)).unwrap_err();
}

fn refuses_request(op: OpCode, write: impl FnOnce(&mut Vec<u8>)) {
    let mut body = Vec::new();
    write(&mut body);
    assert_eq!(AnyRequest::decode(op, &body), Err(ErrorCode::MarshallingError), "{op}");
}
