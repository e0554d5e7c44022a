//! Many nodes at once: what is asked, in which order, and what is asked again.

mod support;

use std::collections::VecDeque;
use std::time::Duration;

use support::{World, now};
use zk_client::machine::{CreateAll, Walk};
use zk_client::wire::put_string;
use zk_client::{Async, Children, CreateMode, Error, ErrorCode, Node, OpCode, Outcome, Stat};
use zk_proto::Record;

use self::ErrorCode::{
    NoAuth, NoNode, NodeExists, NotEmpty, NotReadOnly, Throttled, Unimplemented,
};
use self::OpCode::{Create, CreateContainer, Delete, Exists, GetChildren, GetData};
use self::Then::{Fails, Listed, Lost, Read, There, Yes};

/// What the server says to a request.
#[derive(Clone, Copy, Debug)]
enum Then {
    Yes,
    There,
    /// A node with so many children.
    Read(i32),
    Listed(&'static [&'static str]),
    Fails(ErrorCode),
    Lost,
}

/// A client, and a server that does as it is told.
struct Story {
    world: World,
    sent: VecDeque<(OpCode, i32, String)>,
}

impl Story {
    fn new() -> Self {
        Self { world: World::connected(), sent: VecDeque::new() }
    }

    fn pending(&mut self) -> Vec<(OpCode, String)> {
        self.sent.extend(self.world.requests());
        self.sent.iter().map(|(op, _, path)| (*op, path.clone())).collect()
    }

    /// The next requests are these, and met with that.
    fn steps(&mut self, steps: &[(OpCode, &str, Then)]) {
        for (op, path, then) in steps {
            if self.pending().is_empty() {
                self.world.wait(Duration::from_millis(200)); // it may want to ask a little later
            }
            let next = self.pending().first().cloned();
            assert_eq!(next, Some((*op, (*path).to_owned())));
            let (_, xid, _) = self.sent.pop_front().expect("there is one");
            self.answer(*op, xid, path, *then);
        }
    }

    fn answer(&mut self, op: OpCode, xid: i32, path: &str, then: Then) {
        let world = &mut self.world;
        match then {
            Yes if op == Delete => world.answer(xid, 0, |_| ()),
            Yes => world.answer(xid, 0, |out| put_string(out, path)),
            There => world.answer(xid, 0, |out| Stat::default().encode(out)),
            Read(children) => world.answer(xid, 0, |out| {
                let mut stat = Stat::default();
                stat.num_children = children;
                Node::new(None, stat).encode(out);
            }),
            Listed(names) => {
                world.answer(xid, 0, |out| Children::from_names(names.iter().copied()).encode(out));
            }
            Fails(code) => world.answer(xid, code.code(), |_| ()),
            Lost => {
                world.lose_connection();
                self.sent = world.reconnect().into();
            }
        }
    }
}

/// Plays the creation of a node by these answers.
fn create(create: CreateAll, steps: &[(OpCode, &str, Then)]) -> Result<String, Error> {
    let mut story = Story::new();
    let mut reply = story.world.zk.run(create);
    story.steps(steps);
    let result = now(&mut reply).expect("it is done");
    assert_eq!(story.pending(), []);
    result
}

