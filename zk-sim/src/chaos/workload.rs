//! The programs: random operations, many at a time, of which some are not waited for.

mod waiting;
mod watching;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use fastrand::Rng;
use zk_client::{Async, Client, Create, CreateMode, Delete, GetChildrenWithStat, Instant, SetData};

use super::answers;
use super::oracle::{Class, Oracle};
use super::weather::Habits;
use crate::tasks::Time;

/// A program that holds a session.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) client: usize,
    pub(crate) book: usize,
    pub(crate) time: Time,
    pub(crate) oracle: Rc<RefCell<Oracle>>,
    pub(crate) rng: Rc<RefCell<Rng>>,
    pub(crate) habits: Habits,
    /// Tells the time as the client has it.
    pub(crate) clock: Rc<dyn Fn() -> Instant>,
    /// Nodes with numbers that it has created, by the server's paths.
    pub(crate) numbered: Rc<RefCell<VecDeque<String>>>,
}

/// A client, and the part of the tree that it sees.
struct View {
    zk: Client<Async>,
    /// The same, seeing all of it.
    all: Client<Async>,
    root: &'static str,
}

impl View {
    /// The server's path of one of ours.
    fn full(&self, path: &str) -> String {
        match (self.root, path) {
            ("", path) => path.into(),
            (root, "/") => root.into(),
            (root, path) => format!("{root}{path}"),
        }
    }
}

const PATHS: [&str; 12] = [
    "/a", "/a/x", "/a/y", "/a/x/1", "/b", "/b/x", "/app", "/app/a", "/app/a/x", "/app/b", "/q",
    "/e",
];
const PARENTS: [&str; 5] = ["/a", "/b", "/app", "/q", "/app/a"];
const APP_PATHS: [&str; 5] = ["/", "/a", "/a/x", "/b", "/q"];

impl App {
    /// Lives as long as its session does, and the weather wants it to.
    pub(crate) async fn live(self, zk: Client<Async>) {
        let mut left = self.habits.operations;
        while left > 0 && !zk.state().is_over() && !self.oracle.borrow().is_ending {
            self.time.sleep(self.pause()).await;
            let burst = self.rng.borrow_mut().u32(1..=self.habits.burst);
            for _ in 0..burst.min(left) {
                self.act(&zk);
            }
            left = left.saturating_sub(burst);
            if self.dice(200) == 0 {
                return self.close(zk);
            }
        }
    }

    /// Closes the session, and waits for that.
    pub(crate) fn close(&self, zk: Client<Async>) {
        let number = self.oracle.borrow_mut().next_number();
        let asked = self.ask(number, "close", String::new(), Class::Other);
        self.wait_for(asked, None, zk.close(), |_, _, ()| Ok(None));
    }

    fn pause(&self) -> Duration {
        let factor = self.rng.borrow_mut().f64();
        self.habits.pause.mul_f64(factor * factor * 3.0)
    }

    /// Asks for something.
    pub(crate) fn act(&self, zk: &Client<Async>) {
        let view = self.view(zk);
        let paths: &[&str] = if view.root.is_empty() { &PATHS } else { &APP_PATHS };
        let path = paths[self.dice(paths.len())];
        match self.dice(100) {
            0..22 => self.create(&view, path),
            22..40 => self.set(&view, path),
            40..50 => self.delete(&view, path),
            50..60 => self.read(&view, path),
            60..78 => self.watch(&view, path),
            78..88 => self.transact(&view, path),
            _ => self.ask_around(&view, path),
        }
    }

    /// Now and then a part of the tree, or a deadline.
    fn view(&self, zk: &Client<Async>) -> View {
        let root = if self.dice(4) == 0 { "/app" } else { "" };
        let view = if root.is_empty() { zk.clone() } else { zk.chroot(root) };
        View { zk: view, all: zk.clone(), root }
    }

    pub(crate) fn dice(&self, sides: usize) -> usize {
        self.rng.borrow_mut().usize(..sides)
    }

    /// Data that tells which write it is from; now and then a lot of it.
    fn data(&self, number: u64, place: u8) -> String {
        let mut data = super::history::stamp((number, place));
        let length = match self.dice(50) {
            0 => 20_000,
            1..4 => 1_500,
            _ => self.dice(60),
        };
        data.extend(std::iter::repeat_n('.', length));
        data
    }

