//! The numbers of the protocol and their names: each once, and all of them.

use std::collections::BTreeSet;

use zk_proto::{
    CreateMode, ErrorCode, EventType, OpCode, Outcome, Permissions, WatchMode, WatcherType,
};

/// `ZooDefs.OpCode`.
const OPERATIONS: &[(i32, &str)] = &[
    (0, "notification"),
    (1, "create"),
    (2, "delete"),
    (3, "exists"),
    (4, "getData"),
    (5, "setData"),
    (6, "getACL"),
    (7, "setACL"),
    (8, "getChildren"),
    (9, "sync"),
    (11, "ping"),
    (12, "getChildren2"),
    (13, "check"),
    (14, "multi"),
    (15, "create2"),
    (16, "reconfig"),
    (17, "checkWatches"),
    (18, "removeWatches"),
    (19, "createContainer"),
    (20, "deleteContainer"),
    (21, "createTTL"),
    (22, "multiRead"),
    (100, "auth"),
    (101, "setWatches"),
    (102, "sasl"),
    (103, "getEphemerals"),
    (104, "getAllChildrenNumber"),
    (105, "setWatches2"),
    (106, "addWatch"),
    (107, "whoAmI"),
    (-10, "createSession"),
    (-11, "closeSession"),
    (-1, "error"),
];

/// `KeeperException.Code`, then those of the C client and of ClickHouse Keeper.
const ERRORS: &[(i32, &str)] = &[
    (-1, "SYSTEMERROR"),
    (-2, "RUNTIMEINCONSISTENCY"),
    (-3, "DATAINCONSISTENCY"),
    (-4, "CONNECTIONLOSS"),
    (-5, "MARSHALLINGERROR"),
    (-6, "UNIMPLEMENTED"),
    (-7, "OPERATIONTIMEOUT"),
    (-8, "BADARGUMENTS"),
    (-12, "UNKNOWNSESSION"),
    (-13, "NEWCONFIGNOQUORUM"),
    (-14, "RECONFIGINPROGRESS"),
    (-100, "APIERROR"),
    (-101, "NONODE"),
    (-102, "NOAUTH"),
    (-103, "BADVERSION"),
    (-108, "NOCHILDRENFOREPHEMERALS"),
    (-110, "NODEEXISTS"),
    (-111, "NOTEMPTY"),
    (-112, "SESSIONEXPIRED"),
    (-113, "INVALIDCALLBACK"),
    (-114, "INVALIDACL"),
    (-115, "AUTHFAILED"),
    (-118, "SESSIONMOVED"),
    (-119, "NOTREADONLY"),
    (-120, "EPHEMERALONLOCALSESSION"),
    (-121, "NOWATCHER"),
    (-122, "REQUESTTIMEOUT"),
    (-123, "RECONFIGDISABLED"),
    (-124, "SESSIONCLOSEDREQUIRESASLAUTH"),
    (-125, "QUOTAEXCEEDED"),
    (-127, "THROTTLED"),
    (-9, "INVALIDSTATE"),
    (-15, "SSLCONNECTIONERROR"),
    (-116, "CLOSING"),
    (-117, "NOTHING"),
    (-10, "OUTOFMEMORY"),
];

#[test]
fn every_operation_has_its_number_and_its_name() {
    for (code, name) in OPERATIONS {
        let op = OpCode::from_code(*code);
        assert_eq!((op.code(), op.to_string()), (*code, name.to_string()));
        assert!(OpCode::NAMED.contains(&op), "{name}");
    }
    assert_eq!(OpCode::NAMED.len(), OPERATIONS.len());
}

#[test]
fn every_error_has_its_number_and_its_name() {
    for (code, name) in ERRORS {
        let error = ErrorCode::from_code(*code);
        assert_eq!((error.code(), format!("{error:?}").to_uppercase()), (*code, name.to_string()));
        assert!(ErrorCode::NAMED.contains(&error), "{name}");
    }
    assert_eq!(ErrorCode::NAMED.len(), ERRORS.len());
}

