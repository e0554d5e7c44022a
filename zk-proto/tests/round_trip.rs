//! What is written is read as it was, in both directions, and under every chroot.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/messages.rs"]
mod messages;
#[path = "support/values.rs"]
mod values;

use bytes::Bytes;
use messages::{body, parts, requests};
use proptest::prelude::*;
use values::{
    acls, children, chroot, created, error_code, identities, multi_results, node, path,
    read_results, stat,
};
use zk_proto::wire::{Reader, put_buffer, put_int, put_strings, put_vector};
use zk_proto::{
    AclOf, Answer, AnyRequest, Children, Chroot, ClientInfo, ConnectRequest, ConnectResponse,
    Create, CreateWithStat, Created, Error, ErrorCode, ErrorKind, EventType, Exists, GetAcl,
    GetAllChildrenNumber, GetChildren, GetChildrenWithStat, GetConfig, GetData, GetEphemerals,
    KeeperState, Listing, Multi, MultiRead, MultiResult, Node, OpCode, Reconfig, Record,
    ReplyHeader, Request, RequestHeader, Sasl, SetAcl, SetData, Sync, WatchedEvent, WhoAmI,
    encode_multi_error, encode_multi_results, encode_path, encode_read_results,
};

proptest! {
    #[test]
    fn a_server_reads_each_request_as_the_client_meant_it(parts in parts()) {
        for request in requests(&parts) {
            let written = body(&request, &Chroot::root()).unwrap();
            let read = AnyRequest::decode(request.op(), &written);
            prop_assert_eq!(read.as_ref(), Ok(&request));
        }
    }

    #[test]
    fn a_server_writes_each_request_as_the_client_did(parts in parts()) {
        for request in requests(&parts) {
            let mut again = Vec::new();
            request.encode(&mut again).unwrap();
            prop_assert_eq!(again, body(&request, &Chroot::root()).unwrap());
        }
    }

    #[test]
    fn a_chroot_precedes_every_path(parts in parts(), chroot in chroot()) {
        let as_the_server_sees_it = parts.below(&chroot);
        for (ours, theirs) in requests(&parts).iter().zip(&requests(&as_the_server_sees_it)) {
            prop_assert_eq!(body(ours, &chroot), body(theirs, &Chroot::root()));
        }
    }

    #[test]
    fn a_chroot_is_taken_off_the_path_of_a_created_node(created in created(), chroot in chroot()) {
        let (server_path, stat) = (chroot.server_path(&created.path), created.stat);
        let name = answer(|out| encode_path(out, &server_path));
        prop_assert_eq!(Create::decode(name.clone(), &chroot), Ok(created.path.clone()));
        prop_assert_eq!(Sync::decode(name, &chroot), Ok(created.path.clone()));
        let record = answer(|out| Created::new(server_path, stat).encode(out));
        prop_assert_eq!(CreateWithStat::decode(record, &chroot), Ok(created));
    }

    #[test]
    fn a_chroot_is_taken_off_the_results_of_a_transaction(
        results in multi_results(),
        chroot in chroot(),
    ) {
        let mut as_the_server_has_them = results.clone();
        for result in &mut as_the_server_has_them {
            if let MultiResult::Created { path, .. } = result {
                *path = chroot.server_path(path);
            }
        }
        let written = answer(|out| encode_multi_results(out, &as_the_server_has_them));
        prop_assert_eq!(Multi::decode(written, &chroot), Ok(results));
    }

    #[test]
    fn a_chroot_is_taken_off_ephemeral_nodes_and_others_are_left_out(
        ours in proptest::collection::vec(path(), 0..5),
        theirs in proptest::collection::vec(path(), 0..5),
    ) {
        let chroot = Chroot::new("/app").unwrap();
        // Servers look for a text that paths begin with, which finds neighbours too.
        let neighbours = theirs.iter().map(|path| format!("/app2{path}"));
        let below = ours.iter().map(|path| chroot.server_path(path));
        let found: Vec<_> = below.chain(neighbours).collect();
        let written = answer(|out| put_strings(out, &found));
        prop_assert_eq!(GetEphemerals::decode(written, &chroot), Ok(ours));
    }

    #[test]
    fn a_transaction_tells_which_operation_failed(
        (count, failed) in (1..20_usize).prop_flat_map(|count| (Just(count), 0..count)),
        code in error_code(),
    ) {
        let written = answer(|out| encode_multi_error(out, count, failed, code));
        let error = ErrorKind::Transaction { index: failed, code };
        prop_assert_eq!(Multi::decode(written, &Chroot::root()), Err(Error::from(error)));
    }

    #[test]
    fn reads_keep_their_data_and_their_errors(results in read_results()) {
        let written = answer(|out| encode_read_results(out, &results));
        prop_assert_eq!(MultiRead::decode(written, &Chroot::root()), Ok(results));
    }

    #[test]
    fn a_node_keeps_its_data_or_that_it_has_none(node in node()) {
        let (written, root) = (answer(|out| node.encode(out)), &Chroot::root());
        prop_assert_eq!(GetData::decode(written.clone(), root), Ok(node.clone()));
        prop_assert_eq!(GetConfig::decode(written.clone(), root), Ok(node.clone()));
        prop_assert_eq!(Reconfig::decode(written, root), Ok(node.clone()));
        prop_assert_eq!(node.detached(), node);
    }

    #[test]
    fn children_keep_their_names_and_order(names in proptest::collection::vec(".{1,20}", 0..9)) {
        let written = answer(|out| put_strings(out, &names));
        let children = GetChildren::decode(written, &Chroot::root()).unwrap();
        prop_assert_eq!(&children.iter().collect::<Vec<_>>(), &names);
        prop_assert_eq!((children.len(), children.is_empty()), (names.len(), names.is_empty()));
        prop_assert!(names.iter().all(|name| children.contains(name)));
        prop_assert_eq!(children, Children::from_names(names.iter().map(String::as_str)));
    }

    #[test]
    fn a_listing_keeps_children_and_stat(children in children(), stat in stat()) {
        let listing = Listing::new(children, stat);
        let written = answer(|out| listing.encode(out));
        prop_assert_eq!(GetChildrenWithStat::decode(written, &Chroot::root()), Ok(listing));
    }

    #[test]
    fn other_answers(
        stat in stat(),
        acl in acls(),
        identities in identities(),
        number in 0..i32::MAX,
    ) {
        let root = &Chroot::root();
        let stat_alone = answer(|out| stat.encode(out));
        prop_assert_eq!(Exists::decode(stat_alone.clone(), root), Ok(Some(stat)));
        prop_assert_eq!(SetData::decode(stat_alone.clone(), root), Ok(stat));
        prop_assert_eq!(SetAcl::decode(stat_alone, root), Ok(stat));
        let acl_of = AclOf::new(acl, stat);
        prop_assert_eq!(GetAcl::decode(answer(|out| acl_of.encode(out)), root), Ok(acl_of));
        let written = answer(|out| put_vector(out, &identities, |out, info| info.encode(out)));
        prop_assert_eq!(WhoAmI::decode(written, root), Ok(identities));
        let written = answer(|out| put_int(out, number));
        prop_assert_eq!(GetAllChildrenNumber::decode(written, root), Ok(number as usize));
    }

    #[test]
    fn records(
        stat in stat(),
        created in created(),
        acl in acls(),
        infos in identities(),
        ints in any::<[i32; 3]>(),
        zxid in any::<i64>(),
        password in proptest::collection::vec(any::<u8>(), 0..20),
        read_only in any::<Option<bool>>(),
    ) {
        let [xid, err, timeout] = ints;
        is_read_as_written(&stat);
        is_read_as_written(&created);
        acl.iter().for_each(is_read_as_written);
        infos.iter().for_each(is_read_as_written::<ClientInfo>);
        is_read_as_written(&ReplyHeader { xid, zxid, err });
        is_read_as_written(&RequestHeader { xid, op: OpCode::from_code(err) });
        is_read_as_written(&ConnectRequest {
            protocol_version: xid,
            last_zxid_seen: zxid,
            timeout,
            session_id: zxid,
            password: password.clone(),
            read_only,
        });
        is_read_as_written(&ConnectResponse {
            protocol_version: xid,
            timeout,
            session_id: zxid,
            password,
            read_only,
        });
    }

    #[test]
    fn events(path in path(), state in any::<i32>()) {
        let kinds = (-2..9).filter_map(EventType::from_code);
        for kind in kinds {
            let path = path.as_str().into();
            is_read_as_written(&WatchedEvent { kind, state: KeeperState(state), path });
        }
    }
}

