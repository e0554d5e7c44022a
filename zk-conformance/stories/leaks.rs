//! Sessions leave nothing behind: no descriptor, thread, or memory, nor anything at the server.

use std::time::Duration;

use zk_conformance::{Alone, Possessions, World};

use crate::platform::{Task, join, spawn};
use crate::support::builder;
use crate::zk::{Client, Create, ErrorKind};

/// How many sessions are open at a time.
const AT_A_TIME: usize = 8;

pub(crate) async fn many_sessions_leave_nothing_behind(Alone(world): Alone) {
    let rounds = world.patience() / AT_A_TIME;
    open_and_end(&world, rounds / 10).await; // what the first ones need stays
    let (before, sessions) = (Possessions::count(), world.sessions());
    open_and_end(&world, rounds).await;
    assert!(world.forgets_all_but(&sessions), "{:?}", world.sessions());
    assert!(Possessions::shrink_to(before), "{before:?}, and then {:?}", Possessions::count());
}

async fn open_and_end(world: &World, rounds: usize) {
    let mut crowd: Vec<Task<()>> = Vec::new();
    for _ in 0..AT_A_TIME {
        let world = world.clone();
        crowd.push(spawn(async move {
            for round in 0..rounds {
                open(&world, round).await;
            }
        }));
    }
    for task in crowd {
        join(task).await;
    }
}

/// Opens a session, and ends it in one of the ways in which sessions end.
async fn open(world: &World, round: usize) {
    if round % 16 == 15 {
        give_up(world).await;
        return;
    }
    let zk = builder(world).connect(&world.connect_string()).await.unwrap();
    match round % 4 {
        0 | 1 => zk.close().await.unwrap(),
        2 => {
            let (_, watch) = zk.exists_and_watch("/none").await.unwrap();
            drop((zk, watch)); // and so it is closed
        }
        _ => {
            let ephemeral = Create::new(world.root(), "").ephemeral_sequential();
            zk.call(ephemeral).await.unwrap();
            let ticket = zk.detach().unwrap();
            let resumed = builder(world).resume(ticket);
            resumed.connect(&world.connect_string()).await.unwrap().close().await.unwrap();
        }
    }
}

/// A server that is not there.
async fn give_up(world: &World) {
    let builder = builder(world).connect_timeout(Duration::from_millis(5));
    let result: Result<Client, _> = builder.connect("127.0.0.1:1").await;
    assert!(matches!(result.unwrap_err().kind(), ErrorKind::Unreachable(_)));
}
