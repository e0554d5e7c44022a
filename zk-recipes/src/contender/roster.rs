//! Who stands in line.

use zk_client::machine::{Again, Answer, Cx, Input, Machine, Step};
use zk_client::{
    Children, Error, ErrorCode, ErrorKind, GetChildren, GetData, Node, OpCode, Outcome,
};

use super::{Entry, InLine};
use crate::sequence::Sequence;

/// One who stands in line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contestant {
    /// The path of its node.
    pub path: String,
    /// Its data, which says who it is, if it says anything, and its stat, which says whose session
    /// it is of.
    pub node: Node,
}

/// Lists who stands in line, the first one first. Who leaves meanwhile is left out.
#[derive(Debug)]
pub(crate) struct Roster {
    entry: Entry,
    line: InLine,
    state: Stage,
}

#[derive(Debug)]
enum Stage {
    Listing,
    /// The tag of a request is the index of what it reads, and 1.
    Reading {
        seats: Vec<Seat>,
        left: usize,
    },
}

#[derive(Debug)]
struct Seat {
    path: String,
    node: Option<Node>,
}

const LIST: u64 = 0;

type Output = Result<Vec<Contestant>, Error>;

impl Roster {
    pub(crate) fn new(parent: &str, line: InLine) -> Self {
        Self { entry: Entry::new(parent, ""), line, state: Stage::Listing }
    }

    fn list(&self, cx: &mut Cx<'_>) {
        cx.call(LIST, &GetChildren::new(&self.entry.parent));
    }

    fn is_listed(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Output> {
        let names = match cx.decode::<GetChildren<'_>>(answer) {
            Ok(children) => sorted(self.line, &children),
            Err(error) if error.code() == Some(ErrorCode::NoNode) => Vec::new(),
            Err(error) if Again::after(&error) == Again::Now => {
                self.list(cx);
                return Step::Wait;
            }
            Err(error) => {
                return Step::Done(Err(error.about(OpCode::GetChildren, &self.entry.parent)));
            }
        };
        let seat = |name: &String| Seat { path: self.entry.beside(name), node: None };
        let seats: Vec<_> = names.iter().map(seat).collect();
        (1..).zip(&seats).for_each(|(tag, seat)| cx.call(tag, &GetData::new(&seat.path)));
        self.state = Stage::Reading { left: seats.len(), seats };
        self.finish()
    }

    fn is_read(&mut self, cx: &mut Cx<'_>, tag: u64, answer: Answer) -> Step<Output> {
        let Stage::Reading { seats, left } = &mut self.state else { return Step::Wait };
        let index = usize::try_from(tag.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(seat) = seats.get_mut(index) else { return Step::Wait };
        match cx.decode::<GetData<'_>>(answer) {
            Ok(node) => seat.node = Some(node),
            Err(error) if error.code() == Some(ErrorCode::NoNode) => {}
            Err(error) if Again::after(&error) == Again::Now => {
                cx.call(tag, &GetData::new(&seat.path));
                return Step::Wait;
            }
            Err(error) => return Step::Done(Err(error.about(OpCode::GetData, &seat.path))),
        }
        *left = left.saturating_sub(1);
        self.finish()
    }

    fn finish(&mut self) -> Step<Output> {
        match &mut self.state {
            Stage::Reading { seats, left: 0 } => {
                let seats = std::mem::take(seats).into_iter();
                let read = |Seat { path, node }| Some(Contestant { path, node: node? });
                Step::Done(Ok(seats.filter_map(read).collect()))
            }
            Stage::Reading { .. } | Stage::Listing => Step::Wait,
        }
    }
}

impl Machine for Roster {
    type Output = Output;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Output> {
        match input {
            Input::Start => self.list(cx),
            Input::Answer { tag: LIST, answer } => return self.is_listed(cx, answer),
            Input::Answer { tag, answer } => return self.is_read(cx, tag, answer),
            Input::Cancel => {
                return Step::Done(Err(ErrorKind::Cancelled(Outcome::NotApplied).into()));
            }
            Input::Watch { .. } | Input::State(_) | Input::Timer { .. } | Input::Called => {}
        }
        Step::Wait
    }
}

/// The names that count, in their order.
fn sorted(line: InLine, children: &Children) -> Vec<String> {
    let numbered = |name: &str| Some((line.number(name)?, name.to_owned()));
    let mut names: Vec<(Sequence, String)> = children.iter().filter_map(numbered).collect();
    if let Some((near, _)) = names.first() {
        let near = *near;
        names.sort_by(|(left, _), (right, _)| left.cmp_from(*right, near));
    }
    names.into_iter().map(|(_, name)| name).collect()
}
