//! The data tree under transactions that nobody thought of.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use zk_proto::{Acl, Check, Create, CreateMode, Delete, ErrorCode, SetAcl, SetData};
use zk_server::tree::{Caller, Change, Owner, Policy, Stamp, Tree};

#[derive(Clone, Debug)]
enum Step {
    Create(&'static str, Vec<u8>, CreateMode),
    Delete(&'static str),
    Set(&'static str, Option<Vec<u8>>, Option<i32>),
    SetAcl(&'static str),
    Check(&'static str),
}

/// Few, so that they meet; those of quotas among them.
const PATHS: [&str; 9] = [
    "/a",
    "/a/b",
    "/a/b/c",
    "/d",
    "/d/e",
    "/zookeeper/quota/a",
    "/zookeeper/quota/a/zookeeper_limits",
    "/zookeeper/quota/a/zookeeper_stats",
    "/a/b/",
];

fn step() -> impl Strategy<Value = Step> {
    let path = || prop::sample::select(&PATHS[..]);
    let mode = prop::sample::select(vec![
        CreateMode::Persistent,
        CreateMode::PersistentSequential,
        CreateMode::Ephemeral,
        CreateMode::Container,
        CreateMode::PersistentWithTtl(Duration::from_millis(5)),
    ]);
    let data = || vec(any::<u8>(), 0..20);
    prop_oneof![
        4 => (path(), data(), mode).prop_map(|(path, data, mode)| Step::Create(path, data, mode)),
        2 => path().prop_map(Step::Delete),
        2 => (path(), prop::option::of(data()), prop::option::weighted(0.2, 0..3))
            .prop_map(|(path, data, version)| Step::Set(path, data, version)),
        1 => path().prop_map(Step::SetAcl),
        1 => path().prop_map(Step::Check),
    ]
}

impl Step {
    fn prepare(&self, tree: &Tree) -> Result<Change, ErrorCode> {
        let caller = &Caller { session: 7, ..Caller::SUPER };
        match self {
            Self::Create(path, data, mode) => {
                tree.prepare_create(&Create::new(path, data).mode(*mode), caller)
            }
            Self::Delete(path) => tree.prepare_delete(&Delete::new(path), caller),
            Self::Set(path, data, version) => {
                let mut set = SetData::without_data(path);
                (set.data, set.version) = (data.as_deref(), *version);
                tree.prepare_set_data(&set, caller)
            }
            Self::SetAcl(path) => tree.prepare_set_acl(&SetAcl::new(path, Acl::READ), caller),
            Self::Check(path) => tree.prepare_check(&Check::exists(path), caller),
        }
    }
}

/// Carries transactions out, and hands each with the tree before it to `look`.
fn play(transactions: &[Vec<Step>], mut look: impl FnMut(&Tree, &Tree, bool)) {
    let policy = Policy { enforce_quota: true, ..Policy::default() };
    let mut tree = Tree::new().with_policy(policy);
    let mut follower = tree.clone();
    for (zxid, steps) in (1..).zip(transactions) {
        let before = tree.clone();
        let at = Stamp { zxid, time: zxid * 10 };
        let steps = steps.iter().map(|step| |tree: &Tree| step.prepare(tree));
        let outcome = tree.transact(at, steps);
        if let Ok((transaction, _)) = &outcome {
            follower.follow(transaction);
        }
        follower.advance(zxid);
        assert_eq!(tree, follower, "who follows comes to the same");
        look(&before, &tree, outcome.is_ok());
    }
}

proptest! {
    #[test]
    fn a_transaction_that_is_refused_leaves_no_trace_but_its_zxid(
        transactions in vec(vec(step(), 1..6), 1..40),
    ) {
        play(&transactions, |before, after, is_done| {
            let mut expected = before.clone();
            expected.advance(after.zxid());
            if !is_done {
                assert_eq!(&expected, after);
            }
        });
    }

    #[test]
    fn what_a_tree_counts_is_what_is_in_it(transactions in vec(vec(step(), 1..4), 1..40)) {
        play(&transactions, |_, tree, _| {
            let nodes: Vec<_> = tree.walk("/").collect();
            assert_eq!(nodes.len(), tree.len());
            let ephemerals = nodes.iter().filter(|(_, node)| node.owner() == Owner::Session(7));
            assert_eq!(ephemerals.count(), tree.ephemerals(7).count());
            let created = nodes.iter().filter(|(_, node)| node.stat().czxid > 0);
            let size: usize = created
                .map(|(path, node)| path.len() + node.data().map_or(0, |data| data.len()))
                .sum();
            assert_eq!(size, tree.size());
        });
    }

    #[test]
    fn what_a_quota_says_is_used_is_used(transactions in vec(vec(step(), 1..4), 1..60)) {
        play(&transactions, |before, tree, _| {
            let stats = "/zookeeper/quota/a/zookeeper_stats";
            let text = |tree: &Tree| tree.node(stats).and_then(|node| node.data());
            let limits = "/zookeeper/quota/a/zookeeper_limits";
            let lasts = |tree: &Tree, path| tree.node(path).map(|node| node.stat().mzxid);
            // Who writes the node itself says what they like.
            let is_kept = [stats, limits].iter().all(|path| {
                lasts(before, path).is_some() && lasts(before, path) == lasts(tree, path)
            });
            if is_kept && text(before) == counted(before) {
                assert_eq!(text(tree), counted(tree));
            }
        });
    }
}

/// What is below `/a`, as the server writes it.
fn counted(tree: &Tree) -> Option<bytes::Bytes> {
    let nodes: Vec<_> = match tree.node("/a") {
        Some(_) => tree.walk("/a").map(|(_, node)| node.stat().data_length).collect(),
        None => Vec::new(),
    };
    Some(format!("count={},bytes={}", nodes.len(), nodes.iter().sum::<i32>()).into())
}

#[test]
fn numbers_of_sequential_nodes_count_all_children_there_ever_were_and_wrap() {
    let mut tree = Tree::new();
    let mut create = |path: &str, mode| {
        let change = tree.prepare_create(&Create::new(path, "").mode(mode), &Caller::SUPER);
        let change = change.unwrap();
        let zxid = tree.zxid() + 1;
        tree.apply(&change, Stamp { zxid, time: 0 });
        change.path().map(String::from).unwrap()
    };
    create("/a", CreateMode::Persistent);
    create("/a/plain", CreateMode::Persistent);
    assert_eq!(create("/a/n-", CreateMode::PersistentSequential), "/a/n-0000000001");
    assert_eq!(create("/a/", CreateMode::EphemeralSequential), "/a/0000000002");
}
