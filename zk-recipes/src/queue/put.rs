//! Putting items into a queue, exactly once.

use std::sync::Arc;

use zk_client::machine::{Again, Answer, Cx, Input, Machine, Parents, Step};
use zk_client::{
    Create, CreateMode, Delete, Error, ErrorCode, Exists, Multi, OpCode, Outcome, Stat, Sync,
};

use super::layout::Layout;

const PUT: u64 = 0;
const SYNC: u64 = 1;
const LOOK: u64 = 2;
const CLEAN: u64 = 3;
const PARENT_OF_ITEMS: u64 = 4;
const PARENT_OF_RECEIPT: u64 = 5;

/// Puts items into a queue, all in one transaction, which also leaves a receipt: an ephemeral node
/// with a GUID. If the answer is lost, the receipt tells whether they are there: their own names
/// cannot, since those who take them want them as they are, and may have taken them by then.
#[derive(Debug)]
pub(super) struct Put {
    layout: Arc<Layout>,
    items: Vec<New>,
    receipt: Option<String>,
    parent_of_items: Parents,
    parent_of_receipt: Parents,
    interest: Interest,
    state: State,
}

/// A node that is to be.
#[derive(Debug)]
struct New {
    path: String,
    mode: CreateMode,
    data: Vec<u8>,
}

/// Whether our owner still wants it done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interest {
    Alive,
    Gone,
}

#[derive(Debug)]
enum State {
    Putting,
    /// It may have been done.
    Searching {
        synced: Option<Result<(), Error>>,
    },
    /// It is done, and the receipt goes.
    Cleaning,
}

type Done = Step<Result<(), Error>>;

impl Put {
    /// Items with their stems; see [`Layout::new_item`].
    pub(super) fn new(layout: &Arc<Layout>, items: Vec<(String, Vec<u8>)>) -> Self {
        let mode = CreateMode::PersistentSequential;
        let new = |(stem, item): (String, Vec<u8>)| New {
            path: layout.new_item(&stem),
            mode,
            data: layout.framing.wrap(&item),
        };
        Self::these(layout, items.into_iter().map(new).collect())
    }

    /// Puts an item back to where it was: a node can have the name of a sequential one without being
    /// created as one. If that place is taken by now, it goes to the end of the queue.
    pub(super) fn back(layout: &Arc<Layout>, name: &str, item: &[u8]) -> Self {
        let (path, data) = (layout.item(name), layout.framing.wrap(item));
        Self::these(layout, vec![New { path, mode: CreateMode::Persistent, data }])
    }

    fn these(layout: &Arc<Layout>, items: Vec<New>) -> Self {
        Self {
            items,
            layout: layout.clone(),
            receipt: None,
            parent_of_items: Parents::new(layout.parents),
            parent_of_receipt: Parents::new(layout.parents),
            interest: Interest::Alive,
            state: State::Putting,
        }
    }

    fn receipt(&mut self, cx: &mut Cx<'_>) -> String {
        let name = self.receipt.get_or_insert_with(|| format!("put-{}", cx.guid()));
        self.layout.claim(name)
    }

    fn put(&mut self, cx: &mut Cx<'_>) -> Done {
        self.state = State::Putting;
        if self.interest == Interest::Gone {
            return Step::End(Ok(()));
        }
        let receipt = self.receipt(cx);
        let mut multi = Multi::new().add(Create::new(&receipt, "").ephemeral());
        for New { path, mode, data } in &self.items {
            multi = multi.add(Create::new(path, data).mode(*mode));
        }
        cx.call(PUT, &multi);
        Step::Wait
    }

