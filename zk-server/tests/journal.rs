//! A journal tells everything that was written.

use zk_proto::{Create, Instant};
use zk_server::tree::Tree;
use zk_server::{Config, Engine};

#[test]
fn a_tree_that_follows_the_journal_is_the_same() -> Result<(), zk_proto::ErrorCode> {
    let mut engine = Engine::new(Config::default(), Box::new(|bytes| bytes.fill(1)));
    engine.create(Instant::ORIGIN, &Create::new("/before", ""))?;
    assert!(engine.take_journal().is_empty());

    let mut tree = Tree::new();
    engine.keep_journal();
    engine.create(Instant::ORIGIN, &Create::new("/a", "1"))?;
    engine.create(Instant::ORIGIN, &Create::new("/a/b", "2"))?;
    let journal = engine.take_journal();
    assert_eq!(journal.len(), 2);
    journal.iter().for_each(|transaction| drop(tree.follow(transaction)));
    for path in ["/a", "/a/b"] {
        let (ours, theirs) = (tree.node(path), engine.tree().node(path));
        assert_eq!(ours.map(|node| node.stat()), theirs.map(|node| node.stat()));
    }
    assert!(engine.take_journal().is_empty());
    Ok(())
}
