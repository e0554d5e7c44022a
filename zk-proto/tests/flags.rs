//! What flags and operations mean to a server, and which it refuses: as Apache ZooKeeper does.

use zk_proto::wire::{put_bool, put_buffer, put_int, put_string};
use zk_proto::{AnyRequest, CreateMode, ErrorCode, OpCode, encode_multi_results};

#[test]
fn flags_that_do_not_exist() {
    for (op, flags, code) in [
        (OpCode::Create, 5, ErrorCode::BadArguments),
        (OpCode::Create, 7, ErrorCode::BadArguments),
        (OpCode::Create2, -1, ErrorCode::BadArguments),
        (OpCode::CreateContainer, 99, ErrorCode::BadArguments),
        (OpCode::CreateTtl, 0, ErrorCode::BadArguments),
        (OpCode::CreateTtl, 5, ErrorCode::MarshallingError), // the time to live is missing
    ] {
        let body = creation(flags);
        assert_eq!(AnyRequest::decode(op, &body), Err(code), "{op} with flags {flags}");
    }
}

#[test]
fn containers_are_made_by_their_own_operation() {
    for (op, flags, mode) in [
        (OpCode::CreateContainer, 4, CreateMode::Container),
        (OpCode::CreateContainer, 0, CreateMode::Container),
        (OpCode::Create, 4, CreateMode::Persistent),
    ] {
        let body = creation(flags);
        let request = AnyRequest::decode(op, &body);
        let Ok(AnyRequest::Create(create)) = request else { panic!("{request:?}") };
        assert_eq!(create.mode, mode, "{op} with flags {flags}");
    }
}

/// In a transaction, servers go by the flags, whatever the operation's number.
#[test]
fn flags_in_a_transaction() {
    let transaction = |op: i32, flags, ttl: &[u8]| {
        let mut body = Vec::new();
        put_int(&mut body, op);
        put_bool(&mut body, false);
        put_int(&mut body, -1);
        body.extend(creation(flags));
        body.extend(ttl);
        encode_multi_results(&mut body, &[]);
        AnyRequest::decode(OpCode::Multi, &body).map(|request| {
            let AnyRequest::Multi(multi) = request else { panic!("{request:?}") };
            format!("{:?}", multi.operations())
        })
    };
    let minute = 60_000_i64.to_be_bytes();
    assert!(transaction(1, 4, &[]).unwrap().contains("Container"));
    assert!(transaction(21, 5, &minute).unwrap().contains("PersistentWithTtl(60s)"));
    assert!(transaction(21, 6, &minute).unwrap().contains("PersistentSequentialWithTtl(60s)"));
    assert_eq!(transaction(1, 5, &[]), Err(ErrorCode::MarshallingError));
    assert_eq!(transaction(1, 5, &minute), Err(ErrorCode::MarshallingError));
    assert_eq!(transaction(1, 9, &[]), Err(ErrorCode::MarshallingError));
    assert_eq!(transaction(15, -1, &[]), Err(ErrorCode::MarshallingError));
}

#[test]
fn operations_that_no_client_sends() {
    let named = [OpCode::Notification, OpCode::Check, OpCode::DeleteContainer, OpCode::Error];
    for op in named.into_iter().chain([OpCode::CreateSession, OpCode::Unknown(500)]) {
        let body = [0, 0, 0, 2, b'/', b'a', 0, 0, 0, 0];
        assert_eq!(AnyRequest::decode(op, &body), Err(ErrorCode::Unimplemented), "{op}");
    }
}

fn creation(flags: i32) -> Vec<u8> {
    let mut body = Vec::new();
    put_string(&mut body, "/a");
    put_buffer(&mut body, None);
    put_int(&mut body, 0); // an empty access control list
    put_int(&mut body, flags);
    body
}
