//! Who may do what.

use zk_conformance::World;

use crate::zk::{Acl, Create, Ended, ErrorCode, ErrorKind, Outcome, Permissions, SetAcl, State};

use crate::platform::answer;
use crate::support::{Life, builder, connect, is_refused, pipelined};

pub(crate) async fn a_node_has_the_list_that_it_was_given(world: World) {
    let zk = connect(&world).await;
    zk.create("/open", "").await.unwrap();
    assert_eq!(zk.acl("/open").await.unwrap().acl, Acl::OPEN);
    let acl = vec![
        Acl::anyone(Permissions::READ | Permissions::ADMIN),
        Acl::ip(Permissions::ALL, "10.0.0.0/8"),
        Acl::digest(Permissions::WRITE, "user", "password"),
    ];
    let stat = zk.set_acl("/open", &acl).await.unwrap();
    assert_eq!(stat.aversion, 1);
    let read = zk.acl("/open").await.unwrap();
    assert_eq!((read.acl, read.stat), (acl.clone(), stat));
    let request = SetAcl::new("/open", &acl[..]).version(0);
    let text = "setACL /open: version conflict";
    is_refused(zk.call(request), ErrorCode::BadVersion, text).await;
}

pub(crate) async fn only_who_is_on_the_list_may(world: World) {
    let zk = connect(&world).await;
    let acl = [Acl::digest(Permissions::ALL, "alice", "secret")];
    zk.call(Create::new("/private", "").acl(&acl[..])).await.unwrap();
    let code = ErrorCode::NoAuth;
    is_refused(zk.get("/private"), code, "getData /private: not authorized").await;
    is_refused(zk.children("/private"), code, "getChildren /private: not authorized").await;
    is_refused(zk.set("/private", ""), code, "setData /private: not authorized").await;
    is_refused(zk.create("/private/a", ""), code, "create /private/a: not authorized").await;
    is_refused(zk.acl("/private"), code, "getACL /private: not authorized").await;
    let text = "setACL /private: not authorized";
    is_refused(zk.set_acl("/private", Acl::OPEN), code, text).await;

    zk.add_auth("digest", "alice:wrong").await.unwrap();
    is_refused(zk.get("/private"), code, "getData /private: not authorized").await;
    zk.add_auth("digest", "alice:secret").await.unwrap();
    zk.get("/private").await.unwrap();
    zk.create("/private/a", "").await.unwrap();
    let other = connect(&world).await;
    is_refused(other.delete("/private/a"), code, "delete /private/a: not authorized").await;
    zk.delete("/private/a").await.unwrap();
}

pub(crate) async fn a_node_can_belong_to_its_creator(world: World) {
    let zk = connect(&world).await;
    zk.add_auth("digest", "bob:secret").await.unwrap();
    zk.call(Create::new("/mine", "").acl(Acl::CREATOR)).await.unwrap();
    let acl = zk.acl("/mine").await.unwrap().acl;
    assert_eq!(acl, [Acl::digest(Permissions::ALL, "bob", "secret")]);
    let other = connect(&world).await;
    let text = "getData /mine: not authorized";
    is_refused(other.get("/mine"), ErrorCode::NoAuth, text).await;
}

pub(crate) async fn an_address_counts_as_an_identity(world: World) {
    let zk = connect(&world).await;
    let acl = [Acl::ip(Permissions::READ, "127.0.0.1")];
    zk.call(Create::new("/local", "").acl(&acl[..])).await.unwrap();
    zk.get("/local").await.unwrap();
    let text = "setData /local: not authorized";
    is_refused(zk.set("/local", ""), ErrorCode::NoAuth, text).await;
    let acl = [Acl::ip(Permissions::ALL, "10.0.0.0/8")];
    zk.call(Create::new("/remote", "").acl(&acl[..])).await.unwrap();
    let text = "getData /remote: not authorized";
    is_refused(zk.get("/remote"), ErrorCode::NoAuth, text).await;
}

pub(crate) async fn a_session_has_identities_from_the_start_or_adds_them(world: World) {
    let builder = builder(&world).auth("digest", "first:x");
    let zk = builder.connect(&world.connect_string()).await.unwrap();
    let identities = async || {
        let mut found: Vec<_> = zk.who_am_i().await.unwrap();
        found.sort_by_key(|identity| (identity.scheme.clone(), identity.user.clone()));
        found.into_iter().map(|found| format!("{}:{}", found.scheme, found.user)).collect()
    };
    let before: Vec<String> = identities().await;
    assert_eq!(before, ["digest:first", "ip:127.0.0.1"]);
    zk.add_auth("digest", "second:y").await.unwrap();
    let after: Vec<String> = identities().await;
    assert_eq!(after, ["digest:first", "digest:second", "ip:127.0.0.1"]);
}

pub(crate) async fn the_superuser_may_all(world: World) {
    let zk = connect(&world).await;
    zk.call(Create::new("/closed", "").acl(vec![Acl::ip(Permissions::READ, "10.0.0.1")]))
        .await
        .unwrap();
    zk.add_auth("digest", "super:all may").await.unwrap();
    zk.set("/closed", "opened").await.unwrap();
    assert_eq!(zk.get("/closed").await.unwrap().data, "opened");
}

pub(crate) async fn a_refused_identity_ends_the_session(world: World) {
    let zk = connect(&world).await;
    let mut life = Life::of(&zk, State::Connected).await;
    let (_, mut watch) = zk.exists_and_watch("/node").await.unwrap();
    let pipeline = pipelined(&zk);
    let (added, after) = (pipeline.add_auth("no-such-scheme", "x"), pipeline.get("/"));
    let error = answer(added).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::AuthFailed { outcome: Outcome::NotApplied, .. }));
    assert!(error.is_session_over());
    assert!(answer(after).await.unwrap_err().is_session_over());
    life.becomes(State::AuthFailed).await;
    life.ends().await;
    assert_eq!(watch.next().await, None);
    assert_eq!(watch.ended(), Some(Ended::SessionOver(State::AuthFailed)));
    let text = "getData /: authentication failed (identity of the scheme no-such-scheme: \
                authentication failed), not applied";
    assert_eq!(zk.get("/").await.unwrap_err().to_string(), text);

    let builder = builder(&world).auth("no-such-scheme", "x");
    // It is connected for a moment, until the server has seen the identity.
    let read = async || builder.connect(&world.connect_string()).await?.get("/").await;
    assert!(matches!(read().await.unwrap_err().kind(), ErrorKind::AuthFailed { .. }));
}