#[test]
fn to_ensure_a_path_is_to_create_it_or_to_find_it() {
    let node = || CreateAll::new("/a/b", "").if_missing();
    let ensure = |steps: &[_]| create(node(), steps);
    let path = Ok("/a/b".to_owned());
    assert_eq!(ensure(&[(Create, "/a/b", Yes)]), path);
    assert_eq!(ensure(&[(Create, "/a/b", Fails(NodeExists))]), path);
    let steps = [(Create, "/a/b", Fails(NoNode)), (Create, "/a", Yes), (Create, "/a/b", Yes)];
    assert_eq!(ensure(&steps), path);
    // It is asked for again when its connection is lost, with the parents as well.
    assert_eq!(ensure(&[(Create, "/a/b", Lost), (Create, "/a/b", Fails(NodeExists))]), path);
    let steps = [
        (Create, "/a/b", Fails(NoNode)),
        (Create, "/a", Lost),
        (Create, "/a/b", Fails(NoNode)),
        (Create, "/a", Fails(NodeExists)),
        (Create, "/a/b", Yes),
    ];
    assert_eq!(ensure(&steps), path);
    // Who must not create it may still be fine with it.
    assert_eq!(ensure(&[(Create, "/a/b", Fails(NoAuth)), (Exists, "/a/b", There)]), path);
    assert_eq!(ensure(&[(Create, "/a/b", Fails(NotReadOnly)), (Exists, "/a/b", There)]), path);
    let steps = [
        (Create, "/a/b", Fails(NoAuth)),
        (Exists, "/a/b", Lost),
        (Create, "/a/b", Fails(NodeExists)),
    ];
    assert_eq!(ensure(&steps), path);
    let steps = [(Create, "/a/b", Fails(NoAuth)), (Exists, "/a/b", Fails(NoNode))];
    assert_eq!(ensure(&steps).unwrap_err().code(), Some(NoAuth));
}

#[test]
fn what_must_not_exist_is_not_asked_for_again() {
    let node = || CreateAll::new("/a/b", "");
    let error = create(node(), &[(Create, "/a/b", Fails(NodeExists))]).unwrap_err();
    assert_eq!(error.code(), Some(NodeExists));
    let error = create(node(), &[(Create, "/a/b", Lost)]).unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    let sequential = node().mode(CreateMode::PersistentSequential).if_missing();
    let error = create(sequential, &[(Create, "/a/b", Lost)]).unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
}

#[test]
fn parents_are_containers_where_the_server_has_them() {
    let node = || CreateAll::new("/a/b", "").parents(CreateMode::Container);
    let missing = (Create, "/a/b", Fails(NoNode));
    let steps = [missing, (CreateContainer, "/a", Yes), (Create, "/a/b", Yes)];
    assert!(create(node(), &steps).is_ok());
    let steps = [
        missing,
        (CreateContainer, "/a", Fails(Unimplemented)),
        missing,
        (Create, "/a", Yes),
        (Create, "/a/b", Yes),
    ];
    assert!(create(node(), &steps).is_ok());
    let steps = [missing, (CreateContainer, "/a", Fails(NoAuth)), missing];
    assert_eq!(create(node(), &steps).unwrap_err().code(), Some(NoAuth));
}

/// A container whose children were all deleted is, too: perhaps before it has the next one.
#[test]
fn l6_parents_that_are_deleted_at_once_are_created_again_a_few_times() {
    let node = CreateAll::new("/a/b", "");
    let missing = (Create, "/a/b", Fails(NoNode));
    let mut steps = vec![missing];
    (0..10).for_each(|_| steps.extend([(Create, "/a", Yes), missing]));
    assert_eq!(create(node, &steps).unwrap_err().code(), Some(NoNode));
}

fn delete(path: &str, steps: &[(OpCode, &str, Then)]) -> Result<(), Error> {
    let mut story = Story::new();
    let mut reply = story.world.zk.delete_all(path);
    assert_eq!(story.pending().len(), steps.len().min(1));
    story.steps(steps);
    let result = now(&mut reply).expect("it is done");
    assert_eq!(story.pending(), []);
    result
}

#[test]
fn what_has_no_children_takes_one_request_and_what_has_three() {
    assert_eq!(delete("/a", &[(Delete, "/a", Yes)]), Ok(()));
    assert_eq!(delete("/a", &[(Delete, "/a", Fails(NoNode))]), Ok(()));
    let steps = [
        (Delete, "/a", Fails(NotEmpty)),
        (GetChildren, "/a", Listed(&["b", "c"])),
        (Delete, "/a/c", Yes),
        (Delete, "/a/b", Fails(NotEmpty)),
        (GetChildren, "/a/b", Listed(&["d"])),
        (Delete, "/a/b/d", Yes),
        (Delete, "/a/b", Yes),
        (Delete, "/a", Yes),
    ];
    assert_eq!(delete("/a", &steps), Ok(()));
}