    fn create(&self, view: &View, path: &str) {
        let number = self.oracle.borrow_mut().next_number();
        let data = self.data(number, 0);
        let ttl = Duration::from_secs(30);
        let (what, mode) = match self.dice(10) {
            0..4 => ("create persistent", CreateMode::Persistent),
            4..6 => ("create ephemeral", CreateMode::Ephemeral),
            6 => ("create sequential", CreateMode::PersistentSequential),
            7 => ("create ephemeral sequential", CreateMode::EphemeralSequential),
            8 => ("create container", CreateMode::Container),
            _ => ("create with time to live", CreateMode::PersistentWithTtl(ttl)),
        };
        let name =
            if mode.is_sequential() { format!("{}/n-", self.parent(view)) } else { path.into() };
        if self.dice(8) == 0 && !mode.is_sequential() {
            let asked = self.ask(number, "create_all", view.full(path), Class::Other);
            let root = view.root;
            let reply = view.zk.create_all(path, &data);
            return self.track(asked, reply, move |app, asked, created: String| {
                answers::created(&mut app.oracle.borrow_mut(), asked, root, &created, None)
            });
        }
        let create = Create::new(&name, &data).mode(mode);
        let asked = self.ask(number, what, view.full(&name), Class::Write);
        let (zk, asked) = self.timed(view, asked);
        let root = view.root;
        if self.dice(2) == 0 {
            self.track(asked, zk.call(create), move |app, asked, created| {
                app.note_numbered(mode, root, &created);
                answers::created(&mut app.oracle.borrow_mut(), asked, root, &created, None)
            });
        } else {
            self.track(asked, zk.call(create.with_stat()), move |app, asked, created| {
                app.note_numbered(mode, root, &created.path);
                let stat = Some(created.stat);
                answers::created(&mut app.oracle.borrow_mut(), asked, root, &created.path, stat)
            });
        }
    }

    fn parent(&self, view: &View) -> String {
        if view.root.is_empty() { PARENTS[self.dice(PARENTS.len())].into() } else { "/a".into() }
    }

    fn note_numbered(&self, mode: CreateMode, root: &str, path: &str) {
        if mode == CreateMode::PersistentSequential {
            self.numbered.borrow_mut().push_back(format!("{root}{path}"));
        }
    }

    fn set(&self, view: &View, path: &str) {
        let number = self.oracle.borrow_mut().next_number();
        let data = self.data(number, 0);
        let version = (self.dice(4) == 0).then(|| i32::try_from(self.dice(4)).unwrap_or(0));
        let set = SetData::new(path, &data);
        let set = version.map_or(set, |version| set.version(version));
        let asked = self.ask(number, "set", view.full(path), Class::Write);
        let (zk, asked) = self.timed(view, asked);
        self.track(asked, zk.call(set), |app, asked, stat| {
            answers::set(&mut app.oracle.borrow_mut(), asked, &stat)
        });
    }

    fn delete(&self, view: &View, path: &str) {
        let number = self.oracle.borrow_mut().next_number();
        let numbered = self.numbered.borrow_mut().pop_front();
        let (zk, path, full) = match numbered {
            Some(numbered) => (&view.all, numbered.clone(), numbered),
            None => (&view.zk, path.to_owned(), view.full(path)),
        };
        let asked = self.ask(number, "delete", full, Class::Write);
        let reply = match self.dice(3) {
            0 => zk.call(Delete::new(&path).version(0)),
            _ => zk.delete(&path),
        };
        self.track(asked, reply, |app, asked, ()| {
            answers::deleted(&mut app.oracle.borrow_mut(), asked)
        });
    }

    fn read(&self, view: &View, path: &str) {
        let number = self.oracle.borrow_mut().next_number();
        let full = view.full(path);
        let zk = &view.zk;
        match self.dice(6) {
            0 | 1 => {
                let asked = self.ask(number, "get", full, Class::Read);
                let (zk, asked) = self.timed(view, asked);
                self.track(asked, zk.get(path), |app, asked, node| {
                    answers::node(&app.oracle.borrow(), asked, &node)
                });
            }
            2 => {
                let asked = self.ask(number, "exists", full, Class::Read);
                self.track(asked, zk.exists(path), |app, asked, stat| {
                    answers::stat(&app.oracle.borrow(), asked, stat.as_ref())
                });
            }
            3 => {
                let asked = self.ask(number, "children", full, Class::Read);
                self.track(asked, zk.children(path), |app, asked, children| {
                    answers::children(&app.oracle.borrow(), asked, &children, None)
                });
            }
            4 => {
                let asked = self.ask(number, "children with stat", full, Class::Read);
                let reply = zk.call(GetChildrenWithStat::new(path));
                self.track(asked, reply, |app, asked, listing| {
                    let (children, stat) = (&listing.children, Some(&listing.stat));
                    answers::children(&app.oracle.borrow(), asked, children, stat)
                });
            }
            _ => self.read_several(view, number, path),
        }
    }

