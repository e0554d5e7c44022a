//! Who somebody is, and may do.

use std::collections::BTreeMap;

use zk_proto::digest_md5::DigestMd5;
use zk_proto::{
    Acl, Auth, Create, ErrorCode, GetAcl, GetData, Host, Mechanism, Permissions, Reconfig, Sasl,
    Step, WhoAmI, digest,
};
use zk_server::Config;

use crate::world::{Line, World, code};

fn with_users(require_sasl: bool) -> World {
    let sasl_users = BTreeMap::from([("bob".into(), "secret".into())]);
    World::new(Config { sasl_users, require_sasl, ..Config::default() })
}

/// Logs in as far as it goes.
#[expect(clippy::unwrap_in_result, reason = "a test that cannot go on fails")]
fn log_in(world: &mut World, line: &mut Line, password: &str) -> Option<ErrorCode> {
    let mut client = DigestMd5::new("bob", password, [3; 16]);
    let mut token = client.start(&Host::new("zk1", 2181)).unwrap();
    loop {
        match world.ask(line, Sasl(Some(&token))) {
            Err(error) => return error.code(),
            Ok(challenge) => match client.step(&challenge.unwrap()).unwrap() {
                Step::Token(next) => token = next,
                Step::Complete => return None,
                Step::Last(_) => panic!("the last message is the server's"),
            },
        }
    }
}

#[test]
fn a_user_of_sasl_proves_the_password_and_is_somebody() {
    let mut world = with_users(false);
    let (mut line, _) = world.connect(0);
    assert_eq!(log_in(&mut world, &mut line, "secret"), None);
    let who = world.ask(&mut line, WhoAmI).unwrap();
    assert!(who.iter().any(|one| one.scheme == "sasl" && one.user == "bob"));
    let own = vec![Acl::new(Permissions::ALL, "sasl", "bob")];
    world.ask(&mut line, Create::new("/a", "").acl(own)).unwrap();
    let (mut other, _) = world.connect(0);
    assert_eq!(code(world.ask(&mut other, GetData::new("/a"))), Some(ErrorCode::NoAuth));
    world.ask(&mut line, GetData::new("/a")).unwrap();
}

#[test]
fn a_wrong_password_of_sasl_ends_the_connection() {
    let mut world = with_users(false);
    let (mut line, _) = world.connect(0);
    assert_eq!(log_in(&mut world, &mut line, "guess"), Some(ErrorCode::AuthFailed));
    assert!(!world.is_open(&line));
}

#[test]
fn where_sasl_is_required_nothing_else_is_answered_before() {
    let mut world = with_users(true);
    let (mut line, _) = world.connect(0);
    let refused = world.ask(&mut line, GetData::new("/"));
    assert_eq!(code(refused), Some(ErrorCode::SessionClosedRequireSaslAuth));
    assert!(!world.is_open(&line));
    let (mut line, _) = world.connect(0);
    assert_eq!(log_in(&mut world, &mut line, "secret"), None);
    world.ask(&mut line, GetData::new("/")).unwrap();
}

#[test]
fn without_users_sasl_is_answered_by_no_token() {
    let mut world = World::ensemble(1);
    let (mut line, _) = world.connect(0);
    assert_eq!(world.ask(&mut line, Sasl(Some(b""))).unwrap(), None);
    assert!(world.is_open(&line));
}

#[test]
fn the_super_user_may_do_everything() {
    let super_user = Some(digest::identity("admin", "secret"));
    let mut world = World::new(Config { super_user, ..Config::default() });
    let (mut line, _) = world.connect(0);
    world.engine.create(world.now, &Create::new("/a", "").acl(Acl::READ)).unwrap();
    assert_eq!(code(world.ask(&mut line, Create::new("/a/b", ""))), Some(ErrorCode::NoAuth));
    world.ask(&mut line, Auth::new("digest", b"admin:secret")).unwrap();
    world.ask(&mut line, Create::new("/a/b", "")).unwrap();
}

#[test]
fn hashes_are_shown_to_administrators_only() {
    let mut world = World::ensemble(1);
    let hash = digest::identity("u", "p");
    let acl =
        vec![Acl::anyone(Permissions::READ), Acl::new(Permissions::ADMIN, "digest", hash.clone())];
    world.engine.create(world.now, &Create::new("/a", "").acl(acl)).unwrap();
    let (mut line, _) = world.connect(0);
    let seen = world.ask(&mut line, GetAcl::new("/a")).unwrap();
    assert_eq!(seen.acl[1].id, "u:x");
    world.ask(&mut line, Auth::new("digest", b"u:p")).unwrap();
    let seen = world.ask(&mut line, GetAcl::new("/a")).unwrap();
    assert_eq!(seen.acl[1].id, hash);
}

#[test]
fn who_the_members_are_is_for_the_super_user_to_change() {
    let super_user = Some(digest::identity("super", "test"));
    let addresses = (1..4).map(|port| ([127, 0, 0, 1], port).into()).collect();
    let config = Config { members: 3, reconfig: true, super_user, addresses, ..Config::default() };
    let mut world = World::new(config);
    let (mut line, _) = world.connect(0);
    let joining = "server.9=127.0.0.1:20:30;2181";
    let refused = world.ask(&mut line, Reconfig::joining(joining));
    assert_eq!(code(refused), Some(ErrorCode::NoAuth));
    world.ask(&mut line, Auth::new("digest", b"super:test")).unwrap();
    let stale = world.ask(&mut line, Reconfig::joining(joining).version(7));
    assert_eq!(code(stale), Some(ErrorCode::BadVersion));
    let garbage = world.ask(&mut line, Reconfig::joining("garbage"));
    assert_eq!(code(garbage), Some(ErrorCode::BadArguments));
    let node = world.ask(&mut line, Reconfig::joining(joining)).unwrap();
    let config = zk_proto::EnsembleConfig::parse(&node.data);
    assert_eq!(config.members.iter().map(|member| member.id).collect::<Vec<_>>(), [1, 2, 3, 9]);
    assert_eq!(config.version, line.zxid);
    let last = world.ask(&mut line, Reconfig::leaving("1,2,3,9"));
    assert_eq!(code(last), Some(ErrorCode::BadArguments));
}
