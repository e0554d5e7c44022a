//! Kerberos for the ZooKeeper clients: the SASL mechanism GSSAPI (RFC 4752) over the Kerberos
//! library of the system, MIT's or Heimdal's, by the crate `libgssapi`.
//!
//! ```no_run
//! use zk_kerberos::Kerberos;
//! use zk_tokio::{Client, Error};
//!
//! # async fn log_in() -> Result<(), Error> {
//! let zk = Client::builder().sasl(Kerberos::new()).connect("zk1.example.com,zk2.example.com").await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Who logs in
//!
//! Whoever the Kerberos library finds: it takes tickets from the cache that `kinit` has filled
//! (`KRB5CCNAME`), or gets them itself with a keytab for clients (`KRB5_CLIENT_KTNAME`,
//! `default_client_keytab_name`), which also renews them. Nothing is read from a JAAS file, and
//! nothing asked of a person. [`Kerberos::principal`] chooses among several.
//!
//! In ZooKeeper's access control lists, the client is `sasl:name@REALM`, or what the server makes of
//! it by its rules (`kerberos.removeHostFromPrincipal`, `kerberos.removeRealmFromPrincipal`,
//! `zookeeper.security.auth_to_local`).
//!
//! # Which server
//!
//! The ticket is for `zookeeper/host@REALM`, where the host is that of the list of servers: each
//! has a principal of its own, so the name is asked for on each connection rather than once. As
//! with other programs, the library makes the host's full name of it first, by the name service if
//! `krb5.conf` does not forbid it (`dns_canonicalize_hostname`, `rdns`), and finds its realm
//! (`domain_realm`). [`Kerberos::service`] and [`Kerberos::host`] are for servers that are set up in
//! another way, or that are reached by an address. The server proves its identity, too.
//!
//! # It may wait
//!
//! To begin an exchange, the library may have to ask the key distribution centre for a ticket, over
//! the network and for as long as `krb5.conf` says. The client's other calls do not wait for that,
//! but the thread of the runtime does that moves the session's bytes, and other tasks with it; if it
//! takes longer than the attempt may, the next one finds the ticket. It asks once for each server,
//! and again when the ticket has expired. [`Kerberos::fetch_ticket`] asks in advance, in a thread
//! where waiting does not matter.
//!
//! # What fails
//!
//! The session ends with `AuthFailed`, and the reason is in the words of the library: that there is
//! no ticket, that it has expired, that the server is unknown to the realm. A server without
//! Kerberos may answer in the language of DIGEST-MD5, which is then no valid token. Of a refusal, a
//! server says the code and nothing else: its log has the reason.
//!
//! Messages are not signed or encrypted afterwards: ZooKeeper's servers offer that, and do not do
//! it. Use TLS.
#![forbid(unsafe_code)]

mod context;
mod mechanism;
mod protection;

pub use mechanism::Kerberos;
