//! Machines that go on after their answer, and what else their owners need.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use zk_proto::{Error, ErrorKind, Outcome};

use super::run::{Progress, Run, Running, cancelled};
use super::{Cx, Input, Machine, Promise, Step, Task};
use crate::slot::Slot;
use crate::view::{Hold, View};
use crate::{Client, Mode, Reply};

/// The tag of the deadline that a caller has set.
const DEADLINE: u64 = u64::MAX;

impl<M: Mode> Client<M> {
    /// Runs a machine that goes on after its answer, [`Step::Ready`]: `wrap` makes of it what the
    /// caller gets, with the [`Task`] by which the machine is cancelled.
    ///
    /// Its requests have no deadline. If this view of the client has one
    /// ([`within`](Self::within)), the caller is told by then in any case, and the machine is
    /// cancelled. It is, too, when the reply is dropped; an answer that was never fetched is
    /// dropped, and its task with it.
    ///
    /// ```
    /// use zk_tokio::machine::{Cx, Input, Machine, Publisher, Step, Topic};
    /// use zk_tokio::{Async, Error, Exists};
    ///
    /// /// Tells whether there is a node, until nobody wants to know any more.
    /// struct Watcher(&'static str, Publisher<Option<bool>>);
    ///
    /// impl Machine for Watcher {
    ///     type Output = Result<(), Error>;
    ///
    ///     fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
    ///         match input {
    ///             Input::Start | Input::Watch { .. } => cx.watch(0, &Exists::new(self.0)),
    ///             Input::Answer { answer, .. } => match cx.decode::<Exists<'_>>(answer) {
    ///                 Ok(stat) => {
    ///                     self.1.set(Some(stat.is_some()));
    ///                     return Step::Ready(Ok(()));
    ///                 }
    ///                 Err(error) if error.is_retryable() => cx.watch(0, &Exists::new(self.0)),
    ///                 Err(error) => return Step::Done(Err(error)),
    ///             },
    ///             Input::State(state) if state.is_connected() => cx.watch(0, &Exists::new(self.0)),
    ///             Input::State(_) => self.1.set(None), // not known for now
    ///             Input::Timer { .. } | Input::Called => {}
    ///             Input::Cancel => return Step::End(Ok(())),
    ///         }
    ///         Step::Wait
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// let (publisher, there) = Topic::new(None);
    /// let task = zk.host(Watcher("/a", publisher), |(), task| task).await?;
    /// let mut news = there.updates(&zk);
    /// assert_eq!(news.next().await, Some(Some(false)));
    /// zk.create("/a", "").await?;
    /// assert_eq!(news.next().await, Some(Some(true)));
    /// task.stop::<Async>().await?;
    /// assert_eq!(news.next().await, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the machine; [`DeadlineExceeded`](ErrorKind::DeadlineExceeded).
    pub fn host<R, O, T>(
        &self,
        machine: R,
        wrap: impl FnOnce(O, Task) -> T + Send + 'static,
    ) -> M::Output<T>
    where
        R: Machine<Output = Result<O, Error>>,
        O: Send + 'static,
        T: Send + 'static,
    {
        let view = match &self.hold.view {
            Ok(view) => view.clone(),
            Err(error) => return M::finish(Reply::ready(Err((*error).into()))),
        };
        let (shared, slot) = (self.hold.shared(), Slot::new());
        let owner = Owner { hold: self.hold.clone(), wrap: Box::new(wrap) };
        let key = shared.run(Box::new(Hosted {
            machine,
            timeout: view.timeout,
            view: View { timeout: None, ..view },
            slot: slot.clone(),
            owner: Some(owner),
        }));
        M::finish(Reply::machine(shared.clone(), slot, key))
    }

    /// Runs a machine that nobody expects an answer from.
    pub fn spawn<R: Machine<Output = ()>>(&self, machine: R) -> Task {
        let view = self.hold.view.clone().unwrap_or_default();
        let view = View { timeout: None, ..view };
        let running = Running { machine, view, slot: Slot::new(), wrap: Some(Box::new(Ok)) };
        Task::new(self.hold.clone(), self.hold.shared().run(Box::new(running)))
    }

