//! Connections that end, die or fall silent: at every step, in every way.

use tokio::task::JoinSet;

use super::client::{
    BRISK, PATIENT, a_client, complaint, is_back_after, is_served_by_connection, soon,
};
use super::line::{Line, Played};
use super::server::Server;
use super::words::{Grant, reply};

/// How far the server gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Accepted,
    Greeted,
    HalfGranted,
    Granted,
    Asked,
    HalfReplied,
    AskedAgain,
}

const STEPS: [Step; 7] = [
    Step::Accepted,
    Step::Greeted,
    Step::HalfGranted,
    Step::Granted,
    Step::Asked,
    Step::HalfReplied,
    Step::AskedAgain,
];

/// How it goes on from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    FallsSilent,
    HangsUp,
    Resets,
}

impl Step {
    fn play(self, line: &mut Line) -> Played {
        if self == Self::Accepted {
            return Ok(());
        }
        let greeting = line.is_greeted()?;
        if self == Self::Greeted {
            return Ok(());
        }
        let grant = Grant { timeout: greeting.timeout, ..Grant::honest() }.frame();
        if self == Self::HalfGranted {
            return line.says(&grant[..20]);
        }
        line.says(&grant)?;
        if self == Self::Granted {
            return Ok(());
        }
        let call = line.hears_a_call()?;
        if self == Self::HalfReplied {
            return line.says(&reply(call.xid, 0, &[0; 100])[..50]);
        }
        if self == Self::AskedAgain {
            line.answers_honestly(&call)?;
            line.hears_a_call()?;
        }
        Ok(())
    }
}

/// The server fails so. Whoever waits for an answer is told, and the next server is used.
async fn fails(step: Step, way: Way) {
    let case = format!("{step:?}, {way:?}");
    let server = Server::once(move |line| {
        step.play(line)?;
        match way {
            Way::FallsSilent => line.falls_silent(),
            Way::HangsUp => line.hangs_up(),
            Way::Resets => line.resets(),
        }
    });
    let timeout = if way == Way::FallsSilent { BRISK } else { PATIENT };
    let connected = soon(a_client(timeout).connect(&server.address())).await;
    let zk = connected.unwrap_or_else(|error| panic!("{case}: {error}"));
    if step == Step::Granted {
        return is_back_after(&zk, &server, 2, &case).await;
    }
    if step == Step::AskedAgain {
        assert!(soon(zk.get("/a")).await.is_ok(), "{case}: the first answer came whole");
    }
    if step > Step::Granted {
        let fault = if way == Way::FallsSilent { "no answer" } else { "closed" };
        let lost = complaint(soon(zk.get("/a")).await, &case);
        assert_eq!(lost, format!("connection lost ({fault}), outcome unknown"), "{case}");
    }
    is_served_by_connection(2, &zk, &server, &case).await;
}

async fn fails_at_every_step(way: Way) {
    let cases: JoinSet<()> = STEPS.into_iter().map(|step| fails(step, way)).collect();
    cases.join_all().await;
}

#[tokio::test]
async fn silence_at_any_step_is_noticed() {
    fails_at_every_step(Way::FallsSilent).await;
}

#[tokio::test]
async fn a_connection_may_be_closed_at_any_step() {
    fails_at_every_step(Way::HangsUp).await;
}

#[tokio::test]
async fn a_connection_may_be_reset_at_any_step() {
    fails_at_every_step(Way::Resets).await;
}

/// A server that is tried for the first time, and never any good.
#[tokio::test]
async fn a_first_connection_that_never_comes_is_given_up_in_time() {
    for way in [Way::FallsSilent, Way::HangsUp, Way::Resets] {
        let server = Server::always(move |line| match way {
            Way::FallsSilent => line.falls_silent(),
            Way::HangsUp => line.hangs_up(),
            Way::Resets => line.resets(),
        });
        let connecting = a_client(BRISK).connect_timeout(BRISK).connect(&server.address());
        let complaint = complaint(soon(connecting).await, "a server that is none");
        let expected = format!("no server could be reached: {}: ", server.address());
        assert!(complaint.starts_with(&expected), "{way:?}: {complaint}");
    }
}

/// Whatever was asked for before the connection broke is answered, and whether it can have been
/// applied is told truly: no server has seen what was not sent.
#[tokio::test]
async fn all_that_waits_is_answered_when_the_connection_breaks() {
    let server = Server::once(|line| {
        line.welcomes()?;
        line.hears_a_call()?;
        line.hangs_up()
    });
    let zk = soon(a_client(PATIENT).connect(&server.address())).await.unwrap();
    let replies: Vec<_> = (0..5_000).map(|number| zk.set(&format!("/{number}"), "x")).collect();
    for reply in replies {
        let error = soon(reply).await.unwrap_err();
        let is_lost = matches!(error.kind(), zk_tokio::ErrorKind::ConnectionLost { .. });
        assert!(is_lost, "{error}");
    }
    is_served_by_connection(2, &zk, &server, "5,000 calls").await;
}
