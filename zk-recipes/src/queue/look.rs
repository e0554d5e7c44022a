//! A look at a queue: what is in it, and what of it is claimed.

use std::sync::Arc;

use zk_client::machine::{Again, Answer, Cx, Input, Parents};
use zk_client::{Children, Error, ErrorCode, GetChildren, OpCode};

use super::layout::Layout;

const CLAIMS: u64 = 0;
const ITEMS: u64 = 1;
const PARENT_OF_CLAIMS: u64 = 2;
const PARENT_OF_ITEMS: u64 = 3;

/// Lists the claims, and then the items: what is claimed and taken out in between is in neither.
#[derive(Debug)]
pub(super) struct Look {
    layout: Arc<Layout>,
    attention: Attention,
    parent_of_claims: Parents,
    parent_of_items: Parents,
    claims: Option<Result<Children, Error>>,
}

/// Whether it leaves watches, whose news come as those of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attention {
    Once,
    /// Parents are created, so that they can be watched.
    Watching,
}

/// The items that nobody has claimed, the next one first.
pub(super) type Unclaimed = Result<Vec<String>, Error>;

impl Look {
    pub(super) fn start(cx: &mut Cx<'_>, layout: &Arc<Layout>, attention: Attention) -> Self {
        let look = Self {
            layout: layout.clone(),
            attention,
            parent_of_claims: Parents::new(layout.parents),
            parent_of_items: Parents::new(layout.parents),
            claims: None,
        };
        look.ask(cx);
        look
    }

    pub(super) fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Option<Unclaimed> {
        match input {
            Input::Answer { tag: CLAIMS, answer } => {
                self.claims = Some(cx.decode::<GetChildren<'_>>(answer));
            }
            Input::Answer { tag: ITEMS, answer } => return self.is_listed(cx, answer),
            Input::Answer { tag: PARENT_OF_CLAIMS, answer } => {
                self.parent_of_claims.is_answered(cx, answer);
            }
            Input::Answer { tag: PARENT_OF_ITEMS, answer } => {
                self.parent_of_items.is_answered(cx, answer);
            }
            Input::Timer { .. } => self.ask(cx),
            Input::Start
            | Input::Answer { .. }
            | Input::Watch { .. }
            | Input::State(_)
            | Input::Called
            | Input::Cancel => {}
        }
        None
    }

    fn ask(&self, cx: &mut Cx<'_>) {
        let claims = GetChildren::new(&self.layout.claims);
        let items = GetChildren::new(&self.layout.items);
        match self.attention {
            Attention::Once => {
                cx.call(CLAIMS, &claims);
                cx.call(ITEMS, &items);
            }
            Attention::Watching => {
                cx.watch(CLAIMS, &claims);
                cx.watch(ITEMS, &items);
            }
        }
    }

    fn is_listed(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Option<Unclaimed> {
        let items = cx.decode::<GetChildren<'_>>(answer);
        let claims = self.claims.take().unwrap_or_else(|| Ok(Children::default()));
        let layout = self.layout.clone();
        let claims = self.or_none(cx, claims, &layout.claims)?;
        let items = self.or_none(cx, items, &layout.items)?;
        Some(claims.and_then(|claims| Ok(layout.unclaimed(&items?, &claims))))
    }

    /// What is not there has no children; unless it is to be asked again.
    fn or_none(
        &mut self,
        cx: &mut Cx<'_>,
        listed: Result<Children, Error>,
        path: &str,
    ) -> Option<Result<Children, Error>> {
        let Err(error) = listed else { return Some(listed) };
        let error = error.about(OpCode::GetChildren, path);
        match Again::after(&error) {
            Again::Now => self.ask(cx),
            Again::Later => {
                cx.pause(0);
            }
            Again::Never if error.code() == Some(ErrorCode::NoNode) => match self.attention {
                Attention::Once => return Some(Ok(Children::default())),
                Attention::Watching => {
                    if let Err(error) = self.create_parents(cx, error) {
                        return Some(Err(error));
                    }
                    self.ask(cx);
                }
            },
            Again::Never => return Some(Err(error)),
        }
        None
    }

    fn create_parents(&mut self, cx: &mut Cx<'_>, error: Error) -> Result<(), Error> {
        let claim = self.layout.claim("_");
        self.parent_of_claims.create(cx, PARENT_OF_CLAIMS, &claim, error.clone())?;
        self.parent_of_items.create(cx, PARENT_OF_ITEMS, &self.layout.item("_"), error)
    }
}
