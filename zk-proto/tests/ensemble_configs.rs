//! The configuration of an ensemble, as its members write it (`QuorumPeer.QuorumServer.toString`).

use zk_proto::{EnsembleConfig, Member};

#[test]
fn three_members_and_an_observer() {
    let config = EnsembleConfig::parse(
        b"server.1=zk1:2888:3888:participant;0.0.0.0:2181\n\
          server.2=zk2:2888:3888:participant;0.0.0.0:2182\n\
          server.3=zk3:2888:3888:participant;10.0.0.3:2181\n\
          server.4=zk4:2888:3888:observer;2181\n\
          version=10000000a",
    );
    assert_eq!(config.version, 0x1_0000_000a);
    assert_eq!(hosts(&config), ["zk1:2181", "zk2:2182", "10.0.0.3:2181", "zk4:2181"]);
    let of = |what: fn(&Member) -> u64| config.members.iter().map(what).collect::<Vec<_>>();
    assert_eq!(of(|member| member.id), [1, 2, 3, 4]);
    assert_eq!(of(|member| member.is_observer.into()), [0, 0, 0, 1]);
}

#[test]
fn where_a_member_serves_clients() {
    for (member, host) in [
        ("zk1:2888:3888:participant;2181", "zk1:2181"),
        ("zk1:2888:3888;2181", "zk1:2181"),
        ("zk1:2888:3888:participant;zk1.example.org:2181", "zk1.example.org:2181"),
        ("zk1:2888:3888:participant;0.0.0.0:2181", "zk1:2181"),
        ("zk1:2888:3888:participant;[::]:2181", "zk1:2181"),
        ("zk1:2888:3888:participant;[0:0:0:0:0:0:0:0]:2181", "zk1:2181"),
        ("[2001:db8::1]:2888:3888:participant;[2001:db8::1]:2181", "[2001:db8::1]:2181"),
        ("[2001:db8::1]:2888:3888:participant;0.0.0.0:2181", "[2001:db8::1]:2181"),
        ("[2001:db8::1]:2888:3888:participant;2181", "[2001:db8::1]:2181"),
        ("zk1:2888:3888|zk1-b:2889:3889:participant;0.0.0.0:2181", "zk1:2181"),
        ("[::1]:2888:3888|zk1-b:2889:3889:observer;2181", "[::1]:2181"),
    ] {
        let config = EnsembleConfig::parse(format!("server.7={member}\nversion=0").as_bytes());
        assert_eq!(hosts(&config), [host], "{member}");
    }
}

#[test]
fn a_member_of_whom_the_configuration_does_not_say_where_it_serves_clients() {
    for member in [
        "zk1:2888:3888:participant",
        "zk1:2888:3888:participant;",
        "zk1:2888:3888:participant;0",
        "zk1:2888:3888:participant;+2181",
        "zk1:2888:3888:participant;65536",
        "zk1:2888:3888:participant;zk1:port",
        ":2888:3888:participant;2181",
        ";2181",
        "",
    ] {
        let config = EnsembleConfig::parse(format!("server.7={member}").as_bytes());
        assert_eq!((config.members.len(), hosts(&config).len()), (1, 0), "{member}");
    }
}

#[test]
fn an_observer_with_two_addresses() {
    let config = EnsembleConfig::parse(b"server.1=a:1:2|b:1:2:observer;2181");
    assert!(config.members[0].is_observer);
}

#[test]
fn lines_that_say_nothing_of_members_are_passed_over() {
    let config = EnsembleConfig::parse(
        b"\n# comment\nserver.x=zk:1:2;3\nservers.1=zk:1:2;3\nserver1=zk:1:2;3\n\xff\xfe=\n\
          group.1=1:2\nno equals sign\n  server.5=zk5:1:2:participant;2181  \r\nversion=ff\r\n",
    );
    assert_eq!(hosts(&config), ["zk5:2181"]);
    assert_eq!(config.version, 0xff);
}

#[test]
fn a_server_that_stands_alone_has_no_configuration() {
    assert_eq!(EnsembleConfig::parse(b""), EnsembleConfig::default());
}

#[test]
fn a_version_that_is_no_number_counts_as_none() {
    for version in ["", "xyz", "10000000000000000"] {
        let config = EnsembleConfig::parse(format!("version={version}").as_bytes());
        assert_eq!(config.version, 0, "{version}");
    }
}

fn hosts(config: &EnsembleConfig) -> Vec<String> {
    config.hosts().map(ToString::to_string).collect()
}
