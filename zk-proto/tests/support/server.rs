//! Writes what a server answers, from what a client understood of it.

use bytes::Bytes;
use zk_proto::wire::{put_buffer, put_int, put_strings, put_vector};
use zk_proto::{
    AddWatch, Answer, AnyRequest, Auth, CheckWatches, Chroot, CloseSession, Create, CreateWithStat,
    Delete, Error, ErrorKind, Exists, GetAcl, GetAllChildrenNumber, GetChildren,
    GetChildrenWithStat, GetData, GetEphemerals, Multi, MultiRead, OpCode, Ping, Reconfig, Record,
    RemoveWatches, Request, Sasl, SetAcl, SetData, SetWatches, Sync, WhoAmI, encode_multi_error,
    encode_multi_results, encode_path, encode_read_results,
};

/// Reads the body of an answer as its client does, and writes it again as its server did.
pub(crate) fn written_again(op: OpCode, request: &AnyRequest<'_>, body: &Bytes) -> Vec<u8> {
    let (answer, root) = (|| -> Answer { Ok(body.clone()) }, &Chroot::root());
    let out = &mut Vec::new();
    match request {
        AnyRequest::Create(_) if op == OpCode::Create => {
            encode_path(out, &Create::decode(answer(), root).unwrap());
        }
        AnyRequest::Create(_) | AnyRequest::CreateWithStat(_) => {
            CreateWithStat::decode(answer(), root).unwrap().encode(out);
        }
        AnyRequest::Exists(..) => Exists::decode(answer(), root).unwrap().unwrap().encode(out),
        AnyRequest::GetData(..) => GetData::decode(answer(), root).unwrap().encode(out),
        AnyRequest::SetData(_) => SetData::decode(answer(), root).unwrap().encode(out),
        AnyRequest::GetAcl(_) => GetAcl::decode(answer(), root).unwrap().encode(out),
        AnyRequest::SetAcl(_) => SetAcl::decode(answer(), root).unwrap().encode(out),
        AnyRequest::GetChildren(..) => GetChildren::decode(answer(), root).unwrap().encode(out),
        AnyRequest::GetChildrenWithStat(..) => {
            GetChildrenWithStat::decode(answer(), root).unwrap().encode(out);
        }
        AnyRequest::GetAllChildrenNumber(_) => {
            let number = GetAllChildrenNumber::decode(answer(), root).unwrap();
            put_int(out, number.try_into().unwrap());
        }
        AnyRequest::GetEphemerals(_) => {
            put_strings(out, &GetEphemerals::decode(answer(), root).unwrap());
        }
        AnyRequest::Sync(_) => encode_path(out, &Sync::decode(answer(), root).unwrap()),
        AnyRequest::Multi(multi) => results_again(out, multi, answer()),
        AnyRequest::MultiRead(_) => {
            encode_read_results(out, &MultiRead::decode(answer(), root).unwrap());
        }
        AnyRequest::Reconfig(_) => Reconfig::decode(answer(), root).unwrap().encode(out),
        AnyRequest::Sasl(_) => {
            put_buffer(out, Sasl::decode(answer(), root).unwrap().as_deref());
        }
        AnyRequest::WhoAmI => {
            let identities = WhoAmI::decode(answer(), root).unwrap();
            put_vector(out, &identities, |out, identity| identity.encode(out));
        }
        AnyRequest::AddWatch(_) => {
            AddWatch::decode(answer(), root).unwrap();
            put_int(out, 0); // an error code, which says that there was none
        }
        AnyRequest::Delete(_) => Delete::decode(answer(), root).unwrap(),
        AnyRequest::CheckWatches(_) => CheckWatches::decode(answer(), root).unwrap(),
        AnyRequest::RemoveWatches(_) => RemoveWatches::decode(answer(), root).unwrap(),
        AnyRequest::SetWatches(_) => SetWatches::decode(answer(), root).unwrap(),
        AnyRequest::Auth(_) => Auth::decode(answer(), root).unwrap(),
        AnyRequest::Ping => Ping::decode(answer(), root).unwrap(),
        AnyRequest::CloseSession => CloseSession::decode(answer(), root).unwrap(),
        other => panic!("nothing is known of the answer to {other:?}"),
    }
    std::mem::take(out)
}

fn results_again(out: &mut Vec<u8>, multi: &Multi<'_>, answer: Answer) {
    match Multi::decode(answer, &Chroot::root()) {
        Ok(results) => encode_multi_results(out, &results),
        Err(error) => {
            let (index, code) = failure(&error);
            encode_multi_error(out, multi.operations().len(), index, code);
        }
    }
}

fn failure(error: &Error) -> (usize, zk_proto::ErrorCode) {
    let ErrorKind::Transaction { index, code } = error.kind() else { panic!("{error}") };
    (*index, *code)
}
