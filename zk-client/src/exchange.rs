//! One question to a server, on a connection of its own.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use zk_proto::wire::{Inbox, Outbox, is_tls_record};
use zk_proto::{Error, ErrorKind, Failure, Fault, Host, Misuse, Outcome, Probe, Target};

use crate::shared::Shared;
use crate::slot::Slot;
use crate::tls::{Stream, Tls};

/// How long the answer to a word may be.
const LONGEST_ANSWER: usize = 1 << 20;
/// How long the answer to a probe may be.
const LONGEST_PROBE: usize = 16;

/// One question to a server, on a connection of its own: a four-letter word, or the probe whether
/// it can write.
///
/// An adapter carries it out: it looks up the name that [`lookup`](Self::lookup) wants; connects to
/// what [`next_target`](Self::next_target) gives until there is no other; and while it is connected
/// it writes what [`take_transmit`](Self::take_transmit) gives, reads, and passes that to
/// [`handle_input`](Self::handle_input), until the server closes or [`is_over`](Self::is_over).
/// It says what fails, and keeps to [`timeout`](Self::timeout). The answer finds its way by itself.
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::{TcpStream, ToSocketAddrs};
/// use zk_client::Exchange;
/// use zk_client::wire::{Inbox, Outbox};
///
/// fn carry_out(mut exchange: Exchange) {
///     if let Some(host) = exchange.lookup() {
///         let addresses = (&*host.name, host.port).to_socket_addrs();
///         exchange.handle_resolved(addresses.map(Iterator::collect));
///     }
///     while let Some(target) = exchange.next_target() {
///         let stream = TcpStream::connect(target.address); // less than `exchange.timeout()` in all
///         if let Err(error) = stream.and_then(|stream| converse(stream, &mut exchange)) {
///             exchange.handle_failed(&error);
///         }
///     }
/// }
///
/// fn converse(mut stream: TcpStream, exchange: &mut Exchange) -> std::io::Result<()> {
///     let (mut inbox, mut outbox) = (Inbox::default(), Outbox::default());
///     while !exchange.is_over() {
///         while exchange.take_transmit(&mut outbox) {
///             stream.write_all(outbox.pending())?;
///             outbox.clear();
///         }
///         match stream.read(inbox.space())? {
///             0 => exchange.handle_closed(),
///             count => inbox.commit(count),
///         }
///         exchange.handle_input(&mut inbox);
///     }
///     Ok(())
/// }
/// ```
///
/// Dropping it before it is over tells who asks that it was given up.
pub struct Exchange {
    host: Host,
    question: [u8; 4],
    /// How long the answer may be, in bytes.
    limit: usize,
    timeout: Duration,
    /// Where to connect.
    addresses: VecDeque<SocketAddr>,
    stage: Stage,
    tls: Option<Tls>,
    /// The connection's TLS, if it is up.
    stream: Option<Box<Stream>>,
    failures: Vec<Failure>,
    /// Until there is an answer.
    asker: Option<Asker>,
}

/// How far it is.
#[derive(Debug)]
enum Stage {
    /// The name is to be looked up.
    Unresolved,
    /// A connection is wanted.
    Apart,
    /// There is a connection, or there will be one.
    Connecting(SocketAddr),
    /// The question was sent; so much came.
    Asked(SocketAddr, Vec<u8>),
    /// There is an answer, or there will not be one.
    Over,
}

/// Who gets the answer.
enum Asker {
    Caller(Arc<Slot<Result<String, Error>>>),
    /// A session, for its probe of this number.
    Session(Arc<Shared>, u64),
}

impl Exchange {
    /// Asks a four-letter word of a server, as a user writes it.
    pub(crate) fn word(
        server: &str,
        word: &str,
        timeout: Duration,
        tls: Option<Tls>,
        slot: Arc<Slot<Result<String, Error>>>,
    ) -> Result<Self, Error> {
        let misuse = |text: String| Error::from(Misuse::Text(text.into()));
        let host: Host = server
            .trim()
            .parse()
            .map_err(|error: zk_proto::ConnectStringError| misuse(error.to_string()))?;
        let letters = word.as_bytes().try_into().ok();
        let question =
            letters.filter(|letters: &[u8; 4]| letters.iter().all(u8::is_ascii_alphabetic));
        let question = question.ok_or_else(|| misuse(format!("{word:?} has not four letters")))?;
        let address = host.address().map(|address| SocketAddr::new(address, host.port));
        Ok(Self {
            host,
            question,
            limit: LONGEST_ANSWER,
            timeout,
            stage: if address.is_some() { Stage::Apart } else { Stage::Unresolved },
            addresses: address.into_iter().collect(),
            tls,
            stream: None,
            failures: Vec::new(),
            asker: Some(Asker::Caller(slot)),
        })
    }

