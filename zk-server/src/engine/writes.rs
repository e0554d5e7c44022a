//! Requests that change nodes.

use zk_proto::wire::put_string;
use zk_proto::{
    AnyRequest, CreateWithStat, Created, ErrorCode, Instant, Multi, MultiResult, OpCode, Operation,
    Record, Request, encode_multi_error, encode_multi_results,
};

use super::answer::Reply;
use super::{ConnectionId, Engine};
use crate::tree::{Applied, Caller, Change, Stamp, Transaction, Tree};

impl Engine {
    /// A container, whatever the flags; with a number, if they say so.
    pub(super) fn create_container(
        &mut self,
        now: Instant,
        id: ConnectionId,
        body: &[u8],
    ) -> Reply {
        match AnyRequest::decode(OpCode::Create2, body) {
            Ok(request) => self.write_as(now, id, &request, Change::into_container),
            Err(code) => self.refuse(now, id, OpCode::Create2, body, code),
        }
    }

    /// Each write uses a zxid up, whether it succeeds or not.
    pub(super) fn write(
        &mut self,
        now: Instant,
        id: ConnectionId,
        request: &AnyRequest<'_>,
    ) -> Reply {
        self.write_as(now, id, request, |change| change)
    }

    /// The same, with another change in the place of the one that the request means.
    #[expect(clippy::wildcard_enum_match_arm, reason = "requests are an open set")]
    fn write_as(
        &mut self,
        now: Instant,
        id: ConnectionId,
        request: &AnyRequest<'_>,
        change: fn(Change) -> Change,
    ) -> Reply {
        let at = self.next_stamp(now);
        let Some(open) = self.connections.get(&id) else {
            return Reply::error(0, ErrorCode::SystemError);
        };
        let caller = Caller { session: open.session().unwrap_or(0), identities: &open.identities };
        let outcome = match request {
            AnyRequest::SetAcl(set) => {
                self.tree.transact(at, [|tree: &Tree| tree.prepare_set_acl(set, &caller)])
            }
            AnyRequest::Multi(multi) => {
                let steps = multi.operations().iter();
                self.tree.transact(at, steps.map(|one| |tree: &Tree| prepare(tree, one, &caller)))
            }
            request => match operation(request) {
                Some(one) => {
                    self.tree.transact(at, [|tree: &Tree| prepare(tree, &one, &caller).map(change)])
                }
                None => Err((0, ErrorCode::Unimplemented)),
            },
        };
        match outcome {
            Ok((transaction, applied)) => {
                let body = encode(request, &transaction, &applied);
                self.publish(now, transaction, &applied);
                Reply::new(at.zxid, body)
            }
            Err((index, code)) => {
                self.publish(now, Transaction { at, changes: Vec::new() }, &[]);
                refuse(request, at.zxid, index, code)
            }
        }
    }
}

fn prepare(
    tree: &Tree,
    operation: &Operation<'_>,
    caller: &Caller<'_>,
) -> Result<Change, ErrorCode> {
    match operation {
        Operation::Create(create) | Operation::CreateWithStat(CreateWithStat(create)) => {
            tree.prepare_create(create, caller)
        }
        Operation::Delete(delete) => tree.prepare_delete(delete, caller),
        Operation::SetData(set) => tree.prepare_set_data(set, caller),
        Operation::Check(check) => tree.prepare_check(check, caller),
        _ => Err(ErrorCode::Unimplemented),
    }
}

/// A request on its own, as an operation.
#[expect(clippy::wildcard_enum_match_arm, reason = "requests are an open set")]
fn operation<'a>(request: &AnyRequest<'a>) -> Option<Operation<'a>> {
    match request {
        AnyRequest::Create(create) => Some(create.clone().into()),
        AnyRequest::CreateWithStat(create) => Some(create.clone().into()),
        AnyRequest::Delete(delete) => Some((*delete).into()),
        AnyRequest::SetData(set) => Some((*set).into()),
        _ => None,
    }
}

fn encode(request: &AnyRequest<'_>, transaction: &Transaction, applied: &[Applied]) -> Vec<u8> {
    let mut body = Vec::new();
    if let AnyRequest::Multi(multi) = request {
        encode_multi_results(&mut body, &results(multi, transaction, applied));
        return body;
    }
    let stat = applied.first().and_then(|applied| applied.stat);
    match (transaction.changes.first(), stat) {
        (Some(Change::Create { path, .. }), Some(stat)) if request.op() != OpCode::Create => {
            Created::new(&**path, stat).encode(&mut body);
        }
        (Some(Change::Create { path, .. }), _) => put_string(&mut body, path),
        (_, Some(stat)) => stat.encode(&mut body),
        (_, None) => {}
    }
    body
}

fn results(multi: &Multi<'_>, transaction: &Transaction, applied: &[Applied]) -> Vec<MultiResult> {
    let done = transaction.changes.iter().zip(applied);
    let result = |(operation, (change, applied)): (&Operation<'_>, (&Change, &Applied))| {
        let stat = applied.stat.map(Box::new);
        match change {
            Change::Create { path, .. } => {
                let stat = stat.filter(|_| tells_stat(operation));
                MultiResult::Created { path: path.to_string(), stat }
            }
            Change::Delete { .. } => MultiResult::Deleted,
            Change::SetData { .. } | Change::SetAcl { .. } => {
                MultiResult::Set(stat.unwrap_or_default())
            }
            Change::Check => MultiResult::Checked,
        }
    };
    multi.operations().iter().zip(done).map(result).collect()
}

/// Whether the result of a creation has its stat: by the kind of node more than by the operation.
fn tells_stat(operation: &Operation<'_>) -> bool {
    matches!(operation, Operation::Create(create) if create.op() != OpCode::Create)
        || matches!(operation, Operation::CreateWithStat(_))
}

/// The refusal of a transaction is a success whose results are errors, unless it could not be made
/// sense of.
#[expect(clippy::wildcard_enum_match_arm, reason = "requests are an open set")]
fn refuse(request: &AnyRequest<'_>, zxid: i64, index: usize, code: ErrorCode) -> Reply {
    let multi = match request {
        AnyRequest::Multi(multi) if code != ErrorCode::MarshallingError => multi,
        _ => return Reply::error(zxid, code),
    };
    let mut body = Vec::new();
    encode_multi_error(&mut body, multi.operations().len(), index, code);
    Reply::new(zxid, body)
}

impl Engine {
    /// The next transaction.
    pub(super) fn next_stamp(&self, now: Instant) -> Stamp {
        let since_1970 = self.config.epoch + now.saturating_since(Instant::ORIGIN);
        Stamp {
            zxid: self.tree.zxid().wrapping_add(1),
            time: i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX),
        }
    }
}