#[test]
fn a_token_of_nothing_is_not_an_empty_one() {
    for token in [None, Some(&b""[..]), Some(b"challenge")] {
        let written = answer(|out| put_buffer(out, token));
        assert_eq!(Sasl::decode(written, &Chroot::root()).unwrap().as_deref(), token);
    }
}

#[test]
fn a_path_outside_of_the_chroot_is_no_answer() {
    let chroot = Chroot::new("/app").unwrap();
    for path in ["/app2", "/ap", "/", "/other/app", ""] {
        let name = answer(|out| encode_path(out, path));
        let created = answer(|out| Created::new(path, Default::default()).encode(out));
        let results = [MultiResult::Created { path: path.into(), stat: None }];
        let results = answer(|out| encode_multi_results(out, &results));
        for error in [
            Create::decode(name.clone(), &chroot).unwrap_err(),
            Sync::decode(name, &chroot).unwrap_err(),
            CreateWithStat::decode(created, &chroot).unwrap_err(),
            Multi::decode(results, &chroot).unwrap_err(),
        ] {
            assert!(matches!(error.kind(), ErrorKind::Malformed(_)), "{path}: {error}");
        }
    }
}

#[test]
fn a_missing_node_is_an_answer_to_exists_and_to_nothing_else() {
    let no_node = || -> Answer { Err(ErrorCode::NoNode.into()) };
    assert_eq!(Exists::decode(no_node(), &Chroot::root()), Ok(None));
    let error = GetData::decode(no_node(), &Chroot::root()).unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::NoNode));
    let forbidden = Exists::decode(Err(ErrorCode::NoAuth.into()), &Chroot::root());
    assert_eq!(forbidden.unwrap_err().code(), Some(ErrorCode::NoAuth));
}

#[test]
fn a_node_without_data_is_not_an_empty_one() {
    let (nothing, empty) =
        (Node::new(None, Default::default()), Node::new(Some(Bytes::new()), Default::default()));
    assert!(nothing.is_null() && !empty.is_null());
    assert_eq!(nothing.data, empty.data);
    assert_ne!(nothing, empty);
}

/// What a server answers.
fn answer(write: impl FnOnce(&mut Vec<u8>)) -> Answer {
    let mut body = Vec::new();
    write(&mut body);
    Ok(body.into())
}

fn is_read_as_written<R: Record + PartialEq + std::fmt::Debug>(record: &R) {
    let mut written = Vec::new();
    record.encode(&mut written);
    let reader = &mut Reader::new(&written);
    assert_eq!(R::decode(reader).as_ref(), Ok(record));
    assert!(reader.rest().is_empty(), "{record:?}");
}
