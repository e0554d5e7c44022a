//! Connections that are made in other ways than by TCP.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::io::{copy_bidirectional, duplex};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use zk_tokio::{Client, Connector, ErrorKind, Host, Pending, Stream, Target};

use crate::server;
use crate::support::story;

/// A pipe in memory that hardly holds anything, to the server.
#[derive(Debug)]
struct Pipe;

impl Connector for Pipe {
    fn connect<'a>(&'a self, target: &'a Target) -> Pending<'a, Box<dyn Stream>> {
        Box::pin(async {
            let (near, mut far) = duplex(7);
            let mut server = TcpStream::connect(target.address).await?;
            tokio::spawn(async move { copy_bidirectional(&mut far, &mut server).await });
            Ok(Box::new(near) as Box<dyn Stream>)
        })
    }
}

#[test]
fn a_session_runs_over_a_pipe_however_narrow() {
    story(async {
        let builder = Client::builder().connector(Pipe);
        let zk = builder.connect(&server().connect_string()).await.unwrap();
        let data = vec![1; 10_000];
        zk.create("/pipe", &data).await.unwrap();
        let replies: Vec<_> = (0..20).map(|_| zk.get("/pipe")).collect();
        for reply in replies {
            assert!(reply.await.unwrap().data == data);
        }
        zk.close().await.unwrap();
    });
}

/// A socket in the file system.
#[derive(Debug)]
struct Unix(PathBuf);

impl Connector for Unix {
    fn connect<'a>(&'a self, _: &'a Target) -> Pending<'a, Box<dyn Stream>> {
        Box::pin(async { Ok(Box::new(UnixStream::connect(&self.0).await?) as Box<dyn Stream>) })
    }
}

#[test]
fn a_session_runs_over_a_unix_socket() {
    story(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("zookeeper.sock");
        let listener = UnixListener::bind(&path).unwrap();
        tokio::spawn(async move {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut server = TcpStream::connect(server().address()).await.unwrap();
            copy_bidirectional(&mut client, &mut server).await
        });
        let zk = Client::builder().connector(Unix(path)).connect("127.0.0.1").await.unwrap();
        assert!(zk.exists("/zookeeper").await.unwrap().is_some());
        zk.close().await.unwrap();
    });
}

/// Knows names that nobody else does.
#[derive(Debug)]
struct Names;

impl Connector for Names {
    fn connect<'a>(&'a self, target: &'a Target) -> Pending<'a, Box<dyn Stream>> {
        Box::pin(async { Ok(Box::new(TcpStream::connect(target.address).await?) as _) })
    }

    fn resolve<'a>(&'a self, host: &'a Host) -> Pending<'a, Vec<SocketAddr>> {
        Box::pin(async {
            match &*host.name {
                "zoo.invalid" => Ok(vec![server().address()]),
                _ => Err(io::Error::other("never heard of it")),
            }
        })
    }
}

#[test]
fn names_can_be_looked_up_in_another_way() {
    story(async {
        let zk = Client::builder().connector(Names).connect("zoo.invalid:1").await.unwrap();
        let target = zk.server().unwrap();
        assert_eq!((&*target.host.name, target.address), ("zoo.invalid", server().address()));

        let builder = Client::builder().connector(Names).connect_timeout(SOON);
        let error = builder.connect("who.invalid:1").await.unwrap_err();
        let text = "no server could be reached: who.invalid:1: never heard of it";
        assert_eq!(error.to_string(), text);
    });
}

const SOON: std::time::Duration = std::time::Duration::from_millis(300);

/// Falls over.
#[derive(Debug)]
struct Broken;

impl Connector for Broken {
    fn connect<'a>(&'a self, _: &'a Target) -> Pending<'a, Box<dyn Stream>> {
        Box::pin(async { Err(io::Error::other("the cable is cut")) })
    }
}

#[test]
fn what_a_connector_says_is_told() {
    story(async {
        let builder = Client::builder().connector(Broken).connect_timeout(SOON);
        let error = builder.connect("127.0.0.1:1,127.0.0.2:2").await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unreachable(_)));
        let text = error.to_string();
        assert!(text.contains("127.0.0.1:1: the cable is cut"), "{text}");
        assert!(text.contains("127.0.0.2:2: the cable is cut"), "{text}");
    });
}
