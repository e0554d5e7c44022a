//! What is to be written, in which order and how much at a time.

use alloc::vec::Vec;

use super::link::{Closing, Link, Ping};
use super::queue::{Entry, Purpose};
use super::removal::Removal;
use super::watches::WatchKind;
use super::{Session, watches};
use crate::error::Misuse;
use crate::records::{Record, ReplyHeader, RequestHeader, WatchMode};
use crate::request::{AddWatch, Auth, CloseSession, Encoder, RemoveWatches, Request};
use crate::wire::{Outbox, put_frame};
use crate::{Chroot, Instant};

/// How much is handed out at a time: enough for one system call to be worth it, little enough
/// that what is behind it can still be cancelled.
const PORTION: usize = 64 << 10;

/// How many bytes of paths one request to set watches again carries (`ClientCnxn`), well below
/// what servers accept. The last path may go beyond.
const CHUNK: usize = 128 << 10;

impl<T, W: Clone> Session<T, W> {
    /// Appends bytes to write to the server; says whether `outbox` has any then. They count as
    /// sent from now on. Call it when `outbox` is empty: what is not handed out yet can still be
    /// cancelled. May change after any input and any command.
    #[must_use]
    pub fn poll_transmit(&mut self, now: Instant, outbox: &mut Outbox) -> bool {
        let before = outbox.pending().len();
        let out = outbox.buffer();
        out.append(&mut core::mem::take(&mut self.raw)); // it is rarely needed
        if matches!(self.link, Link::Up(_)) {
            self.transmit_clean_up(out);
            self.transmit_watches(out);
            self.transmit_queue(out);
            self.transmit_close(out);
        }
        let after = outbox.pending().len();
        if after > before {
            self.note_sent(now, after.saturating_sub(before));
        }
        after > 0
    }

    /// Whether [`poll_transmit`](Self::poll_transmit) would append something.
    #[must_use]
    pub fn wants_transmit(&mut self) -> bool {
        if !self.raw.is_empty() {
            return true;
        }
        let Link::Up(up) = &self.link else { return false };
        if up.rearm.cursor != watches::Cursor::End && self.watches.len() > 0 {
            return true;
        }
        let closes = matches!(up.closing, Closing::Requested { .. }) && self.queue.is_empty();
        self.clean_up.is_some() || closes || self.next_fits()
    }

    pub(super) fn next_xid(&mut self) -> i32 {
        self.last_xid = self.last_xid.checked_add(1).unwrap_or(1);
        self.last_xid
    }

    /// Queues a request of the session's own, before those of callers.
    pub(super) fn send(&mut self, request: &impl Request, purpose: Purpose<T, W>) {
        let queue = self.clean_up.get_or_insert_default();
        let out = queue.buffer();
        let start = out.len();
        put_request(out, 0, request);
        let len = u32::try_from(out.len().saturating_sub(start)).unwrap_or(u32::MAX);
        queue.push(Entry { id: 0, len, deadline: None, purpose });
    }

    pub(super) fn send_auth(&mut self, number: usize) {
        let Some(identity) = self.auth.get(number) else { return };
        let packet = identity.packet.clone();
        self.send(&Auth::new(&packet.scheme, &packet.data), Purpose::Auth(number));
    }

    pub(super) fn send_removal(&mut self, removal: Removal) {
        let path = removal.path.clone();
        let request = RemoveWatches::new(&path, removal.kind);
        self.send(&request, Purpose::Removal(removal.into()));
    }

    /// Sets the persistent watches of a path again: a server before 3.9 has turned a part of them
    /// into the one-shot watch that was just set there (ZOOKEEPER-4466).
    pub(super) fn restore_persistent(&mut self, path: &str) {
        for kind in self.watches.persistent_at(path) {
            let mode = match kind {
                WatchKind::PersistentRecursive => WatchMode::Recursive,
                WatchKind::Persistent
                | WatchKind::Data
                | WatchKind::Exists
                | WatchKind::Children => WatchMode::Persistent,
            };
            self.send(&AddWatch::new(path, mode), Purpose::AddWatch);
        }
    }

    pub(super) fn send_ping(&mut self) {
        let ping = RequestHeader { xid: ReplyHeader::PING, op: crate::OpCode::Ping };
        put_frame(&mut self.raw, |out| ping.encode(out));
        if let Link::Up(up) = &mut self.link {
            up.ping = Ping::Sent;
        }
    }

