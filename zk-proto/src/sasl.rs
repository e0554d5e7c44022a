//! SASL: how a client says who it is, by a [`Mechanism`] of its own choice.
//!
//! # What happens when
//!
//! ```text
//!  session                       mechanism                         server
//!     │ ◀──────────────────────────────────────── session granted ──── │
//!     │ ── start(host) ─────────────▶ │                                │
//!     │ ◀──────── first token ─────── │ ─────── sasl: token ─────────▶ │
//!     │ ── step(challenge) ─────────▶ │ ◀────── token: challenge ───── │
//!     │ ◀──────── Step::Token ─────── │ ─────── sasl: token ─────────▶ │
//!     │              as often as it takes, and then one of            │
//!     │ ── step(challenge) ─────────▶ │ ◀────── token: its proof ───── │
//!     │ ◀──────── Step::Complete ──── │                                │
//!     │                               or                               │
//!     │ ◀──────── Step::Last ──────── │ ─────── sasl: token ─────────▶ │
//!     │ ◀──────────────────────────────────────── no token ─────────── │
//!     ▼ connected: identities, watches, and requests are sent
//! ```
//!
//! * On **each connection** the exchange begins anew, and nothing else is sent before it ends. The
//!   session does not count as connected until then; the exchange has the time of the attempt
//!   ([`Config::connect_timeout`](crate::Config::connect_timeout)), after which the next server is
//!   tried. A mechanism is therefore started as often as there are connections, and each
//!   [`start`](Mechanism::start) forgets what was before.
//! * **The client speaks first** (`ZooKeeperSaslClient`). A mechanism in which the server does, such
//!   as DIGEST-MD5, begins with an empty token.
//! * **Which mechanism it is** is said by nobody: the server's configuration decides. A server whose
//!   JAAS section `Server` has a Kerberos principal speaks GSSAPI, any other DIGEST-MD5
//!   (`SecurityUtils.createSaslServer`).
//! * A mechanism ends in one of two ways. If the last message is **the server's**, its
//!   [`step`](Mechanism::step) says [`Step::Complete`], and this is the place to refuse a server that
//!   has not proved itself. If it is **the client's own**, as in GSSAPI, it says [`Step::Last`]: the
//!   server then answers once more, without a token.
//!
//! # What fails, and how
//!
//! Each of these ends the session for good: its state is [`AuthFailed`](crate::State::AuthFailed),
//! and each request gets [`ErrorKind::AuthFailed`](crate::ErrorKind::AuthFailed) with the reason.
//!
//! | what happens | [`AuthFailure`](crate::AuthFailure) |
//! | --- | --- |
//! | `start` or `step` has an error | `Mechanism`, with its text |
//! | the server answers with an error code | `Refused`, with the code |
//! | it answers without a token before `Step::Last` | `NoSasl` |
//! | it sends a token after `Step::Last` | `NotTheEnd` |
//!
//! A connection that breaks, an answer that cannot be read, and one that does not come in time are
//! no failures of the exchange: another server is tried.
//!
//! A server can be set up to let those in whom it does not recognise
//! (`zookeeper.allowSaslFailedClients`): it answers without a token then. Before the end that is a
//! failure here, whatever the server thinks. After `Step::Last` it looks just like success; who must
//! know can ask [`WhoAmI`](crate::WhoAmI).
//!
//! # How to write one
//!
//! ```
//! use zk_proto::{Host, Mechanism, Step};
//!
//! /// Answers a riddle, and has the server answer one.
//! #[derive(Debug, Default)]
//! struct Riddles {
//!     answered: bool,
//! }
//!
//! impl Mechanism for Riddles {
//!     fn start(&mut self, _server: &Host) -> Result<Vec<u8>, Box<str>> {
//!         self.answered = false; // another connection, another exchange
//!         Ok(Vec::new())
//!     }
//!
//!     fn step(&mut self, challenge: &[u8]) -> Result<Step, Box<str>> {
//!         match challenge {
//!             b"What has roots as nobody sees?" if !self.answered => {
//!                 self.answered = true;
//!                 Ok(Step::Token(b"A mountain. What have I got in my pocket?".into()))
//!             }
//!             b"A ring." if self.answered => Ok(Step::Complete),
//!             _ => Err("riddles: not the one I came for".into()),
//!         }
//!     }
//! }
//!
//! let mut mechanism = Riddles::default();
//! assert_eq!(mechanism.start(&Host::new("zk1", 2181)), Ok(vec![]));
//! let Ok(Step::Token(answer)) = mechanism.step(b"What has roots as nobody sees?") else { panic!() };
//! assert!(answer.starts_with(b"A mountain."));
//! assert_eq!(mechanism.step(b"A ring."), Ok(Step::Complete));
//!
//! mechanism.start(&Host::new("zk2", 2181))?;
//! assert!(mechanism.step(b"A ring.").is_err(), "before it was asked");
//! # Ok::<(), Box<str>>(())
//! ```
//!
//! It goes into [`Config::sasl`](crate::Config::sasl), or into `Builder::sasl` of a client.
//!
//! Both methods are called outside of the session: it gives a [`Turn`] away, and goes on with
//! whatever else there is until what the mechanism said comes back. In a client, other calls do not
//! wait for a slow mechanism, but the task or thread that moves the session's bytes does. A
//! mechanism that has to ask somebody else, as Kerberos does, had better have the answer at hand.
//! Who drives a [`Session`](crate::Session) by hand does this after each input:
//!
//! ```
//! # use zk_proto::{Config, Host, Instant, Session};
//! # let mut session = Session::<(), ()>::new(Config::new(vec![Host::new("zk1", 2181)]));
//! # let now = Instant::ORIGIN;
//! while let Some(turn) = session.poll_turn() {
//!     let taken = turn.take(); // may take its time: here or elsewhere
//!     session.handle_turn(now, taken);
//! }
//! ```
//!
//! Tokens are secrets: neither they nor what they are made of belong in `Debug` or in the text of
//! an error, which users log.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::{self, Debug};

