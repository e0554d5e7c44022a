//! Operations of many steps, as machines that the driver steps.
//!
//! A machine gets one input at a time, may ask for things through its [`Cx`], and says whether it
//! is done. It never waits and never blocks, so it is the same on every runtime, and each of its
//! awkward moments is one line of a test. It can have several requests, watches and timers open
//! at once; each comes back with the tag it was asked with.
//!
//! ```
//! use zk_client::machine::{Cx, Input, Machine, Step};
//! use zk_client::{Error, Exists, Stat};
//!
//! /// Asks once more if a node is missing.
//! struct LookTwice(&'static str);
//!
//! impl Machine for LookTwice {
//!     type Output = Result<Option<Stat>, Error>;
//!
//!     fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
//!         match input {
//!             Input::Start => cx.call(1, &Exists::new(self.0)),
//!             Input::Answer { tag, answer } => match cx.decode::<Exists<'_>>(answer) {
//!                 Ok(None) if tag == 1 => cx.call(2, &Exists::new(self.0)),
//!                 result => return Step::Done(result),
//!             },
//!             Input::Cancel => return Step::Done(Ok(None)),
//!             Input::Watch { .. } | Input::State(_) | Input::Timer { .. } | Input::Called => {}
//!         }
//!         Step::Wait
//!     }
//! }
//! ```

mod again;
pub(crate) mod close;
pub(crate) mod connect;
mod create_all;
mod cx;
pub(crate) mod delete_all;
pub(crate) mod dispatch;
mod feed;
pub(crate) mod follow;
mod host;
mod mailbox;
mod nested;
mod parents;
mod promise;
mod protected;
pub(crate) mod retried;
pub(crate) mod run;
mod task;
mod topic;
mod updates;
mod walk;

pub use again::{Again, pause};
pub use create_all::CreateAll;
pub use cx::Cx;
pub use feed::{Feed, FeedPublisher};
pub use mailbox::{Letters, Mailbox};
pub use nested::Split;
pub use parents::Parents;
pub use promise::Promise;
pub use protected::{NodeGuard, Owned, ProtectedCreate};
pub use task::Task;
pub use topic::{Publisher, Topic};
pub use updates::Updates;
pub use walk::{Visited, Walk};

pub use zk_proto::{Answer, News};
use zk_proto::{Error, State};

/// An operation of many steps.
pub trait Machine: Send + 'static {
    /// What it ends in.
    type Output: Send + 'static;

    /// Takes one input and says whether that was the last. It must not block, and must end some
    /// time after [`Input::Cancel`]; if the session is over, it is dropped after it was told.
    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output>;
}

/// What a machine may learn.
#[derive(Debug)]
pub enum Input<'a> {
    /// Begin.
    Start,
    /// The answer to a request.
    Answer {
        /// What it was asked with.
        tag: u64,
        /// The answer; see [`Cx::decode`].
        answer: Answer,
    },
    /// News of a watch, by the server's paths.
    Watch {
        /// What it was asked with.
        tag: u64,
        /// The news.
        news: &'a News,
    },
    /// The session's state changed.
    State(State),
    /// A timer went off.
    Timer {
        /// What it was asked with.
        tag: u64,
    },
    /// Its owner has left something for it; see [`Task::call`].
    Called,
    /// The caller lost interest: clean up and end.
    Cancel,
}

/// Whether a machine goes on.
#[derive(Debug)]
pub enum Step<T> {
    /// It waits for an input.
    Wait,
    /// Its caller has the answer now, and it goes on until it is cancelled; see
    /// [`Client::host`](crate::Client::host).
    Ready(T),
    /// Its caller has the answer now, and it ends.
    Done(T),
    /// It ends, its caller having had the answer, or being gone. Told to who waits in
    /// [`Task::stop`].
    End(Result<(), Error>),
}
