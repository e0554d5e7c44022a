//! Deleting a node with all that is below it.

use std::collections::BTreeMap;

use zk_proto::{Answer, Delete, Error, ErrorCode, GetChildren, Misuse, OpCode};

use super::again::Again;
use super::parents::join;
use super::{Cx, Input, Machine, Step};

/// How many requests are in flight at once. At 1 ms each, that is 64,000 nodes per second; and what
/// other callers ask waits behind no more than these.
const WINDOW: usize = 64;
/// How often a node is emptied that has children again when it is to go: somebody creates them as
/// fast as that, and is not to be fought for ever.
const ROUNDS: u32 = 100;
const PAUSE: u64 = 0;

/// Deletes a node with all that is below it, children first.
///
/// Each node is simply deleted. One that has children says so: then they are listed and deleted,
/// and it is tried again. So a node without children takes one request, and one with children
/// three. The nodes that were begun last are finished first: what is held in memory is the names
/// below at most 64 nodes of each level.
#[derive(Debug)]
pub(crate) struct DeleteAll {
    path: String,
    /// In flight, by their tags.
    jobs: BTreeMap<u64, Job>,
    last_tag: u64,
    /// To be asked once more, a little later.
    paused: Vec<Job>,
    /// Nodes that have children.
    nodes: BTreeMap<u64, Parent>,
    last_node: u64,
    /// Which of them have children that nobody has asked to delete yet.
    ready: Vec<u64>,
}

#[derive(Debug)]
enum Job {
    Delete(Doomed),
    /// Which of the nodes.
    List(u64),
}

/// A node that is to go.
#[derive(Debug)]
struct Doomed {
    path: String,
    /// The node above, unless this is the top.
    parent: Option<u64>,
    /// How often its children were deleted.
    rounds: u32,
}

/// A node whose children go first.
#[derive(Debug)]
struct Parent {
    node: Doomed,
    /// Children that nobody has asked to delete yet.
    names: Vec<String>,
    /// Children that are on their way out.
    leaving: usize,
}

type Output = Result<(), Error>;

impl DeleteAll {
    pub(crate) fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            jobs: BTreeMap::new(),
            last_tag: 0,
            paused: Vec::new(),
            nodes: BTreeMap::new(),
            last_node: 0,
            ready: Vec::new(),
        }
    }

    fn start(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        if cx.chroot().server_path(&self.path) == "/" {
            let misuse = Misuse::Text("the root is not to be deleted".into());
            return Step::Done(Err(Error::from(misuse).about(OpCode::Delete, &self.path)));
        }
        let top = Doomed { path: self.path.clone(), parent: None, rounds: 0 };
        self.ask(cx, Job::Delete(top));
        Step::Wait
    }

    fn ask(&mut self, cx: &mut Cx<'_>, job: Job) {
        self.last_tag += 1;
        match &job {
            Job::Delete(node) => cx.call(self.last_tag, &Delete::new(&node.path)),
            Job::List(id) => {
                let Some(parent) = self.nodes.get(id) else { return };
                cx.call(self.last_tag, &GetChildren::new(&parent.node.path));
            }
        }
        self.jobs.insert(self.last_tag, job);
    }

    fn is_answered(&mut self, cx: &mut Cx<'_>, tag: u64, answer: Answer) -> Step<Output> {
        let step = match self.jobs.remove(&tag) {
            Some(Job::Delete(node)) => self.is_deleted(cx, node, answer),
            Some(Job::List(id)) => self.is_listed(cx, id, answer),
            None => Step::Wait,
        };
        if let Step::Wait = step {
            self.fill_window(cx);
        }
        step
    }

    fn is_deleted(&mut self, cx: &mut Cx<'_>, node: Doomed, answer: Answer) -> Step<Output> {
        let Err(error) = answer else { return self.is_gone(cx, node.parent) };
        match error.code() {
            Some(ErrorCode::NoNode) => self.is_gone(cx, node.parent),
            Some(ErrorCode::NotEmpty) if node.rounds < ROUNDS => {
                self.last_node += 1;
                let parent = Parent { node, names: Vec::new(), leaving: 0 };
                self.nodes.insert(self.last_node, parent);
                self.ask(cx, Job::List(self.last_node));
                Step::Wait
            }
            _ => {
                let error = error.about(OpCode::Delete, &node.path);
                self.ask_again(cx, Job::Delete(node), error)
            }
        }
    }

    fn is_listed(&mut self, cx: &mut Cx<'_>, id: u64, answer: Answer) -> Step<Output> {
        let Some(parent) = self.nodes.get_mut(&id) else { return Step::Wait };
        match cx.decode::<GetChildren<'_>>(answer) {
            Ok(children) if children.is_empty() => self.delete_emptied(cx, id),
            Ok(children) => {
                parent.names = children.iter().map(String::from).collect();
                self.ready.push(id);
            }
            Err(error) if error.code() == Some(ErrorCode::NoNode) => {
                let above = parent.node.parent;
                self.nodes.remove(&id);
                return self.is_gone(cx, above);
            }
            Err(error) => {
                let error = error.about(OpCode::GetChildren, &parent.node.path);
                return self.ask_again(cx, Job::List(id), error);
            }
        }
        Step::Wait
    }

    /// A node is gone that was below this one.
    fn is_gone(&mut self, cx: &mut Cx<'_>, parent: Option<u64>) -> Step<Output> {
        let Some(id) = parent else { return Step::Done(Ok(())) };
        if let Some(parent) = self.nodes.get_mut(&id) {
            parent.leaving -= 1;
            if parent.leaving == 0 && parent.names.is_empty() {
                self.delete_emptied(cx, id);
            }
        }
        Step::Wait
    }

    fn delete_emptied(&mut self, cx: &mut Cx<'_>, id: u64) {
        if let Some(Parent { node, .. }) = self.nodes.remove(&id) {
            self.ask(cx, Job::Delete(Doomed { rounds: node.rounds + 1, ..node }));
        }
    }

    fn fill_window(&mut self, cx: &mut Cx<'_>) {
        while self.jobs.len() + self.paused.len() < WINDOW {
            let Some(id) = self.ready.last().copied() else { return };
            let Some(parent) = self.nodes.get_mut(&id) else { return };
            let name = parent.names.pop();
            if parent.names.is_empty() {
                self.ready.pop();
            }
            if let Some(name) = name {
                parent.leaving += 1;
                let path = join(&parent.node.path, &name);
                self.ask(cx, Job::Delete(Doomed { path, parent: Some(id), rounds: 0 }));
            }
        }
    }

    fn ask_again(&mut self, cx: &mut Cx<'_>, job: Job, error: Error) -> Step<Output> {
        match Again::after(&error) {
            Again::Now => self.ask(cx, job),
            Again::Later => {
                if self.paused.is_empty() {
                    cx.pause(PAUSE);
                }
                self.paused.push(job);
            }
            Again::Never => return Step::Done(Err(error)),
        }
        Step::Wait
    }
}

impl Machine for DeleteAll {
    type Output = Output;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Output> {
        match input {
            Input::Start => return self.start(cx),
            Input::Answer { tag, answer } => return self.is_answered(cx, tag, answer),
            Input::Timer { .. } => {
                for job in std::mem::take(&mut self.paused) {
                    self.ask(cx, job);
                }
            }
            // What is on the wire cannot be taken back.
            Input::Cancel => return Step::End(Ok(())),
            Input::Watch { .. } | Input::State(_) | Input::Called => {}
        }
        Step::Wait
    }
}
