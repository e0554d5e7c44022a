//! What tokio's tasks and runtimes have to do with a session.

use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::runtime::Builder as RuntimeBuilder;
use zk_tokio::{Client, ErrorKind, Outcome};

use crate::support::story;
use crate::{connect_below, server};

#[test]
fn a_session_ends_with_the_runtime_that_it_runs_on() {
    let servers = server().connect_string();
    let short_lived = RuntimeBuilder::new_multi_thread().worker_threads(1).enable_all().build();
    let short_lived = short_lived.unwrap();
    let zk = short_lived.block_on(crate::support::connect(&servers));
    let waiting = zk.exists("/");
    short_lived.shutdown_background();
    story(async {
        // Whichever came first, an answer comes.
        let _ = waiting.await;
        while !zk.state().is_over() {
            tokio::task::yield_now().await;
        }
        let closed = ErrorKind::Closed(Outcome::NotApplied);
        assert_eq!(*zk.exists("/").await.unwrap_err().kind(), closed);
        zk.close().await.unwrap();
    });
    let error = Client::builder().open(&servers).unwrap_err();
    let text = "no server could be reached: cannot start: there is no reactor running, must be \
                called from the context of a Tokio 1.x runtime";
    assert_eq!(error.to_string(), text);
}

#[test]
fn nothing_is_sent_before_the_task_that_asks_waits() {
    story(async {
        let zk = connect_below("dropped").await;
        let before = zk.stats().bytes_sent;
        let dropped: Vec<_> = (0..1_000).map(|n| zk.create(&format!("/no-{n}"), "")).collect();
        drop(dropped);
        drop(zk.create_all("/no/never", ""));
        drop(zk.exists_and_watch("/no"));
        let replies = [zk.set("/", "x"), zk.set("/", "y")];
        assert_eq!((zk.stats().queued, zk.stats().in_flight), (2, 0));
        for reply in replies {
            reply.await.unwrap();
        }
        assert!(zk.children("/").await.unwrap().is_empty());
        assert_eq!(zk.stats().watches, 0);
        assert!(zk.stats().bytes_sent - before < 1_000);
    });
}

#[test]
fn a_task_that_is_aborted_while_it_connects_leaves_no_connection_behind() {
    story(async {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let servers = silent.local_addr().unwrap().to_string();
        let connect = tokio::spawn(async move { Client::connect(&servers).await });
        let (mut connection, _) = silent.accept().await.unwrap();
        connection.read_u8().await.unwrap();
        connect.abort();
        connection.read_to_end(&mut Vec::new()).await.unwrap();
    });
}
