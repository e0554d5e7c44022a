//! One connection's TLS: plaintext on one side, records on the other.

use std::io::{BufRead, Write};

use rustls::ClientConnection;
use zk_proto::wire::{Inbox, Outbox};

use super::Tls;
use super::explain::{NO_TLS, WANTS_CERTIFICATE, explain};

/// How much is encrypted at a time; the longest plaintext of a record.
const RECORD: usize = 16 << 10;
/// How much is encrypted before the adapter has to write it.
const BATCH: usize = 64 << 10;

/// One connection's TLS.
///
/// What it holds is bounded. Of what comes, there is at most a record that is not whole (18 KiB;
/// 64 KiB while certificates come), and what the session cannot read yet, which is a part of one
/// frame. Of what goes, there is what the session handed out at once and was not encrypted yet: not
/// more than without TLS. Its ciphertext goes to the adapter's outbox by 64 KiB.
pub(crate) struct Stream {
    connection: ClientConnection,
    tls: Tls,
    /// What came, decrypted.
    inbox: Inbox,
    /// What is to go, not encrypted.
    outbox: Outbox,
    progress: Progress,
}

/// How far the connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// Nothing came.
    Silent,
    /// Something came, but no plaintext.
    Greeted,
    /// Plaintext came.
    Heard,
}

impl Stream {
    pub(super) fn new(mut connection: ClientConnection, tls: Tls) -> Self {
        connection.set_buffer_limit(None); // the limit is ours
        let (inbox, outbox) = (Inbox::default(), Outbox::default());
        Self { connection, tls, inbox, outbox, progress: Progress::Silent }
    }

    /// Whether plaintext can be sent.
    pub(crate) fn is_ready(&self) -> bool {
        !self.connection.is_handshaking()
    }

    /// Takes what came out of `ciphertext`. If it fails, there may be plaintext still.
    pub(crate) fn receive(&mut self, ciphertext: &mut Inbox) -> Result<(), String> {
        let mut bytes = ciphertext.pending();
        let mut result = Ok(());
        while result.is_ok() && !bytes.is_empty() {
            match self.connection.read_tls(&mut bytes) {
                Ok(0) => break, // after its end
                Ok(_) => result = self.process(),
                Err(error) => result = Err(format!("TLS failed: {error}")),
            }
        }
        ciphertext.discard();
        result
    }

    /// Decrypts what was read.
    fn process(&mut self) -> Result<(), String> {
        let result = self.connection.process_new_packets();
        let mut reader = self.connection.reader();
        while let Ok(plaintext) = reader.fill_buf() {
            if plaintext.is_empty() {
                break;
            }
            self.progress = Progress::Heard;
            let space = self.inbox.space();
            let count = plaintext.len().min(space.len());
            let (Some(space), Some(plaintext)) = (space.get_mut(..count), plaintext.get(..count))
            else {
                break;
            };
            space.copy_from_slice(plaintext);
            self.inbox.commit(count);
            reader.consume(count);
        }
        match result {
            Ok(_) => {
                self.progress = self.progress.after_a_record();
                Ok(())
            }
            Err(error) => Err(explain(&error, self.lacks_certificate())),
        }
    }

    /// What came, decrypted.
    pub(crate) fn inbox(&mut self) -> &mut Inbox {
        &mut self.inbox
    }

    /// What is to go, not encrypted.
    pub(crate) fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// Whether more plaintext could be taken, now that `out` has that much.
    pub(super) fn has_room(&self, out: &Outbox) -> bool {
        self.is_ready() && self.outbox.is_empty() && out.pending().len() < BATCH
    }

    /// Whether [`transmit`](Self::transmit) has something.
    pub(crate) fn wants_transmit(&self) -> bool {
        self.connection.wants_write() || (self.is_ready() && !self.outbox.is_empty())
    }

    /// Appends ciphertext to `out`, until that has a batch.
    pub(crate) fn transmit(&mut self, out: &mut Outbox) {
        self.flush(out);
        while self.is_ready() && !self.outbox.is_empty() && out.pending().len() < BATCH {
            let plaintext = self.outbox.pending();
            let plaintext = plaintext.get(..RECORD).unwrap_or(plaintext);
            // After a failure it takes nothing any more; the session has been told.
            let Ok(count @ 1..) = self.connection.writer().write(plaintext) else {
                return self.outbox.clear();
            };
            self.outbox.consume(count);
            self.flush(out);
        }
    }

    /// Says goodbye, unless it failed; what was to go is forgotten.
    pub(crate) fn leave(&mut self, out: &mut Outbox) {
        self.outbox.clear();
        self.connection.send_close_notify();
        self.flush(out);
    }

    fn flush(&mut self, out: &mut Outbox) {
        while self.connection.wants_write() {
            if !matches!(self.connection.write_tls(out.buffer()), Ok(1..)) {
                return;
            }
        }
    }

    /// Whether the server has said that nothing more will come.
    pub(crate) fn is_at_end(&mut self) -> bool {
        // Without anything to read, an end is all that can be read without an error.
        matches!(self.connection.reader().fill_buf(), Ok([]))
    }

    /// Why the connection may have ended, where its end says little.
    pub(crate) fn explain_end(&self, why: &str) -> String {
        match self.progress {
            Progress::Silent => {
                format!("closed during the TLS handshake: {why}, perhaps {NO_TLS}")
            }
            Progress::Greeted if !self.is_ready() => {
                format!("closed during the TLS handshake: {why}{}", self.hint())
            }
            Progress::Greeted => format!("{why}{}", self.hint()),
            Progress::Heard => why.into(),
        }
    }

    /// Some servers leave without a word when they do not like who comes.
    fn hint(&self) -> String {
        if self.lacks_certificate() {
            format!(", perhaps {WANTS_CERTIFICATE}")
        } else {
            String::new()
        }
    }

    fn lacks_certificate(&self) -> bool {
        self.tls.lacks_certificate()
    }
}

impl Progress {
    fn after_a_record(self) -> Self {
        match self {
            Self::Silent | Self::Greeted => Self::Greeted,
            Self::Heard => Self::Heard,
        }
    }
}