#[test]
fn no_two_errors_read_alike() {
    let texts: BTreeSet<_> = ErrorCode::NAMED.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), ErrorCode::NAMED.len());
    assert!(texts.iter().all(|text| !text.is_empty() && !text.ends_with('.')));
}

#[test]
fn a_number_without_a_name_is_kept() {
    for code in [-126, -16, -999, 1, i32::MIN, i32::MAX] {
        assert_eq!(ErrorCode::from_code(code), ErrorCode::Unknown(code));
        assert_eq!(ErrorCode::from_code(code).code(), code);
        assert_eq!(ErrorCode::from_code(code).to_string(), format!("code {code}"));
    }
    for code in [10, 23, 99, 500, -2, i32::MIN, i32::MAX] {
        assert_eq!(OpCode::from_code(code), OpCode::Unknown(code));
        assert_eq!(OpCode::from_code(code).code(), code);
    }
}

#[test]
fn a_reply_without_an_error_says_zero() {
    assert_eq!(ErrorCode::of_reply(0), None);
    assert_eq!(ErrorCode::of_reply(-101), Some(ErrorCode::NoNode));
    assert_eq!(ErrorCode::of_reply(7), Some(ErrorCode::Unknown(7)));
}

#[test]
fn a_refusal_is_known_and_trouble_in_the_server_is_not() {
    let trouble = [-1, -2, -3, -4, -7, -10, -122];
    for (code, name) in ERRORS {
        let expected = if trouble.contains(code) { Outcome::Unknown } else { Outcome::NotApplied };
        assert_eq!(ErrorCode::from_code(*code).outcome(), expected, "{name}");
    }
    assert_eq!(ErrorCode::Unknown(-999).outcome(), Outcome::Unknown);
}

#[test]
fn modes_types_and_permissions() {
    let minute = Some(60_000);
    for flags in 0..=6 {
        let mode = CreateMode::from_flags(flags, minute).unwrap();
        assert_eq!(mode.flags(), flags);
        assert_eq!(mode.is_sequential(), [2, 3, 6].contains(&flags), "{mode:?}");
        let ttl = if flags >= 5 { minute } else { None };
        assert_eq!(mode.ttl_millis(), Ok(ttl), "{mode:?}");
    }
    assert_eq!(CreateMode::from_flags(7, minute), Err(ErrorCode::BadArguments));

    let codes = -3..10;
    let events: Vec<_> = codes.clone().filter_map(EventType::from_code).map(|e| e as i32).collect();
    assert_eq!(events, [-1, 1, 2, 3, 4]);
    let watchers: Vec<_> =
        codes.clone().filter_map(WatcherType::from_code).map(|w| w as i32).collect();
    assert_eq!(watchers, [1, 2, 3, 4, 5]);
    let watches: Vec<_> = codes.filter_map(WatchMode::from_code).map(|mode| mode as i32).collect();
    assert_eq!(watches, [0, 1]);

    for (permissions, bits, letters) in [
        (Permissions::READ, 1, "r"),
        (Permissions::WRITE, 2, "w"),
        (Permissions::CREATE, 4, "c"),
        (Permissions::DELETE, 8, "d"),
        (Permissions::ADMIN, 16, "a"),
        (Permissions::ALL, 31, "cdrwa"),
        (Permissions::default(), 0, ""),
    ] {
        assert_eq!((permissions.bits(), permissions.to_string()), (bits, letters.to_string()));
        assert!(Permissions::ALL.contains(permissions));
    }
}

#[test]
fn a_time_to_live_has_bounds() {
    for ttl in [Some(1), Some((1 << 40) - 1)] {
        assert!(CreateMode::from_flags(5, ttl).is_ok(), "{ttl:?}");
    }
    for ttl in [None, Some(0), Some(-1), Some(1 << 40), Some(i64::MIN), Some(i64::MAX)] {
        assert_eq!(CreateMode::from_flags(6, ttl), Err(ErrorCode::BadArguments), "{ttl:?}");
    }
}
