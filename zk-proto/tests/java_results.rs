//! What a server answered the Java client means to us what it meant to that client.
//!
//! A field in the place of another one goes unnoticed where we read what we wrote. Here, what is
//! read is compared with what the Java client printed: `tests/data/java-client-3.9.5.txt`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/capture.rs"]
mod capture;

use capture::{Line, unframe};
use zk_proto::wire::Reader;
use zk_proto::{
    Acl, Chroot, ClientInfo, ConnectResponse, Error, ErrorCode, EventType, Exists, GetAcl,
    GetAllChildrenNumber, GetChildren, GetChildrenWithStat, GetData, GetEphemerals, KeeperState,
    Multi, MultiRead, MultiResult, Permissions, Read, Record, ReplyHeader, Request, SetAcl,
    SetData, Stat, Sync, WatchedEvent, WhoAmI,
};

#[test]
fn stats() {
    for (stat, printed) in [
        (
            answered::<Exists<'_>>(19).unwrap().unwrap(),
            "14,14,1795361886466,1795361886466,0,0,0,0,0,0,14",
        ),
        (
            answered::<GetData<'_>>(21).unwrap().stat,
            "2,2,1795361886326,1795361886326,0,0,0,0,4,0,2",
        ),
        (answered::<SetData<'_>>(24).unwrap(), "2,20,1795361886326,1795361886549,1,0,0,0,2,0,2"),
        (answered::<SetAcl<'_>>(32).unwrap(), "14,14,1795361886466,1795361886466,0,0,1,0,0,0,14"),
        (answered::<SetData<'_>>(50).unwrap(), "30,34,1795361886684,1795361886698,1,1,0,0,4,1,31"),
    ] {
        assert_eq!(as_java_prints(&stat), printed);
    }
}

#[test]
fn data_and_its_absence() {
    assert_eq!(answered::<GetData<'_>>(21).unwrap().data, "data");
    assert!(answered::<GetData<'_>>(22).unwrap().is_null());
    assert_eq!(answered::<Exists<'_>>(20), Ok(None));
    assert_eq!(answered::<GetData<'_>>(23).unwrap_err().code(), Some(ErrorCode::NoNode));
}

#[test]
fn what_is_below_a_node() {
    let printed = "t-EPHEMERAL_SEQUENTIAL0000000006, zookeeper, u-PERSISTENT_SEQUENTIAL0000000003, \
                   t-PERSISTENT_SEQUENTIAL_WITH_TTL0000000011, t-CONTAINER, \
                   t-PERSISTENT_SEQUENTIAL0000000002, u-CONTAINER, ünï-鍵, t-PERSISTENT_WITH_TTL, \
                   t-EPHEMERAL, u-EPHEMERAL_SEQUENTIAL0000000007, null, u-PERSISTENT, \
                   t-PERSISTENT, u-EPHEMERAL";
    let names = |children: &zk_proto::Children| children.iter().collect::<Vec<_>>().join(", ");
    assert_eq!(names(&answered::<GetChildren<'_>>(26).unwrap()), printed);
    assert_eq!(names(&answered::<GetChildrenWithStat<'_>>(27).unwrap().children), printed);
    assert_eq!(answered::<GetAllChildrenNumber<'_>>(28), Ok(17));
    assert_eq!(
        answered::<GetEphemerals<'_>>(30).unwrap(),
        ["/u-EPHEMERAL_SEQUENTIAL0000000007", "/u-EPHEMERAL"]
    );
}

#[test]
fn identities() {
    let acl = answered::<GetAcl<'_>>(33).unwrap().acl;
    let owner = "user:5w9W4eL3797Y4Wq8AcKUPPk8ha4=";
    assert_eq!(acl, [Acl::new(Permissions::ALL, "digest", owner), Acl::anyone(Permissions::READ)]);
    assert_eq!(
        answered::<WhoAmI>(34).unwrap(),
        [ClientInfo::new("ip", "127.0.0.1"), ClientInfo::new("digest", "user")]
    );
}

#[test]
fn several_things_at_once() {
    let results = answered::<Multi<'_>>(36).unwrap();
    let created = |path: &str| MultiResult::Created { path: path.into(), stat: None };
    let [first, MultiResult::Set(stat), MultiResult::Checked, second, rest @ ..] = &results[..]
    else {
        panic!("{results:?}")
    };
    assert_eq!((first, second), (&created("/m"), &created("/m/c")));
    assert_eq!((stat.version, stat.data_length), (1, 1));
    assert_eq!(rest, [MultiResult::Deleted, MultiResult::Deleted]);

    let error = answered::<Multi<'_>>(37).unwrap_err();
    assert_eq!((error.failed_operation(), error.code()), (Some(1), Some(ErrorCode::NoNode)));

    let reads = answered::<MultiRead<'_>>(38).unwrap();
    let [Ok(Read::Data(node)), Ok(Read::Children(children)), Err(ErrorCode::NoNode)] = &reads[..]
    else {
        panic!("{reads:?}")
    };
    assert_eq!((&node.data[..], children.len()), (&b"v2"[..], 15));
    assert_eq!(answered::<Sync<'_>>(35).unwrap(), "/");
}

#[test]
fn the_handshake() {
    let granted: ConnectResponse = decoded(&said_by_the_server()[0]);
    assert_eq!((granted.timeout, granted.session_id), (10_000, 0x0100_000a_646c_0000));
    assert_eq!((granted.password.len(), granted.read_only), (16, Some(false)));
}

#[test]
fn the_first_event() {
    let events = said_by_the_server().into_iter().filter(|frame| frame.starts_with(&[0xff; 4]));
    let event = events.map(|frame| frame.slice(ReplyHeader::LEN..)).next().unwrap();
    assert_eq!(
        decoded::<WatchedEvent>(&event),
        WatchedEvent {
            kind: EventType::NodeDataChanged,
            state: KeeperState::SYNC_CONNECTED,
            path: "/t-PERSISTENT".into(),
        }
    );
}

/// What the server answered the request with this number, as a client understands it.
fn answered<R: Request>(xid: i32) -> Result<R::Response, Error> {
    let frame = said_by_the_server().into_iter().skip(1).find(|frame| {
        let header: ReplyHeader = decoded(frame);
        header.xid == xid
    });
    let frame = frame.unwrap();
    let header: ReplyHeader = decoded(&frame);
    let body = frame.slice(ReplyHeader::LEN..);
    let answer = ErrorCode::of_reply(header.err).map_or(Ok(body), |code| Err(code.into()));
    R::decode(answer, &Chroot::root())
}

/// On the first connection, without their lengths.
fn said_by_the_server() -> Vec<bytes::Bytes> {
    let conversations = capture::read("java-client-3.9.5.jsonl");
    let frames = conversations[0].lines.iter().filter_map(|line| match line {
        Line::Server(frame) => unframe(frame),
        Line::Client(_) | Line::Closed => None,
    });
    frames.collect()
}

fn as_java_prints(stat: &Stat) -> String {
    let Stat { czxid, mzxid, ctime, mtime, version, cversion, aversion, .. } = stat;
    let Stat { ephemeral_owner, data_length, num_children, pzxid, .. } = stat;
    format!(
        "{czxid},{mzxid},{ctime},{mtime},{version},{cversion},{aversion},{ephemeral_owner},\
         {data_length},{num_children},{pzxid}"
    )
}

fn decoded<R: Record>(message: &[u8]) -> R {
    R::decode(&mut Reader::new(message)).unwrap()
}