use crate::Host;

/// A SASL mechanism: answers challenges until both sides are content. The [module](self) says what
/// happens when.
pub trait Mechanism: Debug + Send {
    /// Begins an exchange with this server, as it stands in the list of servers: the first token.
    /// Whatever exchange was under way is over.
    ///
    /// A mechanism that proves itself to one server only, such as Kerberos, needs the name: there
    /// may be several servers. Most do not.
    ///
    /// # Errors
    ///
    /// Why there can be none, for people. It ends the session.
    fn start(&mut self, server: &Host) -> Result<Vec<u8>, Box<str>>;

    /// Answers a challenge.
    ///
    /// # Errors
    ///
    /// Why the server is not to be trusted, or why there is no answer, for people. It ends the
    /// session.
    fn step(&mut self, challenge: &[u8]) -> Result<Step, Box<str>>;
}

/// It is the mechanism's turn to say something: what
/// [`Session::poll_turn`](crate::Session::poll_turn) gives, so that foreign code which may take its
/// time runs outside of the session. The mechanism is in it: without it, there are no other
/// exchanges.
#[must_use = "the session waits for it"]
pub struct Turn {
    pub(crate) mechanism: Box<dyn Mechanism>,
    pub(crate) asked: Asked,
}

/// What a mechanism is asked.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    Start(Host),
    Step(Vec<u8>),
}

/// What a mechanism said, for [`Session::handle_turn`](crate::Session::handle_turn).
#[must_use = "the session waits for it"]
pub struct Taken {
    pub(crate) mechanism: Box<dyn Mechanism>,
    pub(crate) said: Result<Step, Box<str>>,
}

impl Turn {
    /// Asks the mechanism.
    pub fn take(mut self) -> Taken {
        let said = match &self.asked {
            Asked::Start(server) => self.mechanism.start(server).map(Step::Token),
            Asked::Step(challenge) => self.mechanism.step(challenge),
        };
        Taken { mechanism: self.mechanism, said }
    }
}

impl Debug for Turn {
    /// Without what it is about.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").finish_non_exhaustive()
    }
}

impl Debug for Taken {
    /// Without what was said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Taken").finish_non_exhaustive()
    }
}

impl Debug for Asked {
    /// Without the challenge.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start(_) => "Start(..)",
            Self::Step(_) => "Step(..)",
        })
    }
}

/// What follows from a challenge.
#[derive(Clone, PartialEq, Eq)]
pub enum Step {
    /// Send this token; another challenge is to come.
    Token(Vec<u8>),
    /// Send this token; the server agrees if it then answers without one, or with an empty one.
    Last(Vec<u8>),
    /// Both sides are content, and there is nothing to send.
    Complete,
}

impl Debug for Step {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token(..)",
            Self::Last(_) => "Last(..)",
            Self::Complete => "Complete",
        })
    }
}
