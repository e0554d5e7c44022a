//! The bytes of a connection: as they are, or in TLS.

use std::io::{self, Read, Write};
use std::net::Shutdown;
#[cfg(feature = "tls")]
use std::sync::Arc;

use mio::net::TcpStream;

#[cfg(feature = "tls")]
use super::tls::TlsStream;
use crate::tree::Identity;

/// How clients speak at an entrance.
#[derive(Clone, Debug)]
pub(crate) enum Protocol {
    Plain,
    #[cfg(feature = "tls")]
    Tls(Arc<rustls::ServerConfig>),
}

/// A connection, whose socket does not block.
pub(super) enum Stream {
    Plain(TcpStream),
    #[cfg(feature = "tls")]
    Tls(Box<TlsStream>),
}

impl Protocol {
    pub(super) fn begin(&self, socket: TcpStream) -> io::Result<Stream> {
        match self {
            Self::Plain => Ok(Stream::Plain(socket)),
            #[cfg(feature = "tls")]
            Self::Tls(config) => Ok(Stream::Tls(TlsStream::new(socket, config.clone())?.into())),
        }
    }
}

impl Stream {
    /// Reads what the client said. [`Interrupted`](io::ErrorKind::Interrupted): something came,
    /// but nothing that the client said; there may be more.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.read(buffer),
        }
    }

    /// Takes some of these bytes; the last of them may wait for [`flush`](Self::flush).
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    /// Hands what was written to the system.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.flush(),
        }
    }

    /// Tells the client that nothing more comes, after what was written.
    pub(super) fn end(&mut self) {
        let socket = match self {
            Self::Plain(socket) => socket,
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.end(),
        };
        let _ = socket.shutdown(Shutdown::Write);
    }

    /// Who the client has shown to be; once, after something was read.
    pub(super) fn take_identity(&mut self) -> Option<Identity> {
        match self {
            Self::Plain(_) => None,
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.take_identity(),
        }
    }
}
