//! A node that is created exactly once: each state, and each thing that can happen in it.

mod rows;
mod server;
mod story;
#[path = "../support/mod.rs"]
mod support;

use zk_client::{CreateMode, Outcome};

use self::rows::{End, rows};
use self::server::Server;
use self::story::{OURS, Story};

#[test]
fn each_state_and_what_can_happen_in_it() {
    for (what, steps, end) in rows() {
        println!("{what}");
        let mut story = Story::new(CreateMode::EphemeralSequential);
        let (last, before) = steps.split_last().unwrap();
        story.steps(before);
        assert!(story.result().is_none());
        story.step(last.0, last.1);
        let result = story.result().expect("it is done");
        match (&result, &end) {
            (Ok(node), End::Owns(name)) => assert_eq!(node.owned().name, *name),
            (Err(error), End::Error(code)) => assert_eq!(error.code(), Some(*code)),
            (Err(error), End::Unknown) => assert_eq!(error.outcome(), Outcome::Unknown),
            (result, end) => panic!("{result:?} is not {end:?}"),
        }
        story.is_over();
    }
}

/// The same, and its owner leaves before each answer: what has been created by then is deleted.
#[test]
fn l1_cancelled_at_any_moment_it_leaves_nothing_behind() {
    for (what, steps, _) in rows() {
        for moment in 0..=steps.len() {
            for loses in [false, true] {
                println!("{what}, cancelled before step {moment}, which is lost: {loses}");
                let mut story = Story::new(CreateMode::EphemeralSequential);
                story.steps(&steps[..moment]);
                story.cancel();
                let mut server = Server::after(&steps, moment);
                server.serve(&mut story, loses);
                assert_eq!(server.nodes.iter().find(|(_, session)| *session == OURS), None);
                story.is_over();
            }
        }
    }
}
