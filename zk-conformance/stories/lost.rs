//! Answers that do not come, or come in pieces: what each error says is what happened.

use std::time::Duration;

use zk_conformance::{Effect, Embedded, OpCode, Rule};

use crate::support::connect;
use crate::zk::{ErrorCode, ErrorKind, Fault, Outcome};

/// The next time this node is written.
fn next_write(embedded: &Embedded, effect: Effect) {
    let node = format!("{}/node", embedded.world().root());
    let rule = Rule::new(effect, move |op, path| op == OpCode::SetData && path == node);
    embedded.server().add_rule(rule.times(1));
}

fn lost() -> ErrorKind {
    ErrorKind::ConnectionLost { fault: Fault::Closed, outcome: Outcome::Unknown }
}

pub(crate) async fn an_answer_is_lost(embedded: Embedded) {
    let zk = connect(embedded.world()).await;
    zk.create("/node", "").await.unwrap();
    next_write(&embedded, Effect::Lose);
    assert_eq!(*zk.set("/node", "applied").await.unwrap_err().kind(), lost());
    assert_eq!(zk.get("/node").await.unwrap().data, "applied");
}

pub(crate) async fn a_request_is_lost(embedded: Embedded) {
    let zk = connect(embedded.world()).await;
    zk.create("/node", "before").await.unwrap();
    next_write(&embedded, Effect::Drop);
    assert_eq!(*zk.set("/node", "never").await.unwrap_err().kind(), lost());
    assert_eq!(zk.get("/node").await.unwrap().data, "before");
}

pub(crate) async fn an_answer_is_cut(embedded: Embedded) {
    let zk = connect(embedded.world()).await;
    zk.create("/node", "").await.unwrap();
    // It is a length of 4 bytes, a header of 16, and a stat of 68.
    for (version, bytes) in (1..).zip([0, 3, 4, 19, 20, 87]) {
        next_write(&embedded, Effect::Cut(bytes));
        assert_eq!(*zk.set("/node", "").await.unwrap_err().kind(), lost(), "{bytes}");
        assert_eq!(zk.get("/node").await.unwrap().stat.version, version);
    }
}

pub(crate) async fn an_answer_is_late(embedded: Embedded) {
    let zk = connect(embedded.world()).await;
    zk.create("/node", "").await.unwrap();
    next_write(&embedded, Effect::Delay(Duration::from_millis(300)));
    let hurried = zk.within(Duration::from_millis(50));
    let error = hurried.set("/node", "late").await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::DeadlineExceeded(Outcome::Unknown));
    assert_eq!(zk.get("/node").await.unwrap().data, "late");
    assert_eq!(zk.stats().connections, 1);
}

pub(crate) async fn the_server_says_that_it_has_too_much_to_do(embedded: Embedded) {
    let zk = connect(embedded.world()).await;
    zk.create("/node", "").await.unwrap();
    next_write(&embedded, Effect::Fail(ErrorCode::Throttled));
    let error = zk.set("/node", "").await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::Throttled));
    assert_eq!(zk.set("/node", "").await.unwrap().version, 1);
}
