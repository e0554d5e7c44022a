//! A server that is started, steered and stopped.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;

use tokio::time::timeout;
use zk_server::Server;
use zk_tokio::{Acl, Client, Create, ErrorCode, State};

use crate::{LIMIT, QUIET, becomes, connect, story};

#[test]
fn it_serves_from_the_start_and_is_gone_when_dropped() {
    let server = Server::start().unwrap();
    let address = server.address();
    assert!(address.ip().is_loopback());
    assert_eq!(server.connect_string(), address.to_string());
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    assert!(server.wait_until(LIMIT, |engine| engine.connections() == 1));
    drop(server);
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    assert_eq!(TcpStream::connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn two_servers_know_nothing_of_one_another() {
    story(async {
        let (first, second) = (Server::start().unwrap(), Server::start().unwrap());
        let zk = connect(&first.connect_string()).await;
        zk.create("/a", "").await.unwrap();
        let other = connect(&second.connect_string()).await;
        assert_eq!(other.exists("/a").await.unwrap(), None);
        assert_ne!(zk.session_id(), other.session_id());
    });
}

#[test]
fn an_address_in_use_is_told() {
    let server = Server::start().unwrap();
    let second = Server::builder().listen(server.address()).start();
    assert_eq!(second.unwrap_err().kind(), ErrorKind::AddrInUse);
}

#[test]
fn a_test_can_create_nodes_without_a_client() {
    story(async {
        let server = Server::start().unwrap();
        server.create(&Create::new("/a", "there").acl(Acl::READ)).unwrap();
        let again = server.create(&Create::new("/a", ""));
        assert_eq!(again, Err(ErrorCode::NodeExists));
        let zk = connect(&server.connect_string()).await;
        assert_eq!(zk.get("/a").await.unwrap().data, "there");
        assert_eq!(zk.set("/a", "").await.unwrap_err().code(), Some(ErrorCode::NoAuth));
    });
}

#[test]
fn what_it_knows_can_be_looked_at() {
    story(async {
        let server = Server::start().unwrap();
        let zk = connect(&server.connect_string()).await;
        zk.create("/a", "x").await.unwrap();
        let sessions = server.sessions();
        assert_eq!(sessions.len(), 1);
        assert_eq!((sessions[0].id, sessions[0].timeout), (zk.session_id(), zk.session_timeout()));
        assert_eq!(server.connections(), 1);
        let stat = zk.exists("/a").await.unwrap().unwrap();
        assert_eq!(server.last_zxid(), stat.czxid);
        let data = server.inspect(|engine| engine.tree().node("/a").and_then(|node| node.data()));
        assert_eq!(data.as_deref(), Some(&b"x"[..]));
        zk.close().await.unwrap();
        assert!(server.wait_until(LIMIT, |engine| engine.connections() == 0));
        assert!(server.sessions().is_empty());
    });
}

#[test]
#[should_panic(expected = "must not call a server")]
fn a_look_that_calls_the_server_fails_instead_of_waiting_for_ever() {
    let server = Server::start().unwrap();
    server.inspect(|_| server.connections());
}

#[test]
fn stopped_it_keeps_nodes_and_sessions_for_its_restart() {
    story(async {
        let server = Server::start().unwrap();
        let zk = connect(&server.connect_string()).await;
        let mut states = zk.states();
        zk.call(Create::new("/ephemeral", "x").ephemeral()).await.unwrap();
        server.stop();
        becomes(&mut states, State::Suspended).await;
        let refused = TcpStream::connect(server.address()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        server.restart().unwrap();
        becomes(&mut states, State::Connected).await;
        assert_eq!(zk.ephemerals("/").await.unwrap(), ["/ephemeral"]);
    });
}

#[test]
fn stopped_and_restarted_twice_it_is_as_after_once() {
    story(async {
        let server = Server::start().unwrap();
        server.restart().unwrap();
        server.stop();
        server.stop();
        server.restart().unwrap();
        server.restart().unwrap();
        connect(&server.connect_string()).await.create("/a", "").await.unwrap();
    });
}

#[test]
fn frozen_it_answers_nobody_until_it_is_thawed() {
    story(async {
        let server = Server::start().unwrap();
        let zk = connect(&server.connect_string()).await;
        server.freeze();
        let mut reply = zk.create("/a", "");
        let (servers, newcomer) = (server.connect_string(), TcpStream::connect(server.address()));
        newcomer.unwrap();
        let mut late = tokio::spawn(async move { connect(&servers).await });
        assert!(timeout(QUIET, &mut reply).await.is_err());
        assert!(timeout(QUIET, &mut late).await.is_err());
        assert!(server.inspect(|engine| engine.tree().node("/a").is_none()));
        server.thaw();
        assert_eq!(reply.await.unwrap(), "/a");
        late.await.unwrap().get("/a").await.unwrap();
    });
}

#[test]
fn clients_whose_connections_are_dropped_come_back_with_their_sessions() {
    story(async {
        let server = Server::start().unwrap();
        let zk = connect(&server.connect_string()).await;
        let (mut states, session) = (zk.states(), zk.session_id());
        server.drop_connections();
        becomes(&mut states, State::Suspended).await;
        becomes(&mut states, State::Connected).await;
        assert_eq!(zk.session_id(), session);
        zk.create("/a", "").await.unwrap();
    });
}

#[test]
fn an_expired_session_takes_its_ephemeral_nodes_along() {
    story(async {
        let server = Server::start().unwrap();
        let zk = connect(&server.connect_string()).await;
        let observer = connect(&server.connect_string()).await;
        zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
        let (_, mut gone) = observer.exists_and_watch("/ephemeral").await.unwrap();
        let mut states = zk.states();
        assert!(server.expire_session(zk.session_id()));
        becomes(&mut states, State::Expired).await;
        assert_eq!(gone.next().await.unwrap().path, "/ephemeral");
        assert!(!server.expire_session(zk.session_id()));
        assert_eq!(server.sessions().len(), 1);
    });
}

#[test]
fn forgotten_sessions_cannot_be_resumed() {
    story(async {
        let server = Server::start().unwrap();
        let zk = connect(&server.connect_string()).await;
        zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
        zk.create("/kept", "").await.unwrap();
        let mut states = zk.states();
        server.forget_sessions();
        becomes(&mut states, State::Expired).await;
        let zk = connect(&server.connect_string()).await;
        assert_eq!(zk.exists("/ephemeral").await.unwrap(), None);
        zk.get("/kept").await.unwrap();
    });
}

#[test]
fn read_only_it_refuses_to_write() {
    story(async {
        let server = Server::start().unwrap();
        server.create(&Create::new("/a", "x")).unwrap();
        server.set_read_only(true);
        let builder = Client::builder().read_only(true);
        let zk = builder.connect(&server.connect_string()).await.unwrap();
        let mut states = zk.states();
        assert_eq!(states.next().await, Some(State::ConnectedReadOnly));
        assert_eq!(zk.get("/a").await.unwrap().data, "x");
        let refused = zk.set("/a", "y").await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::NotReadOnly));
        server.set_read_only(false);
        becomes(&mut states, State::Connected).await;
        zk.set("/a", "y").await.unwrap();
    });
}
