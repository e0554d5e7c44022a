//! Reading a whole tree, as fast as its reader.

use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use zk_proto::{Answer, Error, ErrorCode, ErrorKind, GetChildren, GetData, Node, OpCode, Outcome};

use super::again::Again;
use super::parents::join;
use super::updates::{Told, Updates};
use super::{Cx, Input, Machine, Step, Task};
use crate::queue::Queue;
use crate::{Client, Mode, Reply};

/// How many nodes are asked for, or wait for the reader. At 1 ms per request, that is 64,000 nodes
/// per second; and what waits holds no more than 64 values.
const WINDOW: usize = 64;
/// After how many nodes that it has taken a reader asks for more.
const PORTION: usize = WINDOW / 4;
const PAUSE: u64 = 0;

/// A node of a tree that is walked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Visited {
    /// Its path.
    pub path: String,
    /// What is in it. Its data keeps the buffer alive that it came in; to keep many, keep
    /// [`Node::detached`].
    pub node: Node,
}

type Item = Result<Visited, Error>;

impl<M: Mode> Client<M> {
    /// Reads a node and all that is below it: a `Stream`, or an iterator in blocking modes.
    ///
    /// A node comes before those below it; there is no other order. It is not a snapshot: each node
    /// is read at a moment of its own. One that vanishes meanwhile is left out, one that appears
    /// may be. A lost connection is not noticed: what was on its way is asked for again.
    ///
    /// It goes as fast as its reader: 64 nodes at most are asked for or wait to be read, and beside
    /// them the names below at most 64 nodes of each level are in memory. Dropping it ends it. It
    /// keeps the session open.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// zk.create_all("/app/config/port", "80").await?;
    /// let mut tree = zk.walk("/app");
    /// while let Some(visited) = tree.next().await {
    ///     let visited = visited?;
    ///     println!("{} has {} bytes", visited.path, visited.node.data.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Each item can be one, and tells about which node: `NoAuth`, after which the walk goes on with
    /// other nodes; `NoNode` of the first node; that the session is over, which is the last item,
    /// or [`Cancelled`](ErrorKind::Cancelled) if nobody drives it any more: what ends without an
    /// error was read to its end.
    pub fn walk(&self, path: &str) -> Walk<M> {
        let queue = Arc::new(Queue::new(WINDOW + 1)); // the end of the session always has room
        let taken = Arc::new(AtomicUsize::new(0));
        let updates = Updates::new(self, queue.clone());
        let walker = Walker {
            path: path.to_owned(),
            refusal: self.hold.view.as_ref().err().map(|error| Error::from(*error)),
            outlet: Outlet { queue: Some(queue), told: 0, taken: taken.clone() },
            jobs: BTreeMap::new(),
            last_tag: 0,
            paused: Vec::new(),
            unlisted: Vec::new(),
            listings: Vec::new(),
        };
        Walk { updates, taken, task: self.spawn(walker) }
    }
}

/// A tree that is being read; see [`Client::walk`].
#[must_use = "dropping it ends the walk"]
pub struct Walk<M: Mode> {
    updates: Updates<M, Item>,
    taken: Arc<AtomicUsize>,
    task: Task,
}

impl<M: Mode> Walk<M> {
    /// The next node, if it is there already.
    pub fn try_next(&mut self) -> Option<Item> {
        let item = self.updates.try_next();
        self.took(item)
    }

    /// There is room again for what was taken.
    fn took(&self, item: Option<Item>) -> Option<Item> {
        let item = item?;
        let taken = self.taken.fetch_add(1, Ordering::AcqRel).wrapping_add(1);
        if taken.is_multiple_of(PORTION) {
            self.task.call();
        }
        Some(item)
    }
}

impl<M: Mode<Output<()> = Reply<()>>> Walk<M> {
    /// The next node; `None` at the end. Cancel-safe: a node is not lost when this is dropped.
    #[expect(clippy::should_implement_trait, reason = "the iterator's twin, for tasks")]
    pub fn next(&mut self) -> impl Future<Output = Option<Item>> + Send + '_ {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx))
    }
}

impl<M: Mode<Output<()> = Reply<()>>> Stream for Walk<M> {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        let item = Pin::new(&mut self.updates).poll_next(cx);
        item.map(|item| self.took(item))
    }
}

impl<M: Mode<Output<()> = Result<(), Error>>> Walk<M> {
    /// The next node, if it comes within this time; `None` also at the end.
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<Item> {
        let item = self.updates.next_timeout(timeout);
        self.took(item)
    }
}

impl<M: Mode<Output<()> = Result<(), Error>>> Iterator for Walk<M> {
    type Item = Item;

    /// Waits for the next node; `None` at the end.
    fn next(&mut self) -> Option<Item> {
        let item = self.updates.next();
        self.took(item)
    }
}

impl<M: Mode> fmt::Debug for Walk<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk").finish_non_exhaustive()
    }
}

/// The walker's end of the queue. Who reads is told if it is dropped before the end.
struct Outlet {
    /// Until the end.
    queue: Option<Arc<Queue<Told<Item>>>>,
    /// How many were told, and how many of them taken.
    told: usize,
    taken: Arc<AtomicUsize>,
}

impl Outlet {
    fn tell(&mut self, item: Item) {
        self.told = self.told.wrapping_add(1);
        if let Some(queue) = &self.queue {
            queue.push(Told(item), |latest| latest); // there is room: it was left free
        }
    }