#[test]
fn nodes_may_come_and_go_while_they_are_deleted() {
    let steps = [
        (Delete, "/a", Fails(NotEmpty)),
        (GetChildren, "/a", Listed(&[])), // gone since
        (Delete, "/a", Fails(NotEmpty)),
        (GetChildren, "/a", Listed(&["b"])),
        (Delete, "/a/b", Fails(NotEmpty)),
        (GetChildren, "/a/b", Fails(NoNode)),
        (Delete, "/a", Fails(NotEmpty)), // a new one
        (GetChildren, "/a", Listed(&["c"])),
        (Delete, "/a/c", Fails(NoNode)),
        (Delete, "/a", Fails(NoNode)),
    ];
    assert_eq!(delete("/a", &steps), Ok(()));
    let mut fight = Vec::new();
    for _ in 0..100 {
        fight.extend([
            (Delete, "/a", Fails(NotEmpty)),
            (GetChildren, "/a", Listed(&["b"])),
            (Delete, "/a/b", Yes),
        ]);
    }
    fight.push((Delete, "/a", Fails(NotEmpty)));
    assert_eq!(delete("/a", &fight).unwrap_err().code(), Some(NotEmpty));
}

#[test]
fn a_deletion_survives_lost_connections_and_a_busy_server() {
    let steps = [
        (Delete, "/a", Lost),
        (Delete, "/a", Fails(NotEmpty)),
        (GetChildren, "/a", Lost),
        (GetChildren, "/a", Fails(Throttled)),
        (GetChildren, "/a", Listed(&["b"])),
        (Delete, "/a/b", Fails(Throttled)),
        (Delete, "/a/b", Lost),
        (Delete, "/a/b", Fails(NoNode)), // it was applied
        (Delete, "/a", Yes),
    ];
    assert_eq!(delete("/a", &steps), Ok(()));
}

#[test]
fn the_first_refusal_ends_a_deletion() {
    let mut story = Story::new();
    let mut reply = story.world.zk.delete_all("/a");
    story.steps(&[
        (Delete, "/a", Fails(NotEmpty)),
        (GetChildren, "/a", Listed(&["b", "c"])),
        (Delete, "/a/c", Fails(NoAuth)),
    ]);
    let error = now(&mut reply).expect("it is over").unwrap_err();
    assert_eq!(error.to_string(), "delete /a/c: not authorized");
    story.steps(&[(Delete, "/a/b", Fails(NotEmpty))]); // it was on its way
    assert_eq!(story.pending(), []);
}

#[test]
fn the_root_is_not_deleted_but_that_of_a_chroot_is() {
    let error = delete("/", &[]).unwrap_err();
    assert_eq!(error.to_string(), "delete /: the root is not to be deleted");
    let mut story = Story::new();
    let mut reply = story.world.zk.chroot("/app").delete_all("/");
    story.steps(&[
        (Delete, "/app", Fails(NotEmpty)),
        (GetChildren, "/app", Listed(&["b"])),
        (Delete, "/app/b", Yes),
        (Delete, "/app", Yes),
    ]);
    assert_eq!(now(&mut reply), Some(Ok(())));
}

const THOUSAND: &[&str] = &["x"; 1_000];

#[test]
fn no_more_than_a_window_is_being_deleted() {
    let mut story = Story::new();
    let _reply = story.world.zk.delete_all("/a");
    story.steps(&[(Delete, "/a", Fails(NotEmpty)), (GetChildren, "/a", Listed(THOUSAND))]);
    for _ in 0..500 {
        assert_eq!(story.pending().len(), 64);
        story.steps(&[(Delete, "/a/x", Yes)]);
    }
}