    fn transmit_clean_up(&mut self, out: &mut Vec<u8>) {
        let Some(mut queue) = self.clean_up.take() else { return };
        while queue.next_len().is_some() {
            let xid = self.next_xid();
            let Some(entry) = queue.pop(xid, out) else { return };
            let is_auth = matches!(entry.purpose, Purpose::Auth(_));
            let xid = if is_auth { rename(out, entry.len, ReplyHeader::AUTH) } else { xid };
            self.flight.push(xid, entry);
        }
    }

    /// The watches of the last connection, a portion at a time. If the session is about to end,
    /// only for what is asked before: no answer may show a change that was not told.
    fn transmit_watches(&mut self, out: &mut Vec<u8>) {
        let Link::Up(up) = &mut self.link else { return };
        if up.closing != Closing::No && self.queue.is_empty() {
            up.rearm.cursor = watches::Cursor::End;
        }
        while up.rearm.cursor != watches::Cursor::End && out.len() < PORTION {
            let chunk = self.watches.chunk(&mut up.rearm.cursor, up.rearm.since, CHUNK);
            if chunk.is_empty() {
                continue;
            }
            self.last_xid = self.last_xid.checked_add(1).unwrap_or(1);
            put_request(out, self.last_xid, &chunk);
            let entry = Entry { id: 0, len: 0, deadline: None, purpose: Purpose::SetWatches };
            self.flight.push(self.last_xid, entry);
        }
    }

    fn transmit_queue(&mut self, out: &mut Vec<u8>) {
        let Link::Up(up) = &self.link else { return };
        if up.rearm.cursor != watches::Cursor::End {
            return;
        }
        while out.len() < PORTION && self.next_fits() {
            let xid = self.next_xid();
            let Some(entry) = self.queue.pop(xid, out) else { return };
            self.flight.push(xid, entry);
        }
    }

    fn transmit_close(&mut self, out: &mut Vec<u8>) {
        let Link::Up(up) = &mut self.link else { return };
        let Closing::Requested { give_up } = up.closing else { return };
        if !self.queue.is_empty() {
            return;
        }
        up.closing = Closing::Sent { give_up };
        let xid = self.next_xid();
        put_request(out, xid, &CloseSession);
        let entry = Entry { id: 0, len: 0, deadline: None, purpose: Purpose::Close };
        self.flight.push(xid, entry);
    }

    /// Whether there is a next request, and room for it in the window.
    fn next_fits(&mut self) -> bool {
        let Some(len) = self.queue.next_len() else { return false };
        let fits = self.flight.len() < self.limits.window_requests
            && self.flight.bytes().saturating_add(len) <= self.limits.window_bytes;
        fits || self.flight.is_empty()
    }

    fn note_sent(&mut self, now: Instant, bytes: usize) {
        self.stats.bytes_sent = self.stats.bytes_sent.saturating_add(bytes as u64);
        if let Link::Up(up) = &mut self.link {
            up.sent = now;
            if up.ping == Ping::Sent || !self.flight.is_empty() {
                up.waiting.get_or_insert(now);
            }
            if !self.flight.is_empty() {
                up.unanswered.get_or_insert(now);
            }
        }
    }
}

/// Appends a whole request that has been checked, by the server's paths. An invalid path in it
/// is sent as it is: the server knows it, since it has a watch there.
pub(super) fn put_request(out: &mut Vec<u8>, xid: i32, request: &impl Request) {
    let encoded: Result<(), Misuse> = put_frame(out, |out| {
        RequestHeader { xid, op: request.op() }.encode(out);
        request.encode(&mut Encoder::new(out, &Chroot::root(), false))
    });
    debug_assert_eq!(encoded, Ok(()), "a request of the session's own is valid");
}

/// Gives the request at the end of `out` another xid.
fn rename(out: &mut [u8], len: u32, xid: i32) -> i32 {
    let start = out.len().saturating_sub(len as usize).saturating_add(4);
    if let Some(field) = out.get_mut(start..).and_then(<[u8]>::first_chunk_mut::<4>) {
        *field = xid.to_be_bytes();
    }
    xid
}