    /// That was all.
    fn end(&mut self) {
        if let Some(queue) = self.queue.take() {
            queue.end();
        }
    }

    fn waiting(&self) -> usize {
        self.told.wrapping_sub(self.taken.load(Ordering::Acquire))
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.tell(Err(ErrorKind::Cancelled(Outcome::NotApplied).into()));
        self.end();
    }
}

/// Reads nodes and lists their children. What was found last comes first, so that what is in memory
/// grows with the depth of the tree, and not with its breadth.
struct Walker {
    path: String,
    /// Why it cannot begin.
    refusal: Option<Error>,
    outlet: Outlet,
    /// In flight, by their tags.
    jobs: BTreeMap<u64, Job>,
    last_tag: u64,
    /// To be asked once more, a little later.
    paused: Vec<Job>,
    /// Nodes that have children, which nobody knows yet.
    unlisted: Vec<String>,
    /// Children that nobody has read yet.
    listings: Vec<Listing>,
}

enum Job {
    Read(String),
    List(String),
}

struct Listing {
    path: String,
    names: Vec<String>,
}

impl Walker {
    fn start(&mut self, cx: &mut Cx<'_>) -> Step<()> {
        let refusal = self.refusal.take().or_else(|| cx.final_error());
        if refusal.is_some() {
            return self.end_with(refusal);
        }
        self.ask(cx, Job::Read(self.path.clone()));
        Step::Wait
    }

    fn end_with(&mut self, error: Option<Error>) -> Step<()> {
        if let Some(error) = error {
            self.outlet.tell(Err(error));
        }
        self.outlet.end();
        Step::Done(())
    }

    fn ask(&mut self, cx: &mut Cx<'_>, job: Job) {
        self.last_tag += 1;
        match &job {
            Job::Read(path) => cx.call(self.last_tag, &GetData::new(path)),
            Job::List(path) => cx.call(self.last_tag, &GetChildren::new(path)),
        }
        self.jobs.insert(self.last_tag, job);
    }

    fn is_answered(&mut self, cx: &mut Cx<'_>, tag: u64, answer: Answer) {
        match self.jobs.remove(&tag) {
            Some(Job::Read(path)) => self.is_read(cx, path, answer),
            Some(Job::List(path)) => self.is_listed(cx, path, answer),
            None => {}
        }
    }

    fn is_read(&mut self, cx: &mut Cx<'_>, path: String, answer: Answer) {
        match cx.decode::<GetData<'_>>(answer) {
            Ok(node) => {
                if node.stat.num_children > 0 {
                    self.unlisted.push(path.clone());
                }
                self.outlet.tell(Ok(Visited { path, node }));
            }
            Err(error) if error.code() == Some(ErrorCode::NoNode) && path != self.path => {}
            Err(error) => {
                let error = error.about(OpCode::GetData, &path);
                self.is_refused(cx, Job::Read(path), error);
            }
        }
    }

    fn is_listed(&mut self, cx: &mut Cx<'_>, path: String, answer: Answer) {
        match cx.decode::<GetChildren<'_>>(answer) {
            Ok(children) if children.is_empty() => {}
            Ok(children) => {
                let names = children.iter().map(String::from).collect();
                self.listings.push(Listing { path, names });
            }
            Err(error) if error.code() == Some(ErrorCode::NoNode) => {}
            Err(error) => {
                let error = error.about(OpCode::GetChildren, &path);
                self.is_refused(cx, Job::List(path), error);
            }
        }
    }

    fn is_refused(&mut self, cx: &mut Cx<'_>, job: Job, error: Error) {
        match Again::after(&error) {
            Again::Now => self.ask(cx, job),
            Again::Later => {
                if self.paused.is_empty() {
                    cx.pause(PAUSE);
                }
                self.paused.push(job);
            }
            Again::Never if error.is_session_over() => {} // told when it is
            Again::Never => self.outlet.tell(Err(error)),
        }
    }

    fn fill_window(&mut self, cx: &mut Cx<'_>) -> Step<()> {
        while self.jobs.len() + self.paused.len() + self.outlet.waiting() < WINDOW {
            match self.next_job() {
                Some(job) => self.ask(cx, job),
                None if self.jobs.is_empty() && self.paused.is_empty() => {
                    return self.end_with(cx.final_error());
                }
                None => return Step::Wait,
            }
        }
        Step::Wait
    }

    fn next_job(&mut self) -> Option<Job> {
        if let Some(path) = self.unlisted.pop() {
            return Some(Job::List(path));
        }
        let listing = self.listings.last_mut()?;
        let name = listing.names.pop();
        let job = name.map(|name| Job::Read(join(&listing.path, &name)));
        if listing.names.is_empty() {
            self.listings.pop();
        }
        job
    }
}

impl Machine for Walker {
    type Output = ();

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<()> {
        match input {
            Input::Start => return self.start(cx),
            Input::Answer { tag, answer } => self.is_answered(cx, tag, answer),
            Input::Timer { .. } => {
                for job in std::mem::take(&mut self.paused) {
                    self.ask(cx, job);
                }
            }
            Input::Called => {}
            Input::State(state) if state.is_over() => return self.end_with(cx.final_error()),
            Input::State(_) => return Step::Wait,
            Input::Cancel => return Step::End(Ok(())),
            Input::Watch { .. } => return Step::Wait,
        }
        self.fill_window(cx)
    }
}
