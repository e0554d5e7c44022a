//! The session against a server that the test plays, on virtual time.
//!
//! Many tests are named after a defect that clients of ZooKeeper have had. What went wrong there,
//! and which tests keep it from going wrong here (those marked * are unit tests of the session):
//!
//! | | what went wrong | tests |
//! |---|---|---|
//! | s1 | never expires while it is cut off (ZOOKEEPER-4508, 4692) | `timers::s1_*` |
//! | s2 | a new session gives up where only an old one can expire (ZOOKEEPER-4921) | `timers::s2_*` |
//! | s3 | spins on servers that are not there | `endpoints::s3_*`, `read_only::a_server_that_claims_*` |
//! | s4 | takes another session for its own | `handshake::s4_*` |
//! | s5 | hammers servers that are behind it | `handshake::s5_*`, `endpoints::s3_*` |
//! | s6 | forgets the last transaction it saw | `handshake::s6_*`, `rearm::w6_*` |
//! | s7 | waits for ever on half a connection (ZOOKEEPER-1751) | `timers::s7_*` |
//! | s8 | waits for ever for the answer to a handshake | `handshake::s8_*` |
//! | s9 | carries the session of a read-only server elsewhere, or never leaves it (ZOOKEEPER-4819) | `read_only::s9_*` |
//! | s10 | does not survive that a session has moved (ZOOKEEPER-710) | `replies::s10_*`, `auth::s10_*`, `sasl::s10_*` |
//! | s11 | insists on the read-only byte (ZOOKEEPER-4492) | `handshake::s11_*` |
//! | s12 | dies of its request numbers after months (ZOOKEEPER-3253) | `s12_*`* |
//! | s13 | its pings wait behind something else (ZOOKEEPER-1049) | `timers::s13_*` |
//! | w1 | loses persistent and recursive watches at a reconnect | `rearm::w1_*` |
//! | w2 | loses all watches at a reconnect | `rearm::w2_*` |
//! | w3 | sets so many watches in one message that it is refused (ZOOKEEPER-706) | `rearm::w3_*` |
//! | w4 | sets watches again by paths without the chroot (ZOOKEEPER-961, 4565) | `rearm::w4_*` |
//! | w6 | skips the events of a gap (ZOOKEEPER-1412), or of a transaction that an event has named | `rearm::w6_*` |
//! | w7 | confuses the watches of one path (ZOOKEEPER-4466, 4471, 4472, 4475) | `*::w7_*` |
//! | w8 | tells of an event after the data that it announces | `watch_table::w8_*` |
//! | w9 | drops watches without a word | `*::w9_*`, `property` |
//! | w10 | keeps what belongs to watches that are gone | `*::w10_*`, `w10_*`* |
//! | r1 | gives an answer to whom it is not for (ZOOKEEPER-2775, 3937) | `*::r1_*` |
//! | r3 | does not survive an error code that it does not know (ZOOKEEPER-4377) | `replies::r3_*` |
//! | r4 | leaves requests without an answer | `*::r4_*`, `property` |
//! | r5 | hangs when it is closed at the wrong moment | `close::r5_*`, `property` |
//! | r7 | has no deadline for one request (ZOOKEEPER-2251) | `loss::r7_*` |
//! | r8 | sends requests before the session is granted (ZOOKEEPER-1702) | `handshake::r8_*` |
//! | r9 | forgets identities at a reconnect | `auth::r9_*` |
//! | r10 | hangs when an identity is refused at a reconnect | `auth::r10_*` |
//! | r11 | insists on the order of pings (ZOOKEEPER-2253) | `timers::r11_*` |
//! | r12 | computes with durations until they overflow | `timers::r12_*` |
//! | r13 | skips servers, never looks names up again (ZOOKEEPER-2466, 2184, 2982) | `endpoints::r13_*` |
//! | r14 | comes back at the same moment as all others (ZOOKEEPER-1669) | `endpoints::r14_*` |
//! | m3 | does not survive short frames and impossible lengths | `replies::m3_*`, `bytes` |
//! | m4 | does not survive replies of some sizes | `bytes::m4_*` |
//! | m6 | does not survive an event of an unknown type | `replies::m6_*` |
//! | m7 | does not survive a bad answer to a handshake | `handshake::m7_*`, `bytes` |
//! | m8 | fails at the limits of sizes (ZOOKEEPER-4281, 4843) | `*::m8_*` |
//! | m9 | shows secrets | `auth::m9_*` |
//! | t7 | cannot be closed when the server is dead | `close::t7_*` |
//!
//! And seven that were found in clients for Rust:
//!
//! | | what went wrong | tests |
//! |---|---|---|
//! | 1 | persistent and recursive watches are gone after a reconnect | `rearm::w1_*` |
//! | 2 | more watches than fit into one message make it reconnect for ever | `rearm::w3_*` |
//! | 3 | a server without SASL passes for one that has agreed | `sasl::defect_3_*` |
//! | 4 | error codes are unknown | `replies::r3_*` |
//! | 5 | a short handshake, an unknown number, a lower zxid end it; a creation is kept from data watches; the timeout is forgotten | `handshake::{s11_*, each_server_*}`, `replies::{r1_*, defect_5_*}`, `watch_table::defect_7_*` |
//! | 6 | numbers are not compared, watches are registered after failures, only the first address is tried | `replies::r1_*`, `watch_table::defect_6_*`, `endpoints::defect_6_*` |
//! | 7 | a creation is told to some watches only, unknown numbers are passed over | `watch_table::defect_7_*`, `replies::r1_*` |

#[cfg(test)]
mod auth;
#[cfg(test)]
mod bytes;
#[cfg(test)]
mod close;
#[cfg(test)]
mod endpoints;
#[cfg(test)]
mod handshake;
#[cfg(test)]
mod loss;
#[cfg(test)]
mod moving;
#[cfg(test)]
mod names;
#[cfg(test)]
mod property;
#[cfg(test)]
mod queue;
#[cfg(test)]
mod read_only;
#[cfg(test)]
mod rearm;
#[cfg(test)]
mod replies;
#[cfg(test)]
mod sasl;
#[cfg(test)]
mod support;
#[cfg(test)]
mod timers;
#[cfg(test)]
mod transport;
#[cfg(test)]
mod watch_removal;
#[cfg(test)]
mod watch_table;
