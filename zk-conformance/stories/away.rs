//! What watches tell of changes that happened while the connection was away: each kind of watch,
//! for each change, in each view.

use zk_conformance::World;

use crate::zk::ChangeKind::{ChildrenChanged, Created, DataChanged, Deleted, Resync};
use crate::zk::{ChangeKind, Client, Ended, Error, Watch, WatchMode};

use crate::support::{Fragile, at_once, change, connect};

#[derive(Clone, Copy, Debug)]
enum Kind {
    Data,
    /// Of a node that is there.
    Exists,
    /// Of a node that is not there.
    Missing,
    Children,
    Persistent,
    Recursive,
}

#[derive(Clone, Copy, Debug)]
enum Meanwhile {
    Nothing,
    /// The node is written, and has a child.
    Changed,
    Gone,
    /// The node is made; one that was there was deleted before.
    Made,
}

/// What is told once the connection is back; the watch is still set if it is nothing.
const EXPECTED: [(Kind, Meanwhile, Option<ChangeKind>); 24] = [
    (Kind::Data, Meanwhile::Nothing, None),
    (Kind::Data, Meanwhile::Changed, Some(DataChanged)),
    (Kind::Data, Meanwhile::Gone, Some(Deleted)),
    (Kind::Data, Meanwhile::Made, Some(DataChanged)),
    (Kind::Exists, Meanwhile::Nothing, None),
    (Kind::Exists, Meanwhile::Changed, Some(DataChanged)),
    (Kind::Exists, Meanwhile::Gone, Some(Deleted)),
    (Kind::Exists, Meanwhile::Made, Some(DataChanged)),
    (Kind::Missing, Meanwhile::Nothing, None),
    (Kind::Missing, Meanwhile::Changed, Some(Created)),
    // It was made and deleted again: nothing is left to tell.
    (Kind::Missing, Meanwhile::Gone, None),
    (Kind::Missing, Meanwhile::Made, Some(Created)),
    (Kind::Children, Meanwhile::Nothing, None),
    (Kind::Children, Meanwhile::Changed, Some(ChildrenChanged)),
    (Kind::Children, Meanwhile::Gone, Some(Deleted)),
    (Kind::Children, Meanwhile::Made, Some(ChildrenChanged)),
    // These miss what happens meanwhile, and say so.
    (Kind::Persistent, Meanwhile::Nothing, Some(Resync)),
    (Kind::Persistent, Meanwhile::Changed, Some(Resync)),
    (Kind::Persistent, Meanwhile::Gone, Some(Resync)),
    (Kind::Persistent, Meanwhile::Made, Some(Resync)),
    (Kind::Recursive, Meanwhile::Nothing, Some(Resync)),
    (Kind::Recursive, Meanwhile::Changed, Some(Resync)),
    (Kind::Recursive, Meanwhile::Gone, Some(Resync)),
    (Kind::Recursive, Meanwhile::Made, Some(Resync)),
];

/// One line of the table, as it goes on.
struct Case {
    kind: Kind,
    meanwhile: Meanwhile,
    told: Option<ChangeKind>,
    path: String,
    watch: Watch,
}

impl Case {
    async fn prepare(
        zk: &Client,
        (kind, meanwhile, told): (Kind, Meanwhile, Option<ChangeKind>),
    ) -> Result<Self, Error> {
        let path = format!("/{kind:?}-{meanwhile:?}");
        if !matches!(kind, Kind::Missing) {
            zk.create(&path, "").await?;
        }
        let watch = match kind {
            Kind::Data => zk.get_and_watch(&path).await?.1,
            Kind::Exists | Kind::Missing => zk.exists_and_watch(&path).await?.1,
            Kind::Children => zk.children_and_watch(&path).await?.1,
            Kind::Persistent => zk.watch(&path, WatchMode::Persistent).await?,
            Kind::Recursive => zk.watch(&path, WatchMode::Recursive).await?,
        };
        Ok(Self { kind, meanwhile, told, path, watch })
    }

    /// What others do while the connection is away.
    async fn happen(&self, zk: &Client) -> Result<(), Error> {
        let is_missing = matches!(self.kind, Kind::Missing);
        if is_missing && !matches!(self.meanwhile, Meanwhile::Nothing) {
            zk.create(&self.path, "").await?;
        }
        match self.meanwhile {
            Meanwhile::Nothing => {}
            Meanwhile::Changed => {
                zk.set(&self.path, "changed").await?;
                zk.create(&format!("{}/child", self.path), "").await?;
            }
            Meanwhile::Gone => zk.delete(&self.path).await?,
            Meanwhile::Made if is_missing => {}
            Meanwhile::Made => {
                zk.delete(&self.path).await?;
                zk.create(&self.path, "").await?;
            }
        }
        Ok(())
    }

    /// What others do when it is back: something that each kind sees.
    async fn happen_later(&self, zk: &Client) -> Result<ChangeKind, Error> {
        if zk.exists(&self.path).await?.is_none() {
            zk.create(&self.path, "").await?;
            Ok(Created)
        } else if matches!(self.kind, Kind::Children) {
            zk.create(&format!("{}/later", self.path), "").await?;
            Ok(ChildrenChanged)
        } else {
            zk.set(&self.path, "later").await?;
            Ok(DataChanged)
        }
    }

    fn is_persistent(&self) -> bool {
        matches!(self.kind, Kind::Persistent | Kind::Recursive)
    }

    fn is_still_set(&self) -> bool {
        self.told.is_none() || self.is_persistent()
    }

    /// Once the connection is back, it has told what the table says, and no more.
    async fn check(&mut self) {
        let case = format!("{:?} {:?} {}", self.kind, self.meanwhile, self.path);
        let told = self.told.map(|kind| change(kind, &self.path));
        assert_eq!(at_once(&mut self.watch), told, "{case}");
        assert_eq!(at_once(&mut self.watch), None, "{case}");
        if self.is_still_set() {
            assert_eq!(self.watch.ended(), None, "{case}");
        } else {
            assert_eq!(self.watch.ended(), Some(Ended::Fired), "{case}");
            assert_eq!(self.watch.next().await, None, "{case}");
        }
    }

    /// What happens after that it tells if it is still set.
    fn check_later(mut self, later: ChangeKind) {
        let told = self.is_still_set().then(|| change(later, &self.path));
        let case = format!("{:?} {:?} {}", self.kind, self.meanwhile, self.path);
        assert_eq!(at_once(&mut self.watch), told, "{case}");
        assert_eq!(at_once(&mut self.watch), None, "{case}");
    }
}

pub(crate) async fn each_watch_tells_what_happened_while_the_connection_was_away(world: World) {
    let mut fragile = Fragile::connect(&world).await;
    let observer = connect(&world).await;
    let mut cases = Vec::new();
    for chroot in ["/", "/a", "/a/b"] {
        let zk = fragile.zk.chroot(chroot);
        if chroot != "/" {
            zk.create("/", "").await.unwrap();
        }
        for line in EXPECTED {
            cases.push((observer.chroot(chroot), Case::prepare(&zk, line).await.unwrap()));
        }
    }
    fragile.go_away().await;
    for (observer, case) in &cases {
        case.happen(observer).await.unwrap();
    }
    fragile.come_back().await;
    // Watches are set before anything else is answered.
    fragile.zk.sync("/").await.unwrap();
    let mut later = Vec::new();
    for (observer, case) in &mut cases {
        case.check().await;
        later.push(case.happen_later(observer).await.unwrap());
    }
    fragile.zk.sync("/").await.unwrap();
    for ((_, case), later) in cases.into_iter().zip(later) {
        case.check_later(later);
    }
}