    fn read_several(&self, view: &View, number: u64, path: &str) {
        let other = if path == "/a" || view.root.is_empty() { "/b" } else { "/a" };
        let reads = zk_client::MultiRead::new().get(path).children(other);
        let (first, second) = (view.full(path), view.full(other));
        let asked = self.ask(number, "multi_read", first, Class::Read);
        self.track(asked, view.zk.call(reads), move |app, asked, results| {
            answers::several(&app.oracle.borrow(), asked, &second, &results)
        });
    }

    fn transact(&self, view: &View, path: &str) {
        let number = self.oracle.borrow_mut().next_number();
        let (first, second) = (self.data(number, 0), self.data(number, 1));
        let numbered = format!("{}/m-", self.parent(view));
        let multi = match self.dice(3) {
            0 => zk_client::Multi::new().set(path, &first).add(zk_client::Check::exists(path)),
            1 => zk_client::Multi::new()
                .add(zk_client::Check::exists(path))
                .add(Create::new(&numbered, &first).ephemeral_sequential())
                .set(path, &second),
            _ => zk_client::Multi::new()
                .add(Create::new(path, &first).ephemeral().with_stat())
                .add(Create::new(&numbered, &second).ephemeral_sequential()),
        };
        let count = multi.operations().len();
        let asked = self.ask(number, "multi", view.full(path), Class::Write);
        let (zk, asked) = self.timed(view, asked);
        self.track(asked, zk.call(multi), move |app, asked, results| {
            answers::transaction(&mut app.oracle.borrow_mut(), asked, count, results.len())
        });
    }

    fn ask_around(&self, view: &View, path: &str) {
        let number = self.oracle.borrow_mut().next_number();
        let full = view.full(path);
        let zk = &view.zk;
        match self.dice(10) {
            0..4 => {
                let asked = self.ask(number, "sync", full, Class::Read);
                self.track(asked, zk.sync(path), |_, asked, _| Ok(Some(asked.newest)));
            }
            4 => {
                let asked = self.ask(number, "count_descendants", full, Class::Read);
                self.track(asked, zk.count_descendants(path), |_, _, _| Ok(None));
            }
            5 => {
                let asked = self.ask(number, "ephemerals", full, Class::Read);
                self.track(asked, zk.ephemerals("/"), |_, _, _| Ok(None));
            }
            6 => {
                let asked = self.ask(number, "who_am_i", String::new(), Class::Read);
                self.track(asked, zk.who_am_i(), |_, _, _| Ok(None));
            }
            7 => {
                let asked = self.ask(number, "add_auth", String::new(), Class::Other);
                let identity = format!("user{}:secret", self.dice(3));
                self.track(asked, zk.add_auth("digest", identity), |_, _, ()| Ok(None));
            }
            8 => {
                let asked = self.ask(number, "acl", full, Class::Read);
                self.track(asked, zk.acl(path), |app, asked, acl| {
                    answers::stat(&app.oracle.borrow(), asked, Some(&acl.stat))
                });
            }
            _ => {
                let asked = self.ask(number, "set_acl", full, Class::Write);
                self.track(asked, zk.set_acl(path, zk_client::Acl::OPEN), |app, asked, stat| {
                    answers::acl_set(&mut app.oracle.borrow_mut(), asked, &stat)
                });
            }
        }
    }

    pub(crate) fn touch_everything(&self, zk: &Client<Async>) {
        for path in PATHS {
            let view = View { zk: zk.clone(), all: zk.clone(), root: "" };
            let number = self.oracle.borrow_mut().next_number();
            let data = super::history::stamp((number, 0));
            let asked = self.ask(number, "create persistent", path.into(), Class::Write);
            self.wait_for(asked, None, zk.create(path, &data), |app, asked, created| {
                answers::created(&mut app.oracle.borrow_mut(), asked, "", &created, None)
            });
            self.set_now(&view, path);
        }
    }

    fn set_now(&self, view: &View, path: &str) {
        let number = self.oracle.borrow_mut().next_number();
        let data = super::history::stamp((number, 0));
        let asked = self.ask(number, "set", path.into(), Class::Write);
        self.wait_for(asked, None, view.zk.set(path, &data), |app, asked, stat| {
            answers::set(&mut app.oracle.borrow_mut(), asked, &stat)
        });
    }

    /// Sees all that has happened.
    pub(crate) fn look(&self, zk: &Client<Async>) {
        let number = self.oracle.borrow_mut().next_number();
        let asked = self.ask(number, "sync", "/".into(), Class::Read);
        self.wait_for(asked, None, zk.sync("/"), |_, asked, _| Ok(Some(asked.newest)));
    }
}
