//! Round trips: whatever a record or a request is, it is read as it was written.
//!
//! The first byte of an input says what to make; the rest is what it is made of.

use std::fmt::Debug;

use arbitrary::{Result, Unstructured};
use zk_proto::wire::{Reader, put_strings};
use zk_proto::{
    AclOf, Answer, AnyRequest, Auth, CheckWatches, Chroot, ConnectRequest, ConnectResponse,
    Created, Exists, GetAcl, GetAllChildrenNumber, GetChildren, GetChildrenWithStat, GetData,
    GetEphemerals, KeeperState, Listing, Multi, MultiRead, Raw, Record, RemoveWatches, ReplyHeader,
    Request, RequestHeader, Sasl, Sync, WatchedEvent, encode_multi_results, encode_read_results,
};

use crate::parts::{self, Parts};

/// Makes something, writes it and reads it.
pub fn run(data: &[u8]) {
    let Some((&kind, rest)) = data.split_first() else { return };
    let bytes = &mut Unstructured::new(rest);
    // An input that is too short to make something of says nothing.
    let _ = if kind < 0x80 { requests(kind, bytes) } else { others(kind, bytes) };
}

fn requests(kind: u8, bytes: &mut Unstructured<'_>) -> Result<()> {
    let parts = Parts::of(bytes)?;
    let (path, data) = (&*parts.path, parts.data.as_deref());
    round_trip(&match kind % 24 {
        0 => AnyRequest::Create(parts.create()),
        1 if parts.mode.flags() < 4 => AnyRequest::CreateWithStat(parts.create().with_stat()),
        2 => AnyRequest::Delete(parts.delete()),
        3 => AnyRequest::Exists(Exists::new(path), parts.watch),
        4 => AnyRequest::GetData(GetData::new(path), parts.watch),
        5 => AnyRequest::SetData(parts.set()),
        6 => AnyRequest::GetAcl(GetAcl::new(path)),
        7 => AnyRequest::SetAcl(parts.set_acl()),
        8 => AnyRequest::GetChildren(GetChildren::new(path), parts.watch),
        9 => AnyRequest::GetChildrenWithStat(GetChildrenWithStat::new(path), parts.watch),
        10 => AnyRequest::GetAllChildrenNumber(GetAllChildrenNumber::new(path)),
        11 => AnyRequest::GetEphemerals(GetEphemerals::new(path)),
        12 => AnyRequest::Sync(Sync::new(path)),
        13 => AnyRequest::Multi(parts.multi()),
        14 => AnyRequest::MultiRead(parts.multi_read()),
        15 => AnyRequest::Reconfig(parts.reconfig()),
        16 => AnyRequest::CheckWatches(CheckWatches::new(path, parts.kind)),
        17 => AnyRequest::RemoveWatches(RemoveWatches::new(path, parts.kind)),
        18 => AnyRequest::SetWatches(parts.set_watches()),
        19 => AnyRequest::AddWatch(parts.add_watch()),
        20 => AnyRequest::Auth(Auth::new(&parts.text, data.unwrap_or_default())),
        21 => AnyRequest::Sasl(Sasl(data)),
        22 => AnyRequest::Ping,
        _ => AnyRequest::CloseSession,
    });
    Ok(())
}

/// A request that is valid: the server reads what the client meant.
fn round_trip(request: &AnyRequest<'_>) {
    let mut written = Vec::new();
    assert_eq!(request.encode(&mut written), Ok(()), "{request:?}");
    assert_eq!(AnyRequest::decode(request.op(), &written).as_ref(), Ok(request));
}

fn others(kind: u8, bytes: &mut Unstructured<'_>) -> Result<()> {
    match kind % 16 {
        0 => record(&parts::stat(bytes)?),
        1 => record(&parts::acl(bytes)?),
        2 => record(&parts::client_info(bytes)?),
        3 => record(&AclOf::new(parts::list(bytes, parts::acl)?, parts::stat(bytes)?)),
        4 => record(&Created::new(parts::path(bytes)?, parts::stat(bytes)?)),
        5 => record(&connect_request(bytes)?),
        6 => record(&connect_response(bytes)?),
        7 => record(&reply_header(bytes)?),
        8 => record(&RequestHeader { xid: bytes.arbitrary()?, op: parts::op(bytes)? }),
        9 => record(&event(bytes)?),
        10 => answer::<GetData<'_>>(parts::node(bytes)?, |node, out| node.encode(out)),
        11 => answer::<GetChildrenWithStat<'_>>(listing(bytes)?, |all, out| all.encode(out)),
        12 => answer::<Multi<'_>>(parts::list(bytes, parts::multi_result)?, |all, out| {
            encode_multi_results(out, all);
        }),
        13 => answer::<MultiRead<'_>>(parts::list(bytes, parts::read)?, |all, out| {
            encode_read_results(out, all);
        }),
        14 => answer::<GetEphemerals<'_>>(parts::list(bytes, parts::path)?, |all, out| {
            put_strings(out, all);
        }),
        _ => answer::<Raw<'_>>(parts::data(bytes)?.into(), |all, out| out.extend_from_slice(all)),
    }
    Ok(())
}

fn record<R: Record + PartialEq + Debug>(record: &R) {
    let mut written = Vec::new();
    record.encode(&mut written);
    let reader = &mut Reader::new(&written);
    assert_eq!(R::decode(reader).as_ref(), Ok(record));
    assert!(reader.rest().is_empty(), "something is left of {record:?}");
}

fn answer<R>(value: R::Response, encode: fn(&R::Response, &mut Vec<u8>))
where
    R: Request<Response: PartialEq + Debug>,
{
    let mut written = Vec::new();
    encode(&value, &mut written);
    let answer: Answer = Ok(written.into());
    assert_eq!(R::decode(answer, &Chroot::root()), Ok(value));
}

fn connect_request(bytes: &mut Unstructured<'_>) -> Result<ConnectRequest> {
    Ok(ConnectRequest {
        protocol_version: bytes.arbitrary()?,
        last_zxid_seen: bytes.arbitrary()?,
        timeout: bytes.arbitrary()?,
        session_id: bytes.arbitrary()?,
        read_only: bytes.arbitrary()?,
        password: parts::data(bytes)?,
    })
}

fn connect_response(bytes: &mut Unstructured<'_>) -> Result<ConnectResponse> {
    Ok(ConnectResponse {
        protocol_version: bytes.arbitrary()?,
        timeout: bytes.arbitrary()?,
        session_id: bytes.arbitrary()?,
        read_only: bytes.arbitrary()?,
        password: parts::data(bytes)?,
    })
}

fn reply_header(bytes: &mut Unstructured<'_>) -> Result<ReplyHeader> {
    Ok(ReplyHeader { xid: bytes.arbitrary()?, zxid: bytes.arbitrary()?, err: bytes.arbitrary()? })
}

fn event(bytes: &mut Unstructured<'_>) -> Result<WatchedEvent> {
    Ok(WatchedEvent {
        kind: parts::event_type(bytes)?,
        state: KeeperState(bytes.arbitrary()?),
        path: parts::path(bytes)?.into(),
    })
}

fn listing(bytes: &mut Unstructured<'_>) -> Result<Listing> {
    Ok(Listing::new(parts::children(bytes)?, parts::stat(bytes)?))
}
