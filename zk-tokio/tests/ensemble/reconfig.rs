//! An ensemble whose members change.

use zk_server::apache::{Ensemble, Role};
use zk_tokio::{Client, EnsembleConfig, ErrorCode, GetConfig, Host, Reconfig, WatchMode};

use crate::options;
use crate::support::{LONG_SESSION, change, is_refused, next, story};

#[test]
fn a_session_follows_its_ensemble_to_other_servers() {
    story(async {
        let options = options().reconfig(true).superuser("super", "all may");
        let mut ensemble = Ensemble::start(1, &options).unwrap();
        let joining = ensemble.add_member(Role::Participant).unwrap();
        let (old, new) = (ensemble.member(0), ensemble.member(1));

        let builder = Client::builder().session_timeout(LONG_SESSION).follow_reconfig(true);
        let follower = builder.connect(&old.connect_string()).await.unwrap();
        let id = follower.session_id();
        let builder = Client::builder().session_timeout(LONG_SESSION);
        let operator = builder.connect(&old.connect_string()).await.unwrap();
        let (config, mut watch) = operator.call_and_watch(GetConfig).await.unwrap();
        assert_eq!(hosts(&config.data), [old.connect_string()]);
        let text = "reconfig /zookeeper/config: not authorized";
        let reconfig = operator.call(Reconfig::joining(&joining));
        is_refused(reconfig, ErrorCode::NoAuth, text).await;

        operator.add_auth("digest", "super:all may").await.unwrap();
        let config = operator.call(Reconfig::joining(&joining)).await.unwrap();
        assert_eq!(hosts(&config.data), [old.connect_string(), new.connect_string()]);
        let changed = change(zk_tokio::ChangeKind::DataChanged, "/zookeeper/config");
        assert_eq!(next(&mut watch).await, changed);
        let version = EnsembleConfig::parse(&config.data).version;
        let text = "reconfig /zookeeper/config: version conflict";
        let stale = Reconfig::leaving("1").version(version - 1);
        is_refused(operator.call(stale), ErrorCode::BadVersion, text).await;

        let mut changes = follower.watch(GetConfig::PATH, WatchMode::Persistent).await.unwrap();
        // The leader steps down with the answer still to send: it may be lost.
        operator.call(Reconfig::leaving("1").version(version)).detach();
        let new = new.connect_string();
        let has_followed = async || {
            let config = follower.config().await;
            config.is_ok_and(|node| hosts(&node.data) == [new.as_str()])
                && follower.server().is_some_and(|target| target.host.to_string() == new)
        };
        while !has_followed().await {
            changes.next().await.unwrap();
        }
        old.kill();
        ensemble.wait_for_leader().unwrap();
        // On its way to lead, the new one hangs up once more: what comes of this is of no matter.
        let _ = follower.exists("/").await;
        follower.create("/there", "").await.unwrap();
        assert_eq!(follower.session_id(), id);
    });
}

/// Where the members of a configuration serve clients.
fn hosts(config: &[u8]) -> Vec<String> {
    EnsembleConfig::parse(config).hosts().map(Host::to_string).collect()
}
