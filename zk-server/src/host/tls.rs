//! TLS over a socket that does not block.
//!
//! What waits in between is bounded: rustls takes 64 KiB to be written, and reads on only when what
//! it has decrypted, 16 KiB at most, was taken.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;

use mio::net::TcpStream;
use rustls::{ServerConfig, ServerConnection};

use super::subject;
use crate::tree::Identity;

pub(super) struct TlsStream {
    socket: TcpStream,
    tls: ServerConnection,
    client: Client,
}

/// Whether it was asked for who the client is.
enum Client {
    NotAskedFor,
    AskedFor,
}

impl TlsStream {
    pub(super) fn new(socket: TcpStream, config: Arc<ServerConfig>) -> io::Result<Self> {
        let tls = ServerConnection::new(config).map_err(io::Error::other)?;
        Ok(Self { socket, tls, client: Client::NotAskedFor })
    }

    /// As [`Stream::read`](super::stream::Stream::read).
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.tls.reader().read(buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            read => return read,
        }
        self.tls.read_tls(&mut self.socket)?;
        if let Err(error) = self.tls.process_new_packets() {
            // What was wrong is told to the client.
            let _ = self.flush();
            return Err(io::Error::new(ErrorKind::InvalidData, error));
        }
        match self.flush() {
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
            Ok(()) | Err(_) => {} // the rest when there is room
        }
        match self.tls.reader().read(buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                Err(ErrorKind::Interrupted.into())
            }
            read => read,
        }
    }

    /// As [`Stream::write`](super::stream::Stream::write).
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.flush()?;
        self.tls.writer().write(bytes)
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        while self.tls.wants_write() {
            if self.tls.write_tls(&mut self.socket)? == 0 {
                return Err(ErrorKind::WriteZero.into());
            }
        }
        Ok(())
    }

    /// Says that nothing more comes. What follows concerns the socket.
    pub(super) fn end(&mut self) -> &TcpStream {
        self.tls.send_close_notify();
        let _ = self.flush();
        &self.socket
    }

    /// The subject of the certificate that the client has shown (`X509AuthenticationProvider`);
    /// what it has said was read before, so the handshake is done.
    pub(super) fn take_identity(&mut self) -> Option<Identity> {
        match std::mem::replace(&mut self.client, Client::AskedFor) {
            Client::AskedFor => None,
            Client::NotAskedFor => {
                let subject = subject::of(self.tls.peer_certificates()?.first()?)?;
                Some(Identity { scheme: Identity::X509, id: subject.into() })
            }
        }
    }
}