    fn is_put(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Done {
        let Err(error) = cx.decode::<Multi<'_>>(answer) else { return self.is_there(cx) };
        let receipt = self.receipt(cx);
        let error = error.about(OpCode::Create, &self.paths(&receipt));
        let index = error.failed_operation().unwrap_or(0).checked_sub(1);
        match (error.code(), error.outcome(), Again::after(&error), index) {
            // The receipt is there: of a request that was lost.
            (Some(ErrorCode::NodeExists), _, _, None) => self.is_there(cx),
            (Some(ErrorCode::NodeExists), _, _, Some(index)) => self.put_to_the_end(cx, index),
            (_, Outcome::Unknown, Again::Now, _) => self.search(cx),
            (_, Outcome::NotApplied, Again::Now, _) => self.put(cx),
            (_, _, Again::Later, _) => self.pause(cx),
            (Some(ErrorCode::NoNode), ..) => self.create_parents(cx, &receipt, index, error),
            (_, _, Again::Never, _) => self.fail(error),
        }
    }

    /// The place of an item that was to be put back is taken.
    fn put_to_the_end(&mut self, cx: &mut Cx<'_>, index: usize) -> Done {
        if let Some(New { path, mode, .. }) = self.items.get_mut(index) {
            let name = path.rsplit('/').next().unwrap_or_default();
            *path = self.layout.new_item(self.layout.stem(name));
            *mode = CreateMode::PersistentSequential;
        }
        self.put(cx)
    }

    fn create_parents(
        &mut self,
        cx: &mut Cx<'_>,
        receipt: &str,
        index: Option<usize>,
        error: Error,
    ) -> Done {
        let created = match index.and_then(|index| self.items.get(index)) {
            Some(New { path, .. }) => self.parent_of_items.create(cx, PARENT_OF_ITEMS, path, error),
            None => self.parent_of_receipt.create(cx, PARENT_OF_RECEIPT, receipt, error),
        };
        match created {
            Ok(()) => self.put(cx),
            Err(error) => self.fail(error),
        }
    }

    /// As errors name them.
    fn paths(&self, receipt: &str) -> String {
        let items = self.items.iter().map(|item| &*item.path);
        [receipt].into_iter().chain(items).collect::<Vec<_>>().join("\0")
    }

    fn search(&mut self, cx: &mut Cx<'_>) -> Done {
        let receipt = self.receipt(cx);
        cx.call(SYNC, &Sync::new(&receipt));
        cx.call(LOOK, &Exists::new(&receipt));
        self.state = State::Searching { synced: None };
        Step::Wait
    }

    fn is_found(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Done {
        let State::Searching { synced } = &mut self.state else { return Step::Wait };
        let synced = synced.take().unwrap_or(Ok(()));
        let found: Result<Option<Stat>, Error> =
            synced.and_then(|()| cx.decode::<Exists<'_>>(answer));
        match found {
            Ok(Some(_)) => self.is_there(cx),
            Ok(None) => self.put(cx),
            Err(error) => match Again::after(&error) {
                Again::Now => self.search(cx),
                Again::Later => self.pause(cx),
                Again::Never => self.fail(error),
            },
        }
    }

    fn is_there(&mut self, cx: &mut Cx<'_>) -> Done {
        self.clean(cx);
        match self.interest {
            Interest::Alive => Step::Ready(Ok(())),
            Interest::Gone => Step::Wait,
        }
    }

    fn clean(&mut self, cx: &mut Cx<'_>) {
        let receipt = self.receipt(cx);
        cx.call(CLEAN, &Delete::new(&receipt));
        self.state = State::Cleaning;
    }

    /// A receipt that cannot be deleted goes with the session.
    fn is_clean(&mut self, cx: &mut Cx<'_>, answer: &Answer) -> Done {
        match answer.as_ref().err().map(Again::after) {
            Some(Again::Now) => {
                self.clean(cx);
                Step::Wait
            }
            Some(Again::Later) => self.pause(cx),
            Some(Again::Never) | None => Step::End(Ok(())),
        }
    }

    #[expect(clippy::unused_self, reason = "a step like the others")]
    fn pause(&self, cx: &mut Cx<'_>) -> Done {
        cx.pause(0);
        Step::Wait
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) -> Done {
        match self.state {
            State::Putting => self.put(cx),
            State::Searching { .. } => self.search(cx),
            State::Cleaning => {
                self.clean(cx);
                Step::Wait
            }
        }
    }

    fn fail(&self, error: Error) -> Done {
        match self.interest {
            Interest::Alive => Step::Done(Err(error)),
            Interest::Gone => Step::End(Ok(())),
        }
    }
}

impl Machine for Put {
    type Output = Result<(), Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Done {
        match input {
            Input::Start => return self.put(cx),
            Input::Answer { tag: PUT, answer } => return self.is_put(cx, answer),
            Input::Answer { tag: SYNC, answer } => {
                if let State::Searching { synced } = &mut self.state {
                    *synced = Some(answer.map(drop));
                }
            }
            Input::Answer { tag: LOOK, answer } => return self.is_found(cx, answer),
            Input::Answer { tag: CLEAN, answer } => return self.is_clean(cx, &answer),
            Input::Answer { tag: PARENT_OF_ITEMS, answer } => {
                self.parent_of_items.is_answered(cx, answer);
            }
            Input::Answer { tag: PARENT_OF_RECEIPT, answer } => {
                self.parent_of_receipt.is_answered(cx, answer);
            }
            Input::Timer { .. } => return self.go_on(cx),
            // What is on its way is waited for.
            Input::Cancel => self.interest = Interest::Gone,
            Input::Answer { .. } | Input::Watch { .. } | Input::State(_) | Input::Called => {}
        }
        Step::Wait
    }
}
