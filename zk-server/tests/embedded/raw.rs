//! A client that says exactly what it is told to.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};

use zk_proto::wire::{Reader, put_frame};
use zk_proto::{
    Chroot, ConnectRequest, ConnectResponse, Encoder, Record, ReplyHeader, Request, RequestHeader,
};
use zk_server::Server;

use crate::LIMIT;

pub(crate) struct Raw<S = TcpStream>(S);

impl Raw {
    pub(crate) fn connect(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        Self(stream)
    }

    /// With a session of 40 s.
    pub(crate) fn open(server: &Server) -> Self {
        let mut raw = Self::connect(server);
        raw.open_session();
        raw
    }

    /// Says this again and again without listening, until the server does not listen either: how
    /// many bytes it has taken by then.
    pub(crate) fn say_until_nobody_listens(&mut self, bytes: &[u8]) -> usize {
        self.0.set_write_timeout(Some(crate::QUIET * 4)).unwrap();
        let mut taken = 0;
        loop {
            match self.0.write(bytes) {
                Ok(count) => taken += count,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::WouldBlock);
                    return taken;
                }
            }
        }
    }

    /// Will say nothing more.
    pub(crate) fn fall_silent(&mut self) {
        self.0.shutdown(Shutdown::Write).unwrap();
    }
}

impl<S: Read + Write> Raw<S> {
    pub(crate) fn over(stream: S) -> Self {
        Self(stream)
    }

    /// Of 40 s.
    pub(crate) fn open_session(&mut self) {
        let greeting = ConnectRequest {
            protocol_version: 0,
            last_zxid_seen: 0,
            timeout: 40_000,
            session_id: 0,
            password: vec![0; 16],
            read_only: Some(false),
        };
        let mut frame = Vec::new();
        put_frame(&mut frame, |out| greeting.encode(out));
        self.say(&frame);
        let response = ConnectResponse::decode(&mut Reader::new(&self.hear())).unwrap();
        assert_eq!(response.timeout, 40_000);
    }

    pub(crate) fn say(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    /// The next frame, without its length.
    pub(crate) fn hear(&mut self) -> Vec<u8> {
        let mut length = [0; 4];
        self.0.read_exact(&mut length).unwrap();
        let mut frame = vec![0; u32::from_be_bytes(length).try_into().unwrap()];
        self.0.read_exact(&mut frame).unwrap();
        frame
    }

    pub(crate) fn hear_header(&mut self) -> ReplyHeader {
        ReplyHeader::decode(&mut Reader::new(&self.hear())).unwrap()
    }

    /// All that comes until the server closes the connection.
    pub(crate) fn hear_all(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        self.0.read_to_end(&mut all).unwrap();
        all
    }

    /// Waits until reading fails.
    #[cfg(feature = "tls")]
    pub(crate) fn hear_nothing(&mut self) -> std::io::Error {
        self.0.read_exact(&mut [0]).unwrap_err()
    }

    /// Waits until the server has closed the connection, whatever it says before that.
    pub(crate) fn ends(&mut self) {
        let mut buffer = [0; 65536];
        loop {
            match self.0.read(&mut buffer) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                    return;
                }
            }
        }
    }
}

/// The frame of a request.
pub(crate) fn frame(request: &impl Request) -> Vec<u8> {
    let mut frame = Vec::new();
    put_frame(&mut frame, |out| {
        RequestHeader { xid: 1, op: request.op() }.encode(out);
        request.encode(&mut Encoder::new(out, &Chroot::root(), false)).unwrap();
    });
    frame
}
