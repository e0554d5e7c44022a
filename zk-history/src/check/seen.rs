//! What an answer says.

use std::collections::BTreeSet;

use bytes::Bytes;
use zk_proto::{
    Acl, AnyRequest, Chroot, Create, CreateWithStat, Error, ErrorCode, Exists, GetAcl,
    GetAllChildrenNumber, GetChildren, GetChildrenWithStat, GetData, GetEphemerals, Multi,
    MultiRead, MultiResult, Read, Request, SetAcl, SetData, Stat,
};

/// What an answer says: of a server, or what it should have said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// No: because of this operation of a transaction, counted from 0.
    Refused(usize, ErrorCode),
    /// Yes.
    Done,
    Stat(Stat),
    Node(Option<Bytes>, Stat),
    Acl(Vec<Acl>, Stat),
    Created(String, Option<Stat>),
    Children(BTreeSet<String>, Option<Stat>),
    Count(usize),
    Paths(BTreeSet<String>),
    Results(Vec<Self>),
    /// Something that nothing is known of.
    Opaque,
}

impl Seen {
    /// Reads an answer.
    #[expect(clippy::wildcard_enum_match_arm, reason = "requests are an open set")]
    pub(super) fn decode(request: &AnyRequest<'_>, err: i32, body: &Bytes) -> Result<Self, Error> {
        if let Some(code) = ErrorCode::of_reply(err) {
            return Ok(Self::Refused(0, code));
        }
        let (answer, root) = (Ok(body.clone()), &Chroot::root());
        Ok(match request {
            AnyRequest::Create(_) => Self::Created(Create::decode(answer, root)?, None),
            AnyRequest::CreateWithStat(_) => {
                let created = CreateWithStat::decode(answer, root)?;
                Self::Created(created.path, Some(created.stat))
            }
            AnyRequest::Exists(..) => match Exists::decode(answer, root)? {
                Some(stat) => Self::Stat(stat),
                None => Self::Refused(0, ErrorCode::NoNode),
            },
            AnyRequest::GetData(..) => Self::node(GetData::decode(answer, root)?),
            AnyRequest::SetData(_) => Self::Stat(SetData::decode(answer, root)?),
            AnyRequest::SetAcl(_) => Self::Stat(SetAcl::decode(answer, root)?),
            AnyRequest::GetAcl(_) => {
                let of = GetAcl::decode(answer, root)?;
                Self::Acl(of.acl, of.stat)
            }
            AnyRequest::GetChildren(..) => Self::names(&GetChildren::decode(answer, root)?, None),
            AnyRequest::GetChildrenWithStat(..) => {
                let listing = GetChildrenWithStat::decode(answer, root)?;
                Self::names(&listing.children, Some(listing.stat))
            }
            AnyRequest::GetAllChildrenNumber(_) => {
                Self::Count(GetAllChildrenNumber::decode(answer, root)?)
            }
            AnyRequest::GetEphemerals(_) => {
                Self::Paths(GetEphemerals::decode(answer, root)?.into_iter().collect())
            }
            AnyRequest::Multi(_) => match Multi::decode(answer, root) {
                Ok(results) => Self::Results(results.into_iter().map(Self::from).collect()),
                Err(error) => match (error.failed_operation(), error.code()) {
                    (Some(index), Some(code)) => Self::Refused(index, code),
                    _ => return Err(error),
                },
            },
            AnyRequest::MultiRead(_) => {
                let results = MultiRead::decode(answer, root)?;
                Self::Results(results.into_iter().map(Self::read).collect())
            }
            AnyRequest::Delete(_)
            | AnyRequest::CheckWatches(_)
            | AnyRequest::RemoveWatches(_)
            | AnyRequest::SetWatches(_)
            | AnyRequest::AddWatch(_)
            | AnyRequest::Ping
            | AnyRequest::CloseSession => Self::Done,
            _ => Self::Opaque,
        })
    }

    pub(super) fn node(node: zk_proto::Node) -> Self {
        let data = (!node.is_null()).then(|| node.data.clone());
        Self::Node(data, node.stat)
    }

    pub(super) fn names<'a>(names: impl IntoIterator<Item = &'a str>, stat: Option<Stat>) -> Self {
        Self::Children(names.into_iter().map(String::from).collect(), stat)
    }

    fn read(read: Result<Read, ErrorCode>) -> Self {
        match read {
            Ok(Read::Data(node)) => Self::node(*node),
            Ok(Read::Children(children)) => Self::names(&children, None),
            Ok(_) => Self::Opaque,
            Err(code) => Self::Refused(0, code),
        }
    }

    /// The same without the times, each of which is handed to `note` with its transaction.
    pub(super) fn without_times(&self, note: &mut impl FnMut(i64, i64)) -> Self {
        let mut seen = self.clone();
        seen.each_stat(&mut |stat| {
            note(stat.czxid, std::mem::take(&mut stat.ctime));
            note(stat.mzxid, std::mem::take(&mut stat.mtime));
        });
        seen
    }

    /// The same as servers say it that tell fewer stats: those that `other` has.
    pub(super) fn with_stats_of(mut self, other: &Self) -> Self {
        match (&mut self, other) {
            (Self::Created(_, stat), Self::Created(_, None)) => *stat = None,
            (Self::Results(results), Self::Results(others)) => {
                for (result, other) in results.iter_mut().zip(others) {
                    *result = std::mem::replace(result, Self::Done).with_stats_of(other);
                }
            }
            _ => {}
        }
        self
    }

    fn each_stat(&mut self, f: &mut impl FnMut(&mut Stat)) {
        match self {
            Self::Stat(stat) | Self::Node(_, stat) | Self::Acl(_, stat) => f(stat),
            Self::Created(_, stat) | Self::Children(_, stat) => stat.iter_mut().for_each(f),
            Self::Results(results) => results.iter_mut().for_each(|result| result.each_stat(f)),
            Self::Refused(..) | Self::Done | Self::Count(_) | Self::Paths(_) | Self::Opaque => {}
        }
    }
}

impl From<MultiResult> for Seen {
    fn from(result: MultiResult) -> Self {
        match result {
            MultiResult::Created { path, stat } => Self::Created(path, stat.map(|stat| *stat)),
            MultiResult::Set(stat) => Self::Stat(*stat),
            MultiResult::Deleted | MultiResult::Checked => Self::Done,
            _ => Self::Opaque,
        }
    }
}
