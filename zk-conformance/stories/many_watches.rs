//! More watches than fit into one message.

use zk_conformance::{Plain, World};

use crate::zk::ChangeKind::{self, Created, DataChanged, Resync};
use crate::zk::{Client, State, Watch, WatchMode};

use crate::support::{Fragile, answers, at_once, change, connect, next, pipelined};

/// Half of them for nodes that are missing, half persistent.
const COUNT: usize = 2_000;

/// A chunk of watches has 128 KiB of paths: these need several.
fn path(number: usize) -> String {
    format!("/{number:0200}")
}

async fn watch_many(zk: &Client) -> Vec<Watch> {
    let mut watches = Vec::new();
    for number in 0..COUNT / 2 {
        watches.push(zk.exists_and_watch(&path(number)).await.unwrap().1);
    }
    for number in COUNT / 2..COUNT {
        watches.push(zk.watch(&path(number), WatchMode::Persistent).await.unwrap());
    }
    watches
}

async fn create_all(zk: &Client) {
    let zk = pipelined(zk);
    answers((0..COUNT).map(|number| zk.create(&path(number), "")).collect::<Vec<_>>()).await;
}

pub(crate) async fn they_are_all_set_again_on_each_connection(world: World) {
    let mut fragile = Fragile::connect(&world).await;
    let observer = connect(&world).await;
    let mut watches = watch_many(&fragile.zk).await;
    assert_eq!(fragile.zk.stats().watches, COUNT);
    fragile.go_away().await;
    fragile.come_back().await;
    fragile.zk.sync("/").await.unwrap();
    create_all(&observer).await;
    for (number, watch) in watches.iter_mut().enumerate() {
        if number >= COUNT / 2 {
            assert_eq!(next(watch).await, change(Resync, &path(number)));
        }
        assert_eq!(next(watch).await, change(Created, &path(number)));
    }
}

pub(crate) async fn a_connection_that_breaks_while_they_are_being_set_does_not_matter(
    Plain(world): Plain,
) {
    let mut fragile = Fragile::connect(&world).await;
    let observer = connect(&world).await;
    let mut watches = watch_many(&fragile.zk).await;
    fragile.go_away().await;
    create_all(&observer).await;
    // The handshake has 41 bytes; all others are what the server replays.
    for bytes in [42, 100, 10_000, 100_000] {
        fragile.proxy.cut_after(bytes);
        fragile.come_back().await;
        fragile.life.becomes(State::Suspended).await;
    }
    fragile.life.becomes(State::Connected).await;
    fragile.zk.sync("/").await.unwrap();
    observer.set(&path(COUNT - 1), "").await.unwrap();
    fragile.zk.sync("/").await.unwrap();
    let (one_shot, persistent) = watches.split_at_mut(COUNT / 2);
    for (number, watch) in one_shot.iter_mut().enumerate() {
        assert_eq!(at_once(watch), Some(change(Created, &path(number))));
        assert_eq!(watch.next().await, None);
    }
    for watch in persistent.iter_mut() {
        assert_eq!(kinds(watch)[..5], [Resync; 5]);
    }
    let last = persistent.last_mut().unwrap();
    observer.set(&path(COUNT - 1), "").await.unwrap();
    assert_eq!(next(last).await.0, DataChanged);
}

/// All that is there already.
fn kinds(watch: &mut Watch) -> Vec<ChangeKind> {
    std::iter::from_fn(|| watch.try_next()).map(|change| change.kind).collect()
}
