//! A cache of a tree that several write to.

use std::collections::BTreeMap;
use std::time::Duration;

use zk_client::machine::Updates;
use zk_client::{Async, Client, Create, Error, ErrorKind, GetChildrenWithStat, GetData, Stat};
use zk_recipes::cache::{CacheChange, Snapshot, TreeCache};
use zk_sim::trial::{Actor, Story, Trouble};

#[path = "../caches/listener.rs"]
mod listener;

use listener::{Known, Listener, Model, seen};

const PLACE: &str = "/cache";

pub(crate) fn stories() -> Vec<Story> {
    let tolerant = |story: Story| {
        story
            .before(|actor| async move {
                actor.client().create_all("/cache/a/b", "first").await.map(drop)
            })
            .tolerates(|trouble, error| *trouble == Trouble::Weather && is_of_a_reader(error))
            .remains(|path| path.starts_with("/cache/"))
    };
    vec![
        tolerant(Story::new("cache, once", PLACE, play_briefly))
            .rival(write_only)
            .only_at_every_moment(),
        tolerant(Story::new("cache", PLACE, play))
            .finale(play_briefly)
            .only_in_weather()
            .clients(2..4)
            .wants(&["equal", "moving", "created", "changed", "deleted"]),
    ]
}

/// A read-only server does not let anybody catch up.
fn is_of_a_reader(error: &Error) -> bool {
    error.code() == Some(zk_client::ErrorCode::NotReadOnly)
}

async fn play_briefly(actor: Actor) -> Result<(), Error> {
    let cache = TreeCache::new(&actor.client(), PLACE).await?;
    let mut reader = Reader::new(actor.clone(), &cache);
    write(&actor).await?;
    reader.compare(&cache).await?;
    cache.stop().await
}

/// One cache, from its start to its end, which is looked at while it and others write.
async fn play(actor: Actor) -> Result<(), Error> {
    let cache = TreeCache::new(&actor.client(), PLACE).await?;
    let mut reader = Reader::new(actor.clone(), &cache);
    for _ in 0..4 {
        for _ in 0..actor.random(4) {
            write(&actor).await?;
            reader.listen(&cache);
        }
        actor.sleep(Duration::from_millis(actor.random(3_000))).await;
        reader.listen(&cache);
        reader.compare(&cache).await?;
    }
    cache.stop().await
}

async fn write_only(actor: Actor) -> Result<(), Error> {
    for _ in 0..3 {
        write(&actor).await?;
    }
    Ok(())
}

/// Something is written. What the servers refuse does not matter, nor what gets lost.
async fn write(actor: &Actor) -> Result<(), Error> {
    let parts = (0..actor.random(4)).map(|_| ["a", "a-", "b"][actor.random(3) as usize]);
    let path = parts.fold(PLACE.to_owned(), |path, part| format!("{path}/{part}"));
    let zk = actor.client();
    let result = match actor.random(8) {
        0..3 => zk.create(&path, "new").await.map(drop),
        3 => zk.call(Create::new(&path, "").ephemeral()).await.map(drop),
        4 | 5 => zk.set(&path, actor.random(1000).to_string()).await.map(drop),
        _ if path == PLACE => Ok(()),
        _ => zk.delete(&path).await,
    };
    match result {
        Err(error) if is_final(&error) => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn is_final(error: &Error) -> bool {
    !matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::ConnectionLost { .. })
}

/// Listens to a cache, and compares it with what the servers say.
struct Reader {
    actor: Actor,
    changes: Updates<Async, CacheChange>,
    listener: Listener,
}

impl Reader {
    fn new(actor: Actor, cache: &TreeCache<Async>) -> Self {
        let changes = cache.changes();
        let listener = Listener { model: seen(&cache.snapshot()), resyncs: 0 };
        Self { actor, changes, listener }
    }

    /// What is told adds up to what the cache has, and never goes back.
    fn listen(&mut self, cache: &TreeCache<Async>) -> Snapshot {
        let snapshot = cache.snapshot();
        while let Some(change) = self.changes.try_next() {
            self.count(&change);
            self.listener.hear(&change, &snapshot);
        }
        assert_eq!(self.listener.model, seen(&snapshot));
        for node in snapshot.iter().filter(|node| node.path() != PLACE) {
            let parent = zk_client::parent_of(node.path()).and_then(|path| snapshot.get(path));
            assert!(parent.is_some(), "{} without its parent", node.path());
        }
        snapshot
    }

    fn count(&self, change: &CacheChange) {
        match change {
            CacheChange::Created(_) => self.actor.count("created"),
            CacheChange::Changed { .. } => self.actor.count("changed"),
            CacheChange::Deleted(_) => self.actor.count("deleted"),
            CacheChange::Resync => self.actor.count("resync"),
            CacheChange::Refused { .. } | CacheChange::Initialized | _ => {}
        }
    }

    /// If nobody has written between two readings of all nodes, a cache that was brought up to date
    /// between them has what both have.
    async fn compare(&mut self, cache: &TreeCache<Async>) -> Result<(), Error> {
        let before = survey(&self.actor.client()).await?;
        cache.sync().await?;
        let snapshot = self.listen(cache);
        if survey(&self.actor.client()).await? != before {
            self.actor.count("moving");
            return Ok(());
        }
        let expected: Model = before
            .into_iter()
            .map(|(path, (data, stat))| (path, Known::new(&data, &stat)))
            .collect();
        assert_eq!(seen(&snapshot), expected);
        self.actor.count("equal");
        Ok(())
    }
}

/// All nodes, as the servers have them.
async fn survey(zk: &Client<Async>) -> Result<BTreeMap<String, (Vec<u8>, Stat)>, Error> {
    let mut found = BTreeMap::new();
    let mut paths = vec![PLACE.to_owned()];
    while let Some(path) = paths.pop() {
        let Some(node) = again(|| zk.call(GetData::new(&path))).await? else { continue };
        let listing = again(|| zk.call(GetChildrenWithStat::new(&path))).await?;
        let Some(listing) = listing else { continue };
        paths.extend(listing.children.iter().map(|name| format!("{path}/{name}")));
        found.insert(path, (node.data.to_vec(), node.stat));
    }
    Ok(found)
}

/// Asks until there is an answer; `None` if there is no such node.
async fn again<T>(ask: impl Fn() -> zk_client::Reply<T>) -> Result<Option<T>, Error> {
    loop {
        match ask().await {
            Ok(answer) => return Ok(Some(answer)),
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionLost { .. }) => {}
            Err(error) if error.code() == Some(zk_client::ErrorCode::NoNode) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
}
