//! How programs ask, and wait for the answers.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use zk_client::{Async, Client, Error, Reply};

use super::{App, View};
use crate::chaos::oracle::{Asked, Class, Verdict};

impl App {
    pub(super) fn ask(&self, number: u64, what: &'static str, path: String, class: Class) -> Asked {
        self.oracle.borrow_mut().ask(number, self.book, what, path, class)
    }

    /// Now and then with a deadline.
    pub(super) fn timed(&self, view: &View, mut asked: Asked) -> (Client<Async>, Asked) {
        if self.dice(6) > 0 {
            return (view.zk.clone(), asked);
        }
        let time = Duration::from_millis(1 + self.dice(3_000) as u64);
        asked.deadline = Some((self.clock)() + time);
        self.oracle.borrow_mut().tally.count("deadline");
        (view.zk.within(time), asked)
    }

    /// Touches everything that is watched, and then sees it: what was not told by then is lost.
    /// Waits for an answer and looks at it; or does not.
    pub(super) fn track<T: 'static>(
        &self,
        asked: Asked,
        reply: Reply<T>,
        check: impl FnOnce(&Self, &Asked, T) -> Verdict + 'static,
    ) {
        let patience = match self.dice(20) {
            0 => {
                drop(reply);
                return self.oracle.borrow_mut().dropped(&asked);
            }
            1 => Some(self.habits.pause / 10),
            2 => Some(Duration::from_micros(self.dice(3_000) as u64)),
            _ => None,
        };
        self.wait_for(asked, patience, reply, check);
    }

    pub(super) fn wait_for<T: 'static>(
        &self,
        mut asked: Asked,
        patience: Option<Duration>,
        reply: Reply<T>,
        check: impl FnOnce(&Self, &Asked, T) -> Verdict + 'static,
    ) {
        asked.is_patient = patience.is_none();
        let app = self.clone();
        self.time.spawn_in(self.client, async move {
            match app.within(patience, reply).await {
                None => app.oracle.borrow_mut().dropped(&asked),
                Some(Ok(value)) => {
                    let verdict = check(&app, &asked, value);
                    app.finish(&asked, None, verdict);
                }
                Some(Err(error)) => {
                    let code = error.code();
                    let verdict =
                        code.map_or(Ok(None), |code| app.oracle.borrow().refusal(&asked, code));
                    app.finish(&asked, Some(&error), verdict);
                }
            }
        });
    }

    fn finish(&self, asked: &Asked, error: Option<&Error>, verdict: Verdict) {
        let mut oracle = self.oracle.borrow_mut();
        oracle.check_deadline(asked, (self.clock)(), self.habits.slack);
        oracle.answered(asked, error, verdict);
    }

    /// Waits for something; not for ever, if so wanted.
    pub(super) async fn within<F: Future>(
        &self,
        patience: Option<Duration>,
        future: F,
    ) -> Option<F::Output> {
        let mut future = pin!(future);
        let Some(patience) = patience else { return Some(future.await) };
        let mut sleep = pin!(self.time.sleep(patience));
        poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => sleep.as_mut().poll(cx).map(|()| None),
        })
        .await
    }
}
