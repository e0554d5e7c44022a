//! Waiting at a barrier.

use zk_client::machine::{Again, Answer, Cx, Input, Machine, News, Step};
use zk_client::{Error, Exists, OpCode, Stat, Sync};
use zk_proto::EventType;

const SYNC: u64 = 0;
const LOOK: u64 = 1;
const PAUSE: u64 = 2;

/// Waits until a node is gone.
#[derive(Debug)]
pub(super) struct Passage {
    path: String,
    /// Whether the next look shows all that was done before.
    sync: Result<(), Error>,
    /// The node that was there first: another one means that it was away meanwhile.
    first: Option<i64>,
}

impl Passage {
    pub(super) fn new(path: &str) -> Self {
        Self { path: path.to_owned(), sync: Ok(()), first: None }
    }

    fn look(&mut self, cx: &mut Cx<'_>) {
        self.sync = Ok(());
        cx.call(SYNC, &Sync::new(&self.path));
        cx.watch(LOOK, &Exists::new(&self.path));
    }

    fn is_looked_at(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Result<(), Error>> {
        // The connection can have broken between the two.
        let sync = std::mem::replace(&mut self.sync, Ok(()));
        match cx.decode::<Exists<'_>>(sync.and(answer)) {
            Ok(stat) if self.is_open(stat) => return Step::Done(Ok(())),
            Ok(_) => {}
            Err(error) => match Again::after(&error) {
                Again::Now => self.look(cx),
                Again::Later => {
                    cx.pause(PAUSE);
                }
                Again::Never => {
                    return Step::Done(Err(error.about(OpCode::Exists, &self.path)));
                }
            },
        }
        Step::Wait
    }

    fn is_open(&mut self, stat: Option<Stat>) -> bool {
        match stat {
            None => true,
            Some(stat) => *self.first.get_or_insert(stat.czxid) != stat.czxid,
        }
    }
}

impl Machine for Passage {
    type Output = Result<(), Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        match input {
            Input::Start | Input::Timer { .. } => self.look(cx),
            Input::Answer { tag: SYNC, answer } => self.sync = answer.map(drop),
            Input::Answer { answer, .. } => return self.is_looked_at(cx, answer),
            Input::Watch { news: News::Last(change) | News::Change(change), .. } => {
                if change.kind == EventType::NodeDeleted {
                    return Step::Done(Ok(()));
                }
                self.look(cx);
            }
            Input::Cancel => return Step::End(Ok(())),
            Input::Watch { .. } | Input::State(_) | Input::Called => {}
        }
        Step::Wait
    }
}
