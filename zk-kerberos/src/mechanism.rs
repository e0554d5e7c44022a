//! The mechanism: a context, then an agreement on what protects messages.

use std::fmt;

use zk_proto::Host;
use zk_proto::sasl::{Mechanism, Step};

use crate::context::Context;
use crate::protection;

/// GSSAPI with Kerberos, to log in with.
pub struct Kerberos {
    principal: Option<Box<str>>,
    service: Box<str>,
    host: Option<Box<str>>,
    stage: Stage,
}

enum Stage {
    /// Nothing is awaited.
    Idle,
    /// The server's part of the context is awaited.
    Agreeing(Context),
    /// The server's offer of protection is awaited.
    Agreed(Context),
}

impl Kerberos {
    /// For the client whose tickets the library finds by itself, and the service `zookeeper` on each
    /// host of the list of servers. Nothing is looked for before the first connection.
    #[must_use]
    pub fn new() -> Self {
        let service = "zookeeper".into();
        Self { principal: None, service, host: None, stage: Stage::Idle }
    }

    /// Logs in as this client, such as `alice@EXAMPLE.COM`: one of those whose tickets are in a
    /// collection of caches, or whose keys in a client's keytab.
    #[must_use]
    pub fn principal(self, principal: &str) -> Self {
        Self { principal: Some(principal.into()), ..self }
    }

    /// The first part of the servers' principals, instead of `zookeeper`: what `Client` of Java has
    /// in `zookeeper.sasl.client.username`.
    #[must_use]
    pub fn service(self, service: &str) -> Self {
        Self { service: service.into(), ..self }
    }

    /// The second part of the servers' principals, instead of the name in the list of servers: for
    /// servers that share a principal, or that are listed by their addresses.
    #[must_use]
    pub fn host(self, host: &str) -> Self {
        Self { host: Some(host.into()), ..self }
    }

    /// Gets the ticket for a server into the cache, unless it is there already, so that beginning
    /// an exchange with it does not have to wait. It may itself wait for the network.
    ///
    /// `server` is a name of the list of servers, without its port.
    ///
    /// # Errors
    ///
    /// Why there is none, in the library's words: no credentials, or expired ones; an unknown
    /// server; nobody to ask.
    pub fn fetch_ticket(&self, server: &str) -> Result<(), Box<str>> {
        self.begin(server).map(drop)
    }

    /// A context with that server, and the first token for it.
    fn begin(&self, server: &str) -> Result<(Context, Vec<u8>), Box<str>> {
        let (service, host) = (&self.service, self.host.as_deref().unwrap_or(server));
        let begin = || {
            let mut context = Context::new(self.principal.as_deref(), service, host)?;
            let token = context.step(None)?;
            Ok((context, token))
        };
        begin().map_err(|why: Box<str>| format!("Kerberos: for {service}@{host}: {why}").into())
    }

    fn answer(&mut self, challenge: &[u8]) -> Result<Step, Box<str>> {
        match std::mem::replace(&mut self.stage, Stage::Idle) {
            Stage::Idle => Err("a challenge that nobody asked for".into()),
            Stage::Agreeing(mut context) => {
                let token = context.step(Some(challenge))?;
                self.stage = match context.is_complete() {
                    false => Stage::Agreeing(context),
                    true if context.is_mutual()? => Stage::Agreed(context),
                    true => return Err("the server has not proved who it is".into()),
                };
                Ok(Step::Token(token))
            }
            Stage::Agreed(mut context) => {
                let choice = protection::choose(&context.unwrap(challenge)?)?;
                Ok(Step::Last(context.wrap(&choice)?))
            }
        }
    }
}

impl Mechanism for Kerberos {
    fn start(&mut self, server: &Host) -> Result<Vec<u8>, Box<str>> {
        let (context, token) = self.begin(&server.name)?;
        self.stage = Stage::Agreeing(context);
        Ok(token)
    }

    fn step(&mut self, challenge: &[u8]) -> Result<Step, Box<str>> {
        self.answer(challenge).map_err(|why| format!("Kerberos: {why}").into())
    }
}

impl Default for Kerberos {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Kerberos {
    /// Without the context, in which there are keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kerberos")
            .field("principal", &self.principal)
            .field("service", &self.service)
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}
