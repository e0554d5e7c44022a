//! What becomes of a client whose server breaks the protocol, the connection, or its word.
//!
//! Each case is a script of a real server on the loopback device, and what must come of it:
//! a typed error, or a clean reconnect to the honest server that follows on the same address. Never
//! a panic, a hang, or half an answer that passes for a whole one.

#[cfg(test)]
mod auth;
#[cfg(test)]
mod backoff;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod breaks;
#[cfg(test)]
mod client;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod events;
#[cfg(test)]
mod floods;
#[cfg(test)]
mod frames;
#[cfg(test)]
mod handshakes;
#[cfg(test)]
mod line;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod order;
#[cfg(test)]
mod paths;
#[cfg(test)]
mod server;
#[cfg(test)]
mod slowness;
#[cfg(test)]
mod watches;
#[cfg(test)]
mod words;
