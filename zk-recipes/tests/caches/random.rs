//! Random trees that are written at random while the connection comes and goes.

use std::time::Duration;

use proptest::prelude::*;
use zk_client::{Async, Client, Create};
use zk_recipes::cache::{CacheChange, TreeCache};
use zk_sim::{Cut, Fault, Strike, World};

use crate::listener::{Listener, Model, seen};
use crate::support::truth;

/// What a writer does. Paths have up to four parts, each of three names.
#[derive(Clone, Debug)]
enum Deed {
    Create(Vec<u8>),
    CreateEphemeral(Vec<u8>),
    Set(Vec<u8>),
    Delete(Vec<u8>),
    /// The reader's connection breaks.
    Cut,
    /// All that was done so far is seen.
    Settle,
    Wait(u64),
}

fn path(parts: &[u8]) -> String {
    let parts = parts.iter().map(|part| ["a", "a-", "b"][usize::from(part % 3)]);
    parts.fold("/app".to_owned(), |path, part| format!("{path}/{part}"))
}

fn deed() -> impl Strategy<Value = Deed> {
    let parts = || prop::collection::vec(0..3_u8, 0..4);
    prop_oneof![
        8 => parts().prop_map(Deed::Create),
        2 => parts().prop_map(Deed::CreateEphemeral),
        4 => parts().prop_map(Deed::Set),
        5 => parts().prop_map(Deed::Delete),
        1 => Just(Deed::Cut),
        1 => Just(Deed::Settle),
        2 => (0..3_000_u64).prop_map(Deed::Wait),
    ]
}

struct Story {
    world: World,
    writer: Client<Async>,
    cache: TreeCache<Async>,
    changes: zk_client::machine::Updates<Async, CacheChange>,
    listener: Listener,
}

impl Story {
    fn begin(seed: u64) -> Self {
        let mut world = World::new(seed);
        let (reader, writer) = (world.client(), world.client());
        let cache = world.run_until(TreeCache::new(&reader, "/app")).unwrap();
        let changes = cache.changes();
        Self { world, writer, cache, changes, listener: Listener::default() }
    }

    fn act(&mut self, deed: &Deed) {
        match deed {
            Deed::Create(parts) => self.writer.create(&path(parts), "new").detach(),
            Deed::CreateEphemeral(parts) => {
                self.writer.call(Create::new(&path(parts), "").ephemeral()).detach();
            }
            Deed::Set(parts) => self.writer.set(&path(parts), "set").detach(),
            Deed::Delete(parts) => self.writer.delete(&path(parts)).detach(),
            Deed::Cut => {
                let fault = Fault::Cut { client: 0, how: Cut::Reset };
                self.world.schedule(Strike { after: Duration::ZERO, fault, lasts: Duration::ZERO });
            }
            Deed::Settle => self.settle(),
            Deed::Wait(micros) => self.world.run_for(Duration::from_micros(*micros)),
        }
        self.listen();
    }

    fn listen(&mut self) {
        let snapshot = self.cache.snapshot();
        while let Some(change) = self.changes.try_next() {
            self.listener.hear(&change, &snapshot);
        }
        assert_eq!(self.listener.model, seen(&snapshot));
        assert_no_orphans(&self.listener.model);
    }

    /// Nobody writes any more: the cache is what the servers have.
    fn settle(&mut self) {
        self.world.run_until(self.writer.sync("/")).unwrap();
        self.world.run_until(self.cache.sync()).unwrap();
        self.listen();
        assert_eq!(self.listener.model, truth(&self.world, "/app"));
    }
}

fn assert_no_orphans(model: &Model) {
    for path in model.keys().filter(|path| *path != "/app") {
        let parent = zk_client::parent_of(path).unwrap();
        assert!(model.contains_key(parent), "{path} without its parent");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn l7_a_cache_equals_the_tree_whenever_it_is_quiet(
        seed in any::<u64>(),
        deeds in prop::collection::vec(deed(), 1..120),
    ) {
        let mut story = Story::begin(seed);
        deeds.iter().for_each(|deed| story.act(deed));
        story.settle();
        prop_assert_eq!(story.listener.resyncs, 0);
    }
}
