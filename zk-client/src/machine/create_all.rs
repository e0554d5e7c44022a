//! Creating a node with its parents.

use std::borrow::Cow;

use zk_proto::{Acl, Answer, Create, CreateMode, Error, ErrorCode, Exists, OpCode};

use super::again::Again;
use super::parents::Parents;
use super::{Cx, Input, Machine, Step};

const NODE: u64 = 0;
const PARENT: u64 = 1;
const STAT: u64 = 2;

/// Creates a node, and with it those of its parents that are missing; answers its path.
///
/// The node is tried first. If it has no parent, all parents are created, one after the other on
/// the wire without waiting in between, the node of the chroot among them.
///
/// ```
/// use zk_tokio::machine::CreateAll;
/// use zk_tokio::{Acl, CreateMode};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = zk_server::Server::start()?;
/// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
/// let here = CreateAll::new("/workers/left/here", "10.0.0.7")
///     .mode(CreateMode::Ephemeral)
///     .acl(Acl::READ)
///     .parents(CreateMode::Container);
/// assert_eq!(zk.run(here).await?, "/workers/left/here");
///
/// zk.run(CreateAll::new("/config", "defaults").if_missing()).await?;
/// zk.run(CreateAll::new("/config", "others").if_missing()).await?;
/// assert_eq!(zk.get("/config").await?.data, "defaults");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct CreateAll {
    path: String,
    data: Vec<u8>,
    acl: Cow<'static, [Acl]>,
    mode: CreateMode,
    parents: Parents,
    presence: Presence,
    /// Why it was not created, while somebody looks whether it was there all along.
    refusal: Option<Error>,
}

/// What is to be if the node is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Error,
    Fine,
}

impl CreateAll {
    /// Creates a persistent node that is open to everybody, with persistent parents that are, and
    /// have no data.
    #[must_use]
    pub fn new(path: &str, data: impl AsRef<[u8]>) -> Self {
        Self {
            path: path.to_owned(),
            data: data.as_ref().to_owned(),
            acl: Acl::OPEN.into(),
            mode: CreateMode::Persistent,
            parents: Parents::new(CreateMode::Persistent),
            presence: Presence::Error,
            refusal: None,
        }
    }

    /// What kind of node.
    #[must_use]
    pub fn mode(self, mode: CreateMode) -> Self {
        Self { mode, ..self }
    }

    /// The node's access control list, of at least one entry.
    #[must_use]
    pub fn acl(self, acl: impl Into<Cow<'static, [Acl]>>) -> Self {
        Self { acl: acl.into(), ..self }
    }

    /// What kind of node missing parents become: persistent nodes, or containers, which are
    /// deleted some time after their last child was. A server without containers (before
    /// ZooKeeper 3.5) makes persistent nodes of them.
    #[must_use]
    pub fn parents(self, mode: CreateMode) -> Self {
        Self { parents: self.parents.mode(mode), ..self }
    }

    /// The access control list of missing parents.
    #[must_use]
    pub fn parents_acl(self, acl: impl Into<Cow<'static, [Acl]>>) -> Self {
        Self { parents: self.parents.acl(acl), ..self }
    }

    /// That the node exists already is fine, whatever its kind, data and list are. Then a lost
    /// connection is, too: unless the node is sequential, it is asked for again.
    #[must_use]
    pub fn if_missing(self) -> Self {
        Self { presence: Presence::Fine, ..self }
    }

    fn create(&self, cx: &mut Cx<'_>) {
        let create = Create::new(&self.path, &self.data).acl(&*self.acl).mode(self.mode);
        cx.call(NODE, &create);
    }

    fn is_created(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Result<String, Error>> {
        let error = match cx.decode::<Create<'_>>(answer) {
            Ok(path) => return Step::Done(Ok(path)),
            Err(error) => error.about(OpCode::Create, &self.path),
        };
        let is_lost = Again::after(&error) == Again::Now;
        match (error.code(), self.presence) {
            (Some(ErrorCode::NoNode), _) => {
                match self.parents.create(cx, PARENT, &self.path, error) {
                    Ok(()) => self.create(cx),
                    Err(error) => return Step::Done(Err(error)),
                }
            }
            (Some(ErrorCode::NodeExists), Presence::Fine) => {
                return Step::Done(Ok(self.path.clone()));
            }
            // A server looks whether we may create before it looks whether it is there.
            (Some(ErrorCode::NoAuth | ErrorCode::NotReadOnly), Presence::Fine) => {
                self.refusal = Some(error);
                cx.call(STAT, &Exists::new(&self.path));
            }
            (None, Presence::Fine) if is_lost && !self.mode.is_sequential() => self.create(cx),
            (_, Presence::Fine | Presence::Error) => return Step::Done(Err(error)),
        }
        Step::Wait
    }

    fn is_looked_at(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Result<String, Error>> {
        let stat = cx.decode::<Exists<'_>>(answer);
        match (stat, self.refusal.take()) {
            (Ok(None), Some(refusal)) => Step::Done(Err(refusal)),
            (Ok(_), _) => Step::Done(Ok(self.path.clone())),
            (Err(error), _) if Again::after(&error) == Again::Now => {
                self.create(cx);
                Step::Wait
            }
            (Err(error), refusal) => Step::Done(Err(refusal.unwrap_or(error))),
        }
    }
}

impl Machine for CreateAll {
    type Output = Result<String, Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        match input {
            Input::Start => self.create(cx),
            Input::Answer { tag: NODE, answer } => return self.is_created(cx, answer),
            Input::Answer { tag: STAT, answer } => return self.is_looked_at(cx, answer),
            Input::Answer { answer, .. } => self.parents.is_answered(cx, answer),
            // What is on the wire cannot be taken back, and needs no cleaning up.
            Input::Cancel => return Step::End(Ok(())),
            Input::Watch { .. } | Input::State(_) | Input::Timer { .. } | Input::Called => {}
        }
        Step::Wait
    }
}
