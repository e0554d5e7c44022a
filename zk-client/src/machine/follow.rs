//! Following the ensemble when its members change.

use zk_proto::{EnsembleConfig, GetConfig, News, State};

use super::{Cx, Input, Machine, Step};

/// Keeps the list of servers what the ensemble says it is. Never ends by itself.
#[derive(Debug)]
pub(crate) struct Follow {
    watching: bool,
}

impl Follow {
    pub(crate) fn new() -> Self {
        Self { watching: false }
    }

    fn look(&mut self, cx: &mut Cx<'_>) {
        if !self.watching && cx.state().is_connected() {
            self.watching = true;
            cx.watch(0, &GetConfig);
        }
    }
}

impl Machine for Follow {
    type Output = ();

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<()> {
        match input {
            Input::Start | Input::State(State::Connected | State::ConnectedReadOnly) => {
                self.look(cx);
            }
            Input::Answer { answer, .. } => match cx.decode::<GetConfig>(answer) {
                Ok(node) => {
                    let hosts = EnsembleConfig::parse(&node.data).hosts().cloned().collect();
                    cx.replace_hosts(hosts);
                }
                Err(_) => self.watching = false, // asked again on the next connection
            },
            Input::Watch { news: News::Last(_), .. } => {
                self.watching = false;
                self.look(cx);
            }
            Input::Cancel => return Step::Done(()),
            Input::Watch { .. } | Input::State(_) | Input::Timer { .. } | Input::Called => {}
        }
        Step::Wait
    }
}