    /// An answer that somebody else leaves: whoever `give` hands the promise to. The deadline of
    /// this view of the client counts.
    ///
    /// # Errors
    ///
    /// Those that are left; [`Cancelled`](ErrorKind::Cancelled) if the promise is dropped;
    /// [`DeadlineExceeded`](ErrorKind::DeadlineExceeded).
    pub fn promised<T: Send + 'static>(&self, give: impl FnOnce(Promise<T>)) -> M::Output<T> {
        let (shared, slot) = (self.hold.shared(), Slot::new());
        give(Promise::new(slot.clone()));
        let timeout = self.hold.view.as_ref().ok().and_then(|view| view.timeout);
        let Some(timeout) = timeout else {
            return M::finish(Reply::left(shared.clone(), slot));
        };
        let key = shared.run(Box::new(Running {
            machine: Alarm(timeout),
            view: View::default(),
            slot: slot.clone(),
            wrap: Some(Box::new(|()| Err(too_late()))),
        }));
        M::finish(Reply::machine(shared.clone(), slot, key))
    }

    /// An answer that is found where it is awaited: `poll` runs there, and is the place for a user's
    /// code, and for asking again because of what that code said.
    pub fn polled<T>(
        &self,
        poll: impl FnMut(&mut Context<'_>) -> Poll<Result<T, Error>> + Send + 'static,
    ) -> M::Output<T> {
        M::finish(Reply::polled(self.hold.shared().clone(), Box::new(poll)))
    }
}

/// A machine that goes on after its answer.
struct Hosted<M, O, T> {
    machine: M,
    timeout: Option<Duration>,
    view: View,
    slot: Arc<Slot<Result<T, Error>>>,
    /// Until it has an answer, or was cancelled.
    owner: Option<Owner<O, T>>,
}

/// Who waits for a machine's answer.
struct Owner<O, T> {
    hold: Arc<Hold>,
    wrap: Box<dyn FnOnce(O, Task) -> T + Send>,
}

impl<M, O, T> Hosted<M, O, T> {
    fn answer(&mut self, key: u64, output: Result<O, Error>) {
        let Some(Owner { hold, wrap }) = self.owner.take() else { return };
        self.slot.fill(output.map(|output| wrap(output, Task::new(hold, key))));
    }
}

impl<M, O, T> Run for Hosted<M, O, T>
where
    M: Machine<Output = Result<O, Error>>,
    O: Send,
    T: Send,
{
    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Progress {
        let is_late = matches!(input, Input::Timer { tag: DEADLINE });
        if is_late && self.owner.is_none() {
            return Progress::Going; // it was answered in time
        }
        let input = if is_late { Input::Cancel } else { input };
        if is_late {
            self.answer(cx.key, Err(too_late()));
        }
        if let (Input::Start, Some(timeout)) = (&input, self.timeout) {
            cx.timer(DEADLINE, timeout);
        }
        let is_cancelled = matches!(input, Input::Cancel);
        let step = self.machine.step(cx, input);
        if is_cancelled {
            self.owner = None; // nobody wants it; the session may close
        }
        match step {
            Step::Wait => return Progress::Going,
            Step::Ready(output) => {
                let is_over = output.is_err();
                self.answer(cx.key, output);
                if !is_over {
                    return Progress::Going;
                }
            }
            Step::Done(output) => self.answer(cx.key, output),
            Step::End(result) => {
                self.answer(cx.key, Err(cancelled()));
                return Progress::Ended(result);
            }
        }
        Progress::Ended(Ok(()))
    }

    fn view(&self) -> View {
        self.view.clone()
    }

    fn refuse(self: Box<Self>, error: Error) {
        self.slot.fill(Err(error));
    }
}

/// Rings once.
struct Alarm(Duration);

impl Machine for Alarm {
    type Output = ();

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<()> {
        match input {
            Input::Start => cx.timer(0, self.0),
            Input::Timer { .. } => return Step::Done(()),
            Input::Cancel => return Step::End(Ok(())),
            Input::Answer { .. } | Input::Watch { .. } | Input::State(_) | Input::Called => {}
        }
        Step::Wait
    }
}

fn too_late() -> Error {
    ErrorKind::DeadlineExceeded(Outcome::Unknown).into()
}