    /// Asks a server whether it can write.
    pub(crate) fn probe(shared: Arc<Shared>, probe: &Probe, tls: Option<Tls>) -> Self {
        Self {
            host: probe.target.host.clone(),
            question: *b"isro",
            limit: LONGEST_PROBE,
            timeout: probe.timeout,
            addresses: [probe.target.address].into(),
            stage: Stage::Apart,
            tls,
            stream: None,
            failures: Vec::new(),
            asker: Some(Asker::Session(shared, probe.id)),
        }
    }

    /// How long all of it may take. Then comes [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The name to look up first. None if the address is known.
    #[must_use]
    pub fn lookup(&self) -> Option<&Host> {
        match self.stage {
            Stage::Unresolved => Some(&self.host),
            Stage::Apart | Stage::Connecting(_) | Stage::Asked(..) | Stage::Over => None,
        }
    }

    /// The look-up has ended.
    pub fn handle_resolved(&mut self, addresses: io::Result<Vec<SocketAddr>>) {
        match addresses {
            Ok(addresses) if addresses.is_empty() => self.note(None, "the name has no address"),
            Ok(addresses) => self.addresses = addresses.into(),
            Err(error) => self.note(None, &error.to_string()),
        }
        self.stage = Stage::Apart;
    }

    /// Where to connect next; one connection at a time. None once it is over.
    pub fn next_target(&mut self) -> Option<Target> {
        match self.stage {
            Stage::Apart | Stage::Connecting(_) => {}
            Stage::Unresolved | Stage::Asked(..) | Stage::Over => return None,
        }
        let Some(address) = self.addresses.pop_front() else {
            self.conclude(Err(self.unreachable()));
            return None;
        };
        self.stream = None;
        self.stage = Stage::Connecting(address);
        Some(Target { host: self.host.clone(), address })
    }

    /// The connection did not come up, or it broke.
    pub fn handle_failed(&mut self, why: &dyn fmt::Display) {
        match &self.stage {
            Stage::Connecting(address) => {
                self.note(Some(*address), &why.to_string());
                self.stage = Stage::Apart;
            }
            Stage::Asked(address, _) => self.conclude(Err(self.unanswered(*address, why))),
            Stage::Unresolved | Stage::Apart | Stage::Over => {}
        }
    }

    /// Puts what is to be written into `outbox`, once there is a connection. Says whether there is
    /// any.
    #[must_use]
    pub fn take_transmit(&mut self, outbox: &mut Outbox) -> bool {
        if let Stage::Connecting(address) = self.stage {
            let question = self.question;
            match self.plaintext(outbox) {
                Ok(Some(plaintext)) => {
                    plaintext.buffer().extend_from_slice(&question);
                    self.stage = Stage::Asked(address, Vec::new());
                }
                Ok(None) => {}
                Err(why) => self.handle_failed(&why),
            }
        }
        if let Some(stream) = &mut self.stream {
            stream.transmit(outbox);
        }
        !outbox.is_empty()
    }

