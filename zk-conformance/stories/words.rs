//! Four-letter words: one question to one server, without a session.

use std::time::Duration;

use zk_conformance::World;

use crate::platform::{Task, join, spawn};
use crate::support::{LONG_SESSION, builder};
use crate::zk::{ErrorKind, Misuse, Outcome};

pub(crate) async fn a_server_answers(world: World) {
    let servers = world.connect_string();
    for (word, answer) in [("ruok", "imok"), ("isro", "rw")] {
        assert_eq!(builder(&world).ask(&servers, word).await.unwrap(), answer);
    }
    for (word, part) in [("srvr", "Mode: standalone"), ("mntr", "zk_server_state\tstandalone")] {
        let answer = builder(&world).ask(&servers, word).await.unwrap();
        assert!(answer.contains(part), "{answer}");
    }
}

pub(crate) async fn many_can_ask_at_once(world: World) {
    let mut asked: Vec<Task<()>> = Vec::new();
    for _ in 0..32 {
        let (builder, servers) = (builder(&world), world.connect_string());
        asked.push(spawn(async move {
            assert_eq!(builder.ask(&servers, "ruok").await.unwrap(), "imok");
        }));
    }
    for task in asked {
        join(task).await;
    }
}

pub(crate) async fn a_server_that_is_not_there_is_named(world: World) {
    let error = builder(&world).ask("127.0.0.1:1", "ruok").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unreachable(_)), "{error:?}");
    assert_eq!(error.outcome(), Outcome::NotApplied);
    let text = error.to_string();
    assert!(text.contains("127.0.0.1:1: ") && text.contains("refused"), "{text}");
}

pub(crate) async fn a_server_that_says_nothing_is_not_waited_for(world: World) {
    let proxy = world.proxy();
    proxy.stall();
    let builder = builder(&world).connect_timeout(Duration::from_millis(300));
    let error = builder.ask(&proxy.connect_string(), "ruok").await.unwrap_err();
    let is_told = matches!(error.kind(), ErrorKind::Unreachable(_) | ErrorKind::Unanswered { .. });
    assert!(is_told, "{error:?}");
}

pub(crate) async fn a_server_that_hangs_up_gives_no_answer(world: World) {
    let proxy = world.proxy();
    proxy.refuse();
    let patient = builder(&world).connect_timeout(LONG_SESSION);
    let error = patient.ask(&proxy.connect_string(), "ruok").await.unwrap_err();
    let is_told = matches!(error.kind(), ErrorKind::Unreachable(_) | ErrorKind::Unanswered { .. });
    assert!(is_told, "{error:?}");
}

pub(crate) async fn what_is_not_a_word_is_not_sent(world: World) {
    for word in ["", "ruo", "ruoks", "rü"] {
        let error = builder(&world).ask(&world.connect_string(), word).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Misuse(Misuse::Text(_))), "{word:?}: {error:?}");
    }
    let error = builder(&world).ask("a,b", "ruok").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Misuse(Misuse::Text(_))), "{error:?}");
}
