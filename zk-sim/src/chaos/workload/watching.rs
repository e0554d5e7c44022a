//! How programs watch.

use std::time::Duration;

use zk_client::{Async, GetChildrenWithStat, Watch};

use super::{App, View};
use crate::chaos::answers;
use crate::chaos::oracle::{Asked, Book, Class, Oracle};
use crate::chaos::watched::{Kind, Watched};

impl App {
    pub(super) fn watch(&self, view: &View, path: &str) {
        let number = self.oracle.borrow_mut().next_number();
        let full = view.full(path);
        let (zk, root) = (&view.zk, view.root);
        match self.dice(6) {
            0 => {
                let asked = self.ask(number, "get and watch", full, Class::Read);
                self.track(asked, zk.get_and_watch(path), move |app, asked, (node, watch)| {
                    let verdict = answers::node(&app.oracle.borrow(), asked, &node);
                    app.follow(asked, root, watch, Kind::Data, node.stat.mzxid);
                    verdict
                });
            }
            1 => {
                let asked = self.ask(number, "exists and watch", full, Class::Read);
                self.track(asked, zk.exists_and_watch(path), move |app, asked, (stat, watch)| {
                    let verdict = answers::stat(&app.oracle.borrow(), asked, stat.as_ref());
                    let (kind, since) = match &stat {
                        Some(stat) => (Kind::Data, stat.mzxid),
                        None => (Kind::Creation, app.last_without(asked)),
                    };
                    app.follow(asked, root, watch, kind, since);
                    verdict
                });
            }
            2 => {
                let asked = self.ask(number, "children and watch", full, Class::Read);
                let reply = zk.call_and_watch(GetChildrenWithStat::new(path));
                self.track(asked, reply, move |app, asked, (listing, watch)| {
                    let (children, stat) = (&listing.children, Some(&listing.stat));
                    let verdict = answers::children(&app.oracle.borrow(), asked, children, stat);
                    app.follow(asked, root, watch, Kind::Children, listing.stat.pzxid);
                    verdict
                });
            }
            3 => {
                let asked = self.ask(number, "watch", full, Class::Read);
                let reply = zk.watch(path, zk_client::WatchMode::Persistent);
                self.track(asked, reply, move |app, asked, watch| {
                    let since = app.oracle.borrow().history.last();
                    app.follow(asked, root, watch, Kind::Persistent, since);
                    Ok(None)
                });
            }
            4 => {
                let asked = self.ask(number, "watch recursively", full, Class::Read);
                let reply = zk.watch(path, zk_client::WatchMode::Recursive);
                self.track(asked, reply, move |app, asked, watch| {
                    let since = app.oracle.borrow().history.last();
                    app.follow(asked, root, watch, Kind::Recursive, since);
                    Ok(None)
                });
            }
            _ => {
                let asked = self.ask(number, "children and watch, plain", full, Class::Read);
                self.track(
                    asked,
                    zk.children_and_watch(path),
                    move |app, asked, (children, watch)| {
                        let verdict =
                            answers::children(&app.oracle.borrow(), asked, &children, None);
                        drop(watch);
                        verdict
                    },
                );
            }
        }
    }

    /// The last transaction at which the node that was asked for was missing.
    fn last_without(&self, asked: &Asked) -> i64 {
        let oracle = self.oracle.borrow();
        let history = &oracle.history;
        let found = history.latest(&asked.path, oracle.seen(asked), |state| state.is_none());
        found.unwrap_or_else(|| history.last())
    }

    /// Reads a watch: at once, or slowly; to its end, or for a while.
    fn follow(
        &self,
        asked: &Asked,
        root: &'static str,
        mut watch: Watch<Async>,
        kind: Kind,
        since: i64,
    ) {
        let id = asked.number;
        let seen = self.oracle.borrow().books[self.book].seen;
        let watched = Watched::new(id, asked.path.clone(), kind, since).after(seen);
        let pause = (self.dice(8) == 0).then(|| self.pause());
        let watched = if pause.is_some() { watched.slow() } else { watched };
        self.oracle.borrow_mut().books[self.book].watches.push(watched);
        while let Some(change) = watch.try_next() {
            self.was_told(id, root, &change);
        }
        let patience = match self.dice(4) {
            0 => self.pause(),
            1 => self.pause() * 10,
            _ => Duration::from_secs(86_400 * 30),
        };
        let app = self.clone();
        self.time.spawn_in(self.client, async move {
            let until = app.time.now() + patience;
            loop {
                let left = until.saturating_since(app.time.now());
                match app.within(Some(left), watch.next()).await {
                    None => break app.let_go(id, watch),
                    Some(None) => break app.has_ended(id, watch.ended()),
                    Some(Some(change)) => app.was_told(id, root, &change),
                }
                if let Some(pause) = pause {
                    app.time.sleep(pause).await;
                }
            }
        });
    }

    fn was_told(&self, id: u64, root: &str, change: &zk_client::Change) {
        let path = match (root, &*change.path) {
            ("", path) => path.to_owned(),
            (root, "/") => root.to_owned(),
            (root, path) => format!("{root}{path}"),
        };
        let oracle = &mut *self.oracle.borrow_mut();
        let is_gap = change.kind == zk_client::ChangeKind::Resync;
        oracle.tally.count(if is_gap { "resync" } else { "change told" });
        let last_op = oracle.last_op;
        let Book { watches, changed, .. } = &mut oracle.books[self.book];
        *changed = change.zxid.unwrap_or(0).max(*changed);
        let Some(watched) = watches.iter_mut().find(|watched| watched.id == id) else { return };
        if let Err(wrong) = watched.told(&oracle.history, change, path, last_op) {
            let client = self.client;
            oracle.fail(format!("client {client}: {wrong}"));
        }
    }

    fn has_ended(&self, id: u64, how: Option<zk_client::Ended>) {
        let oracle = &mut *self.oracle.borrow_mut();
        let watches = &mut oracle.books[self.book].watches;
        if let Some(watched) = watches.iter_mut().find(|watched| watched.id == id)
            && let Err(wrong) = watched.ended(how)
        {
            let client = self.client;
            oracle.fail(format!("client {client}: {wrong}"));
        }
        self.oracle_forgets(oracle);
    }

    fn let_go(&self, id: u64, watch: Watch<Async>) {
        drop(watch);
        let oracle = &mut *self.oracle.borrow_mut();
        oracle.tally.count("watch dropped");
        let watches = &mut oracle.books[self.book].watches;
        if let Some(watched) = watches.iter_mut().find(|watched| watched.id == id) {
            watched.dropped();
        }
        self.oracle_forgets(oracle);
    }

    fn oracle_forgets(&self, oracle: &mut Oracle) {
        oracle.books[self.book].watches.retain(|watched| !watched.is_over());
    }
}