    /// Where to put the question, if it can go.
    fn plaintext<'a>(
        &'a mut self,
        outbox: &'a mut Outbox,
    ) -> Result<Option<&'a mut Outbox>, String> {
        let Some(tls) = &self.tls else { return Ok(Some(outbox)) };
        if self.stream.is_none() {
            self.stream = Some(tls.connect(&self.host)?);
        }
        Ok(self.stream.as_mut().filter(|stream| stream.is_ready()).map(|stream| stream.outbox()))
    }

    /// Bytes were read into `inbox`.
    pub fn handle_input(&mut self, inbox: &mut Inbox) {
        let Some(mut stream) = self.stream.take() else {
            self.take_answer(inbox.pending());
            return inbox.discard();
        };
        let result = stream.receive(inbox);
        self.take_answer(stream.inbox().pending());
        stream.inbox().discard();
        if let Err(why) = result {
            self.handle_failed(&why);
        } else if stream.is_at_end() {
            self.handle_end(&"closed");
        }
        self.stream = Some(stream);
    }

    fn take_answer(&mut self, bytes: &[u8]) {
        let Stage::Asked(address, answer) = &mut self.stage else { return };
        let address = *address;
        answer.extend_from_slice(bytes);
        if answer.len() > self.limit {
            let why = format!("more than {} bytes", self.limit);
            self.conclude(Err(self.unanswered(address, &why)));
        }
    }

    /// The server has closed the connection: that was the answer.
    pub fn handle_closed(&mut self) {
        match &self.stream {
            None => self.handle_end(&"closed, perhaps it is for TLS"),
            Some(_) if matches!(&self.stage, Stage::Asked(_, answer) if !answer.is_empty()) => {
                self.handle_failed(&"closed without the end of TLS: more may be missing");
            }
            Some(stream) => {
                let why = stream.explain_end("unexpected end of file");
                self.handle_failed(&why);
            }
        }
    }

    /// The server has said all.
    fn handle_end(&mut self, why: &dyn fmt::Display) {
        match &mut self.stage {
            Stage::Asked(_, answer) if self.tls.is_none() && is_tls_record(answer) => {
                self.handle_failed(&Fault::TlsPort);
            }
            Stage::Asked(_, answer) if !answer.is_empty() => {
                let answer = std::mem::take(answer);
                self.conclude(Ok(answer));
            }
            Stage::Asked(..)
            | Stage::Unresolved
            | Stage::Apart
            | Stage::Connecting(_)
            | Stage::Over => self.handle_failed(why),
        }
    }

    /// It has taken as long as it may.
    pub fn handle_timeout(&mut self) {
        let timeout = self.timeout;
        match &self.stage {
            Stage::Unresolved => self.note(None, &format!("not looked up within {timeout:?}")),
            Stage::Connecting(address) => {
                self.note(Some(*address), &format!("not connected within {timeout:?}"));
            }
            Stage::Asked(address, answer) => {
                let why = match (answer.is_empty(), &self.tls) {
                    (true, None) => format!("nothing within {timeout:?}, perhaps it is for TLS"),
                    (true, Some(_)) => format!("nothing within {timeout:?}"),
                    (false, _) => format!("not all of it within {timeout:?}"),
                };
                self.conclude(Err(self.unanswered(*address, &why)));
            }
            Stage::Apart | Stage::Over => {}
        }
        self.conclude(Err(self.unreachable()));
    }

    /// Whether the connection is of no more use.
    #[must_use]
    pub fn is_over(&self) -> bool {
        match self.stage {
            Stage::Unresolved | Stage::Apart | Stage::Over => true,
            Stage::Connecting(_) | Stage::Asked(..) => false,
        }
    }

    /// Tells who asks. The first time counts.
    fn conclude(&mut self, result: Result<Vec<u8>, Error>) {
        self.stage = Stage::Over;
        match self.asker.take() {
            Some(Asker::Caller(slot)) => {
                slot.fill(result.map(|answer| String::from_utf8_lossy(&answer).into_owned()));
            }
            Some(Asker::Session(shared, probe)) => {
                let answer = result.unwrap_or_default();
                shared.drive(|core, now| core.session.handle_probed(now, probe, &answer));
            }
            None => {}
        }
    }

    fn note(&mut self, address: Option<SocketAddr>, why: &str) {
        self.failures.push(self.failure(address, why));
    }

    fn failure(&self, address: Option<SocketAddr>, why: &str) -> Failure {
        Failure { host: self.host.clone(), address, why: why.into() }
    }

    fn unreachable(&self) -> Error {
        let failures: Vec<_> = self.failures.iter().map(ToString::to_string).collect();
        ErrorKind::Unreachable(failures.join("; ").into()).into()
    }

    fn unanswered(&self, address: SocketAddr, why: &dyn fmt::Display) -> Error {
        let failure = self.failure(Some(address), &why.to_string());
        ErrorKind::Unanswered(failure.to_string().into()).into()
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let outcome = match self.stage {
            Stage::Unresolved | Stage::Apart | Stage::Connecting(_) => Outcome::NotApplied,
            Stage::Asked(..) | Stage::Over => Outcome::Unknown,
        };
        self.conclude(Err(ErrorKind::Cancelled(outcome).into()));
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("host", &self.host)
            .field("question", &String::from_utf8_lossy(&self.question))
            .finish_non_exhaustive()
    }
}
