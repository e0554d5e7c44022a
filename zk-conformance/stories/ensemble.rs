//! What a session does when it has several servers, and loses some.

use zk_conformance::Members;

use crate::support::{
    Life, Verdicts, builder, change, create_many, is_refused, next,
};
use crate::zk::ChangeKind::{DataChanged, Deleted, Resync};
use crate::zk::{Client, Create, ErrorCode, ErrorKind, Fault, State, WatchMode};

/// A session that knows all servers and is connected to this one.
async fn connect_to(members: &Members, member: usize) -> Client {
    let address = members.address(member);
    for seed in 0.. {
        let builder = builder(members.world()).seed(seed);
        let zk = builder.connect(&members.connect_string()).await.unwrap();
        if zk.server().unwrap().address == address {
            return zk;
        }
    }
    unreachable!("there are enough seeds");
}

pub(crate) async fn a_session_moves_on_with_its_nodes_and_watches(members: Members) {
    let follower = members.ensemble().member(1);
    let zk = connect_to(&members, 1).await;
    let id = zk.session_id();
    zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
    let (_, mut watch) = zk.get_and_watch("/ephemeral").await.unwrap();
    let mut life = Life::of(&zk, State::Connected).await;
    follower.kill();
    life.becomes(State::Suspended).await;
    life.becomes(State::Connected).await;
    assert_eq!(zk.session_id(), id);
    let observer = connect_to(&members, 0).await;
    observer.set("/ephemeral", "written by another").await.unwrap();
    assert_eq!(next(&mut watch).await, change(DataChanged, "/ephemeral"));
    let (_, mut gone) = observer.get_and_watch("/ephemeral").await.unwrap();
    drop((zk, watch));
    assert_eq!(next(&mut gone).await, change(Deleted, "/ephemeral"));
}

pub(crate) async fn each_request_in_flight_has_one_honest_answer(members: Members) {
    let zk = connect_to(&members, 0).await;
    let id = zk.session_id();
    let mut life = Life::of(&zk, State::Connected).await;
    let replies = create_many(&zk, 1_000);
    members.ensemble().member(0).kill();
    life.becomes(State::Suspended).await;
    life.reaches(State::Connected).await;
    let verdicts = Verdicts::of(replies).await;
    assert_eq!(zk.session_id(), id);
    assert_ne!(zk.server().unwrap().address, members.address(0));
    verdicts.are_honest(&connect_to(&members, 1).await).await;
}

pub(crate) async fn a_session_goes_where_its_list_of_servers_says(members: Members) {
    let servers = [0, 1, 2].map(|member| members.address(member));
    let zk = connect_to(&members, 0).await;
    zk.replace_servers(&servers[0].to_string()).unwrap();
    let id = zk.session_id();
    let mut watch = zk.watch("/list", WatchMode::Persistent).await.unwrap();
    let mut life = Life::of(&zk, State::Connected).await;
    for server in [servers[1], servers[2], servers[0]] {
        zk.replace_servers(&server.to_string()).unwrap();
        life.becomes(State::Suspended).await;
        life.becomes(State::Connected).await;
        assert_eq!(zk.server().unwrap().address, server);
        assert_eq!(zk.session_id(), id);
        assert_eq!(next(&mut watch).await.0, Resync);
    }
    // With its own server among them, and no more than before, it stays.
    zk.replace_servers(&servers[0].to_string()).unwrap();
    zk.get("/").await.unwrap();
    assert_eq!(zk.stats().connections, 4);
}

/// Those that cannot write say so when they are asked, each by a connection of its own.
pub(crate) async fn a_session_reads_while_it_cannot_write_and_finds_its_way_back(
    members: Members,
) {
    let ensemble = members.ensemble();
    let servers = members.connect_string();
    let before = builder(members.world()).connect(&servers).await.unwrap();
    before.create_all("/read-only/node", "data").await.unwrap();
    before.close().await.unwrap();
    ensemble.member(0).kill();
    ensemble.member(1).kill();

    let servers_and_root = format!("{servers}/read-only");
    let zk = builder(members.world()).read_only(true).open(&servers_and_root).unwrap();
    let mut life = Life::of(&zk, State::Connecting).await;
    life.becomes(State::ConnectedReadOnly).await;
    let provisional = zk.session_id();
    assert_eq!(zk.get("/node").await.unwrap().data, "data");
    assert!(zk.ticket().is_none(), "there is nothing to resume elsewhere");
    let code = ErrorCode::NotReadOnly;
    let text = "setData /node: not allowed on a read-only server";
    is_refused(zk.set("/node", ""), code, text).await;
    let third = members.address(2).to_string();
    assert_eq!(builder(members.world()).ask(&third, "isro").await.unwrap(), "ro");

    ensemble.member(0).restart().unwrap();
    ensemble.member(1).restart().unwrap();
    life.reaches(State::Connected).await;
    assert_ne!(zk.session_id(), provisional);
    zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
    assert_eq!(zk.set("/node", "written").await.unwrap().version, 1);
}

pub(crate) async fn what_was_in_flight_when_a_session_moves_is_told(members: Members) {
    let ensemble = members.ensemble();
    let zk = connect_to(&members, 0).await;
    ensemble.member(0).freeze();
    let pipeline = crate::support::pipelined(&zk);
    let in_flight = pipeline.sync("/");
    crate::support::wait_until(|| zk.stats().in_flight == 1).await;
    zk.replace_servers(&members.address(1).to_string()).unwrap();
    let error = crate::platform::answer(in_flight).await.unwrap_err();
    let is_moving = matches!(error.kind(), ErrorKind::ConnectionLost { fault: Fault::Moving, .. });
    assert!(is_moving, "{error:?}");
    assert_eq!(zk.exists("/").await.unwrap().map(|stat| stat.czxid), Some(0));
}
