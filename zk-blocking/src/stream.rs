//! A connection.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::io::{Errno, ioctl_fionbio};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, send, shutdown};

/// A connection: a socket for bytes both ways, such as a [`TcpStream`](std::net::TcpStream) or a
/// [`UnixStream`](std::os::unix::net::UnixStream).
#[derive(Debug)]
pub struct Stream(OwnedFd);

impl<S: Into<OwnedFd>> From<S> for Stream {
    fn from(socket: S) -> Self {
        Self(socket.into())
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Where a signal cannot be called off here, the socket has it called off by itself.
#[cfg(target_vendor = "apple")]
const SEND: SendFlags = SendFlags::DONTWAIT;
#[cfg(not(target_vendor = "apple"))]
const SEND: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);

impl Stream {
    /// Writes as much as there is room for, without waiting.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<usize, Errno> {
        send(self, bytes, SEND)
    }

    /// Reads; waits for that as long as [`set_read_timeout`](Self::set_read_timeout) said.
    pub(crate) fn read(&self, space: &mut [u8]) -> Result<usize, Errno> {
        recv(self, space, RecvFlags::empty()).map(|(_, count)| count)
    }

    /// Reads what is there.
    pub(crate) fn read_now(&self, space: &mut [u8]) -> Result<usize, Errno> {
        recv(self, space, RecvFlags::DONTWAIT).map(|(_, count)| count)
    }

    pub(crate) fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        Ok(set_socket_timeout(self, Timeout::Recv, Some(timeout))?)
    }

    /// Lets reads wait, for as long as it takes.
    pub(crate) fn set_blocking(&self) -> io::Result<()> {
        ioctl_fionbio(self, false)?;
        Ok(set_socket_timeout(self, Timeout::Recv, None)?)
    }

    /// Ends whoever reads or writes.
    pub(crate) fn shutdown(&self) {
        let _ = shutdown(self, Shutdown::Both);
    }
}