#[test]
fn a_walk_reads_no_more_than_there_is_room_for() {
    let mut story = Story::new();
    let mut walk = story.world.zk.walk("/a");
    story.steps(&[(GetData, "/a", Read(1_000)), (GetChildren, "/a", Listed(THOUSAND))]);
    assert_eq!(story.pending().len(), 63); // beside the first, which nobody has taken
    for _ in 0..63 {
        story.steps(&[(GetData, "/a/x", Read(0))]);
    }
    for taken in 1..=16 {
        assert_eq!(story.pending(), []);
        assert!(walk.try_next().is_some(), "{taken}");
    }
    assert_eq!(story.pending().len(), 16);
    for _ in 0..48 {
        assert!(walk.try_next().is_some());
    }
    assert!(walk.try_next().is_none());
    assert_eq!(story.pending().len(), 64);
}

/// The paths of a walk, or what was wrong.
fn walked(walk: &mut Walk<Async>) -> Vec<Result<String, Option<ErrorCode>>> {
    let items = std::iter::from_fn(|| walk.try_next());
    items.map(|item| item.map(|node| node.path).map_err(|error| error.code())).collect()
}

#[test]
fn a_walk_leaves_out_what_vanishes_tells_what_it_may_not_read_and_asks_again() {
    let mut story = Story::new();
    let mut walk = story.world.zk.walk("/");
    story.steps(&[
        (GetData, "/", Lost),
        (GetData, "/", Read(3)),
        (GetChildren, "/", Lost),
        (GetChildren, "/", Listed(&["a", "b", "c", "d", "e"])),
        (GetData, "/e", Fails(NoNode)),
        (GetData, "/d", Fails(NoAuth)),
        (GetData, "/c", Read(1)),
        (GetData, "/b", Fails(Throttled)),
        (GetData, "/a", Read(1)),
        (GetChildren, "/c", Fails(NoAuth)),
        (GetChildren, "/a", Fails(NoNode)),
        (GetData, "/b", Lost),
        (GetData, "/b", Read(1)),
        (GetChildren, "/b", Listed(&["f"])),
        (GetData, "/b/f", Read(0)),
    ]);
    let path = |path: &str| Ok(path.to_owned());
    let refused = || Err(Some(NoAuth));
    let told = [path("/"), refused(), path("/c"), path("/a"), refused(), path("/b"), path("/b/f")];
    assert_eq!(walked(&mut walk), told);
    assert_eq!(now(&mut Box::pin(walk.next())), Some(None));
    assert_eq!(story.pending(), []);
}

#[test]
fn a_walk_of_what_is_missing_or_of_no_path_or_session_tells_so() {
    let mut story = Story::new();
    let mut walk = story.world.zk.walk("/a");
    story.steps(&[(GetData, "/a", Fails(NoNode))]);
    assert_eq!(walked(&mut walk), [Err(Some(NoNode))]);
    for mut walk in [story.world.zk.walk("a"), story.world.zk.chroot("b").walk("/a")] {
        assert_eq!(story.pending(), []);
        let error = walk.try_next().unwrap().unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotApplied);
        assert_eq!(now(&mut Box::pin(walk.next())), Some(None));
    }
}

#[test]
fn a_walk_that_does_not_come_to_its_end_says_so() {
    let mut story = Story::new();
    let (mut walk, zk) = (story.world.zk.walk("/a"), story.world.zk.clone());
    story.steps(&[(GetData, "/a", Read(1))]);
    drop(story.world.driver);
    assert!(walk.try_next().unwrap().is_ok());
    assert!(walk.try_next().unwrap().unwrap_err().is_session_over());
    assert_eq!(now(&mut Box::pin(walk.next())), Some(None));
    let mut late = zk.walk("/a");
    assert!(late.try_next().unwrap().unwrap_err().is_session_over());
    assert_eq!(now(&mut Box::pin(late.next())), Some(None));
}
