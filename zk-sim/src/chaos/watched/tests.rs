//! What the checks ask of a watch.

use zk_server::tree::{Change, Owner, Stamp, Transaction};

use super::{Kind, Watched};
use crate::chaos::history::History;

/// What a node did, and when.
fn history(path: &str, deeds: &[(i64, Deed)]) -> History {
    let mut history = History::default();
    for (zxid, deed) in deeds {
        let path = path.into();
        let change = match deed {
            Deed::Come => Change::Create { path, data: None, acl: [].into(), owner: Owner::Nobody },
            Deed::Go => Change::Delete { path },
        };
        let at = Stamp { zxid: *zxid, time: 0 };
        history.play(&Transaction { at, changes: vec![change] });
    }
    history
}

enum Deed {
    Come,
    Go,
}

#[test]
fn a_creation_is_to_be_told_by_the_time_that_it_is_seen() {
    let history = history("/n", &[(5, Deed::Come)]);
    let mut watch = Watched::new(1, "/n".into(), Kind::Creation, 3);
    assert_eq!(watch.check(&history, 4, 0), Ok(()));
    assert!(watch.check(&history, 5, 0).is_err());
    assert!(watch.check(&history, 5, 4).is_err(), "it was set again before");
    assert!(watch.check(&history, 6, 6).is_err(), "the node was there when it was set again");
}

/// An answer that is true earlier tells no more of that.
#[test]
fn a_node_that_came_and_went_before_the_watch_was_set_again_is_not_told_of() {
    let history = history("/n", &[(5, Deed::Come), (7, Deed::Go)]);
    let mut watch = Watched::new(1, "/n".into(), Kind::Creation, 3);
    assert_eq!(watch.check(&history, 8, 8), Ok(()));
    assert_eq!(watch.check(&history, 6, 8), Ok(()), "seen as of then at least");
    assert!(watch.check(&history, 8, 4).is_err(), "both happened while it looked");
}

#[test]
fn a_node_that_comes_after_the_watch_was_set_again_is_told_of() {
    let history = history("/n", &[(5, Deed::Come), (7, Deed::Go), (10, Deed::Come)]);
    let mut watch = Watched::new(1, "/n".into(), Kind::Creation, 3);
    assert_eq!(watch.check(&history, 9, 8), Ok(()));
    assert!(watch.check(&history, 10, 8).is_err());
}
